/* Every progress tone of four countries, made here and recognised as itself and as nothing else. */
#include "dsp/progress.h"

#include "signals.h"

#define TONE(name_, cycles_, ...)                                                                                    \
	{                                                                                                            \
		.name = name_, .level_dbm0 = -13, .listen_cycles = cycles_, .cadence_percent = 15, .listen_ms = 600, \
		.steps = sizeof((struct lc_tone_step[]){__VA_ARGS__}) / sizeof(struct lc_tone_step), .step = {       \
			__VA_ARGS__                                                                                  \
		}                                                                                                    \
	}
#define SWUNG(name_, am_, cycles_, ...)                                                                                          \
	{                                                                                                                        \
		.name = name_, .level_dbm0 = -13, .am_hz = am_, .listen_cycles = cycles_, .cadence_percent = 15,                 \
		.listen_ms = 600, .steps = sizeof((struct lc_tone_step[]){__VA_ARGS__}) / sizeof(struct lc_tone_step), .step = { \
			__VA_ARGS__                                                                                              \
		}                                                                                                                \
	}
#define OFF(ms_)            \
	{                   \
		{0, 0}, ms_ \
	}
#define ON(hz_, ms_)          \
	{                     \
		{hz_, 0}, ms_ \
	}
#define PAIR(a_, b_, ms_)     \
	{                     \
		{a_, b_}, ms_ \
	}

static const struct lc_plan plans[] = {
	{.country = "cn", .tones = 8, .tone = {
		TONE("dial", 1, ON(450, 0)),
		TONE("ringback", 1, ON(450, 1000), OFF(4000)),
		TONE("busy", 3, ON(450, 350), OFF(350)),
		TONE("congestion", 3, ON(450, 700), OFF(700)),
		TONE("vacant", 1, ON(450, 100), OFF(100), ON(450, 100), OFF(100), ON(450, 100), OFF(100), ON(450, 400), OFF(400)),
		TONE("call_waiting", 1, ON(450, 400), OFF(4000)),
		TONE("special_dial", 3, ON(450, 400), OFF(40)),
		TONE("howler", 1, ON(950, 0)),
	}},
	{.country = "us", .tones = 6, .tone = {
		TONE("dial", 1, PAIR(350, 440, 0)),
		TONE("ringback", 1, PAIR(440, 480, 2000), OFF(4000)),
		TONE("busy", 3, PAIR(480, 620, 500), OFF(500)),
		TONE("congestion", 3, PAIR(480, 620, 250), OFF(250)),
		{.name = "sit", .level_dbm0 = -13, .listen_cycles = 1, .cadence_percent = 20, .once = 1, .steps = 3,
		 .step = {ON(914, 330), ON(1371, 330), ON(1777, 330)}},
		TONE("call_waiting", 2, ON(440, 300), OFF(9700)),
	}},
	{.country = "gb", .tones = 6, .tone = {
		TONE("dial", 1, PAIR(350, 440, 0)),
		TONE("ringback", 1, PAIR(400, 450, 400), OFF(200), PAIR(400, 450, 400), OFF(2000)),
		TONE("busy", 3, ON(400, 375), OFF(375)),
		TONE("congestion", 2, ON(400, 400), OFF(350), ON(400, 225), OFF(525)),
		{.name = "unobtainable", .level_dbm0 = -13, .listen_cycles = 1, .cadence_percent = 15, .listen_ms = 1500, .steps = 1,
		 .step = {ON(400, 0)}},
		{.name = "sit", .level_dbm0 = -13, .listen_cycles = 1, .cadence_percent = 15, .once = 1, .steps = 4,
		 .step = {ON(950, 330), ON(1400, 330), ON(1800, 330), OFF(1000)}},
	}},
	{.country = "de", .tones = 5, .tone = {
		TONE("dial", 1, ON(425, 0)),
		TONE("ringback", 1, ON(425, 1000), OFF(4000)),
		TONE("busy", 3, ON(425, 480), OFF(480)),
		TONE("congestion", 3, ON(425, 240), OFF(240)),
		{.name = "sit", .level_dbm0 = -13, .listen_cycles = 1, .cadence_percent = 15, .once = 1, .steps = 4,
		 .step = {ON(950, 330), ON(1400, 330), ON(1800, 330), OFF(1000)}},
	}},
	{.country = "in", .tones = 4, .tone = {
		SWUNG("dial", 25, 1, ON(400, 0)),
		SWUNG("ringback", 25, 1, ON(400, 400), OFF(200), ON(400, 400), OFF(2000)),
		TONE("busy", 3, ON(400, 750), OFF(750)),
		TONE("congestion", 3, ON(400, 250), OFF(250)),
	}},
	{.country = "jp", .tones = 3, .tone = {
		{.name = "dial", .level_dbm0 = -13, .listen_cycles = 1, .cadence_percent = 15, .listen_ms = 1000, .steps = 1,
		 .step = {ON(400, 0)}},
		SWUNG("ringback", 16, 1, ON(400, 1000), OFF(2000)),
		TONE("busy", 3, ON(400, 500), OFF(500)),
	}},
	{.country = "sg", .tones = 5, .tone = {
		TONE("dial", 1, ON(425, 0)),
		SWUNG("ringback", 24, 1, ON(425, 400), OFF(200), ON(425, 400), OFF(2000)),
		TONE("busy", 3, ON(425, 750), OFF(750)),
		TONE("congestion", 3, ON(425, 250), OFF(250)),
		TONE("vacant", 2, ON(425, 2500), OFF(500)),
	}},
	{.country = "br", .tones = 4, .tone = {
		TONE("dial", 1, ON(425, 0)),
		TONE("ringback", 1, ON(425, 1000), OFF(4000)),
		TONE("busy", 3, ON(425, 250), OFF(250)),
		TONE("congestion", 2, ON(425, 250), OFF(250), ON(425, 750), OFF(250)),
	}},
	{.country = "au", .tones = 4, .tone = {
		SWUNG("dial", 25, 1, ON(425, 0)),
		TONE("ringback", 1, PAIR(400, 450, 400), OFF(200), PAIR(400, 450, 400), OFF(2000)),
		TONE("busy", 3, ON(425, 375), OFF(375)),
		TONE("vacant", 2, ON(425, 2500), OFF(500)),
	}},
};

static struct heard heard;
static struct lc_progress_rx rx;

static void listen(const struct lc_plan *plan, const struct signal *s, int tick)
{
	lc_progress_rx_init(&rx, plan);
	heard.n = 0;
	for (int i = 0; i + tick <= s->n; i += tick) {
		heard.now = i + tick;
		lc_progress_rx_process(&rx, s->pcm + i, tick, hear, &heard);
	}
}

struct sent {
	double dbm0, offset_hz, stretch, noise_dbm0, from, until; /* ms */
};

static const struct sent standard = {-13, 0, 1, -70, 500, 16500};

/* Amplitude modulation at full depth, from a random phase. */
static void swing(struct signal *s, double hz, double from, double length)
{
	double phase = 2 * TEST_PI * random_unit();

	for (int i = (int)ceil(from); hz > 0 && i < from + length && i < s->n; i++)
		s->x[i] *= 0.5 + 0.5 * cos(2 * TEST_PI * hz * i / 8000 + phase);
}

/* One phase per frequency through the whole tone, as exchanges do. */
static struct signal make_tone(const struct lc_tone *tone, struct sent sent)
{
	struct signal s = signal_new(30 * 8000);
	double at = sent.from + 10 * random_unit();

	for (int i = 0; at < sent.until && i < 1000; i++) {
		const struct lc_tone_step *step = &tone->step[i % tone->steps];
		double ms = step->ms ? step->ms * sent.stretch : 1e9;

		if (tone->once && i == tone->steps)
			break;
		ms = fmin(ms, sent.until - at);
		for (int k = 0; k < 2; k++)
			if (step->hz[k])
				add_sine(&s, step->hz[k] + sent.offset_hz, sent.dbm0, at * 8, ms * 8);
		swing(&s, tone->am_hz, at * 8, ms * 8);
		at += ms;
	}
	add_noise(&s, sent.noise_dbm0);
	quantise(&s);
	return s;
}

static void print_heard(const char *what)
{
	printf("progress %s:", what);
	for (int i = 0; i < heard.n; i++)
		printf(" %s%s@%.2f-%.2f(%d,%d)", heard.event[i].kind == LC_EV_TONE ? "" : "/", heard.event[i].text,
		       (double)heard.event[i].at / 8000, (double)heard.told[i] / 8000, heard.event[i].value,
		       heard.event[i].extra);
	printf("\n");
}

static bool heard_only(const char *name)
{
	for (int i = 0; i < heard.n; i++)
		if (strcmp(heard.event[i].text, name) != 0)
			return false;
	return count_kind(&heard, LC_EV_TONE) == 1 && count_kind(&heard, LC_EV_TONE_END) == 1 &&
	       heard.event[0].kind == LC_EV_TONE;
}

static void expect_alone(const struct lc_plan *plan, const struct lc_tone *tone, struct sent sent, int tick, const char *how)
{
	struct signal s = make_tone(tone, sent);
	char what[96];

	listen(plan, &s, tick);
	snprintf(what, sizeof(what), "%.3s %.15s %s", plan->country, tone->name, how);
	CHECK(heard_only(tone->name), "%s", what);
	if (!heard_only(tone->name))
		print_heard(what);
	signal_free(&s);
}

static bool is_pair(const struct lc_tone *tone)
{
	return tone->step[0].hz[1] != 0;
}

static void test_each_tone(void)
{
	static const struct {
		const char *how;
		double dbm0, hz, stretch, noise;
		int tick;
	} ways[] = {
		{"as it should be", -13, 0, 1, -70, 80},
		{"loud", 0, 0, 1, -70, 160},
		{"weak", -33, 0, 1, -70, 40},
		{"7 % slow", -13, 3, 1.07, -70, 80},
		{"7 % fast", -13, -3, 0.93, -70, 80},
		{"in noise, S/N 15 dB", -13, 0, 1, -28, 80},
		{"20 Hz high", -13, 20, 1, -70, 80},
		{"20 Hz low", -13, -20, 1, -70, 80},
	};

	for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++)
		for (int t = 0; t < plans[p].tones; t++)
			for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
				struct sent sent = standard;

				if (fabs(ways[w].hz) > 10 && is_pair(&plans[p].tone[t]))
					continue;
				sent.dbm0 = ways[w].dbm0;
				sent.offset_hz = ways[w].hz;
				sent.stretch = ways[w].stretch;
				sent.noise_dbm0 = ways[w].noise;
				if (plans[p].tone[t].am_hz && sent.dbm0 < 0)
					sent.dbm0 += 4.3; /* of the crest: its power is 4.3 dB less */
				expect_alone(&plans[p], &plans[p].tone[t], sent, ways[w].tick, ways[w].how);
			}
}

static void test_when_reported(void)
{
	static const struct {
		int plan;
		const char *name;
		double after_ms;
	} when[] = {
		{0, "dial", 1250}, {0, "busy", 1750}, {0, "congestion", 3500}, {0, "ringback", 1000},
		{1, "dial", 600},  {1, "busy", 2500}, {1, "ringback", 2000},   {1, "sit", 990},
	};

	for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		const struct lc_plan *plan = &plans[when[i].plan];

		for (int t = 0; t < plan->tones; t++) {
			struct signal s;
			double late;

			if (strcmp(plan->tone[t].name, when[i].name) != 0)
				continue;
			s = make_tone(&plan->tone[t], standard);
			listen(plan, &s, 80);
			late = heard.n ? (double)heard.told[0] / 8 - 505 - when[i].after_ms : 1e9;
			printf("progress %s %s reported %.0f ms after it could be known; measured %d Hz, begin %.0f ms off\n",
			       plan->country, when[i].name, late, heard.event[0].value, (double)heard.event[0].at / 8 - 505);
			/* known by one sound: its pause is waited for */
			CHECK(late > -20 && late < (strcmp(when[i].name, "ringback") == 0 ? 220 : 60), "%s: %.0f ms late",
			      when[i].name, late);
			CHECK(abs(heard.event[0].value - plan->tone[t].step[0].hz[0]) <= 2, "%d Hz", heard.event[0].value);
			CHECK(fabs((double)heard.event[0].at / 8 - 505) < 15, "begin");
			signal_free(&s);
		}
	}
}

/* Two sines 9 dB below each of the tone's, for 100 ms of every 370: a voice's syllables, at times at its own frequency. */
static void test_under_a_voice(void)
{
	int tones = 0, told = 0;

	for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++)
		for (int t = 0; t < plans[p].tones; t++) {
			const struct lc_tone *tone = &plans[p].tone[t];
			struct signal s = make_tone(tone, standard);

			for (int at = 1000; at < s.n - 800; at += 2960) {
				double hz = 300 + 500 * random_unit();

				add_sine(&s, hz, standard.dbm0 - 9, at, 800);
				add_sine(&s, 2.3 * hz, standard.dbm0 - 14, at, 800);
			}
			quantise(&s);
			listen(&plans[p], &s, 80);
			told += heard.n > 0 && strcmp(heard.event[0].text, tone->name) == 0;
			tones++;
			if (heard.n == 0 || strcmp(heard.event[0].text, tone->name) != 0)
				print_heard(tone->name);
			signal_free(&s);
		}
	printf("progress %d of %d tones told under a voice\n", told, tones);
	CHECK(told >= tones - 1, "%d of %d tones told under a voice", told, tones);
}

/* A tone that never was: single, too far off, wrong cadence, with a voice over it. */
static void test_what_is_none(void)
{
	static const struct lc_tone none[] = {
		TONE("500 Hz on", 1, ON(500, 0)),
		TONE("with octave", 1, PAIR(450, 900, 350), OFF(350)),
		TONE("two in turn", 1, ON(450, 350), ON(600, 350)),
	};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct signal s = make_tone(&none[i], standard);

		listen(&plans[0], &s, 80);
		CHECK(heard.n == 0, "%s", none[i].name);
		if (heard.n)
			print_heard(none[i].name);
		signal_free(&s);
	}
}

/* Tones that are not the plan's: told once, with frequency and times as measured. */
static void test_unknown_cadences_are_learned(void)
{
	static const struct {
		struct lc_tone tone;
		int plan, pieces, ms[4];
	} unknown[] = {
		{TONE("440 500/500", 1, ON(440, 500), OFF(500)), 0, 2, {500, 500}}, /* within 450 +-25 */
		{TONE("450 520/520", 1, ON(450, 520), OFF(520)), 0, 2, {520, 520}},
		{TONE("450 200/300", 1, ON(450, 200), OFF(300)), 0, 2, {200, 300}},
		{TONE("620 250/250", 1, ON(620, 250), OFF(250)), 0, 2, {250, 250}},
		{TONE("350 1000/1000", 1, ON(350, 1000), OFF(1000)), 0, 2, {1000, 1000}},
		{TONE("400 375/375", 1, ON(400, 375), OFF(375)), 0, 2, {375, 375}},
		{TONE("880 100/150", 1, ON(880, 100), OFF(150)), 1, 2, {100, 150}},
		{TONE("425 480/480", 1, ON(425, 480), OFF(480)), 1, 2, {480, 480}},
		{TONE("425 700/700", 1, ON(425, 700), OFF(700)), 3, 2, {700, 700}},
		{TONE("480+620 700/300", 1, PAIR(480, 620, 700), OFF(300)), 1, 2, {700, 300}},
		{TONE("500 twice", 1, ON(500, 200), OFF(200), ON(500, 200), OFF(600)), 0, 4, {200, 200, 200, 600}},
		{TONE("500 long short", 1, ON(500, 300), OFF(100), ON(500, 100), OFF(900)), 2, 4, {300, 100, 100, 900}},
		{TONE("330 2000/4000", 1, ON(330, 2000), OFF(4000)), 0, 2, {2000, 4000}},
	};
	double worst_hz = 0, worst_ms = 0;

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		for (int way = 0; way < 6; way++) {
			struct sent sent = standard;
			struct signal s;
			double hz = unknown[i].tone.step[0].hz[0] + (way % 3 - 1) * 2.5;
			int told = 0, measured[5] = {0};

			sent.offset_hz = (way % 3 - 1) * 2.5;
			sent.dbm0 = way < 3 ? -13 : -30;
			sent.noise_dbm0 = way < 3 ? -38 : -65;
			sent.until = 28500;
			s = make_tone(&unknown[i].tone, sent);
			listen(&plans[unknown[i].plan], &s, 80);
			for (int k = 0; k < heard.n; k++)
				if (heard.event[k].kind == LC_EV_CADENCE) {
					told++;
					CHECK(heard.event[k].extra == 3, "%d cycles", heard.event[k].extra);
					CHECK(abs(heard.event[k].value - (int)hz) <= 2, "%s: %d Hz", unknown[i].tone.name,
					      heard.event[k].value);
					worst_hz = fmax(worst_hz, fabs(heard.event[k].value - hz));
					CHECK(sscanf(heard.event[k].text, "%d,%d,%d,%d,%d", measured, measured + 1, measured + 2,
					             measured + 3, measured + 4) == 1 + unknown[i].pieces,
					      "text %s", heard.event[k].text);
					for (int m = 0; m < unknown[i].pieces; m++) {
						int off = abs(measured[m + 1] - unknown[i].ms[m]);

						CHECK(off <= 15, "%s told as %s", unknown[i].tone.name, heard.event[k].text);
						worst_ms = fmax(worst_ms, off);
					}
				}
			CHECK(told >= 1 && told <= 2 && count_kind(&heard, LC_EV_TONE) == 0, "%s way %d: %d candidates, %d tones",
			      unknown[i].tone.name, way, told, count_kind(&heard, LC_EV_TONE));
			if (told < 1 || told > 2)
				print_heard(unknown[i].tone.name);
			signal_free(&s);
		}
	printf("progress cadences learned: frequency within %.1f Hz, times within %.0f ms\n", worst_hz, worst_ms);
}

static void test_broken_tone_goes_on(void)
{
	for (int t = 0; t < 20; t++) {
		struct signal s = make_tone(&plans[0].tone[0], standard);
		int from = 60000 + 7 * t;

		for (int i = from; i < from + 80; i++)
			s.pcm[i] = 0;
		listen(&plans[0], &s, 80);
		CHECK(heard_only("dial"), "a break of 10 ms in dial tone at sample %d", from);
		if (!heard_only("dial"))
			print_heard("broken dial");
		signal_free(&s);
	}
}

static void test_speech(const char *path)
{
	struct signal voice = signal_load(path);
	int n = 0;

	for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++) {
		listen(&plans[p], &voice, 80);
		n += heard.n;
		if (heard.n)
			print_heard(plans[p].country);
	}
	printf("progress tones in %d s of speech by all plans: %d\n", voice.n / 8000, n);
	CHECK(n == 0, "%d tones in speech", n);
	signal_free(&voice);
}

/* Held notes of a flute or an organ, near the plan's frequencies: with vibrato, overtones, no regular cadence. */
static void test_music(void)
{
	static const double notes[] = {329.6, 349.2, 392.0, 415.3, 440.0, 466.2, 493.9, 523.3, 587.3, 659.3};
	struct signal s = signal_new(8000 * 300);
	int n = 0;

	for (int i = 0; i < s.n;) {
		double hz = notes[random_bits() % 10], vibrato = 0.004 + 0.008 * random_unit(),
		       overtone = 0.1 + 0.5 * random_unit();
		int length = (int)(8000 * (0.15 + 1.0 * random_unit()));
		double phase = 0;

		for (int k = 0; k < length && i + k < s.n; k++) {
			double rise = fmin(1, k / 400.0) * fmin(1, (length - k) / 400.0);

			phase += 2 * TEST_PI * hz * (1 + vibrato * sin(2 * TEST_PI * 5.5 * k / 8000)) / 8000;
			s.x[i + k] = 4000 * rise * (sin(phase) + overtone * sin(2 * phase) + 0.3 * overtone * sin(3 * phase));
		}
		i += length + (random_bits() % 4 == 0 ? (int)(4000 * random_unit()) : 0);
	}
	quantise(&s);
	for (size_t p = 0; p < sizeof(plans) / sizeof(plans[0]); p++) {
		listen(&plans[p], &s, 80);
		n += heard.n;
		if (heard.n)
			print_heard(plans[p].country);
	}
	printf("progress tones in 300 s of made music by all plans: %d\n", n);
	CHECK(n == 0, "%d tones in music", n);
	signal_free(&s);
}

int main(int argc, char **argv)
{
	test_each_tone();
	test_when_reported();
	test_under_a_voice();
	test_what_is_none();
	test_unknown_cadences_are_learned();
	test_broken_tone_goes_on();
	test_music();
	if (argc > 1)
		test_speech(argv[1]);
	return failures != 0;
}
