#include "dsp/tone.h"

#include <errno.h>
#include <string.h>

#include "dsp/dbm0.h"

static const float ramp = 1.0f / 16; /* per sample: 2 ms from nothing to all */

static int64_t samples_of(uint32_t ms)
{
	return (int64_t)ms * LC_RATE / 1000;
}

static void begin_step(struct lc_tone_tx *tx)
{
	const struct lc_tone_step *step = &tx->tone.step[tx->step];
	int voices = (step->hz[0] != 0) + (step->hz[1] != 0);

	tx->step_left = step->ms ? samples_of(step->ms) : -1;
	tx->sounding = voices > 0;
	if (!voices)
		return; /* the former frequencies go on under the ramp */
	tx->voices = voices;
	for (int i = 0, voice = 0; i < 2; i++) {
		if (!step->hz[i])
			continue;
		if (tx->hz[voice] != step->hz[i])
			lc_oscillator_tune(&tx->osc[voice], step->hz[i]);
		tx->hz[voice++] = step->hz[i];
	}
}

int lc_tone_tx_init(struct lc_tone_tx *tx, const struct lc_tone *tone, uint32_t ms)
{
	uint32_t whole = 0;
	bool endless = !tone->once;

	if (tone->steps == 0 || tone->steps > LC_TONE_STEPS_MAX)
		return -EINVAL;
	for (int i = 0; i < tone->steps; i++) {
		whole += tone->step[i].ms;
		endless |= tone->step[i].ms == 0;
	}
	memset(tx, 0, sizeof(*tx));
	tx->tone = *tone;
	tx->peak = lc_dbm0_to_peak(tone->level_dbm0);
	tx->left = ms ? samples_of(ms) : endless ? -1 : samples_of(whole);
	lc_oscillator_init(&tx->osc[0], 0);
	lc_oscillator_init(&tx->osc[1], 0);
	lc_oscillator_init(&tx->am, tone->am_hz);
	begin_step(tx);
	return 0;
}

static void next_step(struct lc_tone_tx *tx)
{
	if (++tx->step == tx->tone.steps) {
		tx->step = 0;
		if (tx->tone.once)
			tx->left = 0;
	}
	begin_step(tx);
}

int lc_tone_tx_read(struct lc_tone_tx *tx, int16_t *out, int n)
{
	int made = 0;

	while (made < n && tx->left != 0) {
		bool ending = tx->left > 0 && tx->left <= 16;
		float target = tx->sounding && !ending ? 1.0f : 0.0f, sum = 0;

		if (tx->step_left == 0) {
			next_step(tx);
			continue;
		}
		tx->loudness = target > tx->loudness   ? fminf(tx->loudness + ramp, 1.0f)
		               : target < tx->loudness ? fmaxf(tx->loudness - ramp, 0.0f)
		                                       : target;
		for (int i = 0; i < tx->voices; i++)
			sum += lc_oscillator_next(&tx->osc[i]);
		if (tx->tone.am_hz)
			sum *= 0.5f + 0.5f * lc_oscillator_next(&tx->am);
		out[made++] = lc_to_sample(tx->peak * tx->loudness * sum);
		if (tx->left > 0)
			tx->left--;
		if (tx->step_left > 0)
			tx->step_left--;
	}
	lc_oscillator_trim(&tx->osc[0]);
	lc_oscillator_trim(&tx->osc[1]);
	lc_oscillator_trim(&tx->am);
	return made;
}
