#include "dsp/callerid.h"

#include <errno.h>
#include <string.h>

#include "dsp/dbm0.h"

enum {
	SEIZURE_BITS = 300,
	MARK_BITS = 180,
	WAITING_MARK_BITS = 80, /* EN 300 659-2: 80 plus or minus 25; GR-30: 70 and more */
	ALERT_MS = 100,         /* EN 300 659-1 and BT SIN 227: 88 to 110 ms */
	ALERT_GAP_MS = 120,     /* EN 300 659-1: 45 to 500 ms; SIN 227: at least 45 ms */
	TAIL_BITS = 10,         /* so that a receiver's filter gets the last stop bit whole */
	/* What a receiver believes. A seizure of which much was lost, but never what speech makes. */
	SEIZURE_LEAST = 64, /* of 96, the shortest by BT SIN 227, less what filters and the mark take */
	SEIZURE_SURE = 80,
	SEIZURE_MOST = 130,
	SEIZURE_LIKELY = 16,
	MARK_LEAST = 40,
	NTT_MARK_BITS = 75, /* sent: 72 and more */
	NTT_MARK = 40,      /* of those, what a receiver has left after its filters and level */
	BARE_MARK = 64,     /* call waiting (GR-30, EN 300 659-2): no seizure, at least 70 bits of mark */
	MARK_BETWEEN = 30,  /* GR-30 permits 10 bits of mark between characters */
	MARK_OFF_HZ = 30,   /* 1 % of clock and what counting crossings over 30 ms misses */
	AFTER_BITS = 3,     /* of mark or silence behind the message, more than between its characters */
	DIGITS_GAP = 600 * LC_RATE / 1000,
};

/* ---- sender -------------------------------------------------------------------------------------- */

static int next_bit(void *context)
{
	struct lc_callerid_tx *tx = context;
	int bit = tx->bit++, character;

	if (bit < tx->seizure)
		return bit & 1;
	bit -= tx->seizure;
	if (bit < tx->marks)
		return 1;
	bit -= tx->marks;
	character = bit / 10;
	if (character >= tx->length)
		return bit < 10 * tx->length + TAIL_BITS ? 1 : -1;
	bit %= 10;
	return bit == 0 ? 0 : bit == 9 ? 1 : tx->message[character] >> (bit - 1) & 1;
}

/* As strnlen(), which C11 does not have. */
static size_t length_of(const char *text, size_t n)
{
	const char *end = n ? memchr(text, 0, n) : NULL;

	return end ? (size_t)(end - text) : n;
}

/* Appends the characters of a plan's field, which need not end with 0. */
static void append(char *text, const char *more, size_t n)
{
	size_t length = strlen(text);

	n = length_of(more, n);
	memcpy(text + length, more, n);
	text[length + n] = 0;
}

static int init_digits(struct lc_callerid_tx *tx, const struct lc_plan *plan, const char *number,
                       enum lc_callerid_withheld withheld)
{
	char text[sizeof(plan->callerid_start) + LC_CID_NUMBER + sizeof(plan->callerid_end)] = "";
	size_t length;

	lc_dtmf_tx_init(&tx->dtmf, plan);
	if (*number == '+') /* has no key */
		number++;
	length = strlen(number);
	if (withheld == LC_CID_PRIVATE) {
		append(text, plan->callerid_private, sizeof(plan->callerid_private));
	} else if (withheld == LC_CID_UNAVAILABLE || length == 0) {
		append(text, plan->callerid_unavailable, sizeof(plan->callerid_unavailable));
	} else {
		if (length > LC_CID_NUMBER - 1 || strspn(number, "0123456789") != length)
			return -EINVAL;
		append(text, plan->callerid_start, sizeof(plan->callerid_start));
		append(text, number, length);
		append(text, plan->callerid_end, sizeof(plan->callerid_end));
	}
	return lc_dtmf_tx_put(&tx->dtmf, text);
}

/* The dual tone alerting signal DT-AS and the silence behind it. */
static int init_alert(struct lc_callerid_tx *tx)
{
	const struct lc_tone alert = {
		.level_dbm0 = tx->alert_dbm0,
		.once = 1,
		.steps = 2,
		.step = {{{2130, 2750}, ALERT_MS}, {{0, 0}, ALERT_GAP_MS}},
	};

	tx->alerting = true;
	return lc_tone_tx_init(&tx->alert, &alert, 0);
}

/* One of the texts that follow each other, each with its 0, in text[n]; what is missing is empty. -EINVAL: longer than fits. */
static int take_text(char *out, size_t most, const char **text, size_t *n)
{
	size_t length = length_of(*text, *n), whole = length < *n ? length + 1 : length;

	if (length >= most)
		return -EINVAL;
	memcpy(out, *text, length);
	out[length] = 0;
	*text += whole;
	*n -= whole;
	return 0;
}

int lc_callerid_tx_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, int scheme, const char *text, size_t n,
                        enum lc_callerid_withheld withheld)
{
	struct {
		char number[LC_CID_NUMBER], name[256], time[LC_CID_TIME];
	} who;

	memset(tx, 0, sizeof(*tx));
	tx->seizure = SEIZURE_BITS;
	tx->marks = MARK_BITS;
	tx->alert_dbm0 = plan->callerid_dbm0;
	if (take_text(who.number, sizeof(who.number), &text, &n) || take_text(who.name, sizeof(who.name), &text, &n) ||
	    take_text(who.time, sizeof(who.time), &text, &n))
		return -EINVAL;
	tx->scheme = (uint8_t)scheme;
	switch (scheme) {
	case LC_CID_BELL202:
		lc_fsk_tx_init(&tx->fsk, 1200, 2200, plan->callerid_dbm0);
		break;
	case LC_CID_V23:
		lc_fsk_tx_init(&tx->fsk, 1300, 2100, plan->callerid_dbm0);
		break;
	case LC_CID_NTT:
		lc_fsk_tx_init(&tx->fsk, 1300, 2100, plan->callerid_dbm0);
		tx->seizure = 0;
		tx->marks = NTT_MARK_BITS;
		tx->length = lc_ntt_build(tx->message, who.number, withheld);
		return tx->length < 0 ? tx->length : 0;
	case LC_CID_DTMF:
		return init_digits(tx, plan, who.number, withheld);
	default:
		return -EINVAL;
	}
	tx->length = lc_callerid_build(tx->message, who.number, who.name, who.time, withheld);
	if (tx->length < 0 || !(plan->callerid_alert & LC_CID_ALERT_TONE))
		return tx->length < 0 ? tx->length : 0;
	return init_alert(tx);
}

int lc_callerid_tx_lamp_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, bool lit)
{
	bool bell = plan->callerid_scheme == LC_CID_BELL202, v23 = plan->callerid_scheme == LC_CID_V23;
	bool alerts = v23 || plan->callerid_alert & LC_CID_ALERT_TONE;
	int error = bell || v23 ? lc_callerid_tx_init(tx, plan, plan->callerid_scheme, "", 0, LC_CID_UNAVAILABLE) : -ENOTTY;

	if (error)
		return error;
	tx->length = lc_callerid_lamp_build(tx->message, lit);
	tx->alerting = false;
	return alerts && plan->callerid_lamp != LC_CID_LAMP_RING_PULSE ? init_alert(tx) : 0;
}

int lc_callerid_tx_waiting_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, const char *text, size_t n,
                                enum lc_callerid_withheld withheld)
{
	bool can = plan->callerid_scheme == LC_CID_BELL202 || plan->callerid_scheme == LC_CID_V23;
	int error = !can ? -EINVAL : lc_callerid_tx_init(tx, plan, plan->callerid_scheme, text, n, withheld);

	tx->alerting = false;
	tx->seizure = 0;
	tx->marks = WAITING_MARK_BITS;
	return error;
}

int lc_callerid_tx_read(struct lc_callerid_tx *tx, int16_t *out, int n)
{
	int made = 0;

	if (tx->scheme == LC_CID_DTMF)
		return lc_dtmf_tx_read(&tx->dtmf, out, n);
	if (tx->alerting) {
		made = lc_tone_tx_read(&tx->alert, out, n);
		tx->alerting = made == n;
	}
	return made + lc_fsk_tx_read(&tx->fsk, out + made, n - made, next_bit, tx);
}

/* ---- receiver ------------------------------------------------------------------------------------ */

static const float doubtful = 0.2f;    /* margin of a bit */
static const float still_loud = 0.25f; /* a space at the level of the message's: the line does not just go quiet */

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

static int scheme_heard(const struct lc_callerid_rx *rx)
{
	/* Midway between the two marks; a message without a measured mark was too noisy to know. */
	return rx->fsk.mark_hz > 1250 ? LC_CID_V23 : LC_CID_BELL202;
}

static bool is_mark(float hz)
{
	return (hz > 1200 - MARK_OFF_HZ && hz < 1200 + MARK_OFF_HZ) || (hz > 1300 - MARK_OFF_HZ && hz < 1300 + MARK_OFF_HZ);
}

static void hunt(struct lc_callerid_rx *rx)
{
	rx->phase = LC_CID_HUNT;
	rx->alternations = rx->marks = 0;
}

/* The message lamp: only after a whole seizure, as it comes on-hook. True: that is what it was. */
static bool is_lamp(struct lc_callerid_rx *rx)
{
	struct lc_event event = {.kind = LC_EV_MESSAGES, .extra = scheme_heard(rx), .at = rx->begun};

	event.value = rx->ntt || rx->harmed || !rx->trusted ? -EPROTO : lc_callerid_lamp_parse(rx->message, rx->length);
	if (event.value < 0)
		return false;
	rx->emit(rx->emit_context, &event);
	return true;
}

static void finish(struct lc_callerid_rx *rx)
{
	struct lc_callerid_info info = {"", "", ""};
	int result = rx->ntt ? lc_ntt_parse(rx->message, rx->length, &info) : lc_callerid_parse(rx->message, rx->length, &info);

	if (result == 0 && rx->harmed)
		result = -EBADMSG;
	/* Without a whole seizure and a true mark only a good message proves that it was one: voices may sound like parts. */
	if (result == -EOPNOTSUPP && is_lamp(rx)) {
		hunt(rx);
		return;
	}
	bool damaged = result && (rx->ntt ? lc_ntt_begins(rx->message, rx->length) : rx->trusted && is_mark(rx->fsk.mark_hz));

	if (result == 0 || (damaged && result != -EOPNOTSUPP))
		tell(rx, rx->ntt ? LC_CID_NTT : scheme_heard(rx), rx->begun, result ? NULL : &info);
	hunt(rx);
}

static void begin_bytes(struct lc_callerid_rx *rx)
{
	rx->phase = LC_CID_BYTES;
	rx->length = rx->bits = rx->shift = 0;
	rx->between = 0;
	rx->close = false;
	rx->harmed = rx->ntt = rx->short_mark = false;
}

/* Alternation earns trust, two equal bits cost much of it: a seizure survives some errors, speech never gets there. */
static void hunt_bit(struct lc_callerid_rx *rx, int bit)
{
	bool changed = bit != rx->last_bit;
	int marks = rx->marks;

	if (changed && rx->alternations < SEIZURE_MOST && ++rx->alternations == SEIZURE_LIKELY)
		rx->begun = rx->heard - SEIZURE_LIKELY * LC_RATE / 1200;
	rx->marks = bit ? rx->marks + 1 : 0;
	if (rx->marks == MARK_LEAST && rx->alternations < SEIZURE_LEAST)
		lc_fsk_rx_unlearn(&rx->fsk);
	if (!changed && (!bit || rx->marks == 2))
		rx->alternations = rx->alternations > 16 ? rx->alternations - 16 : 0;
	if (!bit && marks >= NTT_MARK && is_mark(rx->fsk.mark_hz)) {
		begin_bytes(rx);
		rx->trusted = false;
		rx->short_mark = marks < BARE_MARK;
		rx->begun = rx->heard - marks * LC_RATE / 1200;
	}
	if (rx->marks < MARK_LEAST)
		return;
	if (rx->alternations >= SEIZURE_LEAST) {
		rx->phase = LC_CID_MARK;
		rx->trusted = rx->alternations >= SEIZURE_SURE;
	} else
		rx->alternations = 0;
}

static void take_ntt(struct lc_callerid_rx *rx)
{
	if (lc_ntt_complete(rx->message, rx->length)) {
		rx->phase = LC_CID_AFTER;
		rx->between += AFTER_BITS;
	} else if (rx->length == LC_CID_MESSAGE) {
		finish(rx);
	}
}

static void take_character(struct lc_callerid_rx *rx, uint8_t character)
{
	int ones = 0;

	for (int i = 0; i < 8; i++)
		ones += character >> i & 1;
	if (rx->length == 0 && !lc_callerid_known(character) && ones >= 6) { /* a click in the mark, taken for a start bit */
		rx->phase = LC_CID_MARK;
		return;
	}
	if (rx->length == 0) {
		rx->ntt = character == LC_NTT_FIRST && !rx->trusted;
		if (rx->short_mark && !rx->ntt) {
			hunt(rx);
			return;
		}
	}
	rx->message[rx->length++] = character;
	if (rx->ntt) {
		take_ntt(rx);
		return;
	}
	if (rx->length >= 2 && rx->length == rx->message[1] + 3) {
		rx->phase = LC_CID_AFTER;
		rx->between += AFTER_BITS;
	}
}

static void character_bit(struct lc_callerid_rx *rx, int bit)
{
	if (rx->fsk.margin < doubtful)
		rx->harmed = true;
	if (rx->bits < 0 && bit) {
		if (++rx->marks > MARK_BETWEEN)
			finish(rx);
		return;
	}
	if (rx->bits < 0) {
		rx->bits = 0;
		rx->between = rx->marks > rx->between ? rx->marks : rx->between;
		rx->close |= rx->marks == 0;
		/* A sender puts marks between all characters or between none. One gap alone is a start bit that was lost: all
		 * that follows is read from the wrong bit, and one checksum in 256 holds all the same. */
		rx->harmed |= rx->close && rx->between > 0;
		return;
	}
	if (rx->bits < 8) {
		rx->shift = rx->shift >> 1 | bit << 7;
		rx->bits++;
		return;
	}
	rx->bits = -1; /* the stop bit */
	rx->marks = 0;
	if (!bit)
		rx->harmed = true;
	take_character(rx, (uint8_t)rx->shift);
}

/* A damaged length ends the message too early: then a character follows. */
static void after_bit(struct lc_callerid_rx *rx, int bit)
{
	if (!bit && rx->fsk.loudness > still_loud)
		rx->harmed = true;
	if (rx->harmed || --rx->between == 0)
		finish(rx);
}

static void put_bit(void *context, int bit)
{
	struct lc_callerid_rx *rx = context;

	if (bit < 0) {
		if ((rx->phase == LC_CID_BYTES && rx->length > 0) || rx->phase == LC_CID_AFTER)
			finish(rx);
		hunt(rx);
		return;
	}
	switch (rx->phase) {
	case LC_CID_HUNT:
		hunt_bit(rx, bit);
		break;
	case LC_CID_MARK:
		if (!bit)
			begin_bytes(rx);
		break;
	case LC_CID_BYTES:
		character_bit(rx, bit);
		break;
	case LC_CID_AFTER:
		after_bit(rx, bit);
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
	complete = complete && digits < sizeof(info.number);
	memcpy(info.number, rx->digits + 1, complete ? digits : 0);
	if (complete && digits == 1 && rx->digits[0] == 'D' && rx->digits[2] == '#')
		strcpy(info.number, rx->digits[1] == '1' ? "P" : "O");
	else if (complete && rx->digits[0] == 'B')
		strcpy(info.number, strcmp(info.number, "10") == 0 ? "P" : "O");
	if (digits == 0) /* two letters: music makes them sooner than an exchange */
		complete = false;
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
	} else if (rx->digit_count == LC_CID_DIGITS) {
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
