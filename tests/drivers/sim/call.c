/* Two line machines on one simulated wire: an exchange's end (FXS) and the box's (FXO), as both cores run them. */
#include <string.h>

#include "cards/sim/sim.h"
#include "check.h"
#include "line/line.h"
#include "line/timers.h"

struct side {
	struct lc_card *card;
	struct lc_line line;
	struct lc_callerid_rx ear;
	int64_t heard_at; /* when the last caller id was complete */
	int counted[LC_EV_KINDS];
	struct lc_event last[LC_EV_KINDS];
};

static struct lc_plan plan;
static struct lc_sim *sim;
static struct side box, far;
static int64_t now;

static void note(void *context, const struct lc_event *event)
{
	struct side *side = context;

	side->counted[event->kind]++;
	side->last[event->kind] = *event;
	if (event->kind == LC_EV_CALLERID)
		side->heard_at = now;
}

static void tick_side(struct side *side)
{
	struct lc_card_event event;
	int16_t block[80];

	side->card->ops->begin(side->card);
	while (side->card->ops->event(side->card, &event) == 1)
		lc_line_card_event(&side->line, &event);
	CHECK_IS(side->card->ops->read(side->card, 0, block, 80), 0);
	lc_callerid_rx_process(&side->ear, block, 80, note, side);
	lc_line_tick(&side->line, now + 80);
	if (!lc_line_transmit(&side->line, block, 80))
		memset(block, 0, sizeof(block));
	CHECK_IS(side->card->ops->write(side->card, 0, block, 80), 0);
}

static void run(int ms)
{
	for (; ms > 0; ms -= 10) {
		tick_side(&box);
		tick_side(&far);
		now += 80;
	}
}

static void begin(enum lc_port_kind box_kind)
{
	const struct lc_sim_wire wire = {.companding = LC_ALAW,
	                                 .loss_db = 3,
	                                 .echo_loss_db = 14,
	                                 .far_echo_loss_db = 14,
	                                 .noise_dbm0 = -65,
	                                 .hum_dbm0 = -100};
	const uint8_t kind = (uint8_t)box_kind;
	int error;

	memset(&box, 0, sizeof(box));
	memset(&far, 0, sizeof(far));
	lc_callerid_rx_init(&box.ear);
	lc_callerid_rx_init(&far.ear);
	plan.ring_steps = 2;
	plan.ring_ms[0] = 1000;
	plan.ring_ms[1] = 4000;
	plan.callerid_dbm0 = -13.5f;
	lc_timers_standard(&plan.timers);
	sim = lc_sim_new(1, &wire, &kind, 80, 3, &error);
	box.card = lc_sim_card(sim, 0);
	far.card = lc_sim_card(sim, 1);
	lc_line_init(&box.line, box_kind, &plan, box.card, 0, note, &box);
	lc_line_init(&far.line, box_kind == LC_FXO ? LC_FXS : LC_FXO, &plan, far.card, 0, note, &far);
	now = 0;
	run(1000);
}

static void end(void)
{
	run(5000);
	CHECK_IS(box.counted[LC_EV_SURPRISE], 0);
	CHECK_IS(far.counted[LC_EV_SURPRISE], 0);
	CHECK_IS(lc_line_state(&box.line), LC_LINE_IDLE);
	CHECK_IS(lc_line_state(&far.line), LC_LINE_IDLE);
	lc_sim_free(sim);
}

static void order(struct side *side, enum lc_command_kind kind, int a, int b)
{
	const struct lc_command command = {.kind = (uint16_t)kind, .a = a, .b = b};

	CHECK_IS(lc_line_command(&side->line, &command), 0);
}

static void test_a_call_from_outside(void)
{
	begin(LC_FXO);
	order(&far, LC_CMD_RING, 1, 0);
	run(5500);
	CHECK_IS(box.last[LC_EV_RING].value, 2);
	order(&box, LC_CMD_HOOK, 1, 0);
	run(100);
	CHECK_IS(far.last[LC_EV_OFFHOOK].value, 1);
	order(&far, LC_CMD_FEED, LC_FEED_REVERSED, 0);
	run(2000);
	CHECK_IS(box.last[LC_EV_POLARITY].value, 1);
	order(&far, LC_CMD_FEED, LC_FEED_NORMAL, 0);
	run(1000);
	order(&far, LC_CMD_FEED, LC_FEED_OFF, 500); /* the caller hung up */
	run(400);
	CHECK_IS(box.counted[LC_EV_LOOP_DROP], 1);
	order(&box, LC_CMD_HOOK, 0, 0);
	run(3000);
	CHECK_IS(far.counted[LC_EV_ONHOOK], 1);
	CHECK_IS(box.counted[LC_EV_RING_STOP] + box.counted[LC_EV_BATTERY] + box.counted[LC_EV_LOOP_DROP], 1);
	end();
}

/* The real sender and receiver, through loss, noise and A-law, in the silence it belongs to. */
static void test_caller_id(enum lc_callerid_scheme scheme, enum lc_callerid_moment moment)
{
	struct lc_command ring = {.kind = LC_CMD_RING, .a = 1, .text = "13800138000\0Wang Li"};
	int64_t asked;

	plan.callerid_scheme = (uint8_t)scheme;
	plan.callerid_moment = (uint8_t)moment;
	begin(LC_FXO);
	asked = now;
	CHECK_IS(lc_line_command(&far.line, &ring), 0);
	run(8000);
	CHECK_IS(box.counted[LC_EV_CALLERID], 1);
	CHECK_IS(box.last[LC_EV_CALLERID].value, 1);
	CHECK(!strcmp(box.last[LC_EV_CALLERID].text, "13800138000"));
	if (moment == LC_CID_AFTER_FIRST_RING) {
		CHECK_IS(box.last[LC_EV_RING].value, 2);
		CHECK(box.heard_at > asked + 1600 * 8 && box.heard_at < asked + 4800 * 8);
	} else {
		CHECK(box.heard_at < asked + 2000 * 8);
		CHECK(box.last[LC_EV_RING].at > box.heard_at + 280 * 8);
	}
	order(&far, LC_CMD_RING, 0, 0);
	run(7000);
	plan.callerid_scheme = LC_CID_NONE;
	end();
}

static void test_a_caller_gives_up_and_calls_again(void)
{
	begin(LC_FXO);
	order(&far, LC_CMD_RING, 1, 0);
	run(6500);
	order(&far, LC_CMD_RING, 0, 0);
	run(7000);
	CHECK_IS(box.last[LC_EV_RING_STOP].value, 2);
	order(&far, LC_CMD_RING, 1, 0);
	run(500);
	CHECK_IS(box.last[LC_EV_RING].value, 1);
	order(&far, LC_CMD_RING, 0, 0);
	run(7000);
	end();
}

/* The box's side is the FXS now, the telephone is the FXO machine. */
static void test_a_telephone_flashes_and_dials_pulses(void)
{
	begin(LC_FXS);
	order(&far, LC_CMD_HOOK, 1, 0);
	run(1000);
	CHECK_IS(box.counted[LC_EV_OFFHOOK], 1);
	order(&far, LC_CMD_HOOK, 0, 100);
	run(1000);
	CHECK_IS(box.last[LC_EV_FLASH].value, 100);
	for (int pulse = 0; pulse < 3; pulse++) {
		order(&far, LC_CMD_HOOK, 0, 60);
		run(100);
	}
	run(1000);
	CHECK_IS(box.last[LC_EV_PULSE].text[0], '3');
	order(&far, LC_CMD_HOOK, 0, 0);
	run(2000);
	CHECK_IS(box.counted[LC_EV_ONHOOK], 1);
	CHECK_IS(box.counted[LC_EV_FLASH], 1);
	end();
}

static void test_a_cut_cable(void)
{
	begin(LC_FXO);
	lc_sim_cut(sim, 0, 1);
	run(1100);
	CHECK_IS(lc_line_state(&box.line), LC_LINE_DEAD);
	lc_sim_cut(sim, 0, 0);
	run(10);
	CHECK_IS(box.last[LC_EV_BATTERY].value, 1);
	end();
}

int main(void)
{
	test_a_call_from_outside();
	test_caller_id(LC_CID_BELL202, LC_CID_AFTER_FIRST_RING);
	test_caller_id(LC_CID_V23, LC_CID_BEFORE_RING);
	test_a_caller_gives_up_and_calls_again();
	test_a_telephone_flashes_and_dials_pulses();
	test_a_cut_cable();
	return 0;
}
