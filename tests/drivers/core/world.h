/* world.h — a country plan and a simulated card of two wires, for tests of the whole core. */
#ifndef CALLBOX_TEST_WORLD_H
#define CALLBOX_TEST_WORLD_H

#include <assert.h>
#include <string.h>

#include "cards.h"
#include "line/timers.h"

enum { WORLD_PORTS = 16 };

struct world {
	struct lc_sim *sim;
	struct lc_core *core[2]; /* box, far */
	uint32_t seq;
};

static const char *world_trace; /* set before a world begins: the box's card is spied on, into this file */

static inline struct lc_plan world_plan(void)
{
	struct lc_plan plan = {
		.country = "cn",
		.tones = 2,
		.ring_steps = 2,
		.ring_ms = {1000, 4000},
		.callerid_scheme = LC_CID_BELL202,
		.callerid_dbm0 = -13.5F,
		.dtmf_low_dbm0 = -9,
		.dtmf_high_dbm0 = -7,
		.dtmf_on_ms = 70,
		.dtmf_off_ms = 70,
		.dtmf_twist_db = 6,
		.dtmf_reverse_twist_db = 6,
		.tone = {{.name = "dial",
	                  .level_dbm0 = -10,
	                  .steps = 1,
	                  .listen_ms = 600,
	                  .cadence_percent = 15,
	                  .step = {{{450, 0}, 0}}},
	                 {.name = "busy",
	                  .level_dbm0 = -10,
	                  .steps = 2,
	                  .listen_cycles = 3,
	                  .cadence_percent = 15,
	                  .step = {{{450, 0}, 350}, {{0, 0}, 350}}}},
	};
	lc_timers_standard(&plan.timers);
	return plan;
}

/* The first half of the box's ports are lines. */
static inline struct world world_sized(int ports, int players, int recorders, struct lc_sim_wire wire)
{
	struct lc_sim_wire wires[WORLD_PORTS];
	uint8_t kinds[WORLD_PORTS];
	struct world world = {0};
	int error;
	for (int i = 0; i < ports; i++) {
		wires[i] = wire;
		kinds[i] = i < ports / 2 ? LC_FXO : LC_FXS;
	}
	world.sim = lc_sim_new(ports, wires, kinds, 80, 1, &error);
	assert(world.sim && !error);
	for (int end = 0; end < 2; end++) {
		struct lc_config config = {.ports = (uint16_t)ports,
		                           .players = (uint16_t)players,
		                           .recorders = (uint16_t)recorders,
		                           .tick_samples = 80,
		                           .plan = world_plan()};
		for (int i = 0; i < ports; i++) {
			config.channel[i] = (uint16_t)i;
			config.port_kind[i] = end ? (uint8_t)(LC_FXO + LC_FXS - kinds[i]) : kinds[i];
		}
		struct lc_card *card = lc_sim_card(world.sim, end);
		if (end == 0 && world_trace)
			card = lc_spy_new(card, &config, world_trace, "", UINT64_MAX, &error);
		assert(card);
		world.core[end] = lc_core_new(&config, card, &error);
		assert(world.core[end] && !error);
	}
	return world;
}

static inline struct world world_begin(int ports, struct lc_sim_wire wire)
{
	return world_sized(ports, 32, 16, wire);
}

static inline void world_end(struct world *world)
{
	lc_core_free(world->core[0]);
	lc_core_free(world->core[1]);
	lc_sim_free(world->sim);
}

static inline uint32_t world_post(struct world *world, int which, struct lc_command command)
{
	command.seq = ++world->seq;
	assert(!lc_command_post(world->core[which], &command));
	return command.seq;
}

#endif
