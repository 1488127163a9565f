#include "dsp/dtmf_past.h"

#include <math.h>
#include <string.h>

#include "dsp/low_pass.h"
#include "dsp/oscillator.h"

enum {
	OVERTONE_MS = 33, /* at most, looked through for overtones */
	SAMPLES_MS = LC_RATE / 1000,
};

static const float overtone_limit = 0.022f;  /* of the tone's power: -16.6 dB */
static const float difference_limit = 0.09f; /* of the weaker tone's: -10.5 dB */
static const float dial_turn = 1.0f;         /* radians in 2 ms: 80 Hz off 405 Hz */

void lc_dtmf_past_init(struct lc_dtmf_past *past)
{
	memset(past, 0, sizeof(*past));
	lc_low_pass(past->dial_taps, LC_DTMF_PAST_TAPS, 145); /* passes 330 .. 480 Hz around 405, stops 675 */
}

void lc_dtmf_past_forget(struct lc_dtmf_past *past)
{
	memset(past->raw, 0, sizeof(past->raw));
}

void lc_dtmf_past_take(struct lc_dtmf_past *past, const int16_t *samples, int n)
{
	int at = (int)(past->taken & (LC_DTMF_PAST - 1)), first = n < LC_DTMF_PAST - at ? n : LC_DTMF_PAST - at;

	memcpy(past->raw + at, samples, (size_t)first * sizeof(*samples));
	memcpy(past->raw, samples + first, (size_t)(n - first) * sizeof(*samples));
	past->taken += n;
}

/* ---- a dial tone --------------------------------------------------------------------------------- */

enum { DIAL_HOP = 16, DIAL_VALUES = (LC_DTMF_PAST - LC_DTMF_PAST_TAPS) / DIAL_HOP };

/* Complex baseband around 405 Hz of the samples kept, 500 a second. */
static void dial_baseband(const struct lc_dtmf_past *past, float re[DIAL_VALUES], float im[DIAL_VALUES])
{
	float a[LC_DTMF_PAST], b[LC_DTMF_PAST];
	struct lc_oscillator osc;

	lc_oscillator_init(&osc, 405);
	for (int i = 0; i < LC_DTMF_PAST; i++) {
		float x = past->raw[(past->taken + i) & (LC_DTMF_PAST - 1)];

		a[i] = x * osc.re;
		b[i] = -x * lc_oscillator_next(&osc);
	}
	for (int k = 0; k < DIAL_VALUES; k++) {
		re[k] = im[k] = 0;
		for (int i = 0; i < LC_DTMF_PAST_TAPS; i++) {
			re[k] += 2 * past->dial_taps[i] * a[k * DIAL_HOP + i];
			im[k] += 2 * past->dial_taps[i] * b[k * DIAL_HOP + i];
		}
	}
}

/* Steady means: each value follows from the two before by one law, z[n] = p z[n-1] + q z[n-2], which holds for one or two
 * tones and for nothing else. */
float lc_dtmf_past_dial_tone(const struct lc_dtmf_past *past, int64_t end, int ms)
{
	float re[DIAL_VALUES], im[DIAL_VALUES];
	/* normal equations: r11 p + r12 q = r01, conj(r12) p + r22 q = r02 */
	float r00 = 0, r11 = 0, r22 = 0, r12re = 0, r12im = 0, r01re = 0, r01im = 0, r02re = 0, r02im = 0;
	float det, pre, pim, qre, qim, rest, power = 0;
	int last, count = 0;

	dial_baseband(past, re, im);
	for (int n = 2; n < DIAL_VALUES; n++) {
		r00 += re[n] * re[n] + im[n] * im[n];
		r11 += re[n - 1] * re[n - 1] + im[n - 1] * im[n - 1];
		r22 += re[n - 2] * re[n - 2] + im[n - 2] * im[n - 2];
		r12re += re[n - 2] * re[n - 1] + im[n - 2] * im[n - 1];
		r12im += im[n - 2] * re[n - 1] - re[n - 2] * im[n - 1];
		r01re += re[n] * re[n - 1] + im[n] * im[n - 1];
		r01im += im[n] * re[n - 1] - re[n] * im[n - 1];
		r02re += re[n] * re[n - 2] + im[n] * im[n - 2];
		r02im += im[n] * re[n - 2] - re[n] * im[n - 2];
	}
	r11 *= 1.001f; /* keeps one single tone solvable */
	r22 *= 1.001f;
	det = r11 * r22 - r12re * r12re - r12im * r12im;
	if (det <= 0)
		return 0;
	pre = (r01re * r22 - (r12re * r02re - r12im * r02im)) / det;
	pim = (r01im * r22 - (r12re * r02im + r12im * r02re)) / det;
	qre = (r11 * r02re - (r12re * r01re + r12im * r01im)) / det;
	qim = (r11 * r02im - (r12re * r01im - r12im * r01re)) / det;
	rest = r00 - (pre * r01re + pim * r01im) - (qre * r02re + qim * r02im);
	if (rest >= 0.01f * r00 || fabsf(atan2f(r01im, r01re)) > dial_turn)
		return 0;
	/* Two tones beat: only the very time over which the whole line's power was taken will do. */
	last = (int)(LC_DTMF_PAST - LC_DTMF_PAST_TAPS / 2 - (past->taken - end)) / DIAL_HOP;
	for (int n = last - ms / 2 + 1; n <= last; n++)
		if (n >= 0 && n < DIAL_VALUES) {
			power += re[n] * re[n] + im[n] * im[n];
			count++;
		}
	return count > 0 ? power / (float)count / 2 : 0;
}

/* ---- overtones ----------------------------------------------------------------------------------- */

/* Complex amplitude, times half the window's sum, of one frequency in windowed samples; its power. */
static float project(const float *x, int n, float hz, float *re, float *im)
{
	struct lc_oscillator osc;

	lc_oscillator_init(&osc, hz);
	*re = *im = 0;
	for (int i = 0; i < n; i++) {
		*re += x[i] * osc.re;
		*im += x[i] * lc_oscillator_next(&osc);
	}
	return *re * *re + *im * *im;
}

static void take_away(float *x, const float *window, int n, float hz, float re, float im)
{
	struct lc_oscillator osc;

	lc_oscillator_init(&osc, hz);
	for (int i = 0; i < n; i++) {
		float cosine = osc.re;

		x[i] -= window[i] * (re * cosine + im * lc_oscillator_next(&osc));
	}
}

/* The tones themselves are taken away first, as an octave of one may lie 57 Hz beside the other. */
bool lc_dtmf_past_overtones(const struct lc_dtmf_past *past, int64_t end, const float hz[2], int ms, bool difference)
{
	const int n = (ms < OVERTONE_MS ? ms : OVERTONE_MS) * SAMPLES_MS;
	const int64_t first = end + SAMPLES_MS / 2 - n;
	float x[OVERTONE_MS * SAMPLES_MS], window[OVERTONE_MS * SAMPLES_MS];
	float re[2], im[2], power[2], a, b, sum = 0;
	struct lc_oscillator osc;

	if (n < 1)
		return false;
	lc_oscillator_init(&osc, LC_RATE / (double)n);
	for (int i = 0; i < n; i++) {
		window[i] = 1 - osc.re;
		sum += window[i];
		x[i] = window[i] * past->raw[(first + i) & (LC_DTMF_PAST - 1)];
		lc_oscillator_next(&osc);
	}
	for (int group = 0; group < 2; group++)
		power[group] = project(x, n, hz[group], &re[group], &im[group]);
	for (int group = 0; group < 2; group++)
		take_away(x, window, n, hz[group], 2 * re[group] / sum, 2 * im[group] / sum);
	for (int group = 0; group < 2; group++)
		if (project(x, n, 2 * hz[group], &a, &b) > overtone_limit * power[group])
			return true;
	return difference && project(x, n, hz[1] - hz[0], &a, &b) > difference_limit * fminf(power[0], power[1]);
}
