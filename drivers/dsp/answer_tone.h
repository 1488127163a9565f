/* answer_tone.h — the tone by which a modem or fax asks the network to switch its echo cancellers off.
 *
 * A full-duplex modem cancels echo itself and is disturbed by ours. It says so with its answer tone: 2,100 ± 21 Hz
 * whose phase is reversed every 450 ± 25 ms (ITU-T V.25, V.8 "ANSam"; G.168 clause 7, formerly G.165: the tone disabler).
 * Without reversals the tone is meant for echo suppressors (G.164) and for fax: the canceller stays on.
 *
 * Every 10 ms each direction is brought to one complex value at 2,100 Hz, which is 21 whole cycles: a steady tone's
 * value turns evenly, by what its frequency is off, and a reversal turns it by 180° more. Two reversals 410 to 490 ms
 * apart in an otherwise unbroken tone are the signal; speech and music have no such thing.
 *
 * Limits: -34 .. +3 dBm0, ± 30 Hz; reversals of 180 ± 45°; 60 % of all power must be the tone's. Known within 1 s of its
 * begin.
 */
#ifndef CALLBOX_ANSWER_TONE_H
#define CALLBOX_ANSWER_TONE_H

#include <stdbool.h>
#include <stdint.h>

enum { LC_ANSWER_TONE_BLOCK = 80 }; /* samples: 10 ms */

/* One direction. */
struct lc_answer_tone_side {
	float sum[2], power;  /* of the block at hand */
	float last[2];        /* value of the last block that held the tone */
	float turn[2];        /* from block to block, of length 1 */
	int steady, missed;   /* blocks in a row that held the tone; that did not, since */
	int since, reversals; /* blocks since the last reversal; those that came in time, one after the other */
};

struct lc_answer_tone {
	float wave[LC_ANSWER_TONE_BLOCK][2]; /* one block of 2,100 Hz: cosine and sine */
	int fill;
	struct lc_answer_tone_side side[2]; /* received, sent */
};

void lc_answer_tone_init(struct lc_answer_tone *rx);
void lc_answer_tone_reset(struct lc_answer_tone *rx);
/* n samples of either direction, any n >= 0. True: in one of them the signal was completed; it begins anew then. */
bool lc_answer_tone_process(struct lc_answer_tone *rx, const int16_t *received, const int16_t *sent, int n);

#endif
