/* Digits: what Q.24 and the national figures ask of a receiver, and the sender's own digits heard again. */
#include "dsp/dtmf.h"
#include "dsp/dtmf_tx.h"

#include "signals.h"

static const double rows[4] = {697, 770, 852, 941}, columns[4] = {1209, 1336, 1477, 1633};
static const char keypad[4][5] = {"123A", "456B", "789C", "*0#D"};
static const struct lc_plan plan = {.dtmf_low_dbm0 = -9,
                                    .dtmf_high_dbm0 = -7,
                                    .dtmf_on_ms = 70,
                                    .dtmf_off_ms = 70,
                                    .dtmf_twist_db = 6,
                                    .dtmf_reverse_twist_db = 6};
static struct heard heard;
static struct lc_dtmf_rx rx;

static void listen(const struct signal *s, int tick)
{
	lc_dtmf_rx_init(&rx, &plan);
	heard.n = 0;
	for (int i = 0; i + tick <= s->n; i += tick) {
		heard.now = i + tick;
		lc_dtmf_rx_process(&rx, s->pcm + i, tick, hear, &heard);
	}
}

struct press {
	double low_db, high_db;   /* dBm0 */
	double low_off, high_off; /* relative deviation */
	double ms, noise_dbm0;
	double dial_hz[2], dial_dbm0;
	double break_at, break_ms;
};

static const struct press standard = {.low_db = -12, .high_db = -12, .ms = 50, .noise_dbm0 = -100, .dial_dbm0 = -100};
static double onset;

/* One press of a key after 100 ms or so; random phase and place against the blocks. */
static void press_key(int row, int column, struct press p, int tick)
{
	struct signal s = signal_new(8000 * 3 / 10 / 160 * 160 + (int)(p.ms * 8) / 160 * 160);
	double parts[2][2] = {{0, p.ms}, {0, 0}};

	onset = 800 + 160 * random_unit();
	if (p.break_ms > 0) {
		parts[0][1] = p.break_at;
		parts[1][0] = p.break_at + p.break_ms;
		parts[1][1] = p.ms - parts[1][0];
	}
	for (int i = 0; i < 2; i++) {
		uint32_t same = random_state;

		random_state = same;
		add_sine(&s, rows[row] * (1 + p.low_off), p.low_db, onset + parts[i][0] * 8, parts[i][1] * 8);
		add_sine(&s, columns[column] * (1 + p.high_off), p.high_db, onset + parts[i][0] * 8, parts[i][1] * 8);
	}
	for (int i = 0; i < 2; i++)
		if (p.dial_hz[i] > 0)
			add_sine(&s, p.dial_hz[i], p.dial_dbm0, 0, s.n);
	if (p.noise_dbm0 > -99)
		add_noise(&s, p.noise_dbm0);
	quantise(&s);
	listen(&s, tick);
	signal_free(&s);
}

static bool heard_once(char key)
{
	return heard.n == 2 && heard.event[0].kind == LC_EV_DIGIT && heard.event[0].text[0] == key &&
	       heard.event[1].kind == LC_EV_DIGIT_END && heard.event[1].text[0] == key;
}

/* Share of presses, over all keys, heard exactly once and as what they are. */
static double accepted(struct press p, int times, int tick)
{
	int good = 0;

	for (int t = 0; t < times; t++)
		for (int key = 0; key < 16; key++) {
			press_key(key / 4, key % 4, p, tick);
			good += heard_once(keypad[key / 4][key % 4]);
		}
	return good / (16.0 * times);
}

static double any_heard(struct press p, int times)
{
	int bad = 0;

	for (int t = 0; t < times; t++)
		for (int key = 0; key < 16; key++) {
			press_key(key / 4, key % 4, p, 80);
			bad += heard.n > 0;
		}
	return bad / (16.0 * times);
}

#define EXPECT(share, op, limit, what)                               \
	do {                                                         \
		double share_ = (share);                             \
		printf("dtmf %-44s %6.2f %%\n", what, 100 * share_); \
		CHECK(share_ op(limit), "%s: %.4f", what, share_);   \
	} while (0)

static void test_levels_and_twist(void)
{
	char what[64];

	for (int db = -26; db <= 0; db += 13) {
		struct press p = standard;

		p.low_db = p.high_db = db;
		snprintf(what, sizeof(what), "%d dBm0 per tone, 40 ms", db);
		p.ms = 40;
		EXPECT(accepted(p, 8, 80), >=, 1.0, what);
	}
	for (int twist = -6; twist <= 6; twist += 3) {
		struct press p = standard;

		p.ms = 40;
		p.low_db = -12 - (twist > 0 ? twist : 0);
		p.high_db = -12 + (twist < 0 ? twist : 0);
		snprintf(what, sizeof(what), "twist %d dB, 40 ms", twist);
		EXPECT(accepted(p, 8, 80), >=, 1.0, what);
	}
	for (int sign = -1; sign <= 1; sign += 2) {
		struct press p = standard;

		p.low_db = sign < 0 ? -4 : -14;
		p.high_db = sign < 0 ? -14 : -4;
		snprintf(what, sizeof(what), "twist %d dB is too much", 10 * sign);
		EXPECT(any_heard(p, 8), <=, 0.0, what);
	}
	{
		struct press p = standard;

		p.low_db = p.high_db = -45;
		EXPECT(any_heard(p, 4), <=, 0.0, "-45 dBm0 is too little");
	}
}

static void test_frequencies(void)
{
	char what[64];

	for (int low = -1; low <= 1; low++)
		for (int high = -1; high <= 1; high++) {
			struct press p = standard;

			p.ms = 40;
			p.low_off = 0.015 * low;
			p.high_off = 0.015 * high;
			snprintf(what, sizeof(what), "deviation %+.1f %% %+.1f %%, 40 ms", 1.5 * low, 1.5 * high);
			EXPECT(accepted(p, 8, 80), >=, 1.0, what);
		}
	for (int which = 0; which < 4; which++) {
		struct press p = standard;

		p.ms = 40;
		p.low_off = which & 1 ? 0.018 : -0.018;
		p.high_off = which & 2 ? 0.018 : -0.018;
		snprintf(what, sizeof(what), "deviation %+.1f %% %+.1f %%, 40 ms", 100 * p.low_off, 100 * p.high_off);
		EXPECT(accepted(p, 8, 80), >=, 1.0, what);
		p = standard;
		p.ms = 100;
		*(which & 1 ? &p.low_off : &p.high_off) = which & 2 ? 0.025 : -0.025;
		snprintf(what, sizeof(what), "%s tone alone %+.1f %% is refused", which & 1 ? "low" : "high",
		         which & 2 ? 2.5 : -2.5);
		EXPECT(any_heard(p, 8), <=, 0.0, what);
	}
	for (int which = 0; which < 4; which++) {
		struct press p = standard;

		*(which & 1 ? &p.low_off : &p.high_off) = which & 2 ? 0.035 : -0.035;
		snprintf(what, sizeof(what), "%s tone alone %+.1f %% is refused", which & 1 ? "low" : "high",
		         which & 2 ? 3.5 : -3.5);
		EXPECT(any_heard(p, 8), <=, 0.0, what);
	}
}

static void test_durations(void)
{
	static const int ticks[3] = {40, 80, 160};
	struct press p = standard;
	char what[64];

	for (int i = 0; i < 3; i++) {
		p.ms = 40;
		snprintf(what, sizeof(what), "40 ms, tick of %d", ticks[i]);
		EXPECT(accepted(p, 12, ticks[i]), >=, 1.0, what);
	}
	p.ms = 30;
	printf("dtmf %-44s %6.2f %%\n", "(30 ms)", 100 * accepted(p, 12, 80));
	p.ms = 23;
	EXPECT(any_heard(p, 20), <=, 0.0, "23 ms is refused");
	p.ms = 23;
	p.low_db = p.high_db = -2;
	EXPECT(any_heard(p, 20), <=, 0.0, "23 ms at -2 dBm0 is refused");
	p = standard;
	p.ms = 60;
	for (int at = 10; at <= 50; at += 10) {
		p.break_at = at;
		p.break_ms = 10;
		p.ms = 100;
		snprintf(what, sizeof(what), "100 ms with a break of 10 ms at %d", at);
		EXPECT(accepted(p, 6, 80), >=, 1.0, what);
	}
}

static void test_pauses_and_times(void)
{
	struct signal s = signal_new(8000);
	double worst_begin = 0, worst_length = 0;
	int good = 0, times = 60, delays[64] = {0};

	for (int t = 0; t < times; t++) {
		double length = 40 + 60 * random_unit(), from = 800 + 800 * random_unit();
		int row = (int)(4 * random_unit()), column = (int)(4 * random_unit());

		memset(s.x, 0, (size_t)s.n * sizeof(double));
		for (int twice = 0; twice < 2; twice++) {
			double at = from + twice * (length + 30) * 8; /* the same key again after 30 ms */

			add_sine(&s, rows[row], -10, at, length * 8);
			add_sine(&s, columns[column], -8, at, length * 8);
		}
		quantise(&s);
		listen(&s, 80);
		if (heard.n != 4)
			continue;
		good++;
		delays[(int)((double)(heard.told[0] - (int64_t)from) / 8)]++;
		worst_begin = fmax(worst_begin, fabs((double)heard.event[0].at - from) / 8);
		worst_length = fmax(worst_length, fabs(heard.event[1].value - length));
	}
	EXPECT(good / (double)times, >=, 1.0, "same key again after 30 ms: two digits");
	CHECK(worst_begin <= 2, "begin off by %.1f ms", worst_begin);
	CHECK(worst_length <= 4, "length off by %.1f ms", worst_length);
	for (int ms = 0, sum = 0; ms < 64; ms++) {
		sum += delays[ms];
		if (sum * 2 >= good) {
			printf("dtmf reported %d ms after onset at the median; begin within %.1f ms, length within %.1f ms\n", ms,
			       worst_begin, worst_length);
			CHECK(ms <= 35, "reported after %d ms at the median", ms);
			break;
		}
	}
	signal_free(&s);
}

static void test_noise_and_dial_tone(void)
{
	struct press p = standard;
	char what[64];

	for (int snr = 20; snr >= 9; snr -= snr > 12 ? 5 : 3) {
		p = standard;
		p.noise_dbm0 = -12 + 3.01 - snr; /* the pair's power over the noise's, in 4 kHz */
		snprintf(what, sizeof(what), "S/N %d dB, 50 ms", snr);
		EXPECT(accepted(p, 8, 80), >=, snr >= 12 ? 0.995 : 0.8, what);
	}
	p = standard;
	p.low_db = p.high_db = -14;
	p.dial_hz[0] = 450;
	for (int level = -20; level <= -8; level += 6) {
		p.dial_dbm0 = level;
		snprintf(what, sizeof(what), "-14 dBm0 over 450 Hz at %d dBm0, 50 ms", level);
		EXPECT(accepted(p, 8, 80), >=, 0.995, what);
	}
	p.dial_hz[0] = 350;
	p.dial_hz[1] = 440;
	p.dial_dbm0 = -13;
	EXPECT(accepted(p, 8, 80), >=, 0.995, "-14 dBm0 over 350+440 Hz at -13 dBm0, 50 ms");
	p.dial_dbm0 = -8;
	p.high_db = -12;
	EXPECT(accepted(p, 20, 80), >=, 0.999, "-14/-12 dBm0 over 350+440 Hz at -8 dBm0, 50 ms");
}

/* Two notes at a key's very frequencies, each with an octave 8 dB below it: the least that organs and strings have. */
static void test_chords(void)
{
	int digits = 0;

	for (int key = 0; key < 16; key++) {
		struct signal s = signal_new(4000);

		add_sine(&s, rows[key / 4], -14, 800, 2400);
		add_sine(&s, columns[key % 4], -14, 800, 2400);
		add_sine(&s, 2 * rows[key / 4], -22, 800, 2400);
		add_sine(&s, 2 * columns[key % 4], -22, 800, 2400);
		quantise(&s);
		listen(&s, 80);
		digits += count_kind(&heard, LC_EV_DIGIT);
		signal_free(&s);
	}
	EXPECT(digits / 16.0, <=, 0.0, "chords with octaves are no keys");
}

/* What a long press in noise needs: the begin was missed, the rest is clean. */
static void test_late(void)
{
	struct signal s = signal_new(4800);
	int good = 0;

	for (int key = 0; key < 16; key++) {
		memset(s.x, 0, (size_t)s.n * sizeof(double));
		add_sine(&s, rows[key / 4], -12, 800, 2400);
		add_sine(&s, columns[key % 4], -12, 800, 2400);
		for (int i = 400; i < 1600; i++)
			s.x[i] += peak_of(-3) * random_normal();
		quantise(&s);
		listen(&s, 80);
		good += heard_once(keypad[key / 4][key % 4]);
	}
	signal_free(&s);
	EXPECT(good / 16.0, >=, 1.0, "300 ms of which 100 ms drown in noise");
}

static double rms_of(const int16_t *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += (double)x[i] * x[i];
	return sqrt(sum / n);
}

/* The far end's digits of -16/-14 dBm0 while our own prompt comes back from the hybrid. */
static double over_echo(const struct signal *voice, double echo_dbm0)
{
	struct signal s = signal_new(4000);
	double gain = peak_of(echo_dbm0) / sqrt(2) / rms_of(voice->pcm, voice->n);
	int good = 0, times = 300;

	for (int t = 0; t < times; t++) {
		int from = (int)((voice->n - s.n) * random_unit()), row = t % 4, column = t / 4 % 4;

		for (int i = 0; i < s.n; i++)
			s.x[i] = voice->pcm[from + i] * gain;
		add_sine(&s, rows[row], -16, 1500, 560);
		add_sine(&s, columns[column], -14, 1500, 560);
		quantise(&s);
		listen(&s, 80);
		good += heard_once(keypad[row][column]);
	}
	signal_free(&s);
	return good / (double)times;
}

static void test_over_echo(const char *speech)
{
	struct signal voice = signal_load(speech);

	EXPECT(over_echo(&voice, -30), >=, 0.99, "70 ms over a prompt's echo of -30 dBm0");
	EXPECT(over_echo(&voice, -24), >=, 0.95, "70 ms over a prompt's echo of -24 dBm0");
	signal_free(&voice);
}

static void test_talk_off(const char *speech)
{
	struct signal voice = signal_load(speech);
	int digits = 0;

	for (int gain = 0; gain < 3; gain++) {
		struct signal s = signal_new(voice.n);

		for (int i = 0; i < s.n; i++)
			s.x[i] = voice.pcm[i] * (gain == 0 ? 1.0 : gain == 1 ? 0.4 : 2.0);
		quantise(&s);
		listen(&s, 80);
		digits += count_kind(&heard, LC_EV_DIGIT);
		for (int i = 0; i < heard.n; i++)
			printf("dtmf talk-off at %.2f s: %c %d\n", (double)heard.event[i].at / 8000, heard.event[i].text[0],
			       heard.event[i].value);
		signal_free(&s);
	}
	printf("dtmf talk-off in 3 x %d s of speech: %d\n", voice.n / 8000, digits);
	CHECK(digits == 0, "%d digits in speech", digits);
	signal_free(&voice);
}

static void test_round_trip(void)
{
	static const char text[] = "0123456789*#ABCD,55";
	struct lc_dtmf_tx tx;
	int16_t block[80];
	char got[32] = "";
	int n, length = 0;

	lc_dtmf_tx_init(&tx, &plan);
	CHECK(lc_dtmf_tx_put(&tx, "12x") < 0, "x is no digit");
	CHECK(lc_dtmf_tx_put(&tx, text) == 0, "these are");
	lc_dtmf_rx_init(&rx, &plan);
	heard.n = 0;
	while ((n = lc_dtmf_tx_read(&tx, block, 80)) > 0) {
		lc_dtmf_rx_process(&rx, block, n, hear, &heard);
		length += n;
	}
	CHECK(length == 18 * 140 * 8 + 4000, "%d samples", length);
	for (int i = 0, k = 0; i < heard.n; i++) {
		if (heard.event[i].kind == LC_EV_DIGIT)
			got[k++] = heard.event[i].text[0];
		else
			CHECK(abs(heard.event[i].value - 70) <= 2, "digit %c lasted %d ms", heard.event[i].text[0],
			      heard.event[i].value);
	}
	CHECK(strcmp(got, "0123456789*#ABCD55") == 0, "got %s", got);
}

/* When a key pressed for so long is first suspected, ms after its onset; -1: never. *then: what became of it. */
static double suspected_after(struct press p, int *then)
{
	struct signal s = signal_new(8000 * 4 / 10);
	double after = -1;
	int tick = 8;

	onset = 800 + 160 * random_unit();
	for (int i = 0; i < 2; i++)
		add_sine(&s, i ? columns[1] * (1 + p.high_off) : rows[1] * (1 + p.low_off), i ? p.high_db : p.low_db, onset,
		         p.ms * 8);
	if (p.noise_dbm0 > -99)
		add_noise(&s, p.noise_dbm0);
	quantise(&s);
	lc_dtmf_rx_init(&rx, &plan);
	lc_dtmf_rx_early(&rx, true);
	*then = 0;
	for (int i = 0; i + tick <= s.n; i += tick) {
		heard.n = 0;
		lc_dtmf_rx_process(&rx, s.pcm + i, tick, hear, &heard);
		for (int k = 0; k < heard.n; k++) {
			const struct lc_event *event = &heard.event[k];

			if (event->kind == LC_EV_KEY_SUSPECTED && event->value == 1) {
				CHECK(after < 0, "suspected twice");
				CHECK(fabs(event->at - onset) < 40, "begin at %d, not %f", (int)event->at, onset);
				after = (i + tick - onset) / 8;
			} else if (event->kind == LC_EV_DIGIT || event->kind == LC_EV_KEY_SUSPECTED) {
				CHECK(*then == 0, "two ends");
				*then = event->kind;
				CHECK(event->kind == LC_EV_DIGIT || (event->extra >= 0 && event->extra <= 55), "%d ms",
				      event->extra);
			}
		}
	}
	signal_free(&s);
	return after;
}

static void test_suspicion(void)
{
	struct press p = standard;
	double worst = 0;
	int then;

	for (int t = 0; t < 64; t++) {
		double after;

		p.noise_dbm0 = t % 2 ? -29 : -65;
		p.low_off = t % 4 < 2 ? 0.015 : -0.015;
		p.high_db = -12 + (t % 3) * 3;
		after = suspected_after(p, &then);
		CHECK(after > 12 && after <= 20 && then == LC_EV_DIGIT, "%.1f ms, then %d", after, then);
		worst = fmax(worst, after);
	}
	printf("dtmf a key is suspected after at most %.1f ms\n", worst);
	p = standard;
	for (p.ms = 20; p.ms <= 23; p.ms++)
		CHECK(suspected_after(p, &then) > 0 && then == LC_EV_KEY_SUSPECTED, "%.0f ms of pair: then %d", p.ms, then);
	p.ms = 10;
	CHECK(suspected_after(p, &then) < 0, "10 ms of pair");
	p.ms = 50;
	p.low_off = 0.04;
	CHECK(suspected_after(p, &then) < 0, "a pair that is none");
}

int main(int argc, char **argv)
{
	test_suspicion();
	test_levels_and_twist();
	test_frequencies();
	test_durations();
	test_pauses_and_times();
	test_noise_and_dial_tone();
	test_chords();
	test_late();
	test_round_trip();
	if (argc > 1) {
		test_over_echo(argv[1]);
		test_talk_off(argv[1]);
	}
	return failures != 0;
}
