#include "dsp/callerid.h"

#include <errno.h>
#include <string.h>

#include "dsp/dbm0.h"

enum {
	SEIZURE_BITS = 300,
	MARK_BITS = 180,
	TAIL_BITS = 10, /* so that a receiver's filter gets the last stop bit whole */
	/* What a receiver believes. A seizure of which much was lost, but never what speech makes. */
	SEIZURE_LEAST = 96,
	SEIZURE_MOST = 130,
	MARK_LEAST = 40,
	MARK_BETWEEN = 30, /* GR-30 permits 10 bits of mark between characters */
	DIGITS_GAP = 600 * LC_RATE / 1000,
};

/* ---- sender -------------------------------------------------------------------------------------- */

static int next_bit(void *context)
{
	struct lc_callerid_tx *tx = context;
	int bit = tx->bit++, character;

	if (bit < SEIZURE_BITS)
		return bit & 1;
	bit -= SEIZURE_BITS;
	if (bit < MARK_BITS)
		return 1;
	bit -= MARK_BITS;
	character = bit / 10;
	if (character >= tx->length)
		return bit < 10 * tx->length + TAIL_BITS ? 1 : -1;
	bit %= 10;
	return bit == 0 ? 0 : bit == 9 ? 1 : tx->message[character] >> (bit - 1) & 1;
}

static int init_digits(struct lc_callerid_tx *tx, const struct lc_plan *plan, const char *number,
                       enum lc_callerid_withheld withheld)
{
	char text[LC_CID_NUMBER + 3] = "D";
	size_t length;

	lc_dtmf_tx_init(&tx->dtmf, plan);
	if (withheld == LC_CID_PRIVATE)
		return lc_dtmf_tx_put(&tx->dtmf, "D1#");
	if (withheld == LC_CID_UNAVAILABLE || !*number)
		return lc_dtmf_tx_put(&tx->dtmf, "D2#");
	if (*number == '+') /* has no key */
		number++;
	length = strlen(number);
	if (length == 0 || length > LC_CID_NUMBER - 1 || strspn(number, "0123456789") != length)
		return -EINVAL;
	memcpy(text + 1, number, length);
	text[length + 1] = 'C';
	return lc_dtmf_tx_put(&tx->dtmf, text);
}

int lc_callerid_tx_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, int scheme, const char *number, const char *name,
                        enum lc_callerid_withheld withheld)
{
	number = number ? number : "";
	name = name ? name : "";
	memset(tx, 0, sizeof(*tx));
	tx->scheme = (uint8_t)scheme;
	switch (scheme) {
	case LC_CID_BELL202:
		lc_fsk_tx_init(&tx->fsk, 1200, 2200, plan->callerid_dbm0);
		break;
	case LC_CID_V23:
		lc_fsk_tx_init(&tx->fsk, 1300, 2100, plan->callerid_dbm0);
		break;
	case LC_CID_DTMF:
		return init_digits(tx, plan, number, withheld);
	default:
		return -EINVAL;
	}
	tx->length = lc_callerid_build(tx->message, number, name, NULL, withheld);
	return tx->length < 0 ? tx->length : 0;
}

int lc_callerid_tx_read(struct lc_callerid_tx *tx, int16_t *out, int n)
{
	if (tx->scheme == LC_CID_DTMF)
		return lc_dtmf_tx_read(&tx->dtmf, out, n);
	return lc_fsk_tx_read(&tx->fsk, out, n, next_bit, tx);
}

/* ---- receiver ------------------------------------------------------------------------------------ */

static void tell(struct lc_callerid_rx *rx, int scheme, int64_t at, const struct lc_callerid_info *info)
{
	struct lc_event event = {.kind = LC_EV_CALLERID, .value = info != NULL, .extra = scheme, .at = at};

	if (info) {
		size_t number = strlen(info->number) + 1, name = strlen(info->name) + 1;

		memcpy(event.text, info->number, number);
		memcpy(event.text + number, info->name, name);
		memcpy(event.text + number + name, info->time, strlen(info->time) + 1);
	}
	rx->emit(rx->emit_context, &event);
}

static void hunt(struct lc_callerid_rx *rx)
{
	rx->phase = LC_CID_HUNT;
	rx->alternations = rx->marks = 0;
}

static void finish(struct lc_callerid_rx *rx)
{
	/* Midway between the two marks; a message without a measured mark was too noisy to know. */
	int scheme = rx->fsk.mark_hz > 1250 ? LC_CID_V23 : LC_CID_BELL202;
	struct lc_callerid_info info;
	bool good = lc_callerid_parse(rx->message, rx->length, &info) == 0;

	tell(rx, scheme, rx->begun, good ? &info : NULL);
	hunt(rx);
}

/* Alternation earns trust, two equal bits cost much of it: a seizure survives some errors, speech never gets there. */
static void hunt_bit(struct lc_callerid_rx *rx, int bit)
{
	bool changed = bit != rx->last_bit;

	if (changed && rx->alternations < SEIZURE_MOST && ++rx->alternations == SEIZURE_LEAST)
		rx->begun = rx->heard - SEIZURE_LEAST * LC_RATE / 1200;
	rx->marks = bit ? rx->marks + 1 : 0;
	if (!changed && (!bit || rx->marks == 2))
		rx->alternations = rx->alternations > 16 ? rx->alternations - 16 : 0;
	if (rx->marks < MARK_LEAST)
		return;
	if (rx->alternations >= SEIZURE_LEAST - 16)
		rx->phase = LC_CID_MARK;
	else
		rx->alternations = 0;
}

static void take_character(struct lc_callerid_rx *rx, uint8_t character)
{
	int ones = 0;

	for (int i = 0; i < 8; i++)
		ones += character >> i & 1;
	if (rx->length == 0 && !lc_callerid_known(character)) {
		if (ones >= 6) { /* a click in the mark, taken for a start bit */
			rx->phase = LC_CID_MARK;
			return;
		}
		if ((character & 0xf0) != 0x80) /* 0x81 ..: waiting messages, charges and the like, not ours */
			tell(rx, rx->fsk.mark_hz > 1250 ? LC_CID_V23 : LC_CID_BELL202, rx->begun, NULL);
		hunt(rx);
		return;
	}
	rx->message[rx->length++] = character;
	if (rx->length >= 2 && rx->length == rx->message[1] + 3)
		finish(rx);
}

static void character_bit(struct lc_callerid_rx *rx, int bit)
{
	if (rx->bits < 0) {
		rx->marks = bit ? rx->marks + 1 : 0;
		if (!bit)
			rx->bits = 0;
		else if (rx->marks > MARK_BETWEEN)
			finish(rx);
		return;
	}
	if (rx->bits < 8) {
		rx->shift = rx->shift >> 1 | bit << 7;
		rx->bits++;
		return;
	}
	rx->bits = -1; /* the stop bit: if it is wrong, the checksum will tell */
	rx->marks = bit;
	take_character(rx, (uint8_t)rx->shift);
}

static void put_bit(void *context, int bit)
{
	struct lc_callerid_rx *rx = context;

	if (bit < 0) {
		if (rx->phase == LC_CID_BYTES && rx->length > 0)
			finish(rx);
		hunt(rx);
		return;
	}
	switch (rx->phase) {
	case LC_CID_HUNT:
		hunt_bit(rx, bit);
		break;
	case LC_CID_MARK:
		if (!bit) {
			rx->phase = LC_CID_BYTES;
			rx->length = rx->bits = rx->shift = 0;
		}
		break;
	case LC_CID_BYTES:
		character_bit(rx, bit);
		break;
	}
	rx->last_bit = bit;
}

void lc_callerid_rx_init(struct lc_callerid_rx *rx)
{
	memset(rx, 0, sizeof(*rx));
	lc_fsk_rx_init(&rx->fsk, put_bit, NULL);
}

void lc_callerid_rx_reset(struct lc_callerid_rx *rx)
{
	lc_fsk_rx_reset(&rx->fsk);
	hunt(rx);
	rx->digit_count = 0;
}

static void end_digits(struct lc_callerid_rx *rx, bool complete)
{
	struct lc_callerid_info info = {"", "", ""};
	size_t digits;

	rx->digits[rx->digit_count] = 0;
	digits = strspn(rx->digits + 1, "0123456789");
	memcpy(info.number, rx->digits + 1, digits);
	if (complete && digits == 0)
		strcpy(info.number, "O");
	else if (complete && digits == 1 && rx->digits[0] == 'D' && rx->digits[2] == '#')
		strcpy(info.number, rx->digits[1] == '1' ? "P" : "O");
	else if (complete && rx->digits[0] == 'B')
		strcpy(info.number, strcmp(info.number, "10") == 0 ? "P" : "O");
	if (complete || rx->digit_count > 3) /* a lone letter is somebody's key, not a message */
		tell(rx, LC_CID_DTMF, rx->digits_at, complete ? &info : NULL);
	rx->digit_count = 0;
}

void lc_callerid_rx_digit(struct lc_callerid_rx *rx, char digit, int64_t at, lc_emit_fn *emit, void *context)
{
	rx->emit = emit;
	rx->emit_context = context;
	if (rx->digit_count && at - rx->digit_last > DIGITS_GAP)
		end_digits(rx, false);
	if (rx->digit_count == 0) {
		/* A message is a train of its own: letters in the middle of other digits are somebody's keys. */
		bool alone = rx->digit_last == 0 || at - rx->digit_last > DIGITS_GAP;
		rx->digit_last = at;
		if (!alone || (digit != 'A' && digit != 'B' && digit != 'D'))
			return;
		rx->digits_at = at;
	} else if (rx->digit_count == LC_CID_NUMBER) {
		end_digits(rx, false);
		return;
	}
	rx->digits[rx->digit_count++] = digit;
	rx->digit_last = at;
	if (digit == 'C' || digit == '#')
		end_digits(rx, true);
}

static void pass_time(struct lc_callerid_rx *rx, int n, lc_emit_fn *emit, void *context)
{
	rx->emit = emit;
	rx->emit_context = context;
	rx->heard += n;
	if (rx->digit_count && rx->heard - rx->digit_last > 2 * DIGITS_GAP)
		end_digits(rx, false);
}

void lc_callerid_rx_process(struct lc_callerid_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	pass_time(rx, n, emit, context);
	rx->fsk.context = rx; /* here and not once: the receiver may have been moved in memory */
	lc_fsk_rx_process(&rx->fsk, samples, n);
}

void lc_callerid_rx_skip(struct lc_callerid_rx *rx, int n, lc_emit_fn *emit, void *context)
{
	pass_time(rx, n, emit, context);
	if (rx->fsk.carrier) {
		put_bit(rx, -1);
		lc_fsk_rx_reset(&rx->fsk);
	}
}
