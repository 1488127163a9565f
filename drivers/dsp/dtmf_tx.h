/* dtmf_tx.h — digits made as pairs of tones (ITU-T Q.23), with the level, twist and timing of the country. */
#ifndef CALLBOX_DTMF_TX_H
#define CALLBOX_DTMF_TX_H

#include <stdbool.h>

#include "dsp/oscillator.h"

struct lc_dtmf_tx {
	float low_peak, high_peak;
	int on, off, pause; /* samples */
	char text[LC_COMMAND_TEXT];
	int length, next; /* of text */
	int at, until;    /* samples in the present digit or pause */
	char digit;       /* being made, or 0 */
	struct lc_oscillator low, high;
};

void lc_dtmf_tx_init(struct lc_dtmf_tx *tx, const struct lc_plan *plan);
/* Adds 0-9 * # A-D and ',' (500 ms of pause). 0, -EINVAL another character (nothing is added), -ENOSPC too many. */
int lc_dtmf_tx_put(struct lc_dtmf_tx *tx, const char *text);
/* Samples written to out[], at most n; each digit is followed by its pause; 0 when all is sent. */
int lc_dtmf_tx_read(struct lc_dtmf_tx *tx, int16_t *out, int n);

#endif
