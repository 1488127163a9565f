/* Caller id received: messages as bytes, both FSK schemes over levels and noise; damage, never a wrong number. */
#include <errno.h>

#include "callerid_heard.h"

/* The test's own modulator: bits at 1,200 a second by the phase of one sine. */
struct line {
	struct signal s;
	double at, phase, mark, space, dbm0, rate, twist;
};

static void send_bit(struct line *line, int bit)
{
	double end = line->at + LC_RATE / line->rate;

	for (int i = (int)ceil(line->at); i < end && i < line->s.n; i++) {
		line->phase += 2 * TEST_PI * (bit ? line->mark : line->space) / LC_RATE;
		line->s.x[i] += peak_of(line->dbm0 + (bit ? -line->twist : line->twist) / 2) * sin(line->phase);
	}
	line->at = end;
}

/* Marks between all characters, or (`alone`) before that one only: then its start bit seems to come late. */
struct spacing {
	int marks, alone;
};

static void send_spaced(struct line *line, const uint8_t *message, int n, int seizure, int mark, struct spacing between)
{
	for (int i = 0; i < seizure; i++)
		send_bit(line, i & 1);
	for (int i = 0; i < mark; i++)
		send_bit(line, 1);
	for (int i = 0; i < n; i++) {
		for (int k = 0; i > 0 && (between.alone == 0 || between.alone == i) && k < between.marks; k++)
			send_bit(line, 1);
		send_bit(line, 0);
		for (int k = 0; k < 8; k++)
			send_bit(line, message[i] >> k & 1);
		send_bit(line, 1);
	}
	for (int i = 0; i < 5 + between.marks; i++)
		send_bit(line, 1);
}

static void send_message(struct line *line, const uint8_t *message, int n, int seizure, int mark)
{
	send_spaced(line, message, n, seizure, mark, (struct spacing){0, 0});
}

static struct line line_new(int scheme, double dbm0)
{
	struct line line = {.s = signal_new(16000), .at = 1600 + 200 * random_unit(), .dbm0 = dbm0, .rate = 1200};

	line.mark = scheme == LC_CID_V23 ? 1300 : 1200;
	line.space = scheme == LC_CID_V23 ? 2100 : 2200;
	return line;
}

static uint8_t *with_checksum(uint8_t *message, int n)
{
	uint8_t sum = 0;

	for (int i = 0; i < n - 1; i++)
		sum = (uint8_t)(sum + message[i]);
	message[n - 1] = (uint8_t)-sum;
	return message;
}

static uint8_t mdmf[] = "\x80\x1e\x01\x08"
			"11221005"
			"\x02\x0b"
			"13800138000"
			"\x07\x05"
			"Zhang"
			"?";
enum { MDMF = sizeof(mdmf) - 1 };

static void test_levels_and_noise(void)
{
	static const struct {
		double dbm0, snr, rate;
		int times;
		double least;
	} ways[] = {
		{-13.5, 60, 1200, 40, 1.0}, {-36, 60, 1200, 40, 1.0},   {-13.5, 20, 1200, 100, 1.0},
		{-36, 20, 1200, 100, 1.0},  {-13.5, 60, 1212, 20, 1.0}, {-13.5, 60, 1188, 20, 1.0},
		{-20, 14, 1200, 200, 0.9},  {-20, 12, 1200, 200, 0},    {-20, 10, 1200, 200, 0},
	};

	with_checksum(mdmf, MDMF);
	for (int scheme = LC_CID_BELL202; scheme <= LC_CID_V23; scheme++)
		for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
			int good = 0;

			for (int t = 0; t < ways[w].times; t++) {
				struct line line = line_new(scheme, ways[w].dbm0);

				line.rate = ways[w].rate;
				send_message(&line, mdmf, MDMF, 300, 180);
				add_noise(&line.s, ways[w].dbm0 - ways[w].snr);
				quantise(&line.s);
				listen(&line.s, LC_EAR_CALLERID);
				good += heard_good(scheme, "13800138000", "Zhang");
				for (int i = 0; i < heard.n; i++)
					CHECK(heard.event[i].value == 1 || heard.event[i].text[0] == 0, "a damaged number");
				signal_free(&line.s);
			}
			printf("callerid scheme %d at %.1f dBm0, S/N %.0f dB, %.0f bit/s: %d of %d\n", scheme, ways[w].dbm0,
			       ways[w].snr, ways[w].rate, good, ways[w].times);
			CHECK(good >= ways[w].least * ways[w].times, "scheme %d, way %zu: %d", scheme, w, good);
		}
}

static void test_messages(void)
{
	static const struct {
		const char *bytes;
		int n;
		const char *number, *name;
	} kinds[] = {
		{"\x04\x12"
	         "112210052125551234"
	         "?",
	         21, "2125551234", ""},
		{"\x04\x09"
	         "11221005P"
	         "?",
	         12, "P", ""},
		{"\x80\x06\x04\x01"
	         "O"
	         "\x08\x01"
	         "O"
	         "?",
	         9, "O", ""},
		{"\x80\x0d\x02\x08"
	         "(02)3456"
	         "\x07\x01"
	         "A"
	         "?",
	         16, "023456", "A"},
		{"\x80\x0d\x11\x01\x01\x02\x03"
	         "110"
	         "\x07\x03"
	         "\xe5\xbc\xa0"
	         "?",
	         16, "110", "\xe5\xbc\xa0"},
		{"\x80\x0a\x02\x01"
	         "7"
	         "\x07\x05"
	         "M\xfc\x01ll"
	         "?",
	         13, "7", "M\xc3\xbcll"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct line line = line_new(LC_CID_BELL202, -15);
		uint8_t message[64];

		memcpy(message, kinds[i].bytes, (size_t)kinds[i].n);
		send_message(&line, with_checksum(message, kinds[i].n), kinds[i].n, 300, 180);
		quantise(&line.s);
		listen(&line.s, LC_EAR_CALLERID);
		CHECK(heard_good(LC_CID_BELL202, kinds[i].number, kinds[i].name), "message %zu: %d events, value %d, %s, %s", i,
		      heard.n, heard.event[0].value, heard.event[0].text, name_of(&heard.event[0]));
		signal_free(&line.s);
	}
}

static void test_damage(void)
{
	int bad = 0, silent = 0;

	for (int t = 0; t < 120; t++) {
		struct line line = line_new(t & 1 ? LC_CID_V23 : LC_CID_BELL202, -15);
		uint8_t message[MDMF];

		memcpy(message, mdmf, MDMF);
		message[t % MDMF] ^= (uint8_t)(1 << (t / 2 % 8));
		send_message(&line, message, MDMF, 300, 180);
		quantise(&line.s);
		listen(&line.s, LC_EAR_CALLERID);
		for (int i = 0; i < heard.n; i++) {
			CHECK(heard.event[i].value == 0, "byte %d damaged, yet good", t % MDMF);
			CHECK(heard.event[i].text[0] == 0, "a damaged number");
			bad++;
		}
		silent += heard.n == 0;
		signal_free(&line.s);
	}
	printf("callerid damaged in one bit: %d told as damaged, %d not told, of 120\n", bad, silent);
	CHECK(silent <= 1, "%d of 120 were not told", silent); /* a type byte that looks like a click before the message */
	{
		struct line line = line_new(LC_CID_BELL202, -15);

		send_message(&line, mdmf, MDMF / 2, 300, 180); /* cut short: the carrier goes */
		quantise(&line.s);
		listen(&line.s, LC_EAR_CALLERID);
		CHECK(heard.n == 1 && heard.event[0].value == 0 && heard.event[0].text[0] == 0, "cut short: %d events", heard.n);
		signal_free(&line.s);
	}
}

/* A line at its worst in all ways together. */
static void test_all_at_once(void)
{
	with_checksum(mdmf, MDMF);
	for (int scheme = LC_CID_BELL202; scheme <= LC_CID_V23; scheme++) {
		int good = 0;

		for (int t = 0; t < 100; t++) {
			struct line line = line_new(scheme, -38 + 26 * random_unit());

			line.rate = t & 1 ? 1212 : 1188;
			line.twist = t & 2 ? 6 : -6;
			send_message(&line, mdmf, MDMF, 300, 180);
			add_noise(&line.s, line.dbm0 - 20);
			quantise(&line.s);
			listen(&line.s, LC_EAR_CALLERID);
			good += heard_good(scheme, "13800138000", "Zhang");
			signal_free(&line.s);
		}
		printf("callerid scheme %d, twist, clock and noise at once: %d of 100\n", scheme, good);
		CHECK(good == 100, "%d of 100", good);
	}
}

/* Damage with which the checksum agrees: what else shows it. */
static void test_damage_beside_the_checksum(void)
{
	enum { STOP_BIT, SHORT_LENGTH, HALF_A_BIT, WAYS };

	for (int way = 0; way < WAYS; way++) {
		struct line line = line_new(LC_CID_BELL202, -15);
		uint8_t message[MDMF];
		double from = line.at + 480 * LC_RATE / line.rate;

		memcpy(message, with_checksum(mdmf, MDMF), MDMF);
		if (way == SHORT_LENGTH) { /* the time alone would be a message */
			message[1] = 10;
			with_checksum(message, 13);
		}
		send_message(&line, message, MDMF, 300, 180);
		if (way == STOP_BIT) {
			struct line space = line;

			space.at = from + (10 * 5 + 9) * LC_RATE / line.rate;
			for (int i = (int)ceil(space.at); i < space.at + LC_RATE / line.rate; i++)
				line.s.x[i] = 0;
			send_bit(&space, 0);
		}
		if (way == HALF_A_BIT) /* silence in place of a bit */
			for (int i = 0; i < 7; i++)
				line.s.x[(int)(from + (10 * 20 + 3) * LC_RATE / line.rate) + i] = 0;
		quantise(&line.s);
		listen(&line.s, LC_EAR_CALLERID);
		CHECK(heard.n == 1 && heard.event[0].value == 0, "way %d: %d events, value %d", way, heard.n,
		      heard.event[0].value);
		signal_free(&line.s);
	}
}

/* Marks stand between all characters of a message or between none: one gap alone is a start bit that was lost. */
static void test_spacing(void)
{
	static const struct {
		struct spacing between;
		bool good;
	} rows[] = {{{1, 0}, true}, {{10, 0}, true}, {{1, 7}, false}, {{3, MDMF - 1}, false}};

	for (int scheme = LC_CID_BELL202; scheme <= LC_CID_V23; scheme++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct line line = line_new(scheme, -15);

			send_spaced(&line, with_checksum(mdmf, MDMF), MDMF, 300, 180, rows[i].between);
			quantise(&line.s);
			listen(&line.s, LC_EAR_CALLERID);
			if (rows[i].good)
				CHECK(heard_good(scheme, "13800138000", "Zhang"), "spacing %zu: %d events", i, heard.n);
			else
				CHECK(heard.n == 1 && heard.event[0].value == 0, "spacing %zu: %d events", i, heard.n);
			signal_free(&line.s);
		}
}

static void test_structure(void)
{
	static const struct {
		const char *bytes;
		int n, result;
	} kinds[] = {
		{"\x04\x0b"
	         "11221005"
	         "110?",
	         14, 0},
		{"\x04\x0b"
	         "00000000"
	         "110?",
	         14, 0}, /* an exchange without a clock */
		{"\x04\x0b"
	         "13221005"
	         "110?",
	         14, -EPROTO},
		{"\x04\x0b"
	         "11321005"
	         "110?",
	         14, -EPROTO},
		{"\x04\x0b"
	         "11222405"
	         "110?",
	         14, -EPROTO},
		{"\x04\x0b"
	         "11221060"
	         "110?",
	         14, -EPROTO},
		{"\x04\x0b"
	         "11221005"
	         "1p0?",
	         14, -EPROTO},
		{"\x80\x05\x02\x03"
	         "110?",
	         8, 0},
		{"\x80\x05\x02\x02"
	         "110?",
	         8, -EPROTO}, /* a byte over */
		{"\x80\x05\x02\x04"
	         "110?",
	         8, -EPROTO}, /* one too few */
		{"\x80\x05\x82\x03"
	         "110?",
	         8, -EPROTO}, /* no such parameter */
		{"\x80\x05\x07\x03"
	         "Ann?",
	         8, -EPROTO}, /* neither number nor why there is none */
		{"\x80\x06\x02\x01"
	         "1\x02\x01"
	         "2?",
	         9, -EPROTO}, /* two numbers */
		{"\x80\x03\x04\x01"
	         "X?",
	         6, -EPROTO},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct lc_callerid_info info;
		uint8_t message[32];
		int result;

		memcpy(message, kinds[i].bytes, (size_t)kinds[i].n);
		result = lc_callerid_parse(with_checksum(message, kinds[i].n), kinds[i].n, &info);
		CHECK(result == kinds[i].result, "structure %zu: %d", i, result);
		CHECK(result == 0 || info.number[0] == 0, "structure %zu: number %s", i, info.number);
	}
}

static void test_random_never_speaks(const char *speech)
{
	struct line line = line_new(LC_CID_V23, -10);
	struct signal voice;

	for (int i = 0; i < 2200; i++)
		send_bit(&line, (int)(random_bits() >> 7 & 1));
	quantise(&line.s);
	listen(&line.s, LC_EAR_CALLERID);
	CHECK(heard.n == 0, "%d events in random bits", heard.n);
	signal_free(&line.s);
	if (!speech)
		return;
	voice = signal_load(speech);
	listen(&voice, LC_EAR_CALLERID);
	printf("callerid in %d s of speech: %d\n", voice.n / 8000, heard.n);
	CHECK(heard.n == 0, "%d events in speech", heard.n);
	signal_free(&voice);
}

/* The shortest seizure and mark that BT SIN 227 permits. */
static void test_short_seizure(void)
{
	for (int scheme = LC_CID_BELL202; scheme <= LC_CID_V23; scheme++) {
		int good = 0;

		for (int t = 0; t < 40; t++) {
			struct line line = line_new(scheme, -20 - 10 * random_unit());

			send_message(&line, with_checksum(mdmf, MDMF), MDMF, 96, 55);
			add_noise(&line.s, -55);
			quantise(&line.s);
			listen(&line.s, LC_EAR_CALLERID);
			good += heard_good(scheme, "13800138000", "Zhang");
			signal_free(&line.s);
		}
		printf("callerid scheme %d with 96 bits of seizure and 55 of mark: %d of 40\n", scheme, good);
		CHECK(good == 40, "%d of 40", good);
	}
}

/* Call waiting: no seizure, 80 bits of mark. Damaged ones prove nothing and are not told. */
static void test_without_seizure(void)
{
	for (int scheme = LC_CID_BELL202; scheme <= LC_CID_V23; scheme++) {
		int good = 0;

		for (int t = 0; t < 40; t++) {
			struct line line = line_new(scheme, -14 - 10 * random_unit());
			uint8_t message[MDMF];

			memcpy(message, with_checksum(mdmf, MDMF), MDMF);
			if (t % 4 == 3)
				message[9] ^= 1;
			send_message(&line, message, MDMF, 0, 80);
			add_noise(&line.s, -55);
			quantise(&line.s);
			listen(&line.s, LC_EAR_CALLERID);
			if (t % 4 == 3)
				CHECK(heard.n == 0, "damaged, without a seizure: %d events", heard.n);
			else
				good += heard_good(scheme, "13800138000", "Zhang");
			signal_free(&line.s);
		}
		printf("callerid scheme %d without seizure: %d of 30\n", scheme, good);
		CHECK(good == 30, "%d of 30", good);
	}
}

/* What a message of another service tells: LC_EV_MESSAGES, its value; -1: nothing. */
static int lamp_heard(uint8_t *message, int n)
{
	struct line line = line_new(LC_CID_V23, -15);
	int value = -1;

	send_message(&line, with_checksum(message, n), n, 300, 180);
	quantise(&line.s);
	listen(&line.s, LC_EAR_CALLERID);
	if (heard.n > 0) {
		CHECK(heard.n == 1 && heard.event[0].kind == LC_EV_MESSAGES && heard.event[0].extra == LC_CID_V23, "%d events",
		      heard.n);
		value = heard.event[0].value;
	}
	signal_free(&line.s);
	return value;
}

/* A message of another service is no caller's, and no damage either; waiting messages are told. */
static void test_other_services(void)
{
	uint8_t lit[] = {0x82, 3, 0x0b, 1, 0xff, 0}, dark[] = {0x82, 3, 0x0b, 1, 0, 0}, odd[] = {0x82, 3, 0x0b, 1, 7, 0};
	uint8_t counted[] = {0x82, 6, 0x13, 1, 4, 0x0b, 1, 0xff, 0}, cut[] = {0x82, 3, 0x0b, 2, 0xff, 0};
	uint8_t single_lit[] = {0x06, 3, 0x42, 0x42, 0x42, 0}, single_dark[] = {0x06, 3, 0x6f, 0x6f, 0x6f, 0};
	uint8_t single_odd[] = {0x06, 3, 0x42, 0x6f, 0x42, 0}, charge[] = {0x86, 3, 0x20, 1, 7, 0};

	CHECK(lamp_heard(lit, sizeof(lit)) == 1, "lit");
	CHECK(lamp_heard(counted, sizeof(counted)) == 1, "lit, with their number");
	CHECK(lamp_heard(dark, sizeof(dark)) == 0, "dark");
	CHECK(lamp_heard(single_lit, sizeof(single_lit)) == 1, "SDMF, lit");
	CHECK(lamp_heard(single_dark, sizeof(single_dark)) == 0, "SDMF, dark");
	CHECK(lamp_heard(odd, sizeof(odd)) == -1 && lamp_heard(cut, sizeof(cut)) == -1, "neither");
	CHECK(lamp_heard(single_odd, sizeof(single_odd)) == -1, "SDMF, neither");
	CHECK(lamp_heard(charge, sizeof(charge)) == -1, "charges");
}

int main(int argc, char **argv)
{
	test_levels_and_noise();
	test_messages();
	test_all_at_once();
	test_damage();
	test_damage_beside_the_checksum();
	test_spacing();
	test_structure();
	test_random_never_speaks(argc > 1 ? argv[1] : NULL);
	test_short_seizure();
	test_other_services();
	test_without_seizure();
	return failures != 0;
}
