/* Any bytes as commands: nothing a confused or hostile producer puts into the ring may harm the tick.
 * Each command is followed by as many ticks as its first byte says. No file side runs: nothing is opened. */
#include <stddef.h>

#include "../drivers/core/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct lc_sim_wire wire = {
		.companding = LC_ALAW, .echo_loss_db = 14, .far_echo_loss_db = 14, .noise_dbm0 = -60, .hum_dbm0 = -100};
	struct world world = world_sized(2, 2, 1, wire);
	while (bytes > 2) {
		struct lc_command command = {0};
		struct lc_event events[64];
		int which = data[0] & 1, ticks = data[0] >> 4;
		size_t take = 1 + data[1] % sizeof(command);
		take = take < bytes - 2 ? take : bytes - 2;
		memcpy((unsigned char *)&command + offsetof(struct lc_command, kind), data + 2,
		       take < sizeof(command) - 4 ? take : sizeof(command) - 4);
		command.kind %= LC_CMD_KINDS + 1; /* one of them unknown */
		world_post(&world, which, command);
		for (int i = 0; i < ticks; i++)
			for (int end = 0; end < 2; end++) {
				lc_tick(world.core[end]);
				lc_event_take(world.core[end], events, 64);
			}
		lc_tick(world.core[which]);
		lc_event_take(world.core[which], events, 64);
		data += 2 + take;
		bytes -= 2 + take;
	}
	world_end(&world);
	return 0;
}
