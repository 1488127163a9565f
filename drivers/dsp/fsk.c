#include "dsp/fsk.h"

#include <string.h>

#include "dsp/dbm0.h"

enum {
	MARK = 0,
	SPACE = 1,
	CHUNK = 16,       /* samples over which the carrier is judged */
	LONG_MARK = 240,  /* samples, 30 ms: long enough to measure its frequency */
	MARK_BEGINS = 48, /* samples of it not measured: noise before it may have looked like mark */
	RESYNC_MARK = 60, /* samples without an edge after which the bit clock is no longer trusted */
};

#define BIT_RATE 1200.0
static const double filter_hz[2] = {1250, 2150}; /* of mark and space: midway between Bell 202 and V.23 */
static const float nominal_step = (float)(BIT_RATE / LC_RATE);
static const float pull = 0.2f;       /* of the bit clock's error, at each edge */
static const float teach = 0.004f;    /* of it, to the rate */
static const float rate_off = 0.015f; /* the sender's clock: 1 %, and what noise adds */
static const float adapt = 1.0f / 16; /* of the levels, at each bit */

void lc_fsk_rx_init(struct lc_fsk_rx *rx, lc_fsk_bit_fn *put, void *context)
{
	memset(rx, 0, sizeof(*rx));
	rx->put = put;
	rx->context = context;
	rx->threshold = lc_dbm0_to_power(-42.0f);
	for (int i = 0; i < LC_FSK_TAPS / 2; i++) {
		float weight = i == LC_FSK_TAPS / 2 - 1 ? 0.333f : 1.0f; /* one bit is 6.67 samples */

		for (int side = MARK; side <= SPACE; side++) {
			double angle = LC_TWO_PI * filter_hz[side] / LC_RATE * (i + 0.5);

			rx->even[side][i] = weight * (float)cos(angle);
			rx->odd[side][i] = weight * (float)sin(angle);
		}
	}
	lc_fsk_rx_reset(rx);
}

void lc_fsk_rx_reset(struct lc_fsk_rx *rx)
{
	memset(rx->input, 0, sizeof(rx->input));
	rx->power = 0;
	rx->carrier = false;
	rx->bit = true;
	rx->mark = rx->space = 0;
	rx->clock = 0;
	rx->run = 0;
	rx->mark_hz = 0;
	rx->level[0] = rx->level[1] = 0;
	rx->step = nominal_step;
}

void lc_fsk_rx_unlearn(struct lc_fsk_rx *rx)
{
	rx->step = nominal_step;
}

/* fminf() and fmaxf() mind NaN, and are calls into libm. */
static inline float between(float least, float x, float most)
{
	return x < least ? least : x > most ? most : x;
}

static void measure_mark(struct lc_fsk_rx *rx, const float *x)
{
	if (rx->run++ <= MARK_BEGINS) {
		rx->crossings = 0;
		return;
	}
	if (x[-1] >= 0 || x[0] < 0)
		return;
	if (rx->crossings++ == 0)
		rx->first_crossing = rx->run;
	rx->last_crossing = rx->run;
	if (rx->run >= LONG_MARK)
		rx->mark_hz = (float)(rx->crossings - 1) * LC_RATE / (float)(rx->last_crossing - rx->first_crossing);
}

/* `ago`: samples since the sides changed. */
static void pull_clock(struct lc_fsk_rx *rx, bool bit, float ago)
{
	/* The filters change sides half a bit after the edge began: the next bit is best taken half a bit from here. */
	float error = 0.5f - (rx->clock - ago * rx->step);

	if (!bit && rx->run >= RESYNC_MARK) {
		rx->clock += error;
		return;
	}
	rx->clock += pull * error;
	rx->step += teach * error * nominal_step;
	rx->step = between(nominal_step * (1 - rate_off), rx->step, nominal_step * (1 + rate_off));
}

/* The bit as it stood when the clock passed 1, between the last sample and this one. */
static void take_bit(struct lc_fsk_rx *rx, float mark, float space)
{
	float late, power, *level;
	bool bit;

	rx->clock -= 1.0f;
	late = between(0, rx->clock / rx->step, 1);
	mark += late * (rx->mark - mark);
	space += late * (rx->space - space);
	bit = mark > space;
	power = bit ? mark : space;
	level = &rx->level[bit];
	rx->margin = fabsf(mark - space) / (mark + space + 1e-9f);
	rx->loudness = *level > 0 ? power / *level : 1;
	*level += *level > 0 ? adapt * (power - *level) : power;
	rx->put(rx->context, bit);
}

typedef float vector __attribute__((vector_size(16)));

static inline vector load(const float *x)
{
	vector v;

	memcpy(&v, x, sizeof(v));
	return v;
}

/* Powers in both filters for the n samples at x, of which LC_FSK_TAPS - 1 before and LC_FSK_AT_ONCE behind can be read. */
static void filter(const struct lc_fsk_rx *rx, const float *x, int n, float power[2][CHUNK])
{
	const float *from = x - LC_FSK_TAPS / 2, *back = from + 1;

	for (int k = 0; k < n; k += LC_FSK_AT_ONCE) {
		vector re[2] = {{0}, {0}}, im[2] = {{0}, {0}};

		for (int i = 0; i < LC_FSK_TAPS / 2; i++) {
			vector later = load(back + k + i), earlier = load(from + k - i), sum = later + earlier,
			       difference = later - earlier;

			for (int side = MARK; side <= SPACE; side++) {
				re[side] += rx->even[side][i] * sum;
				im[side] += rx->odd[side][i] * difference;
			}
		}
		for (int side = MARK; side <= SPACE; side++) {
			vector square = re[side] * re[side] + im[side] * im[side];

			memcpy(power[side] + k, &square, sizeof(square));
		}
	}
}

/* One sample, x[0], and the powers in the filters whose window it ends. */
static void demodulate(struct lc_fsk_rx *rx, const float *x, float mark, float space)
{
	bool bit;

	bit = mark > space;
	rx->clock += rx->step;
	if (bit != rx->bit) {
		float change = mark - space - (rx->mark - rx->space);

		pull_clock(rx, bit, change != 0 ? between(-1, (mark - space) / change, 1) : 0);
	}
	if (bit)
		measure_mark(rx, x);
	else
		rx->run = 0;
	if (rx->clock >= 1.0f)
		take_bit(rx, mark, space);
	rx->bit = bit;
	rx->mark = mark;
	rx->space = space;
}

static void process_chunk(struct lc_fsk_rx *rx, const float *x, int n)
{
	bool before = rx->carrier;
	float sum = 0, power[2][CHUNK];

	for (int i = 0; i < n; i++)
		sum += x[i] * x[i];
	rx->power += fminf((float)n / 64, 1.0f) * (sum / (float)n - rx->power);
	rx->carrier = rx->power > (before ? rx->threshold / 2 : rx->threshold);
	if (before && !rx->carrier)
		rx->put(rx->context, -1);
	if (!rx->carrier)
		return;
	filter(rx, x, n, power);
	for (int i = 0; i < n; i++)
		demodulate(rx, x + i, power[MARK][i], power[SPACE][i]);
}

void lc_fsk_rx_process(struct lc_fsk_rx *rx, const int16_t *samples, int n)
{
	float *x = rx->input + LC_FSK_TAPS - 1;

	while (n > 0) {
		int take = n < LC_TICK_SAMPLES_MAX ? n : LC_TICK_SAMPLES_MAX;

		for (int i = 0; i < take; i++)
			x[i] = samples[i];
		for (int at = 0; at < take; at += CHUNK)
			process_chunk(rx, x + at, take - at < CHUNK ? take - at : CHUNK);
		memmove(rx->input, rx->input + take, (LC_FSK_TAPS - 1) * sizeof(float));
		samples += take;
		n -= take;
	}
}

void lc_fsk_tx_init(struct lc_fsk_tx *tx, double mark_hz, double space_hz, float dbm0)
{
	memset(tx, 0, sizeof(*tx));
	tx->peak = lc_dbm0_to_peak(dbm0);
	tx->mark_hz = mark_hz;
	tx->space_hz = space_hz;
	tx->bit = 1;
}

int lc_fsk_tx_read(struct lc_fsk_tx *tx, int16_t *out, int n, lc_fsk_source_fn *next, void *context)
{
	const double bit_samples = LC_RATE / BIT_RATE;
	int made = 0;

	while (made < n && tx->bit >= 0) {
		double whole = 1, hz = 0;

		/* A bit may end within this sample: each counts for its share, so edges keep their exact time. */
		while (whole > 0 && tx->bit >= 0) {
			double part;

			if (tx->left <= 0) {
				tx->bit = next(context);
				tx->left += bit_samples;
				continue;
			}
			part = fmin(whole, tx->left);
			hz += part * (tx->bit ? tx->mark_hz : tx->space_hz);
			tx->left -= part;
			whole -= part;
		}
		if (tx->bit < 0)
			break;
		tx->phase += hz / LC_RATE;
		tx->phase -= floor(tx->phase);
		out[made++] = lc_to_sample(tx->peak * sinf((float)(LC_TWO_PI * tx->phase)));
	}
	return made;
}
