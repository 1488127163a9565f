#include "dsp/cadence.h"

#include <math.h>
#include <string.h>

enum {
	LEAST_TOLERANCE_MS = 15, /* what measuring itself may miss */
	GAP_MOST_MS = 75,        /* a permitted gap of 30 ms as measured, over the echo of our own prompt */
	PAUSE_LEAST_MS = 200,    /* behind a single sound that a tone is to be known by: a note that is sung has none */
	LATE_MS = 160,           /* more than this after its longest time, a step is given up: what is heard was known by then */
	SEAM_MS = 30,            /* of other sound: a tone's begin or end that a voice hides */
};

static const float sender_tolerance = 0.03f; /* how far another tone's sender may be off when two are compared */
static const float longest_on_factor = 1.25f;

static float tolerance_ms(const struct lc_cadence *tone, int ms)
{
	return fmaxf((float)ms * (float)tone->percent / 100.0f, LEAST_TOLERANCE_MS);
}

/* ---- what the plan's tones have in common -------------------------------------------------------- */

static bool may_be_taken_for(const struct lc_cadence *tone, int at, const struct lc_cadence *other, int other_at)
{
	const struct lc_cadence_step *a = &tone->step[at % tone->steps], *b = &other->step[other_at % other->steps];

	if (a->signal != b->signal || b->ms == 0)
		return false;
	return fabsf((float)a->ms - (float)b->ms) <= tolerance_ms(tone, a->ms) + sender_tolerance * (float)b->ms;
}

/* Could `length` steps of another tone look like as many of this one from `start`? */
static bool is_ambiguous(const struct lc_cadence_rx *rx, int t, int start, int length)
{
	for (int u = 0; u < rx->tones; u++) {
		const struct lc_cadence *other = &rx->tone[u];

		for (int from = 0; u != t && from < other->steps; from++) {
			int same = 0;

			while (same < length && may_be_taken_for(&rx->tone[t], start + same, other, from + same))
				same++;
			if (same == length)
				return true;
		}
	}
	return false;
}

static void plan_reading(struct lc_cadence_rx *rx, int t, int start)
{
	struct lc_cadence *tone = &rx->tone[t];
	int before = (start + tone->steps - 1) % tone->steps, least = tone->cycles * tone->steps, length;

	if (tone->step[start].signal == LC_SIGNAL_SILENCE || (tone->once && start != 0))
		return;
	while (least > 1 && tone->step[before].signal == LC_SIGNAL_SILENCE) {
		least--; /* the silence at the end of a cycle tells nothing more */
		before = (before + tone->steps - 1) % tone->steps;
	}
	length = least;
	while (!tone->once && length < least + tone->steps && is_ambiguous(rx, t, start, length))
		length++;
	tone->reading[start].wanted = (uint8_t)length;
}

/* Continuous: longer than the on-time of any tone it could be the beginning of. */
static void plan_continuous(struct lc_cadence_rx *rx, int t)
{
	struct lc_cadence *tone = &rx->tone[t];
	float ms = fmaxf(rx->plan->tone[t].listen_ms, 200.0f);

	for (int u = 0; u < rx->tones; u++)
		for (int i = 0; u != t && i < rx->tone[u].steps; i++)
			if (rx->tone[u].step[i].signal == tone->step[0].signal)
				ms = fmaxf(ms, longest_on_factor * (float)rx->tone[u].step[i].ms);
	tone->listen_ms = (uint16_t)fminf(ms, 60000.0f);
}

void lc_cadence_init(struct lc_cadence_rx *rx, const struct lc_plan *plan)
{
	rx->plan = plan;
	rx->tones = plan->tones;
	for (int t = 0; t < rx->tones; t++) {
		struct lc_cadence *tone = &rx->tone[t];
		const struct lc_tone *made = &plan->tone[t];

		tone->once = made->once;
		tone->cycles = made->listen_cycles;
		tone->percent = made->cadence_percent;
		if (!tone->listened)
			continue;
		if (tone->step[0].ms == 0)
			plan_continuous(rx, t);
		else
			for (int start = 0; start < tone->steps; start++)
				plan_reading(rx, t, start);
	}
	lc_cadence_reset(rx);
}

static void clear_readings(struct lc_cadence *tone)
{
	for (int i = 0; i < tone->steps; i++) {
		tone->reading[i].matched = 0;
		tone->reading[i].misfit = 0;
	}
}

void lc_cadence_reset(struct lc_cadence_rx *rx)
{
	rx->now = -1;
	for (int t = 0; t < rx->tones; t++)
		clear_readings(&rx->tone[t]);
}

/* ---- news ---------------------------------------------------------------------------------------- */

static void tell(struct lc_cadence_rx *rx, int kind, int value, int extra, lc_emit_fn *emit, void *context)
{
	struct lc_event event = {.kind = (uint16_t)kind, .value = value, .extra = extra, .at = rx->begun};

	memcpy(event.text, rx->plan->tone[rx->now].name, sizeof(rx->plan->tone[rx->now].name));
	emit(context, &event);
}

static void end_tone(struct lc_cadence_rx *rx, int64_t end, lc_emit_fn *emit, void *context)
{
	tell(rx, LC_EV_TONE_END, (int)((end - rx->begun) * 1000 / LC_RATE), 0, emit, context);
	rx->now = -1;
}

static void begin_tone(struct lc_cadence_rx *rx, int t, int64_t begun, int cycles, float hz, lc_emit_fn *emit, void *context)
{
	if (rx->now >= 0)
		end_tone(rx, rx->on_end, emit, context);
	rx->now = t;
	rx->begun = begun;
	tell(rx, LC_EV_TONE, (int)lrintf(hz), cycles, emit, context);
}

/* ---- comparing ----------------------------------------------------------------------------------- */

static bool fits(const struct lc_cadence *tone, int at, const struct lc_cadence_piece *piece, float *error)
{
	const struct lc_cadence_step *step = &tone->step[at % tone->steps];
	float ms = (float)(piece->end - piece->begin) * 1000.0f / LC_RATE;

	if (piece->cut && tone->step[(at + 1) % tone->steps].signal == LC_SIGNAL_SILENCE)
		return false;
	if (step->signal != piece->signal || step->ms == 0)
		return false;
	*error = (ms - (float)step->ms) / tolerance_ms(tone, step->ms);
	return fabsf(*error) <= 1.0f;
}

/* ITU-T E.180 permits 30 ms between the steps of a special information tone, which last for ten times as long. */
static bool is_gap(const struct lc_cadence *tone, const struct lc_cadence_piece *piece)
{
	return tone->once && piece->end - piece->begin <= GAP_MOST_MS * LC_RATE / 1000;
}

static void follow(struct lc_cadence *tone, int start, const struct lc_cadence_piece *piece)
{
	struct lc_cadence_reading *reading = &tone->reading[start];
	float error;

	if (reading->matched && fits(tone, start + reading->matched, piece, &error)) {
		reading->matched++;
		reading->misfit += error * error;
		return;
	}
	reading->matched = 0;
	reading->misfit = 0;
	if (fits(tone, start, piece, &error)) {
		reading->matched = 1;
		reading->misfit = error * error;
		reading->begun = piece->begin;
		reading->hz = piece->hz;
	}
}

/* Does any reading still hold that the tone reported is there? */
static bool still_there(const struct lc_cadence_rx *rx)
{
	const struct lc_cadence *tone = &rx->tone[rx->now];

	for (int i = 0; i < tone->steps; i++)
		if (tone->reading[i].wanted && tone->reading[i].matched >= tone->reading[i].wanted)
			return true;
	return false;
}

/* The best of the readings that have matched enough, if the piece just heard completed it. `pause_ms`: of silence since. */
static void report_best(struct lc_cadence_rx *rx, float pause_ms, lc_emit_fn *emit, void *context)
{
	const struct lc_cadence_reading *best = NULL;
	int tone = -1;

	for (int t = 0; t < rx->tones; t++)
		for (int i = 0; i < rx->tone[t].steps; i++) {
			const struct lc_cadence_reading *reading = &rx->tone[t].reading[i];

			if (!reading->wanted || reading->matched < reading->wanted)
				continue;
			if (reading->matched == 1 && pause_ms < PAUSE_LEAST_MS)
				continue;
			if (best && reading->misfit / (float)reading->matched >= best->misfit / (float)best->matched)
				continue;
			best = reading;
			tone = t;
		}
	if (!best)
		return;
	begin_tone(rx, tone, best->begun, (best->matched + rx->tone[tone].steps - 1) / rx->tone[tone].steps, best->hz, emit,
	           context);
	if (rx->tone[tone].once) {
		end_tone(rx, rx->on_end, emit, context);
		clear_readings(&rx->tone[tone]);
	}
}

void lc_cadence_heard(struct lc_cadence_rx *rx, const struct lc_cadence_piece *piece, lc_emit_fn *emit, void *context)
{
	if (piece->signal >= 0)
		rx->on_end = piece->end;
	if (piece->signal == LC_SIGNAL_OTHER && piece->end - piece->begin <= SEAM_MS * LC_RATE / 1000)
		return;
	for (int t = 0; t < rx->tones; t++)
		for (int i = 0; i < rx->tone[t].steps; i++)
			if (rx->tone[t].reading[i].wanted && !is_gap(&rx->tone[t], piece))
				follow(&rx->tone[t], i, piece);
	if (rx->now >= 0 && !still_there(rx))
		end_tone(rx, rx->on_end, emit, context);
	if (rx->now < 0)
		report_best(rx, 0, emit, context);
}

static void give_up_overdue(struct lc_cadence *tone, const struct lc_cadence_piece *piece)
{
	float ms = (float)(piece->end - piece->begin) * 1000.0f / LC_RATE;

	for (int i = 0; i < tone->steps; i++) {
		struct lc_cadence_reading *reading = &tone->reading[i];
		const struct lc_cadence_step *step = &tone->step[(i + reading->matched) % tone->steps];
		float longest = step->signal == piece->signal ? (float)step->ms + tolerance_ms(tone, step->ms) : 0;

		if (reading->matched && ms > longest + LATE_MS)
			reading->matched = 0;
	}
}

void lc_cadence_hearing(struct lc_cadence_rx *rx, const struct lc_cadence_piece *piece, lc_emit_fn *emit, void *context)
{
	float ms = (float)(piece->end - piece->begin) * 1000.0f / LC_RATE;
	bool held = false;

	for (int t = 0; t < rx->tones; t++) {
		struct lc_cadence *tone = &rx->tone[t];

		if (!tone->listened)
			continue;
		give_up_overdue(tone, piece);
		if (tone->listen_ms && piece->signal == tone->step[0].signal && ms >= (float)tone->listen_ms) {
			held |= rx->now == t;
			if (rx->now < 0) {
				begin_tone(rx, t, piece->begin, 1, piece->hz, emit, context);
				held = true;
			}
		}
	}
	if (rx->now < 0 && piece->signal == LC_SIGNAL_SILENCE)
		report_best(rx, ms, emit, context);
	if (piece->signal >= 0)
		rx->on_end = piece->end;
	if (rx->now >= 0 && !held && (rx->tone[rx->now].listen_ms || !still_there(rx)))
		end_tone(rx, rx->on_end, emit, context);
}
