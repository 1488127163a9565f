/* wire.c — sound on a simulated wire. */
#include <string.h>

#include "cards/sim/sim.h"

static int16_t saturated(float value)
{
	value = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
	return (int16_t)(value < 0 ? value - 0.5f : value + 0.5f);
}

/* What an end wrote in `tick`; NULL: silence. */
static const int16_t *sent_in(const struct lc_sim_end *end, uint64_t tick)
{
	return end->sent[tick & 1].tick == tick && !end->sent[tick & 1].silent ? end->sent[tick & 1].sample : NULL;
}

void lc_sim_idle(struct lc_sim *sim, int wire, int side)
{
	struct lc_sim_line *line = &sim->line[wire];
	int16_t *idle = line->end[side].idle;

	for (int i = 0; i < LC_NOISE_SAMPLES; i++)
		idle[i] = saturated(line->noise * sim->noise.sample[i]);
	/* Without noise A-law would turn silence into a constant 8, which no transformer lets through. */
	if (side == 0 && line->noise > 0)
		lc_codec_apply(line->codec, idle, LC_NOISE_SAMPLES);
}

int lc_sim_read(struct lc_sim *sim, int wire, int side, int16_t *rx)
{
	struct lc_sim_line *line = &sim->line[wire];
	struct lc_sim_end *end = &line->end[side];
	uint64_t before = sim->side[side].tick - 1;
	const int16_t *heard = sent_in(&line->end[!side], before);
	const int16_t *own = sent_in(end, before);
	int n = sim->tick_samples;
	int place = lc_noise_place(&end->random);
	float sum[LC_TICK_SAMPLES_MAX];

	if (line->cut) {
		memset(rx, 0, (size_t)n * sizeof(*rx));
		return 0;
	}
	if (!heard && !line->hums && lc_hybrid_silent(&end->hybrid, own)) {
		memcpy(rx, end->idle + place, (size_t)n * sizeof(*rx));
		return 0;
	}
	for (int i = 0; i < n; i++)
		sum[i] = line->noise * sim->noise.sample[place + i];
	for (int i = 0; heard && i < n; i++)
		sum[i] += line->gain * heard[i];
	lc_hybrid_add(&end->hybrid, own, sum, n);
	if (line->hums) {
		const float *hum = line->hum + sim->side[side].tick * (uint64_t)n % LC_HUM_PERIOD;

		for (int i = 0; i < n; i++)
			sum[i] += hum[i];
	}
	for (int i = 0; i < n; i++)
		rx[i] = saturated(sum[i]);
	if (side == 0)
		lc_codec_apply(line->codec, rx, n);
	return 0;
}

int lc_sim_write(struct lc_sim *sim, int wire, int side, const int16_t *tx)
{
	struct lc_sim_line *line = &sim->line[wire];
	uint64_t tick = sim->side[side].tick;
	int n = sim->tick_samples;
	int16_t *sample = line->end[side].sent[tick & 1].sample;
	int any = 0;

	for (int i = 0; i < n; i++)
		any |= tx[i];
	line->end[side].sent[tick & 1].tick = tick;
	line->end[side].sent[tick & 1].silent = !any;
	if (!any)
		return 0;
	memcpy(sample, tx, (size_t)n * sizeof(*tx));
	if (side == 0)
		lc_codec_apply(line->codec, sample, n);
	return 0;
}
