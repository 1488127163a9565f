/* A million random orders and card events to each machine; left alone, it comes to rest. */
#include "bench.h"

static struct bench b;
static uint32_t state = 20261122;

static uint32_t random_below(uint32_t most)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (state >> 4) % most;
}

static void check_truths(enum lc_port_kind kind)
{
	enum lc_line_state at = lc_line_state(&b.line);

	CHECK(at < LC_LINE_STATES);
	if (kind == LC_FXO && !b.fail && !(at == LC_LINE_FLASHING && b.line.fxo.dialling))
		CHECK_IS(b.hook, at == LC_LINE_OFFHOOK || at == LC_LINE_DATA);
	if (kind == LC_FXS && at != LC_LINE_RINGING && at != LC_LINE_OFFHOOK && !b.line.card_errors)
		CHECK_IS(b.ring, 0);
	if (kind == LC_FXS && !b.fail)
		CHECK_IS(b.feed == LC_FEED_OFF, at == LC_LINE_DEAD);
}

static void one_step(void)
{
	static const int times[] = {0, 1, 5, 10, 30, 60, 100, 200, 500, 900, 1300};

	if (random_below(2)) {
		int kind = (int)random_below(LC_CARD_EVENTS + 1); /* one of them foreign */

		wire(&b, (enum lc_card_event_kind)kind, (int)random_below(2));
	} else {
		static const enum lc_command_kind kinds[] = {LC_CMD_HOOK,  LC_CMD_RING,         LC_CMD_FEED, LC_CMD_LINK,
		                                             LC_CMD_PULSE, LC_CMD_CALL_WAITING, LC_CMD_LAMP};
		enum lc_command_kind kind = kinds[random_below(7)];
		int value = (int)random_below(4) - (int)(random_below(50) == 0);
		int ms = (int)random_below(300);

		if (kind == LC_CMD_RING && value == 1)
			order_ring(&b, random_below(2) ? "12345" : "", "", (int)random_below(3));
		else if (kind == LC_CMD_PULSE)
			order_pulses(&b, random_below(4) ? "90,2" : "1#");
		else
			order(&b, kind, value, random_below(2) ? ms : 0);
	}
	if (random_below(50) == 0)
		lc_line_digit(&b.line, random_below(2) ? 'D' : '5');
	if (random_below(50) == 0)
		lc_line_callerid(&b.line);
	if (random_below(4) == 0)
		run(&b, times[random_below(sizeof(times) / sizeof(times[0]))] / 10);
	if (random_below(200) == 0)
		run(&b, times[random_below(sizeof(times) / sizeof(times[0]))]);
	if (random_below(1000) == 0)
		b.fail = b.fail ? 0 : -5;
}

static void fuzz(enum lc_port_kind kind, enum lc_callerid_scheme scheme, enum lc_callerid_moment moment)
{
	bench_init(&b, kind);
	b.plan.callerid_scheme = (uint8_t)scheme;
	b.plan.callerid_moment = (uint8_t)moment;
	b.plan.callerid_answer = scheme == LC_CID_NTT;
	b.plan.callerid_waiting = 1;
	b.plan.tones = 1;
	b.plan.tone[0] = (struct lc_tone){.name = "call_waiting", .steps = 2, .step = {{{440, 0}, 300}, {{0, 0}, 4000}}};
	for (int i = 0; i < 1000000; i++) {
		one_step();
		check_truths(kind);
	}
	CHECK(count(&b, LC_EV_SURPRISE) > 0);
	b.fail = 0;
	run(&b, 3000);
	order(&b, LC_CMD_HOOK, 0, 0);
	order(&b, LC_CMD_RING, 0, 0);
	order(&b, LC_CMD_FEED, LC_FEED_NORMAL, 0);
	wire(&b, LC_CARD_RING, 0);
	wire(&b, LC_CARD_LOOP, 0);
	wire(&b, LC_CARD_BATTERY, 1);
	run(&b, 20000);
	CHECK_IS(lc_line_state(&b.line), LC_LINE_IDLE);
	CHECK_IS(b.hook + b.ring + b.feed, 0);
	forget(&b);
	run(&b, 20000);
	CHECK_IS(b.told, 0);
}

int main(void)
{
	fuzz(LC_FXO, LC_CID_BELL202, LC_CID_AFTER_FIRST_RING);
	fuzz(LC_FXO, LC_CID_NTT, LC_CID_AFTER_FIRST_RING);
	fuzz(LC_FXS, LC_CID_BELL202, LC_CID_AFTER_FIRST_RING);
	fuzz(LC_FXS, LC_CID_BELL202, LC_CID_BEFORE_RING);
	fuzz(LC_FXS, LC_CID_NTT, LC_CID_AFTER_FIRST_RING);
	return 0;
}
