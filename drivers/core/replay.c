/* replay.c — a core that lives through a trace again (cards/spy/trace.h), in virtual time.
 *
 * Every port of the trace has a helper port behind it that "receives" what the port once wrote and is linked to it: so
 * each port sends what it sent then, without the players and files that made it, and echo cancelling sees the same. */
#include <errno.h>
#include <stdlib.h>

#include "cards/spy/trace.h"
#include "core/core.h"

struct lc_replay {
	struct lc_trace *trace; /* the core's card */
	struct lc_core *core;
};

static int link_helpers(struct lc_core *core, uint16_t ports)
{
	int error = 0;
	for (uint16_t port = 0; port < ports && !error; port++)
		error = lc_links_set(&core->links, (uint16_t)(ports + port), port, 0);
	return error;
}

struct lc_replay *lc_replay_new(struct lc_trace *trace, const struct lc_plan *plan, int *error)
{
	struct lc_config config = {.plan = *plan};
	struct lc_trace_info info;
	lc_trace_info_get(trace, &info);
	struct lc_replay *replay = info.ports <= LC_PORTS_MAX / 2 ? calloc(1, sizeof(*replay)) : NULL;
	*error = info.ports > LC_PORTS_MAX / 2 ? -EOVERFLOW : replay ? 0 : -ENOMEM;
	if (!replay) {
		lc_trace_close(trace);
		return NULL;
	}
	config.ports = (uint16_t)(2 * info.ports);
	config.tick_samples = info.tick_samples;
	config.echo_delay_ms = info.echo_delay_ms;
	for (uint16_t i = 0; i < config.ports; i++) {
		config.port_kind[i] = info.port_kind[i % info.ports];
		config.channel[i] = i;
	}
	replay->trace = trace;
	replay->core = lc_core_new(&config, &trace->card, error);
	if (!replay->core) {
		lc_trace_close(trace);
		free(replay);
		return NULL;
	}
	*error = link_helpers(replay->core, info.ports);
	if (*error) {
		lc_replay_free(replay);
		return NULL;
	}
	return replay;
}

void lc_replay_free(struct lc_replay *replay)
{
	if (!replay)
		return;
	lc_core_free(replay->core);
	free(replay);
}

/* What is for the ports themselves. What a port sends comes through its helper with its gain applied, so that stays 1. */
static bool is_obeyed(const struct lc_command *order)
{
	return order->kind == LC_CMD_GAIN ? order->a == 0 : lc_command_is_for_port(order->kind);
}

int lc_replay_tick(struct lc_replay *replay, struct lc_event *events, int most)
{
	struct lc_core *core = replay->core;
	struct lc_command order;
	struct lc_event event;
	int told = 0;
	if (!lc_trace_next(replay->trace))
		return -ENODATA;
	while (lc_trace_order(replay->trace, &order))
		if (is_obeyed(&order) && lc_command_post(core, &order) < 0)
			return -ENOSPC;
	lc_tick(core);
	while (lc_event_take(core, &event, 1)) {
		if (event.kind == LC_EV_ACK)
			continue;
		if (told == most)
			return -ENOSPC;
		events[told++] = event;
	}
	return told;
}

int lc_replay_told(struct lc_replay *replay, struct lc_event *event)
{
	if (!lc_trace_told(replay->trace, event))
		return 0;
	event->tick = replay->core->tick - 1;
	event->at += (int64_t)event->tick * replay->core->n;
	return 1;
}
