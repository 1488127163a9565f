#include "dsp/dtmf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/dtmf_keys.h"

enum {
	LOW = LC_DTMF_LOW,
	HIGH = LC_DTMF_HIGH,
	HALF_MS = 13, /* of either: its begin or end */
	EDGE_MS = 4,  /* the filters' rise */
	LAG = 4,      /* ms over which the turn is measured: fine, and still unambiguous within ±125 Hz */
	GAP_MS = 20,  /* Q.24: breaks of 10 ms are bridged, pauses of 30 ms are not */
	HELD_MS = 6,
	DEAR_MS = 4,       /* what costs much is not asked more often */
	HURRY_MS = 33,     /* what takes longer is looked at every other ms only */
	OVER_DIAL_MS = 64, /* since the begin of a key pressed over a dial tone */

	DIP_MS = 6,      /* a group may be quiet for so long within a tone */
	BEFORE_MS = 10,  /* looked at before a begin */
	TOGETHER_MS = 5, /* between the begins of a key's two tones, as measured */

	SUSPECT_MS = 55, /* a suspicion that is no digit by then was wrong; digits over noise or a voice take up to 45 */
	WARY_MS = 60,    /* after it, no other at once: what sounds on would be suspected again */
};

static const float tolerance = 0.0155f, tolerance_hz = 2.0f;         /* ES 201 235-3: 1.5 % + 2 Hz */
static const float far_tolerance = 0.0195f, far_tolerance_hz = 1.0f; /* Q.24 (NTT, Brazil): 1.8 % yes, 3 % no */
static const float far_impurity = 0.015f;                            /* most for a far frequency */
static const float glide_limit = 0.0028f, glide_noise = 0.05f; /* of both together; and what noise makes of it, by impurity */
static const float apart_limit = 0.023f; /* between what the two are off by, if they are not seen to begin together */
static const float drift_limit = 0.012f; /* of the frequency, within 15 ms */
static const float slope_limit = 1.7f;   /* of the power, within 10 ms: 2.3 dB */
static const float level_floor = LC_DBM0_PEAK * LC_DBM0_PEAK * 2.5e-4f; /* -36 dBm0 */
static const float before_limit = 0.16f;                                /* of the tone's: -8 dB */
static const float edge = 0.25f;                                        /* of the tone's power: half its amplitude */

/* What is asked of the last `ms`: the poorer the pair, the longer, and the plainer its begin. Measured on 8 h of made
 * speech and music, and on digits over noise and over the echo of a prompt: see firmware/conformance. */
static const struct standard {
	int ms;
	float purity[2]; /* of each tone in its group */
	float share;     /* of all power on the line, without a dial tone */
	float least;     /* lowest power within, to the mean */
	int begins;      /* groups in which the tone must be seen to begin */
} standards[] = {
	{26, {0.95f, 0.95f}, 0.85f, 0.25f, 2}, /* nothing disturbs it */
	{33, {0.88f, 0.88f}, 0.65f, 0.25f, 1}, /* noise */
	{45, {0.70f, 0.88f}, 0.86f, 0.02f, 1}, /* a voice, which is mostly in the low group */
	{45, {0.55f, 0.86f}, 0.80f, 0.00f, 2}, /* a louder one */
	{60, {0.96f, 0.96f}, 0.92f, 0.25f, 0}, /* what hides the begin is over */
};
/* By these a key is suspected. If it was none, the caller heard a dip in a prompt. */
static const struct standard early_standard = {14, {0.93f, 0.93f}, 0.80f, 0.25f, 2};
static const float half_share = 0.83f, far_share = 0.93f; /* least if one begin is seen, and for a far frequency */
static const float pair_share = 0.8f;                     /* lately, else a run with dips is not looked at */
static const float lone_share = 0.9f;                     /* below it an overtone series may hide */

static float power_ratio_limit(float twist_db)
{
	return lc_db_to_power_ratio(fmaxf(twist_db, 4.0f) + 0.7f); /* measured, not nominal, twist is compared */
}

void lc_dtmf_rx_init(struct lc_dtmf_rx *rx, const struct lc_plan *plan)
{
	memset(rx, 0, sizeof(*rx));
	rx->twist = power_ratio_limit(plan->dtmf_twist_db);
	rx->reverse_twist = power_ratio_limit(plan->dtmf_reverse_twist_db);
	lc_dtmf_groups_init(&rx->groups);
	lc_dtmf_past_init(&rx->past);
	lc_dtmf_rx_reset(rx);
}

static void forget(struct lc_dtmf_rx *rx)
{
	lc_dtmf_groups_forget(&rx->groups);
	lc_dtmf_past_forget(&rx->past);
	rx->run = rx->patched_run = rx->dip = 0;
	rx->doubt = 0;
	rx->pair = rx->line = 0;
	rx->clean = true;
}

void lc_dtmf_rx_early(struct lc_dtmf_rx *rx, bool early)
{
	if (early != rx->early)
		rx->suspected = 0;
	rx->early = early;
}

static float power_at(const struct lc_dtmf_rx *rx, int64_t hop, int which)
{
	return (*lc_dtmf_groups_power(&rx->groups, hop))[which];
}

static struct lc_dtmf_turn turn_over(const struct lc_dtmf_rx *rx, int group, int64_t last, int ms, int lag)
{
	return lc_dtmf_groups_turn(&rx->groups, group, last, ms, lag);
}

/* A key's tone keeps its frequency and level; a voice's harmonics glide. Compares begin and end of the last `ms`;
 * *drift: by how much of its frequency it glided. */
static bool is_steady(const struct lc_dtmf_rx *rx, int group, int ms, float nominal, float *drift)
{
	int64_t first = rx->hop - ms + 1;
	float before = 0, after = 0;

	*drift = lc_dtmf_deviation_hz(turn_over(rx, group, rx->hop, HALF_MS, LAG), nominal, LAG) -
	         lc_dtmf_deviation_hz(turn_over(rx, group, first + HALF_MS - 1, HALF_MS, LAG), nominal, LAG);
	*drift /= nominal;
	for (int i = EDGE_MS; i < EDGE_MS + 8; i++) {
		before += power_at(rx, first + i, group);
		after += power_at(rx, rx->hop - i, group);
	}
	return fabsf(*drift) < drift_limit && after < slope_limit * before && before < slope_limit * after;
}

struct tone {
	int index; /* of the group's, or -1 */
	float hz;
	bool far; /* beyond what every country asks for */
	float drift, purity;
};

/* The group's tone that fills the last `ms`, if any. */
static struct tone find_tone(const struct lc_dtmf_rx *rx, int group, int ms, float purity)
{
	const float *nominal = group == LOW ? lc_dtmf_row_hz : lc_dtmf_column_hz;
	const struct tone none = {.index = -1};
	struct lc_dtmf_turn fine = turn_over(rx, group, rx->hop, ms, LAG);
	float coarse_hz, off_hz, drift;
	int nearest = 0;

	if (fine.re * fine.re + fine.im * fine.im < purity * purity * fine.whole * fine.whole)
		return none;
	coarse_hz = lc_dtmf_centre_hz[group] +
	            lc_dtmf_deviation_hz(turn_over(rx, group, rx->hop, ms, 1), lc_dtmf_centre_hz[group], 1);
	for (int i = 1; i < 4; i++)
		if (fabsf(coarse_hz - nominal[i]) < fabsf(coarse_hz - nominal[nearest]))
			nearest = i;
	if (fabsf(coarse_hz - nominal[nearest]) > 100)
		return none;
	off_hz = lc_dtmf_deviation_hz(fine, nominal[nearest], LAG);
	if (fabsf(off_hz) > far_tolerance * nominal[nearest] + far_tolerance_hz ||
	    !is_steady(rx, group, ms, nominal[nearest], &drift))
		return none;
	return (struct tone){nearest, nominal[nearest] + off_hz, fabsf(off_hz) > tolerance * nominal[nearest] + tolerance_hz,
	                     drift, sqrtf(fine.re * fine.re + fine.im * fine.im) / fine.whole};
}

/* For how many ms, up to now, the group has sounded: had half its amplitude, but for dips such as a voice or a bad
 * contact makes. As many as are kept means: longer than can be seen. */
static int sounding_ms(const struct lc_dtmf_rx *rx, int group, int ms, float power)
{
	for (int quiet = 0, i = ms; quiet <= DIP_MS && i < LC_DTMF_HISTORY; i++) {
		quiet++;
		if (power_at(rx, rx->hop - i, group) > edge * power) {
			quiet = 0;
			ms = i + 1;
		}
	}
	return ms;
}

/* In how many groups a tone is seen to begin out of something much weaker; both count only if they begin together.
 * A key starts both its tones at once; chords and vowels grow out of each other. *longest: ms since the earlier begin. */
static int begins_seen(const struct lc_dtmf_rx *rx, int ms, const float power[2], int *longest)
{
	int seen = 0, sounding[2];

	for (int group = LOW; group <= HIGH; group++) {
		float before = 0;

		sounding[group] = sounding_ms(rx, group, ms, power[group]);
		if (sounding[group] + EDGE_MS / 2 + BEFORE_MS > LC_DTMF_HISTORY)
			continue;
		for (int i = 0; i < BEFORE_MS; i++)
			before += power_at(rx, rx->hop - sounding[group] - EDGE_MS / 2 - i, group) / BEFORE_MS;
		seen += before < before_limit * power[group];
	}
	*longest = sounding[LOW] > sounding[HIGH] ? sounding[LOW] : sounding[HIGH];
	return seen == 2 && abs(sounding[LOW] - sounding[HIGH]) > TOGETHER_MS ? 1 : seen;
}

/* A key's tones come from one clock and are off alike; two harmonics of a voice are off as they happen to be. */
static float apart(const struct tone tone[2])
{
	return fabsf(tone[LOW].hz / lc_dtmf_row_hz[tone[LOW].index] - tone[HIGH].hz / lc_dtmf_column_hz[tone[HIGH].index]);
}

static float impurity(const struct tone tone[2])
{
	return 1 - (tone[LOW].purity + tone[HIGH].purity) / 2;
}

/* Harmonics of one voice glide together, by the same share of their frequency. */
static bool glides(const struct tone tone[2])
{
	return fabsf(tone[LOW].drift + tone[HIGH].drift) / 2 > glide_limit + glide_noise * impurity(tone);
}

/* Do the last `ms`, of which all but the begin and the rest of the line is known to be a key's, begin and sound like
 * one? `ours`, `all`: power of the pair and of the line. */
static bool is_key(struct lc_dtmf_rx *rx, const struct standard *standard, const struct tone tone[2], const float power[2],
                   float all)
{
	int longest;
	const int ms = standard->ms, begins = begins_seen(rx, ms, power, &longest);
	const float ours = (power[LOW] + power[HIGH]) / 2;

	if (begins < standard->begins || (begins == 1 && ours < half_share * all))
		return false;
	if (glides(tone) || (begins < 2 && apart(tone) > apart_limit))
		return false;
	if ((tone[LOW].far || tone[HIGH].far) && (begins < 2 || ours < far_share * all || impurity(tone) > far_impurity))
		return false;
	if (ours < standard->share * all) {
		/* a dial tone may be under it; looking for one is dear */
		if (begins < 2 || longest > OVER_DIAL_MS || standard->begins == 0 || (rx->hop & 3))
			return false;
		if (ours < standard->share * (all - lc_dtmf_past_dial_tone(&rx->past, lc_dtmf_middle(rx->hop), ms)))
			return false;
	}
	if (lc_dtmf_past_overtones(&rx->past, lc_dtmf_middle(rx->hop), (const float[2]){tone[LOW].hz, tone[HIGH].hz}, ms,
	                           begins < 2 && ours < lone_share * all)) {
		*(standard == &early_standard ? &rx->wary : &rx->doubt) = rx->hop + DEAR_MS;
		return false;
	}
	return true;
}

/* The key that fills the last milliseconds, or 0; power[] gets the mean square length of both vectors. */
static char find_digit(struct lc_dtmf_rx *rx, const struct standard *standard, float power[2])
{
	const int ms = standard->ms;
	lc_dtmf_vector sum = {0}, least = *lc_dtmf_groups_power(&rx->groups, rx->hop);
	struct tone tone[2];

	for (int64_t hop = rx->hop - ms + 1; hop <= rx->hop; hop++) {
		const lc_dtmf_vector one = *lc_dtmf_groups_power(&rx->groups, hop);

		sum += one;
		for (int i = 0; i < 4; i++)
			least[i] = one[i] < least[i] ? one[i] : least[i];
	}
	power[LOW] = sum[LOW] / (float)ms;
	power[HIGH] = sum[HIGH] / (float)ms;
	if (least[LOW] < standard->least * power[LOW] || least[HIGH] < standard->least * power[HIGH])
		return 0;
	if (power[HIGH] > rx->twist * power[LOW] || power[LOW] > rx->reverse_twist * power[HIGH])
		return 0;
	for (int group = LOW; group <= HIGH; group++) {
		tone[group] = find_tone(rx, group, ms, standard->purity[group]);
		if (tone[group].index < 0)
			return 0;
	}
	return is_key(rx, standard, tone, power, sum[LC_DTMF_LINE] / (float)ms)
	               ? lc_dtmf_keys[4 * tone[LOW].index + tone[HIGH].index]
	               : 0;
}

static void tell(const struct lc_dtmf_rx *rx, int kind, int value, lc_emit_fn *emit, void *context)
{
	struct lc_event event = {.kind = (uint16_t)kind, .value = value};

	event.at = lc_dtmf_middle(rx->digit_at);
	if (event.at < 0)
		event.at = 0;
	event.text[0] = rx->digit;
	emit(context, &event);
}

static void end_digit(struct lc_dtmf_rx *rx, lc_emit_fn *emit, void *context)
{
	tell(rx, LC_EV_DIGIT_END, (int)(rx->digit_seen - rx->digit_at + 1), emit, context);
	rx->digit = 0;
}

/* Is the digit reported still there at this moment? */
static bool digit_there(const struct lc_dtmf_rx *rx)
{
	int key = (int)(strchr(lc_dtmf_keys, rx->digit) - lc_dtmf_keys);

	for (int group = LOW; group <= HIGH; group++) {
		float nominal = group == LOW ? lc_dtmf_row_hz[key / 4] : lc_dtmf_column_hz[key % 4];

		if (power_at(rx, rx->hop, group) < edge * rx->digit_power[group])
			return false;
		if (fabsf(lc_dtmf_deviation_hz(turn_over(rx, group, rx->hop, HELD_MS, 2), nominal, 2)) > 0.04f * nominal)
			return false;
	}
	return true;
}

static void begin_digit(struct lc_dtmf_rx *rx, char digit, int ms, const float power[2], lc_emit_fn *emit, void *context)
{
	int64_t first = rx->hop - ms + 1;

	while (rx->hop - first < LC_DTMF_HISTORY - 1 && power_at(rx, first - 1, LOW) > edge * power[LOW] &&
	       power_at(rx, first - 1, HIGH) > edge * power[HIGH])
		first--;
	if (rx->digit && first <= rx->digit_seen)
		first = rx->digit_seen + 1;
	if (rx->digit)
		end_digit(rx, emit, context);
	rx->digit = digit;
	rx->digit_at = first;
	rx->digit_seen = rx->hop;
	rx->digit_power[LOW] = power[LOW];
	rx->digit_power[HIGH] = power[HIGH];
	rx->suspected = 0;
	tell(rx, LC_EV_DIGIT, 0, emit, context);
}

static void tell_suspicion(const struct lc_dtmf_rx *rx, bool suspected, lc_emit_fn *emit, void *context)
{
	struct lc_event event = {.kind = LC_EV_KEY_SUSPECTED, .value = suspected};

	event.at = lc_dtmf_middle(rx->suspected - early_standard.ms + 1);
	if (event.at < 0)
		event.at = 0;
	event.extra = (int32_t)(rx->hop - rx->suspected);
	emit(context, &event);
}

/* No digit is heard at this moment: may one be beginning, or is what was suspected none? */
static void suspect(struct lc_dtmf_rx *rx, lc_emit_fn *emit, void *context)
{
	float power[2];

	if (!rx->suspected) {
		if (rx->run < early_standard.ms || rx->hop < rx->wary || !find_digit(rx, &early_standard, power))
			return;
		rx->suspected = rx->hop;
		tell_suspicion(rx, true, emit, context);
	} else if (rx->dip > DIP_MS || rx->hop - rx->suspected >= SUSPECT_MS) {
		tell_suspicion(rx, false, emit, context);
		rx->suspected = 0;
		rx->wary = rx->hop + WARY_MS;
	}
}

static void look(struct lc_dtmf_rx *rx, lc_emit_fn *emit, void *context)
{
	float low = power_at(rx, rx->hop, LOW), high = power_at(rx, rx->hop, HIGH), power[2];
	float least = level_floor * edge;
	int ms = 0;
	char digit = 0;
	bool patched;

	if (low < least || high < least || high > 4 * rx->twist * low || low > 4 * rx->reverse_twist * high)
		rx->dip++;
	else
		rx->dip = 0;
	rx->run = rx->dip > 0 ? 0 : rx->run + 1;
	rx->patched_run = rx->dip > DIP_MS ? 0 : rx->patched_run + 1;
	if (rx->digit && digit_there(rx)) {
		rx->digit_seen = rx->hop;
		return;
	}
	rx->pair += (low + high - rx->pair) / 16;
	rx->line += (power_at(rx, rx->hop, LC_DTMF_LINE) - rx->line) / 16;
	patched = rx->pair > 2 * pair_share * rx->line;
	for (size_t i = 0; !digit && rx->hop >= rx->doubt && i < sizeof(standards) / sizeof(standards[0]); i++) {
		ms = standards[i].ms;
		if (ms > HURRY_MS && (rx->hop & 1))
			break;
		if (ms <= rx->run || (patched && ms <= rx->patched_run && standards[i].least < edge))
			digit = find_digit(rx, &standards[i], power);
	}
	if (digit && digit != rx->digit)
		begin_digit(rx, digit, ms, power, emit, context);
	else if (rx->digit && rx->hop - rx->digit_seen > GAP_MS)
		end_digit(rx, emit, context);
	if (rx->early && !rx->digit)
		suspect(rx, emit, context);
}

void lc_dtmf_rx_process(struct lc_dtmf_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	while (n > 0) {
		int take = n < LC_TICK_SAMPLES_MAX ? n : LC_TICK_SAMPLES_MAX;

		lc_dtmf_past_take(&rx->past, samples, take);
		lc_dtmf_groups_take(&rx->groups, samples, take);
		rx->clean = false;
		rx->taken += take;
		for (; lc_dtmf_groups_next(&rx->groups, rx->hop); rx->hop++)
			look(rx, emit, context);
		samples += take;
		n -= take;
	}
}

static void skip_to(struct lc_dtmf_rx *rx, int64_t taken)
{
	rx->taken = rx->past.taken = taken;
	rx->hop = taken / LC_DTMF_HOP;
	lc_dtmf_groups_skip_to(&rx->groups, taken);
}

void lc_dtmf_rx_reset(struct lc_dtmf_rx *rx)
{
	forget(rx);
	skip_to(rx, rx->taken);
	rx->digit = 0;
	rx->suspected = rx->wary = 0;
}

void lc_dtmf_rx_skip(struct lc_dtmf_rx *rx, int n, lc_emit_fn *emit, void *context)
{
	static const int16_t silence[LC_TICK_SAMPLES_MAX];

	for (; rx->digit && n > 0; n -= LC_TICK_SAMPLES_MAX)
		lc_dtmf_rx_process(rx, silence, n < LC_TICK_SAMPLES_MAX ? n : LC_TICK_SAMPLES_MAX, emit, context);
	if (n <= 0)
		return;
	if (!rx->clean)
		forget(rx);
	skip_to(rx, rx->taken + n);
}
