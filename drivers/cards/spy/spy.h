/* spy.h — wraps any card and writes all that passes into a trace (trace.h).
 *
 * The core sees a card as before; each call goes on to the wrapped one. A tick's items are gathered in memory and put at
 * its end, whole or not at all, into a fifo that the file side empties (lc_card_ops.io): the tick neither waits nor calls
 * the system for it. What the file side could not take in time, or what is past the file's limit, is missing in whole
 * ticks, counted, and marked in the trace where it is missing.
 */
#ifndef CALLBOX_SPY_H
#define CALLBOX_SPY_H

#include <stdatomic.h>

#include "cards/spy/trace.h"
#include "fifo.h"

struct lc_spy {
	struct lc_card card;     /* first: the core holds its address */
	struct lc_card_ops ops;  /* without what the wrapped card cannot do */
	struct lc_card *wrapped; /* closed with the spy */
	struct lc_trace_ranks ranks;
	uint8_t port[256]; /* channel → port */
	int samples;       /* per tick */
	int64_t now;       /* the tick's first sample */
	struct lc_trace_out tick;
	struct lc_fifo fifo; /* words of two bytes */
	uint64_t missing;    /* ticks since the last one that was put */
	uint64_t put, most;  /* bytes */
	int fd;
	_Atomic int error;                   /* of the file; 0: none so far */
	_Atomic uint64_t ticks, lost, bytes; /* struct lc_spy_counters */
	uint8_t body[LC_TRACE_BODY_MOST];
};

#endif
