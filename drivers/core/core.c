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
	YIELD_TO_DIGIT = LC_RATE,          /* a second */
	YIELD_TO_SUSPICION = LC_RATE / 10, /* longer than a suspicion lasts; if its end is never told, ears were reset */
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
	            config->recorders <= LC_RECORDERS_MAX && config->taps <= LC_TAPS_MAX && config->inlets <= LC_INLETS_MAX &&
	            config->plan.tones <= LC_TONES_MAX &&
	            (config->tick_samples == 40 || config->tick_samples == 80 || config->tick_samples == 160);
	for (int i = 0; good && i < config->ports; i++) {
		uint8_t kind = config->port_kind[i];
		good = (kind == LC_FXO || kind == LC_FXS) && config->channel[i] < LC_NO_PORT;
	}
	good = good && config->echo_delay_ms <= LC_ECHO_DELAY_MS_MAX;
	return good ? lc_timers_check(&config->plan.timers) : -EINVAL;
}

/* Players that yield to the port's keys are held for so long, or go on; how many had been held. */
static int yield(const struct lc_port *port, int samples)
{
	struct lc_core *core = port->core;
	int held = 0;
	for (int i = 0; i < core->config.players; i++) {
		struct lc_player *player = &core->player[i];
		if (player->parts && player->yields == port->index) {
			held += player->yields_for > 0;
			lc_player_yield(player, samples);
		}
	}
	return held;
}

/* A key at the port, suspected, refuted or sure: what yields to it does so in this tick. */
static void yield_to_key(const struct lc_port *port, const struct lc_event *event, bool wanted)
{
	if (event->kind == LC_EV_DIGIT && wanted) {
		yield(port, YIELD_TO_DIGIT);
	} else if (event->kind == LC_EV_KEY_SUSPECTED && event->value) {
		yield(port, YIELD_TO_SUSPICION);
	} else if (event->kind == LC_EV_KEY_SUSPECTED || event->kind == LC_EV_DIGIT) {
		int held = yield(port, 0);
		LC_COUNT(port->core, prompt_dips, held);
		LC_COUNT(port->core, prompt_dip_ms, held * event->extra);
	}
}

/* A digit that answers the line machine; and every digit while they are heard for the machine alone. */
static bool is_the_lines(struct lc_port *port, const struct lc_event *event)
{
	if (event->kind == LC_EV_CALLERID)
		lc_line_callerid(&port->line);
	if (event->kind != LC_EV_DIGIT && event->kind != LC_EV_DIGIT_END)
		return false;
	if (event->kind == LC_EV_DIGIT)
		port->swallow = lc_line_digit(&port->line, event->text[0]);
	return port->swallow || !(port->listen & LC_EAR_DTMF);
}

void lc_port_emit(void *context, const struct lc_event *event)
{
	struct lc_port *port = context;
	struct lc_event full = *event;
	full.slot = port->index;
	bool lines = is_the_lines(port, event);
	yield_to_key(port, event, !lines);
	if (lines || event->kind == LC_EV_KEY_SUSPECTED)
		return;
	if (event->kind == LC_EV_SURPRISE)
		LC_COUNT(port->core, surprises, 1);
	if (port->core->card->ops->told)
		port->core->card->ops->told(port->core->card, &full);
	lc_core_emit(port->core, &full);
}

static void init_ports(struct lc_core *core)
{
	memset(core->channel_port, LC_NO_PORT, sizeof(core->channel_port));
	for (uint16_t i = 0; i < core->config.ports; i++) {
		struct lc_port *port = &core->port[i];
		port->core = core;
		port->index = i;
		port->channel = core->config.channel[i];
		port->gain[0] = port->gain[1] = 1;
		core->channel_port[port->channel] = (uint8_t)i;
		lc_ears_init(&port->ears, &core->config.plan);
		lc_echo_init(&port->echo, LC_ECHO_TAIL_MS_MAX, core->config.echo_delay_ms);
		lc_echo_enable(&port->echo, false);
		lc_answer_tone_init(&port->answer_tone);
		lc_line_init(&port->line, core->config.port_kind[i], &core->config.plan, core->card, port->channel, lc_port_emit,
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
	core->tap = room(core, config->taps, sizeof(*core->tap));
	core->tap_sum = room(core, config->taps, sizeof(*core->tap_sum));
	core->inlet = room(core, config->inlets, sizeof(*core->inlet));
	core->commands = lc_ring_new(COMMANDS, sizeof(struct lc_command));
	core->events = lc_ring_new(EVENTS, sizeof(struct lc_event));
	core->bytes += lc_ring_bytes(COMMANDS, sizeof(struct lc_command)) + lc_ring_bytes(EVENTS, sizeof(struct lc_event));
	if (!core->port || !core->player || !core->stream || !core->recorder || !core->port_sum || !core->recorder_sum ||
	    !core->tap || !core->tap_sum || !core->inlet || !core->commands || !core->events)
		return -ENOMEM;
	for (int i = 0; i < core->streams && !error; i++) {
		error = lc_stream_init(&core->stream[i]);
		core->bytes += core->stream[i].fifo.samples * sizeof(int16_t);
	}
	for (int i = 0; i < config->recorders && !error; i++) {
		error = lc_recorder_init(&core->recorder[i]);
		core->bytes += (core->recorder[i].fifo.samples + core->recorder[i].before.samples) * sizeof(int16_t);
	}
	for (int i = 0; i < config->taps && !error; i++) {
		error = lc_fifo_init(&core->tap[i], LC_TAP_SAMPLES);
		core->bytes += LC_TAP_SAMPLES * sizeof(int16_t);
	}
	for (int i = 0; i < config->inlets && !error; i++) {
		error = lc_fifo_init(&core->inlet[i].fifo, LC_INLET_SAMPLES);
		core->bytes += LC_INLET_SAMPLES * sizeof(int16_t);
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
	for (int i = 0; core->tap && i < core->config.taps; i++)
		lc_fifo_destroy(&core->tap[i]);
	for (int i = 0; core->inlet && i < core->config.inlets; i++)
		lc_fifo_destroy(&core->inlet[i].fifo);
	free(core->tap);
	free(core->tap_sum);
	free(core->inlet);
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

int lc_tap_read(struct lc_core *core, int tap, int16_t *samples, int most)
{
	if (tap < 0 || tap >= core->config.taps)
		return -ENODEV;
	int n = (int)lc_fifo_fill(&core->tap[tap]);
	if (n > most)
		n = most;
	if (n > 0)
		lc_fifo_take(&core->tap[tap], samples, (uint32_t)n);
	return n;
}

int lc_inlet_put(struct lc_core *core, int inlet, const int16_t *samples, int n)
{
	if (inlet < 0 || inlet >= core->config.inlets)
		return -ENODEV;
	if (n < 0)
		return -EINVAL;
	uint32_t room = lc_fifo_room(&core->inlet[inlet].fifo);
	uint32_t put = (uint32_t)n < room ? (uint32_t)n : room;
	if (put > 0)
		lc_fifo_put(&core->inlet[inlet].fifo, samples, put);
	return (int)put;
}

int lc_inlet_fill(const struct lc_core *core, int inlet)
{
	if (inlet < 0 || inlet >= core->config.inlets)
		return -ENODEV;
	return (int)lc_fifo_fill(&core->inlet[inlet].fifo);
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

/* ---- what the page asks -------------------------------------------------------------------------- */

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
