#include "dsp/ears.h"

#include <string.h>

#include "dsp/dbm0.h"

enum { GATE = 300 * LC_RATE / 1000 };

static const float gate = 3.16e-6f * LC_DBM0_POWER; /* -55 dBm0 */

/* Caller id may come as digits, so it needs them heard, told or not. */
static bool wants_digits(unsigned mask)
{
	return mask & (LC_EAR_DTMF | LC_EAR_CALLERID);
}

void lc_ears_init(struct lc_ears *ears, const struct lc_plan *plan)
{
	memset(ears, 0, sizeof(*ears));
	ears->plan = plan;
	lc_dtmf_rx_init(&ears->dtmf, plan);
	lc_progress_rx_init(&ears->progress, plan);
	lc_callerid_rx_init(&ears->callerid);
	lc_alert_init(&ears->alert);
	lc_level_init(&ears->level);
}

/* A detector that did not listen has not counted either: bring its clock to ours. */
void lc_ears_listen(struct lc_ears *ears, unsigned mask)
{
	unsigned fresh = mask & ~ears->mask;

	if (wants_digits(mask) && !wants_digits(ears->mask)) {
		ears->dtmf.taken = ears->heard;
		lc_dtmf_rx_reset(&ears->dtmf);
	}
	lc_dtmf_rx_early(&ears->dtmf, mask & LC_EAR_EARLY);
	if (fresh & LC_EAR_TONE) {
		ears->progress.heard = ears->heard;
		lc_progress_rx_reset(&ears->progress);
	}
	if (fresh & LC_EAR_CALLERID) {
		lc_callerid_rx_reset(&ears->callerid);
		ears->callerid.heard = ears->heard;
	}
	if (fresh & LC_EAR_ALERT) {
		ears->alert.heard = ears->heard;
		lc_alert_reset(&ears->alert);
	}
	if (fresh & LC_EAR_VOICE)
		lc_level_tell_anew(&ears->level);
	ears->mask = mask;
}

struct told {
	struct lc_ears *ears;
	lc_emit_fn *emit;
	void *context;
};

/* Digits go to whoever asked for digits, and to caller id. */
static void tell_digit(void *context, const struct lc_event *event)
{
	struct told *told = context;

	if (told->ears->mask & LC_EAR_DTMF)
		told->emit(told->context, event);
	if (told->ears->mask & LC_EAR_CALLERID && event->kind == LC_EV_DIGIT)
		lc_callerid_rx_digit(&told->ears->callerid, event->text[0], event->at, told->emit, told->context);
}

static bool is_quiet(struct lc_ears *ears, int n)
{
	if (ears->level.block >= gate)
		ears->quiet = 0;
	else if (ears->quiet < GATE)
		ears->quiet += n;
	return ears->quiet >= GATE;
}

void lc_ears_process(struct lc_ears *ears, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	struct told told = {ears, emit, context};
	bool quiet;

	lc_level_process(&ears->level, samples, n, ears->mask & LC_EAR_VOICE, emit, context);
	ears->heard += n;
	quiet = is_quiet(ears, n);
	if (wants_digits(ears->mask))
		(quiet ? lc_dtmf_rx_skip(&ears->dtmf, n, tell_digit, &told)
		       : lc_dtmf_rx_process(&ears->dtmf, samples, n, tell_digit, &told));
	if (ears->mask & LC_EAR_TONE)
		(quiet ? lc_progress_rx_skip(&ears->progress, n, emit, context)
		       : lc_progress_rx_process(&ears->progress, samples, n, emit, context));
	if (ears->mask & LC_EAR_CALLERID)
		(quiet ? lc_callerid_rx_skip(&ears->callerid, n, emit, context)
		       : lc_callerid_rx_process(&ears->callerid, samples, n, emit, context));
	if (ears->mask & LC_EAR_ALERT)
		lc_alert_process(&ears->alert, samples, n, emit, context);
}
