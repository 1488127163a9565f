/* noise.h — what a line adds by itself: white noise and mains hum.
 *
 * Noise is made once, for a seed, and read from a random place every tick: cheap, repeatable, and white as long
 * as nobody looks for a period of the table's half second.
 */
#ifndef CALLBOX_NOISE_H
#define CALLBOX_NOISE_H

#include <stdint.h>

#include "linecard.h"

enum {
	LC_NOISE_SAMPLES = 4096,
	LC_HUM_PERIOD = 160, /* 50 Hz */
};

struct lc_noise {
	float sample[LC_NOISE_SAMPLES]; /* rms 1 */
};

/* Root mean square of a level, on the 16-bit scale; -100 dBm0 and less is 0. */
float lc_level_rms(float dbm0);
/* xorshift32; state must not be 0. */
uint32_t lc_random(uint32_t *state);
/* A place with LC_TICK_SAMPLES_MAX samples behind it. */
int lc_noise_place(uint32_t *state);
void lc_noise_init(struct lc_noise *noise, uint32_t seed);
/* 50 Hz and, 6 dB below, 150 Hz; together dbm0. Two periods' worth, so that a tick can start anywhere in one. */
void lc_hum_init(float hum[2 * LC_HUM_PERIOD], float dbm0);

#endif
