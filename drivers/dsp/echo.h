/* echo.h — takes our own voice out of what the line sends back: one line echo canceller per port.
 *
 * Why there is echo. A two-wire line carries both directions; the hybrid that parts them is balanced for an
 * average cable, so what the port sends comes back some 6 to 20 dB weaker (echo return loss, ERL), spread over
 * 2 to 8 ms and later by whatever buffers stand between. Detectors then hear our prompts, and a caller bridged
 * to another port hears himself.
 *
 * How it is cancelled. The echo path is linear and slow to change: a transversal filter of up to 128 taps
 * (16 ms at 8 kHz) is fed with the signal sent (the reference) and its output, the echo's replica, is subtracted
 * from the signal received. Nothing else is done to it: no suppressor, no gate, no comfort noise, so the far
 * party is never muted, and with an unlearnt path the signal passes bit by bit.
 *
 * How the path is learnt, and why talk from the far party ("double talk") cannot spoil it:
 *   - Two filters (K. Ochiai, T. Araseki, T. Ogihara, "Echo canceler with two echo path models", IEEE Trans.
 *     COM-25, 1977). The foreground makes the output and never adapts. The background adapts and is heard by
 *     nobody. It is copied forward only after it has cancelled better than the foreground by more than chance
 *     explains, and thrown away for a copy of the foreground when it has become worse by as much.
 *     "Chance": with e the foreground's error and u the difference of the two replicas, the background is
 *     better by D = sum(2eu - u^2), and a wrong background's D strays by about sqrt(4 sum(e^2) sum(u^2) / M)
 *     over M independent samples. The margin asked is a multiple of that stray, so the loud voice of the far
 *     party raises it by itself, and the evidence adds up for as long as it takes.
 *   - Adaptation on whitened signals. Speech concentrates its power in a few formants, and NLMS learns each
 *     frequency at the pace of its power. Both signals pass the inverse of the reference's own spectrum (linear
 *     prediction of order 8 over 20 ms) before the background sees them; the path between them is the same.
 *   - The step is that of a Kalman filter whose state is all taps with one common variance P (the "general
 *     Kalman filter for echo cancellation", C. Paleologu, J. Benesty, S. Ciochina, 2013): near 1 while the path
 *     is unknown, falling as it becomes known, and at once small when the error holds more than the path's
 *     uncertainty explains, as in double talk and noise.
 *   - A reference of one or two sines (dial tone, DTMF, 450 Hz) says nothing about the path elsewhere, and lets
 *     the filter cancel the far party's tone of the same frequency: then the background rests. Prediction
 *     tells such signals: they leave less than -26 dB unpredicted; speech leaves more.
 *
 * What it reaches, over the hybrids of ITU-T G.168 D.2 to D.9 at ERL 6, 10 and 12 dB, all A-law coded, median
 * (tests of clause 6.4.2: tests/drivers/dsp/echo_g168.c; SpeexDSP on the same lines: echo_bench.c):
 *   ERLE after 0.5 / 1 / 2 s   39 / 43 / 43 dB with G.168's test signal, 21 / 28 / 35 dB with speech (from silence)
 *   in double talk             38 dB once learnt, 25 to 30 dB if there is double talk from the start
 *   1 s after 10 s of it       37 dB (SpeexDSP: 21 to 24 dB, for its filter goes astray meanwhile)
 *   far party's level          changed by less than 0.1 dB
 * Of that, 31 to 36 dB can be heard: G.711 codes each sample of the echo with an error some 36 to 38 dB below it,
 * which no linear canceller can predict. Give the reference as the card will code it where that is cheap: else the
 * code's error of the sent signal is a second such bound.
 * Slow where the line's noise comes near the echo: with noise of -40 dBm0 and speech of -16 dBm0, 8 dB after 1 s.
 *
 * Time: the reference's sample n and the received sample n given in one call belong together; the echo may come
 * back 0 to `tail_ms` after `delay_ms`. Buffers of a card between write and read count as pure delay.
 * Off for fax and modems (G.168 clause 7): they cancel echo themselves and suffer from ours.
 */
#ifndef CALLBOX_ECHO_H
#define CALLBOX_ECHO_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LC_ECHO_TAIL_MS_MAX = 16,
	LC_ECHO_DELAY_MS_MAX = 40,
	LC_ECHO_TAPS = LC_ECHO_TAIL_MS_MAX * 8,
	LC_ECHO_DELAY = LC_ECHO_DELAY_MS_MAX * 8,
	LC_ECHO_BLOCK = 40,                                 /* samples decided on at once; a longer call is cut into such */
	LC_ECHO_ORDER = 8,                                  /* of the whitening */
	LC_ECHO_PAST = LC_ECHO_DELAY + 160 + LC_ECHO_ORDER, /* of the reference kept: the whitening is made from 160 */
};

/* Evidence of which of two replicas cancels better: sums that fade, with e the one's error and u the difference. */
struct lc_echo_duel {
	float difference; /* sum(u^2) */
	float product;    /* sum(e u) */
	float stray;      /* square of what chance does to sum(e u) */
	float power;      /* sum of the reference's energy over the taps, to tell taps from signals */
};

struct lc_echo {
	int taps, delay; /* samples */
	bool enabled, frozen;
	bool narrow; /* the reference is a tone or two: no adaptation */
	int phase;   /* samples since the whitening was last renewed */

	/* Filters, the latest tap last: [i] weighs the reference taps - 1 - i samples ago. */
	float foreground[LC_ECHO_TAPS] __attribute__((aligned(16)));
	float background[LC_ECHO_TAPS] __attribute__((aligned(16)));
	float variance;              /* P: expected square of the error of each background tap */
	float variance_foreground;   /* the same when it was copied forward */
	float error_power;           /* of the background, smoothed */
	struct lc_echo_duel patient; /* background against foreground, over a second, quiet moments of the far party first */
	struct lc_echo_duel prompt;  /* the same over the last 100 ms */
	struct lc_echo_duel harm;    /* foreground against no canceller */

	float predictor[LC_ECHO_ORDER]; /* whitening: out = x - sum(predictor[k] x[n - 1 - k]) */
	float noise_gain;               /* of white noise by the whitening */

	/* The past, then the block at hand. */
	float reference[LC_ECHO_PAST + LC_ECHO_BLOCK];
	float white[LC_ECHO_TAPS + LC_ECHO_BLOCK + 1]; /* reference, delayed and whitened */
	float received[LC_ECHO_ORDER + LC_ECHO_BLOCK];
	float error[LC_ECHO_ORDER + LC_ECHO_BLOCK]; /* the foreground's: what is heard */

	/* How often since init: the background went forward; it was thrown away; the foreground was. */
	uint32_t copied, dropped, forgotten;
};

/* tail_ms: 1 … 16, delay_ms: 0 … 40, else -EINVAL. Starts enabled, with nothing learnt. */
int lc_echo_init(struct lc_echo *echo, int tail_ms, int delay_ms);
/* Forgets the path: for a new call on the port, if the path may be another. Keeps sizes, enabled and frozen. */
void lc_echo_reset(struct lc_echo *echo);
/* Disabled, received samples pass untouched and nothing is learnt; what was learnt stays. */
void lc_echo_enable(struct lc_echo *echo, bool enabled);
/* Frozen, echo is cancelled with what was learnt and nothing is learnt. */
void lc_echo_freeze(struct lc_echo *echo, bool frozen);
/* tx: n samples sent; rx: n samples received, replaced by them without the echo. Any n; results do not depend on
 * how the samples are cut into calls as long as each n is a multiple of 40. About 40 ns per sample
 * while it learns, 10 frozen, 1 off. */
void lc_echo_process(struct lc_echo *echo, const int16_t *tx, int16_t *rx, int n);

#endif
