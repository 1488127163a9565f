#include "core/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dsp/dbm0.h"
#include "line/timers.h"

enum {
	COMMANDS = 256,
	EVENTS = 1024,
	FILE_TICKS = 4, /* virtual time: the file side comes by at least every so many ticks */
	NO_PORT = 255,
};

/* ---- life --------------------------------------------------------------------------------------- */

static void *room(struct lc_core *core, size_t count, size_t bytes)
{
	enum { LINE = 64 }; /* the fifos' counters sit on cache lines of their own */
	size_t total = (count * bytes + LINE - 1) / LINE * LINE;
	void *memory = aligned_alloc(LINE, total ? total : LINE);
	core->bytes += total;
	return memory ? memset(memory, 0, total) : NULL;
}

static int check(const struct lc_config *config)
{
	bool good = config->ports >= 1 && config->ports <= LC_PORTS_MAX && config->players <= LC_PLAYERS_MAX &&
	            config->recorders <= LC_RECORDERS_MAX && config->plan.tones <= LC_TONES_MAX &&
	            (config->tick_samples == 40 || config->tick_samples == 80 || config->tick_samples == 160);
	for (int i = 0; good && i < config->ports; i++) {
		uint8_t kind = config->port_kind[i];
		good = (kind == LC_FXO || kind == LC_FXS) && config->channel[i] < NO_PORT;
	}
	return good ? lc_timers_check(&config->plan.timers) : -EINVAL;
}

static void port_emit(void *context, const struct lc_event *event)
{
	struct lc_port *port = context;
	struct lc_event full = *event;
	full.slot = port->index;
	if (event->kind == LC_EV_SURPRISE)
		LC_COUNT(port->core, surprises, 1);
	lc_core_emit(port->core, &full);
}

static void init_ports(struct lc_core *core)
{
	memset(core->channel_port, NO_PORT, sizeof(core->channel_port));
	for (uint16_t i = 0; i < core->config.ports; i++) {
		struct lc_port *port = &core->port[i];
		port->core = core;
		port->index = i;
		port->channel = core->config.channel[i];
		port->gain[0] = port->gain[1] = 1;
		core->channel_port[port->channel] = (uint8_t)i;
		lc_ears_init(&port->ears, &core->config.plan);
		lc_line_init(&port->line, core->config.port_kind[i], &core->config.plan, core->card, port->channel, port_emit,
		             port);
	}
}

static int allocate(struct lc_core *core)
{
	const struct lc_config *config = &core->config;
	int error = 0;
	core->streams = 3 * config->players; /* one playing, one waiting, one closing; a pool, so lists may be longer */
	core->port = room(core, config->ports, sizeof(*core->port));
	core->player = room(core, config->players, sizeof(*core->player));
	core->stream = room(core, (size_t)core->streams, sizeof(*core->stream));
	core->recorder = room(core, config->recorders, sizeof(*core->recorder));
	core->port_sum = room(core, config->ports, sizeof(*core->port_sum));
	core->recorder_sum = room(core, 2 * (size_t)config->recorders, sizeof(*core->recorder_sum));
	core->commands = lc_ring_new(COMMANDS, sizeof(struct lc_command));
	core->events = lc_ring_new(EVENTS, sizeof(struct lc_event));
	core->bytes += lc_ring_bytes(COMMANDS, sizeof(struct lc_command)) + lc_ring_bytes(EVENTS, sizeof(struct lc_event));
	if (!core->port || !core->player || !core->stream || !core->recorder || !core->port_sum || !core->recorder_sum ||
	    !core->commands || !core->events)
		return -ENOMEM;
	for (int i = 0; i < core->streams && !error; i++) {
		error = lc_stream_init(&core->stream[i]);
		core->bytes += core->stream[i].fifo.samples * sizeof(int16_t);
	}
	for (int i = 0; i < config->recorders && !error; i++) {
		error = lc_recorder_init(&core->recorder[i]);
		core->bytes += core->recorder[i].fifo.samples * sizeof(int16_t);
	}
	return error;
}

struct lc_core *lc_core_new(const struct lc_config *config, struct lc_card *card, int *error)
{
	*error = check(config);
	struct lc_core *core = *error ? NULL : calloc(1, sizeof(*core));
	if (!core) {
		*error = *error ? *error : -ENOMEM;
		return NULL;
	}
	core->bytes = sizeof(*core);
	core->config = *config;
	core->card = card;
	core->n = config->tick_samples;
	core->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*error = core->event_fd < 0 ? -errno : allocate(core);
	if (*error) {
		core->card = NULL; /* stays the caller's */
		lc_core_free(core);
		return NULL;
	}
	for (int i = 0; i < config->players; i++)
		lc_player_init(&core->player[i]);
	init_ports(core);
	return core;
}

static void close_recorders(struct lc_core *core)
{
	for (int i = 0; core->recorder && i < core->config.recorders; i++) {
		struct lc_recorder *recorder = &core->recorder[i];
		uint32_t state = atomic_load(&recorder->state);
		if (state == LC_RECORDER_WANTED || state == LC_RECORDER_OPEN)
			lc_recorder_stop(recorder);
		lc_recorder_io(recorder, 1, core->config.record_sync_ms);
		lc_recorder_destroy(recorder);
	}
}

void lc_core_free(struct lc_core *core)
{
	if (!core)
		return;
	close_recorders(core);
	for (int i = 0; core->stream && i < core->streams; i++)
		lc_stream_destroy(&core->stream[i]);
	if (core->card && core->card->ops->close)
		core->card->ops->close(core->card);
	if (core->event_fd >= 0)
		close(core->event_fd);
	free(core->port);
	free(core->player);
	free(core->stream);
	free(core->recorder);
	free(core->port_sum);
	free(core->recorder_sum);
	free(core->commands);
	free(core->events);
	free(core);
}

/* ---- Python's side of the rings ----------------------------------------------------------------- */

int lc_command_post(struct lc_core *core, const struct lc_command *command)
{
	if (!lc_ring_put(core->commands, command))
		return -EAGAIN;
	LC_HIGHEST(core, commands_fill_max, lc_ring_fill(core->commands));
	return 0;
}

int lc_event_take(struct lc_core *core, struct lc_event *events, int most)
{
	int taken = 0;
	while (taken < most && lc_ring_take(core->events, &events[taken]))
		taken++;
	return taken;
}

int lc_event_fd(struct lc_core *core)
{
	return core->event_fd;
}

uint64_t lc_told_us(const struct lc_core *core, uint64_t tick)
{
	uint64_t now = lc_tick_count(core);
	return tick < now && now - tick < LC_TOLD - 1 ? atomic_load(&core->told_us[tick % LC_TOLD]) : 0;
}

void lc_core_tell(struct lc_core *core, uint64_t us)
{
	uint32_t head = atomic_load_explicit(&core->events->head, memory_order_relaxed);
	uint64_t one = 1;
	atomic_store(&core->told_us[(core->tick - 1) % LC_TOLD], head == core->told ? 0 : us);
	if (head == core->told)
		return;
	core->told = head;
	if (write(core->event_fd, &one, sizeof(one)) < 0 && errno != EAGAIN) /* EAGAIN: already readable */
		LC_COUNT(core, card_errors, 1);
}

void lc_core_emit(struct lc_core *core, const struct lc_event *event)
{
	struct lc_event full = *event;
	full.tick = core->tick;
	LC_COUNT(core, events, 1);
	if (!lc_ring_put(core->events, &full))
		LC_COUNT(core, events_lost, 1);
	LC_HIGHEST(core, events_fill_max, lc_ring_fill(core->events));
}

/* ---- the tick ----------------------------------------------------------------------------------- */

static void read_card(struct lc_core *core)
{
	const struct lc_card_ops *ops = core->card->ops;
	struct lc_card_event event;
	if (ops->begin)
		ops->begin(core->card);
	while (ops->event(core->card, &event) == 1) {
		uint8_t index = event.channel < sizeof(core->channel_port) ? core->channel_port[event.channel] : NO_PORT;
		if (index != NO_PORT)
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
	float sum = 0;
	for (int i = 0; i < n; i++)
		sum += (float)samples[i] * (float)samples[i];
	return (uint32_t)(sum / (float)n);
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

static void hear(struct lc_core *core)
{
	for (int i = 0; i < core->config.ports; i++) {
		struct lc_port *port = &core->port[i];
		LC_COUNT(core, clipped, apply_gain(port->rx, core->n, port->gain[0]));
		atomic_store_explicit(&port->level[0], mean_square(port->rx, core->n), memory_order_relaxed);
		lc_ears_process(&port->ears, port->rx, core->n, port_emit, port);
	}
}

void lc_core_part_end(void *context, struct lc_player *player, const struct lc_part *part, int value)
{
	struct lc_core *core = context;
	struct lc_event event = {.kind = LC_EV_PLAY_DONE,
	                         .slot = (uint16_t)(player - core->player),
	                         .seq = part->seq,
	                         .value = value,
	                         .extra = (int32_t)(part->played * 1000 / LC_RATE),
	                         .at = core->now};
	if (part->stream) {
		lc_stream_drop(part->stream);
		atomic_store_explicit(&core->file_work, true, memory_order_relaxed);
	}
	lc_core_emit(core, &event);
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

static const int16_t *source_block(const struct lc_core *core, uint16_t source)
{
	int index = source & LC_END_INDEX;
	if ((source & LC_END_KIND) == LC_END_PORT)
		return core->port[index].rx;
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
	mix(core);
	record(core);
	write_card(core);
	core->now += core->n;
	__atomic_store_n(&core->tick, core->tick + 1, __ATOMIC_RELAXED);
	LC_COUNT(core, ticks, 1);
}

/* ---- files, virtual time, what the page asks ----------------------------------------------------- */

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

uint64_t lc_tick_count(const struct lc_core *core)
{
	return __atomic_load_n(&core->tick, __ATOMIC_RELAXED);
}

void lc_counters_get(const struct lc_core *core, struct lc_counters *out)
{
	const uint64_t *from = (const uint64_t *)&core->counters;
	uint64_t *to = (uint64_t *)out;
	for (size_t i = 0; i < sizeof(*out) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

size_t lc_core_bytes(const struct lc_core *core)
{
	return core->bytes;
}

int lc_port_level(const struct lc_core *core, int port, float *rx_dbm0, float *tx_dbm0)
{
	if (port < 0 || port >= core->config.ports)
		return -EINVAL;
	float *out[2] = {rx_dbm0, tx_dbm0};
	for (int i = 0; i < 2; i++) {
		uint32_t square = atomic_load_explicit(&core->port[port].level[i], memory_order_relaxed);
		*out[i] = lc_dbm0_from_power((float)square);
	}
	return 0;
}
