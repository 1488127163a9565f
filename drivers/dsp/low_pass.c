#include "dsp/low_pass.h"

#include <math.h>

#include "dsp/oscillator.h"

static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; k < 20; k++) {
		term *= (x / 2 / k) * (x / 2 / k);
		sum += term;
	}
	return sum;
}

void lc_low_pass(float *taps, int n, double cutoff_hz)
{
	const double beta = 3.4;
	double sum = 0;

	for (int i = 0; i < n; i++) {
		double t = i - (n - 1) / 2.0, r = 2 * t / (n - 1);
		double x = LC_TWO_PI * cutoff_hz / LC_RATE * t;

		taps[i] = (float)(sin(x) / x * bessel_i0(beta * sqrt(1 - r * r)));
		sum += taps[i];
	}
	for (int i = 0; i < n; i++)
		taps[i] = (float)(taps[i] / sum);
}
