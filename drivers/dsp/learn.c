#include "dsp/learn.h"

#include <math.h>
#include <string.h>

enum {
	LEAST_MS = 60,
	SOUND_MOST_MS = 3000,
	SILENCE_MOST_MS = 6000,
	MEASURE_MS = 15, /* what measuring itself may miss */
};

static const float same_hz = 4.0f, same_share = 0.10f;
static const float plan_hz = 25.0f; /* as spectrum.c accepts a single frequency */

void lc_learn_reset(struct lc_learn *learn)
{
	learn->pieces = 0;
	learn->told = false;
}

/* ---- does it repeat? ----------------------------------------------------------------------------- */

/* Mean over the cycles of the piece that stands `back` before the last one. */
static float mean_ms(const struct lc_learn *learn, int period, int back)
{
	float sum = 0;
	int n = 0;

	for (int i = learn->pieces - 1 - back; i >= 0 && n < LC_LEARN_CYCLES; i -= period, n++)
		sum += learn->ms[i];
	return sum / (float)n;
}

static bool repeats(const struct lc_learn *learn, int period)
{
	int needed = LC_LEARN_CYCLES * period - 1;

	if (learn->pieces < needed)
		return false;
	for (int back = 0; back < needed; back++) {
		float mean = mean_ms(learn, period, back % period);

		if (fabsf(learn->ms[learn->pieces - 1 - back] - mean) > fmaxf(same_share * mean, MEASURE_MS))
			return false;
	}
	return true;
}

/* ---- is it the plan's? --------------------------------------------------------------------------- */

static bool step_explains(const struct lc_tone *tone, int at, float ms, float hz)
{
	const struct lc_tone_step *step = &tone->step[at % tone->steps];
	uint16_t low = step->hz[1] && step->hz[1] < step->hz[0] ? step->hz[1] : step->hz[0];
	float tolerance = (float)step->ms * (float)tone->cadence_percent / 100.0f + MEASURE_MS;

	if ((low == 0) != (hz <= 0) || step->ms == 0)
		return false;
	return fabsf(ms - (float)step->ms) <= tolerance && (low == 0 || fabsf(hz - (float)low) <= plan_hz);
}

/* The last piece may have been cut by the caller's end; it does not make another tone. */
static bool plan_explains(const struct lc_learn *learn, const struct lc_plan *plan, int last)
{
	int compared = last - 1;

	for (int t = 0; t < plan->tones; t++)
		for (int start = 0; start < plan->tone[t].steps; start++) {
			int same = 0;

			while (same < compared &&
			       step_explains(&plan->tone[t], start + same, learn->ms[learn->pieces - last + same],
			                     learn->hz[learn->pieces - last + same]))
				same++;
			if (same == compared)
				return true;
		}
	return false;
}

/* ---- news ---------------------------------------------------------------------------------------- */

static char *put_number(char *text, float value)
{
	int number = (int)lrintf(value), tens = 1;

	while (number / tens >= 10)
		tens *= 10;
	for (; tens; tens /= 10)
		*text++ = (char)('0' + number / tens % 10);
	return text;
}

static void tell(const struct lc_learn *learn, int period, lc_emit_fn *emit, void *context)
{
	int first = learn->pieces - (LC_LEARN_CYCLES * period - 1), from = 0;
	struct lc_event event = {.kind = LC_EV_CADENCE, .extra = LC_LEARN_CYCLES, .at = learn->at[first]};
	char *text = event.text;
	float hz = 0;

	for (int i = first; i < learn->pieces; i += 2)
		hz += learn->hz[i] * 2 / (float)(learn->pieces - first + 1);
	event.value = (int32_t)lrintf(hz);
	/* Counted back from the last sound: 0 is itself, 1 the silence before it. The pattern begins behind its longer silence. */
	if (period == 4 && mean_ms(learn, period, 3) >= mean_ms(learn, period, 1))
		from = 2;
	text = put_number(text, hz);
	for (int i = 0; i < period; i++) {
		*text++ = ',';
		text = put_number(text, mean_ms(learn, period, (from - i + period) % period));
	}
	emit(context, &event);
}

/* ---- pieces -------------------------------------------------------------------------------------- */

static void add(struct lc_learn *learn, const struct lc_cadence_piece *piece, float ms)
{
	if (learn->pieces == LC_LEARN_PIECES) { /* the oldest sound and its silence go */
		learn->pieces -= 2;
		memmove(learn->ms, learn->ms + 2, sizeof(learn->ms[0]) * (size_t)learn->pieces);
		memmove(learn->hz, learn->hz + 2, sizeof(learn->hz[0]) * (size_t)learn->pieces);
		memmove(learn->at, learn->at + 2, sizeof(learn->at[0]) * (size_t)learn->pieces);
	}
	learn->ms[learn->pieces] = ms;
	learn->hz[learn->pieces] = piece->signal >= 0 ? piece->hz : 0;
	learn->at[learn->pieces++] = piece->begin;
}

static bool goes_on(const struct lc_learn *learn, const struct lc_cadence_piece *piece)
{
	return learn->pieces > 0 && learn->pieces % 2 == 0 && learn->signal == piece->signal &&
	       fabsf(piece->hz - learn->hz[0]) <= same_hz;
}

void lc_learn_heard(struct lc_learn *learn, const struct lc_plan *plan, const struct lc_cadence_piece *piece, lc_emit_fn *emit,
                    void *context)
{
	float ms = (float)(piece->end - piece->begin) * 1000.0f / LC_RATE;
	int period;

	if (piece->signal == LC_SIGNAL_SILENCE) {
		if (learn->pieces % 2 == 1 && ms >= LEAST_MS && ms <= SILENCE_MOST_MS)
			add(learn, piece, ms);
		else
			lc_learn_reset(learn);
		return;
	}
	if (!goes_on(learn, piece))
		lc_learn_reset(learn);
	if (piece->signal < 0 || piece->cut || ms < LEAST_MS || ms > SOUND_MOST_MS) {
		lc_learn_reset(learn);
		return;
	}
	learn->signal = piece->signal;
	add(learn, piece, ms);
	period = repeats(learn, 2) ? 2 : repeats(learn, 4) ? 4 : 0;
	if (!period) {
		learn->told = false;
		return;
	}
	if (learn->told || plan_explains(learn, plan, LC_LEARN_CYCLES * period - 1))
		return;
	learn->told = true;
	tell(learn, period, emit, context);
}
