#include "dsp/dtmf_groups.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "dsp/low_pass.h"
#include "dsp/oscillator.h"

const float lc_dtmf_centre_hz[2] = {819, 1421};

void lc_dtmf_groups_init(struct lc_dtmf_groups *groups)
{
	/* Half of each group's width, ±1.5 %, and half the way to the other group's nearest tone. */
	static const double cutoff_hz[2] = {252, 351};
	float low[LC_DTMF_TAPS], high[LC_DTMF_TAPS];

	memset(groups, 0, sizeof(*groups));
	lc_low_pass(low, LC_DTMF_TAPS, cutoff_hz[LC_DTMF_LOW]);
	lc_low_pass(high, LC_DTMF_TAPS, cutoff_hz[LC_DTMF_HIGH]);
	for (int i = 0; i < LC_DTMF_TAPS / 2; i++) {
		const double t = -LC_TWO_PI / LC_RATE * (i - (LC_DTMF_TAPS - 1) / 2.0);
		lc_dtmf_vector *four = groups->taps[i / 4];

		/* twice: the vector's length shall be the tone's peak */
		four[0][i % 4] = 2 * low[i] * (float)cos(t * lc_dtmf_centre_hz[LC_DTMF_LOW]);
		four[1][i % 4] = 2 * low[i] * (float)sin(t * lc_dtmf_centre_hz[LC_DTMF_LOW]);
		four[2][i % 4] = 2 * high[i] * (float)cos(t * lc_dtmf_centre_hz[LC_DTMF_HIGH]);
		four[3][i % 4] = 2 * high[i] * (float)sin(t * lc_dtmf_centre_hz[LC_DTMF_HIGH]);
	}
	lc_dtmf_groups_skip_to(groups, 0);
}

void lc_dtmf_groups_forget(struct lc_dtmf_groups *groups)
{
	memset(groups->value, 0, sizeof(groups->value));
	memset(groups->power, 0, sizeof(groups->power));
	memset(groups->input, 0, sizeof(groups->input));
}

void lc_dtmf_groups_skip_to(struct lc_dtmf_groups *groups, int64_t taken)
{
	groups->used = 0;
	groups->fill = LC_DTMF_OVERLAP + (int)(taken % LC_DTMF_HOP);
}

void lc_dtmf_groups_take(struct lc_dtmf_groups *groups, const int16_t *samples, int n)
{
	groups->fill -= groups->used;
	memmove(groups->input, groups->input + groups->used, (size_t)groups->fill * sizeof(groups->input[0]));
	groups->used = 0;
	for (int i = 0; i < n; i++)
		groups->input[groups->fill + i] = samples[i];
	groups->fill += n;
}

static lc_dtmf_vector load(const float *x)
{
	lc_dtmf_vector four;

	memcpy(&four, x, sizeof(four));
	return four;
}

/* The sums of four vectors' parts. */
static lc_dtmf_vector sums(lc_dtmf_vector a, lc_dtmf_vector b, lc_dtmf_vector c, lc_dtmf_vector d)
{
	const lc_dtmf_vector ab = __builtin_shufflevector(a, b, 0, 4, 1, 5) + __builtin_shufflevector(a, b, 2, 6, 3, 7);
	const lc_dtmf_vector cd = __builtin_shufflevector(c, d, 0, 4, 1, 5) + __builtin_shufflevector(c, d, 2, 6, 3, 7);

	return __builtin_shufflevector(ab, cd, 0, 1, 4, 5) + __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

static lc_dtmf_vector backwards(lc_dtmf_vector a)
{
	return __builtin_shufflevector(a, a, 3, 2, 1, 0);
}

/* Counted from the middle, a tap's real part is the same on both sides and its imaginary part the opposite. */
static void filter(struct lc_dtmf_groups *groups, int64_t hop, const float *x)
{
	const float *middle = x + LC_DTMF_TAPS / 2 - LC_DTMF_HOP / 2;
	const lc_dtmf_vector left = load(middle), right = load(middle + 4);
	lc_dtmf_vector a = {0}, b = {0}, c = {0}, d = {0}, z;

	_Static_assert(LC_DTMF_HOP == 8 && LC_DTMF_TAPS % 8 == 0, "the loops take four at a time");
	for (int i = 0; i < LC_DTMF_TAPS / 8; i++) {
		const lc_dtmf_vector *taps = groups->taps[i], first = load(x + (ptrdiff_t)4 * i);
		const lc_dtmf_vector last = backwards(load(x + LC_DTMF_TAPS - 4 - (ptrdiff_t)4 * i));
		const lc_dtmf_vector sum = first + last, difference = first - last;

		a += taps[0] * sum;
		b += taps[1] * difference;
		c += taps[2] * sum;
		d += taps[3] * difference;
	}
	z = sums(a, b, c, d);
	groups->value[hop & (LC_DTMF_HISTORY - 1)] = z;
	z *= z;
	a = left * left + right * right;
	groups->power[hop & (LC_DTMF_HISTORY - 1)] =
		(lc_dtmf_vector){z[0] + z[1], z[2] + z[3], ((a[0] + a[1]) + (a[2] + a[3])) / LC_DTMF_HOP};
}

bool lc_dtmf_groups_next(struct lc_dtmf_groups *groups, int64_t hop)
{
	if (groups->fill - groups->used < LC_DTMF_TAPS)
		return false;
	filter(groups, hop, groups->input + groups->used);
	groups->used += LC_DTMF_HOP;
	return true;
}

struct lc_dtmf_turn lc_dtmf_groups_turn(const struct lc_dtmf_groups *groups, int group, int64_t last, int ms, int lag)
{
	struct lc_dtmf_turn sum = {0, 0, 0};

	for (int64_t hop = last - ms + 1 + lag; hop <= last; hop++) {
		const lc_dtmf_vector *now = &groups->value[hop & (LC_DTMF_HISTORY - 1)],
				     *then = &groups->value[(hop - lag) & (LC_DTMF_HISTORY - 1)];
		float a = (*now)[2 * group], b = (*now)[2 * group + 1];
		float c = (*then)[2 * group], d = (*then)[2 * group + 1];

		sum.re += a * c + b * d;
		sum.im += b * c - a * d;
		sum.whole += 0.5f * (a * a + b * b + c * c + d * d);
	}
	return sum;
}

float lc_dtmf_deviation_hz(struct lc_dtmf_turn turn, float nominal, int lag)
{
	float cycles = atan2f(turn.im, turn.re) / (float)LC_TWO_PI - nominal * (float)lag / 1000.0f;

	return (cycles - rintf(cycles)) * 1000.0f / (float)lag;
}
