/* ears.h — all detectors of one port, fed once, in one pass.
 *
 * One port has one set of ears: digits, progress tones, caller id, voice. Each sample is read once per
 * detector and no detector runs twice, so a digit can never be reported twice by two code paths (the
 * known fault of boxes whose busy detection ran the digit detector again).
 */
#ifndef CALLBOX_EARS_H
#define CALLBOX_EARS_H

#include <stdint.h>

#include "dsp/alert.h"
#include "dsp/callerid.h"
#include "dsp/dtmf.h"
#include "dsp/level.h"
#include "dsp/progress.h"
#include "emit.h"

struct lc_ears {
	const struct lc_plan *plan;
	unsigned mask; /* enum lc_ear */
	int64_t heard; /* samples fed since init */
	int quiet;     /* samples in a row below the gate: from 300 ms on, detectors only keep time */
	struct lc_dtmf_rx dtmf;
	struct lc_progress_rx progress;
	struct lc_callerid_rx callerid;
	struct lc_alert alert;
	struct lc_level level; /* always on: the page's meter; LC_EAR_VOICE only adds the events */
};

void lc_ears_init(struct lc_ears *ears, const struct lc_plan *plan);
/* Newly set bits start from a reset detector; bits that stay go on undisturbed. */
void lc_ears_listen(struct lc_ears *ears, unsigned mask);
/* Emits LC_EV_DIGIT, _DIGIT_END, _KEY_SUSPECTED, _TONE, _TONE_END, _CALLERID, _VOICE, _ALERT; `at` counts samples since init. */
void lc_ears_process(struct lc_ears *ears, const int16_t *samples, int n, lc_emit_fn *emit, void *context);

#endif
