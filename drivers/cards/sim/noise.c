#include "cards/sim/noise.h"

#include <math.h>

#include "dsp/dbm0.h"

static const double PI = 3.14159265358979323846;

float lc_level_rms(float dbm0)
{
	return dbm0 <= LC_DBM0_SILENCE ? 0 : sqrtf(lc_dbm0_to_power(dbm0));
}

uint32_t lc_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

int lc_noise_place(uint32_t *state)
{
	return (int)((lc_random(state) >> 8) % (LC_NOISE_SAMPLES - LC_TICK_SAMPLES_MAX));
}

void lc_noise_init(struct lc_noise *noise, uint32_t seed)
{
	uint32_t state = seed * 2654435761u | 1;
	double mean = 0;
	double energy = 0;

	for (int i = 0; i < LC_NOISE_SAMPLES; i++) {
		double sum = 0;

		for (int k = 0; k < 12; k++) /* twelve uniform numbers make a fair Gaussian */
			sum += lc_random(&state) / 4294967296.0 - 0.5;
		noise->sample[i] = (float)sum;
		mean += sum / LC_NOISE_SAMPLES;
	}
	for (int i = 0; i < LC_NOISE_SAMPLES; i++) {
		noise->sample[i] -= (float)mean;
		energy += (double)noise->sample[i] * noise->sample[i];
	}
	for (int i = 0; i < LC_NOISE_SAMPLES; i++)
		noise->sample[i] *= (float)sqrt(LC_NOISE_SAMPLES / energy);
}

void lc_hum_init(float hum[2 * LC_HUM_PERIOD], float dbm0)
{
	double peak = lc_level_rms(dbm0) * sqrt(2 / 1.25);

	for (int i = 0; i < 2 * LC_HUM_PERIOD; i++) {
		double turn = 2 * PI * i / LC_HUM_PERIOD;

		hum[i] = (float)(peak * (sin(turn) + 0.5 * sin(3 * turn)));
	}
}
