/* player.h — a source of sound: files one after the other, a tone, digits or a caller-id burst.
 *
 * Files may wait in a short list and follow each other without a gap, sample to sample. What is stopped or
 * paused fades within 2 ms. The end of each part is told by LC_EV_PLAY_DONE with the sequence number of the
 * command that asked for it; a part that cannot be played is told so and the next one begins.
 *
 * Two may hold it, independently: Python (pause), and a key at the port that it yields to (LC_PLAY_YIELDS).
 */
#ifndef CALLBOX_PLAYER_H
#define CALLBOX_PLAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/stream.h"
#include "dsp/callerid.h"
#include "dsp/dtmf_tx.h"
#include "dsp/tone.h"
#include "linecard.h"

enum lc_maker_kind { LC_MAKER_NONE, LC_MAKER_TONE, LC_MAKER_DIGITS, LC_MAKER_CALLERID };

/* The generators that need no file; also what lc_make() runs. */
struct lc_maker {
	enum lc_maker_kind kind;
	union {
		struct lc_tone_tx tone;
		struct lc_dtmf_tx digits;
		struct lc_callerid_tx callerid;
	};
};

/* From an LC_CMD_PLAY_TONE, _DIGITS or _CALLERID; -EINVAL: the command is malformed. */
int lc_maker_init(struct lc_maker *maker, const struct lc_plan *plan, const struct lc_command *command);
int lc_maker_read(struct lc_maker *maker, int16_t *out, int n); /* samples made, fewer than n at the end */

/* One thing played or waiting to be. */
struct lc_part {
	uint32_t seq;             /* of the command that asked for it */
	struct lc_stream *stream; /* a file, from the core's pool; NULL: the maker */
	int64_t played;           /* samples */
};

enum lc_player_hold { LC_HOLD_NONE, LC_HOLD_PAUSING, LC_HOLD_PAUSED, LC_HOLD_RESUMING };

struct lc_player {
	int parts; /* what plays and what waits; 0: idle */
	struct lc_part part[1 + LC_PARTS_MAX];
	struct lc_maker maker;
	bool stopping;
	enum lc_player_hold hold;
	bool paused;        /* by Python */
	int yields;         /* to keys at this port; -1: to none */
	int yields_for;     /* samples for which a key still holds it */
	float gain, target; /* factors; the gain moves to its target within a tick */
	bool sounding;      /* block[] holds samples of this tick */
	int16_t block[LC_TICK_SAMPLES_MAX];
};

/* Told of each part that has ended: value 0 at its end, 1 stopped, negative errno; the part is forgotten then. */
typedef void lc_part_end_fn(void *context, struct lc_player *player, const struct lc_part *part, int value);

void lc_player_init(struct lc_player *player);
/* Makes this tick's block of n samples; parts that end on the way are told. True: a file had no samples ready. */
bool lc_player_tick(struct lc_player *player, int n, lc_part_end_fn *end, void *context);
/* Ends all at once, without a fade: something else begins. */
void lc_player_drop(struct lc_player *player, lc_part_end_fn *end, void *context);
void lc_player_pause(struct lc_player *player, bool pause);
/* Held for so many samples from this tick on, whatever it was held for; 0: it goes on, unless paused. */
void lc_player_yield(struct lc_player *player, int samples);

#endif
