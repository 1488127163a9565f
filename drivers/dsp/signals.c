/* signals.c — what a spectrum listens for: a plan's frequencies and pairs, with how far each may be off. */
#include <math.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/oscillator.h"
#include "dsp/spectrum.h"

static const float single_tolerance_hz = 28.0f;                     /* E.180: 25, and what measuring adds */
static const float sit_tolerance_hz = 55.0f, sit_least_hz = 900.0f; /* the same for special information tones: 50 */
static const float pair_tolerance = 0.02f;
static const float quiet_power = 2.2e-4f * LC_DBM0_POWER;        /* -36.5 dBm0 */
static const float quiet_power_swinging = 3e-5f * LC_DBM0_POWER; /* -45 dBm0: it spends half its time below its mean */

static int frequency_index(struct lc_spectrum *sp, uint16_t hz)
{
	for (int i = 0; i < sp->frequencies; i++)
		if (sp->hz[i] == (float)hz)
			return i;
	if (sp->frequencies == LC_SPECTRUM_FREQUENCIES)
		return -1;
	sp->hz[sp->frequencies] = (float)hz;
	return sp->frequencies++;
}

int lc_spectrum_add(struct lc_spectrum *sp, const uint16_t hz[2], bool modulated)
{
	uint16_t low = hz[0] && hz[1] && hz[1] < hz[0] ? hz[1] : hz[0] ? hz[0] : hz[1];
	uint16_t high = hz[0] && hz[1] ? (hz[0] == low ? hz[1] : hz[0]) : 0;
	int a, b = -1;

	if (!low)
		return LC_SIGNAL_SILENCE;
	a = frequency_index(sp, low);
	if (high)
		b = frequency_index(sp, high);
	if (a < 0 || (high && b < 0))
		return LC_SIGNAL_OTHER;
	for (int i = 0; i < sp->signals; i++)
		if (sp->signal[i].frequency[0] == a && sp->signal[i].frequency[1] == b && sp->signal[i].modulated == modulated)
			return i;
	if (sp->signals == LC_SPECTRUM_SIGNALS)
		return LC_SIGNAL_OTHER;
	sp->signal[sp->signals].frequency[0] = (int8_t)a;
	sp->signal[sp->signals].frequency[1] = (int8_t)b;
	sp->signal[sp->signals].modulated = modulated;
	return sp->signals++;
}

static float single_tolerance(const struct lc_spectrum *sp, int signal)
{
	float hz = sp->hz[sp->signal[signal].frequency[0]],
	      tolerance = hz < sit_least_hz ? single_tolerance_hz : sit_tolerance_hz;

	for (int i = 0; i < sp->signals; i++) {
		float other = sp->hz[sp->signal[i].frequency[0]];

		if (sp->signal[i].frequency[1] < 0 && other != hz)
			tolerance = fminf(tolerance, fabsf(hz - other) / 2);
	}
	return tolerance;
}

/* Mean of exp(j·2π·hz·n/rate) over two blocks: how a tone `hz` away is seen. */
static void leak_of(float hz, float *re, float *im)
{
	*re = *im = 0;
	for (int n = 0; n < 2 * LC_SPECTRUM_BLOCK; n++) {
		*re += (float)cos(LC_TWO_PI * hz * n / LC_RATE) / (2 * LC_SPECTRUM_BLOCK);
		*im += (float)sin(LC_TWO_PI * hz * n / LC_RATE) / (2 * LC_SPECTRUM_BLOCK);
	}
}

static void prepare_signal(struct lc_spectrum *sp, int i)
{
	struct lc_spectrum_signal *signal = &sp->signal[i];
	float low = sp->hz[signal->frequency[0]], apart;

	if (signal->frequency[1] < 0) {
		signal->tolerance[0] = single_tolerance(sp, i);
		for (int k = 0; k < sp->signals; k++)
			signal->watched |= !signal->modulated && sp->signal[k].modulated &&
			                   sp->signal[k].frequency[0] == signal->frequency[0];
		return;
	}
	apart = sp->hz[signal->frequency[1]] - low;
	signal->tolerance[0] = fminf(pair_tolerance * low, apart / 4);
	signal->tolerance[1] = fminf(pair_tolerance * sp->hz[signal->frequency[1]], apart / 4);
	leak_of(apart, &signal->leak_re, &signal->leak_im);
}

static void prepare_frequency(struct lc_spectrum *sp, int i)
{
	double step = LC_TWO_PI * sp->hz[i] / LC_RATE;

	for (int n = 0; n < LC_SPECTRUM_BLOCK; n++) {
		sp->table[i / 2][n][i % 2 * 2] = (float)(2 * cos(step * n) / LC_SPECTRUM_BLOCK);
		sp->table[i / 2][n][i % 2 * 2 + 1] = (float)(-2 * sin(step * n) / LC_SPECTRUM_BLOCK);
	}
	sp->turn[i][0] = (float)cos(step * LC_SPECTRUM_BLOCK);
	sp->turn[i][1] = (float)-sin(step * LC_SPECTRUM_BLOCK);
}

void lc_spectrum_init(struct lc_spectrum *sp)
{
	memset(sp, 0, sizeof(*sp));
}

/* Last of all, so that it stands in nobody's way; until it is tuned it sits where no tone is. */
static int add_free(struct lc_spectrum *sp)
{
	struct lc_spectrum_signal *signal = &sp->signal[sp->signals];

	if (sp->frequencies == LC_SPECTRUM_FREQUENCIES || sp->signals == LC_SPECTRUM_SIGNALS)
		return -1;
	*signal = (struct lc_spectrum_signal){.frequency = {(int8_t)sp->frequencies, -1},
	                                      .tolerance = {LC_SPECTRUM_FREE_TOLERANCE_HZ, 0}};
	sp->hz[sp->frequencies] = LC_SPECTRUM_IDLE_HZ;
	prepare_frequency(sp, sp->frequencies++);
	return sp->signals++;
}

void lc_spectrum_prepare(struct lc_spectrum *sp)
{
	for (int i = 0; i < sp->frequencies; i++)
		prepare_frequency(sp, i);
	sp->faint = sp->quiet = quiet_power;
	for (int i = 0; i < sp->signals; i++) {
		prepare_signal(sp, i);
		if (sp->signal[i].modulated)
			sp->quiet = quiet_power_swinging;
	}
	sp->free = add_free(sp);
}
