/* oscillator.h — a sine by rotating a unit vector: two multiplications a sample, no table, no sinf() in the tick.
 *
 * Rounding lets the vector's length wander by some 1e-7 a step; lc_oscillator_trim(), once per block, pulls
 * it back. The frequency is exact to 1e-4 Hz.
 */
#ifndef CALLBOX_OSCILLATOR_H
#define CALLBOX_OSCILLATOR_H

#include <math.h>

#include "linecard.h"

#define LC_TWO_PI 6.28318530717958647692

struct lc_oscillator {
	float re, im;           /* the vector */
	float step_re, step_im; /* its turn per sample */
};

/* Sets the frequency and keeps the phase: a change in mid-signal makes no click. */
static inline void lc_oscillator_tune(struct lc_oscillator *osc, double hz)
{
	osc->step_re = (float)cos(LC_TWO_PI * hz / LC_RATE);
	osc->step_im = (float)sin(LC_TWO_PI * hz / LC_RATE);
}

static inline void lc_oscillator_init(struct lc_oscillator *osc, double hz)
{
	osc->re = 1.0f;
	osc->im = 0.0f;
	lc_oscillator_tune(osc, hz);
}

/* The sine, -1 .. 1, then one sample further. */
static inline float lc_oscillator_next(struct lc_oscillator *osc)
{
	float sine = osc->im;
	float re = osc->re * osc->step_re - osc->im * osc->step_im;

	osc->im = osc->re * osc->step_im + osc->im * osc->step_re;
	osc->re = re;
	return sine;
}

static inline void lc_oscillator_trim(struct lc_oscillator *osc)
{
	float scale = 1.5f - 0.5f * (osc->re * osc->re + osc->im * osc->im);

	osc->re *= scale;
	osc->im *= scale;
}

static inline short lc_to_sample(float value)
{
	if (value > 32767.0f)
		return 32767;
	if (value < -32768.0f)
		return -32768;
	return (short)lrintf(value);
}

#endif
