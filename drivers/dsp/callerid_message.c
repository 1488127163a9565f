#include "dsp/callerid_message.h"

#include <errno.h>
#include <string.h>

enum {
	SDMF = 0x04,
	MDMF = 0x80,
	TIME = 0x01,
	NUMBER = 0x02,
	NO_NUMBER = 0x04,
	NAME = 0x07,
	NO_NAME = 0x08,
	TYPE_MOST = 0x5f,      /* EN 300 659-3 assigns none above but the operators' own */
	TYPE_OPERATORS = 0xe0, /* to 0xff */
	TIME_BYTES = 8,
	SDMF_LAMP = 0x06,
	MDMF_LAMP = 0x82,
	LAMP = 0x0b,
	LAMP_LIT = 0xff,
	SDMF_LIT = 0x42,
	SDMF_DARK = 0x6f,
};

bool lc_callerid_known(uint8_t type)
{
	return type == SDMF || type == MDMF;
}

static bool is_number_character(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'D') || c == '*' || c == '#' || c == '+';
}

static bool is_reason(const uint8_t *bytes, int n)
{
	return n == 1 && (bytes[0] == 'P' || bytes[0] == 'O');
}

/* What some exchanges send between digits. */
static bool is_separator(uint8_t c)
{
	return c == ' ' || c == '(' || c == ')' || c == '-' || c == '.' || c == '/';
}

static int take_number(char *number, const uint8_t *bytes, int n)
{
	int length = 0;

	if (is_reason(bytes, n)) {
		number[0] = (char)bytes[0];
		number[1] = 0;
		return 0;
	}
	for (int i = 0; i < n; i++) {
		if (is_separator(bytes[i]))
			continue;
		if (!is_number_character(bytes[i]) || length == LC_CID_NUMBER - 1)
			return -EPROTO;
		number[length++] = (char)bytes[i];
	}
	number[length] = 0;
	return 0;
}

/* Length of the well-formed UTF-8 character at bytes[], 0 if it is none; control characters are none. */
static int utf8_length(const uint8_t *bytes, int n)
{
	int length = bytes[0] < 0xc2 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : bytes[0] < 0xf5 ? 4 : 0;

	if (length == 0 || length > n)
		return 0;
	for (int i = 1; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	if ((bytes[0] == 0xc2 && bytes[1] < 0xa0) || (bytes[0] == 0xe0 && bytes[1] < 0xa0) ||
	    (bytes[0] == 0xed && bytes[1] > 0x9f) || (bytes[0] == 0xf0 && bytes[1] < 0x90) ||
	    (bytes[0] == 0xf4 && bytes[1] > 0x8f))
		return 0;
	return length;
}

/* Copies what can be shown, whole characters only, into name[LC_CID_NAME]; n bytes may hold anything. */
static int clean_name(char *name, const uint8_t *bytes, int n)
{
	int length = 0, at = 0;

	while (at < n) {
		uint8_t c = bytes[at];
		int unit = c >= 0x80 ? utf8_length(bytes + at, n - at) : 1;
		bool latin = unit == 0 && c >= 0xa0;

		if (length + (latin ? 2 : unit) > LC_CID_NAME - 1)
			break;
		if (latin) {
			name[length++] = (char)(0xc0 | c >> 6);
			name[length++] = (char)(0x80 | (c & 0x3f));
		} else if (unit > 1 || (c >= 0x20 && c < 0x7f)) {
			memcpy(name + length, bytes + at, (size_t)unit);
			length += unit;
		}
		at += unit ? unit : 1;
	}
	name[length] = 0;
	return length;
}

/* MMDDHHMM; all zeros is what an exchange without a clock sends, and no time. */
static int take_time(char *time, const uint8_t *bytes, int n)
{
	static const struct {
		uint8_t least, most;
	} field[TIME_BYTES / 2] = {{1, 12}, {1, 31}, {0, 23}, {0, 59}};

	if (n < TIME_BYTES)
		return -EPROTO;
	for (int i = 0; i < TIME_BYTES; i++)
		if (bytes[i] < '0' || bytes[i] > '9')
			return -EPROTO;
	if (memcmp(bytes, "00000000", TIME_BYTES) == 0)
		return 0;
	for (int i = 0; i < TIME_BYTES / 2; i++) {
		int value = 10 * (bytes[2 * i] - '0') + bytes[2 * i + 1] - '0';

		if (value < field[i].least || value > field[i].most)
			return -EPROTO;
	}
	memcpy(time, bytes, TIME_BYTES);
	time[TIME_BYTES] = 0;
	return 0;
}

static int take_parameter(struct lc_callerid_info *info, uint8_t type, const uint8_t *bytes, int n)
{
	switch (type) {
	case TIME:
		return n == TIME_BYTES ? take_time(info->time, bytes, n) : -EPROTO;
	case NUMBER:
		return take_number(info->number, bytes, n);
	case NO_NUMBER:
		if (!is_reason(bytes, n))
			return -EPROTO;
		info->number[0] = (char)bytes[0];
		info->number[1] = 0;
		return 0;
	case NO_NAME:
		return is_reason(bytes, n) ? 0 : -EPROTO;
	case NAME:
		clean_name(info->name, bytes, n);
		return 0;
	default: /* redirection, call type and the like: nothing we tell */
		return type <= TYPE_MOST || type >= TYPE_OPERATORS ? 0 : -EPROTO;
	}
}

static int take_all(struct lc_callerid_info *info, const uint8_t *message, int n)
{
	const uint8_t *body = message + 2, *end = message + n - 1;
	uint32_t seen = 0;
	int error = 0;

	if (message[0] == SDMF) {
		error = take_time(info->time, body, (int)(end - body));
		return error ? error : take_number(info->number, body + TIME_BYTES, (int)(end - body) - TIME_BYTES);
	}
	while (!error && body < end) {
		if (end - body < 2 || end - body < 2 + body[1])
			return -EPROTO;
		if (body[0] <= NO_NAME && seen >> body[0] & 1) /* each once */
			return -EPROTO;
		seen |= body[0] <= NO_NAME ? 1u << body[0] : 0;
		error = take_parameter(info, body[0], body + 2, body[1]);
		body += 2 + body[1];
	}
	/* EN 300 659-3: one of the two is mandatory. A damaged type would lose the number unnoticed. */
	if (!error && !(seen & (1u << NUMBER | 1u << NO_NUMBER)))
		return -EPROTO;
	return error;
}

static uint8_t sum_of(const uint8_t *bytes, int n)
{
	uint8_t sum = 0;

	for (int i = 0; i < n; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return sum;
}

/* EN 300 659-3: parameters that do not matter here may stand beside it. */
static int take_lamp(const uint8_t *body, const uint8_t *end)
{
	int lit = -EPROTO;

	while (body < end) {
		if (end - body < 2 || end - body < 2 + body[1])
			return -EPROTO;
		if (body[0] == LAMP) {
			if (lit != -EPROTO || body[1] != 1 || (body[2] != LAMP_LIT && body[2] != 0))
				return -EPROTO;
			lit = body[2] == LAMP_LIT;
		}
		body += 2 + body[1];
	}
	return lit;
}

int lc_callerid_lamp_parse(const uint8_t *message, int n)
{
	if (n < 3 || n != message[1] + 3)
		return -EPROTO;
	if (sum_of(message, n) != 0)
		return -EBADMSG;
	if (message[0] == MDMF_LAMP)
		return take_lamp(message + 2, message + n - 1);
	if (message[0] != SDMF_LAMP)
		return -EOPNOTSUPP;
	if (message[1] != 3 || message[2] != message[3] || message[3] != message[4])
		return -EPROTO;
	return message[2] == SDMF_LIT ? 1 : message[2] == SDMF_DARK ? 0 : -EPROTO;
}

int lc_callerid_lamp_build(uint8_t *message, bool lit)
{
	message[0] = MDMF_LAMP;
	message[1] = 3;
	message[2] = LAMP;
	message[3] = 1;
	message[4] = lit ? LAMP_LIT : 0;
	message[5] = (uint8_t)-sum_of(message, 5);
	return 6;
}

int lc_callerid_parse(const uint8_t *message, int n, struct lc_callerid_info *out)
{
	struct lc_callerid_info info = {"", "", ""};
	int error;

	memset(out, 0, sizeof(*out));
	if (n < 3 || n != message[1] + 3)
		return -EPROTO;
	if (sum_of(message, n) != 0)
		return -EBADMSG;
	if (!lc_callerid_known(message[0]))
		return -EOPNOTSUPP;
	error = take_all(&info, message, n);
	if (!error)
		*out = info;
	return error;
}

static int put_parameter(uint8_t *message, int at, uint8_t type, const char *bytes, size_t n)
{
	message[at++] = type;
	message[at++] = (uint8_t)n;
	memcpy(message + at, bytes, n);
	return at + (int)n;
}

int lc_callerid_build(uint8_t *message, const char *number, const char *name, const char *time,
                      enum lc_callerid_withheld withheld)
{
	const char *reason = withheld == LC_CID_PRIVATE ? "P" : "O";
	size_t digits = strlen(number), letters = strlen(name);
	char clean[LC_CID_NAME];
	int at = 2, length;

	for (size_t i = 0; i < digits; i++)
		if (!is_number_character((uint8_t)number[i]))
			return -EINVAL;
	if (digits > LC_CID_NUMBER - 1)
		return -EINVAL;
	length = clean_name(clean, (const uint8_t *)name, letters < 255 ? (int)letters : 255);
	if (time && strlen(time) == TIME_BYTES)
		at = put_parameter(message, at, TIME, time, TIME_BYTES);
	if (withheld == LC_CID_SHOWN && digits)
		at = put_parameter(message, at, NUMBER, number, digits);
	else
		at = put_parameter(message, at, NO_NUMBER, reason, 1);
	if (withheld != LC_CID_SHOWN)
		at = put_parameter(message, at, NO_NAME, reason, 1);
	else if (length)
		at = put_parameter(message, at, NAME, clean, (size_t)length);
	message[0] = MDMF;
	message[1] = (uint8_t)(at - 2);
	message[at] = (uint8_t)-sum_of(message, at);
	return at + 1;
}
