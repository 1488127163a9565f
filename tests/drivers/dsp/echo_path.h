/* echo_path.h — what the canceller's tests and measurements are made of: G.168's test signal and hybrids, and levels.
 *
 * The hybrids' coefficients and the voiced sounds are those of ITU-T G.168 as spandsp's header carries them.
 */
#ifndef CALLBOX_TEST_ECHO_PATH_H
#define CALLBOX_TEST_ECHO_PATH_H

#include <stdint.h>
/* needs stdint.h, which it does not include */
#include <spandsp/g168models.h>

#include "dsp/echo.h"
#include "signals.h"

enum { PATHS = 8 };

static const struct {
	const char *name;
	const int32_t *taps;
	int n;
	double gain;
} hybrid[PATHS] = {
	{"D.2", line_model_d2_coeffs, sizeof(line_model_d2_coeffs) / 4, LINE_MODEL_D2_GAIN},
	{"D.3", line_model_d3_coeffs, sizeof(line_model_d3_coeffs) / 4, LINE_MODEL_D3_GAIN},
	{"D.4", line_model_d4_coeffs, sizeof(line_model_d4_coeffs) / 4, LINE_MODEL_D4_GAIN},
	{"D.5", line_model_d5_coeffs, sizeof(line_model_d5_coeffs) / 4, LINE_MODEL_D5_GAIN},
	{"D.6", line_model_d6_coeffs, sizeof(line_model_d6_coeffs) / 4, LINE_MODEL_D6_GAIN},
	{"D.7", line_model_d7_coeffs, sizeof(line_model_d7_coeffs) / 4, LINE_MODEL_D7_GAIN},
	{"D.8", line_model_d8_coeffs, sizeof(line_model_d8_coeffs) / 4, LINE_MODEL_D8_GAIN},
	{"D.9", line_model_d9_coeffs, sizeof(line_model_d9_coeffs) / 4, LINE_MODEL_D9_GAIN},
};

static inline double level_of(const double *x, int from, int to)
{
	double sum = 0;

	for (int i = from; i < to; i++)
		sum += x[i] * x[i];
	return 10 * log10(sum / (to - from) / (22826.0 * 22826.0 / 2) + 1e-12);
}

/* Brings samples from..to to a level in dBm0, silences included. */
static inline void set_level(struct signal *s, int from, int to, double dbm0)
{
	double factor = pow(10, (dbm0 - level_of(s->x, from, to)) / 20);

	for (int i = from; i < to; i++)
		s->x[i] *= factor;
}

/* A voiced sound, given as one period at 44.1 kHz, at 8 kHz: its Fourier series up to 3.8 kHz. */
static inline void add_voiced(double *out, int n, const int *period, int length, double sign)
{
	for (int h = 1; h * 44100.0 / length < 3800; h++) {
		double re = 0, im = 0, turn = 2 * TEST_PI * h / length;

		for (int i = 0; i < length; i++) {
			re += period[i] * cos(turn * i) * 2 / length;
			im += period[i] * sin(turn * i) * 2 / length;
		}
		for (int i = 0; i < n; i++)
			out[i] += sign * (re * cos(turn * i * 44100 / LC_RATE) + im * sin(turn * i * 44100 / LC_RATE));
	}
}

/* Composite source signal as in G.168 Annex C: voiced sound, pseudo noise, pause; each second period inverted.
 * One talker 48.62 / 200 / 101.38 ms, the other of double talk 72.69 / 200 / 127.31 ms. The noise falls by some
 * 5 dB per octave above 500 Hz. */
static inline struct signal css(int n, bool other, double dbm0)
{
	const int *period = other ? css_c3 : css_c1, length = other ? sizeof(css_c3) / 4 : sizeof(css_c1) / 4;
	int voiced = other ? 582 : 389, noise = 1600, whole = other ? 3200 : 2800;
	struct signal s = signal_new(n + whole);
	double low = 0, sign = 1, sum = 0;

	for (int i = 0; i < length; i++)
		sum += (double)period[i] * period[i] / length;
	for (int start = 0; start < n; start += whole, sign = -sign) {
		add_voiced(s.x + start, voiced, period, length, sign);
		for (int i = start + voiced; i < start + voiced + noise; i++) {
			low += 0.35 * (random_normal() - low);
			s.x[i] = sign * low * 2.17 * sqrt(sum);
		}
	}
	s.n = n;
	set_level(&s, 0, n, dbm0);
	return s;
}

/* Echo of what was sent (s.pcm) by a hybrid of the ERL given, after `delay` more samples, into x[from .. to). */
static inline void add_echo(double *x, const int16_t *sent, int from, int to, int path, double erl, int delay)
{
	double factor = hybrid[path].gain * pow(10, -erl / 20);

	for (int i = from; i < to; i++)
		for (int k = 0; k < hybrid[path].n && k + delay <= i; k++)
			x[i] += factor * hybrid[path].taps[k] * sent[i - k - delay];
}

#endif
