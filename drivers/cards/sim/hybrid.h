/* hybrid.h — the echo of what an end sends itself.
 *
 * A hybrid joins two wires to four and is never balanced perfectly: part of the sent signal comes back, smeared
 * over some milliseconds by the cable. The path is a fixed sparse response over 3.75 ms, one tick behind the
 * sent signal, scaled so that white noise comes back exactly `loss` dB weaker; single frequencies differ by a
 * few dB, as on a real line.
 */
#ifndef CALLBOX_HYBRID_H
#define CALLBOX_HYBRID_H

#include <stdbool.h>
#include <stdint.h>

#include "linecard.h"

enum { LC_HYBRID_TAPS = 8, LC_HYBRID_REACH = 32 /* samples */ };

struct lc_hybrid {
	bool any;   /* false: balanced perfectly */
	bool quiet; /* the past holds silence only */
	float tap[LC_HYBRID_TAPS];
	float past[LC_HYBRID_REACH];
};

/* loss 0 .. 100 dB; 100 is none. */
void lc_hybrid_init(struct lc_hybrid *hybrid, float loss_db);
/* Adds the echo of n ≤ LC_TICK_SAMPLES_MAX sent samples; NULL is silence. False: there was none, out is untouched. */
bool lc_hybrid_add(struct lc_hybrid *hybrid, const int16_t *sent, float *out, int n);
/* Whether lc_hybrid_add() would leave out untouched. */
bool lc_hybrid_silent(const struct lc_hybrid *hybrid, const int16_t *sent);

#endif
