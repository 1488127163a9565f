#include "dsp/callerid_ntt.h"

#include <errno.h>
#include <string.h>

enum {
	SOH = 0x01,
	STX = 0x02,
	ETX = 0x03,
	DLE = 0x10,
	HEADER = 0x07,
	CALLER = 0x40, /* the type of message */
	NUMBER = 0x02,
	NO_NUMBER = 0x04,
	PREFIX = 5, /* DLE SOH HEADER DLE STX */
	TAIL = 4,   /* DLE ETX and the CRC */
	LEAST = PREFIX + 2 + TAIL,
};

static uint8_t with_parity(uint8_t character)
{
	unsigned ones = character & 0x7fU;

	ones ^= ones >> 4;
	ones ^= ones >> 2;
	ones ^= ones >> 1;
	return (uint8_t)((character & 0x7f) | (ones & 1) << 7);
}

/* ITU-T V.41, the lowest bit first. */
static uint16_t crc_of(const uint8_t *bytes, int n)
{
	uint16_t crc = 0;

	for (int i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1);
	}
	return crc;
}

bool lc_ntt_begins(const uint8_t *message, int n)
{
	static const uint8_t prefix[PREFIX] = {DLE, SOH, HEADER, DLE, STX};

	for (int i = 0; i < PREFIX; i++)
		if (i >= n || message[i] != with_parity(prefix[i]))
			return false;
	return true;
}

/* Where the frame's DLE ETX stand, or -1: not yet. */
static int end_of(const uint8_t *message, int n)
{
	for (int i = PREFIX; i + 1 < n; i++) {
		int next = message[i + 1] & 0x7f;

		if ((message[i] & 0x7f) != DLE)
			continue;
		if (next == ETX)
			return i;
		i += next == DLE;
	}
	return -1;
}

bool lc_ntt_complete(const uint8_t *message, int n)
{
	int end = end_of(message, n);

	return end >= 0 && n == end + TAIL;
}

/* Type, length and parameters without parity and doubled DLEs; how many. -EBADMSG: a character's parity. */
static int plain_of(const uint8_t *message, int end, uint8_t *plain)
{
	int n = 0;

	for (int i = PREFIX; i < end; i++) {
		if (message[i] != with_parity(message[i]))
			return -EBADMSG;
		plain[n++] = message[i] & 0x7f;
		i += plain[n - 1] == DLE && i + 1 < end && (message[i + 1] & 0x7f) == DLE;
	}
	return n;
}

static int take_number(char *number, const uint8_t *bytes, int n)
{
	if (n > LC_CID_NUMBER - 1)
		return -EPROTO;
	for (int i = 0; i < n; i++)
		if ((bytes[i] < '0' || bytes[i] > '9') && bytes[i] != '*' && bytes[i] != '#')
			return -EPROTO;
	memcpy(number, bytes, (size_t)n);
	number[n] = 0;
	return 0;
}

static int take_reason(char *number, const uint8_t *bytes, int n)
{
	if (n != 1 || !memchr("POCS", bytes[0], 4))
		return -EPROTO;
	strcpy(number, bytes[0] == 'P' ? "P" : "O");
	return 0;
}

static int take_all(struct lc_callerid_info *info, const uint8_t *plain, int n)
{
	bool told = false;
	int error = 0;

	for (int at = 2; at < n && !error; at += 2 + plain[at + 1]) {
		if (at + 2 > n || at + 2 + plain[at + 1] > n)
			return -EPROTO;
		if (plain[at] == NUMBER || plain[at] == NO_NUMBER) {
			error = told                  ? -EPROTO
			        : plain[at] == NUMBER ? take_number(info->number, plain + at + 2, plain[at + 1])
			                              : take_reason(info->number, plain + at + 2, plain[at + 1]);
			told = true;
		}
	}
	return error ? error : told ? 0 : -EPROTO;
}

int lc_ntt_parse(const uint8_t *message, int n, struct lc_callerid_info *out)
{
	struct lc_callerid_info info = {"", "", ""};
	uint8_t plain[LC_CID_MESSAGE];
	int end, length, error;

	memset(out, 0, sizeof(*out));
	if (n < LEAST || n > LC_CID_MESSAGE || !lc_ntt_begins(message, n) || !lc_ntt_complete(message, n))
		return -EPROTO;
	end = end_of(message, n);
	length = plain_of(message, end, plain);
	if (length < 0)
		return length;
	if (crc_of(message + 2, n - 4) != (message[n - 2] | message[n - 1] << 8))
		return -EBADMSG;
	if (length < 2 || (plain[1] != length - 2 && plain[1] != end - PREFIX - 2)) /* doubled DLEs counted or not */
		return -EPROTO;
	if (plain[0] != CALLER)
		return -EOPNOTSUPP;
	error = take_all(&info, plain, length);
	if (!error)
		*out = info;
	return error;
}

static int put(uint8_t *message, int at, int character)
{
	if (character == DLE)
		message[at++] = with_parity(DLE);
	message[at++] = with_parity((uint8_t)character);
	return at;
}

int lc_ntt_build(uint8_t *message, const char *number, enum lc_callerid_withheld withheld)
{
	static const uint8_t prefix[PREFIX] = {DLE, SOH, HEADER, DLE, STX};
	int digits = (int)strlen(number), at;
	bool shown = withheld == LC_CID_SHOWN && digits;
	uint16_t crc;

	if (digits > LC_CID_NUMBER - 1 || strspn(number, "0123456789*#") != (size_t)digits)
		return -EINVAL;
	for (at = 0; at < PREFIX; at++)
		message[at] = with_parity(prefix[at]);
	at = put(message, at, CALLER);
	at = put(message, at, shown ? 2 + digits : 3);
	at = put(message, at, shown ? NUMBER : NO_NUMBER);
	at = put(message, at, shown ? digits : 1);
	for (int i = 0; shown && i < digits; i++)
		at = put(message, at, number[i]);
	if (!shown)
		at = put(message, at, withheld == LC_CID_PRIVATE ? 'P' : 'O');
	message[at++] = with_parity(DLE);
	message[at++] = with_parity(ETX);
	crc = crc_of(message + 2, at - 2);
	message[at++] = (uint8_t)(crc & 0xff);
	message[at++] = (uint8_t)(crc >> 8);
	return at;
}
