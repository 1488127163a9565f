/* links.h — who hears whom: sink = Σ gain · source.
 *
 * A link's gain moves to its target within one tick, so that adding, changing and removing a link makes no
 * click; a removed link lives one tick longer, fading. Sums are made in float and saturate once, when they
 * become 16-bit samples again.
 */
#ifndef CALLBOX_LINKS_H
#define CALLBOX_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "linecard.h"

struct lc_link {
	uint16_t source, sink; /* enum lc_end | index */
	bool leaving;
	float gain, target; /* factors */
};

struct lc_links {
	int count;
	struct lc_link link[LC_LINKS_MAX];
};

/* 0, or -ENOSPC. */
int lc_links_set(struct lc_links *links, uint16_t source, uint16_t sink, float gain_db);
int lc_links_remove(struct lc_links *links, uint16_t source, uint16_t sink); /* 0, or -ENOENT */
void lc_links_clear(struct lc_links *links, uint16_t end);                   /* from and to */

/* Adds n samples of `source` to `sum`, moving the gain. */
void lc_link_mix(struct lc_link *link, const int16_t *source, float *sum, int n);
void lc_links_sweep(struct lc_links *links); /* forgets links that have faded */
/* Rounds and saturates; how many samples were clipped. */
int lc_mix_finish(const float *sum, int16_t *out, int n);

float lc_db_to_factor(float db);

#endif
