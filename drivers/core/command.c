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
	return in_bounds(end, LC_END_PORT, core->config.ports) || in_bounds(end, LC_END_PLAYER, core->config.players) ||
	       in_bounds(end, LC_END_SENT, core->config.ports) || in_bounds(end, LC_END_INLET, core->config.inlets);
}

static bool is_sink(const struct lc_core *core, uint16_t end)
{
	return in_bounds(end, LC_END_PORT, core->config.ports) || in_bounds(end, LC_END_LEFT, core->config.recorders) ||
	       in_bounds(end, LC_END_RIGHT, core->config.recorders) || in_bounds(end, LC_END_TAP, core->config.taps);
}

static int on_port(struct lc_core *core, const struct lc_command *command)
{
	if (command->slot >= core->config.ports)
		return -ENODEV;
	struct lc_port *port = &core->port[command->slot];
	if (core->card->ops->order)
		core->card->ops->order(core->card, command);
	switch (command->kind) {
	case LC_CMD_LISTEN:
		port->listen = (unsigned)command->a; /* hear() gives it to the ears */
		return 0;
	case LC_CMD_ECHO:
		lc_echo_enable(&port->echo, command->a != 0);
		lc_answer_tone_reset(&port->answer_tone);
		port->echo_since = core->now;
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
	/* What a port sent, sent again, would be a howl. */
	if ((command->source & LC_END_KIND) == LC_END_SENT && (command->sink & LC_END_KIND) == LC_END_PORT)
		return -EINVAL;
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

static int start_file(struct lc_core *core, struct lc_player *player, const struct lc_command *command)
{
	bool after = command->b == 1 && player->parts > 0 && player->part[0].stream && !player->stopping;
	struct lc_stream *stream = free_stream(core);
	if (command->a & LC_PLAY_YIELDS && !in_bounds(command->source, LC_END_PORT, core->config.ports))
		return -ENODEV;
	if (!stream)
		return -EAGAIN;
	if (after && player->parts == 1 + LC_PARTS_MAX)
		return -ENOSPC;
	if (!after)
		lc_player_drop(player, lc_core_part_end, core);
	if (!after && command->a & LC_PLAY_YIELDS)
		player->yields = command->source & LC_END_INDEX;
	lc_stream_start(stream, command->text, command->a & LC_PLAY_REPEAT, 0);
	player->part[player->parts++] = (struct lc_part){.seq = command->seq, .stream = stream};
	return 0;
}

static int start_maker(struct lc_core *core, struct lc_player *player, const struct lc_command *command)
{
	struct lc_maker maker;
	int result = lc_maker_init(&maker, &core->config.plan, command);
	if (result)
		return result;
	lc_player_drop(player, lc_core_part_end, core);
	player->maker = maker;
	player->part[player->parts++] = (struct lc_part){.seq = command->seq};
	return 0;
}

static int seek(struct lc_core *core, struct lc_player *player, int32_t ms)
{
	struct lc_part *part = &player->part[0];
	if (ms < 0)
		return -EINVAL;
	if (!player->parts || !part->stream || player->stopping)
		return -ENOENT;
	struct lc_stream *stream = free_stream(core);
	if (!stream)
		return -EAGAIN;
	lc_stream_start(stream, part->stream->path, part->stream->repeat, (int64_t)ms * LC_RATE / 1000);
	lc_stream_drop(part->stream);
	part->stream = stream;
	return 0;
}

static int on_player(struct lc_core *core, const struct lc_command *command)
{
	if (command->slot >= core->config.players)
		return -ENODEV;
	struct lc_player *player = &core->player[command->slot];
	atomic_store_explicit(&core->file_work, true, memory_order_relaxed);
	switch (command->kind) {
	case LC_CMD_PLAY_FILE:
		return start_file(core, player, command);
	case LC_CMD_PLAY_STOP:
		player->stopping = player->parts > 0;
		return 0;
	case LC_CMD_PLAY_PAUSE:
		if (!player->parts)
			return -ENOENT;
		lc_player_pause(player, command->a != 0);
		return 0;
	case LC_CMD_PLAY_SEEK:
		return seek(core, player, command->a);
	case LC_CMD_PLAY_GAIN:
		if (!(command->gain_db >= GAIN_LEAST && command->gain_db <= GAIN_MOST))
			return -ERANGE;
		player->target = lc_db_to_factor(command->gain_db);
		if (!player->parts)
			player->gain = player->target;
		return 0;
	default:
		return start_maker(core, player, command);
	}
}

/* What the file lacks, told where it lacks it: before it goes on, or before it is closed. */
static void tell_gap(struct lc_core *core, int index, bool ends)
{
	struct lc_recorder *recorder = &core->recorder[index];
	uint64_t gap = lc_recorder_gap(recorder, ends);
	struct lc_event event = {.kind = LC_EV_RECORD_GAP, .slot = (uint16_t)index, .seq = recorder->seq, .at = core->now};
	event.value = (int32_t)(gap * 1000 / LC_RATE);
	event.extra = (int32_t)(recorder->frames_taken * 1000 / LC_RATE);
	if (gap)
		lc_core_emit(core, &event);
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
	if (command->kind == LC_CMD_RECORD_HOW) {
		if (command->a & ~(LC_RECORD_SILENT | LC_RECORD_STILL))
			return -EINVAL;
		if (!(command->a & LC_RECORD_STILL))
			tell_gap(core, command->slot, false);
		lc_recorder_how(recorder, (unsigned)command->a);
		return 0;
	}
	tell_gap(core, command->slot, true);
	lc_recorder_stop(recorder);
	return 0;
}

bool lc_command_is_for_port(uint16_t kind)
{
	switch (kind) {
	case LC_CMD_HOOK:
	case LC_CMD_RING:
	case LC_CMD_FEED:
	case LC_CMD_PULSE:
	case LC_CMD_CALL_WAITING:
	case LC_CMD_LAMP:
	case LC_CMD_LISTEN:
	case LC_CMD_GAIN:
	case LC_CMD_ECHO:
		return true;
	default:
		return false;
	}
}

static int apply(struct lc_core *core, const struct lc_command *command)
{
	if (lc_command_is_for_port(command->kind))
		return on_port(core, command);
	switch (command->kind) {
	case LC_CMD_LINK:
	case LC_CMD_UNLINK:
	case LC_CMD_CLEAR:
		return on_link(core, command);
	case LC_CMD_PLAY_FILE:
	case LC_CMD_PLAY_TONE:
	case LC_CMD_PLAY_DIGITS:
	case LC_CMD_PLAY_CALLERID:
	case LC_CMD_PLAY_STOP:
	case LC_CMD_PLAY_PAUSE:
	case LC_CMD_PLAY_SEEK:
	case LC_CMD_PLAY_GAIN:
		return on_player(core, command);
	case LC_CMD_RECORD:
	case LC_CMD_RECORD_STOP:
	case LC_CMD_RECORD_HOW:
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
		if (ack.value && ack.value != -ENOTTY)
			LC_COUNT(core, commands_refused, 1);
		lc_core_emit(core, &ack);
	}
}
