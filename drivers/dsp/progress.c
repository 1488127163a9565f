#include "dsp/progress.h"

#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/oscillator.h"

enum {
	BRIDGE = 20 * LC_RATE / 1000, /* samples: a shorter break is none */
	MISTAKEN = 90 * LC_RATE / 1000,
	STRANGE_ON = 3,   /* blocks that end a signal */
	STRANGE_OFF = 7,  /* blocks of other sound that end a silence */
	PAIR_BLOCKS = 4,
};

static const float single_tolerance_hz = 25.0f, pair_tolerance = 0.02f;
static const float purity_least = 0.80f, purity_most = 1.4f; /* share of all power; above 1 by leakage and edges */
static const float pair_twist = 8.0f;        /* power, 9 dB */
static const float quiet_power = 2.2e-4f * LC_DBM0_POWER; /* -36.5 dBm0 */
static const float off_below = 0.25f;        /* of the plateau: the signal has gone */
static const float silence_below = 0.16f;    /* of the plateau: counts as silence */
static const float wander_hz = 1.1f;         /* RMS: a singer's or a flute's vibrato is more */
static const float wander_most_hz = 4.0f;    /* what one moment can add: a click is no vibrato */
static const float wander_power = 1.6f;      /* 2 dB */

/* ---- the plan's signals -------------------------------------------------------------------------- */

static int frequency_index(struct lc_progress_rx *rx, uint16_t hz)
{
	for (int i = 0; i < rx->frequencies; i++)
		if (rx->hz[i] == (float)hz)
			return i;
	if (rx->frequencies == LC_PROGRESS_FREQUENCIES)
		return -1;
	rx->hz[rx->frequencies] = (float)hz;
	return rx->frequencies++;
}

/* Index of the signal of these frequencies, LC_SIGNAL_SILENCE, or LC_SIGNAL_OTHER if there is no room for it. */
static int signal_index(struct lc_progress_rx *rx, const uint16_t hz[2])
{
	uint16_t low = hz[0] && hz[1] && hz[1] < hz[0] ? hz[1] : hz[0] ? hz[0] : hz[1];
	uint16_t high = hz[0] && hz[1] ? (hz[0] == low ? hz[1] : hz[0]) : 0;
	int a, b = -1;

	if (!low)
		return LC_SIGNAL_SILENCE;
	a = frequency_index(rx, low);
	if (high)
		b = frequency_index(rx, high);
	if (a < 0 || (high && b < 0))
		return LC_SIGNAL_OTHER;
	for (int i = 0; i < rx->signals; i++)
		if (rx->signal[i].frequency[0] == a && rx->signal[i].frequency[1] == b)
			return i;
	if (rx->signals == LC_PROGRESS_SIGNALS)
		return LC_SIGNAL_OTHER;
	rx->signal[rx->signals].frequency[0] = (int8_t)a;
	rx->signal[rx->signals].frequency[1] = (int8_t)b;
	return rx->signals++;
}

/* One of the plan's tones into steps of signals. */
static void read_tone(struct lc_progress_rx *rx, int t, const struct lc_tone *made)
{
	struct lc_cadence *tone = &rx->cadence.tone[t];

	if (!made->listen_cycles || made->steps > LC_TONE_STEPS_MAX)
		return;
	tone->steps = made->steps;
	tone->listened = made->steps > 0;
	for (int i = 0; i < made->steps; i++) {
		int signal = signal_index(rx, made->step[i].hz);

		tone->step[i].signal = (int8_t)signal;
		tone->step[i].ms = made->step[i].ms;
		if (signal == LC_SIGNAL_OTHER)
			tone->listened = false;
	}
}

static float single_tolerance(const struct lc_progress_rx *rx, int signal)
{
	float hz = rx->hz[rx->signal[signal].frequency[0]], tolerance = single_tolerance_hz;

	for (int i = 0; i < rx->signals; i++) {
		float other = rx->hz[rx->signal[i].frequency[0]];

		if (rx->signal[i].frequency[1] < 0 && other != hz)
			tolerance = fminf(tolerance, fabsf(hz - other) / 2);
	}
	return tolerance;
}

/* Mean of exp(j·2π·hz·n/rate) over two blocks: how a tone `hz` away is seen. */
static void leak_of(float hz, float *re, float *im)
{
	*re = *im = 0;
	for (int n = 0; n < 2 * LC_PROGRESS_BLOCK; n++) {
		*re += (float)cos(LC_TWO_PI * hz * n / LC_RATE) / (2 * LC_PROGRESS_BLOCK);
		*im += (float)sin(LC_TWO_PI * hz * n / LC_RATE) / (2 * LC_PROGRESS_BLOCK);
	}
}

static void prepare_signal(struct lc_progress_rx *rx, int i)
{
	struct lc_progress_signal *signal = &rx->signal[i];
	float low = rx->hz[signal->frequency[0]];

	if (signal->frequency[1] < 0) {
		signal->tolerance[0] = single_tolerance(rx, i);
		return;
	}
	signal->tolerance[0] = pair_tolerance * low;
	signal->tolerance[1] = pair_tolerance * rx->hz[signal->frequency[1]];
	leak_of(rx->hz[signal->frequency[1]] - low, &signal->leak_re, &signal->leak_im);
}

static void prepare_frequency(struct lc_progress_rx *rx, int i)
{
	double step = LC_TWO_PI * rx->hz[i] / LC_RATE;

	for (int n = 0; n < LC_PROGRESS_BLOCK; n++) {
		rx->table[i / 2][n][i % 2 * 2] = (float)(2 * cos(step * n) / LC_PROGRESS_BLOCK);
		rx->table[i / 2][n][i % 2 * 2 + 1] = (float)(-2 * sin(step * n) / LC_PROGRESS_BLOCK);
	}
	rx->turn[i][0] = (float)cos(step * LC_PROGRESS_BLOCK);
	rx->turn[i][1] = (float)-sin(step * LC_PROGRESS_BLOCK);
}

void lc_progress_rx_init(struct lc_progress_rx *rx, const struct lc_plan *plan)
{
	memset(rx, 0, sizeof(*rx));
	for (int t = 0; t < plan->tones; t++)
		read_tone(rx, t, &plan->tone[t]);
	for (int i = 0; i < rx->frequencies; i++)
		prepare_frequency(rx, i);
	for (int i = 0; i < rx->signals; i++)
		prepare_signal(rx, i);
	lc_cadence_init(&rx->cadence, plan);
	lc_progress_rx_reset(rx);
}

void lc_progress_rx_reset(struct lc_progress_rx *rx)
{
	lc_cadence_reset(&rx->cadence);
	memset(rx->base, 0, sizeof(rx->base));
	memset(rx->power, 0, sizeof(rx->power));
	rx->fill = 0;
	rx->signal_now = LC_SIGNAL_SILENCE;
	rx->pending = false;
	rx->since = rx->heard;
	rx->strange = rx->blocks = 0;
	rx->plateau = rx->offset = 0;
}

/* ---- one block: what is heard? ------------------------------------------------------------------- */

struct complex {
	float re, im;
};

struct measured {
	int signal;
	float power;  /* of all, over the blocks looked at */
	float offset; /* Hz from nominal, of the lower frequency */
};

static float power_ago(const struct lc_progress_rx *rx, int ago)
{
	return rx->power[(rx->block - ago) & (LC_PROGRESS_KEPT - 1)];
}

static struct complex base_ago(const struct lc_progress_rx *rx, int frequency, int ago)
{
	const float *z = rx->base[(rx->block - ago) & (LC_PROGRESS_KEPT - 1)][frequency];

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
static float offset_hz(const struct lc_progress_rx *rx, int frequency, struct complex product)
{
	struct complex turn = {rx->turn[frequency][0], rx->turn[frequency][1]}, rest = times(product, turn);

	return atan2f(rest.im, rest.re) * (LC_RATE / (float)LC_TWO_PI / LC_PROGRESS_BLOCK);
}

/* The share of all power over the last 20 ms that this single frequency has; 0 if it is out of tolerance. */
static float single_purity(const struct lc_progress_rx *rx, int i, struct measured *out)
{
	int frequency = rx->signal[i].frequency[0];
	struct complex now = base_ago(rx, frequency, 0), then = base_ago(rx, frequency, 1);
	float power = (power_ago(rx, 0) + power_ago(rx, 1)) / 2, ours = (square(now) + square(then)) / 4, x, seen;

	if (ours < 0.5f * purity_least * power)
		return 0;
	*out = (struct measured){i, power, offset_hz(rx, frequency, times(now, conjugate(then)))};
	if (fabsf(out->offset) > rx->signal[i].tolerance[0])
		return 0;
	x = (float)LC_TWO_PI / 2 * out->offset * LC_PROGRESS_BLOCK / LC_RATE;
	seen = fabsf(x) < 0.01f ? 1.0f : sinf(x) / x;
	return ours / (seen * seen) / power;
}

/* The two vectors of a pair over the 20 ms that begin `ago` blocks back, solved apart. */
static void solve_pair(const struct lc_progress_rx *rx, const struct lc_progress_signal *signal, int ago, struct complex out[2])
{
	struct complex leak = {signal->leak_re, signal->leak_im}, seen[2], part;
	float scale = 1 / (1 - square(leak));

	for (int i = 0; i < 2; i++) {
		struct complex turn = {rx->turn[signal->frequency[i]][0], rx->turn[signal->frequency[i]][1]};
		struct complex first = base_ago(rx, signal->frequency[i], ago);

		part = times(base_ago(rx, signal->frequency[i], ago - 1), turn);
		seen[i] = (struct complex){(first.re + part.re) / 2, (first.im + part.im) / 2};
	}
	part = times(leak, seen[1]);
	out[0] = (struct complex){(seen[0].re - part.re) * scale, (seen[0].im - part.im) * scale};
	part = times(conjugate(leak), seen[0]);
	out[1] = (struct complex){(seen[1].re - part.re) * scale, (seen[1].im - part.im) * scale};
}

/* The same for a pair, over the last 40 ms. */
static float pair_purity(const struct lc_progress_rx *rx, int i, struct measured *out)
{
	const struct lc_progress_signal *signal = &rx->signal[i];
	struct complex at[PAIR_BLOCKS - 1][2], turned[2] = {{0, 0}, {0, 0}};
	float all = 0, ours[2] = {0, 0}, offset[2];

	for (int ago = PAIR_BLOCKS - 1; ago > 0; ago--) {
		solve_pair(rx, signal, ago, at[ago - 1]);
		all += (power_ago(rx, ago) + power_ago(rx, ago - 1)) / 2;
		for (int k = 0; k < 2; k++)
			ours[k] += square(at[ago - 1][k]) / 2;
	}
	if (ours[0] > pair_twist * ours[1] || ours[1] > pair_twist * ours[0] || ours[0] + ours[1] < purity_least * all)
		return 0;
	for (int k = 0; k < 2; k++) {
		for (int j = 0; j < PAIR_BLOCKS - 2; j++) {
			struct complex product = times(at[j][k], conjugate(at[j + 1][k]));

			turned[k].re += product.re;
			turned[k].im += product.im;
		}
		offset[k] = offset_hz(rx, signal->frequency[k], turned[k]);
		if (fabsf(offset[k]) > signal->tolerance[k])
			return 0;
	}
	*out = (struct measured){i, all / (PAIR_BLOCKS - 1), offset[0]};
	return (ours[0] + ours[1]) / all;
}

static struct measured measure(const struct lc_progress_rx *rx)
{
	struct measured best = {LC_SIGNAL_OTHER, power_ago(rx, 0), 0}, one = best;
	float most = purity_least;

	if (best.power < quiet_power) {
		best.signal = LC_SIGNAL_SILENCE;
		return best;
	}
	for (int i = 0; i < rx->signals; i++) {
		float purity = rx->signal[i].frequency[1] < 0 ? single_purity(rx, i, &one) : pair_purity(rx, i, &one);

		if (purity > most && purity < purity_most) {
			most = purity;
			best = one;
		}
	}
	return best;
}

/* ---- blocks into pieces of time ------------------------------------------------------------------ */

static bool is_pair(const struct lc_progress_rx *rx, int signal)
{
	return signal >= 0 && rx->signal[signal].frequency[1] >= 0;
}

/* How much of the block `ago` blocks back the sound of the plateau filled, in samples. */
static float filled(const struct lc_progress_rx *rx, int ago, float plateau)
{
	return LC_PROGRESS_BLOCK * fminf(power_ago(rx, ago) / plateau, 1.0f);
}

static struct lc_cadence_piece piece_until(const struct lc_progress_rx *rx, int64_t end)
{
	struct lc_cadence_piece piece = {rx->signal_now, rx->since, end, 0};

	if (rx->signal_now >= 0)
		piece.hz = rx->hz[rx->signal[rx->signal_now].frequency[0]] + rx->offset;
	return piece;
}

static void flush(struct lc_progress_rx *rx, lc_emit_fn *emit, void *context)
{
	if (rx->pending)
		lc_cadence_heard(&rx->cadence, &rx->before, emit, context);
	rx->pending = false;
}

/* Ends what was heard at sample count `at`; something else begins there. */
static void change(struct lc_progress_rx *rx, int signal, int64_t at, lc_emit_fn *emit, void *context)
{
	struct lc_cadence_piece piece;

	flush(rx, emit, context);
	if (at < rx->since)
		at = rx->since;
	piece = piece_until(rx, at);
	if (piece.end > piece.begin)
		lc_cadence_heard(&rx->cadence, &piece, emit, context);
	rx->signal_now = signal;
	rx->since = at;
	rx->strange = rx->blocks = 0;
	rx->wander = 0;
}

static void begin_signal(struct lc_progress_rx *rx, const struct measured *m, lc_emit_fn *emit, void *context)
{
	float plateau = is_pair(rx, m->signal) ? m->power : power_ago(rx, 0);
	float length = LC_PROGRESS_BLOCK;
	int64_t begin;

	for (int ago = 1; ago < LC_PROGRESS_KEPT && power_ago(rx, ago) > 0.02f * plateau; ago++)
		length += filled(rx, ago, plateau);
	begin = rx->heard - (int64_t)length;
	if (rx->pending && rx->before.signal == m->signal && begin - rx->since < BRIDGE) {
		rx->pending = false;
		rx->signal_now = m->signal;
		rx->since = rx->before.begin;
		rx->strange = rx->blocks = 0;
		return;
	}
	change(rx, m->signal, begin, emit, context);
	rx->plateau = plateau;
	rx->offset = m->offset;
}

static void end_signal(struct lc_progress_rx *rx)
{
	float length = filled(rx, 0, rx->plateau) + filled(rx, 1, rx->plateau) + filled(rx, 2, rx->plateau);
	int64_t end = rx->heard - 3 * LC_PROGRESS_BLOCK + (int64_t)length;

	if (end < rx->since)
		end = rx->since;
	rx->before = piece_until(rx, end);
	rx->pending = true;
	rx->signal_now = LC_SIGNAL_SILENCE;
	rx->since = end;
	rx->strange = 0;
}

/* A network's tone keeps its frequency and level; music and voices do not. */
static bool is_steady(const struct lc_progress_rx *rx, const struct measured *m)
{
	if (m->signal != rx->signal_now)
		return false;
	if (rx->blocks < 2)
		return true;
	return rx->wander < wander_hz * wander_hz && m->power < wander_power * rx->plateau && rx->plateau < wander_power * m->power;
}

/* The offset over 20 ms instead of 10: half the error, but one of several 50 Hz apart; the coarse one tells which. */
static float fine_offset(const struct lc_progress_rx *rx, const struct measured *m)
{
	int frequency = rx->signal[m->signal].frequency[0];
	struct complex turn = {rx->turn[frequency][0], rx->turn[frequency][1]}, rest;
	const float range = LC_RATE / 2.0f / LC_PROGRESS_BLOCK;
	float fine;

	if (is_pair(rx, m->signal)) /* its offset is over 40 ms already */
		return m->offset;
	rest = times(times(base_ago(rx, frequency, 0), conjugate(base_ago(rx, frequency, 2))), times(turn, turn));
	fine = atan2f(rest.im, rest.re) / (float)LC_TWO_PI * range;
	return fine + range * rintf((m->offset - fine) / range);
}

/* Mean over as many blocks as it takes not to fall into the beat of two frequencies. */
static float present_power(const struct lc_progress_rx *rx)
{
	float two = (power_ago(rx, 0) + power_ago(rx, 1)) / 2;

	if (rx->heard - rx->since < MISTAKEN)
		return (2 * two + power_ago(rx, 2)) / 3;
	return is_pair(rx, rx->signal_now) ? two : power_ago(rx, 0);
}

/* Follows frequency and how much it wanders, once all blocks looked at are filled with sound. */
static void follow_wander(struct lc_progress_rx *rx, const struct measured *m)
{
	float share = 1.0f / (float)(rx->blocks < 16 ? rx->blocks : 16), away;

	if (rx->blocks <= LC_PROGRESS_KEPT) {
		rx->offset += share * (m->offset - rx->offset);
		return;
	}
	if (power_ago(rx, 0) * wander_power < rx->plateau && !is_pair(rx, m->signal))
		return;
	away = fmaxf(fminf(fine_offset(rx, m) - rx->offset, wander_most_hz), -wander_most_hz);
	rx->offset += share * away;
	rx->wander += 0.06f * (away * away - rx->wander);
}

static void go_on_signal(struct lc_progress_rx *rx, const struct measured *m, lc_emit_fn *emit, void *context)
{
	float power = present_power(rx), share;
	int64_t turned;

	if (power < off_below * rx->plateau) {
		end_signal(rx);
		return;
	}
	if (is_steady(rx, m)) {
		rx->blocks++;
		rx->strange = 0;
		share = 1.0f / (float)(rx->blocks < 16 ? rx->blocks : 16);
		follow_wander(rx, m);
		rx->plateau += fmaxf(share, 0.2f) * (m->power - rx->plateau);
		return;
	}
	rx->strange++;
	/* In its first 40 ms a pair may pass for one of its own frequencies, or for nothing known. */
	if (rx->strange < STRANGE_ON || (m->signal < 0 && rx->heard - rx->since < MISTAKEN))
		return;
	turned = rx->heard - rx->strange * LC_PROGRESS_BLOCK + LC_PROGRESS_BLOCK / 2;
	if (m->signal >= 0 && m->signal != rx->signal_now) {
		if (rx->heard - rx->since < MISTAKEN)
			rx->signal_now = m->signal;
		else
			change(rx, m->signal, turned, emit, context);
		rx->strange = rx->blocks = 0;
		rx->plateau = m->power;
		rx->offset = m->offset;
	} else {
		change(rx, LC_SIGNAL_OTHER, turned, emit, context);
	}
}

static void go_on_silence(struct lc_progress_rx *rx, const struct measured *m, lc_emit_fn *emit, void *context)
{
	if (m->signal >= 0) {
		begin_signal(rx, m, emit, context);
		return;
	}
	rx->strange = m->signal == LC_SIGNAL_OTHER && m->power > silence_below * rx->plateau ? rx->strange + 1 : 0;
	if (rx->heard - rx->since >= BRIDGE)
		flush(rx, emit, context);
	if (rx->strange >= STRANGE_OFF)
		change(rx, LC_SIGNAL_OTHER, rx->heard - rx->strange * LC_PROGRESS_BLOCK, emit, context);
}

static void go_on_other(struct lc_progress_rx *rx, const struct measured *m, lc_emit_fn *emit, void *context)
{
	rx->strange = m->signal >= 0 ? rx->strange + 1 : 0;
	if (rx->strange >= 2)
		begin_signal(rx, m, emit, context);
	else if (m->signal == LC_SIGNAL_SILENCE)
		change(rx, LC_SIGNAL_SILENCE, rx->heard - LC_PROGRESS_BLOCK, emit, context);
}

/* rx->base[] and rx->power[] of this block are filled, rx->heard is its end. */
static void take_block(struct lc_progress_rx *rx, lc_emit_fn *emit, void *context)
{
	struct measured m = measure(rx);
	struct lc_cadence_piece piece;

	if (rx->signal_now >= 0)
		go_on_signal(rx, &m, emit, context);
	else if (rx->signal_now == LC_SIGNAL_SILENCE)
		go_on_silence(rx, &m, emit, context);
	else
		go_on_other(rx, &m, emit, context);
	if (!rx->pending) {
		piece = piece_until(rx, rx->heard);
		lc_cadence_hearing(&rx->cadence, &piece, emit, context);
	}
	rx->block++;
}

static void to_baseband(struct lc_progress_rx *rx)
{
	int slot = (int)(rx->block & (LC_PROGRESS_KEPT - 1));
	lc_progress_vector sum = {0};
	const float *x = rx->input;

	for (int i = 0; i < LC_PROGRESS_BLOCK; i += 4) {
		lc_progress_vector four = {x[i], x[i + 1], x[i + 2], x[i + 3]};

		sum += four * four;
	}
	rx->power[slot] = (sum[0] + sum[1] + sum[2] + sum[3]) / LC_PROGRESS_BLOCK;
	if (rx->power[slot] < quiet_power) {
		memset(rx->base[slot], 0, sizeof(rx->base[slot]));
		return;
	}
	for (int k = 0; k < rx->frequencies; k += 2) {
		const lc_progress_vector *table = rx->table[k / 2];
		lc_progress_vector a = {0}, b = {0}, c = {0}, d = {0};

		for (int i = 0; i < LC_PROGRESS_BLOCK; i += 4) {
			a += table[i] * x[i];
			b += table[i + 1] * x[i + 1];
			c += table[i + 2] * x[i + 2];
			d += table[i + 3] * x[i + 3];
		}
		a = (a + b) + (c + d);
		memcpy(rx->base[slot][k], &a, sizeof(a));
	}
}

void lc_progress_rx_process(struct lc_progress_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	while (n > 0) {
		int take = LC_PROGRESS_BLOCK - rx->fill < n ? LC_PROGRESS_BLOCK - rx->fill : n;

		for (int i = 0; i < take; i++)
			rx->input[rx->fill + i] = samples[i];
		rx->fill += take;
		rx->heard += take;
		samples += take;
		n -= take;
		if (rx->fill == LC_PROGRESS_BLOCK) {
			rx->fill = 0;
			to_baseband(rx);
			take_block(rx, emit, context);
		}
	}
}

void lc_progress_rx_skip(struct lc_progress_rx *rx, int n, lc_emit_fn *emit, void *context)
{
	while (n > 0) {
		int take = LC_PROGRESS_BLOCK - rx->fill < n ? LC_PROGRESS_BLOCK - rx->fill : n;

		memset(rx->input + rx->fill, 0, (size_t)take * sizeof(rx->input[0]));
		rx->fill += take;
		rx->heard += take;
		n -= take;
		if (rx->fill == LC_PROGRESS_BLOCK) {
			rx->fill = 0;
			to_baseband(rx);
			take_block(rx, emit, context);
		}
	}
}
