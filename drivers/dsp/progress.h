/* progress.h — recognises the plan's progress tones: dial, ringback, busy, congestion, SIT ...
 *
 * spectrum.c tells every 10 ms which signal of the plan is heard. Here it must also keep its level and frequency, as
 * no voice or instrument does, and its times on and off are measured, to some ms, by the power at the edges.
 * cadence.c compares them with the plan's tones.
 *
 * A cadence is reported at the end of the on-step that completes listen_cycles cycles; a continuous tone after
 * listen_ms, or after 1.25 times the longest on-time of another tone of the same frequencies, whichever is
 * more. If another tone of the plan begins alike, as many steps more are waited for as tell the two apart.
 *
 * Limits: -35 .. +3 dBm0; in an off-step the line must fall 10 dB; steps of 40 ms or more.
 */
#ifndef CALLBOX_PROGRESS_H
#define CALLBOX_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/cadence.h"
#include "dsp/learn.h"
#include "dsp/spectrum.h"
#include "emit.h"

struct lc_progress_rx {
	struct lc_cadence_rx cadence;
	struct lc_learn learn;
	struct lc_spectrum spectrum;
	float input[LC_SPECTRUM_BLOCK];
	int fill;      /* of input[] */
	int64_t heard; /* samples taken in */
	/* what is being heard */
	int signal_now; /* index or LC_SIGNAL_... */
	int64_t since;  /* sample count of its begin */
	bool pending;   /* in silence: the sound before is not yet told, for a short break is bridged */
	struct lc_cadence_piece before;
	int strange;           /* blocks in a row that do not fit it */
	int blocks;            /* that did fit it */
	float plateau, offset; /* its power, and Hz from nominal */
	float wander;          /* of the offset, mean square */
};

void lc_progress_rx_init(struct lc_progress_rx *rx, const struct lc_plan *plan); /* the plan must outlive it */
/* Forgets all signal and what was reported, without an event; the sample count stays. */
void lc_progress_rx_reset(struct lc_progress_rx *rx);
/* Emits LC_EV_TONE, LC_EV_TONE_END and, for what repeats but is none of them, LC_EV_CADENCE; `at` counts samples since init. Any n >= 0. */
void lc_progress_rx_process(struct lc_progress_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context);
/* As _process with n samples of silence, at next to no cost. */
void lc_progress_rx_skip(struct lc_progress_rx *rx, int n, lc_emit_fn *emit, void *context);

#endif
