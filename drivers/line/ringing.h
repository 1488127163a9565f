/* ringing.h — a telephone that is rung: the plan's cadence, and who calls, told where the plan has its place.
 *
 *     before the first burst     ringing LC_RINGING_AFTER_ID_MS behind it; the plan may want the line's polarity turned
 *                                LC_RINGING_REVERSAL_MS before it and until LC_RINGING_ID_BEFORE_MS after it
 *     after the first burst      in the cadence's longest silence (the last one of a double ring), callerid_delay after
 *                                that began; the next burst waits until LC_RINGING_ID_BEFORE_MS after its end, however
 *                                short the country's silence is
 *     NTT's number display       with the polarity turned, short bursts for LC_RINGING_ASKS_MS; a telephone that closes the
 *                                loop in them (lc_ringing_answered) is told who calls, and opens it again
 *                                (lc_ringing_go_on); then, and also if none does, the cadence
 *
 * It says what the wire needs and what is to be sent; it does neither, and knows nothing of the loop: fxs.c does.
 */
#ifndef CALLBOX_RINGING_H
#define CALLBOX_RINGING_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/callerid.h"
#include "linecard.h"

enum {
	LC_RINGING_AFTER_ID_MS = 300,  /* DTMF caller id: ringing follows 200 to 500 ms after it */
	LC_RINGING_ID_BEFORE_MS = 200, /* Telcordia GR-30; BT SIN 227: at least 200 ms */
	LC_RINGING_REVERSAL_MS = 250,  /* BT SIN 227: at least 100 ms of silence; DTMF by EN 300 659-1 annex B: 200 ms or more */
	LC_RINGING_ASKS_MS = 6000,     /* as long as NTT waits for an answer to these bursts */
	LC_RINGING_ASKS_ON_MS = 500,
	LC_RINGING_DATA_DELAY_MS = 300, /* after the telephone has closed the loop */
	LC_RINGING_AFTER_DATA_MS = 1000,
};

enum lc_ringing_phase { LC_RINGING_CADENCE, LC_RINGING_ASKS, LC_RINGING_DATA };

enum lc_ringing_id {
	LC_RINGING_ID_NONE,
	LC_RINGING_ID_WAITS,  /* for its place */
	LC_RINGING_ID_PLACED, /* id_at: its first sample */
	LC_RINGING_ID_SENDS,
	LC_RINGING_ID_DONE, /* id_at: its end */
};

struct lc_ringing {
	const struct lc_plan *plan;
	enum lc_ringing_phase phase;
	bool rings;         /* what the wire needs at this moment: ringing voltage */
	bool reverses;      /* the same: the polarity turned */
	int step;           /* in the plan's cadence */
	int64_t step_until; /* the step's end */
	int64_t asks_until; /* ASKS: its end */
	enum lc_ringing_id id;
	int64_t id_at;
	struct lc_callerid_tx tx;
};

/* `now` in samples, here and below; `text` and `withheld` as LC_CMD_RING has them; `plan` must outlive it. -EINVAL: a plan
 * without a cadence; a number that its scheme cannot carry. */
int lc_ringing_start(struct lc_ringing *ringing, const struct lc_plan *plan, const char *text, size_t n,
                     enum lc_callerid_withheld withheld, int64_t now);
void lc_ringing_tick(struct lc_ringing *ringing, int64_t now);
/* ASKS: the telephone wants to be told who calls. It has been: on to the cadence, from its beginning. */
void lc_ringing_answered(struct lc_ringing *ringing, int64_t now);
void lc_ringing_go_on(struct lc_ringing *ringing, int64_t now);
/* Samples that the caller id has been over; -1: it is not, or there is none. */
int64_t lc_ringing_told(const struct lc_ringing *ringing, int64_t now);
/* The next n samples up to `now`; false: none are to be sent. */
bool lc_ringing_read(struct lc_ringing *ringing, int16_t *out, int n, int64_t now);

#endif
