/* elastic.h — samples between two clocks that are never quite the same: one side puts blocks, the other takes them.
 *
 * One producer, one consumer, no lock; neither waits for the other. The consumer keeps a reserve against blocks that come
 * late: SPARE ms remain after each take, at the least of a second. Where the clocks have drifted so that it is 10 ms more,
 * what is too much is left out; 10 ms less, a block of silence is inserted. A reserve that ran out was too small: it
 * grows by 10 ms, and shrinks by as much after each minute in which it did not. What was left out or inserted is counted.
 */
#ifndef CALLBOX_ELASTIC_H
#define CALLBOX_ELASTIC_H

#include <stdatomic.h>
#include <stdbool.h>

#include "fifo.h"

enum {
	LC_ELASTIC_SPARE_LEAST = 20, /* ms */
	LC_ELASTIC_SPARE_MOST = 80,
	LC_ELASTIC_HOLDS = 256, /* ms: what comes beyond is left out by the producer */
};

struct lc_elastic {
	struct lc_fifo fifo;
	/* The consumer's. */
	bool began;                          /* it has flowed since it rested: silence is counted */
	bool flowing;                        /* the reserve is there */
	uint32_t spare;                      /* samples */
	uint32_t least;                      /* waiting after a take, since the last look */
	uint32_t looked;                     /* samples taken since then */
	uint32_t calm;                       /* samples taken since the reserve ran out */
	_Atomic uint64_t inserted, left_out; /* samples; left_out: the consumer's */
	_Atomic uint64_t refused;            /* samples: the producer's */
};

int lc_elastic_init(struct lc_elastic *elastic); /* 0 or -ENOMEM */
void lc_elastic_destroy(struct lc_elastic *elastic);

/* Producer. What there is no room for is left out. */
void lc_elastic_put(struct lc_elastic *elastic, const int16_t *samples, uint32_t n);
/* Consumer: n samples, at most 20 ms, silence where there are none. */
void lc_elastic_take(struct lc_elastic *elastic, int16_t *samples, uint32_t n);
/* Consumer: forgets what waits; the reserve is built anew, which is not counted. */
void lc_elastic_rest(struct lc_elastic *elastic);

#endif
