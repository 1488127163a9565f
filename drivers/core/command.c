/* command.c — what Python orders, applied at the beginning of a tick and acknowledged. */
#include <errno.h>
#include <string.h>

#include "core/core.h"

enum { GAIN_LEAST = -40, GAIN_MOST = 20, COMMANDS_A_TICK = 256 };

static bool in_bounds(uint16_t end, uint16_t kind, int count)
{
	return (end & LC_END_KIND) == kind && (end & LC_END_INDEX) < count;
}

static bool is_source(const struct lc_core *core, uint16_t end)
{
	return in_bounds(end, LC_END_PORT, core->config.ports) || in_bounds(end, LC_END_PLAYER, core->config.players);
}

static bool is_sink(const struct lc_core *core, uint16_t end)
{
	return in_bounds(end, LC_END_PORT, core->config.ports) || in_bounds(end, LC_END_LEFT, core->config.recorders) ||
	       in_bounds(end, LC_END_RIGHT, core->config.recorders);
}

static int on_port(struct lc_core *core, const struct lc_command *command)
{
	if (command->slot >= core->config.ports)
		return -ENODEV;
	struct lc_port *port = &core->port[command->slot];
	switch (command->kind) {
	case LC_CMD_LISTEN:
		lc_ears_listen(&port->ears, (unsigned)command->a);
		return 0;
	case LC_CMD_GAIN:
		if (command->a < 0 || command->a > 1 || !(command->gain_db >= GAIN_LEAST && command->gain_db <= GAIN_MOST))
			return -ERANGE;
		port->gain[command->a] = lc_db_to_factor(command->gain_db);
		return 0;
	default:
		return lc_line_command(&port->line, command);
	}
}

static int on_link(struct lc_core *core, const struct lc_command *command)
{
	if (command->kind == LC_CMD_CLEAR) {
		if (!is_source(core, command->source) && !is_sink(core, command->source))
			return -ENODEV;
		lc_links_clear(&core->links, command->source);
		return 0;
	}
	if (!is_source(core, command->source) || !is_sink(core, command->sink))
		return -ENODEV;
	if (command->kind == LC_CMD_UNLINK)
		return lc_links_remove(&core->links, command->source, command->sink);
	if (!(command->gain_db >= GAIN_LEAST && command->gain_db <= GAIN_MOST))
		return -ERANGE;
	return lc_links_set(&core->links, command->source, command->sink, command->gain_db);
}

static struct lc_stream *free_stream(struct lc_core *core)
{
	for (int i = 0; i < core->streams; i++)
		if (atomic_load_explicit(&core->stream[i].state, memory_order_acquire) == LC_STREAM_FREE)
			return &core->stream[i];
	return NULL;
}

static int start_player(struct lc_core *core, struct lc_player *player, const struct lc_command *command)
{
	struct lc_maker maker = {.kind = LC_PLAYER_FILE};
	struct lc_stream *stream = NULL;
	if (command->kind == LC_CMD_PLAY_FILE) {
		stream = free_stream(core);
		if (!stream)
			return -EAGAIN;
	} else {
		int result = lc_maker_init(&maker, &core->config.plan, command);
		if (result)
			return result;
	}
	if (player->kind != LC_PLAYER_IDLE)
		lc_core_player_end(core, player, 1);
	if (stream) {
		lc_stream_start(stream, command->text, command->a != 0);
		atomic_store_explicit(&core->file_work, true, memory_order_relaxed);
	}
	player->kind = maker.kind;
	player->maker = maker;
	player->stream = stream;
	player->seq = command->seq;
	player->stopping = false;
	player->played = 0;
	return 0;
}

static int on_player(struct lc_core *core, const struct lc_command *command)
{
	if (command->slot >= core->config.players)
		return -ENODEV;
	struct lc_player *player = &core->player[command->slot];
	if (command->kind != LC_CMD_PLAY_STOP)
		return start_player(core, player, command);
	player->stopping = player->kind != LC_PLAYER_IDLE;
	return 0;
}

static int on_recorder(struct lc_core *core, const struct lc_command *command)
{
	if (command->slot >= core->config.recorders)
		return -ENODEV;
	struct lc_recorder *recorder = &core->recorder[command->slot];
	uint32_t state = atomic_load_explicit(&recorder->state, memory_order_acquire);
	atomic_store_explicit(&core->file_work, true, memory_order_relaxed);
	if (command->kind == LC_CMD_RECORD) {
		if (state != LC_RECORDER_FREE)
			return -EBUSY;
		lc_recorder_start(recorder, command->text, command->seq);
		return 0;
	}
	if (state != LC_RECORDER_WANTED && state != LC_RECORDER_OPEN)
		return state == LC_RECORDER_FREE ? -ENOENT : -EALREADY;
	lc_recorder_stop(recorder);
	return 0;
}

static int apply(struct lc_core *core, const struct lc_command *command)
{
	switch (command->kind) {
	case LC_CMD_HOOK:
	case LC_CMD_RING:
	case LC_CMD_FEED:
	case LC_CMD_LISTEN:
	case LC_CMD_GAIN:
		return on_port(core, command);
	case LC_CMD_LINK:
	case LC_CMD_UNLINK:
	case LC_CMD_CLEAR:
		return on_link(core, command);
	case LC_CMD_PLAY_FILE:
	case LC_CMD_PLAY_TONE:
	case LC_CMD_PLAY_DIGITS:
	case LC_CMD_PLAY_CALLERID:
	case LC_CMD_PLAY_STOP:
		return on_player(core, command);
	case LC_CMD_RECORD:
	case LC_CMD_RECORD_STOP:
		return on_recorder(core, command);
	default:
		return -EINVAL;
	}
}

/* A bounded number per tick: a flood of orders must not make the tick late. */
void lc_core_apply_commands(struct lc_core *core)
{
	struct lc_command command;
	for (int i = 0; i < COMMANDS_A_TICK && lc_ring_take(core->commands, &command); i++) {
		command.text[LC_COMMAND_TEXT - 1] = 0;
		struct lc_event ack = {.kind = LC_EV_ACK, .slot = command.slot, .seq = command.seq, .at = core->now};
		ack.value = apply(core, &command);
		LC_COUNT(core, commands, 1);
		if (ack.value)
			LC_COUNT(core, commands_refused, 1);
		lc_core_emit(core, &ack);
	}
}
