#include <errno.h>

#include "bench.h"

static struct bench b;

static void ring_for(int on, int off)
{
	wire(&b, LC_CARD_RING, 1);
	run(&b, on);
	wire(&b, LC_CARD_RING, 0);
	run(&b, off);
}

static void seize(void)
{
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), 0);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 1000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
}

static void test_ghost_ring_is_rejected(void)
{
	bench_init(&b, LC_FXO);
	ring_for(99, 7000);
	CHECK_IS(b.told, 0);
	wire(&b, LC_CARD_RING, 1);
	run(&b, 99);
	CHECK_IS(count(&b, LC_EV_RING), 0);
	run(&b, 1);
	CHECK_IS(count(&b, LC_EV_RING), 1);
	CHECK_IS(last(&b, LC_EV_RING).at, (b.now - 100) * 8);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
}

static void test_state_is_told_before_its_news(void)
{
	bench_init(&b, LC_FXO);
	ring_for(1000, 0);
	CHECK_IS(b.event[0].kind, LC_EV_LINE_STATE);
	CHECK_IS(b.event[0].value, LC_LINE_RINGING);
	CHECK_IS(b.event[0].extra, LC_LINE_IDLE);
	CHECK_IS(b.event[1].kind, LC_EV_RING);
}

static void test_a_hole_in_a_burst_is_no_new_burst(void)
{
	bench_init(&b, LC_FXO);
	ring_for(500, 99);
	ring_for(500, 300);
	CHECK_IS(last(&b, LC_EV_RING).value, 1);
	ring_for(500, 300);
	CHECK_IS(last(&b, LC_EV_RING).value, 2);
}

static void test_the_caller_gave_up(void)
{
	bench_init(&b, LC_FXO);
	ring_for(1000, 4000);
	ring_for(1000, 5999);
	CHECK_IS(count(&b, LC_EV_RING_STOP), 0);
	run(&b, 1);
	CHECK_IS(last(&b, LC_EV_RING_STOP).value, 2);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	ring_for(1000, 0);
	CHECK_IS(last(&b, LC_EV_RING).value, 1);
}

static void test_answer_and_release(void)
{
	bench_init(&b, LC_FXO);
	ring_for(1000, 500);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), 0);
	CHECK_IS(b.hook, 1);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -EBUSY);
	run(&b, 3000);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 0), 0);
	CHECK_IS(b.hook, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_GUARD);
	run(&b, 1199);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -EBUSY);
	run(&b, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), 0);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
}

static void test_ringing_after_the_answer(void)
{
	bench_init(&b, LC_FXO);
	wire(&b, LC_CARD_RING, 1);
	run(&b, 300);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), 0);
	run(&b, 150);
	wire(&b, LC_CARD_RING, 0); /* the exchange noticed */
	run(&b, 3000);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
	ring_for(1000, 4000);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 1);
	CHECK_IS(last(&b, LC_EV_SURPRISE).value, LC_LINE_OFFHOOK);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_RING);
	CHECK_IS(count(&b, LC_EV_RING), 1);

	bench_init(&b, LC_FXO);
	wire(&b, LC_CARD_RING, 1);
	run(&b, 300);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), 0);
	run(&b, 199);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
	run(&b, 1); /* settled and still rung */
	CHECK_IS(count(&b, LC_EV_SURPRISE), 1);
	run(&b, 1000);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 1);
}

static void test_rung_during_the_guard(void)
{
	bench_init(&b, LC_FXO);
	seize();
	order(&b, LC_CMD_HOOK, 0, 0);
	run(&b, 700);
	wire(&b, LC_CARD_RING, 1);
	run(&b, 499);
	CHECK_IS(count(&b, LC_EV_RING), 0);
	run(&b, 1);
	CHECK_IS(last(&b, LC_EV_RING).value, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
}

static void test_loop_drop(void)
{
	bench_init(&b, LC_FXO);
	seize();
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 199);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 100);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP), 0);
	wire(&b, LC_CARD_BATTERY, 0);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 200);
	CHECK_IS(last(&b, LC_EV_LOOP_DROP).value, 200);
	run(&b, 700);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP), 1);
	wire(&b, LC_CARD_BATTERY, 1);
	run(&b, 100);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 5000);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP), 1);
	wire(&b, LC_CARD_BATTERY, 0); /* a card that reports the battery only */
	run(&b, 200);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP), 2);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
}

static void test_the_relay_bounces(void)
{
	bench_init(&b, LC_FXO);
	order(&b, LC_CMD_HOOK, 1, 0);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 399); /* 200 of settling, 199 of drop */
	CHECK_IS(count(&b, LC_EV_LOOP_DROP), 0);
	run(&b, 1);
	CHECK_IS(last(&b, LC_EV_LOOP_DROP).value, 200);
}

static void test_flash(void)
{
	bench_init(&b, LC_FXO);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 100), -EBUSY);
	seize();
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 2001), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, -1), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 100), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 100), 0);
	wire(&b, LC_CARD_LOOP, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_FLASHING);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 100), -EBUSY);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -EBUSY);
	run(&b, 99);
	CHECK_IS(b.hook, 0);
	run(&b, 1);
	CHECK_IS(b.hook, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	wire(&b, LC_CARD_LOOP, 1);
	run(&b, 1000);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP) + count(&b, LC_EV_SURPRISE), 0);
	order(&b, LC_CMD_HOOK, 0, 100);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 0), 0);
	run(&b, 200);
	CHECK_IS(b.hook, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_GUARD);
}

static void test_polarity(void)
{
	bench_init(&b, LC_FXO);
	wire(&b, LC_CARD_POLARITY, 1);
	run(&b, 59);
	wire(&b, LC_CARD_POLARITY, 0);
	run(&b, 200);
	CHECK_IS(b.told, 0);
	wire(&b, LC_CARD_POLARITY, 1);
	run(&b, 60);
	CHECK_IS(count(&b, LC_EV_POLARITY), 1);
	CHECK_IS(last(&b, LC_EV_POLARITY).value, 1);
	seize();
	wire(&b, LC_CARD_POLARITY, 0);
	run(&b, 60);
	CHECK_IS(last(&b, LC_EV_POLARITY).value, 0);
	CHECK_IS(count(&b, LC_EV_POLARITY), 2);
}

static void test_cut_line(void)
{
	bench_init(&b, LC_FXO);
	wire(&b, LC_CARD_BATTERY, 0);
	run(&b, 999);
	wire(&b, LC_CARD_BATTERY, 1);
	run(&b, 100);
	CHECK_IS(b.told, 0);
	wire(&b, LC_CARD_BATTERY, 0);
	wire(&b, LC_CARD_POLARITY, 1); /* means nothing without battery */
	run(&b, 1000);
	CHECK_IS(last(&b, LC_EV_BATTERY).value, 0);
	CHECK_IS(last(&b, LC_EV_BATTERY).at, (b.now - 1000) * 8);
	CHECK_IS(count(&b, LC_EV_POLARITY), 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DEAD);
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -ENOTCONN);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 0), 0);
	wire(&b, LC_CARD_BATTERY, 1);
	CHECK_IS(last(&b, LC_EV_BATTERY).value, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
}

static void test_cut_while_rung_and_while_talking(void)
{
	bench_init(&b, LC_FXO);
	ring_for(1000, 100);
	wire(&b, LC_CARD_BATTERY, 0);
	run(&b, 1000);
	CHECK_IS(last(&b, LC_EV_RING_STOP).value, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DEAD);

	bench_init(&b, LC_FXO);
	seize();
	wire(&b, LC_CARD_BATTERY, 0);
	wire(&b, LC_CARD_LOOP, 0);
	run(&b, 2000);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP), 1);
	CHECK_IS(count(&b, LC_EV_BATTERY), 0);
	order(&b, LC_CMD_HOOK, 0, 0);
	run(&b, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DEAD);
	CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
}

static void test_battery_is_not_believed_while_rung(void)
{
	bench_init(&b, LC_FXO);
	wire(&b, LC_CARD_RING, 1);
	wire(&b, LC_CARD_BATTERY, 0);
	run(&b, 2000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	wire(&b, LC_CARD_RING, 0);
	run(&b, 999);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	run(&b, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DEAD);
}

static void test_surprises(void)
{
	bench_init(&b, LC_FXO);
	wire(&b, LC_CARD_LOOP, 1);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_LOOP_STRAY);
	wire(&b, (enum lc_card_event_kind)99, 1);
	CHECK_IS(last(&b, LC_EV_SURPRISE).extra, LC_IN_FOREIGN);
	CHECK_IS(order(&b, LC_CMD_RING, 1, 0), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_FEED, 0, 0), -EINVAL);
	CHECK_IS(order(&b, LC_CMD_HOOK, 2, 0), -EINVAL);
}

static void test_a_card_that_fails(void)
{
	bench_init(&b, LC_FXO);
	b.fail = -EIO;
	CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -EIO);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	b.fail = 0;
	seize();
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 100), 0);
	b.fail = -EIO;
	run(&b, 104);
	CHECK_IS(b.line.card_errors, 5);
	b.fail = 0;
	run(&b, 1);
	CHECK_IS(b.hook, 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
}

int main(void)
{
	test_ghost_ring_is_rejected();
	test_state_is_told_before_its_news();
	test_a_hole_in_a_burst_is_no_new_burst();
	test_the_caller_gave_up();
	test_answer_and_release();
	test_ringing_after_the_answer();
	test_rung_during_the_guard();
	test_loop_drop();
	test_the_relay_bounces();
	test_flash();
	test_polarity();
	test_cut_line();
	test_cut_while_rung_and_while_talking();
	test_battery_is_not_believed_while_rung();
	test_surprises();
	test_a_card_that_fails();
	return 0;
}
