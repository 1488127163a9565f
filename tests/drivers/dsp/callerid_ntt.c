/* NTT's number display against spandsp's sender and receiver; no single damaged bit unnoticed; noise, level and clock. */
#include <spandsp.h>

#include "dsp/callerid.h"

#include "signals.h"

static const struct lc_plan plan = {.callerid_dbm0 = -15};
static struct heard heard;
static struct lc_callerid_rx rx;

static int hear_pcm(const int16_t *pcm, int n)
{
	memset(&heard, 0, sizeof(heard));
	lc_callerid_rx_init(&rx);
	for (int i = 0; i < n; i += 80)
		lc_callerid_rx_process(&rx, pcm + i, n - i < 80 ? n - i : 80, hear, &heard);
	return count_kind(&heard, LC_EV_CALLERID);
}

static bool told(const char *number)
{
	const struct lc_event *event = &heard.event[0];

	return heard.n == 1 && event->value == 1 && event->extra == LC_CID_NTT && strcmp(event->text, number) == 0;
}

/* ---- spandsp sends, we hear ------------------------------------------------------------------------ */

static int spandsp_sends(int16_t *pcm, int most, const char *number, const char *reason, const char *dialled)
{
	adsi_tx_state_t *tx = adsi_tx_init(NULL, ADSI_STANDARD_JCLIP);
	uint8_t message[256];
	int n = 800, made, length = adsi_add_field(tx, message, -1, JCLIP_MDMF_CALLERID, NULL, 0);

	if (number) {
		length = adsi_add_field(tx, message, length, JCLIP_CALLER_NUMBER, (const uint8_t *)number, (int)strlen(number));
		length = adsi_add_field(tx, message, length, JCLIP_CALLER_NUM_DES, (const uint8_t *)"215", 3);
	} else {
		length = adsi_add_field(tx, message, length, JCLIP_ABSENCE, (const uint8_t *)reason, 1);
	}
	if (dialled)
		length = adsi_add_field(tx, message, length, JCLIP_DIALED_NUMBER, (const uint8_t *)dialled, (int)strlen(dialled));
	adsi_tx_put_message(tx, message, length);
	memset(pcm, 0, (size_t)most * sizeof(*pcm));
	while (n < most - 160 && (made = adsi_tx(tx, pcm + n, 160)) > 0)
		n += made;
	adsi_tx_free(tx);
	return most;
}

static void test_spandsp_sends(void)
{
	static int16_t pcm[24000];
	static const char *const numbers[] = {"0312345678", "09012345678", "110", "0", "08098765432"};
	int n;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		n = spandsp_sends(pcm, 24000, numbers[i], NULL, i & 1 ? "0698765432" : NULL);
		CHECK(hear_pcm(pcm, n) == 1 && told(numbers[i]), "%s", numbers[i]);
	}
	n = spandsp_sends(pcm, 24000, NULL, "P", NULL);
	CHECK(hear_pcm(pcm, n) == 1 && told("P"), "withheld");
	n = spandsp_sends(pcm, 24000, NULL, "C", NULL);
	CHECK(hear_pcm(pcm, n) == 1 && told("O"), "from a pay telephone");
}

/* ---- we send, spandsp hears --------------------------------------------------------------------------- */

static char spandsp_heard[64];
static adsi_rx_state_t *spandsp_rx;

static void spandsp_message(void *context, const uint8_t *message, int n)
{
	const uint8_t *body;
	uint8_t type;
	int at = -1, length;

	(void)context;
	while ((at = adsi_next_field(spandsp_rx, message, n, at, &type, &body, &length)) > 0)
		if (body && (type == JCLIP_CALLER_NUMBER || type == JCLIP_ABSENCE) && length < 64)
			memcpy(spandsp_heard, body, (size_t)length);
}

static int we_send(int16_t *pcm, int most, const char *number, enum lc_callerid_withheld withheld)
{
	struct lc_callerid_tx tx;
	char text[64] = "";
	int n = 800, made;

	strcpy(text, number);
	memset(pcm, 0, (size_t)most * sizeof(*pcm));
	if (lc_callerid_tx_init(&tx, &plan, LC_CID_NTT, text, sizeof(text), withheld))
		return -1;
	while (n < most - 160 && (made = lc_callerid_tx_read(&tx, pcm + n, 160)) > 0)
		n += made;
	return most;
}

static void test_spandsp_hears(void)
{
	static int16_t pcm[24000];
	static const char *const numbers[] = {"0312345678", "09012345678", "110", "0123456789012345", "08098765432*#"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		int n = we_send(pcm, 24000, numbers[i], LC_CID_SHOWN);
		memset(spandsp_heard, 0, sizeof(spandsp_heard));
		spandsp_rx = adsi_rx_init(NULL, ADSI_STANDARD_JCLIP, spandsp_message, NULL);
		adsi_rx(spandsp_rx, pcm, n);
		adsi_rx_free(spandsp_rx);
		CHECK(hear_pcm(pcm, n) == 1 && told(numbers[i]), "%s to ourselves", numbers[i]);
		if (strlen(numbers[i]) != 16) /* spandsp 0.0.6 does not know doubled DLEs */
			CHECK(strcmp(spandsp_heard, numbers[i]) == 0, "%s, not %s", spandsp_heard, numbers[i]);
	}
	CHECK(we_send(pcm, 24000, "12a", LC_CID_SHOWN) == -1, "letters");
}

/* ---- damage ------------------------------------------------------------------------------------------- */

static void test_no_damage_unnoticed(void)
{
	uint8_t message[LC_CID_MESSAGE];
	struct lc_callerid_info info;
	int n = lc_ntt_build(message, "09012345678", LC_CID_SHOWN), wrong = 0;

	CHECK(lc_ntt_complete(message, n) && lc_ntt_parse(message, n, &info) == 0, "whole");
	for (int cut = 0; cut < n; cut++)
		CHECK(!lc_ntt_complete(message, cut) && lc_ntt_parse(message, cut, &info) != 0, "cut at %d", cut);
	for (int a = 0; a < 8 * n; a++)
		for (int b = a; b < 8 * n; b++) { /* every single bit and every pair */
			message[a / 8] ^= (uint8_t)(1 << a % 8);
			if (b != a)
				message[b / 8] ^= (uint8_t)(1 << b % 8);
			wrong += lc_ntt_parse(message, n, &info) == 0;
			wrong += info.number[0] != 0;
			message[a / 8] ^= (uint8_t)(1 << a % 8);
			if (b != a)
				message[b / 8] ^= (uint8_t)(1 << b % 8);
		}
	CHECK(wrong == 0, "%d damaged frames accepted", wrong);
}

static void test_noise_and_level(void)
{
	static int16_t pcm[24000];
	int right = 0, wrong = 0, trials = 0;

	for (double dbm0 = -36; dbm0 <= -6; dbm0 += 3)
		for (int again = 0; again < 20; again++, trials++) {
			struct signal s = signal_new(24000);
			char number[24];

			snprintf(number, sizeof(number), "0%010u", random_bits());
			we_send(pcm, 24000, number, LC_CID_SHOWN);
			for (int i = 0; i < s.n; i++)
				s.x[i] = pcm[i] * pow(10, (dbm0 + 15) / 20);
			add_noise(&s, dbm0 - 20);
			quantise(&s);
			hear_pcm(s.pcm, s.n);
			right += told(number);
			wrong += heard.n && heard.event[0].value == 1 && !told(number);
			signal_free(&s);
		}
	printf("ntt: %d of %d right at 20 dB, %d wrong\n", right, trials, wrong);
	CHECK(right == trials && wrong == 0, "%d of %d, %d wrong", right, trials, wrong);
}

/* spandsp's bursts through a line of their own: the sender's clock off, level, twist, noise. */
static void through_line(struct signal *s, const int16_t *pcm, double clock, double dbm0, double twist)
{
	double low = 0, factor = pow(10, (dbm0 + 14) / 20), tilt = pow(10, twist / 20); /* spandsp sends at -14 dBm0 */

	for (int i = 0; i < s->n; i++) {
		double at = i * (1 + clock), part = at - floor(at);
		int from = (int)at;
		double x = from + 1 < s->n ? pcm[from] * (1 - part) + pcm[from + 1] * part : 0;

		low += 0.62 * (x - low); /* weakens 2,100 against 1,300 Hz by about 3 dB; x - low the other way round */
		s->x[i] = factor * (twist == 0 ? x : tilt < 1 ? low * 1.6 : 1.5 * (x - 0.4 * low));
	}
}

static void test_clock_and_twist(void)
{
	static int16_t pcm[24000];
	int right = 0, wrong = 0, trials = 0;

	for (double clock = -0.01; clock <= 0.01; clock += 0.005)
		for (int twist = -3; twist <= 3; twist += 3)
			for (double dbm0 = -38; dbm0 <= -8; dbm0 += 10)
				for (int again = 0; again < 5; again++, trials++) {
					struct signal s = signal_new(24000);
					char number[24];

					snprintf(number, sizeof(number), "0%010u", random_bits());
					spandsp_sends(pcm, 24000, number, NULL, NULL);
					through_line(&s, pcm, clock, dbm0, twist);
					add_noise(&s, dbm0 - 20);
					quantise(&s);
					hear_pcm(s.pcm, s.n);
					right += told(number);
					wrong += heard.n && heard.event[0].value == 1 && !told(number);
					signal_free(&s);
				}
	printf("ntt: %d of %d right over clock, twist and level at 20 dB, %d wrong\n", right, trials, wrong);
	CHECK(right == trials && wrong == 0, "%d of %d, %d wrong", right, trials, wrong);
}

int main(void)
{
	test_spandsp_sends();
	test_spandsp_hears();
	test_no_damage_unnoticed();
	test_noise_and_level();
	test_clock_and_twist();
	return failures != 0;
}
