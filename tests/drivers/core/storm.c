/* A million random hooks, rings and digits on sixteen wires from both ends at once, any other orders between them, wires cut
 * and joined; afterwards every port comes back to idle, every
 * ring is drained, every player silent and every file closed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

enum { SIGNALS = 1000000, A_TICK = 64 };

static uint32_t random_state = 12345;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

static int open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static struct lc_command any_order(void)
{
	static const char *const paths[] = {"prompt.wav", "absent.wav", "/dev/null", ""};
	static const uint16_t signals[] = {LC_CMD_HOOK, LC_CMD_RING, LC_CMD_PLAY_DIGITS, LC_CMD_PULSE};
	struct lc_command command = {.kind = (uint16_t)(1 + draw(LC_CMD_KINDS)), .slot = (uint16_t)draw(WORLD_PORTS + 1)};
	if (draw(4))
		command.kind = signals[draw(4)];
	command.a = (int32_t)draw(3);
	command.b = draw(4) ? 0 : (int32_t)draw(1500);
	command.gain_db = (float)draw(30) - 20;
	command.source = (uint16_t)(draw(2) ? LC_END_PORT + draw(16) : LC_END_PLAYER + draw(32));
	command.sink = (uint16_t)(draw(3) << 12 | draw(16));
	switch (command.kind) {
	case LC_CMD_LISTEN:
		command.a = (int32_t)draw(16);
		break;
	case LC_CMD_RING:
		memcpy(command.text, "13800138000\0Wang", 17);
		break;
	case LC_CMD_PULSE:
		strcpy(command.text, "70,3");
		break;
	case LC_CMD_PLAY_DIGITS:
		strcpy(command.text, "1590*#,D");
		break;
	case LC_CMD_PLAY_FILE:
		strcpy(command.text, paths[draw(4)]);
		command.b = (int32_t)draw(2);
		break;
	case LC_CMD_RECORD:
		snprintf(command.text, sizeof(command.text), "storm-%u.wav", draw(20));
		break;
	default:
		break;
	}
	return command;
}

static int state[2][WORLD_PORTS];
static unsigned recorders_done, news;

static void hear(struct world *world)
{
	struct lc_event events[256];
	for (int end = 0; end < 2; end++)
		for (int n; (n = lc_event_take(world->core[end], events, 256)) > 0; news += (unsigned)n)
			for (int i = 0; i < n; i++) {
				if (events[i].kind == LC_EV_LINE_STATE)
					state[end][events[i].slot] = events[i].value;
				recorders_done += events[i].kind == LC_EV_RECORD_DONE;
			}
}

static void step(struct world *world, int ticks)
{
	for (int i = 0; i < ticks; i++) {
		lc_step(world->core, 2, 1);
		hear(world);
	}
}

static void write_prompt(void)
{
	uint32_t words[11] = {0x46464952, 36 + 8000, 0x45564157, 0x20746d66, 16,  0x00010001,
	                      8000,       16000,     0x00100002, 0x61746164, 8000};
	static int16_t samples[4000];
	FILE *file = fopen("prompt.wav", "wb");
	for (int i = 0; i < 4000; i++)
		samples[i] = (int16_t)draw(20000);
	assert(fwrite(words, 44, 1, file) == 1 && fwrite(samples, 8000, 1, file) == 1 && !fclose(file));
}

static void calm(struct world *world)
{
	for (int end = 0; end < 2; end++) {
		for (uint16_t slot = 0; slot < 32; slot++)
			world_post(world, end, (struct lc_command){.kind = LC_CMD_PLAY_STOP, .slot = slot});
		for (uint16_t port = 0; port < WORLD_PORTS; port++) {
			world_post(world, end, (struct lc_command){.kind = LC_CMD_FEED, .slot = port});
			world_post(world, end, (struct lc_command){.kind = LC_CMD_RING, .slot = port});
			world_post(world, end, (struct lc_command){.kind = LC_CMD_HOOK, .slot = port});
			world_post(world, end, (struct lc_command){.kind = LC_CMD_RECORD_STOP, .slot = port});
			world_post(world, end, (struct lc_command){.kind = LC_CMD_CLEAR, .source = port});
			world_post(world, end, (struct lc_command){.kind = LC_CMD_LISTEN, .slot = port});
		}
	}
	step(world, 200); /* a flash under way ends with the line off-hook again: once more */
	for (int end = 0; end < 2; end++)
		for (uint16_t port = 0; port < WORLD_PORTS; port++)
			world_post(world, end, (struct lc_command){.kind = LC_CMD_HOOK, .slot = port});
	step(world, 1500);
}

int main(void)
{
	struct lc_sim_wire wire = {.companding = LC_ALAW,
	                           .loss_db = 3,
	                           .echo_loss_db = 14,
	                           .far_echo_loss_db = 14,
	                           .noise_dbm0 = -70,
	                           .hum_dbm0 = -100};
	struct lc_counters counters;
	struct world world = world_begin(WORLD_PORTS, wire);
	write_prompt();
	int files = open_files();
	for (int signals = 0, order = 0; signals < SIGNALS; order++) {
		struct lc_command command = any_order();
		signals += command.kind == LC_CMD_HOOK || command.kind == LC_CMD_RING || command.kind == LC_CMD_PULSE ||
		           command.kind == LC_CMD_PLAY_DIGITS;
		world_post(&world, (int)draw(2), command);
		if (order % 1000 == 0)
			lc_sim_cut(world.sim, (int)draw(WORLD_PORTS), draw(3) == 0);
		if (order % A_TICK == 0)
			step(&world, 1);
	}
	for (int wire = 0; wire < WORLD_PORTS; wire++)
		lc_sim_cut(world.sim, wire, 0);
	calm(&world);
	for (int end = 0; end < 2; end++) {
		for (int port = 0; port < WORLD_PORTS; port++) {
			float rx, tx;
			assert(state[end][port] == LC_LINE_IDLE);
			assert(!lc_port_level(world.core[end], port, &rx, &tx) && tx < -90);
		}
		lc_counters_get(world.core[end], &counters);
		assert(counters.events_lost == 0 && counters.commands > SIGNALS / 2);
		struct lc_event event;
		assert(lc_event_take(world.core[end], &event, 1) == 0);
	}
	assert(open_files() == files);
	printf("%u events, %u recordings\n", news, recorders_done);
	world_end(&world);
	puts("storm: ok");
	return 0;
}
