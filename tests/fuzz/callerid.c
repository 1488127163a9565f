/* For clang's libFuzzer: any bytes are a message to the parser; what it accepts can be built again. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/callerid_ntt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t message[LC_CID_MESSAGE], built[LC_CID_MESSAGE];
	struct lc_callerid_info info;
	uint8_t sum = 0;
	int n = size > LC_CID_MESSAGE ? LC_CID_MESSAGE : (int)size;

	memcpy(message, data, (size_t)n);
	lc_callerid_parse(message, n, &info);
	if (lc_ntt_parse(message, n, &info) == 0 && lc_ntt_build(built, info.number, LC_CID_SHOWN) < 0 &&
	    !strchr("PO", info.number[0]))
		abort();
	if (n < 3)
		return 0;
	message[0] = message[0] & 1 ? 0x80 : 0x04; /* and once more with everything right but the content */
	message[1] = (uint8_t)(n - 3);
	for (int i = 0; i < n - 1; i++)
		sum = (uint8_t)(sum + message[i]);
	message[n - 1] = (uint8_t)-sum;
	if (lc_callerid_parse(message, n, &info) != 0)
		return 0;
	if (strlen(info.number) >= sizeof(info.number) || strlen(info.name) >= sizeof(info.name))
		abort();
	if (strcmp(info.number, "P") != 0 && strcmp(info.number, "O") != 0 &&
	    lc_callerid_build(built, info.number, info.name, info.time, LC_CID_SHOWN) < 0)
		abort();
	return 0;
}
