#include "line/waiting.h"

#include <errno.h>
#include <string.h>

#include "line/timers.h"

enum {
	ALERT_MS = 80,  /* GR-30: 75 to 85 ms; EN 300 659-2: the same */
	PAUSE_MS = 130, /* the ack is heard 35 to 50 ms after its begin and lasts up to 70 ms; 50 to 500 ms after its end */
};

static const struct lc_tone *waiting_tone(const struct lc_plan *plan)
{
	for (int i = 0; i < plan->tones; i++)
		if (strncmp(plan->tone[i].name, "call_waiting", sizeof(plan->tone[i].name)) == 0)
			return &plan->tone[i];
	return NULL;
}

/* Its sounds without the pause behind them: whether it is told again is others' business. */
static int start_tone(struct lc_waiting *waiting, const struct lc_tone *tone)
{
	struct lc_tone once = *tone;

	while (once.steps > 1 && !once.step[once.steps - 1].hz[0])
		once.steps--;
	once.once = 1;
	return lc_tone_tx_init(&waiting->tone, &once, 0);
}

int lc_waiting_start(struct lc_waiting *waiting, const struct lc_plan *plan, const char *text, size_t n,
                     enum lc_callerid_withheld withheld)
{
	const struct lc_tone *tone = waiting_tone(plan);
	struct lc_waiting fresh = {.phase = LC_WAITING_TONE};
	bool tells = withheld != LC_CID_SHOWN || text[0] || text[1];
	int error = 0;

	if (!tone)
		return -ENOENT;
	fresh.data = tells && plan->callerid_waiting;
	if (fresh.data)
		error = lc_callerid_tx_waiting_init(&fresh.callerid, plan, text, n, withheld);
	if (!error)
		error = start_tone(&fresh, tone);
	if (!error)
		*waiting = fresh;
	return error;
}

bool lc_waiting_digit(struct lc_waiting *waiting, char digit)
{
	if (waiting->phase != LC_WAITING_ACK || (digit != 'A' && digit != 'D'))
		return false;
	waiting->phase = LC_WAITING_PAUSE;
	waiting->left = (int)lc_ms(PAUSE_MS);
	return true;
}

/* The tone is over: on to the alert, or to the end. */
static int after_tone(struct lc_waiting *waiting, const struct lc_tone *alert)
{
	waiting->phase = LC_WAITING_NONE;
	if (!waiting->data)
		return LC_WAITING_TONE_ONLY;
	if (lc_tone_tx_init(&waiting->tone, alert, 0) == 0)
		waiting->phase = LC_WAITING_ALERT;
	return 0;
}

static int silence(struct lc_waiting *waiting, int16_t *out, int n)
{
	int made = n < waiting->left ? n : waiting->left;

	memset(out, 0, (size_t)made * sizeof(*out));
	waiting->left -= made;
	return made;
}

/* Samples made in the present phase; fewer than n: it is over. */
static int read_phase(struct lc_waiting *waiting, int16_t *out, int n)
{
	switch (waiting->phase) {
	case LC_WAITING_TONE:
	case LC_WAITING_ALERT:
		return lc_tone_tx_read(&waiting->tone, out, n);
	case LC_WAITING_ACK:
	case LC_WAITING_PAUSE:
		return silence(waiting, out, n);
	case LC_WAITING_DATA:
		return lc_callerid_tx_read(&waiting->callerid, out, n);
	default:
		return 0;
	}
}

/* The phase is over. Its result when it was the last, else 0. */
static int next_phase(struct lc_waiting *waiting)
{
	struct lc_tone alert = {.once = 1, .steps = 1, .step = {{{2130, 2750}, ALERT_MS}}};

	switch (waiting->phase) {
	case LC_WAITING_TONE:
		alert.level_dbm0 = waiting->callerid.alert_dbm0;
		return after_tone(waiting, &alert);
	case LC_WAITING_ALERT:
		waiting->phase = LC_WAITING_ACK;
		waiting->left = (int)lc_ms(LC_WAITING_ACK_MS);
		return 0;
	case LC_WAITING_PAUSE:
		waiting->phase = LC_WAITING_DATA;
		return 0;
	case LC_WAITING_ACK:
		waiting->phase = LC_WAITING_NONE;
		return LC_WAITING_NO_ACK;
	default:
		waiting->phase = LC_WAITING_NONE;
		return LC_WAITING_SENT;
	}
}

int lc_waiting_read(struct lc_waiting *waiting, int16_t *out, int n)
{
	int made = 0, result = 0;

	while (made < n && waiting->phase != LC_WAITING_NONE && !result) {
		made += read_phase(waiting, out + made, n - made);
		if (made < n)
			result = next_phase(waiting);
	}
	memset(out + made, 0, (size_t)(n - made) * sizeof(*out));
	return result;
}
