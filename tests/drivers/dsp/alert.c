/* The alerting signal in talk: heard over level, twist, deviation, length and noise; nothing else taken for it. */
#include "dsp/alert.h"

#include "signals.h"

static struct heard heard;

static int hear_in(struct signal *s, int at_once)
{
	static struct lc_alert alert;

	quantise(s);
	memset(&heard, 0, sizeof(heard));
	lc_alert_init(&alert);
	for (int i = 0; i < s->n; i += at_once) {
		int n = s->n - i < at_once ? s->n - i : at_once;
		heard.now = i + n;
		lc_alert_process(&alert, s->pcm + i, n, hear, &heard);
	}
	return count_kind(&heard, LC_EV_ALERT);
}

/* One signal at a random place; how many were heard. */
static int trial(double low, double high, double ms, double low_dbm0, double high_dbm0, double noise)
{
	struct signal s = signal_new(4000);
	double from = 800 + 80 * random_unit();
	int found;

	add_sine(&s, low, low_dbm0, from, ms * 8);
	add_sine(&s, high, high_dbm0, from, ms * 8);
	if (noise > -90)
		add_noise(&s, noise);
	found = hear_in(&s, 40 + (int)(random_unit() * 120));
	if (found == 1) {
		double late = ((double)heard.told[0] - from - ms * 8) / 8;
		CHECK(late >= 0 && late <= 35, "told %.1f ms after its end", late);
		CHECK(heard.event[0].value >= 60 && heard.event[0].value <= 100, "said to be %d ms", heard.event[0].value);
		CHECK(llabs(heard.event[0].at - (int64_t)from) <= 160, "began %lld, not %.0f", (long long)heard.event[0].at,
		      from);
	}
	signal_free(&s);
	return found;
}

static void test_heard(void)
{
	int missed = 0, trials = 0;

	for (double dbm0 = -34; dbm0 <= -8; dbm0 += 2)
		for (double twist = -6; twist <= 6; twist += 3)
			for (double off = -0.005; off <= 0.005; off += 0.005)
				for (double ms = 75; ms <= 85; ms += 5, trials++)
					missed += trial(2130 * (1 + off), 2750 * (1 + off), ms, dbm0 - twist / 2,
					                dbm0 + twist / 2, dbm0 - 22) != 1;
	printf("alert: %d of %d missed\n", missed, trials);
	CHECK(missed == 0, "%d of %d", missed, trials);
}

static void test_not_heard(void)
{
	int taken = 0;

	for (int i = 0; i < 50; i++) {
		taken += trial(2130, 2750, 40, -15, -15, -100);
		taken += trial(2130, 2750, 160, -15, -15, -100);
		taken += trial(2130, 2750, 80, -15, -26, -100);
		taken += trial(2130, 2600, 80, -15, -15, -100);
		taken += trial(1900, 2750, 80, -15, -15, -100);
		taken += trial(941, 1633, 80, -8, -6, -100);
		taken += trial(2130, 2750, 80, -45, -45, -100);
		taken += trial(2130, 2750, 80, -20, -20, -16);
	}
	CHECK(taken == 0, "%d taken for it", taken);
}

static void test_speech(const char *path)
{
	struct signal s = signal_load(path);
	int taken;

	for (int i = 0; i < s.n; i++)
		s.x[i] = s.pcm[i];
	taken = hear_in(&s, 80);
	printf("alert: %d in %d s of speech\n", taken, s.n / LC_RATE);
	CHECK(s.n > 0 && taken == 0, "%d in speech", taken);
	signal_free(&s);
}

int main(int argc, char **argv)
{
	test_heard();
	test_not_heard();
	if (argc > 1)
		test_speech(argv[1]);
	return failures != 0;
}
