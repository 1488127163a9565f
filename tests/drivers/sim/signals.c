/* What each end of a wire sees of hook, ringing, battery and loop; faults; bad arguments; the clock. */
#include <errno.h>
#include <string.h>

#include "cards/sim/sim.h"
#include "check.h"

static const struct lc_sim_wire plain = {
	.companding = LC_LINEAR, .echo_loss_db = 100, .far_echo_loss_db = 100, .noise_dbm0 = -100, .hum_dbm0 = -100};

/* Wire 0 is an outside line (box FXO), wire 1 a telephone (box FXS). */
static struct lc_sim *sim;
static struct lc_card *box, *far;

static void begin(void)
{
	const struct lc_sim_wire wires[2] = {plain, plain};
	const uint8_t kinds[2] = {LC_FXO, LC_FXS};
	int error = 1;

	sim = lc_sim_new(2, wires, kinds, 80, 1, &error);
	CHECK(sim);
	CHECK_IS(error, 0);
	box = lc_sim_card(sim, 0);
	far = lc_sim_card(sim, 1);
}

static void end(void)
{
	box->ops->close(box);
	far->ops->close(far);
	lc_sim_free(sim);
}

static void sees(struct lc_card *card, int channel, enum lc_card_event_kind kind, int value)
{
	struct lc_card_event event = {0};

	CHECK_IS(card->ops->event(card, &event), 1);
	CHECK_IS(event.channel, channel);
	CHECK_IS(event.kind, kind);
	CHECK_IS(event.value, value);
}

static void nothing(struct lc_card *card)
{
	struct lc_card_event event;

	CHECK_IS(card->ops->event(card, &event), 0);
}

static void test_an_outside_call(void)
{
	begin();
	nothing(box);
	nothing(far);
	CHECK_IS(far->ops->ring(far, 0, 1), 0);
	sees(box, 0, LC_CARD_RING, 1);
	far->ops->ring(far, 0, 0);
	sees(box, 0, LC_CARD_RING, 0);
	far->ops->ring(far, 0, 1);
	sees(box, 0, LC_CARD_RING, 1);
	CHECK_IS(box->ops->hook(box, 0, 1), 0); /* tripped while the voltage is on */
	sees(box, 0, LC_CARD_RING, 0);
	sees(box, 0, LC_CARD_LOOP, 1);
	sees(far, 0, LC_CARD_LOOP, 1);
	far->ops->ring(far, 0, 0);
	far->ops->feed(far, 0, LC_FEED_REVERSED);
	sees(box, 0, LC_CARD_POLARITY, 1);
	nothing(far);
	far->ops->feed(far, 0, LC_FEED_OFF);
	sees(box, 0, LC_CARD_BATTERY, 0);
	sees(box, 0, LC_CARD_LOOP, 0);
	sees(far, 0, LC_CARD_LOOP, 0);
	far->ops->feed(far, 0, LC_FEED_NORMAL);
	sees(box, 0, LC_CARD_BATTERY, 1);
	sees(box, 0, LC_CARD_POLARITY, 0);
	sees(box, 0, LC_CARD_LOOP, 1);
	sees(far, 0, LC_CARD_LOOP, 1);
	box->ops->hook(box, 0, 0);
	sees(box, 0, LC_CARD_LOOP, 0);
	sees(far, 0, LC_CARD_LOOP, 0);
	nothing(box);
	nothing(far);
	end();
}

static void test_a_telephone(void)
{
	begin();
	box->ops->ring(box, 1, 1);
	sees(far, 1, LC_CARD_RING, 1);
	far->ops->hook(far, 1, 1);
	sees(far, 1, LC_CARD_RING, 0);
	sees(far, 1, LC_CARD_LOOP, 1);
	sees(box, 1, LC_CARD_LOOP, 1);
	far->ops->hook(far, 1, 0); /* a dial pulse: both edges arrive, whenever the box looks */
	far->ops->hook(far, 1, 1);
	sees(box, 1, LC_CARD_LOOP, 0);
	sees(box, 1, LC_CARD_LOOP, 1);
	end();
}

static void test_a_cut_wire(void)
{
	begin();
	box->ops->hook(box, 0, 1);
	sees(box, 0, LC_CARD_LOOP, 1);
	sees(far, 0, LC_CARD_LOOP, 1);
	CHECK_IS(lc_sim_cut(sim, 0, 1), 0);
	nothing(box); /* not within a tick */
	far->ops->begin(far);
	sees(box, 0, LC_CARD_BATTERY, 0);
	sees(box, 0, LC_CARD_LOOP, 0);
	sees(far, 0, LC_CARD_LOOP, 0);
	box->ops->hook(box, 0, 0);
	far->ops->ring(far, 0, 1);
	nothing(box);
	lc_sim_cut(sim, 0, 0);
	box->ops->begin(box);
	sees(box, 0, LC_CARD_BATTERY, 1);
	sees(box, 0, LC_CARD_RING, 1);
	CHECK_IS(lc_sim_cut(sim, 2, 1), -EINVAL);
	CHECK_IS(lc_sim_cut(sim, -1, 1), -EINVAL);
	end();
}

static void test_closing_one_end(void)
{
	begin();
	far->ops->hook(far, 1, 1);
	sees(box, 1, LC_CARD_LOOP, 1);
	far->ops->close(far);
	sees(box, 1, LC_CARD_LOOP, 0);
	end();
}

/* A core that does not look for a long time still learns how things stand. */
static void test_a_full_queue(void)
{
	struct lc_card_event event;
	int last = -1;
	int taken = 0;

	begin();
	for (int i = 0; i < 4 * LC_SIM_EVENTS; i++)
		far->ops->hook(far, 1, (i + 1) % 2);
	for (; box->ops->event(box, &event) == 1; taken++)
		last = event.value;
	CHECK_IS(last, 0);
	CHECK(taken >= LC_SIM_EVENTS - 4);
	end();
}

static void test_bad_arguments(void)
{
	struct lc_sim_wire wire = plain;
	uint8_t kind = LC_FXO;
	int16_t block[160] = {0};
	int error = 0;

	CHECK(!lc_sim_new(0, &wire, &kind, 80, 1, &error) && error == -EINVAL);
	CHECK(!lc_sim_new(LC_PORTS_MAX + 1, &wire, &kind, 80, 1, &error) && error == -EINVAL);
	CHECK(!lc_sim_new(1, &wire, &kind, 81, 1, &error) && error == -EINVAL);
	wire.loss_db = 31;
	CHECK(!lc_sim_new(1, &wire, &kind, 80, 1, &error) && error == -EINVAL);
	wire.loss_db = NAN;
	CHECK(!lc_sim_new(1, &wire, &kind, 80, 1, &error) && error == -EINVAL);
	wire = plain;
	wire.companding = 3;
	CHECK(!lc_sim_new(1, &wire, &kind, 80, 1, &error) && error == -EINVAL);
	wire = plain;
	kind = 0;
	CHECK(!lc_sim_new(1, &wire, &kind, 80, 1, &error) && error == -EINVAL);
	lc_sim_free(NULL);
	begin();
	CHECK_IS(box->ops->ring(box, 0, 1), -EINVAL);
	CHECK_IS(box->ops->feed(box, 0, LC_FEED_OFF), -EINVAL);
	CHECK_IS(box->ops->hook(box, 1, 1), -EINVAL);
	CHECK_IS(box->ops->hook(box, 2, 1), -EINVAL);
	CHECK_IS(box->ops->read(box, -1, block, 80), -EINVAL);
	CHECK_IS(box->ops->read(box, 0, block, 160), -EINVAL);
	CHECK_IS(box->ops->write(box, 0, block, 40), -EINVAL);
	CHECK(!far->ops->wait);
	end();
}

/* A due time set back by hand stands for a thread that could not run: nothing sleeps here for long. */
static void test_missed_ticks_are_counted(void)
{
	struct lc_sim_card *end_ = (struct lc_sim_card *)lc_sim_card((begin(), sim), 0);

	CHECK_IS(box->ops->wait(box), 0);
	end_->due.tv_sec -= 2;
	CHECK(box->ops->wait(box) >= 198);
	end();
}

int main(void)
{
	test_an_outside_call();
	test_a_telephone();
	test_a_cut_wire();
	test_closing_one_end();
	test_a_full_queue();
	test_bad_arguments();
	test_missed_ticks_are_counted();
	return 0;
}
