/* alert.h — the alerting signal before data in mid-call: 2,130 and 2,750 Hz together.
 *
 * What a telephone with call waiting display listens for in talk (Telcordia GR-30 calls it CAS, EN 300 659-2 DT-AS): 75 to
 * 85 ms, both tones at one level within 6 dB (received: 7), -14 to -32 dBm in North America, from -40 dBV by ETSI. It is
 * told when it has ended, because the acknowledgement may be sent only then, and within 100 ms.
 *
 * In blocks of 10 ms both tones must hold nearly all of the energy, for 60 to 110 ms. That is enough where the other
 * party is kept off the line, as an exchange does; against speech of the far end in the same direction it is not
 * measured, so it serves the telephones of the training world and not the box's lines.
 */
#ifndef CALLBOX_ALERT_H
#define CALLBOX_ALERT_H

#include <stdint.h>

#include "emit.h"

enum { LC_ALERT_BLOCK = LC_RATE / 100 };

struct lc_alert {
	float turn[2][2]; /* of each tone per sample: re, im */
	float sum[2][2], at[2][2];
	float energy;
	int filled; /* samples of the present block */
	int blocks; /* in a row that were the signal */
	int64_t heard;
};

void lc_alert_init(struct lc_alert *alert);
void lc_alert_reset(struct lc_alert *alert); /* the sample count stays */
/* Emits LC_EV_ALERT. */
void lc_alert_process(struct lc_alert *alert, const int16_t *samples, int n, lc_emit_fn *emit, void *context);

#endif
