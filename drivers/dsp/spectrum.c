#include "dsp/spectrum.h"

#include <math.h>
#include <string.h>

#include "dsp/oscillator.h"

enum { LEVEL_BLOCKS = 6 }; /* 60 ms: the shortest swing is 33 ms from crest to crest */

static const float purity_least = 0.80f, purity_lasting = 0.62f,
		   purity_most = 1.4f;                      /* share of all power; above 1 by leakage and edges */
static const float pair_twist = 8.0f;                       /* power, 9 dB */
static const float crest_above = 0.5f, trough_below = 0.2f; /* of the most */
static const float free_least_hz = 250.0f, free_most_hz = 1000.0f;
static const float guard_hz = 3.0f;       /* between the free signal and what belongs to the plan */
static const float residual_most = 0.06f; /* of what a single sine leaves unexplained */

void lc_spectrum_reset(struct lc_spectrum *sp)
{
	memset(sp->past, 0, sizeof(sp->past));
	memset(sp->base, 0, sizeof(sp->base));
	memset(sp->power, 0, sizeof(sp->power));
}

struct complex {
	float re, im;
};

bool lc_spectrum_is_pair(const struct lc_spectrum *sp, int signal)
{
	return signal >= 0 && sp->signal[signal].frequency[1] >= 0;
}

bool lc_spectrum_is_modulated(const struct lc_spectrum *sp, int signal)
{
	return signal >= 0 && sp->signal[signal].modulated;
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

/* Hz by which what turned by `product` in one block is off the frequency. A block of silence has no vector: 0, and not
 * what atan2f() makes of the signs of zeros. */
static float offset_hz(const struct lc_spectrum *sp, int frequency, struct complex product)
{
	struct complex turn = {sp->turn[frequency][0], sp->turn[frequency][1]}, rest = times(product, turn);

	if (square(product) <= 0)
		return 0;
	return atan2f(rest.im, rest.re) * (LC_RATE / (float)LC_TWO_PI / LC_SPECTRUM_BLOCK);
}

/* The share of all power over the last 20 ms that this single frequency has; 0 if it is out of tolerance. */
static float single_purity(const struct lc_spectrum *sp, int i, struct lc_spectrum_seen *out)
{
	int frequency = sp->signal[i].frequency[0];
	struct complex now = base_ago(sp, frequency, 0), then = base_ago(sp, frequency, 1);
	float power = (lc_spectrum_power(sp, 0) + lc_spectrum_power(sp, 1)) / 2, ours = (square(now) + square(then)) / 4, x, seen;

	if (ours < 0.45f * purity_least * power)
		return 0;
	*out = (struct lc_spectrum_seen){i, power, offset_hz(sp, frequency, times(now, conjugate(then))), 0};
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
	struct complex at[LC_SPECTRUM_PAIR - 1][2], turned[2] = {{0, 0}, {0, 0}};
	float all = 0, ours[2] = {0, 0}, offset[2];

	for (int ago = LC_SPECTRUM_PAIR - 1; ago > 0; ago--) {
		solve_pair(sp, signal, ago, at[ago - 1]);
		all += (lc_spectrum_power(sp, ago) + lc_spectrum_power(sp, ago - 1)) / 2;
		for (int k = 0; k < 2; k++)
			ours[k] += square(at[ago - 1][k]) / 2;
	}
	if (ours[0] > pair_twist * ours[1] || ours[1] > pair_twist * ours[0] || ours[0] + ours[1] < purity_lasting * all)
		return 0;
	for (int k = 0; k < 2; k++) {
		for (int j = 0; j < LC_SPECTRUM_PAIR - 2; j++) {
			struct complex product = times(at[j][k], conjugate(at[j + 1][k]));

			turned[k].re += product.re;
			turned[k].im += product.im;
		}
		offset[k] = offset_hz(sp, signal->frequency[k], turned[k]);
		if (fabsf(offset[k]) > signal->tolerance[k])
			return 0;
	}
	*out = (struct lc_spectrum_seen){i, all / (LC_SPECTRUM_PAIR - 1), offset[0], 0};
	return (ours[0] + ours[1]) / all;
}

/* Now a crest, before it a trough, and before that another crest? Once known, any trough will do. */
static bool swings(const float *power, float most, bool known)
{
	int phase = known;

	if (!known && power[0] <= crest_above * most)
		return false;
	for (int ago = 0; ago < LC_SPECTRUM_SWING && phase < 3; ago++)
		phase += phase == 1 ? power[ago] < trough_below * most : power[ago] > crest_above * most;
	return phase >= (known ? 2 : 3);
}

/* The same for a modulated frequency, over all that is kept: its sidebands are near enough to be counted with it. */
static float modulated_purity(const struct lc_spectrum *sp, int i, bool known, struct lc_spectrum_seen *out)
{
	int frequency = sp->signal[i].frequency[0];
	struct complex turned = {0, 0};
	float ours[LC_SPECTRUM_SWING], sum = 0, all = 0, most = 0;

	for (int ago = 0; ago < LC_SPECTRUM_SWING; ago++) {
		ours[ago] = square(base_ago(sp, frequency, ago)) / 2;
		sum += ours[ago];
		all += lc_spectrum_power(sp, ago);
		most = fmaxf(most, ours[ago]);
		if (ago > 0) {
			struct complex product = times(base_ago(sp, frequency, ago - 1), conjugate(base_ago(sp, frequency, ago)));

			turned.re += product.re;
			turned.im += product.im;
		}
	}
	if (sum < purity_least * all || !swings(ours, most, known))
		return 0;
	*out = (struct lc_spectrum_seen){i, all / LC_SPECTRUM_SWING, offset_hz(sp, frequency, turned), 0};
	return fabsf(out->offset) > sp->signal[i].tolerance[0] ? 0 : sum / all;
}

/* No part of a swing? */
static bool is_level(const struct lc_spectrum *sp)
{
	float least = lc_spectrum_power(sp, 0), most = least;

	for (int ago = 1; ago < LEVEL_BLOCKS; ago++) {
		least = fminf(least, lc_spectrum_power(sp, ago));
		most = fmaxf(most, lc_spectrum_power(sp, ago));
	}
	return least > crest_above * most;
}

static float purity(const struct lc_spectrum *sp, int i, int now, struct lc_spectrum_seen *out)
{
	if (sp->signal[i].frequency[1] >= 0)
		return pair_purity(sp, i, out);
	if (sp->signal[i].modulated)
		return modulated_purity(sp, i, i == now, out);
	return sp->signal[i].watched && i != now && !is_level(sp) ? 0 : single_purity(sp, i, out);
}

struct lc_spectrum_seen lc_spectrum_look(const struct lc_spectrum *sp, int now)
{
	struct lc_spectrum_seen best = {LC_SIGNAL_OTHER, lc_spectrum_power(sp, 0), 0, 0}, one = best;
	float most = purity_least;
	bool faint = best.power < sp->faint;

	if (faint && !lc_spectrum_is_modulated(sp, now))
		best.signal = LC_SIGNAL_SILENCE;
	if (best.power < sp->quiet && best.signal == LC_SIGNAL_SILENCE)
		return best;
	for (int i = 0; i < sp->signals && (i != sp->free || best.signal < 0); i++) {
		float pure = faint && !sp->signal[i].modulated ? 0 : purity(sp, i, now, &one);

		one.purity = pure;
		if (i == now && pure > purity_lasting && pure <= purity_least)
			pure = 1.001f * purity_least;
		if (pure >= purity_most)
			continue;
		pure = fminf(pure, 1.5f - 0.5f * pure); /* the nearer to 1 the likelier */
		if (pure > most) {
			most = pure;
			best = one;
		}
	}
	return best;
}

float lc_spectrum_own(const struct lc_spectrum *sp, int signal, int ago)
{
	struct complex at[2];

	if (!lc_spectrum_is_pair(sp, signal))
		return ago >= LC_SPECTRUM_KEPT ? 0 : square(base_ago(sp, sp->signal[signal].frequency[0], ago)) / 2;
	if (ago >= LC_SPECTRUM_KEPT - 1)
		return 0;
	solve_pair(sp, &sp->signal[signal], ago + 1, at);
	return (square(at[0]) + square(at[1])) / 2;
}

float lc_spectrum_fine_offset(const struct lc_spectrum *sp, const struct lc_spectrum_seen *m)
{
	int frequency = sp->signal[m->signal].frequency[0];
	struct complex turn = {sp->turn[frequency][0], sp->turn[frequency][1]}, rest;
	const float range = LC_RATE / 2.0f / LC_SPECTRUM_BLOCK;
	float fine;

	if (lc_spectrum_is_pair(sp, m->signal) || sp->signal[m->signal].modulated) /* its offset is over 40 ms already */
		return m->offset;
	rest = times(times(base_ago(sp, frequency, 0), conjugate(base_ago(sp, frequency, 2))), times(turn, turn));
	fine = atan2f(rest.im, rest.re) / (float)LC_TWO_PI * range;
	return fine + range * rintf((m->offset - fine) / range);
}

static void take_frequencies(struct lc_spectrum *sp, int k, const float *x, int slot)
{
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

static float sum_of(lc_spectrum_vector four)
{
	return (four[0] + four[1]) + (four[2] + four[3]);
}

/* A sine obeys x[n-1] + x[n+1] = 2 cos(w) x[n]: the cosine that fits best, or 2 if none fits. */
static float fit_cosine(const float *x, int n)
{
	lc_spectrum_vector by_four[3] = {{0}};
	float with, square_sum, sides, cosine;

	for (int i = 1; i + 4 < n; i += 4) {
		lc_spectrum_vector left, here, right;

		memcpy(&left, x + i - 1, sizeof(left));
		memcpy(&here, x + i, sizeof(here));
		memcpy(&right, x + i + 1, sizeof(right));
		left += right;
		by_four[0] += left * here;
		by_four[1] += here * here;
		by_four[2] += left * left;
	}
	with = sum_of(by_four[0]);
	square_sum = sum_of(by_four[1]);
	sides = sum_of(by_four[2]);
	if (square_sum <= 0)
		return 2;
	cosine = with / (2 * square_sum);
	return sides - 2 * cosine * with > residual_most * sides ? 2 : cosine;
}

/* The free signal to this frequency, for the samples kept as well. */
static void tune_free(struct lc_spectrum *sp, float hz)
{
	int k = sp->signal[sp->free].frequency[0];
	struct lc_oscillator osc;

	sp->hz[k] = hz;
	lc_oscillator_init(&osc, hz);
	for (int n = 0; n < LC_SPECTRUM_BLOCK; n++) {
		sp->table[k / 2][n][k % 2 * 2] = 2 * osc.re / LC_SPECTRUM_BLOCK;
		sp->table[k / 2][n][k % 2 * 2 + 1] = -2 * osc.im / LC_SPECTRUM_BLOCK;
		lc_oscillator_next(&osc);
	}
	sp->turn[k][0] = osc.re;
	sp->turn[k][1] = -osc.im;
	for (int slot = 0; slot < LC_SPECTRUM_KEPT; slot++) /* what is further back was another frequency's */
		sp->base[slot][k][0] = sp->base[slot][k][1] = 0;
	for (int ago = 0; ago < LC_SPECTRUM_PAST; ago++)
		take_frequencies(sp, k & ~1, sp->past + (LC_SPECTRUM_PAST - 1 - ago) * LC_SPECTRUM_BLOCK,
		                 (int)((sp->block - ago) & (LC_SPECTRUM_KEPT - 1)));
}

static bool is_the_plans(const struct lc_spectrum *sp, float hz)
{
	for (int i = 0; i < sp->free; i++)
		if (sp->signal[i].frequency[1] < 0 &&
		    fabsf(sp->hz[sp->signal[i].frequency[0]] - hz) <= sp->signal[i].tolerance[0] + guard_hz)
			return true;
	return false;
}

bool lc_spectrum_hunt(struct lc_spectrum *sp)
{
	struct lc_spectrum_seen seen = {LC_SIGNAL_OTHER, 0, 0, 0};
	float cosine, hz;

	if (sp->free < 0 || lc_spectrum_power(sp, 0) < sp->faint || lc_spectrum_power(sp, 1) < sp->faint)
		return false;
	cosine = fit_cosine(sp->past + LC_SPECTRUM_BLOCK, 2 * LC_SPECTRUM_BLOCK);
	if (cosine > 1 || cosine < 0)
		return false;
	hz = atan2f(sqrtf(1 - cosine * cosine), cosine) * (LC_RATE / (float)LC_TWO_PI);
	if (hz < free_least_hz || hz > free_most_hz + LC_RATE / 2.0f / LC_SPECTRUM_BLOCK)
		return false;
	/* Noise draws the cosine towards 0, so the frequency found is high by some Hz; the turn of its vector tells how many. */
	tune_free(sp, hz);
	sp->signal[sp->free].tolerance[0] = LC_RATE / 2.0f / LC_SPECTRUM_BLOCK;
	if (single_purity(sp, sp->free, &seen) > purity_least)
		tune_free(sp, hz += seen.offset);
	sp->signal[sp->free].tolerance[0] = LC_SPECTRUM_FREE_TOLERANCE_HZ;
	if (!is_the_plans(sp, hz) && hz <= free_most_hz && single_purity(sp, sp->free, &seen) > purity_least)
		return true;
	tune_free(sp, LC_SPECTRUM_IDLE_HZ);
	return false;
}

void lc_spectrum_take(struct lc_spectrum *sp, const float *x)
{
	int slot = (int)(++sp->block & (LC_SPECTRUM_KEPT - 1));
	lc_spectrum_vector sum = {0};

	memmove(sp->past, sp->past + LC_SPECTRUM_BLOCK, (LC_SPECTRUM_PAST - 1) * LC_SPECTRUM_BLOCK * sizeof(float));
	memcpy(sp->past + (LC_SPECTRUM_PAST - 1) * LC_SPECTRUM_BLOCK, x, LC_SPECTRUM_BLOCK * sizeof(float));
	for (int i = 0; i < LC_SPECTRUM_BLOCK; i += 4) {
		lc_spectrum_vector four = {x[i], x[i + 1], x[i + 2], x[i + 3]};

		sum += four * four;
	}
	sp->power[slot] = sum_of(sum) / LC_SPECTRUM_BLOCK;
	if (sp->power[slot] < sp->quiet) {
		memset(sp->base[slot], 0, sizeof(sp->base[slot]));
		return;
	}
	for (int k = 0; k < sp->frequencies; k += 2)
		take_frequencies(sp, k, x, slot);
}
