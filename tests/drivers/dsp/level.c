/* Levels and voice, and the ears as a whole: the gate loses nothing, masks hold, ticks of every size agree. */
#include "dsp/level.h"

#include "dsp/dbm0.h"
#include "dsp/ears.h"
#include "signals.h"

static struct heard heard;
static struct lc_ears ears;
static const struct lc_plan plan = {.dtmf_twist_db = 6,
                                    .dtmf_reverse_twist_db = 6,
                                    .tones = 1,
                                    .tone = {{.name = "ringback",
                                              .listen_cycles = 1,
                                              .cadence_percent = 15,
                                              .steps = 2,
                                              .step = {{{450, 0}, 1000}, {{0, 0}, 4000}}}}};

static void test_level(void)
{
	struct lc_level level;
	float measured;

	for (int dbm0 = -50; dbm0 <= 0; dbm0 += 10) {
		struct signal s = signal_new(8000);

		add_sine(&s, 1020, dbm0, 0, 8000);
		quantise(&s);
		lc_level_init(&level);
		for (int i = 0; i < 8000; i += 80)
			lc_level_process(&level, s.pcm + i, 80, false, hear, &heard);
		measured = lc_dbm0_from_power(level.power);
		CHECK(fabsf(measured - (float)dbm0) < (dbm0 < -40 ? 1.0F : 0.3F), "%d dBm0 measured as %.2f", dbm0, measured);
		signal_free(&s);
	}
	lc_level_init(&level);
	CHECK(lc_dbm0_from_power(level.power) <= -99, "silence");
}

static void test_voice(void)
{
	struct signal s = signal_new(8000 * 10);

	for (int i = 0; i < 20; i++) /* a sentence: syllables from 3 to 5 s */
		add_sine(&s, 300 + 40 * i, -20, 24000 + i * 800, 560);
	add_noise(&s, -55);
	quantise(&s);
	lc_ears_init(&ears, &plan);
	lc_ears_listen(&ears, LC_EAR_VOICE);
	heard.n = 0;
	for (int i = 0; i < s.n; i += 80)
		lc_ears_process(&ears, s.pcm + i, 80, hear, &heard);
	CHECK(heard.n == 2 && heard.event[0].value == 1 && heard.event[1].value == 0, "%d events", heard.n);
	CHECK(llabs(heard.event[0].at - 24000) <= 160, "begins at %lld", (long long)heard.event[0].at);
	CHECK(llabs(heard.event[1].at - (24000 + 19 * 800 + 560)) <= 160, "ends at %lld", (long long)heard.event[1].at);
	signal_free(&s);
}

/* Silence that closes the gate, then ringback, 4 s of silence within it, then a digit: all must be found, at their time. */
static void test_gate(int tick)
{
	struct signal s = signal_new(8000 * 20);

	add_sine(&s, 450, -20, 16003, 8000);
	add_sine(&s, 450, -20, 56003, 8000);
	add_sine(&s, 770, -26, 120005, 400);
	add_sine(&s, 1336, -26, 120005, 400);
	add_noise(&s, -70);
	quantise(&s);
	lc_ears_init(&ears, &plan);
	lc_ears_listen(&ears, LC_EAR_DTMF | LC_EAR_TONE);
	heard.n = 0;
	for (int i = 0; i < s.n; i += tick)
		lc_ears_process(&ears, s.pcm + i, tick, hear, &heard);
	CHECK(heard.n == 4, "tick %d: %d events", tick, heard.n);
	CHECK(heard.event[0].kind == LC_EV_TONE && llabs(heard.event[0].at - 16003) < 80, "tone at %lld",
	      (long long)heard.event[0].at);
	CHECK(heard.event[1].kind == LC_EV_TONE_END && abs(heard.event[1].value - 6000) < 20, "ended after %d",
	      heard.event[1].value);
	CHECK(heard.event[2].kind == LC_EV_DIGIT && heard.event[2].text[0] == '5' && llabs(heard.event[2].at - 120005) < 24,
	      "digit at %lld", (long long)heard.event[2].at);
	CHECK(heard.event[3].kind == LC_EV_DIGIT_END && abs(heard.event[3].value - 50) <= 2, "lasted %d", heard.event[3].value);
	signal_free(&s);
}

/* An ear opened late counts from the same first sample; one that was shut starts anew; a deaf port says nothing. */
static void test_masks(void)
{
	struct signal s = signal_new(8000 * 4);

	for (int i = 0; i < 3; i++) {
		add_sine(&s, 852, -10, 4000 + i * 8000, 800);
		add_sine(&s, 1477, -10, 4000 + i * 8000, 800);
	}
	quantise(&s);
	lc_ears_init(&ears, &plan);
	heard.n = 0;
	for (int i = 0; i < s.n; i += 80) {
		if (i == 8000)
			lc_ears_listen(&ears, LC_EAR_DTMF);
		if (i == 16000)
			lc_ears_listen(&ears, LC_EAR_CALLERID);
		lc_ears_process(&ears, s.pcm + i, 80, hear, &heard);
	}
	CHECK(heard.n == 2 && heard.event[0].text[0] == '9' && llabs(heard.event[0].at - 12000) < 24, "%d events", heard.n);
	signal_free(&s);
}

int main(void)
{
	test_level();
	test_voice();
	test_gate(40);
	test_gate(80);
	test_gate(160);
	test_masks();
	return failures != 0;
}
