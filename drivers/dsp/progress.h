/* progress.h — recognises the plan's progress tones: dial, ringback, busy, congestion, SIT ...
 *
 * Every 10 ms each frequency of the plan is brought to complex baseband. One frequency, or the two of a pair
 * solved apart over 20 ms, must hold 70 % of all power on the line (purity), stand within 25 Hz of nominal (half the
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

#include "emit.h"

enum {
	LC_PROGRESS_BLOCK = 80,      /* samples: 10 ms */
	LC_PROGRESS_FREQUENCIES = 16,
	LC_PROGRESS_SIGNALS = 16,    /* different frequencies or pairs in one plan */
	LC_PROGRESS_KEPT = 8,        /* blocks; a power of two */
	LC_PROGRESS_SILENCE = -1,    /* as a signal */
	LC_PROGRESS_OTHER = -2,
};

typedef float lc_progress_vector __attribute__((vector_size(16)));

/* One frequency, or two, that steps of the plan consist of. */
struct lc_progress_signal {
	int8_t frequency[2];  /* index; [1] < 0: single */
	float tolerance[2];   /* Hz */
	float cross_re, cross_im; /* pairs: what one leaks into the other over 20 ms */
};

struct lc_progress_step {
	int8_t signal; /* index, or LC_PROGRESS_SILENCE */
	uint16_t ms;   /* 0: for ever */
};

/* One way to read what is heard: tone t, joined at step `start`. */
struct lc_progress_reading {
	uint8_t wanted;  /* steps to match before it is reported; 0: not a place to start */
	uint16_t matched;
	int64_t begun;   /* sample count of its first on-step */
	float misfit;    /* mean square of relative errors, summed */
};

struct lc_progress_cadence {
	uint8_t steps, cycles, percent, once;
	uint16_t listen_ms; /* if continuous */
	struct lc_progress_step step[LC_TONE_STEPS_MAX];
	struct lc_progress_reading reading[LC_TONE_STEPS_MAX];
};

struct lc_progress_rx {
	const struct lc_plan *plan;
	uint8_t tones, signals, frequencies;
	uint16_t hz[LC_PROGRESS_FREQUENCIES];
	struct lc_progress_signal signal[LC_PROGRESS_SIGNALS];
	struct lc_progress_cadence cadence[LC_TONES_MAX];
	/* per sample: two frequencies to a vector: re, im, re, im */
	lc_progress_vector table[LC_PROGRESS_FREQUENCIES / 2][LC_PROGRESS_BLOCK];
	float turn[LC_PROGRESS_FREQUENCIES][2]; /* phase of each frequency per block */
	float input[LC_PROGRESS_BLOCK];
	int fill;
	int64_t block;  /* blocks done */
	float phase[LC_PROGRESS_FREQUENCIES][2]; /* reference at this block's first sample */
	float base[LC_PROGRESS_KEPT][LC_PROGRESS_FREQUENCIES][2];
	float power[LC_PROGRESS_KEPT];
	/* what is heard now */
	int signal_now;       /* index, LC_PROGRESS_SILENCE or _OTHER */
	int64_t since;        /* sample count of its begin */
	int64_t on_end;       /* of the last on-step */
	int strange;          /* blocks in a row that do not fit it */
	int fresh;            /* blocks it has been there */
	float plateau, hz_mean, level_slow;
	/* what was reported */
	int tone_now;         /* index in the plan, or -1 */
	int tone_reading;
	int64_t tone_begun;
};

void lc_progress_rx_init(struct lc_progress_rx *rx, const struct lc_plan *plan); /* the plan must outlive it */
/* Forgets all signal and what was reported, without an event; the sample count stays. */
void lc_progress_rx_reset(struct lc_progress_rx *rx);
/* Emits LC_EV_TONE and LC_EV_TONE_END; `at` counts samples since init. Any n >= 0. */
void lc_progress_rx_process(struct lc_progress_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context);
/* As _process with n samples of silence, at next to no cost. */
void lc_progress_rx_skip(struct lc_progress_rx *rx, int n, lc_emit_fn *emit, void *context);

#endif
