#include "dsp/alert.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "dsp/dbm0.h"

enum {
	BLOCKS_LEAST = 6, /* whole ones of a signal of 75 ms */
	BLOCKS_MOST = 11,
};

static const double pi = 3.14159265358979323846;
static const double tone_hz[2] = {2130, 2750};
static const float pure = 0.75f;        /* of the block's energy in the two tones */
static const float twist = 5.6f;        /* 7.5 dB as power */
static const float least_dbm0 = -40.0f; /* of both together */

void lc_alert_init(struct lc_alert *alert)
{
	memset(alert, 0, sizeof(*alert));
	for (int i = 0; i < 2; i++) {
		alert->turn[i][0] = (float)cos(2 * pi * tone_hz[i] / LC_RATE);
		alert->turn[i][1] = (float)sin(2 * pi * tone_hz[i] / LC_RATE);
	}
	lc_alert_reset(alert);
}

static void begin_block(struct lc_alert *alert)
{
	memset(alert->sum, 0, sizeof(alert->sum));
	alert->energy = 0;
	alert->filled = 0;
	for (int i = 0; i < 2; i++) {
		alert->at[i][0] = 1;
		alert->at[i][1] = 0;
	}
}

void lc_alert_reset(struct lc_alert *alert)
{
	begin_block(alert);
	alert->blocks = 0;
}

static bool is_signal(const struct lc_alert *alert)
{
	float power[2], both;

	for (int i = 0; i < 2; i++) /* as the energy of a sine in the block */
		power[i] = 2 * (alert->sum[i][0] * alert->sum[i][0] + alert->sum[i][1] * alert->sum[i][1]) / LC_ALERT_BLOCK;
	both = power[0] + power[1];
	return both >= pure * alert->energy && both >= lc_dbm0_to_power(least_dbm0) * LC_ALERT_BLOCK &&
	       power[0] <= twist * power[1] && power[1] <= twist * power[0];
}

static void end_block(struct lc_alert *alert, lc_emit_fn *emit, void *context)
{
	struct lc_event event = {.kind = LC_EV_ALERT};

	if (is_signal(alert)) {
		alert->blocks++;
	} else {
		event.value = alert->blocks * 1000 * LC_ALERT_BLOCK / LC_RATE;
		event.at = alert->heard - (int64_t)(alert->blocks + 1) * LC_ALERT_BLOCK;
		if (alert->blocks >= BLOCKS_LEAST && alert->blocks <= BLOCKS_MOST)
			emit(context, &event);
		alert->blocks = 0;
	}
	begin_block(alert);
}

void lc_alert_process(struct lc_alert *alert, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	for (int k = 0; k < n; k++) {
		float x = samples[k];

		for (int i = 0; i < 2; i++) {
			float re = alert->at[i][0], im = alert->at[i][1];

			alert->sum[i][0] += x * re;
			alert->sum[i][1] += x * im;
			alert->at[i][0] = re * alert->turn[i][0] - im * alert->turn[i][1];
			alert->at[i][1] = re * alert->turn[i][1] + im * alert->turn[i][0];
		}
		alert->energy += x * x;
		alert->heard++;
		if (++alert->filled == LC_ALERT_BLOCK)
			end_block(alert, emit, context);
	}
}
