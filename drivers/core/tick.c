/* tick.c — one tick, in the order that linecard.h tells; file work; virtual time. */
#include <string.h>

#include "core/core.h"

enum {
	FILE_TICKS = 4, /* virtual time: the file side comes by at least every so many ticks */
};

static void read_card(struct lc_core *core)
{
	const struct lc_card_ops *ops = core->card->ops;
	struct lc_card_event event;
	if (ops->begin)
		ops->begin(core->card);
	while (ops->event(core->card, &event) == 1) {
		uint8_t index = event.channel < sizeof(core->channel_port) ? core->channel_port[event.channel] : LC_NO_PORT;
		if (index == LC_NO_PORT)
			continue;
		if (event.kind == LC_CARD_THERE && event.value)
			LC_COUNT(core, ports_back, 1);
		else if (event.kind == LC_CARD_THERE)
			LC_COUNT(core, ports_lost, 1);
		lc_line_card_event(&core->port[index].line, &event);
	}
	for (int i = 0; i < core->config.ports; i++) {
		struct lc_port *port = &core->port[i];
		int result = ops->read(core->card, port->channel, port->rx, core->n);
		if (result < 0) {
			memset(port->rx, 0, sizeof(port->rx));
			LC_COUNT(core, card_errors, 1);
		}
	}
}

static uint32_t mean_square(const int16_t *samples, int n)
{
	int64_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += (int32_t)samples[i] * samples[i];
	return (uint32_t)(sum / n);
}

/* Returns how many samples were clipped. */
static int apply_gain(int16_t *samples, int n, float gain)
{
	float scaled[LC_TICK_SAMPLES_MAX];
	if (gain == 1)
		return 0;
	for (int i = 0; i < n; i++)
		scaled[i] = gain * (float)samples[i];
	return lc_mix_finish(scaled, samples, n);
}

/* tx still holds what was written a tick ago, whose echo comes back now. A modem that asks for it gets its echo back. */
static void cancel_echo(struct lc_core *core, struct lc_port *port)
{
	struct lc_event event = {.kind = LC_EV_ECHO_OFF};
	if (!port->echo.enabled)
		return;
	if (!lc_answer_tone_process(&port->answer_tone, port->rx, port->tx, core->n)) {
		lc_echo_process(&port->echo, port->tx, port->rx, core->n);
		return;
	}
	lc_echo_enable(&port->echo, false);
	LC_COUNT(core, data_calls, 1);
	event.value = (int32_t)((core->now - port->echo_since) * 1000 / LC_RATE);
	lc_port_emit(port, &event);
}

/* Ports, as bits, to whose keys something that plays yields. */
static uint64_t yielded_to(const struct lc_core *core)
{
	uint64_t ports = 0;
	for (int i = 0; i < core->config.players; i++)
		if (core->player[i].parts && core->player[i].yields >= 0)
			ports |= UINT64_C(1) << core->player[i].yields;
	return ports;
}

static void hear(struct lc_core *core)
{
	uint64_t early = yielded_to(core);
	for (int i = 0; i < core->config.ports; i++) {
		struct lc_port *port = &core->port[i];
		cancel_echo(core, port);
		LC_COUNT(core, clipped, apply_gain(port->rx, core->n, port->gain[0]));
		unsigned ears = port->listen | (lc_line_awaits_digit(&port->line) ? LC_EAR_DTMF : 0);
		if (early >> i & 1 && ears & LC_EAR_DTMF)
			ears |= LC_EAR_EARLY;
		if (ears != port->ears.mask)
			lc_ears_listen(&port->ears, ears);
		lc_ears_process(&port->ears, port->rx, core->n, lc_port_emit, port);
		atomic_store_explicit(&port->level[0], (uint32_t)port->ears.level.block, memory_order_relaxed);
		if (lc_line_is_split(&port->line))
			memset(port->rx, 0, sizeof(port->rx));
	}
}

static void play(struct lc_core *core)
{
	for (int i = 0; i < core->config.players; i++) {
		struct lc_player *player = &core->player[i];
		player->sounding = false;
		if (player->parts && lc_player_tick(player, core->n, lc_core_part_end, core))
			LC_COUNT(core, play_starved, 1);
	}
}

/* Whether linked or not: what was said to nobody is over. */
static void take_inlets(struct lc_core *core)
{
	for (int i = 0; i < core->config.inlets; i++) {
		struct lc_inlet *inlet = &core->inlet[i];
		inlet->sounding = lc_fifo_fill(&inlet->fifo) >= (uint32_t)core->n;
		if (inlet->sounding)
			lc_fifo_take(&inlet->fifo, inlet->block, (uint32_t)core->n);
	}
}

static const int16_t *source_block(const struct lc_core *core, uint16_t source)
{
	int index = source & LC_END_INDEX;
	if ((source & LC_END_KIND) == LC_END_PORT)
		return core->port[index].rx;
	if ((source & LC_END_KIND) == LC_END_SENT)
		return core->port[index].tx;
	if ((source & LC_END_KIND) == LC_END_INLET)
		return core->inlet[index].sounding ? core->inlet[index].block : NULL;
	return core->player[index].sounding ? core->player[index].block : NULL;
}

static struct lc_sum *sink_sum(struct lc_core *core, uint16_t sink)
{
	int index = sink & LC_END_INDEX;
	switch (sink & LC_END_KIND) {
	case LC_END_LEFT:
		return &core->recorder_sum[2 * index];
	case LC_END_RIGHT:
		return &core->recorder_sum[2 * index + 1];
	case LC_END_TAP:
		return &core->tap_sum[index];
	default:
		return &core->port_sum[index];
	}
}

static void mix(struct lc_core *core)
{
	for (int i = 0; i < core->config.ports; i++)
		core->port_sum[i].used = false;
	for (int i = 0; i < 2 * core->config.recorders; i++)
		core->recorder_sum[i].used = false;
	for (int i = 0; i < core->config.taps; i++)
		core->tap_sum[i].used = false;
	for (int i = 0; i < core->links.count; i++) {
		struct lc_link *link = &core->links.link[i];
		const int16_t *source = source_block(core, link->source);
		struct lc_sum *sum = sink_sum(core, link->sink);
		if (!source) {
			link->gain = link->target; /* nothing to hear: no ramp to make */
			continue;
		}
		if (!sum->used) {
			sum->used = true;
			memset(sum->sample, 0, sizeof(sum->sample[0]) * (size_t)core->n);
		}
		lc_link_mix(link, source, sum->sample, core->n);
	}
	lc_links_sweep(&core->links);
}

static void finish_sum(struct lc_core *core, const struct lc_sum *sum, int16_t *out)
{
	if (sum->used)
		LC_COUNT(core, clipped, lc_mix_finish(sum->sample, out, core->n));
	else
		memset(out, 0, sizeof(out[0]) * (size_t)core->n);
}

static void report_recorder(struct lc_core *core, int index)
{
	struct lc_recorder *recorder = &core->recorder[index];
	int error = atomic_load_explicit(&recorder->error, memory_order_acquire);
	uint64_t lost = atomic_load_explicit(&recorder->lost, memory_order_relaxed);
	uint64_t errors = atomic_load_explicit(&recorder->errors, memory_order_relaxed);
	struct lc_event event = {.slot = (uint16_t)index, .seq = recorder->seq, .value = error, .at = core->now};
	LC_COUNT(core, record_lost, lost - recorder->lost_counted);
	LC_COUNT(core, record_errors, errors - recorder->errors_counted);
	recorder->lost_counted = lost;
	recorder->errors_counted = errors;
	if (error && !recorder->reported) {
		recorder->reported = true;
		event.kind = LC_EV_RECORD_ERROR;
		lc_core_emit(core, &event);
	}
	if (atomic_load_explicit(&recorder->state, memory_order_acquire) == LC_RECORDER_CLOSED) {
		lc_links_clear(&core->links, LC_END_LEFT | (uint16_t)index);
		lc_links_clear(&core->links, LC_END_RIGHT | (uint16_t)index);
		event.kind = LC_EV_RECORD_DONE;
		event.extra = (int32_t)(recorder->frames_taken * 1000 / LC_RATE);
		atomic_store_explicit(&recorder->state, LC_RECORDER_FREE, memory_order_relaxed);
		lc_core_emit(core, &event);
	}
}

static void record(struct lc_core *core)
{
	int16_t left[LC_TICK_SAMPLES_MAX], right[LC_TICK_SAMPLES_MAX];
	for (int i = 0; i < core->config.recorders; i++) {
		struct lc_recorder *recorder = &core->recorder[i];
		uint32_t state = atomic_load_explicit(&recorder->state, memory_order_acquire);
		if (state == LC_RECORDER_FREE)
			continue;
		if (state == LC_RECORDER_WANTED || state == LC_RECORDER_OPEN) {
			finish_sum(core, &core->recorder_sum[2 * i], left);
			finish_sum(core, &core->recorder_sum[2 * i + 1], right);
			lc_recorder_put(recorder, left, right, core->n);
		}
		report_recorder(core, i);
	}
}

static void fill_taps(struct lc_core *core)
{
	int16_t block[LC_TICK_SAMPLES_MAX];
	for (int i = 0; i < core->config.taps; i++) {
		if (!core->tap_sum[i].used)
			continue;
		finish_sum(core, &core->tap_sum[i], block);
		if (lc_fifo_room(&core->tap[i]) >= (uint32_t)core->n)
			lc_fifo_put(&core->tap[i], block, (uint32_t)core->n);
		else
			LC_COUNT(core, tap_lost, core->n);
	}
}

static void write_card(struct lc_core *core)
{
	for (int i = 0; i < core->config.ports; i++) {
		struct lc_port *port = &core->port[i];
		uint32_t failed = port->line.card_errors;
		lc_line_tick(&port->line, core->now + core->n);
		LC_COUNT(core, card_errors, port->line.card_errors - failed);
		if (!lc_line_transmit(&port->line, port->tx, core->n)) {
			finish_sum(core, &core->port_sum[i], port->tx);
			LC_COUNT(core, clipped, apply_gain(port->tx, core->n, port->gain[1]));
		}
		atomic_store_explicit(&port->level[1], mean_square(port->tx, core->n), memory_order_relaxed);
		if (core->card->ops->write(core->card, port->channel, port->tx, core->n) < 0)
			LC_COUNT(core, card_errors, 1);
	}
	if (core->card->ops->end)
		core->card->ops->end(core->card);
}

void lc_tick(struct lc_core *core)
{
	lc_core_apply_commands(core);
	read_card(core);
	hear(core);
	play(core);
	take_inlets(core);
	mix(core);
	record(core);
	fill_taps(core);
	write_card(core);
	core->now += core->n;
	__atomic_store_n(&core->tick, core->tick + 1, __ATOMIC_RELAXED);
	LC_COUNT(core, ticks, 1);
}

/* ---- files and virtual time ----------------------------------------------------------------------- */

int lc_io(struct lc_core *core)
{
	/* Real time: written in runs of an eighth of a second; virtual time needs no sync but the same files. */
	enum { RUN_FRAMES = LC_RATE / 8 };
	int64_t sync = (int64_t)core->config.record_sync_ms * LC_RATE / 1000;
	int moved = 0;
	atomic_store_explicit(&core->file_work, false, memory_order_relaxed);
	for (int i = 0; i < core->streams; i++)
		moved += lc_stream_io(&core->stream[i]);
	for (int i = 0; i < core->config.recorders; i++)
		moved += lc_recorder_io(&core->recorder[i], RUN_FRAMES, sync);
	lc_recorders_sync(core->recorder, core->config.recorders, sync);
	if (core->card->ops->io)
		moved += core->card->ops->io(core->card);
	return moved;
}

static bool has_news(struct lc_core *const *cores, int n)
{
	for (int i = 0; i < n; i++)
		if (lc_ring_fill(cores[i]->events))
			return true;
	return false;
}

int64_t lc_step(struct lc_core *const *cores, int n, int64_t most)
{
	int64_t made = 0;
	while (made < most && !has_news(cores, n)) {
		for (int i = 0; i < n; i++) {
			struct lc_core *core = cores[i];
			lc_tick(core);
			if (atomic_load_explicit(&core->file_work, memory_order_relaxed) || core->tick % FILE_TICKS == 0)
				lc_io(core);
		}
		made++;
	}
	return made;
}
