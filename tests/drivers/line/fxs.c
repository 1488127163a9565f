#include <errno.h>

#include "bench.h"

static struct bench b;

static void pick_up(void)
{
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 1000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	forget(&b);
}

static void break_for(int broken, int made)
{
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, broken);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, made);
}

static void test_offhook_is_debounced(void)
{
	bench_init(&b, LC_FXS);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 29);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 500);
	CHECK_IS(b.told, 0);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 30);
	CHECK_IS(count(&b, LC_EV_OFFHOOK), 1);
	CHECK_IS(last(&b, LC_EV_OFFHOOK).value, 0);
	CHECK_IS(last(&b, LC_EV_OFFHOOK).at, (b.now - 30) * 8);
	CHECK_IS(b.event[0].kind, LC_EV_LINE_STATE);
}

/* One break of each length around every border: what it is taken for. */
static void test_lone_breaks(void)
{
	static const struct {
		int ms, flash, pulse;
	} cases[] = {
		{10, 0, 0}, {29, 0, 0},  {30, 0, 1},  {60, 0, 1},  {79, 0, 1},
		{80, 1, 0}, {100, 1, 0}, {101, 1, 0}, {500, 1, 0}, {800, 1, 0},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bench_init(&b, LC_FXS);
		pick_up();
		break_for(cases[i].ms, 300);
		CHECK_IS(count(&b, LC_EV_FLASH), cases[i].flash);
		CHECK_IS(count(&b, LC_EV_PULSE), cases[i].pulse);
		if (cases[i].flash)
			CHECK_IS(last(&b, LC_EV_FLASH).value, cases[i].ms);
		if (cases[i].flash)
			CHECK_IS(last(&b, LC_EV_FLASH).at, (b.now - 300 - cases[i].ms) * 8);
		CHECK_IS(count(&b, LC_EV_ONHOOK) + count(&b, LC_EV_SURPRISE), 0);
		CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	}
}

static void test_onhook(void)
{
	bench_init(&b, LC_FXS);
	pick_up();
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 800);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_FLASHING);
	CHECK_IS(count(&b, LC_EV_ONHOOK), 0);
	run(&b, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(count(&b, LC_EV_ONHOOK), 1);
	CHECK_IS(last(&b, LC_EV_ONHOOK).at, (b.now - 801) * 8);
	CHECK_IS(count(&b, LC_EV_FLASH) + count(&b, LC_EV_SURPRISE), 0);
}

static void test_when_a_flash_is_told(void)
{
	bench_init(&b, LC_FXS);
	pick_up();
	break_for(300, 0); /* cannot be a pulse: at once */
	CHECK_IS(count(&b, LC_EV_FLASH), 1);
	run(&b, 1000);
	break_for(100, 199); /* an R key: could still become a digit */
	CHECK_IS(count(&b, LC_EV_FLASH), 1);
	run(&b, 1);
	CHECK_IS(count(&b, LC_EV_FLASH), 2);
	CHECK_IS(last(&b, LC_EV_FLASH).value, 100);
	CHECK_IS(count(&b, LC_EV_PULSE), 0);
}

static void test_pulse_digits(void)
{
	bench_init(&b, LC_FXS);
	pick_up();
	for (int digit = 1; digit <= 10; digit++) {
		for (int pulse = 1; pulse < digit; pulse++)
			break_for(60, 40);
		break_for(60, 199);
		CHECK_IS(count(&b, LC_EV_PULSE), digit - 1);
		run(&b, 1);
		CHECK_IS(count(&b, LC_EV_PULSE), digit);
		CHECK_IS(last(&b, LC_EV_PULSE).text[0], '0' + digit % 10);
		run(&b, 600);
	}
	break_for(90, 40); /* a slow dial, in the overlap: two breaks are a digit */
	break_for(90, 300);
	CHECK_IS(last(&b, LC_EV_PULSE).text[0], '2');
	CHECK_IS(count(&b, LC_EV_FLASH) + count(&b, LC_EV_SURPRISE), 0);
	for (int pulse = 0; pulse < 11; pulse++)
		break_for(60, 40);
	run(&b, 300);
	CHECK_IS(count(&b, LC_EV_PULSE), 11);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_PULSES_ODD);
}

static void test_breaks_between_the_ranges(void)
{
	bench_init(&b, LC_FXS);
	b.plan.timers.flash_min = 300;
	pick_up();
	break_for(299, 300);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_BREAK_ODD);
	CHECK_IS(count(&b, LC_EV_FLASH), 0);
	break_for(60, 40); /* a digit, then a flash before its gap is over */
	break_for(60, 100);
	break_for(300, 0);
	CHECK_IS(last(&b, LC_EV_PULSE).text[0], '2');
	CHECK_IS(last(&b, LC_EV_FLASH).value, 300);
	break_for(60, 40);
	wire(&b, LC_CARD_LOOP, 0); /* hung up within a digit */
	run(&b, 2000);
	CHECK_IS(count(&b, LC_EV_PULSE), 1);
	CHECK_IS(count(&b, LC_EV_ONHOOK), 1);
	wire(&b, LC_CARD_LOOP, 1); /* the unfinished digit does not wait for the next call */
	run(&b, 2000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	CHECK_IS(count(&b, LC_EV_PULSE), 1);
	CHECK_IS(count(&b, LC_EV_FLASH), 1);
}

static void test_ring_cadence(void)
{
	bench_init(&b, LC_FXS);
	CHECK_IS(order_ring(&b, "", "", 0), 0);
	CHECK_IS(b.ring, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	CHECK_IS(order_ring(&b, "", "", 0), -EBUSY);
	run(&b, 999);
	CHECK_IS(b.ring, 1);
	run(&b, 1);
	CHECK_IS(b.ring, 0);
	run(&b, 3999);
	CHECK_IS(b.ring, 0);
	run(&b, 1);
	CHECK_IS(b.ring, 1);
	CHECK_IS(order(&b, LC_CMD_RING, 0, 0), 0);
	CHECK_IS(b.ring, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(order(&b, LC_CMD_RING, 0, 0), 0);
	CHECK_IS(b.sent_from, -1);
	run(&b, 10000);
	CHECK_IS(b.ring, 0);
}

static void test_ring_trip(void)
{
	bench_init(&b, LC_FXS);
	order_ring(&b, "", "", 0);
	run(&b, 500);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 29);
	CHECK_IS(b.ring, 1);
	run(&b, 1);
	CHECK_IS(b.ring, 0);
	CHECK_IS(last(&b, LC_EV_OFFHOOK).value, 1);
	CHECK_IS(order_ring(&b, "", "", 0), -EBUSY);
	run(&b, 10000);
	CHECK_IS(b.ring, 0);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
}

static void test_caller_id_after_the_first_ring(void)
{
	int64_t start;

	bench_init(&b, LC_FXS);
	start = b.now;
	CHECK_IS(order_ring(&b, "13800138000", "", 0), 0);
	run(&b, 4999);
	CHECK_IS(b.ring_off_at - start, 1000);
	CHECK_IS(b.sent_from - b.ring_off_at, 600);
	CHECK_IS(b.sent_to - b.sent_from, 399);
	CHECK_IS(b.ring, 0);
	run(&b, 1); /* room enough: the cadence is the country's */
	CHECK_IS(b.ring, 1);
	b.sent_from = -1;
	run(&b, 15000);
	CHECK_IS(b.sent_from, -1);
}

static void test_ring_two_waits_for_a_long_caller_id(void)
{
	bench_init(&b, LC_FXS);
	burst_ms = 3800;
	order_ring(&b, "13800138000", "a long name", 0);
	run(&b, 1000 + 600 + 3800 + 198);
	CHECK_IS(b.ring, 0);
	run(&b, 3);
	CHECK_IS(b.ring, 1);
	CHECK(b.ring_on_at - b.sent_to >= 200);
	CHECK_IS(b.sent_to - b.sent_from, 3799);
	burst_ms = 400;
}

static void test_caller_id_in_a_double_ring(void)
{
	bench_init(&b, LC_FXS);
	b.plan.ring_steps = 4;
	b.plan.ring_ms[0] = 400;
	b.plan.ring_ms[1] = 200;
	b.plan.ring_ms[2] = 400;
	b.plan.ring_ms[3] = 2000;
	order_ring(&b, "1", "", 0);
	run(&b, 700);
	CHECK_IS(b.ring, 1);
	run(&b, 1000);
	CHECK_IS(b.sent_from - b.ring_off_at, 600);
}

static void test_caller_id_before_the_ring(void)
{
	int64_t start;

	bench_init(&b, LC_FXS);
	b.plan.callerid_moment = LC_CID_BEFORE_RING;
	start = b.now;
	CHECK_IS(order_ring(&b, "", "", 1), 0);
	CHECK_IS(b.ring, 0);
	run(&b, 690);
	CHECK_IS(b.sent_from - start, 1);
	CHECK_IS(b.ring, 0);
	run(&b, 12);
	CHECK_IS(b.ring, 1);
	CHECK(b.ring_on_at - b.sent_to >= 300);
	run(&b, 1000);
	CHECK_IS(b.ring, 0);
	b.sent_from = -1;
	run(&b, 4000);
	CHECK_IS(b.ring, 1);
	CHECK_IS(b.sent_from, -1);
}

static void test_polarity_is_turned_for_the_caller_id(void)
{
	int64_t start;

	bench_init(&b, LC_FXS);
	b.plan.callerid_moment = LC_CID_BEFORE_RING;
	b.plan.callerid_alert = LC_CID_ALERT_REVERSAL;
	start = b.now;
	CHECK_IS(order_ring(&b, "110", "", 0), 0);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	run(&b, 660);
	CHECK_IS(b.sent_from - start, 250);
	CHECK_IS(b.sent_to - start, 649);
	run(&b, 185);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	CHECK_IS(b.ring, 0);
	run(&b, 10);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
	CHECK_IS(b.ring, 0);
	run(&b, 100);
	CHECK_IS(b.ring, 1);
	order_ring(&b, "", "", 0);
	order(&b, LC_CMD_RING, 0, 0);
	run(&b, 10);

	CHECK_IS(order_ring(&b, "110", "", 0), 0); /* taken up, or given up, before it was over */
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 40);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
	CHECK_IS(b.line.card_errors, 0);

	bench_init(&b, LC_FXS);
	b.plan.callerid_moment = LC_CID_BEFORE_RING;
	b.plan.callerid_alert = LC_CID_ALERT_REVERSAL;
	b.ops.feed = NULL; /* a card that cannot */
	CHECK_IS(order_ring(&b, "110", "", 0), 0);
	run(&b, 1000);
	CHECK_IS(b.ring, 1);
	CHECK_IS(b.line.card_errors, 0);
}

static void test_caller_id_ends_with_the_call(void)
{
	bench_init(&b, LC_FXS);
	order_ring(&b, "1", "", 0);
	run(&b, 1800);
	CHECK(b.sent_from >= 0);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 1000);
	CHECK_IS(b.sent_to - b.sent_from, 1800 + 30 - 1600 - 1);
	CHECK_IS(order_ring(&b, "!", "", 0), -EBUSY);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 1000);
	CHECK_IS(order_ring(&b, "!", "", 0), -EINVAL);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(b.ring, 0);
	b.plan.callerid_scheme = LC_CID_NONE;
	CHECK_IS(order_ring(&b, "!", "", 0), 0);
}

static void test_feed_off_and_back(void)
{
	bench_init(&b, LC_FXS);
	pick_up();
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_OFF, 500), 0); /* a disconnect signal */
	CHECK_IS(b.feed, LC_FEED_OFF);
	wire(&b, LC_CARD_LOOP, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DEAD);
	CHECK_IS(order_ring(&b, "", "", 0), -ENOTCONN);
	run(&b, 499);
	CHECK_IS(b.feed, LC_FEED_OFF);
	run(&b, 1);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 2000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	order(&b, LC_CMD_FEED, LC_FEED_OFF, 500);
	wire(&b, LC_CARD_LOOP, 0); /* the telephone hangs up meanwhile */
	run(&b, 500 + 800);
	CHECK_IS(count(&b, LC_EV_ONHOOK), 0);
	run(&b, 1);
	CHECK_IS(count(&b, LC_EV_ONHOOK), 1);
	CHECK_IS(count(&b, LC_EV_OFFHOOK) + count(&b, LC_EV_SURPRISE) + count(&b, LC_EV_FLASH), 0);
}

static void test_feed_when_idle_or_ringing(void)
{
	bench_init(&b, LC_FXS);
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_REVERSED, 0), 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_REVERSED, 100), 0);
	run(&b, 99);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	run(&b, 1);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
	order_ring(&b, "", "", 0);
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_OFF, 0), 0);
	CHECK_IS(b.ring, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DEAD);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 30);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_CLOSED);
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_NORMAL, 0), 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	run(&b, 30);
	CHECK_IS(count(&b, LC_EV_OFFHOOK), 1);
	CHECK_IS(order(&b, LC_CMD_FEED, 3, 0), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_FEED, 0, -1), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_RING, 2, 0), -EINVAL);
	b.ops.feed = NULL;
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_OFF, 0), -ENOTTY);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	wire(&b, LC_CARD_BATTERY, 0);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_FOREIGN);
}

static void begin_talk_with_type_2(void)
{
	bench_init(&b, LC_FXS);
	b.plan.tones = 1;
	b.plan.tone[0] = (struct lc_tone){.name = "call_waiting", .steps = 2, .step = {{{440, 0}, 300}, {{0, 0}, 4000}}};
	b.plan.callerid_waiting = 1;
	burst_ms = 400;
	pick_up();
}

/* Tone 300 ms, alert 80, up to 220 for the answer, 130 more, 400 of data. */
static void test_call_waiting(void)
{
	int64_t start;

	begin_talk_with_type_2();
	start = b.now;
	CHECK_IS(order_waiting(&b, "12345"), 0);
	CHECK_IS(order_waiting(&b, "12345"), -EBUSY);
	run(&b, 250);
	CHECK_IS(lc_line_is_split(&b.line), 0);
	run(&b, 100);
	CHECK_IS(lc_line_is_split(&b.line) && lc_line_awaits_digit(&b.line), 1);
	CHECK_IS(lc_line_digit(&b.line, 'D'), 0); /* too early */
	run(&b, 100);
	CHECK_IS(lc_line_digit(&b.line, '5'), 0);
	CHECK_IS(lc_line_digit(&b.line, 'D'), 1);
	b.sent_from = b.sent_to = -1;
	run(&b, 1000);
	CHECK_IS(b.sent_from - start, 450 + 130 + 1);
	CHECK_IS(b.sent_to - b.sent_from, 399);
	CHECK_IS(count(&b, LC_EV_WAITING), 1);
	CHECK_IS(last(&b, LC_EV_WAITING).value, LC_WAITING_SENT);
	CHECK_IS(lc_line_is_split(&b.line) || lc_line_awaits_digit(&b.line), 0);
	CHECK_IS(lc_line_digit(&b.line, 'D'), 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
}

static void test_call_waiting_without_an_answer(void)
{
	begin_talk_with_type_2();
	CHECK_IS(order_waiting(&b, "12345"), 0);
	run(&b, 300 + 80 + 220 - 1);
	CHECK_IS(count(&b, LC_EV_WAITING), 0);
	run(&b, 3);
	CHECK_IS(last(&b, LC_EV_WAITING).value, LC_WAITING_NO_ACK);
	CHECK_IS(order_waiting(&b, "12345"), 0);
	run(&b, 300);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 100);
	CHECK_IS(last(&b, LC_EV_WAITING).value, LC_WAITING_CUT);
	run(&b, 3000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(count(&b, LC_EV_WAITING), 2);
}

static void test_call_waiting_by_tone_alone(void)
{
	begin_talk_with_type_2();
	b.plan.callerid_waiting = 0;
	CHECK_IS(order_waiting(&b, "12345"), 0);
	run(&b, 301);
	CHECK_IS(last(&b, LC_EV_WAITING).value, LC_WAITING_TONE_ONLY);
	b.plan.callerid_waiting = 1;
	CHECK_IS(order_waiting(&b, ""), 0); /* nothing to tell */
	run(&b, 301);
	CHECK_IS(last(&b, LC_EV_WAITING).value, LC_WAITING_TONE_ONLY);
	CHECK_IS(order_waiting(&b, "!"), -EINVAL); /* a number it cannot carry */
	b.plan.tones = 0;
	CHECK_IS(order_waiting(&b, "1"), -ENOENT);
	bench_init(&b, LC_FXS);
	CHECK_IS(order_waiting(&b, "1"), -EBUSY);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
}

/* ---- NTT's number display ----------------------------------------------------------------------- */

static void begin_ntt(void)
{
	bench_init(&b, LC_FXS);
	b.plan.callerid_scheme = LC_CID_NTT;
	b.plan.ring_ms[1] = 2000;
	burst_ms = 400;
	CHECK_IS(order_ring(&b, "0312345678", "", 0), 0);
	run(&b, 100);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	CHECK_IS(b.ring, 1);
}

static void test_ntt_telephone_is_told_first(void)
{
	int64_t start;

	begin_ntt();
	run(&b, 500);
	CHECK_IS(b.ring, 0); /* 500 ms on, 500 off */
	run(&b, 500);
	CHECK_IS(b.ring, 1);
	run(&b, 500);
	forget(&b);
	wire(&b, LC_CARD_LOOP, 1);
	start = b.now;
	run(&b, 1500);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DATA);
	CHECK_IS(b.sent_from - start, 30 + 300);
	CHECK_IS(b.sent_to - b.sent_from, 399);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 110);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	CHECK_IS(count(&b, LC_EV_OFFHOOK) + count(&b, LC_EV_ONHOOK), 0); /* nobody answered yet */
	run(&b, 1000);
	CHECK_IS(b.ring_on_at - start, 1500 + 100 + 1000);
	CHECK_IS(b.ring, 1);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	b.sent_from = -1;
	run(&b, 6000);
	CHECK_IS(b.sent_from, -1); /* told once */
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 100);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	CHECK_IS(last(&b, LC_EV_OFFHOOK).value, 1);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
}

static void test_ntt_telephone_that_does_not_ask(void)
{
	begin_ntt();
	run(&b, 5950);
	forget(&b);
	run(&b, 1000);
	CHECK_IS(b.ring, 0); /* the cadence: 1000 on, 2000 off */
	run(&b, 5000);
	CHECK_IS(b.sent_from, -1);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 100);
	CHECK_IS(last(&b, LC_EV_OFFHOOK).value, 1);
}

static void test_ntt_telephone_that_somebody_lifts(void)
{
	begin_ntt();
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 30 + 300 + 400 + 6900);
	CHECK_IS(count(&b, LC_EV_OFFHOOK), 0);
	run(&b, 200);
	CHECK_IS(count(&b, LC_EV_OFFHOOK), 1);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
}

static void test_ntt_caller_gives_up(void)
{
	begin_ntt();
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 500);
	CHECK_IS(order(&b, LC_CMD_RING, 0, 0), 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DATA);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 200);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	run(&b, 5000);
	CHECK_IS(b.ring + b.feed, 0);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
}

static int mock_lamp(struct lc_card *card, int channel, int on)
{
	(void)card;
	return channel == 5 ? on * 100 : -1;
}

/* By FSK: idle, bare or alerted as the plan says; a caller wins. */
static void test_lamp(void)
{
	bench_init(&b, LC_FXS);
	CHECK_IS(order(&b, LC_CMD_LAMP, 2, LC_LAMP_FSK), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, 2), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_VOLTAGE), -ENOTTY);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), 0);
	run(&b, burst_ms + LC_LAMP_AFTER_MS - 2);
	CHECK_IS(b.sent_to - b.sent_from + 1, burst_ms);
	CHECK_IS(count(&b, LC_EV_LAMP), 0);
	run(&b, 4);
	CHECK_IS(last(&b, LC_EV_LAMP).value, LC_LAMP_SENT);
	CHECK_IS(last(&b, LC_EV_LAMP).extra, 1);
	CHECK_IS(b.ring, 0);

	b.plan.callerid_alert = LC_CID_ALERT_REVERSAL;
	b.sent_from = -1;
	CHECK_IS(order(&b, LC_CMD_LAMP, 0, LC_LAMP_FSK), 0);
	run(&b, LC_LAMP_REVERSAL_MS - 1);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	CHECK_IS(b.sent_from, -1);
	run(&b, 2 + burst_ms + LC_LAMP_AFTER_MS + 2);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
	CHECK_IS(last(&b, LC_EV_LAMP).extra, 0);

	b.plan.callerid_lamp = LC_CID_LAMP_RING_PULSE;
	b.sent_from = -1;
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), 0);
	run(&b, 2000);
	CHECK(abs((int)(b.ring_off_at - b.ring_on_at) - LC_LAMP_PULSE_MS) <= 1); /* ordered within a tick */
	CHECK(b.sent_from - b.ring_off_at >= LC_LAMP_PAUSE_MS - 1 && b.sent_from - b.ring_off_at <= LC_LAMP_PAUSE_MS + 1);
	forget(&b);

	/* cut: by an order anew, by a caller, by the telephone, by no feed */
	b.plan.callerid_lamp = LC_CID_LAMP_AS_CALL;
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), 0);
	run(&b, 10);
	CHECK_IS(order(&b, LC_CMD_LAMP, 0, LC_LAMP_FSK), 0);
	CHECK_IS(last(&b, LC_EV_LAMP).value, LC_LAMP_CUT);
	run(&b, 10);
	CHECK_IS(b.feed, LC_FEED_REVERSED);
	CHECK_IS(order_ring(&b, "123", "", 0), 0);
	CHECK_IS(count(&b, LC_EV_LAMP), 2);
	CHECK_IS(b.feed, LC_FEED_NORMAL);
	CHECK_IS(b.ring, 1);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), -EBUSY);
	CHECK_IS(order(&b, LC_CMD_RING, 0, 0), 0);
	run(&b, 10);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), 0);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 100);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	CHECK_IS(count(&b, LC_EV_LAMP), 3);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), -EBUSY);

	bench_init(&b, LC_FXS);
	b.ops.lamp = mock_lamp;
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_VOLTAGE), 100);
	b.plan.callerid_scheme = LC_CID_DTMF;
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), -ENOTTY);
	CHECK_IS(order(&b, LC_CMD_FEED, LC_FEED_OFF, 0), 0);
	CHECK_IS(order(&b, LC_CMD_LAMP, 1, LC_LAMP_FSK), -ENOTCONN);
}

static void test_a_card_that_fails(void)
{
	bench_init(&b, LC_FXS);
	b.fail = -EIO;
	CHECK_IS(order_ring(&b, "", "", 0), -EIO);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	b.fail = 0;
	order_ring(&b, "", "", 0);
	b.fail = -EIO;
	CHECK_IS(order(&b, LC_CMD_RING, 0, 0), -EIO);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 100);
	CHECK_IS(last(&b, LC_EV_OFFHOOK).value, 1);
	CHECK(b.line.card_errors > 10);
	b.fail = 0;
	run(&b, 1);
	CHECK_IS(b.ring, 0);

	bench_init(&b, LC_FXS); /* it fails where a burst ends: the telephone does not ring through the pause */
	order_ring(&b, "", "", 0);
	run(&b, 990);
	b.fail = -EIO;
	run(&b, 20);
	CHECK_IS(b.ring, 1);
	b.fail = 0;
	run(&b, 1);
	CHECK_IS(b.ring, 0);
}

int main(void)
{
	test_offhook_is_debounced();
	test_lone_breaks();
	test_onhook();
	test_when_a_flash_is_told();
	test_pulse_digits();
	test_breaks_between_the_ranges();
	test_ring_cadence();
	test_ring_trip();
	test_caller_id_after_the_first_ring();
	test_ring_two_waits_for_a_long_caller_id();
	test_caller_id_in_a_double_ring();
	test_caller_id_before_the_ring();
	test_polarity_is_turned_for_the_caller_id();
	test_caller_id_ends_with_the_call();
	test_feed_off_and_back();
	test_feed_when_idle_or_ringing();
	test_call_waiting();
	test_call_waiting_without_an_answer();
	test_call_waiting_by_tone_alone();
	test_ntt_telephone_is_told_first();
	test_ntt_telephone_that_does_not_ask();
	test_ntt_telephone_that_somebody_lifts();
	test_ntt_caller_gives_up();
	test_lamp();
	test_a_card_that_fails();
	return 0;
}
