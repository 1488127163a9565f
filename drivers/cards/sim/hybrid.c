#include "cards/sim/hybrid.h"

#include <math.h>
#include <string.h>

/* Shape of a short subscriber loop: a strong first reflection, then decaying ones of changing sign. */
static const struct {
	int delay;
	float weight;
} response[LC_HYBRID_TAPS] = {
	{2, 0.45f}, {3, 1.0f}, {5, -0.62f}, {8, 0.40f}, {12, -0.27f}, {17, 0.17f}, {23, -0.10f}, {30, 0.06f},
};

void lc_hybrid_init(struct lc_hybrid *hybrid, float loss_db)
{
	float energy = 0;

	memset(hybrid, 0, sizeof(*hybrid));
	hybrid->any = loss_db < 100;
	hybrid->quiet = true;
	for (int k = 0; k < LC_HYBRID_TAPS; k++)
		energy += response[k].weight * response[k].weight;
	for (int k = 0; k < LC_HYBRID_TAPS; k++)
		hybrid->tap[k] = response[k].weight * powf(10, -loss_db / 20) / sqrtf(energy);
}

bool lc_hybrid_silent(const struct lc_hybrid *hybrid, const int16_t *sent)
{
	return !hybrid->any || (!sent && hybrid->quiet);
}

bool lc_hybrid_add(struct lc_hybrid *hybrid, const int16_t *sent, float *out, int n)
{
	float line[LC_HYBRID_REACH + LC_TICK_SAMPLES_MAX];
	float *now = line + LC_HYBRID_REACH;

	if (lc_hybrid_silent(hybrid, sent))
		return false;
	memcpy(line, hybrid->past, sizeof(hybrid->past));
	for (int i = 0; i < n; i++)
		now[i] = sent ? sent[i] : 0;
	for (int k = 0; k < LC_HYBRID_TAPS; k++) {
		const float *delayed = now - response[k].delay;
		float tap = hybrid->tap[k];

		for (int i = 0; i < n; i++)
			out[i] += tap * delayed[i];
	}
	memcpy(hybrid->past, now + n - LC_HYBRID_REACH, sizeof(hybrid->past));
	hybrid->quiet = !sent;
	return true;
}
