/* Any bytes as sound: every detector of a port, fed in blocks of changing length. */
#include <stdlib.h>

#include "../drivers/core/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct lc_plan plan = world_plan();
	struct lc_event events[64];
	int16_t samples[256];
	int error;
	struct lc_listener *listener = lc_listener_new(&plan, 15, &error);
	while (bytes > 1) {
		int n = 1 + data[0] % 255;
		bytes--;
		data++;
		n = (size_t)n * 2 < bytes ? n : (int)(bytes / 2);
		memcpy(samples, data, (size_t)n * 2);
		int found = lc_listener_feed(listener, samples, n, events, 64);
		for (int i = 0; i < found; i++)
			if (events[i].kind == LC_EV_NONE || events[i].kind >= LC_EV_KINDS ||
			    !memchr(events[i].text, 0, LC_EVENT_TEXT))
				abort();
		data += (size_t)n * 2;
		bytes -= (size_t)n * 2;
	}
	lc_listener_free(listener);
	return 0;
}
