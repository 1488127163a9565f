#include "dsp/echo.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/echo_kernel.h"
#include "dsp/oscillator.h"

enum {
	BLOCK = LC_ECHO_BLOCK,
	ORDER = LC_ECHO_ORDER,
	PAST = LC_ECHO_PAST,
	RENEW = 80,   /* samples between new whitenings */
	WINDOW = 160, /* samples of the reference they are made from */
};

/* Found by measurement over G.168's hybrids with speech, CSS, noise, double talk and path changes (echo_bench.c). */
static const float variance_start = 2.0f / LC_ECHO_TAPS; /* more than any hybrid's taps: a first step of nearly 1 */
static const float variance_least = 1e-10f;
static const float doubt = 4e-4f;           /* the least variance, of the foreground's own energy: 34 dB below */
static const float boldness = 16.0f;        /* by how much more than shown to be wrong a background is taken to be */
static const float smoothing = 0.1f;        /* of the error's power, per sample */
static const float narrow_ratio = 2.5e-3f;  /* -26 dB left by prediction */
static const float regular = 1.0003f;       /* noise 35 dB below the reference: tones are predicted by finite numbers */
static const float whitening_bound = 1.06f; /* the same at 12 dB: noise of the line is not raised without end */
static const float quantising = 3e-4f;      /* power of G.711's error, below the signal's: 35 dB */
static const float dependence = 6.0f;       /* samples in a row that chance treats as one */
static const float memory_patient = 0.995f, memory_prompt = 0.95f; /* per block of 5 ms */
static const float margin_patient = 4.0f, margin_prompt = 4.0f;    /* for copying forward, in strays */
static const float margin_drop = 2.0f;
static const float margin_harm = 3.0f;
static const float quiet = 100.0f * 100.0f; /* mean square of the reference below which it teaches nothing: -47 dBm0 */

/* fmaxf() minds NaN, and is a call into libm. */
static inline float most(float a, float b)
{
	return a > b ? a : b;
}

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

enum verdict { OPEN, COPY, DROP };

static void open_duels(struct lc_echo *echo)
{
	memset(&echo->patient, 0, sizeof(echo->patient));
	memset(&echo->prompt, 0, sizeof(echo->prompt));
}

void lc_echo_reset(struct lc_echo *echo)
{
	memset(echo->foreground, 0, sizeof(echo->foreground));
	memset(echo->background, 0, sizeof(echo->background));
	echo->variance = echo->variance_foreground = variance_start;
	echo->error_power = 0;
	memset(&echo->harm, 0, sizeof(echo->harm));
	open_duels(echo);
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
	float padded[ORDER + WINDOW] = {0}, *shaped = padded + ORDER, r[ORDER + 1];
	const float *from = x + n - WINDOW;

	for (int i = 0; i < WINDOW; i++) {
		float t = (2 * i + 1 - WINDOW) * (1.0f / WINDOW);

		shaped[i] = (1 - t * t) * from[i]; /* Welch's window */
	}
	for (int k = 0; k <= ORDER; k++)
		r[k] = lc_dot(shaped, shaped - k, WINDOW);
	r[0] = r[0] * regular + 1;
	echo->narrow = predict(r, echo->predictor) < narrow_ratio * r[0];
	r[0] *= whitening_bound;
	predict(r, echo->predictor);
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
LC_WIDE static float adapt(struct lc_echo *echo, const float *received, float floor, float *error, int n)
{
	const int taps = echo->taps;
	const float *x = echo->white + LC_ECHO_TAPS - taps + 1;
	float power = energy(x - 1, taps), y = lc_dot(echo->background, x, taps);
	float p = echo->variance, s = echo->error_power, whole = 0, per_tap = 1.0f / (float)taps;
	float least = most(variance_least, doubt * energy(echo->foreground, taps) / (float)taps);

	for (int i = 0; i < n; i++, x++) {
		float e = received[i] - y, explained, noise, k;

		power = most(power + x[taps - 1] * x[taps - 1] - x[-1] * x[-1], 0);
		s += smoothing * (e * e - s);
		explained = p * power;
		noise = most(most(s, e * e) - explained, floor);
		k = p / (explained + noise + 1e-3f);
		y = lc_adapt_dot(echo->background, x, k * e, taps);
		p = most(p - p * k * power * per_tap, least);
		whole += power;
		error[i] = e;
	}
	echo->variance = p;
	echo->error_power = s;
	return whole;
}

/* What one block adds: `one` and `other` are the errors left by the two replicas. */
static struct lc_echo_duel compare(const float *one, const float *other, int n, float *error)
{
	struct lc_echo_duel block = {0};

	*error = 0;
	for (int i = 0; i < n; i++) {
		float u = one[i] - other[i];

		*error += one[i] * one[i];
		block.difference += u * u;
		block.product += one[i] * u;
	}
	block.stray = *error * block.difference / (float)n;
	return block;
}

/* One more block of evidence, weighed: is the other replica proven better (COPY) or worse (DROP)? */
static enum verdict judge(struct lc_echo_duel *duel, const struct lc_echo_duel *block, float weight, float memory, float margin,
                          float margin_drop)
{
	float better, stray;

	duel->difference = duel->difference * memory + weight * block->difference;
	duel->product = duel->product * memory + weight * block->product;
	duel->stray = duel->stray * memory + weight * weight * block->stray;
	duel->power = duel->power * memory + weight * block->power;
	better = 2 * duel->product - duel->difference;
	stray = 2 * sqrtf(duel->stray * dependence);
	if (better > margin * stray)
		return COPY;
	return better < -margin_drop * stray ? DROP : OPEN;
}

/* The way from foreground to background, made longer until the error is least, leads to what the background has
 * still to learn: its square per tap. */
static float remaining(const struct lc_echo_duel *duel)
{
	float further = duel->product / duel->difference - 1;

	return boldness * further * further * duel->difference / duel->power;
}

/* The background as it would have sounded in this block: forward it goes only if it is no louder there. */
LC_WIDE static bool forward(struct lc_echo *echo, const float *x, const float *received, float *error, int n)
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

/* Has the path changed so much that the foreground adds echo? Then all is forgotten: learning anew is quicker. */
static bool harmful(struct lc_echo *echo, const float *received, const float *error, int n)
{
	float power;
	struct lc_echo_duel block = compare(received, error, n, &power);

	return judge(&echo->harm, &block, 1, memory_prompt, FLT_MAX, margin_harm) == DROP;
}

static void copy_forward(struct lc_echo *echo, const struct lc_echo_duel *duel)
{
	memcpy(echo->foreground, echo->background, sizeof(echo->foreground));
	echo->variance = most(echo->variance, remaining(duel));
	if (echo->variance > variance_start)
		echo->variance = variance_start;
	echo->variance_foreground = echo->variance;
	echo->copied++;
	open_duels(echo);
}

static void drop(struct lc_echo *echo)
{
	memcpy(echo->background, echo->foreground, sizeof(echo->background));
	echo->variance_foreground *= 0.5f; /* it was too bold */
	echo->variance = echo->variance_foreground;
	echo->dropped++;
	open_duels(echo);
}

/* `x`: the reference's first sample of the block, delayed. */
static void learn(struct lc_echo *echo, const float *x, int n)
{
	float received[BLOCK], before[BLOCK], after[BLOCK], error, floor, power;
	float *heard = echo->error + ORDER;
	struct lc_echo_duel block, *decided = &echo->patient;
	enum verdict patient, prompt;

	whiten(echo->predictor, echo->received + ORDER, received, n);
	whiten(echo->predictor, heard, before, n);
	if (harmful(echo, received, before, n)) {
		lc_echo_reset(echo);
		echo->forgotten++;
		return;
	}
	floor = quantising * echo->noise_gain * energy(echo->received + ORDER, BLOCK) / BLOCK;
	power = adapt(echo, received, floor, after, n);
	block = compare(before, after, n, &error);
	block.power = power;
	patient = judge(&echo->patient, &block, (float)n / (error + (float)n * (floor + 20 * echo->noise_gain)), memory_patient,
	                margin_patient, margin_drop);
	prompt = judge(&echo->prompt, &block, 1, memory_prompt, margin_prompt, margin_drop);
	if (patient == OPEN) {
		decided = &echo->prompt;
		patient = prompt;
	}
	if (patient == DROP)
		drop(echo);
	else if (patient == COPY && forward(echo, x - echo->taps + 1, echo->received + ORDER, heard, n))
		copy_forward(echo, decided);
}

LC_WIDE static void cancel(struct lc_echo *echo, const float *x, int16_t *rx, int n)
{
	float *error = echo->error + ORDER, replica[BLOCK];

	lc_convolve(echo->foreground, x - echo->taps + 1, echo->taps, replica, (n + 3) & ~3);
	for (int i = 0; i < n; i++)
		error[i] = rx[i] - replica[i];
	if (echo->frozen) {
		echo->phase = RENEW; /* the whitened past is not kept */
	} else {
		echo->phase += n;
		if (echo->phase >= RENEW) {
			echo->phase = 0;
			renew(echo, x, n);
		}
		whiten(echo->predictor, x, echo->white + LC_ECHO_TAPS, n);
		if (!echo->narrow && energy(x + n - WINDOW, WINDOW) > quiet * WINDOW)
			learn(echo, x, n);
	}
	for (int i = 0; i < n; i++)
		rx[i] = lc_to_sample(error[i]);
}

static void process_block(struct lc_echo *echo, const int16_t *tx, int16_t *rx, int n)
{
	float *reference = echo->reference + PAST, *received = echo->received + ORDER;

	for (int i = 0; i < n; i++) {
		reference[i] = tx[i];
		received[i] = echo->error[ORDER + i] = rx[i];
	}
	if (echo->enabled)
		cancel(echo, reference - echo->delay, rx, n);
	else
		echo->phase = RENEW;
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
