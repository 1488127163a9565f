/* player.h — a source of sound: a file, a tone, digits or a caller-id burst.
 *
 * One thing at a time. What is stopped or replaced fades within 2 ms, and its end is told by
 * LC_EV_PLAY_DONE with the sequence number of the command that began it.
 */
#ifndef CALLBOX_PLAYER_H
#define CALLBOX_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stream.h"
#include "dsp/callerid.h"
#include "dsp/dtmf.h"
#include "dsp/tone.h"
#include "linecard.h"

enum lc_player_kind { LC_PLAYER_IDLE, LC_PLAYER_FILE, LC_PLAYER_TONE, LC_PLAYER_DIGITS, LC_PLAYER_CALLERID };

/* The generators that need no file; also what lc_make() runs. */
struct lc_maker {
	enum lc_player_kind kind;
	union {
		struct lc_tone_tx tone;
		struct lc_dtmf_tx digits;
		struct lc_callerid_tx callerid;
	};
};

/* From an LC_CMD_PLAY_TONE, _DIGITS or _CALLERID; -EINVAL: the command is malformed. */
int lc_maker_init(struct lc_maker *maker, const struct lc_plan *plan, const struct lc_command *command);
int lc_maker_read(struct lc_maker *maker, int16_t *out, int n); /* samples made, fewer than n at the end */

struct lc_player {
	enum lc_player_kind kind;
	uint32_t seq;
	bool stopping;
	int64_t played;           /* samples */
	struct lc_stream *stream; /* of a file, from the core's pool */
	struct lc_maker maker;
	bool sounding; /* block[] holds samples of this tick */
	int16_t block[LC_TICK_SAMPLES_MAX];
};

/* What a player's tick came to. */
enum lc_player_news { LC_PLAYER_GOES_ON, LC_PLAYER_STARVED, LC_PLAYER_DONE, LC_PLAYER_STOPPED, LC_PLAYER_FAILED };

/* Makes this tick's block of n samples; *error is set with LC_PLAYER_FAILED. */
enum lc_player_news lc_player_tick(struct lc_player *player, int n, int *error);

#endif
