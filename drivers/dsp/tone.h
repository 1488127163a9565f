/* tone.h — plays one progress tone of the plan with its cadence.
 *
 * Frequencies run on through pauses (phase-continuous); every on and off is a ramp of 2 ms, so nothing
 * clicks. Levels come from the plan, per frequency.
 */
#ifndef CALLBOX_TONE_H
#define CALLBOX_TONE_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/oscillator.h"

struct lc_tone_tx {
	struct lc_tone tone;
	float peak;
	int64_t left; /* samples still to be made; negative: for ever */
	int step;
	int64_t step_left; /* samples of this step; negative: for ever */
	int voices;        /* frequencies of this step, or of the last that had any */
	bool sounding;     /* this step has */
	float loudness;    /* 0 .. 1, the ramp */
	struct lc_oscillator osc[2], am;
	uint16_t hz[2]; /* that osc[] is tuned to */
};

/* ms 0: for ever, but a once-tone ends with its last step. -EINVAL: no steps, or none with a time. */
int lc_tone_tx_init(struct lc_tone_tx *tx, const struct lc_tone *tone, uint32_t ms);
int lc_tone_tx_read(struct lc_tone_tx *tx, int16_t *out, int n); /* samples written, 0 at the end */

#endif
