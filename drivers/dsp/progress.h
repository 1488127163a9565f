/* progress.h — recognises the plan's progress tones: dial, ringback, busy, congestion, SIT ...
 *
 * Every 10 ms each frequency of the plan is brought to complex baseband. One frequency, or the two of a pair
 * solved apart over 20 ms, must hold 80 % of all power on the line (purity), stand within 25 Hz of nominal (half the
 * distance to a neighbour, if that is less; pairs 2 %), and not wander. Times on and off are measured to some ms by the
 * power at the edges, and compared step by step with every tone's cadence, from every step it may be joined at.
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
#include "emit.h"

enum {
	LC_PROGRESS_BLOCK = 80,        /* samples: 10 ms */
	LC_PROGRESS_FREQUENCIES = 16,  /* different ones in a plan; tones beyond are not listened for */
	LC_PROGRESS_SIGNALS = 16,
	LC_PROGRESS_KEPT = 4,          /* blocks; a power of two */
};

/* Two frequencies side by side: re, im, re, im. */
typedef float lc_progress_vector __attribute__((vector_size(16)));

/* One frequency, or two together, that steps of the plan consist of. */
struct lc_progress_signal {
	int8_t frequency[2];      /* index; [1] < 0: there is one only */
	float tolerance[2];       /* Hz */
	float leak_re, leak_im;   /* of a pair: of the second into the first, over 20 ms */
};

struct lc_progress_rx {
	struct lc_cadence_rx cadence;
	int signals, frequencies;
	struct lc_progress_signal signal[LC_PROGRESS_SIGNALS];
	float hz[LC_PROGRESS_FREQUENCIES];
	float turn[LC_PROGRESS_FREQUENCIES][2]; /* backwards by one block */
	lc_progress_vector table[LC_PROGRESS_FREQUENCIES / 2][LC_PROGRESS_BLOCK];
	float input[LC_PROGRESS_BLOCK];
	int fill;      /* of input[] */
	int64_t heard; /* samples taken in */
	int64_t block; /* blocks done */
	float base[LC_PROGRESS_KEPT][LC_PROGRESS_FREQUENCIES][2]; /* peak as a vector */
	float power[LC_PROGRESS_KEPT]; /* mean square of all */
	/* what is being heard */
	int signal_now;       /* index or LC_SIGNAL_... */
	int64_t since;        /* sample count of its begin */
	bool pending;         /* in silence: the sound before is not yet told, for a short break is bridged */
	struct lc_cadence_piece before;
	int strange;          /* blocks in a row that do not fit it */
	int blocks;           /* that did fit it */
	float plateau, offset; /* its power, and Hz from nominal */
	float wander;         /* of the offset, mean square */
};

void lc_progress_rx_init(struct lc_progress_rx *rx, const struct lc_plan *plan); /* the plan must outlive it */
/* Forgets all signal and what was reported, without an event; the sample count stays. */
void lc_progress_rx_reset(struct lc_progress_rx *rx);
/* Emits LC_EV_TONE and LC_EV_TONE_END; `at` counts samples since init. Any n >= 0. */
void lc_progress_rx_process(struct lc_progress_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context);
/* As _process with n samples of silence, at next to no cost. */
void lc_progress_rx_skip(struct lc_progress_rx *rx, int n, lc_emit_fn *emit, void *context);

#endif
