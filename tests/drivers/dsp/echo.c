/* The canceller's manners: bounds of its arguments, samples untouched where there is nothing to cancel, calls of any
 * length, off and frozen, signals no telephone makes. What it is worth as a canceller: echo_g168.c. */
#include <errno.h>

#include "echo_scene.h"

enum { SECONDS = 4 };

static struct scene *talk(double near_dbm0)
{
	struct scene *s = scene_new(SECONDS);
	struct signal other = css(s->n, true, -10), own = css(s->n, false, -10);

	mix(s->sent.x, &own, 0, 0, SECONDS, -10);
	scene_echo(s, 0, SECONDS, 1, 6, 0);
	if (near_dbm0 > -90)
		mix(s->near, &other, 0, 0, SECONDS, near_dbm0);
	signal_free(&other);
	signal_free(&own);
	return s;
}

static void test_bounds(void)
{
	struct lc_echo echo;

	CHECK(lc_echo_init(&echo, 0, 0) == -EINVAL, "no tail");
	CHECK(lc_echo_init(&echo, 17, 0) == -EINVAL, "tail beyond 16 ms");
	CHECK(lc_echo_init(&echo, 16, 41) == -EINVAL, "delay beyond 40 ms");
	CHECK(lc_echo_init(&echo, 16, -1) == -EINVAL, "negative delay");
	for (int tail = 1; tail <= 16; tail++)
		CHECK(lc_echo_init(&echo, tail, 40) == 0 && echo.taps == tail * 8, "tail of %d ms", tail);
}

/* How samples are cut into calls must not be heard. */
static void test_cuts(void)
{
	static const int cuts[] = {40, 80, 160};
	struct scene *s = talk(-20);
	int16_t *first = calloc((size_t)s->n, sizeof(int16_t));

	scene_run(s, 0, SECONDS);
	memcpy(first, s->out, (size_t)s->n * sizeof(int16_t));
	for (int c = 0; c < 3; c++) {
		struct lc_echo echo;

		lc_echo_init(&echo, 16, 0);
		memcpy(s->out, s->line, (size_t)s->n * sizeof(int16_t));
		for (int i = 0; i < s->n; i += cuts[c])
			lc_echo_process(&echo, s->sent.pcm + i, s->out + i, cuts[c]);
		CHECK(!memcmp(first, s->out, (size_t)s->n * sizeof(int16_t)), "calls of %d samples", cuts[c]);
	}
	free(first);
	scene_free(s);
}

/* Odd lengths are worse only in speed. */
static void test_odd_lengths(void)
{
	struct scene *s = talk(-100);
	struct lc_echo echo;
	int n;

	scene_run(s, 0, SECONDS);
	for (int delay = 0; delay <= 40; delay += 40) {
		lc_echo_init(&echo, 16, delay);
		memcpy(s->out, s->line, (size_t)s->n * sizeof(int16_t));
		for (int i = 0; i < s->n; i += n) {
			n = 1 + (int)(random_unit() * 100);
			n = n < s->n - i ? n : s->n - i;
			lc_echo_process(&echo, s->sent.pcm + i, s->out + i, n);
		}
		if (!delay)
			CHECK(erle(s, 3, 4) > 30, "ERLE %.1f dB", erle(s, 3, 4));
	}
	scene_free(s);
}

/* Where nothing was sent, and where it is off, what is received passes bit by bit. */
static void test_transparent(void)
{
	struct scene *s = talk(-15), *silent = scene_new(SECONDS);
	struct signal other = css(s->n, true, -10);

	lc_echo_enable(&s->canceller, false);
	scene_run(s, 0, 2);
	CHECK(!memcmp(s->line, s->out, 16000 * sizeof(int16_t)), "off");
	lc_echo_enable(&s->canceller, true);
	scene_run(s, 2, 4);
	CHECK(erle(s, 3.5, 4) > 20, "on again: ERLE %.1f dB", erle(s, 3.5, 4));
	mix(silent->near, &other, 0, 0, SECONDS, -3);
	scene_run(silent, 0, SECONDS);
	CHECK(!memcmp(silent->line, silent->out, (size_t)silent->n * sizeof(int16_t)), "nothing sent");
	CHECK(silent->canceller.copied == 0, "nothing to learn");
	signal_free(&other);
	scene_free(s);
	scene_free(silent);
}

static void test_freeze_and_reset(void)
{
	struct scene *s = talk(-100);
	float before[LC_ECHO_TAPS];

	lc_echo_freeze(&s->canceller, true);
	scene_run(s, 0, 1);
	CHECK(!memcmp(s->line, s->out, 8000 * sizeof(int16_t)), "frozen with nothing learnt");
	lc_echo_freeze(&s->canceller, false);
	scene_run(s, 1, 2);
	CHECK(erle(s, 1.7, 2) > 25, "learning: ERLE %.1f dB", erle(s, 1.7, 2));
	lc_echo_freeze(&s->canceller, true);
	memcpy(before, s->canceller.foreground, sizeof(before));
	scene_run(s, 2, 3);
	CHECK(!memcmp(before, s->canceller.foreground, sizeof(before)), "frozen");
	CHECK(erle(s, 2, 3) > 25, "frozen, still cancelling: ERLE %.1f dB", erle(s, 2, 3));
	lc_echo_reset(&s->canceller);
	scene_run(s, 3, 4);
	CHECK(s->canceller.frozen && !memcmp(s->line + 24000, s->out + 24000, 8000 * sizeof(int16_t)), "forgotten");
	scene_free(s);
}

static void extreme(int kind, int k, int16_t *tx, int16_t *rx)
{
	int16_t noise = (int16_t)(random_bits() >> 16), square = k / 8 % 2 ? 32767 : -32768;

	*tx = kind == 1 ? square : kind == 2 ? 32767 : kind == 3 ? 0 : noise;
	*rx = kind == 1 ? (int16_t)(-square - 1) : kind == 2 ? -32768 : kind == 4 ? (noise & 1 ? 32767 : -32768) : *tx;
}

/* Full-scale noise, square waves, clipped echo, constant levels: it stays finite and learns again afterwards. */
static void test_extremes(void)
{
	static struct lc_echo echo;
	struct scene *s = talk(-100);

	lc_echo_init(&echo, 16, 0);
	for (int i = 0; i < 3000; i++) {
		int16_t tx[80], rx[80];

		for (int k = 0; k < 80; k++)
			extreme(i / 500, k, &tx[k], &rx[k]);
		lc_echo_process(&echo, tx, rx, 80);
	}
	for (int i = 0; i < LC_ECHO_TAPS; i++)
		CHECK(isfinite(echo.foreground[i]) && isfinite(echo.background[i]) && fabsf(echo.foreground[i]) < 4,
		      "tap %d: %g %g", i, (double)echo.foreground[i], (double)echo.background[i]);
	s->canceller = echo;
	scene_run(s, 0, SECONDS);
	CHECK(erle(s, 3, 4) > 30, "afterwards: ERLE %.1f dB", erle(s, 3, 4));
	scene_free(s);
}

int main(void)
{
	test_bounds();
	test_cuts();
	test_odd_lengths();
	test_transparent();
	test_freeze_and_reset();
	test_extremes();
	if (!failures)
		printf("echo: all well\n");
	return failures ? 1 : 0;
}
