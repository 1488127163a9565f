/* dtmf.h — digits as pairs of tones (ITU-T Q.23), heard. dtmf_tx.h makes them.
 *
 * The low and the high group come as vectors that turn (dtmf_groups.h). Over the last 26 ms the turn gives the frequency,
 * its steadiness the purity, the vector's length the level, and where it crosses half its length the tone's beginning. A
 * digit is accepted when both groups hold one pure tone within 1.5 % + 2 Hz of nominal (ES 201 235-3; Q.24: 1.5 % must be
 * taken, 3.5 % refused), within the twist, steady for at least 26 ms, and most of the power on the line is theirs. Up to
 * 1.95 % + 1 Hz is taken of a pair that is alone on the line (Q.24, NTT and Brazil: 1.8 % must be taken, 3 % refused).
 *
 * A key differs from a chord or a vowel in how it begins and in what it lacks: both its tones begin within 5 ms of each
 * other, out of something 8 dB weaker, and have no overtones. If the pair is poorer (noise, a prompt's echo that hides one
 * tone's begin), 33 or 45 ms are asked for; 60 ms if no begin was seen. A steady dial tone of 330 .. 480 Hz does not
 * count against it. It has ended when absent for 20 ms: breaks of 10 ms are bridged (Q.24), pauses of 30 ms separate.
 *
 * Whoever must be quick can be told of a key before it is one (`early`): 17 to 19 ms after its first sample, 24 if it takes
 * 10 ms to rise, a pair that begins as a key does, is as pure and has the line to itself is suspected
 * (LC_EV_KEY_SUSPECTED), on half the evidence of a digit. The digit follows, or that it was none: at the latest 55 ms after
 * the suspicion.
 *
 * Limits: -36 .. +3 dBm0 per tone; 23 ms or less of tone is refused, 28 ms is taken; reported 31 ms after the first
 * sample, at the end of the tick that holds this moment.
 */
#ifndef CALLBOX_DTMF_H
#define CALLBOX_DTMF_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/dtmf_groups.h"
#include "dsp/dtmf_past.h"
#include "emit.h"

struct lc_dtmf_rx {
	float twist, reverse_twist; /* power ratios */
	struct lc_dtmf_groups groups;
	struct lc_dtmf_past past;
	int run;                      /* ms for which both groups have had a level worth looking at */
	int dip;                      /* ms for which they have not, lately */
	int patched_run;              /* as run, but short dips do not end it */
	float pair, line;             /* squared amplitude of both groups, power of all, smoothed over 16 ms */
	int64_t doubt;                /* hop before which no digit is looked for */
	int64_t hop;                  /* of the groups' newest value; between two calls of _process: of the next */
	int64_t taken;                /* samples taken in */
	bool clean;                   /* nothing but silence is remembered */
	char digit;                   /* being heard, or 0 */
	int64_t digit_at, digit_seen; /* hops: its begin, and when it was last there */
	float digit_power[2];
	bool early;        /* tell of suspicions */
	int64_t suspected; /* hop at which a key was suspected, 0: none is */
	int64_t wary;      /* hop before which none is suspected; as `doubt`, and after one that was refuted */
};

/* The plan gives the twist accepted; less than 4 dB is taken as 4 dB. */
void lc_dtmf_rx_init(struct lc_dtmf_rx *rx, const struct lc_plan *plan);
/* Tells of suspicions from now on, or no more: one under way is then forgotten without a word. */
void lc_dtmf_rx_early(struct lc_dtmf_rx *rx, bool early);
/* Forgets all signal and a suspicion; sample count and settings stay. */
void lc_dtmf_rx_reset(struct lc_dtmf_rx *rx);
/* Emits LC_EV_DIGIT and LC_EV_DIGIT_END, if `early` LC_EV_KEY_SUSPECTED; `at` counts samples since init. Any n >= 0. */
void lc_dtmf_rx_process(struct lc_dtmf_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context);
/* As _process with n samples of silence, at next to no cost. */
void lc_dtmf_rx_skip(struct lc_dtmf_rx *rx, int n, lc_emit_fn *emit, void *context);

#endif
