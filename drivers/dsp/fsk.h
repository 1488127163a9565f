/* fsk.h — 1,200 bit/s frequency shift keying as caller id uses it: Bell 202 and V.23.
 *
 * Bell 202: mark 1,200, space 2,200 Hz (GR-30); V.23: mark 1,300, space 2,100 Hz (ITU-T V.23, EN 300 659-1).
 * Both stand around 1,700 Hz, so one receiver hears both: two filters one bit long at 1,250 and 2,150 Hz,
 * the louder of the two is the bit; edges pull the bit clock and teach it the sender's
 * rate. Which of the two it was shows in the frequency of a long mark.
 */
#ifndef CALLBOX_FSK_H
#define CALLBOX_FSK_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/oscillator.h"

enum {
	LC_FSK_TAPS = 8,
	LC_FSK_AT_ONCE = 4, /* samples filtered side by side */
};

typedef void lc_fsk_bit_fn(void *context, int bit); /* 0, 1, or -1: carrier lost */

struct lc_fsk_rx {
	/* Of mark and space, from the middle of the window outwards: real parts are even, imaginary ones odd. */
	float even[2][LC_FSK_TAPS / 2], odd[2][LC_FSK_TAPS / 2];
	float input[LC_FSK_TAPS - 1 + LC_TICK_SAMPLES_MAX + LC_FSK_AT_ONCE];
	float threshold; /* mean square below which there is no carrier */
	float power;     /* smoothed over some bits */
	bool carrier;
	bool bit;                                     /* at the last sample: 1 mark */
	float mark, space;                            /* at the last sample: powers in the filters */
	float margin;                                 /* of the bit handed over: 0 a guess .. 1 certain */
	float loudness;                               /* of the bit handed over, by the mean of its kind */
	float level[2];                               /* mean powers of space and mark in their filters; 0: none yet */
	float clock;                                  /* 0 .. 1 within a bit; taken when it passes 1 */
	float step;                                   /* bits per sample, as the edges have taught */
	int run;                                      /* samples of mark in a row */
	int crossings, first_crossing, last_crossing; /* within the run: upward, and when */
	float mark_hz;                                /* of the last mark of 30 ms or more; 0: none yet */
	lc_fsk_bit_fn *put;
	void *context;
};

/* Carrier from -42 dBm0. */
void lc_fsk_rx_init(struct lc_fsk_rx *rx, lc_fsk_bit_fn *put, void *context);
void lc_fsk_rx_reset(struct lc_fsk_rx *rx);
/* The sender's rate is unknown again: what came before was no message. */
void lc_fsk_rx_unlearn(struct lc_fsk_rx *rx);
void lc_fsk_rx_process(struct lc_fsk_rx *rx, const int16_t *samples, int n);

typedef int lc_fsk_source_fn(void *context); /* the next bit, or -1: no more */

struct lc_fsk_tx {
	float peak;
	double mark_hz, space_hz;
	double phase; /* cycles */
	double left;  /* samples of the present bit still to come */
	int bit;      /* 0, 1; -1: ended */
};

void lc_fsk_tx_init(struct lc_fsk_tx *tx, double mark_hz, double space_hz, float dbm0);
/* Samples written, phase-continuous; fewer than n at the end. */
int lc_fsk_tx_read(struct lc_fsk_tx *tx, int16_t *out, int n, lc_fsk_source_fn *next, void *context);

#endif
