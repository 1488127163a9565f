/* learn.h — cadences that repeat and that no tone of the plan explains: candidates for tones a network really sends.
 *
 * A plan is what the standards say; private exchanges and old ones play other tones when the far end has hung up. Here
 * the pieces of sound and silence that cadence.c compares with the plan are watched for repetition: one pure tone,
 * always the same within 4 Hz, on and off (or on, off, on, off) for three cycles, each time within 10 % or 15 ms of
 * their mean. Whatever fits the plan's own tones is left to them. A candidate is told once, at the end of the third
 * cycle's last on-time; what it means is decided by whoever sees what happens around it.
 *
 * Limits: on-times 60 .. 3,000 ms, off-times 60 .. 6,000 ms; frequencies of the plan's signals and single ones of 250 to
 * 1,000 Hz.
 */
#ifndef CALLBOX_LEARN_H
#define CALLBOX_LEARN_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/cadence.h"
#include "emit.h"

enum {
	LC_LEARN_CYCLES = 3,
	LC_LEARN_PIECES = 4 * LC_LEARN_CYCLES - 1, /* the longest pattern, without its last silence */
};

struct lc_learn {
	int pieces;                /* kept; the last one is sound unless silence has just been added */
	float ms[LC_LEARN_PIECES]; /* sound and silence in turn, oldest first */
	int64_t at[LC_LEARN_PIECES];
	float hz[LC_LEARN_PIECES]; /* 0: silence */
	int signal;                /* of all sound */
	bool told;                 /* this run's candidate */
};

void lc_learn_reset(struct lc_learn *learn);
/* A piece that is complete. Emits LC_EV_CADENCE. */
void lc_learn_heard(struct lc_learn *learn, const struct lc_plan *plan, const struct lc_cadence_piece *piece, lc_emit_fn *emit,
                    void *context);

#endif
