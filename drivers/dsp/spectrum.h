/* spectrum.h — which of a plan's frequencies, or pairs of them, fills the line right now.
 *
 * Every 10 ms each frequency is brought to complex baseband: a vector whose length is the peak. One frequency over
 * 20 ms, or two solved apart over 40 ms, must hold 80 % of all power on the line (purity) and stand within tolerance: a
 * single one 25 Hz, from 900 Hz on 50, or half the distance to its nearest neighbour in the plan; each of a pair 2 %, or
 * a quarter of their distance. How far it is off shows in the turn from block to block. A single frequency that is
 * modulated fully (ringback in India, Japan and Singapore) is known by its power, which must swing between crest and
 * nothing; where a plan has the same frequency plain, too, 60 ms tell the two apart.
 *
 * One signal more is free: lc_spectrum_hunt() tunes it to whatever single frequency of 250 to 1,000 Hz fills the line but
 * belongs to no signal of the plan, so that cadences of unknown tones can be learned.
 */
#ifndef CALLBOX_SPECTRUM_H
#define CALLBOX_SPECTRUM_H

#include <stdbool.h>
#include <stdint.h>

#include "linecard.h"

enum {
	LC_SPECTRUM_BLOCK = 80,       /* samples: 10 ms */
	LC_SPECTRUM_FREQUENCIES = 16, /* different ones in a plan */
	LC_SPECTRUM_SIGNALS = 16,
	LC_SPECTRUM_KEPT = 16, /* blocks; a power of two */
	LC_SPECTRUM_PAIR = 4,  /* of them, looked at for a pair */
	LC_SPECTRUM_SWING = 8, /* for a modulated frequency */
	LC_SPECTRUM_PAST = 3,  /* blocks of samples kept for the free signal */
	LC_SPECTRUM_FREE_TOLERANCE_HZ = 12,
	LC_SPECTRUM_IDLE_HZ = 3900, /* where the free signal sits until it is tuned: no tone is there */
	LC_SIGNAL_SILENCE = -1,
	LC_SIGNAL_OTHER = -2, /* sound that is no signal of the plan */
};

/* Two frequencies side by side: re, im, re, im. */
typedef float lc_spectrum_vector __attribute__((vector_size(16)));

/* One frequency, or two together, that steps of the plan consist of. */
struct lc_spectrum_signal {
	int8_t frequency[2];    /* index; [1] < 0: there is one only */
	bool modulated;         /* fully, by some 10 to 30 Hz */
	bool watched;           /* plain, and the same frequency is in the plan modulated, too */
	float tolerance[2];     /* Hz */
	float leak_re, leak_im; /* of a pair: of the second into the first, over 20 ms */
};

struct lc_spectrum {
	int signals, frequencies;
	int free;    /* the free signal's index; -1: there was no room */
	float quiet; /* mean square below which a block is silence */
	float faint; /* below which nothing but a modulated frequency is heard, which is below its mean half the time */
	struct lc_spectrum_signal signal[LC_SPECTRUM_SIGNALS];
	float hz[LC_SPECTRUM_FREQUENCIES];
	float turn[LC_SPECTRUM_FREQUENCIES][2]; /* backwards by one block */
	lc_spectrum_vector table[LC_SPECTRUM_FREQUENCIES / 2][LC_SPECTRUM_BLOCK];
	int64_t block;                                            /* the newest */
	float base[LC_SPECTRUM_KEPT][LC_SPECTRUM_FREQUENCIES][2]; /* peak as a vector */
	float power[LC_SPECTRUM_KEPT];                            /* mean square of all */
	float past[LC_SPECTRUM_PAST * LC_SPECTRUM_BLOCK];         /* samples, oldest first */
};

struct lc_spectrum_seen {
	int signal;   /* index or LC_SIGNAL_... */
	float power;  /* of all, over the blocks looked at */
	float offset; /* Hz from nominal, of the lower frequency */
	float purity; /* share of all power that is the signal's; 0 for LC_SIGNAL_... */
};

/* signals.c */
void lc_spectrum_init(struct lc_spectrum *sp);
/* Index of the signal of these frequencies, new or known; LC_SIGNAL_SILENCE for {0, 0}; LC_SIGNAL_OTHER: no room. */
int lc_spectrum_add(struct lc_spectrum *sp, const uint16_t hz[2], bool modulated);
void lc_spectrum_prepare(struct lc_spectrum *sp); /* after the last was added */

/* spectrum.c */
void lc_spectrum_reset(struct lc_spectrum *sp);                /* forgets all sound */
void lc_spectrum_take(struct lc_spectrum *sp, const float *x); /* the next LC_SPECTRUM_BLOCK samples */
/* `now`: the signal heard up to here, which goes on until it clearly does not. */
struct lc_spectrum_seen lc_spectrum_look(const struct lc_spectrum *sp, int now);
/* Tunes the free signal to the single frequency that fills the last 20 ms. False: there is none, or it is the plan's. */
bool lc_spectrum_hunt(struct lc_spectrum *sp);

float lc_spectrum_hz(const struct lc_spectrum *sp, int signal); /* nominal, the lower */
bool lc_spectrum_is_pair(const struct lc_spectrum *sp, int signal);
bool lc_spectrum_is_modulated(const struct lc_spectrum *sp, int signal);
float lc_spectrum_power(const struct lc_spectrum *sp, int ago); /* mean square of a block, 0: the newest */
/* The same of the signal's own frequency alone, as its filter of one block sees it; of a pair, parted, over two blocks.
 * 0 for blocks further back than are kept. */
float lc_spectrum_own(const struct lc_spectrum *sp, int signal, int ago);
/* The offset over 20 ms instead of 10: half the error, but one of several 50 Hz apart; the coarse one tells which. */
float lc_spectrum_fine_offset(const struct lc_spectrum *sp, const struct lc_spectrum_seen *m);

#endif
