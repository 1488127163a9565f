/* Tones made: level, frequency, cadence, no clicks, the end. Measured by the test's own sums. */
#include "dsp/tone.h"

#include "dsp/progress.h"
#include "signals.h"

static int16_t out[8000 * 20];

static int make(const struct lc_tone *tone, uint32_t ms, int block)
{
	struct lc_tone_tx tx;
	int n = 0, more;

	CHECK(lc_tone_tx_init(&tx, tone, ms) == 0, "%s", tone->name);
	while (n + block <= (int)(sizeof(out) / sizeof(out[0])) && (more = lc_tone_tx_read(&tx, out + n, block)) > 0)
		n += more;
	return n;
}

static double level_of(const int16_t *x, int n, double hz)
{
	double re = 0, im = 0;

	for (int i = 0; i < n; i++) {
		re += x[i] * cos(2 * TEST_PI * hz * i / LC_RATE);
		im += x[i] * sin(2 * TEST_PI * hz * i / LC_RATE);
	}
	return 20 * log10(2 * hypot(re, im) / n / 22826 + 1e-9);
}

/* The largest change of slope: a click is one, a sine of peak p has at most p * (2 pi f / rate)^2. */
static int roughest(const int16_t *x, int n)
{
	int worst = 0;

	for (int i = 2; i < n; i++) {
		int bend = abs(x[i] - 2 * x[i - 1] + x[i - 2]);

		worst = bend > worst ? bend : worst;
	}
	return worst;
}

static void test_busy(void)
{
	static const struct lc_tone busy = {
		.name = "busy", .level_dbm0 = -10, .steps = 2, .step = {{{450, 0}, 350}, {{0, 0}, 350}}};
	int first = -1, last = -1;

	CHECK(make(&busy, 1400, 80) == 11200, "1400 ms");
	CHECK(fabs(level_of(out + 400, 2000, 450) + 10) < 0.1, "%.2f dBm0", level_of(out + 400, 2000, 450));
	CHECK(roughest(out, 11200) < 2000, "clicks: %d", roughest(out, 11200));
	for (int i = 0; i < 5600; i++)
		if (out[i]) {
			first = first < 0 ? i : first;
			last = i;
		}
	CHECK(first >= 0 && first < 8 && abs(last - 2800) < 20, "on from %d to %d", first, last);
	CHECK(make(&busy, 1400, 37) == 11200, "blocks of any size");
}

static void test_pair_and_ends(void)
{
	static const struct lc_tone dial = {.name = "dial", .level_dbm0 = -13, .steps = 1, .step = {{{350, 440}, 0}}};
	static const struct lc_tone sit = {.name = "sit",
	                                   .level_dbm0 = -13,
	                                   .once = 1,
	                                   .steps = 3,
	                                   .step = {{{950, 0}, 330}, {{1400, 0}, 330}, {{1800, 0}, 330}}};
	static const struct lc_tone nothing = {.name = "nothing"};
	struct lc_tone_tx tx;

	CHECK(make(&dial, 0, 80) == 160000, "for ever");
	CHECK(fabs(level_of(out + 80000, 8000, 350) + 13) < 0.1 && fabs(level_of(out + 80000, 8000, 440) + 13) < 0.1,
	      "after 10 s");
	CHECK(make(&sit, 0, 80) == 7920, "a once-tone ends");
	CHECK(fabs(level_of(out + 2800, 2000, 1400) + 13) < 0.1, "its second step");
	CHECK(make(&sit, 500, 80) == 4000, "cut short");
	CHECK(lc_tone_tx_init(&tx, &nothing, 100) < 0, "no steps");
}

static struct heard heard;

static void test_heard_again(void)
{
	static const struct lc_plan plan = {
		.tones = 1,
		.tone = {{.name = "ringback",
	                  .level_dbm0 = -13,
	                  .steps = 4,
	                  .listen_cycles = 1,
	                  .cadence_percent = 15,
	                  .step = {{{400, 450}, 400}, {{0, 0}, 200}, {{400, 450}, 400}, {{0, 0}, 2000}}}}};
	static struct lc_progress_rx rx;
	int n = make(&plan.tone[0], 9000, 80);

	lc_progress_rx_init(&rx, &plan);
	lc_progress_rx_process(&rx, out, n, hear, &heard);
	CHECK(heard.n == 1 && heard.event[0].kind == LC_EV_TONE && strcmp(heard.event[0].text, "ringback") == 0, "%d events",
	      heard.n);
}

int main(void)
{
	test_busy();
	test_pair_and_ends();
	test_heard_again();
	return failures != 0;
}
