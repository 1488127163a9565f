/* cadence.h — which progress tone a row of on- and off-times is.
 *
 * progress.c tells what is heard (one of the plan's frequencies or pairs, or silence) and for how long; here it is
 * compared step by step with every tone of the plan, from every on-step it may be joined at. All readings run
 * side by side. A tone is reported at the end of the on-step that completes its listen_cycles cycles, or 200 ms later if
 * that is the only one; if another tone of the plan may begin alike, as many steps later as tell the two apart. It ends with the first step that does
 * not fit.
 */
#ifndef CALLBOX_CADENCE_H
#define CALLBOX_CADENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/spectrum.h"
#include "emit.h"

struct lc_cadence_step {
	int8_t signal; /* index into the plan's signals, or LC_SIGNAL_SILENCE */
	uint16_t ms;   /* 0: for ever */
};

/* One way to read what is heard: this tone, joined at this step. */
struct lc_cadence_reading {
	uint8_t wanted; /* steps to match before it is reported; 0: no step to join at */
	int matched;
	int64_t begun; /* sample count of its first on-step */
	float hz;      /* measured in that step */
	float misfit;  /* relative errors of the steps, squared and summed */
};

struct lc_cadence {
	bool listened, once;
	uint8_t steps, cycles, percent;
	uint16_t listen_ms; /* of a continuous tone; 0: it is none */
	struct lc_cadence_step step[LC_TONE_STEPS_MAX];
	struct lc_cadence_reading reading[LC_TONE_STEPS_MAX];
};

struct lc_cadence_rx {
	const struct lc_plan *plan;
	int tones;
	struct lc_cadence tone[LC_TONES_MAX];
	int now;        /* tone reported, or -1 */
	int64_t begun;  /* of it */
	int64_t on_end; /* end of the last on-step heard */
};

/* A piece of sound or silence; sample counts from init. */
struct lc_cadence_piece {
	int signal; /* or LC_SIGNAL_... */
	int64_t begin, end;
	float hz; /* measured, of the lower frequency */
	bool cut; /* sound that no silence ended, but other sound: how long it would have lasted is not known */
};

/* tone[].step[], .steps, .listened must have been filled; the plan must outlive it. */
void lc_cadence_init(struct lc_cadence_rx *rx, const struct lc_plan *plan);
void lc_cadence_reset(struct lc_cadence_rx *rx);
/* A piece that is complete. */
void lc_cadence_heard(struct lc_cadence_rx *rx, const struct lc_cadence_piece *piece, lc_emit_fn *emit, void *context);
/* A piece that goes on, its end being now: continuous tones are found, overdue steps given up. */
void lc_cadence_hearing(struct lc_cadence_rx *rx, const struct lc_cadence_piece *piece, lc_emit_fn *emit, void *context);

#endif
