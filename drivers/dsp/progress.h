/* progress.h — recognises the plan's progress tones: dial, ringback, busy, congestion, SIT ...
 *
 * spectrum.c tells every 10 ms which signal of the plan is heard. Here it must also keep its level and frequency, as
 * no voice or instrument does, and its times on and off are measured, to some ms, by the power at its own frequency:
 * a voice over it (our own prompt's echo) changes neither. Up to 400 ms of a tone may be covered by a voice as long as
 * its own power stays. cadence.c compares the times with the plan's tones.
 *
 * What tells a wandering frequency (vibrato) from one that a voice disturbs: the voice changes the amplitude as much
 * as the phase, so wandering is judged against the ripple of the amplitude.
 *
 * A cadence is reported at the end of the on-step that completes listen_cycles cycles, 20 ms after its end (50 if it is not quiet there), or 200 ms
 * if it is known by that one sound; a continuous tone after listen_ms, or after 1.25 times the longest on-time of another
 * tone of the same frequencies, whichever is more. If another tone of the plan begins alike, as many steps more are waited
 * for as tell the two apart.
 *
 * Limits: -35 .. +3 dBm0; in an off-step the tone must fall 6 dB at once and the line 5 dB in the mean over 200 ms; steps of
 * 40 ms or more.
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
	float hz;       /* that it is listened for at; the free one: where it was heard last */
	int64_t since;  /* sample count of its begin */
	bool pending;   /* in silence: the sound before is not yet told, for a short break is bridged */
	struct lc_cadence_piece before;
	int strange;   /* blocks in a row that do not fit it */
	int blocks;    /* that did fit it */
	float plateau; /* power of all while it sounded */
	float own;     /* the same of its own frequency */
	float loud;    /* of what is heard in its pauses, smoothed over 200 ms */
	float offset;  /* Hz from nominal */
	float wander;  /* of the offset, mean square */
	float ripple;  /* of the own frequency's amplitude, relative, mean square */
};

void lc_progress_rx_init(struct lc_progress_rx *rx, const struct lc_plan *plan); /* the plan must outlive it */
/* Forgets all signal and what was reported, without an event; the sample count stays. */
void lc_progress_rx_reset(struct lc_progress_rx *rx);
/* Emits LC_EV_TONE, LC_EV_TONE_END and, for what repeats but is none of them, LC_EV_CADENCE; `at` counts samples since init. Any n >= 0. */
void lc_progress_rx_process(struct lc_progress_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context);
/* As _process with n samples of silence, at next to no cost. */
void lc_progress_rx_skip(struct lc_progress_rx *rx, int n, lc_emit_fn *emit, void *context);

#endif
