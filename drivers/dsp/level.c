#include "dsp/level.h"

#include <string.h>

#include "dsp/dbm0.h"

enum {
	BEGIN = 40 * LC_RATE / 1000,
	END = 500 * LC_RATE / 1000,
};

static const float begin_over_floor = 15.85f, end_over_floor = 5.0f; /* 12 and 7 dB */
static const float begin_least = 3.16e-5f, end_least = 1e-5f;        /* -45 and -50 dBm0 */
static const float floor_least = 1e-7f, floor_most = 1e-4f;          /* -70 and -40 dBm0: louder is a signal, not noise */
static const float meter_seconds = 0.1f;

void lc_level_init(struct lc_level *level)
{
	memset(level, 0, sizeof(*level));
	level->floor = 1e-6f * LC_DBM0_POWER;
}

/* The floor falls at once to what is quieter and rises by 3 dB a second under what is louder. */
static void follow_floor(struct lc_level *level, float power, int n)
{
	float rise = 1.0f + 0.69f * (float)n / LC_RATE;

	if (power < level->floor)
		level->floor += 0.2f * (power - level->floor);
	else
		level->floor *= rise;
	level->floor = fminf(fmaxf(level->floor, floor_least * LC_DBM0_POWER), floor_most * LC_DBM0_POWER);
}

static void tell(const struct lc_level *level, int begins, int64_t at, lc_emit_fn *emit, void *context)
{
	struct lc_event event = {.kind = LC_EV_VOICE, .value = begins, .at = at};

	event.extra = (int32_t)lrintf(lc_dbm0_from_power(level->power));
	emit(context, &event);
}

static void follow_voice(struct lc_level *level, float power, int n, bool voice, lc_emit_fn *emit, void *context)
{
	bool loud = power > fmaxf(begin_over_floor * level->floor, begin_least * LC_DBM0_POWER);
	bool soft = power < fmaxf(end_over_floor * level->floor, end_least * LC_DBM0_POWER);

	level->above = loud ? level->above + n : 0;
	level->below = soft ? level->below + n : 0;
	if (!level->voice && level->above >= BEGIN) {
		level->voice = true;
		if (voice)
			tell(level, 1, level->heard - level->above, emit, context);
	} else if (level->voice && level->below >= END) {
		level->voice = false;
		if (voice)
			tell(level, 0, level->heard - level->below, emit, context);
	}
}

void lc_level_tell_anew(struct lc_level *level)
{
	level->voice = false;
	level->above = level->below = 0;
}

void lc_level_process(struct lc_level *level, const int16_t *samples, int n, bool voice, lc_emit_fn *emit, void *context)
{
	int64_t sum = 0;
	float power, share = (float)n / (meter_seconds * LC_RATE);

	if (n <= 0)
		return;
	for (int i = 0; i < n; i++)
		sum += (int32_t)samples[i] * samples[i];
	power = (float)sum / (float)n;
	level->heard += n;
	level->power += fminf(share, 1.0f) * (power - level->power);
	level->block = power;
	follow_voice(level, power, n, voice, emit, context);
	follow_floor(level, power, n);
}
