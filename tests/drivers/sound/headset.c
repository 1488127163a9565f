/* headset.c — a headset beside the simulated card: plugged in, heard and hearing, unplugged; the card's own ports as ever. */
#include <errno.h>

#include "../core/world.h"
#include "check.h"

enum { WIRES = 2, HEADSET_PORT = WIRES, BLOCK = 80 };

static struct lc_sim *sim;
static struct lc_core *box, *far;
static struct lc_card *sound;
static uint32_t seq;

static void begin(const char *trace)
{
	struct lc_sim_wire wire[WIRES] = {{.noise_dbm0 = -100, .hum_dbm0 = -100, .echo_loss_db = 100, .far_echo_loss_db = 100},
	                                  {.noise_dbm0 = -100, .hum_dbm0 = -100, .echo_loss_db = 100, .far_echo_loss_db = 100}};
	uint8_t kinds[] = {LC_FXO, LC_FXS};
	struct lc_config config = {.ports = WIRES + 1,
	                           .players = 4,
	                           .tick_samples = BLOCK,
	                           .plan = world_plan(),
	                           .port_kind = {LC_FXO, LC_FXS, LC_FXS},
	                           .channel = {0, 1, 2}};
	struct lc_config away = {.ports = WIRES,
	                         .players = 4,
	                         .tick_samples = BLOCK,
	                         .plan = world_plan(),
	                         .port_kind = {LC_FXS, LC_FXO},
	                         .channel = {0, 1}};
	int error;

	sim = lc_sim_new(WIRES, wire, kinds, BLOCK, 1, &error);
	sound = lc_headsets_new(lc_sim_card(sim, 0), WIRES, 1, &error);
	CHECK_IS(error, 0);
	box = lc_core_new(&config, trace ? lc_spy_new(sound, &config, trace, "", UINT64_MAX, &error) : sound, &error);
	far = lc_core_new(&away, lc_sim_card(sim, 1), &error);
	CHECK(box && far);
}

static void end(void)
{
	lc_core_free(box);
	lc_core_free(far);
	lc_sim_free(sim);
}

static void order(struct lc_command command)
{
	command.seq = ++seq;
	CHECK_IS(lc_command_post(box, &command), 0);
}

/* Ticks both for so long; the value of the first news of that kind at that port, or -1. Others are passed over. */
static int until(uint16_t kind, uint16_t port, int ticks, int *at)
{
	struct lc_event event;

	for (int tick = 0; tick < ticks; tick++) {
		lc_tick(box);
		lc_tick(far);
		while (lc_event_take(far, &event, 1))
			;
		while (lc_event_take(box, &event, 1)) {
			if (event.kind == kind && event.slot == port) {
				*at = tick;
				return event.value;
			}
		}
	}
	return -1;
}

static void not_there(void)
{
	struct lc_counters counters;
	int at;

	begin(NULL);
	CHECK_IS(until(LC_EV_CARD, HEADSET_PORT, 3, &at), 0);
	CHECK_IS(until(LC_EV_OFFHOOK, HEADSET_PORT, 50, &at), -1);
	CHECK_IS(lc_headset_plug(sound, 0, 1), 0);
	CHECK_IS(until(LC_EV_CARD, HEADSET_PORT, 3, &at), 1);
	lc_counters_get(box, &counters);
	CHECK_IS(counters.ports_lost, 1);
	CHECK_IS(counters.ports_back, 1);
	CHECK_IS(lc_headset_plug(sound, 1, 1), -ENODEV);
	CHECK_IS(lc_headset_say(sound, -1, NULL, 0), -ENODEV);
	CHECK_IS(lc_headset_say(sound, 0, NULL, -1), -EINVAL);
	CHECK_IS(lc_headset_hear(sound, 0, NULL, LC_TICK_SAMPLES_MAX + 1), -EINVAL);
	end();
}

/* The headset says a constant for so many ticks; what it heard last. News is passed over. */
static void speaks(int ticks, int16_t value, int16_t heard[BLOCK])
{
	struct lc_event event;
	int16_t block[BLOCK];

	for (int i = 0; i < BLOCK; i++)
		block[i] = value;
	for (int tick = 0; tick < ticks; tick++) {
		lc_headset_say(sound, 0, block, BLOCK);
		lc_tick(box);
		lc_tick(far);
		lc_headset_hear(sound, 0, heard, BLOCK);
		while (lc_event_take(box, &event, 1))
			;
	}
}

static void talks(const char *trace)
{
	struct lc_headset_counters counters;
	int16_t heard[BLOCK];
	int at;

	begin(trace);
	CHECK_IS(lc_headset_plug(sound, 0, 1), 0);
	CHECK_IS(until(LC_EV_OFFHOOK, HEADSET_PORT, 50, &at), 0);
	order((struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PORT | HEADSET_PORT, .sink = LC_END_PORT | HEADSET_PORT});
	speaks(20, 1234, heard);
	CHECK_IS(heard[0], 1234); /* there and back again */
	order((struct lc_command){.kind = LC_CMD_FEED, .slot = HEADSET_PORT, .a = LC_FEED_OFF});
	CHECK_IS(until(LC_EV_ACK, HEADSET_PORT, 3, &at), -ENOTTY);
	order((struct lc_command){.kind = LC_CMD_RING, .slot = HEADSET_PORT, .a = 1});
	CHECK_IS(until(LC_EV_ACK, HEADSET_PORT, 3, &at), -EBUSY);
	order((struct lc_command){.kind = LC_CMD_LAMP, .slot = HEADSET_PORT, .a = 1, .b = LC_LAMP_VOLTAGE});
	CHECK_IS(until(LC_EV_ACK, HEADSET_PORT, 3, &at), -ENOTTY);

	lc_headset_plug(sound, 0, 0);
	CHECK_IS(until(LC_EV_CARD, HEADSET_PORT, 3, &at), 0);
	CHECK_IS(until(LC_EV_ONHOOK, HEADSET_PORT, 200, &at), 0);
	CHECK(at * 10 <= world_plan().timers.flash_max + 30);
	lc_headset_plug(sound, 0, 1);
	CHECK_IS(until(LC_EV_OFFHOOK, HEADSET_PORT, 50, &at), 0);
	CHECK_IS(lc_headset_counters_get(sound, 0, &counters), 0);
	CHECK_IS(counters.lost, 1);
	end();
}

/* The card's own ports do not notice. */
static void beside(void)
{
	int at;

	begin(NULL);
	lc_command_post(far, &(struct lc_command){.seq = 1, .kind = LC_CMD_HOOK, .slot = 1, .a = 1});
	CHECK_IS(until(LC_EV_OFFHOOK, 1, 50, &at), 0);
	lc_command_post(far, &(struct lc_command){.seq = 2, .kind = LC_CMD_RING, .slot = 0, .a = 1});
	CHECK_IS(until(LC_EV_RING, 0, 200, &at), 1);
	end();
}

static void refused(void)
{
	struct lc_sim_wire wire = {.noise_dbm0 = -100};
	uint8_t kind = LC_FXO;
	int error;
	struct lc_sim *one = lc_sim_new(1, &wire, &kind, BLOCK, 1, &error);

	CHECK(!lc_headsets_new(lc_sim_card(one, 0), 1, 0, &error));
	CHECK_IS(error, -EINVAL);
	CHECK(!lc_headsets_new(lc_sim_card(one, 0), 1, LC_HEADSETS_MAX + 1, &error));
	CHECK(!lc_headsets_new(lc_sim_card(one, 0), LC_PORTS_MAX, 1, &error));
	CHECK_IS(error, -EINVAL);
	lc_sim_free(one);
}

int main(void)
{
	not_there();
	talks(NULL);
	talks("headset.trace");
	beside();
	refused();
	printf("headset: ok\n");
	return 0;
}
