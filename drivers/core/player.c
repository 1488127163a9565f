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
		maker->kind = LC_PLAYER_TONE;
		return lc_tone_tx_init(&maker->tone, &plan->tone[command->a], command->b);
	case LC_CMD_PLAY_DIGITS:
		maker->kind = LC_PLAYER_DIGITS;
		lc_dtmf_tx_init(&maker->digits, plan);
		return lc_dtmf_tx_put(&maker->digits, command->text);
	case LC_CMD_PLAY_CALLERID: {
		const char *name = command->text + strnlen(command->text, LC_COMMAND_TEXT - 1) + 1;
		if (name >= command->text + LC_COMMAND_TEXT)
			name = "";
		maker->kind = LC_PLAYER_CALLERID;
		return lc_callerid_tx_init(&maker->callerid, plan, (enum lc_callerid_scheme)command->a, command->text, name,
		                           command->b);
	}
	default:
		return -EINVAL;
	}
}

int lc_maker_read(struct lc_maker *maker, int16_t *out, int n)
{
	switch (maker->kind) {
	case LC_PLAYER_TONE:
		return lc_tone_tx_read(&maker->tone, out, n);
	case LC_PLAYER_DIGITS:
		return lc_dtmf_tx_read(&maker->digits, out, n);
	case LC_PLAYER_CALLERID:
		return lc_callerid_tx_read(&maker->callerid, out, n);
	default:
		return 0;
	}
}

static int read_file(struct lc_player *player, int n, enum lc_player_news *news, int *error)
{
	struct lc_stream *stream = player->stream;
	uint32_t state = atomic_load_explicit(&stream->state, memory_order_acquire);
	uint32_t fill = lc_fifo_fill(&stream->fifo);
	if (state == LC_STREAM_FAILED) {
		*error = stream->error;
		*news = LC_PLAYER_FAILED;
		return 0;
	}
	if (state == LC_STREAM_WANTED)
		return 0;
	if (fill < (uint32_t)n && state == LC_STREAM_OPEN) {
		*news = LC_PLAYER_STARVED;
		return 0;
	}
	uint32_t made = fill < (uint32_t)n ? fill : (uint32_t)n;
	lc_fifo_take(&stream->fifo, player->block, made);
	if (made == fill && state == LC_STREAM_ENDED)
		*news = LC_PLAYER_DONE;
	return (int)made;
}

enum lc_player_news lc_player_tick(struct lc_player *player, int n, int *error)
{
	enum lc_player_news news = LC_PLAYER_GOES_ON;
	int made;
	if (player->kind == LC_PLAYER_FILE) {
		made = read_file(player, n, &news, error);
	} else {
		made = lc_maker_read(&player->maker, player->block, n);
		if (made < n)
			news = LC_PLAYER_DONE;
	}
	if (player->stopping && news != LC_PLAYER_FAILED) {
		int fade = made < FADE_SAMPLES ? made : FADE_SAMPLES;
		for (int i = 0; i < fade; i++)
			player->block[i] = (int16_t)(player->block[i] * (fade - i) / (fade + 1));
		made = fade;
		news = LC_PLAYER_STOPPED;
	}
	memset(player->block + made, 0, (size_t)(n - made) * sizeof(player->block[0]));
	player->sounding = made > 0;
	player->played += made;
	return news;
}
