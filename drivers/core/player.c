#include "core/player.h"

#include <errno.h>
#include <string.h>

enum { FADE_SAMPLES = 16 }; /* 2 ms: shorter clicks, longer delays the silence after a caller's digit */

int lc_maker_init(struct lc_maker *maker, const struct lc_plan *plan, const struct lc_command *command)
{
	memset(maker, 0, sizeof(*maker));
	switch (command->kind) {
	case LC_CMD_PLAY_TONE:
		if (command->a < 0 || command->a >= plan->tones || command->b < 0)
			return -EINVAL;
		maker->kind = LC_MAKER_TONE;
		return lc_tone_tx_init(&maker->tone, &plan->tone[command->a], command->b);
	case LC_CMD_PLAY_DIGITS:
		maker->kind = LC_MAKER_DIGITS;
		lc_dtmf_tx_init(&maker->digits, plan);
		return lc_dtmf_tx_put(&maker->digits, command->text);
	case LC_CMD_PLAY_CALLERID:
		maker->kind = LC_MAKER_CALLERID;
		return lc_callerid_tx_init(&maker->callerid, plan, command->a, command->text, sizeof(command->text), command->b);
	default:
		return -EINVAL;
	}
}

int lc_maker_read(struct lc_maker *maker, int16_t *out, int n)
{
	switch (maker->kind) {
	case LC_MAKER_TONE:
		return lc_tone_tx_read(&maker->tone, out, n);
	case LC_MAKER_DIGITS:
		return lc_dtmf_tx_read(&maker->digits, out, n);
	case LC_MAKER_CALLERID:
		return lc_callerid_tx_read(&maker->callerid, out, n);
	default:
		return 0;
	}
}

/* How a part stands after a read; or the value it ended with. */
enum { GOES_ON = 2, STARVED = 3 };

static int read_stream(struct lc_stream *stream, int16_t *out, int n, int *made)
{
	uint32_t state = atomic_load_explicit(&stream->state, memory_order_acquire);
	uint32_t fill = lc_fifo_fill(&stream->fifo);
	uint32_t take = fill < (uint32_t)n ? fill : (uint32_t)n;
	*made = 0;
	if (state == LC_STREAM_FAILED)
		return stream->error;
	if (state == LC_STREAM_WANTED)
		return GOES_ON;
	if (fill < (uint32_t)n && state == LC_STREAM_OPEN)
		return STARVED;
	lc_fifo_take(&stream->fifo, out, take);
	*made = (int)take;
	return take == fill && state == LC_STREAM_ENDED ? 0 : GOES_ON;
}

static void end_first(struct lc_player *player, int value, lc_part_end_fn *end, void *context)
{
	struct lc_part part = player->part[0];
	player->parts--;
	memmove(&player->part[0], &player->part[1], sizeof(part) * (size_t)player->parts);
	end(context, player, &part, value);
}

/* Samples made, at most n, going on from part to part. */
static int read_parts(struct lc_player *player, int n, bool *starved, lc_part_end_fn *end, void *context)
{
	int made = 0;
	while (made < n && player->parts) {
		struct lc_part *part = &player->part[0];
		int got, how;
		if (part->stream) {
			how = read_stream(part->stream, player->block + made, n - made, &got);
		} else {
			got = lc_maker_read(&player->maker, player->block + made, n - made);
			how = got < n - made ? 0 : GOES_ON;
		}
		made += got;
		part->played += got;
		*starved = how == STARVED;
		if (how == STARVED || (how == GOES_ON && got == 0))
			break;
		if (how != GOES_ON)
			end_first(player, how, end, context);
	}
	return made;
}

static void ramp(int16_t *samples, int n, bool up)
{
	for (int i = 0; i < n; i++)
		samples[i] = (int16_t)(samples[i] * (up ? i + 1 : n - i) / (n + 1));
}

static void apply_gain(struct lc_player *player, int n)
{
	float step = (player->target - player->gain) / (float)n;
	if (player->gain == 1 && player->target == 1)
		return;
	for (int i = 0; i < n; i++) {
		float value = (player->gain + step * (float)(i + 1)) * (float)player->block[i];
		value = value > 32767.0F ? 32767.0F : value;
		player->block[i] = (int16_t)(value < -32768.0F ? -32768.0F : value);
	}
	player->gain = player->target;
}

void lc_player_init(struct lc_player *player)
{
	memset(player, 0, sizeof(*player));
	player->gain = player->target = 1;
	player->yields = -1;
}

void lc_player_drop(struct lc_player *player, lc_part_end_fn *end, void *context)
{
	while (player->parts)
		end_first(player, 1, end, context);
	player->stopping = false;
	player->hold = LC_HOLD_NONE;
	player->paused = false;
	player->yields = -1;
	player->yields_for = 0;
}

static void hold_or_go_on(struct lc_player *player)
{
	bool hold = player->paused || player->yields_for > 0;
	bool held = player->hold == LC_HOLD_PAUSING || player->hold == LC_HOLD_PAUSED;
	if (hold != held)
		player->hold = hold ? LC_HOLD_PAUSING : LC_HOLD_RESUMING;
}

void lc_player_pause(struct lc_player *player, bool pause)
{
	player->paused = pause;
	hold_or_go_on(player);
}

void lc_player_yield(struct lc_player *player, int samples)
{
	player->yields_for = samples;
	hold_or_go_on(player);
}

bool lc_player_tick(struct lc_player *player, int n, lc_part_end_fn *end, void *context)
{
	bool starved = false, fading = player->stopping || player->hold == LC_HOLD_PAUSING;
	int made = 0;
	if (player->hold != LC_HOLD_PAUSED)
		made = read_parts(player, fading ? FADE_SAMPLES : n, &starved, end, context);
	if (fading)
		ramp(player->block, made, false);
	else if (player->hold == LC_HOLD_RESUMING && made)
		ramp(player->block, made < FADE_SAMPLES ? made : FADE_SAMPLES, true);
	memset(player->block + made, 0, (size_t)(n - made) * sizeof(player->block[0]));
	player->sounding = made > 0;
	if (made)
		apply_gain(player, n);
	if (player->stopping)
		lc_player_drop(player, end, context);
	else if (player->hold == LC_HOLD_PAUSING)
		player->hold = LC_HOLD_PAUSED;
	else if (player->hold == LC_HOLD_RESUMING && made)
		player->hold = LC_HOLD_NONE;
	if (player->yields_for > 0)
		lc_player_yield(player, player->yields_for > n ? player->yields_for - n : 0);
	return starved;
}
