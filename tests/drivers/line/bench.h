/* bench.h — one line machine between a mock card and a list of what it told.
 *
 * The card is a mock, and so is the caller-id sender (a burst of burst_ms): the machine alone is under test.
 * Time moves in steps of 1 ms, so that each timer can be met one ms before and exactly at its value.
 */
#ifndef BENCH_H
#define BENCH_H

#include "check.h"
#include "line/line.h"
#include "line/timers.h"

struct bench {
	struct lc_card card; /* first */
	struct lc_card_ops ops;
	struct lc_plan plan;
	struct lc_line line;
	int64_t now;                                         /* ms */
	int hook, ring, feed;                                /* as ordered by the machine */
	int fail;                                            /* what the card's functions answer instead of 0 */
	int64_t ring_on_at, ring_off_at, sent_from, sent_to; /* ms; transmit */
	int told;
	struct lc_event event[4096];
};

extern int burst_ms; /* length of the mock's caller id */

void bench_init(struct bench *bench, enum lc_port_kind kind);
void run(struct bench *bench, int ms);
void wire(struct bench *bench, enum lc_card_event_kind kind, int value);
int order(struct bench *bench, enum lc_command_kind kind, int a, int b);
int order_ring(struct bench *bench, const char *number, const char *name, int withheld);
int order_waiting(struct bench *bench, const char *number);
int order_pulses(struct bench *bench, const char *digits);
int count(const struct bench *bench, enum lc_event_kind kind);
/* The last one of that kind; an empty one if there is none. */
struct lc_event last(const struct bench *bench, enum lc_event_kind kind);
void forget(struct bench *bench);

#endif
