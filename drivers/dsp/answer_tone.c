#include "dsp/answer_tone.h"

#include <math.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/oscillator.h"

enum {
	BLOCK = LC_ANSWER_TONE_BLOCK,
	MISSED_MOST = 2,     /* blocks: a reversal spoils the one or two it falls into */
	INTERVAL_LEAST = 41, /* blocks: 450 ± 25 ms, and what counting by blocks misses */
	INTERVAL_MOST = 49,
	WANTED = 2, /* reversals */
};

static const double tone_hz = 2100;
static const float least_power = 4e-4f * LC_DBM0_POWER; /* -34 dBm0 */
static const float purity_least = 0.6f;
static const float off_most_cosine = -0.31f; /* of the turn of 30 Hz in a block: 108° */
static const float same_least_cosine = 0.8f; /* 37° */
static const float reversed_most_cosine = -0.7f;
static const float turn_share = 0.2f;

void lc_answer_tone_init(struct lc_answer_tone *rx)
{
	struct lc_oscillator osc;

	memset(rx, 0, sizeof(*rx));
	lc_oscillator_init(&osc, tone_hz);
	for (int i = 0; i < BLOCK; i++) {
		rx->wave[i][0] = osc.re;
		rx->wave[i][1] = lc_oscillator_next(&osc);
	}
}

void lc_answer_tone_reset(struct lc_answer_tone *rx)
{
	memset(rx->side, 0, sizeof(rx->side));
	rx->fill = 0;
}

/* a times b, or times its conjugate, of length 1; 0 if there is no length. */
static void unit_product(const float a[2], const float b[2], float sign, float out[2])
{
	float re = a[0] * b[0] - sign * a[1] * b[1], im = a[1] * b[0] + sign * a[0] * b[1], length = sqrtf(re * re + im * im);

	out[0] = length > 0 ? re / length : 0;
	out[1] = length > 0 ? im / length : 0;
}

static void begin(struct lc_answer_tone_side *side, const float value[2])
{
	side->steady = 1;
	side->missed = side->since = side->reversals = 0;
	memcpy(side->last, value, sizeof(side->last));
}

static void reversed(struct lc_answer_tone_side *side)
{
	bool in_time = side->since >= INTERVAL_LEAST && side->since <= INTERVAL_MOST;

	side->reversals = in_time || side->reversals == 0 ? side->reversals + 1 : 1;
	side->since = 0;
}

/* A block that holds the tone, `blocks` after the last one that did. */
static void go_on(struct lc_answer_tone_side *side, const float value[2], int blocks)
{
	float turn[2], expected[2] = {side->turn[0], side->turn[1]}, cosine;

	unit_product(value, side->last, -1, turn);
	if (side->steady == 1) {
		if (blocks > 1 || turn[0] < off_most_cosine) {
			begin(side, value);
			return;
		}
		memcpy(side->turn, turn, sizeof(turn));
	} else {
		for (int i = 1; i < blocks; i++)
			unit_product(expected, side->turn, 1, expected);
		cosine = turn[0] * expected[0] + turn[1] * expected[1];
		if (cosine < reversed_most_cosine) {
			reversed(side);
		} else if (cosine < same_least_cosine) {
			begin(side, value);
			return;
		} else if (blocks == 1) {
			for (int i = 0; i < 2; i++)
				turn[i] = side->turn[i] + turn_share * (turn[i] - side->turn[i]);
			unit_product(turn, (const float[2]){1, 0}, 1, side->turn);
		}
	}
	side->steady++;
	side->missed = 0;
	memcpy(side->last, value, sizeof(side->last));
}

/* Ends a block. True: the signal is complete. */
static bool end_block(struct lc_answer_tone_side *side)
{
	const float value[2] = {side->sum[0] * 2 / BLOCK, side->sum[1] * 2 / BLOCK};
	float own = (value[0] * value[0] + value[1] * value[1]) / 2, all = side->power / BLOCK;

	side->sum[0] = side->sum[1] = side->power = 0;
	side->since++;
	if (own < least_power || own < purity_least * all) {
		if (++side->missed > MISSED_MOST)
			side->steady = 0;
		return false;
	}
	if (side->steady == 0)
		begin(side, value);
	else
		go_on(side, value, side->missed + 1);
	if (side->reversals < WANTED)
		return false;
	memset(side, 0, sizeof(*side));
	return true;
}

static void take(struct lc_answer_tone_side *side, const float wave[][2], const int16_t *samples, int n)
{
	float re = 0, im = 0, power = 0;

	for (int i = 0; i < n; i++) {
		float x = samples[i];

		re += x * wave[i][0];
		im -= x * wave[i][1];
		power += x * x;
	}
	side->sum[0] += re;
	side->sum[1] += im;
	side->power += power;
}

bool lc_answer_tone_process(struct lc_answer_tone *rx, const int16_t *received, const int16_t *sent, int n)
{
	bool found = false;

	while (n > 0) {
		int part = BLOCK - rx->fill < n ? BLOCK - rx->fill : n;

		take(&rx->side[0], rx->wave + rx->fill, received, part);
		take(&rx->side[1], rx->wave + rx->fill, sent, part);
		rx->fill += part;
		received += part;
		sent += part;
		n -= part;
		if (rx->fill == BLOCK) {
			rx->fill = 0;
			for (int i = 0; i < 2; i++)
				found |= end_block(&rx->side[i]);
		}
	}
	return found;
}
