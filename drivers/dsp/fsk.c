#include "dsp/fsk.h"

#include <string.h>

#include "dsp/dbm0.h"

enum {
	CHUNK = 16,       /* samples over which the carrier is judged */
	LONG_MARK = 240,  /* samples, 30 ms: long enough to measure its frequency */
	RESYNC_MARK = 60, /* samples without an edge after which the bit clock is no longer trusted */
};

static const double bit_rate = 1200;
static const double mark_filter_hz = 1250, space_filter_hz = 2150; /* midway between Bell 202 and V.23 */
static const float pull = 0.35f;                                   /* of the bit clock's error, at each edge */

void lc_fsk_rx_init(struct lc_fsk_rx *rx, lc_fsk_bit_fn *put, void *context)
{
	memset(rx, 0, sizeof(*rx));
	rx->put = put;
	rx->context = context;
	rx->threshold = lc_dbm0_to_power(-42.0f);
	for (int i = 0; i < LC_FSK_TAPS; i++) {
		double m = LC_TWO_PI * mark_filter_hz / LC_RATE * i, s = LC_TWO_PI * space_filter_hz / LC_RATE * i;
		float weight = i == 0 || i == LC_FSK_TAPS - 1 ? 0.333f : 1.0f; /* one bit is 6.67 samples */

		rx->taps[i] = (lc_fsk_vector){weight * (float)cos(m), weight * (float)sin(m), weight * (float)cos(s),
		                              weight * (float)sin(s)};
	}
	lc_fsk_rx_reset(rx);
}

void lc_fsk_rx_reset(struct lc_fsk_rx *rx)
{
	memset(rx->input, 0, sizeof(rx->input));
	rx->power = 0;
	rx->carrier = false;
	rx->bit = true;
	rx->clock = 0;
	rx->run = 0;
	rx->mark_hz = 0;
}

static void measure_mark(struct lc_fsk_rx *rx, const float *x)
{
	if (rx->run++ == 0)
		rx->crossings = 0;
	if (x[-1] >= 0 || x[0] < 0)
		return;
	if (rx->crossings++ == 0)
		rx->first_crossing = rx->run;
	rx->last_crossing = rx->run;
	if (rx->run >= LONG_MARK)
		rx->mark_hz = (float)(rx->crossings - 1) * LC_RATE / (float)(rx->last_crossing - rx->first_crossing);
}

/* One sample: x[0] is the newest, LC_FSK_TAPS - 1 before it. */
static void demodulate(struct lc_fsk_rx *rx, const float *x)
{
	lc_fsk_vector sum = {0};
	bool bit;

	for (int i = 0; i < LC_FSK_TAPS; i++)
		sum += rx->taps[i] * x[i - LC_FSK_TAPS + 1];
	sum *= sum;
	bit = sum[0] + sum[1] > sum[2] + sum[3];
	rx->clock += (float)(bit_rate / LC_RATE);
	if (bit != rx->bit) {
		/* The filters change sides half a bit after the edge began: the next bit is best taken half a bit from here. */
		float error = 0.5f - rx->clock;

		rx->clock += !bit && rx->run >= RESYNC_MARK ? error : pull * error;
	}
	rx->bit = bit;
	if (bit)
		measure_mark(rx, x);
	else
		rx->run = 0;
	if (rx->clock >= 1.0f) {
		rx->clock -= 1.0f;
		rx->put(rx->context, bit);
	}
}

static void process_chunk(struct lc_fsk_rx *rx, const float *x, int n)
{
	bool before = rx->carrier;
	float sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i] * x[i];
	rx->power += fminf((float)n / 64, 1.0f) * (sum / (float)n - rx->power);
	rx->carrier = rx->power > (before ? rx->threshold / 2 : rx->threshold);
	if (before && !rx->carrier)
		rx->put(rx->context, -1);
	if (rx->carrier)
		for (int i = 0; i < n; i++)
			demodulate(rx, x + i);
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
	const double bit_samples = LC_RATE / bit_rate;
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
