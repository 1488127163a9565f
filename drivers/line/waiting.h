/* waiting.h — call waiting: who calls, told to a telephone that is in talk.
 *
 * On the exchange's side, sample by sample (type II caller id: Telcordia GR-30 and GR-575, ETSI EN 300 659-2):
 *
 *     tone    the plan's call_waiting tone, once                   the person hears it, every country
 *     alert   2,130 + 2,750 Hz for 80 ms                            the telephone hears it and mutes itself
 *     ack     silence; DTMF A or D begins within LC_WAITING_ACK_MS  it can show a number
 *     pause   silence until the ack is over and 50 ms more
 *     data    80 bits of mark, then the message; no seizure
 *
 * Where the plan has no type II, or there is nothing to tell, it ends after the tone. Without an ack it ends there.
 * Meanwhile the other party neither hears the telephone nor is heard: GR-30 has the exchange split the call.
 */
#ifndef CALLBOX_WAITING_H
#define CALLBOX_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/callerid.h"
#include "dsp/tone.h"
#include "linecard.h"

enum {
	/* GR-30: the ack ends within 160 ms of the alert; our ear takes up to 50 ms to know, the wire's way twice as long. */
	LC_WAITING_ACK_MS = 220,
};

enum lc_waiting_phase {
	LC_WAITING_NONE,
	LC_WAITING_TONE,
	LC_WAITING_ALERT,
	LC_WAITING_ACK,
	LC_WAITING_PAUSE,
	LC_WAITING_DATA,
};

struct lc_waiting {
	enum lc_waiting_phase phase;
	bool data; /* the plan has type II, and there is something to tell */
	int left;  /* samples of ACK or PAUSE */
	struct lc_tone_tx tone;
	struct lc_callerid_tx callerid;
};

/* `text` and `withheld` as LC_CMD_CALL_WAITING has them. -ENOENT: the plan has no call_waiting tone; -EINVAL: a number that
 * cannot be carried. The phase is unchanged then. */
int lc_waiting_start(struct lc_waiting *waiting, const struct lc_plan *plan, const char *text, size_t n,
                     enum lc_callerid_withheld withheld);
/* The telephone has sent a digit; true: it was the ack. */
bool lc_waiting_digit(struct lc_waiting *waiting, char digit);
/* The next n samples. When it ends within them it is NONE, and the result an enum lc_waiting_result; else 0. */
int lc_waiting_read(struct lc_waiting *waiting, int16_t *out, int n);

#endif
