/* Any bytes as a trace: refused, or lived through to its end; the first bytes may be made a good head. */
#include <errno.h>
#include <stdlib.h>

#include "../drivers/core/world.h"
#include "cards/spy/trace.h"

enum { TICKS_MOST = 400, PORTS = 2 };

/* Bytes behind a head that is right: so the records are reached soon. */
static size_t with_head(uint8_t *to, const uint8_t *data, size_t n)
{
	static const uint8_t rest[] = {PORTS, 0, 80, 0, 0, 0, LC_FXO, LC_FXS, 0, 0, 0, 0};
	memcpy(to, lc_trace_magic, LC_TRACE_HEAD);
	memcpy(to + LC_TRACE_HEAD, rest, sizeof(rest));
	memcpy(to + LC_TRACE_HEAD + sizeof(rest), data, n);
	return LC_TRACE_HEAD + sizeof(rest) + n;
}

static void live(struct lc_trace *trace)
{
	struct lc_plan plan = world_plan();
	struct lc_event events[256], told;
	struct lc_trace_info info;
	uint64_t ticks = 0;
	int error, n = 0;
	lc_trace_info_get(trace, &info);
	struct lc_replay *replay = lc_replay_new(trace, &plan, &error);
	if (!replay)
		return;
	for (; ticks < TICKS_MOST && (n = lc_replay_tick(replay, events, 256)) >= 0; ticks++) {
		for (int i = 0; i < n; i++)
			if (events[i].kind == LC_EV_NONE || events[i].kind >= LC_EV_KINDS || events[i].slot >= 2 * info.ports)
				abort();
		while (lc_replay_told(replay, &told))
			if (told.slot >= info.ports)
				abort();
	}
	if (n == -ENODATA && ticks != info.ticks)
		abort(); /* what was found sound must be there */
	lc_replay_free(replay);
}

/* The same without a core around it: many times as many. */
static void walk(struct lc_trace *trace)
{
	struct lc_card *card = &trace->card;
	struct lc_card_event wire;
	struct lc_command order;
	struct lc_event told;
	int16_t samples[LC_TICK_SAMPLES_MAX];
	struct lc_trace_info info;
	uint64_t ticks = 0;
	lc_trace_info_get(trace, &info);
	while (ticks < TICKS_MOST && lc_trace_next(trace)) {
		while (lc_trace_order(trace, &order))
			if (order.slot >= info.ports || order.text[LC_COMMAND_TEXT - 1])
				abort();
		while (card->ops->event(card, &wire) == 1)
			if (wire.channel >= info.ports || wire.kind >= LC_CARD_EVENTS)
				abort();
		for (int channel = 0; channel < 2 * info.ports; channel++)
			card->ops->read(card, channel, samples, info.tick_samples);
		while (lc_trace_told(trace, &told))
			if (told.slot >= info.ports || told.kind >= LC_EV_KINDS || told.text[LC_EVENT_TEXT - 1])
				abort();
		ticks++;
	}
	if (ticks < TICKS_MOST && ticks != info.ticks)
		abort();
	lc_trace_close(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes + 64);
	size_t n = bytes;
	int error;
	if (bytes && data[0] != lc_trace_magic[0])
		n = with_head(copy, data, bytes);
	else if (bytes)
		memcpy(copy, data, bytes);
	struct lc_trace *trace = lc_trace_new(copy, n, &error);
	if (!trace != (error < 0))
		abort();
	if (trace && bytes % 8 == 0)
		live(trace);
	else if (trace)
		walk(trace);
	return 0;
}
