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
	ring_for(300, 99);
	ring_for(300, 300);
	CHECK_IS(last(&b, LC_EV_RING).value, 1);
	ring_for(500, 300);
	CHECK_IS(last(&b, LC_EV_RING).value, 2);
}

/* What a ring detector makes of mains hum, hook clicks and a neighbour's dial: never a burst, however long it goes on. */
static void test_hum_and_glitches_are_rejected(void)
{
	static const int rhythm[][2] = {{10, 10}, {5, 5}, {60, 40}, {67, 33}, {90, 30}, {99, 400}};

	for (unsigned i = 0; i < sizeof(rhythm) / sizeof(rhythm[0]); i++) {
		bench_init(&b, LC_FXO);
		for (int t = 0; t < 20000; t += rhythm[i][0] + rhythm[i][1])
			ring_for(rhythm[i][0], rhythm[i][1]);
		CHECK_IS(b.told, 0);
		for (int k = 0; k < 20; k++) /* and it does not hide a real one */
			ring_for(rhythm[i][0], rhythm[i][1]);
		ring_for(1000, 300);
		CHECK_IS(count(&b, LC_EV_RING), 1);
	}
}

static void ring_as(const uint16_t *cadence, int steps, int cycles)
{
	for (int i = 0; i < steps * cycles; i += 2)
		ring_for(cadence[i % steps], cadence[(i + 1) % steps]);
}

static void plan_rings(const uint16_t *cadence, int steps)
{
	b.plan.ring_steps = (uint8_t)steps;
	for (int i = 0; i < steps; i++)
		b.plan.ring_ms[i] = cadence[i];
}

static const uint16_t single[] = {1000, 4000}, american[] = {2000, 4000}, twin[] = {400, 200, 400, 2000},
		      japanese[] = {1000, 2000}, hongkong[] = {400, 200, 400, 3000};

static void test_the_cadence_is_told(void)
{
	bench_init(&b, LC_FXO);
	plan_rings(twin, 4);
	ring_as(twin, 4, 2);
	CHECK_IS(count(&b, LC_EV_RING), 4);
	CHECK_IS(count(&b, LC_EV_RING_END), 4);
	CHECK_IS(count(&b, LC_EV_RING_STOP), 0);
	for (int i = 0, end = 0; i < b.told; i++) {
		if (b.event[i].kind != LC_EV_RING_END)
			continue;
		CHECK_IS(b.event[i].value, 400);
		CHECK_IS(b.event[i].extra, end == 0 ? 0 : end % 2 ? 200 : 2000);
		CHECK_IS(b.event[i - 1].kind, LC_EV_RING);
		CHECK_IS(b.event[i].at - b.event[i - 1].at, 400 * 8);
		end++;
	}
}

/* Every pattern a network may ring with, in every country: one call. */
static void test_distinctive_rings_are_one_call(void)
{
	static const struct {
		int steps;
		uint16_t ms[8];
	} patterns[] = {
		{2, {1000, 4000}},
		{2, {2000, 4000}},
		{2, {1000, 2000}},
		{2, {1500, 3500}},
		{4, {400, 200, 400, 2000}},
		{4, {400, 200, 400, 3000}},
		{6, {400, 400, 200, 200, 400, 1400}}, /* AS/CA S002: distinctive 1 to 7 */
		{4, {400, 400, 200, 2000}},
		{4, {200, 200, 400, 2200}},
		{2, {400, 2600}},
		{6, {400, 400, 200, 400, 200, 1400}},
		{6, {200, 400, 200, 200, 400, 1600}},
		{6, {200, 400, 200, 400, 200, 1600}},
		{4, {800, 400, 800, 4000}}, /* GR-506 */
		{6, {400, 200, 400, 200, 800, 4000}},
	};
	static const struct {
		const uint16_t *ms;
		int steps;
	} plans[] = {{single, 2}, {american, 2}, {twin, 4}, {japanese, 2}, {hongkong, 4}};

	for (unsigned p = 0; p < sizeof(plans) / sizeof(plans[0]); p++)
		for (unsigned i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
			bench_init(&b, LC_FXO);
			plan_rings(plans[p].ms, plans[p].steps);
			ring_as(patterns[i].ms, patterns[i].steps, 4);
			CHECK_IS(count(&b, LC_EV_RING), 2 * patterns[i].steps);
			CHECK_IS(last(&b, LC_EV_RING).value, 2 * patterns[i].steps);
			CHECK_IS(count(&b, LC_EV_RING_STOP), 0);
		}
}

/* The first caller gave up, the next one rings before ring_stop: two calls, unless the cadence could be so. */
static void test_another_caller_at_once(void)
{
	static const struct {
		const uint16_t *plan;
		int steps, on, off;
	} cases[] = {
		{single, 2, 1000, 130},   {single, 2, 1000, 500},   {single, 2, 1000, 1500}, {single, 2, 600, 1300},
		{american, 2, 2000, 700}, {american, 2, 900, 1200}, {twin, 4, 400, 130},     {hongkong, 4, 400, 120},
		{japanese, 2, 1000, 130}, {japanese, 2, 1000, 700},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bench_init(&b, LC_FXO);
		plan_rings(cases[i].plan, cases[i].steps);
		ring_for(cases[i].on, cases[i].off);
		forget(&b);
		ring_for(200, 0);
		CHECK_IS(b.event[0].kind, LC_EV_LINE_STATE);
		CHECK_IS(b.event[0].value, LC_LINE_IDLE);
		CHECK_IS(b.event[1].kind, LC_EV_RING_STOP);
		CHECK_IS(b.event[1].value, 1);
		CHECK_IS(b.event[2].kind, LC_EV_LINE_STATE);
		CHECK_IS(b.event[2].value, LC_LINE_RINGING);
		CHECK_IS(b.event[3].kind, LC_EV_RING);
		CHECK_IS(b.event[3].value, 1);
		CHECK_IS(b.told, 4);
		CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
	}
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

/* Digits as the wire saw them: when each pulse began, how long it broke. */
static int watch_dial(int ms, int64_t begun[], int broken[])
{
	int pulses = 0, hook = b.hook;

	for (int i = 0; i < ms; i += 10) {
		run(&b, 10);
		if (hook && !b.hook)
			begun[pulses] = b.now;
		if (!hook && b.hook && pulses < 60)
			broken[pulses] = (int)(b.now - begun[pulses]), pulses++;
		hook = b.hook;
	}
	return pulses;
}

static void test_pulses(void)
{
	int64_t begun[60];
	int broken[60];

	bench_init(&b, LC_FXO);
	CHECK_IS(order_pulses(&b, "12"), -EBUSY);
	seize();
	CHECK_IS(order_pulses(&b, ""), -EINVAL);
	CHECK_IS(order_pulses(&b, ","), -EINVAL);
	CHECK_IS(order_pulses(&b, "1*"), -EINVAL);
	CHECK_IS(order_pulses(&b, "20,1"), 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_FLASHING);
	CHECK_IS(order_pulses(&b, "2"), -EBUSY);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 100), -EBUSY);
	CHECK_IS(watch_dial(6000, begun, broken), 13);
	for (int i = 0; i < 13; i++)
		CHECK_IS(broken[i], 60);
	CHECK_IS(begun[1] - begun[0], 100);
	CHECK_IS(begun[2] - begun[1], 60 + 800);
	CHECK_IS(begun[11] - begun[2], 900);
	CHECK_IS(begun[12] - begun[11], 60 + 800 + 1000);
	CHECK_IS(last(&b, LC_EV_PULSED).value, 3);
	CHECK_IS(count(&b, LC_EV_PULSED), 1);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_OFFHOOK);
	CHECK_IS(count(&b, LC_EV_LOOP_DROP) + count(&b, LC_EV_SURPRISE), 0);
}

/* Uneven times on a coarse tick: each pulse within one tick, ten of them together exact. */
static void test_pulses_keep_their_rate(void)
{
	int64_t begun[60];
	int broken[60];

	bench_init(&b, LC_FXO);
	b.plan.timers.dial_break = 67;
	b.plan.timers.dial_make = 33;
	seize();
	CHECK_IS(order_pulses(&b, "0"), 0);
	CHECK_IS(watch_dial(3000, begun, broken), 10);
	CHECK(begun[9] - begun[0] >= 890 && begun[9] - begun[0] <= 910);
	for (int i = 0; i < 10; i++)
		CHECK(broken[i] >= 60 && broken[i] <= 80);
}

static void test_released_while_dialling(void)
{
	bench_init(&b, LC_FXO);
	seize();
	CHECK_IS(order_pulses(&b, "555"), 0);
	run(&b, 1500);
	CHECK_IS(order(&b, LC_CMD_HOOK, 0, 0), 0);
	CHECK_IS(b.hook, 0);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_GUARD);
	CHECK_IS(last(&b, LC_EV_PULSED).value, 1);
	run(&b, 5000);
	CHECK_IS(b.hook, 0);
	CHECK_IS(count(&b, LC_EV_PULSED), 1);
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

/* ---- NTT's number display ----------------------------------------------------------------------- */

static void begin_ntt(int turned)
{
	bench_init(&b, LC_FXO);
	b.plan.callerid_answer = 1;
	b.plan.ring_ms[1] = 2000;
	if (!turned) { /* its wires the other way round: normal is reversed */
		wire(&b, LC_CARD_POLARITY, 1);
		run(&b, 60000);
	}
	forget(&b);
	wire(&b, LC_CARD_POLARITY, turned);
}

static void burst(int ms, int silence)
{
	wire(&b, LC_CARD_RING, 1);
	run(&b, ms);
	wire(&b, LC_CARD_RING, 0);
	run(&b, silence);
}

static void test_ntt_line_takes_the_number_first(void)
{
	for (int turned = 0; turned < 2; turned++) {
		begin_ntt(turned);
		burst(500, 99);
		CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
		run(&b, 2);
		CHECK_IS(lc_line_state(&b.line), LC_LINE_DATA);
		CHECK_IS(b.hook, 1);
		CHECK_IS(order(&b, LC_CMD_HOOK, 1, 0), -EBUSY);
		run(&b, 1200);
		lc_line_callerid(&b.line);
		run(&b, 1);
		CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
		CHECK_IS(b.hook, 0);
		CHECK_IS(count(&b, LC_EV_RING), 0);
		run(&b, 500);
		burst(1000, 500); /* the true ringing */
		CHECK_IS(count(&b, LC_EV_RING), 1);
		CHECK_IS(last(&b, LC_EV_RING_END).value, 1000);
		CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
		wire(&b, LC_CARD_POLARITY, !turned); /* the caller gives up */
		run(&b, 70);
		CHECK_IS(count(&b, LC_EV_RING_STOP), 1);
		CHECK_IS(count(&b, LC_EV_SURPRISE), 0);
	}
}

static void test_ntt_data_that_do_not_come(void)
{
	begin_ntt(1);
	burst(500, 110);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_DATA);
	run(&b, 4000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	burst(500, 500); /* once per call only */
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	CHECK_IS(count(&b, LC_EV_RING), 1);
}

static void test_ntt_line_without_the_service(void)
{
	begin_ntt(1);
	burst(1000, 2000);
	CHECK_IS(count(&b, LC_EV_RING), 1);
	CHECK_IS(last(&b, LC_EV_RING_END).value, 1000);
	bench_init(&b, LC_FXO);
	b.plan.callerid_answer = 1;
	burst(500, 500); /* never turned: a private exchange's short ring */
	CHECK_IS(lc_line_state(&b.line), LC_LINE_RINGING);
	CHECK_IS(b.hook, 0);
}

int main(void)
{
	test_ghost_ring_is_rejected();
	test_state_is_told_before_its_news();
	test_a_hole_in_a_burst_is_no_new_burst();
	test_hum_and_glitches_are_rejected();
	test_the_cadence_is_told();
	test_distinctive_rings_are_one_call();
	test_another_caller_at_once();
	test_the_caller_gave_up();
	test_answer_and_release();
	test_ringing_after_the_answer();
	test_rung_during_the_guard();
	test_loop_drop();
	test_the_relay_bounces();
	test_flash();
	test_pulses();
	test_pulses_keep_their_rate();
	test_released_while_dialling();
	test_polarity();
	test_cut_line();
	test_cut_while_rung_and_while_talking();
	test_battery_is_not_believed_while_rung();
	test_surprises();
	test_a_card_that_fails();
	test_ntt_line_takes_the_number_first();
	test_ntt_data_that_do_not_come();
	test_ntt_line_without_the_service();
	return 0;
}
