/* The answer tone with phase reversals: heard within 1 s over all it may be off, in either direction; and nothing else. */
#include "dsp/answer_tone.h"

#include "signals.h"

static struct lc_answer_tone rx;

struct sent {
	double hz, dbm0, reversal_ms, turn, am, noise_dbm0;
};

/* 4 s from 300 ms on. */
static struct signal make(struct sent sent)
{
	struct signal s = signal_new(8000 * 5);
	double phase = 2 * TEST_PI * random_unit(), from = 2400 + 80 * random_unit(), peak = peak_of(sent.dbm0);

	for (int i = (int)ceil(from); i < s.n - 5600; i++) {
		int reversals = sent.reversal_ms > 0 ? (int)((i - from) / 8 / sent.reversal_ms) : 0;

		s.x[i] += peak * (1 + sent.am * sin(2 * TEST_PI * 15 * i / 8000)) *
		          sin(2 * TEST_PI * sent.hz * i / 8000 + phase + reversals * sent.turn);
	}
	add_noise(&s, sent.noise_dbm0);
	quantise(&s);
	return s;
}

/* ms from the tone's begin until it was told, -1: not at all. */
static double heard_after(const struct signal *s, int tick, bool received)
{
	static const int16_t silence[LC_TICK_SAMPLES_MAX];

	lc_answer_tone_reset(&rx);
	for (int i = 0; i + tick <= s->n; i += tick) {
		const int16_t *x = s->pcm + i;

		if (lc_answer_tone_process(&rx, received ? x : silence, received ? silence : x, tick))
			return (i + tick) / 8.0 - 300;
	}
	return -1;
}

static void test_heard(void)
{
	static const double hz[] = {2079, 2100, 2121}, dbm0[] = {-4, -12, -31}, reversal_ms[] = {425, 450, 475};
	int trials = 0, told = 0;
	double worst = 0;

	for (int i = 0; i < 27 * 12; i++) {
		struct sent sent = {hz[i % 3],
		                    dbm0[i / 3 % 3],
		                    reversal_ms[i / 9 % 3],
		                    TEST_PI * (1 + (random_unit() - 0.5) / 9),
		                    i & 1 ? 0.2 : 0,
		                    0};
		struct signal s;
		double after;

		sent.noise_dbm0 = fmax(sent.dbm0 - 25, -60);
		s = make(sent);
		after = heard_after(&s, i % 2 ? 80 : i % 4 ? 40 : 160, i % 3 != 0);
		trials++;
		told += after >= 0;
		worst = fmax(worst, after);
		signal_free(&s);
	}
	printf("answer tone: %d of %d told, within %.0f ms\n", told, trials, worst);
	CHECK(told == trials, "%d of %d told", told, trials);
	CHECK(worst <= 1010, "told %.0f ms after its begin", worst);
}

static void test_not_heard(void)
{
	static const struct {
		const char *what;
		struct sent sent;
	} none[] = {
		{"no reversals", {2100, -12, 0, 0, 0, -60}},
		{"no reversals, swinging", {2100, -12, 0, 0, 0.2, -60}},
		{"reversals too often", {2100, -12, 225, TEST_PI, 0, -60}},
		{"reversals too seldom", {2100, -12, 600, TEST_PI, 0, -60}},
		{"turned by 90 degrees", {2100, -12, 450, TEST_PI / 2, 0, -60}},
		{"another frequency", {2000, -12, 450, TEST_PI, 0, -60}},
		{"too weak", {2100, -40, 450, TEST_PI, 0, -60}},
		{"under noise", {2100, -20, 450, TEST_PI, 0, -17}},
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		for (int k = 0; k < 10; k++) {
			struct signal s = make(none[i].sent);

			CHECK(heard_after(&s, 80, true) < 0, "%s", none[i].what);
			signal_free(&s);
		}
}

static void test_speech(const char *path)
{
	struct signal voice = signal_load(path);

	CHECK(heard_after(&voice, 80, true) < 0, "heard in speech");
	printf("answer tone: not heard in %d s of speech\n", voice.n / 8000);
	signal_free(&voice);
}

int main(int argc, char **argv)
{
	lc_answer_tone_init(&rx);
	test_heard();
	test_not_heard();
	if (argc > 1)
		test_speech(argv[1]);
	return failures != 0;
}
