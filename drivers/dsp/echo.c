#include "dsp/echo.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/echo_kernel.h"
#include "dsp/oscillator.h"

enum {
	BLOCK = LC_ECHO_BLOCK,
	ORDER = LC_ECHO_ORDER,
	PAST = LC_ECHO_DELAY + LC_ECHO_TAPS + ORDER, /* of the reference, before the block */
	RENEW = 80,                                  /* samples between new whitenings */
	WINDOW = 160,                                /* samples of the reference they are made from */
};

/* The unknown path's taps: an ERL of 3 dB spread evenly. */
#ifndef T_VAR0
#define T_VAR0 0.5f
#endif
#ifndef T_Q
#define T_Q 1e-11f
#endif
#ifndef T_SMOOTH
#define T_SMOOTH (1.0f / 32)
#endif
#ifndef T_MEFF
#define T_MEFF 8.0f
#endif
#ifndef T_KAPPA
#define T_KAPPA 3.0f
#endif
#ifndef T_KDROP
#define T_KDROP 3.0f
#endif
#ifndef T_BETA
#define T_BETA 1.0f
#endif
#ifndef T_FORGET
#define T_FORGET 0.995f
#endif
#ifndef T_QUANT
#define T_QUANT 1e-4f
#endif
static const float variance_start = T_VAR0 / LC_ECHO_TAPS;
static const float variance_least = 1e-10f;
static const float drift = T_Q; /* growth of the variance per sample: the path may change */
static const float smoothing = T_SMOOTH;
static const float narrow_ratio = 2.5e-3f; /* -26 dB left by prediction */
static const float regular = 1.0003f;      /* noise 35 dB below the reference, so that tones can be predicted by finite numbers */
static const float quantising = T_QUANT;   /* power of G.711's error, below the signal's: 40 dB */
static const float margin_copy = T_KAPPA, margin_drop = T_KDROP;
static const float dependence = T_MEFF;     /* samples of speech in a row that are one independent sample */
static const float forget = T_FORGET;       /* of the duel per block of 5 ms */
static const float quiet = 100.0f * 100.0f; /* mean square of the reference below which it teaches nothing: -47 dBm0 */

int lc_echo_init(struct lc_echo *echo, int tail_ms, int delay_ms)
{
	if (tail_ms < 1 || tail_ms > LC_ECHO_TAIL_MS_MAX || delay_ms < 0 || delay_ms > LC_ECHO_DELAY_MS_MAX)
		return -EINVAL;
	memset(echo, 0, sizeof(*echo));
	echo->taps = tail_ms * 8;
	echo->delay = delay_ms * 8;
	echo->enabled = true;
	lc_echo_reset(echo);
	return 0;
}

void lc_echo_reset(struct lc_echo *echo)
{
	memset(echo->foreground, 0, sizeof(echo->foreground));
	memset(echo->background, 0, sizeof(echo->background));
	echo->variance = echo->variance_foreground = variance_start;
	echo->error_power = 0;
	memset(&echo->duel, 0, sizeof(echo->duel));
}

void lc_echo_enable(struct lc_echo *echo, bool enabled)
{
	echo->enabled = enabled;
}

void lc_echo_freeze(struct lc_echo *echo, bool frozen)
{
	echo->frozen = frozen;
}

/* Levinson and Durbin: predictor from autocorrelation. Returns the power left, or 0 if there is none. */
static float predict(const float *r, float *a)
{
	float left = r[0];

	memset(a, 0, ORDER * sizeof(*a));
	for (int i = 0; i < ORDER && left > 0; i++) {
		float before[ORDER], k = r[i + 1];

		for (int j = 0; j < i; j++)
			k -= a[j] * r[i - j];
		k /= left;
		memcpy(before, a, sizeof(before));
		for (int j = 0; j < i; j++)
			a[j] -= k * before[i - 1 - j];
		a[i] = k;
		left *= 1 - k * k;
	}
	return left;
}

static void whiten(const float *a, const float *x, float *out, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = x[i];
	for (int k = 0; k < ORDER; k++)
		for (int i = 0; i < n; i++)
			out[i] -= a[k] * x[i - 1 - k];
}

/* New whitening from the last 20 ms of reference, and the whole past seen through it, so that white reference and
 * white received signal agree in every sample. `x`: the first sample of the block. */
static void renew(struct lc_echo *echo, const float *x, int n)
{
	float shaped[WINDOW], r[ORDER + 1], left;
	const float *from = x + n - WINDOW;

	for (int i = 0; i < WINDOW; i++) {
		float t = (2 * i + 1 - WINDOW) * (1.0f / WINDOW), bell = 1 - t * t; /* Welch */

		shaped[i] = bell * from[i];
	}
	for (int k = 0; k <= ORDER; k++) {
		float sum = 0;

		for (int i = k; i < WINDOW; i++)
			sum += shaped[i] * shaped[i - k];
		r[k] = sum;
	}
	r[0] = r[0] * regular + 1;
	left = predict(r, echo->predictor);
	echo->narrow = left < narrow_ratio * r[0];
	echo->noise_gain = 1;
	for (int k = 0; k < ORDER; k++)
		echo->noise_gain += echo->predictor[k] * echo->predictor[k];
	whiten(echo->predictor, x - echo->taps, echo->white + LC_ECHO_TAPS - echo->taps, echo->taps);
}

static float energy(const float *x, int n)
{
	return lc_dot(x, x, n);
}

/* Lets the background learn from one block; its errors go to `error`, the sums of reference to the return value. */
static float adapt(struct lc_echo *echo, const float *received, float floor, float *error, int n)
{
	const int taps = echo->taps;
	const float *x = echo->white + LC_ECHO_TAPS - taps + 1;
	float power = energy(x - 1, taps), y = lc_dot(echo->background, x, taps);
	float p = echo->variance, s = echo->error_power, whole = 0;

	for (int i = 0; i < n; i++, x++) {
		float e = received[i] - y, explained, noise, k;

		power = fmaxf(power + x[taps - 1] * x[taps - 1] - x[-1] * x[-1], 0);
		s += smoothing * (e * e - s);
		explained = p * power;
		noise = fmaxf(fmaxf(s, e * e) - explained, floor);
		k = p / (explained + noise + 1e-3f);
		y = lc_adapt_dot(echo->background, x, k * e, taps);
		p = fmaxf(p - p * k * power * (1.0f / LC_ECHO_TAPS), variance_least) + drift;
		whole += power;
		error[i] = e;
	}
	echo->variance = p;
	echo->error_power = s;
	return whole;
}

enum verdict { OPEN, COPY, DROP };

/* One more block of errors: is the background proven better or worse? */
static enum verdict judge(struct lc_echo_duel *duel, const float *foreground, const float *background, float power, int n)
{
	float better, stray;

	duel->samples = duel->samples * forget + (float)n;
	duel->error *= forget;
	duel->difference *= forget;
	duel->product *= forget;
	duel->power = duel->power * forget + power;
	for (int i = 0; i < n; i++) {
		float u = foreground[i] - background[i];

		duel->error += foreground[i] * foreground[i];
		duel->difference += u * u;
		duel->product += foreground[i] * u;
	}
	better = 2 * duel->product - duel->difference;
	stray = 2 * sqrtf(duel->error * duel->difference * dependence / duel->samples);
	if (better > margin_copy * stray)
		return COPY;
	return better < -margin_drop * stray ? DROP : OPEN;
}

/* The background as it would have sounded in this block: forward it goes only if it is no louder there. */
static bool forward(struct lc_echo *echo, const float *x, const float *received, float *error, int n)
{
	float replica[BLOCK], trial[BLOCK], now = 0, then = 0;

	lc_convolve(echo->background, x, echo->taps, replica, (n + 3) & ~3);
	for (int i = 0; i < n; i++) {
		trial[i] = received[i] - replica[i];
		now += error[i] * error[i];
		then += trial[i] * trial[i];
	}
	if (then > now)
		return false;
	for (int i = 0; i < n; i++)
		error[i] += (trial[i] - error[i]) * (float)(i + 1) / (float)n; /* faded over, no click */
	return true;
}

static void learn(struct lc_echo *echo, const float *x, float *error, int n)
{
	float received[BLOCK], before[BLOCK], after[BLOCK], power, floor;
	const float *tail = x - echo->delay - echo->taps + 1;

	whiten(echo->predictor, echo->received + ORDER, received, n);
	whiten(echo->predictor, error, before, n);
	floor = quantising * echo->noise_gain * (energy(echo->received + ORDER, BLOCK) / BLOCK);
	power = adapt(echo, received, floor, after, n);
	switch (judge(&echo->duel, before, after, power, n)) {
	case COPY:
		if (!forward(echo, tail, echo->received + ORDER, error, n))
			return;
		memcpy(echo->foreground, echo->background, sizeof(echo->foreground));
		echo->variance = fmaxf(echo->variance, T_BETA * echo->duel.difference / echo->duel.power);
		echo->variance_foreground = echo->variance;
		echo->copied++;
		break;
	case DROP:
		memcpy(echo->background, echo->foreground, sizeof(echo->background));
		echo->variance = echo->variance_foreground;
		echo->dropped++;
		break;
	case OPEN:
		return;
	}
	memset(&echo->duel, 0, sizeof(echo->duel));
}

static void process_block(struct lc_echo *echo, const int16_t *tx, int16_t *rx, int n)
{
	float *x = echo->reference + PAST, *error = echo->error + ORDER, replica[BLOCK];
	const float *now = x - echo->delay;

	for (int i = 0; i < n; i++) {
		x[i] = tx[i];
		echo->received[ORDER + i] = rx[i];
	}
	lc_convolve(echo->foreground, now - echo->taps + 1, echo->taps, replica, (n + 3) & ~3);
	for (int i = 0; i < n; i++)
		error[i] = rx[i] - replica[i];
	echo->phase += n;
	if (echo->phase >= RENEW) {
		echo->phase = 0;
		renew(echo, now, n);
	}
	whiten(echo->predictor, now, echo->white + LC_ECHO_TAPS, n);
	if (echo->enabled && !echo->frozen && !echo->narrow && energy(now + n - WINDOW, WINDOW) > quiet * WINDOW)
		learn(echo, now, error, n);
	if (echo->enabled)
		for (int i = 0; i < n; i++)
			rx[i] = lc_to_sample(error[i]);
	memmove(echo->reference, echo->reference + n, PAST * sizeof(float));
	memmove(echo->white, echo->white + n, LC_ECHO_TAPS * sizeof(float));
	memmove(echo->received, echo->received + n, ORDER * sizeof(float));
	memmove(echo->error, echo->error + n, ORDER * sizeof(float));
}

void lc_echo_process(struct lc_echo *echo, const int16_t *tx, int16_t *rx, int n)
{
	for (int done = 0; done < n; done += BLOCK)
		process_block(echo, tx + done, rx + done, n - done < BLOCK ? n - done : BLOCK);
}
