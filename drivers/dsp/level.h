/* level.h — how loud it is, and whether somebody talks.
 *
 * Level is the RMS of each block in dBm0, smoothed over about 100 ms for the meter. Voice: power above
 * an adaptive noise floor, by hysteresis (begins 12 dB above it, or -45 dBm0 if that is more, held for 40 ms;
 * ends 7 dB above it for 500 ms). It tells sound from silence cheaply; it does not tell speech from music.
 */
#ifndef CALLBOX_LEVEL_H
#define CALLBOX_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "emit.h"

struct lc_level {
	/* Mean squares: */
	float block; /* of the last block */
	float power; /* smoothed */
	float floor; /* of noise */
	bool voice;
	int above, below; /* samples in a row */
	int64_t heard;
};

void lc_level_init(struct lc_level *level);
/* Whoever begins to listen while somebody talks is told that a voice begins. */
void lc_level_tell_anew(struct lc_level *level);
/* `voice`: emit LC_EV_VOICE. Turning it off while voice is on emits nothing. */
void lc_level_process(struct lc_level *level, const int16_t *samples, int n, bool voice, lc_emit_fn *emit, void *context);

#endif
