/* Caller id sent: by our own sender to our own ears in all schemes, its alerting tone, and numbers as digits. */
#include "callerid_heard.h"

static int begin_sending(struct lc_callerid_tx *tx, const struct lc_plan *how, int scheme, const char *number, const char *name,
                         enum lc_callerid_withheld withheld)
{
	char text[LC_COMMAND_TEXT] = "";

	strcpy(text, number);
	strcpy(text + strlen(number) + 1, name);
	strcpy(text + strlen(number) + strlen(name) + 2, "11221005");
	return lc_callerid_tx_init(tx, how, scheme, text, sizeof(text), withheld);
}

/* Own sender to own receiver, all schemes. */
static void round_trip(int scheme, const char *number, const char *name, enum lc_callerid_withheld withheld, const char *expected)
{
	static struct lc_callerid_tx tx;
	struct signal s = signal_new(8000 * 6);
	int n = 1600, more;

	CHECK(begin_sending(&tx, &plan, scheme, number, name, withheld) == 0, "scheme %d", scheme);
	while ((more = lc_callerid_tx_read(&tx, s.pcm + n, 80)) > 0)
		n += more;
	CHECK(n < s.n - 8000, "it ends");
	listen(&s, LC_EAR_CALLERID);
	CHECK(heard_good(scheme, expected, withheld || scheme == LC_CID_DTMF ? "" : name),
	      "scheme %d %s: %d events, value %d, scheme %d, %s", scheme, number, heard.n, heard.event[0].value,
	      heard.event[0].extra, heard.event[0].text);
	if (scheme != LC_CID_DTMF)
		CHECK(strcmp(time_of(&heard.event[0]), "11221005") == 0, "time %s", time_of(&heard.event[0]));
	signal_free(&s);
}

static void test_round_trips(void)
{
	static struct lc_callerid_tx tx;

	for (int scheme = LC_CID_BELL202; scheme <= LC_CID_DTMF; scheme++) {
		round_trip(scheme, "13800138000", "\xe5\xbc\xa0\xe4\xb8\x89", LC_CID_SHOWN, "13800138000");
		round_trip(scheme, "110", "", LC_CID_SHOWN, "110");
		round_trip(scheme, "110", "x", LC_CID_PRIVATE, "P");
		round_trip(scheme, "", "", LC_CID_UNAVAILABLE, "O");
	}
	CHECK(begin_sending(&tx, &plan, LC_CID_NONE, "1", "", LC_CID_SHOWN) < 0, "no scheme");
	CHECK(begin_sending(&tx, &plan, LC_CID_BELL202, "123456789012345678901234", "", LC_CID_SHOWN) < 0, "24 digits");
	CHECK(begin_sending(&tx, &plan, LC_CID_BELL202, "12 34", "", LC_CID_SHOWN) < 0, "a space");
	CHECK(begin_sending(&tx, &plan, LC_CID_DTMF, "12*4", "", LC_CID_SHOWN) < 0, "a star as digits");
	CHECK(lc_callerid_tx_init(&tx, &plan, LC_CID_V23, "", 0, LC_CID_SHOWN) == 0, "nothing known");
	CHECK(lc_callerid_tx_init(&tx, &plan, LC_CID_V23, "12345", 5, LC_CID_SHOWN) == 0, "a text that does not end");
	CHECK(lc_callerid_tx_init(&tx, &plan, LC_CID_V23, "12\0\0001234567890", 15, LC_CID_SHOWN) < 0, "a time too long");
}

/* DT-AS as BT SIN 227 has it: both tones 88 to 110 ms, then 45 ms or more of nothing, then the seizure. */
static void test_alerting_tone(void)
{
	static struct lc_callerid_tx tx;
	struct lc_plan british = plan;
	struct signal s = signal_new(8000 * 6);
	int n = 1600, more, from = 0, until = 0, again = 0;
	double power[2] = {0, 0};

	british.callerid_alert = LC_CID_ALERT_REVERSAL | LC_CID_ALERT_TONE;
	CHECK(begin_sending(&tx, &british, LC_CID_V23, "02079460123", "BT", LC_CID_SHOWN) == 0, "begin");
	while ((more = lc_callerid_tx_read(&tx, s.pcm + n, 77)) > 0)
		n += more;
	for (int i = 1600; i < n && !again; i++) {
		if (!from && abs(s.pcm[i]) > 500)
			from = i;
		if (from && abs(s.pcm[i]) > 200) {
			if (i - until > 160 && until)
				again = i;
			else
				until = i;
		}
	}
	printf("callerid DT-AS of %.1f ms, then silence of %.1f ms\n", (until - from) / 8.0, (again - until) / 8.0);
	CHECK(until - from >= 88 * 8 && until - from <= 110 * 8, "DT-AS of %.1f ms", (until - from) / 8.0);
	CHECK(again - until >= 45 * 8 && again - until <= 500 * 8, "silence of %.1f ms", (again - until) / 8.0);
	for (int k = 0; k < 2; k++) {
		double re = 0, im = 0, w = 2 * TEST_PI * (k ? 2750 : 2130) / LC_RATE;

		for (int i = from; i < from + 640; i++) {
			re += s.pcm[i] * cos(w * i) / 320;
			im += s.pcm[i] * sin(w * i) / 320;
		}
		power[k] = 20 * log10(sqrt(re * re + im * im) / peak_of(0));
		CHECK(fabs(power[k] - british.callerid_dbm0) < 1, "tone %d at %.1f dBm0", k, power[k]);
	}
	listen(&s, LC_EAR_CALLERID);
	CHECK(heard_good(LC_CID_V23, "02079460123", "BT"), "%d events", heard.n);
	CHECK(heard.n && llabs(heard.event[0].at - again) < 240, "begin %.0f ms off", (double)(heard.event[0].at - again) / 8);
	signal_free(&s);
}

static void test_digits(void)
{
	static const struct {
		const char *sent;
		int events, value;
		const char *number;
	} rows[] = {
		{"D13800138000C", 1, 1, "13800138000"},
		{"A4512345678#", 1, 1, "4512345678"},
		{"A45123D99B1C", 1, 1, "45123"},
		{"A13800138000D01234567890B10C", 1, 1, "13800138000"},
		{"D123456789012345678901234C", 1, 0, ""}, /* 24 digits: more than a number has */
		{"D1#", 1, 1, "P"},
		{"D2#", 1, 1, "O"},
		{"D3#", 1, 1, "O"},
		{"B10C", 1, 1, "P"},
		{"B00C", 1, 1, "O"},
		{"D1380013", 1, 0, ""},
		{"A", 0, 0, ""},
		{"AC", 0, 0, ""}, /* music */
		{"12345#", 0, 0, ""},
		{"D1234567890123456789012345678C", 1, 0, ""},
	};
	struct lc_callerid_rx rx;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t at = 1000;

		lc_callerid_rx_init(&rx);
		heard.n = 0;
		for (const char *c = rows[i].sent; *c; c++, at += 1120)
			lc_callerid_rx_digit(&rx, *c, at, hear, &heard);
		lc_callerid_rx_skip(&rx, (int)at + 16000, hear, &heard);
		CHECK(heard.n == rows[i].events, "%s: %d events", rows[i].sent, heard.n);
		if (heard.n)
			CHECK(heard.event[0].value == rows[i].value && strcmp(heard.event[0].text, rows[i].number) == 0,
			      "%s: %d %s", rows[i].sent, heard.event[0].value, heard.event[0].text);
	}
}

int main(void)
{
	test_round_trips();
	test_alerting_tone();
	test_digits();
	return failures != 0;
}
