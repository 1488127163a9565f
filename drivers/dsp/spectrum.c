#include "dsp/spectrum.h"

#include <math.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/oscillator.h"

static const float single_tolerance_hz = 25.0f, pair_tolerance = 0.02f;
static const float purity_least = 0.80f, purity_most = 1.4f; /* share of all power; above 1 by leakage and edges */
static const float pair_twist = 8.0f;                        /* power, 9 dB */
static const float quiet_power = 2.2e-4f * LC_DBM0_POWER;    /* -36.5 dBm0 */

/* ---- the signals listened for -------------------------------------------------------------------- */

static int frequency_index(struct lc_spectrum *sp, uint16_t hz)
{
	for (int i = 0; i < sp->frequencies; i++)
		if (sp->hz[i] == (float)hz)
			return i;
	if (sp->frequencies == LC_SPECTRUM_FREQUENCIES)
		return -1;
	sp->hz[sp->frequencies] = (float)hz;
	return sp->frequencies++;
}

int lc_spectrum_add(struct lc_spectrum *sp, const uint16_t hz[2])
{
	uint16_t low = hz[0] && hz[1] && hz[1] < hz[0] ? hz[1] : hz[0] ? hz[0] : hz[1];
	uint16_t high = hz[0] && hz[1] ? (hz[0] == low ? hz[1] : hz[0]) : 0;
	int a, b = -1;

	if (!low)
		return LC_SIGNAL_SILENCE;
	a = frequency_index(sp, low);
	if (high)
		b = frequency_index(sp, high);
	if (a < 0 || (high && b < 0))
		return LC_SIGNAL_OTHER;
	for (int i = 0; i < sp->signals; i++)
		if (sp->signal[i].frequency[0] == a && sp->signal[i].frequency[1] == b)
			return i;
	if (sp->signals == LC_SPECTRUM_SIGNALS)
		return LC_SIGNAL_OTHER;
	sp->signal[sp->signals].frequency[0] = (int8_t)a;
	sp->signal[sp->signals].frequency[1] = (int8_t)b;
	return sp->signals++;
}

static float single_tolerance(const struct lc_spectrum *sp, int signal)
{
	float hz = sp->hz[sp->signal[signal].frequency[0]], tolerance = single_tolerance_hz;

	for (int i = 0; i < sp->signals; i++) {
		float other = sp->hz[sp->signal[i].frequency[0]];

		if (sp->signal[i].frequency[1] < 0 && other != hz)
			tolerance = fminf(tolerance, fabsf(hz - other) / 2);
	}
	return tolerance;
}

/* Mean of exp(j·2π·hz·n/rate) over two blocks: how a tone `hz` away is seen. */
static void leak_of(float hz, float *re, float *im)
{
	*re = *im = 0;
	for (int n = 0; n < 2 * LC_SPECTRUM_BLOCK; n++) {
		*re += (float)cos(LC_TWO_PI * hz * n / LC_RATE) / (2 * LC_SPECTRUM_BLOCK);
		*im += (float)sin(LC_TWO_PI * hz * n / LC_RATE) / (2 * LC_SPECTRUM_BLOCK);
	}
}

static void prepare_signal(struct lc_spectrum *sp, int i)
{
	struct lc_spectrum_signal *signal = &sp->signal[i];
	float low = sp->hz[signal->frequency[0]];

	if (signal->frequency[1] < 0) {
		signal->tolerance[0] = single_tolerance(sp, i);
		return;
	}
	signal->tolerance[0] = pair_tolerance * low;
	signal->tolerance[1] = pair_tolerance * sp->hz[signal->frequency[1]];
	leak_of(sp->hz[signal->frequency[1]] - low, &signal->leak_re, &signal->leak_im);
}

static void prepare_frequency(struct lc_spectrum *sp, int i)
{
	double step = LC_TWO_PI * sp->hz[i] / LC_RATE;

	for (int n = 0; n < LC_SPECTRUM_BLOCK; n++) {
		sp->table[i / 2][n][i % 2 * 2] = (float)(2 * cos(step * n) / LC_SPECTRUM_BLOCK);
		sp->table[i / 2][n][i % 2 * 2 + 1] = (float)(-2 * sin(step * n) / LC_SPECTRUM_BLOCK);
	}
	sp->turn[i][0] = (float)cos(step * LC_SPECTRUM_BLOCK);
	sp->turn[i][1] = (float)-sin(step * LC_SPECTRUM_BLOCK);
}

void lc_spectrum_init(struct lc_spectrum *sp)
{
	memset(sp, 0, sizeof(*sp));
}

void lc_spectrum_prepare(struct lc_spectrum *sp)
{
	for (int i = 0; i < sp->frequencies; i++)
		prepare_frequency(sp, i);
	for (int i = 0; i < sp->signals; i++)
		prepare_signal(sp, i);
}

void lc_spectrum_reset(struct lc_spectrum *sp)
{
	memset(sp->base, 0, sizeof(sp->base));
	memset(sp->power, 0, sizeof(sp->power));
}

/* ---- one block: what is heard? ------------------------------------------------------------------- */

struct complex {
	float re, im;
};

bool lc_spectrum_is_pair(const struct lc_spectrum *sp, int signal)
{
	return signal >= 0 && sp->signal[signal].frequency[1] >= 0;
}

float lc_spectrum_hz(const struct lc_spectrum *sp, int signal)
{
	return sp->hz[sp->signal[signal].frequency[0]];
}

float lc_spectrum_power(const struct lc_spectrum *sp, int ago)
{
	return sp->power[(sp->block - ago) & (LC_SPECTRUM_KEPT - 1)];
}

static struct complex base_ago(const struct lc_spectrum *sp, int frequency, int ago)
{
	const float *z = sp->base[(sp->block - ago) & (LC_SPECTRUM_KEPT - 1)][frequency];

	return (struct complex){z[0], z[1]};
}

static struct complex times(struct complex a, struct complex b)
{
	return (struct complex){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static struct complex conjugate(struct complex a)
{
	return (struct complex){a.re, -a.im};
}

static float square(struct complex a)
{
	return a.re * a.re + a.im * a.im;
}

/* Hz by which what turned by `product` in one block is off the frequency. */
static float offset_hz(const struct lc_spectrum *sp, int frequency, struct complex product)
{
	struct complex turn = {sp->turn[frequency][0], sp->turn[frequency][1]}, rest = times(product, turn);

	return atan2f(rest.im, rest.re) * (LC_RATE / (float)LC_TWO_PI / LC_SPECTRUM_BLOCK);
}

/* The share of all power over the last 20 ms that this single frequency has; 0 if it is out of tolerance. */
static float single_purity(const struct lc_spectrum *sp, int i, struct lc_spectrum_seen *out)
{
	int frequency = sp->signal[i].frequency[0];
	struct complex now = base_ago(sp, frequency, 0), then = base_ago(sp, frequency, 1);
	float power = (lc_spectrum_power(sp, 0) + lc_spectrum_power(sp, 1)) / 2, ours = (square(now) + square(then)) / 4, x, seen;

	if (ours < 0.5f * purity_least * power)
		return 0;
	*out = (struct lc_spectrum_seen){i, power, offset_hz(sp, frequency, times(now, conjugate(then)))};
	if (fabsf(out->offset) > sp->signal[i].tolerance[0])
		return 0;
	x = (float)LC_TWO_PI / 2 * out->offset * LC_SPECTRUM_BLOCK / LC_RATE;
	seen = fabsf(x) < 0.01f ? 1.0f : sinf(x) / x;
	return ours / (seen * seen) / power;
}

/* The two vectors of a pair over the 20 ms that begin `ago` blocks back, solved apart. */
static void solve_pair(const struct lc_spectrum *sp, const struct lc_spectrum_signal *signal, int ago, struct complex out[2])
{
	struct complex leak = {signal->leak_re, signal->leak_im}, seen[2], part;
	float scale = 1 / (1 - square(leak));

	for (int i = 0; i < 2; i++) {
		struct complex turn = {sp->turn[signal->frequency[i]][0], sp->turn[signal->frequency[i]][1]};
		struct complex first = base_ago(sp, signal->frequency[i], ago);

		part = times(base_ago(sp, signal->frequency[i], ago - 1), turn);
		seen[i] = (struct complex){(first.re + part.re) / 2, (first.im + part.im) / 2};
	}
	part = times(leak, seen[1]);
	out[0] = (struct complex){(seen[0].re - part.re) * scale, (seen[0].im - part.im) * scale};
	part = times(conjugate(leak), seen[0]);
	out[1] = (struct complex){(seen[1].re - part.re) * scale, (seen[1].im - part.im) * scale};
}

/* The same for a pair, over the last 40 ms. */
static float pair_purity(const struct lc_spectrum *sp, int i, struct lc_spectrum_seen *out)
{
	const struct lc_spectrum_signal *signal = &sp->signal[i];
	struct complex at[LC_SPECTRUM_KEPT - 1][2], turned[2] = {{0, 0}, {0, 0}};
	float all = 0, ours[2] = {0, 0}, offset[2];

	for (int ago = LC_SPECTRUM_KEPT - 1; ago > 0; ago--) {
		solve_pair(sp, signal, ago, at[ago - 1]);
		all += (lc_spectrum_power(sp, ago) + lc_spectrum_power(sp, ago - 1)) / 2;
		for (int k = 0; k < 2; k++)
			ours[k] += square(at[ago - 1][k]) / 2;
	}
	if (ours[0] > pair_twist * ours[1] || ours[1] > pair_twist * ours[0] || ours[0] + ours[1] < purity_least * all)
		return 0;
	for (int k = 0; k < 2; k++) {
		for (int j = 0; j < LC_SPECTRUM_KEPT - 2; j++) {
			struct complex product = times(at[j][k], conjugate(at[j + 1][k]));

			turned[k].re += product.re;
			turned[k].im += product.im;
		}
		offset[k] = offset_hz(sp, signal->frequency[k], turned[k]);
		if (fabsf(offset[k]) > signal->tolerance[k])
			return 0;
	}
	*out = (struct lc_spectrum_seen){i, all / (LC_SPECTRUM_KEPT - 1), offset[0]};
	return (ours[0] + ours[1]) / all;
}

struct lc_spectrum_seen lc_spectrum_look(const struct lc_spectrum *sp)
{
	struct lc_spectrum_seen best = {LC_SIGNAL_OTHER, lc_spectrum_power(sp, 0), 0}, one = best;
	float most = purity_least;

	if (best.power < quiet_power) {
		best.signal = LC_SIGNAL_SILENCE;
		return best;
	}
	for (int i = 0; i < sp->signals; i++) {
		float purity = sp->signal[i].frequency[1] < 0 ? single_purity(sp, i, &one) : pair_purity(sp, i, &one);

		if (purity > most && purity < purity_most) {
			most = purity;
			best = one;
		}
	}
	return best;
}

float lc_spectrum_fine_offset(const struct lc_spectrum *sp, const struct lc_spectrum_seen *m)
{
	int frequency = sp->signal[m->signal].frequency[0];
	struct complex turn = {sp->turn[frequency][0], sp->turn[frequency][1]}, rest;
	const float range = LC_RATE / 2.0f / LC_SPECTRUM_BLOCK;
	float fine;

	if (lc_spectrum_is_pair(sp, m->signal)) /* its offset is over 40 ms already */
		return m->offset;
	rest = times(times(base_ago(sp, frequency, 0), conjugate(base_ago(sp, frequency, 2))), times(turn, turn));
	fine = atan2f(rest.im, rest.re) / (float)LC_TWO_PI * range;
	return fine + range * rintf((m->offset - fine) / range);
}

void lc_spectrum_take(struct lc_spectrum *sp, const float *x)
{
	int slot = (int)(++sp->block & (LC_SPECTRUM_KEPT - 1));
	lc_spectrum_vector sum = {0};

	for (int i = 0; i < LC_SPECTRUM_BLOCK; i += 4) {
		lc_spectrum_vector four = {x[i], x[i + 1], x[i + 2], x[i + 3]};

		sum += four * four;
	}
	sp->power[slot] = (sum[0] + sum[1] + sum[2] + sum[3]) / LC_SPECTRUM_BLOCK;
	if (sp->power[slot] < quiet_power) {
		memset(sp->base[slot], 0, sizeof(sp->base[slot]));
		return;
	}
	for (int k = 0; k < sp->frequencies; k += 2) {
		const lc_spectrum_vector *table = sp->table[k / 2];
		lc_spectrum_vector a = {0}, b = {0}, c = {0}, d = {0};

		for (int i = 0; i < LC_SPECTRUM_BLOCK; i += 4) {
			a += table[i] * x[i];
			b += table[i + 1] * x[i + 1];
			c += table[i + 2] * x[i + 2];
			d += table[i + 3] * x[i + 3];
		}
		a = (a + b) + (c + d);
		memcpy(sp->base[slot][k], &a, sizeof(a));
	}
}
