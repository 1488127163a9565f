/* dtmf_groups.h — the low and the high group of a key's tones as complex baseband, one value each per millisecond.
 *
 * Two linear-phase band filters (72 taps, 40 dB) make them. A tone is a vector that turns evenly: its turn gives the
 * frequency, the turn's steadiness the purity, the vector's length the peak. Values are counted in hops since the first
 * sample, and the last LC_DTMF_HISTORY are kept; each stands for the sample in the middle of its filter.
 */
#ifndef CALLBOX_DTMF_GROUPS_H
#define CALLBOX_DTMF_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "linecard.h"

enum {
	LC_DTMF_LOW = 0, /* also the place of the group's real part in a vector, divided by 2 */
	LC_DTMF_HIGH = 1,
	LC_DTMF_LINE = 2, /* in `power`: all that is on the line */
	LC_DTMF_TAPS = 72,
	LC_DTMF_HOP = 8,       /* samples per value: 1 ms */
	LC_DTMF_HISTORY = 128, /* values kept; a power of two */
	LC_DTMF_OVERLAP = LC_DTMF_TAPS - LC_DTMF_HOP,
	LC_DTMF_DELAY = LC_DTMF_OVERLAP / 2 - 4, /* samples from a hop's newest 8 back to its filter's middle */
};

extern const float lc_dtmf_centre_hz[2];

/* Both groups at one moment: low re, im, high re, im. */
typedef float lc_dtmf_vector __attribute__((vector_size(16)));

struct lc_dtmf_groups {
	lc_dtmf_vector taps[LC_DTMF_TAPS / 8][4]; /* the first half: four of low re, of low im, of high re, of high im */
	lc_dtmf_vector value[LC_DTMF_HISTORY];
	lc_dtmf_vector power[LC_DTMF_HISTORY]; /* squared length of both, the line's in their filters' middle, nothing */
	float input[LC_DTMF_TAPS + LC_TICK_SAMPLES_MAX];
	int used, fill; /* samples of input[] that are done with; that are there */
};

void lc_dtmf_groups_init(struct lc_dtmf_groups *groups);
void lc_dtmf_groups_forget(struct lc_dtmf_groups *groups); /* as after silence */
/* The next sample is number `taken`. */
void lc_dtmf_groups_skip_to(struct lc_dtmf_groups *groups, int64_t taken);
/* Takes in at most LC_TICK_SAMPLES_MAX samples; _next then makes the value of `hop`, and says false once they are used up. */
void lc_dtmf_groups_take(struct lc_dtmf_groups *groups, const int16_t *samples, int n);
bool lc_dtmf_groups_next(struct lc_dtmf_groups *groups, int64_t hop);

struct lc_dtmf_turn {
	float re, im, whole; /* sum of products `lag` ms apart, and what it would be if all agreed */
};

/* How the group's vector turned from `lag` ms before, over the `ms` that end with hop `last`. */
struct lc_dtmf_turn lc_dtmf_groups_turn(const struct lc_dtmf_groups *groups, int group, int64_t last, int ms, int lag);
/* Hz by which a turn over `lag` ms differs from that of `nominal`; within ±500 / lag. */
float lc_dtmf_deviation_hz(struct lc_dtmf_turn turn, float nominal, int lag);

static inline const lc_dtmf_vector *lc_dtmf_groups_power(const struct lc_dtmf_groups *groups, int64_t hop)
{
	return &groups->power[hop & (LC_DTMF_HISTORY - 1)];
}

/* The sample in the middle of this hop's filter; below 0: before the first. */
static inline int64_t lc_dtmf_middle(int64_t hop)
{
	return hop * LC_DTMF_HOP - LC_DTMF_DELAY;
}

#endif
