#include "dsp/dtmf.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dbm0.h"

enum {
	LOW = 0, /* also the place of the group's real part in a vector, divided by 2 */
	HIGH = 1,
	OVERLAP = LC_DTMF_TAPS - LC_DTMF_HOP,
	DELAY = OVERLAP / 2 - 4, /* samples from a hop's newest 8 back to its filter's middle */
	HALF_MS = 13,            /* of either: its begin or end */
	EDGE_MS = 4,             /* the filters' rise */
	LAG = 4,                 /* ms over which the turn is measured: fine, and still unambiguous within ±125 Hz */
	GAP_MS = 20,             /* Q.24: breaks of 10 ms are bridged, pauses of 30 ms are not */
	HELD_MS = 6,
	OVERTONE_MS = 33,  /* at most, looked through for overtones */
	DEAR_MS = 4,       /* what costs much is not asked more often */
	HURRY_MS = 33,     /* what takes longer is looked at every other ms only */
	OVER_DIAL_MS = 64, /* since the begin of a key pressed over a dial tone */

	DIP_MS = 6,      /* a group may be quiet for so long within a tone */
	BEFORE_MS = 10,  /* looked at before a begin */
	TOGETHER_MS = 5, /* between the begins of a key's two tones, as measured */
};

static const float row_hz[4] = {697, 770, 852, 941}, column_hz[4] = {1209, 1336, 1477, 1633};
static const float centre_hz[2] = {819, 1421};
static const char keys[] = "123A456B789C*0#D";

static const float tolerance = 0.0155f, tolerance_hz = 2.0f;            /* ES 201 235-3: 1.5 % + 2 Hz */
static const float far_tolerance = 0.0195f, far_tolerance_hz = 1.0f;    /* Q.24 (NTT, Brazil): 1.8 % yes, 3 % no */
static const float drift_limit = 0.012f;                                /* of the frequency, within 15 ms */
static const float slope_limit = 1.7f;                                  /* of the power, within 10 ms: 2.3 dB */
static const float level_floor = LC_DBM0_PEAK * LC_DBM0_PEAK * 2.5e-4f; /* -36 dBm0 */
static const float overtone_limit = 0.022f;                             /* of the tone's power: -16.6 dB */
static const float difference_limit = 0.09f;                            /* of the weaker tone's: -10.5 dB */
static const float before_limit = 0.16f;                                /* of the tone's: -8 dB */
static const float dial_turn = 1.0f;                                    /* radians in 2 ms: 80 Hz off 405 Hz */
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
	{45, {0.70f, 0.88f}, 0.86f, 0.06f, 1}, /* a voice, which is mostly in the low group */
	{45, {0.55f, 0.86f}, 0.80f, 0.00f, 2}, /* a louder one */
	{60, {0.96f, 0.96f}, 0.92f, 0.25f, 0}, /* what hides the begin is over */
};
static const float half_share = 0.83f, far_share = 0.93f; /* least if one begin is seen, and for a far frequency */
static const float pair_share = 0.8f;                     /* lately, else a run with dips is not looked at */
static const float lone_share = 0.9f;                     /* below it an overtone series may hide */

/* ---- receiver ------------------------------------------------------------------------------------ */

static double bessel_i0(double x)
{
	double sum = 1, term = 1;

	for (int k = 1; k < 20; k++) {
		term *= (x / 2 / k) * (x / 2 / k);
		sum += term;
	}
	return sum;
}

/* Low-pass by windowed sinc, Kaiser's window for 40 dB; unity at 0 Hz. */
static void low_pass(float *taps, double cutoff_hz)
{
	const double beta = 3.4;
	double sum = 0, h[LC_DTMF_TAPS];

	for (int i = 0; i < LC_DTMF_TAPS; i++) {
		double t = i - (LC_DTMF_TAPS - 1) / 2.0, r = 2 * t / (LC_DTMF_TAPS - 1);
		double x = LC_TWO_PI * cutoff_hz / LC_RATE * t;

		h[i] = sin(x) / x * bessel_i0(beta * sqrt(1 - r * r));
		sum += h[i];
	}
	for (int i = 0; i < LC_DTMF_TAPS; i++)
		taps[i] = (float)(h[i] / sum);
}

static float power_ratio_limit(float twist_db)
{
	return lc_db_to_power_ratio(fmaxf(twist_db, 4.0f) + 0.7f); /* measured, not nominal, twist is compared */
}

void lc_dtmf_rx_init(struct lc_dtmf_rx *rx, const struct lc_plan *plan)
{
	/* Half of each group's width, ±1.5 %, and half the way to the other group's nearest tone. */
	static const double cutoff_hz[2] = {252, 351};
	float low[LC_DTMF_TAPS], high[LC_DTMF_TAPS];

	memset(rx, 0, sizeof(*rx));
	rx->twist = power_ratio_limit(plan->dtmf_twist_db);
	rx->reverse_twist = power_ratio_limit(plan->dtmf_reverse_twist_db);
	low_pass(low, cutoff_hz[LOW]);
	low_pass(high, cutoff_hz[HIGH]);
	low_pass(rx->dial_taps, 145); /* passes 330 .. 480 Hz around 405, stops 675 */
	for (int i = 0; i < LC_DTMF_TAPS; i++) {
		double a = -LC_TWO_PI * centre_hz[LOW] / LC_RATE * i, b = -LC_TWO_PI * centre_hz[HIGH] / LC_RATE * i;

		/* twice: the vector's length shall be the tone's peak */
		rx->taps[i] = (lc_dtmf_vector){2 * low[i] * (float)cos(a), 2 * low[i] * (float)sin(a),
		                               2 * high[i] * (float)cos(b), 2 * high[i] * (float)sin(b)};
	}
	lc_dtmf_rx_reset(rx);
}

static void forget(struct lc_dtmf_rx *rx)
{
	memset(rx->base, 0, sizeof(rx->base));
	memset(rx->energy, 0, sizeof(rx->energy));
	memset(rx->input, 0, sizeof(rx->input));
	memset(rx->raw, 0, sizeof(rx->raw));
	rx->run = rx->patched_run = rx->dip = 0;
	rx->doubt = 0;
	rx->pair = rx->line = 0;
	rx->clean = true;
}

void lc_dtmf_rx_reset(struct lc_dtmf_rx *rx)
{
	forget(rx);
	rx->hop = rx->taken / LC_DTMF_HOP;
	rx->fill = OVERLAP + (int)(rx->taken % LC_DTMF_HOP);
	rx->digit = 0;
}

static const lc_dtmf_vector *base_at(const struct lc_dtmf_rx *rx, int64_t hop)
{
	return &rx->base[hop & (LC_DTMF_HISTORY - 1)];
}

static float power_at(const struct lc_dtmf_rx *rx, int64_t hop, int group)
{
	const lc_dtmf_vector *z = base_at(rx, hop);

	return (*z)[2 * group] * (*z)[2 * group] + (*z)[2 * group + 1] * (*z)[2 * group + 1];
}

struct turn {
	float re, im, whole; /* sum of products `lag` ms apart, and what it would be if all agreed */
};

/* How the group's vector turned from `lag` ms before, over the `ms` that end with hop `last`. */
static struct turn turn_over(const struct lc_dtmf_rx *rx, int group, int64_t last, int ms, int lag)
{
	struct turn sum = {0, 0, 0};

	for (int64_t hop = last - ms + 1 + lag; hop <= last; hop++) {
		const lc_dtmf_vector *now = base_at(rx, hop), *then = base_at(rx, hop - lag);
		float a = (*now)[2 * group], b = (*now)[2 * group + 1];
		float c = (*then)[2 * group], d = (*then)[2 * group + 1];

		sum.re += a * c + b * d;
		sum.im += b * c - a * d;
		sum.whole += 0.5f * (a * a + b * b + c * c + d * d);
	}
	return sum;
}

/* Hz by which a turn over `lag` ms differs from that of `nominal`; within ±500 / lag. */
static float deviation_hz(struct turn turn, float nominal, int lag)
{
	float cycles = atan2f(turn.im, turn.re) / (float)LC_TWO_PI - nominal * (float)lag / 1000.0f;

	return (cycles - rintf(cycles)) * 1000.0f / (float)lag;
}

/* A key's tone keeps its frequency and level; a voice's harmonics glide. Compares begin and end of the last `ms`. */
static bool is_steady(const struct lc_dtmf_rx *rx, int group, int ms, float nominal)
{
	int64_t first = rx->hop - ms + 1;
	float before = 0, after = 0, drift;

	drift = deviation_hz(turn_over(rx, group, rx->hop, HALF_MS, LAG), nominal, LAG) -
	        deviation_hz(turn_over(rx, group, first + HALF_MS - 1, HALF_MS, LAG), nominal, LAG);
	for (int i = EDGE_MS; i < EDGE_MS + 8; i++) {
		before += power_at(rx, first + i, group);
		after += power_at(rx, rx->hop - i, group);
	}
	return fabsf(drift) < drift_limit * nominal && after < slope_limit * before && before < slope_limit * after;
}

struct tone {
	int index; /* of the group's, or -1 */
	float hz;
	bool far; /* beyond what every country asks for */
};

/* The group's tone that fills the last `ms`, if any. */
static struct tone find_tone(const struct lc_dtmf_rx *rx, int group, int ms, float purity)
{
	const float *nominal = group == LOW ? row_hz : column_hz;
	const struct tone none = {.index = -1};
	struct turn fine = turn_over(rx, group, rx->hop, ms, LAG);
	float coarse_hz, off_hz;
	int nearest = 0;

	if (fine.re * fine.re + fine.im * fine.im < purity * purity * fine.whole * fine.whole)
		return none;
	coarse_hz = centre_hz[group] + deviation_hz(turn_over(rx, group, rx->hop, ms, 1), centre_hz[group], 1);
	for (int i = 1; i < 4; i++)
		if (fabsf(coarse_hz - nominal[i]) < fabsf(coarse_hz - nominal[nearest]))
			nearest = i;
	if (fabsf(coarse_hz - nominal[nearest]) > 100)
		return none;
	off_hz = deviation_hz(fine, nominal[nearest], LAG);
	if (fabsf(off_hz) > far_tolerance * nominal[nearest] + far_tolerance_hz || !is_steady(rx, group, ms, nominal[nearest]))
		return none;
	return (struct tone){nearest, nominal[nearest] + off_hz, fabsf(off_hz) > tolerance * nominal[nearest] + tolerance_hz};
}

/* The sample in the middle of this hop's filter, counted as `taken` is. */
static int64_t middle_of(int64_t hop)
{
	return hop * LC_DTMF_HOP - DELAY;
}

enum { DIAL_HOP = 16, DIAL_VALUES = (LC_DTMF_RAW - LC_DTMF_TAPS) / DIAL_HOP };

/* Complex baseband around 405 Hz of the samples kept, 500 a second. */
static void dial_baseband(const struct lc_dtmf_rx *rx, float re[DIAL_VALUES], float im[DIAL_VALUES])
{
	float a[LC_DTMF_RAW], b[LC_DTMF_RAW];
	struct lc_oscillator osc;

	lc_oscillator_init(&osc, 405);
	for (int i = 0; i < LC_DTMF_RAW; i++) {
		float x = rx->raw[(rx->taken + i) & (LC_DTMF_RAW - 1)];

		a[i] = x * osc.re;
		b[i] = -x * lc_oscillator_next(&osc);
	}
	for (int k = 0; k < DIAL_VALUES; k++) {
		re[k] = im[k] = 0;
		for (int i = 0; i < LC_DTMF_TAPS; i++) {
			re[k] += 2 * rx->dial_taps[i] * a[k * DIAL_HOP + i];
			im[k] += 2 * rx->dial_taps[i] * b[k * DIAL_HOP + i];
		}
	}
}

/* Power over the last `ms` of a steady tone, or two, between 330 and 480 Hz; 0 if it is not steady for 60 ms.
 * Steady means: each value follows from the two before by one law, z[n] = p z[n-1] + q z[n-2], which holds for one or two
 * tones and for nothing else. */
static float dial_tone_power(const struct lc_dtmf_rx *rx, int ms)
{
	float re[DIAL_VALUES], im[DIAL_VALUES];
	/* normal equations: r11 p + r12 q = r01, conj(r12) p + r22 q = r02 */
	float r00 = 0, r11 = 0, r22 = 0, r12re = 0, r12im = 0, r01re = 0, r01im = 0, r02re = 0, r02im = 0;
	float det, pre, pim, qre, qim, rest, power = 0;
	int last, count = 0;

	dial_baseband(rx, re, im);
	for (int n = 2; n < DIAL_VALUES; n++) {
		r00 += re[n] * re[n] + im[n] * im[n];
		r11 += re[n - 1] * re[n - 1] + im[n - 1] * im[n - 1];
		r22 += re[n - 2] * re[n - 2] + im[n - 2] * im[n - 2];
		r12re += re[n - 2] * re[n - 1] + im[n - 2] * im[n - 1];
		r12im += im[n - 2] * re[n - 1] - re[n - 2] * im[n - 1];
		r01re += re[n] * re[n - 1] + im[n] * im[n - 1];
		r01im += im[n] * re[n - 1] - re[n] * im[n - 1];
		r02re += re[n] * re[n - 2] + im[n] * im[n - 2];
		r02im += im[n] * re[n - 2] - re[n] * im[n - 2];
	}
	r11 *= 1.001f; /* keeps one single tone solvable */
	r22 *= 1.001f;
	det = r11 * r22 - r12re * r12re - r12im * r12im;
	if (det <= 0)
		return 0;
	pre = (r01re * r22 - (r12re * r02re - r12im * r02im)) / det;
	pim = (r01im * r22 - (r12re * r02im + r12im * r02re)) / det;
	qre = (r11 * r02re - (r12re * r01re + r12im * r01im)) / det;
	qim = (r11 * r02im - (r12re * r01im - r12im * r01re)) / det;
	rest = r00 - (pre * r01re + pim * r01im) - (qre * r02re + qim * r02im);
	if (rest >= 0.01f * r00 || fabsf(atan2f(r01im, r01re)) > dial_turn)
		return 0;
	/* Two tones beat: only the very time over which the whole line's power was taken will do. */
	last = (int)(LC_DTMF_RAW - LC_DTMF_TAPS / 2 - (rx->taken - middle_of(rx->hop))) / DIAL_HOP;
	for (int n = last - ms / 2 + 1; n <= last; n++)
		if (n >= 0 && n < DIAL_VALUES) {
			power += re[n] * re[n] + im[n] * im[n];
			count++;
		}
	return count > 0 ? power / (float)count / 2 : 0;
}

/* Complex amplitude, times half the window's sum, of one frequency in windowed samples; its power. */
static float project(const float *x, int n, float hz, float *re, float *im)
{
	struct lc_oscillator osc;

	lc_oscillator_init(&osc, hz);
	*re = *im = 0;
	for (int i = 0; i < n; i++) {
		*re += x[i] * osc.re;
		*im += x[i] * lc_oscillator_next(&osc);
	}
	return *re * *re + *im * *im;
}

static void take_away(float *x, const float *window, int n, float hz, float re, float im)
{
	struct lc_oscillator osc;

	lc_oscillator_init(&osc, hz);
	for (int i = 0; i < n; i++) {
		float cosine = osc.re;

		x[i] -= window[i] * (re * cosine + im * lc_oscillator_next(&osc));
	}
}

/* Strings, pipes and voices have an octave above each tone; a key has not: its distortion is 20 dB below (Q.23). What
 * else goes with two harmonics of one note is their difference. The tones themselves are taken away first, as an octave
 * of one may lie 57 Hz beside the other. */
static bool has_overtones(const struct lc_dtmf_rx *rx, const struct tone tone[2], int ms, bool difference)
{
	const int n = (ms < OVERTONE_MS ? ms : OVERTONE_MS) * LC_DTMF_HOP;
	const int64_t first = middle_of(rx->hop) + LC_DTMF_HOP / 2 - n;
	float x[OVERTONE_MS * LC_DTMF_HOP], window[OVERTONE_MS * LC_DTMF_HOP];
	float re[2], im[2], power[2], a, b, sum = 0;
	struct lc_oscillator osc;

	if (n < 1)
		return false;
	lc_oscillator_init(&osc, LC_RATE / (double)n);
	for (int i = 0; i < n; i++) {
		window[i] = 1 - osc.re;
		sum += window[i];
		x[i] = window[i] * rx->raw[(first + i) & (LC_DTMF_RAW - 1)];
		lc_oscillator_next(&osc);
	}
	for (int group = LOW; group <= HIGH; group++)
		power[group] = project(x, n, tone[group].hz, &re[group], &im[group]);
	for (int group = LOW; group <= HIGH; group++)
		take_away(x, window, n, tone[group].hz, 2 * re[group] / sum, 2 * im[group] / sum);
	for (int group = LOW; group <= HIGH; group++)
		if (project(x, n, 2 * tone[group].hz, &a, &b) > overtone_limit * power[group])
			return true;
	return difference &&
	       project(x, n, tone[HIGH].hz - tone[LOW].hz, &a, &b) > difference_limit * fminf(power[LOW], power[HIGH]);
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
	if ((tone[LOW].far || tone[HIGH].far) && (begins < 2 || ours < far_share * all))
		return false;
	if (ours < standard->share * all) {
		/* a dial tone may be under it; looking for one is dear */
		if (begins < 2 || longest > OVER_DIAL_MS || standard->begins == 0 || (rx->hop & 3))
			return false;
		if (ours < standard->share * (all - dial_tone_power(rx, ms)))
			return false;
	}
	if (has_overtones(rx, tone, ms, begins < 2 && ours < lone_share * all)) {
		rx->doubt = rx->hop + DEAR_MS;
		return false;
	}
	return true;
}

/* The key that fills the last milliseconds, or 0; power[] gets the mean square length of both vectors. */
static char find_digit(struct lc_dtmf_rx *rx, const struct standard *standard, float power[2])
{
	const int ms = standard->ms;
	float least[2] = {INFINITY, INFINITY}, all = 0;
	struct tone tone[2];

	power[LOW] = power[HIGH] = 0;
	for (int64_t hop = rx->hop - ms + 1; hop <= rx->hop; hop++) {
		for (int group = LOW; group <= HIGH; group++) {
			float p = power_at(rx, hop, group);

			power[group] += p / (float)ms;
			least[group] = fminf(least[group], p);
		}
		all += rx->energy[hop & (LC_DTMF_HISTORY - 1)] / (float)ms;
	}
	if (least[LOW] < standard->least * power[LOW] || least[HIGH] < standard->least * power[HIGH])
		return 0;
	if (power[HIGH] > rx->twist * power[LOW] || power[LOW] > rx->reverse_twist * power[HIGH])
		return 0;
	for (int group = LOW; group <= HIGH; group++) {
		tone[group] = find_tone(rx, group, ms, standard->purity[group]);
		if (tone[group].index < 0)
			return 0;
	}
	return is_key(rx, standard, tone, power, all) ? keys[4 * tone[LOW].index + tone[HIGH].index] : 0;
}

static void tell(const struct lc_dtmf_rx *rx, int kind, int value, lc_emit_fn *emit, void *context)
{
	struct lc_event event = {.kind = (uint16_t)kind, .value = value};

	event.at = rx->digit_at * LC_DTMF_HOP - DELAY;
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
	int key = (int)(strchr(keys, rx->digit) - keys);

	for (int group = LOW; group <= HIGH; group++) {
		float nominal = group == LOW ? row_hz[key / 4] : column_hz[key % 4];

		if (power_at(rx, rx->hop, group) < edge * rx->digit_power[group])
			return false;
		if (fabsf(deviation_hz(turn_over(rx, group, rx->hop, HELD_MS, 2), nominal, 2)) > 0.04f * nominal)
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
	tell(rx, LC_EV_DIGIT, 0, emit, context);
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
	rx->line += (rx->energy[rx->hop & (LC_DTMF_HISTORY - 1)] - rx->line) / 16;
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
}

static void filter(struct lc_dtmf_rx *rx, const float *x)
{
	const float *middle = x + LC_DTMF_TAPS / 2 - LC_DTMF_HOP / 2;
	lc_dtmf_vector a = {0}, b = {0}, c = {0}, d = {0};
	float energy = 0;

	for (int i = 0; i < LC_DTMF_TAPS; i += 4) {
		a += rx->taps[i] * x[i];
		b += rx->taps[i + 1] * x[i + 1];
		c += rx->taps[i + 2] * x[i + 2];
		d += rx->taps[i + 3] * x[i + 3];
	}
	for (int i = 0; i < LC_DTMF_HOP; i++)
		energy += middle[i] * middle[i];
	rx->base[rx->hop & (LC_DTMF_HISTORY - 1)] = (a + b) + (c + d);
	rx->energy[rx->hop & (LC_DTMF_HISTORY - 1)] = energy / LC_DTMF_HOP;
}

void lc_dtmf_rx_process(struct lc_dtmf_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	while (n > 0) {
		int take = n < LC_TICK_SAMPLES_MAX ? n : LC_TICK_SAMPLES_MAX, at = 0;

		for (int i = 0; i < take; i++)
			rx->input[rx->fill + i] = samples[i];
		for (int i = 0; i < take; i++)
			rx->raw[(rx->taken + i) & (LC_DTMF_RAW - 1)] = samples[i];
		rx->taken += take;
		rx->fill += take;
		rx->clean = false;
		for (; rx->fill - at >= LC_DTMF_TAPS; at += LC_DTMF_HOP) {
			filter(rx, rx->input + at);
			look(rx, emit, context);
			rx->hop++;
		}
		rx->fill -= at;
		memmove(rx->input, rx->input + at, (size_t)rx->fill * sizeof(rx->input[0]));
		samples += take;
		n -= take;
	}
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
	rx->taken += n;
	rx->hop = rx->taken / LC_DTMF_HOP;
	rx->fill = OVERLAP + (int)(rx->taken % LC_DTMF_HOP);
}

/* ---- sender -------------------------------------------------------------------------------------- */

void lc_dtmf_tx_init(struct lc_dtmf_tx *tx, const struct lc_plan *plan)
{
	memset(tx, 0, sizeof(*tx));
	tx->low_peak = lc_dbm0_to_peak(plan->dtmf_low_dbm0);
	tx->high_peak = lc_dbm0_to_peak(plan->dtmf_high_dbm0);
	tx->on = plan->dtmf_on_ms * LC_RATE / 1000;
	tx->off = plan->dtmf_off_ms * LC_RATE / 1000;
	tx->pause = LC_RATE / 2;
}

static int key_of(char c)
{
	const char *found;

	if (c >= 'a' && c <= 'd')
		c = (char)(c - 'a' + 'A');
	found = c ? strchr(keys, c) : NULL;
	return found ? (int)(found - keys) : -1;
}

int lc_dtmf_tx_put(struct lc_dtmf_tx *tx, const char *text)
{
	size_t more = strlen(text);

	for (const char *c = text; *c; c++)
		if (*c != ',' && key_of(*c) < 0)
			return -EINVAL;
	memmove(tx->text, tx->text + tx->next, (size_t)(tx->length - tx->next));
	tx->length -= tx->next;
	tx->next = 0;
	if (more > sizeof(tx->text) - (size_t)tx->length)
		return -ENOSPC;
	memcpy(tx->text + tx->length, text, more);
	tx->length += (int)more;
	return 0;
}

static bool next_digit(struct lc_dtmf_tx *tx)
{
	unsigned key;

	if (tx->next == tx->length)
		return false;
	tx->at = 0;
	tx->digit = tx->text[tx->next++];
	if (tx->digit == ',') {
		tx->digit = 0;
		tx->until = tx->pause;
		return true;
	}
	key = (unsigned)key_of(tx->digit) & 15; /* _put let nothing else in */
	tx->until = tx->on + tx->off;
	lc_oscillator_init(&tx->low, row_hz[key / 4]);
	lc_oscillator_init(&tx->high, column_hz[key % 4]);
	return true;
}

int lc_dtmf_tx_read(struct lc_dtmf_tx *tx, int16_t *out, int n)
{
	int made = 0;

	while (made < n) {
		if (tx->at == tx->until && !next_digit(tx))
			break;
		for (; made < n && tx->at < tx->until; tx->at++, made++) {
			/* both begin at phase 0: no click; the end falls where it falls, as with a telephone's own keys */
			bool sounding = tx->digit && tx->at < tx->on;

			out[made] = sounding ? lc_to_sample(tx->low_peak * lc_oscillator_next(&tx->low) +
			                                    tx->high_peak * lc_oscillator_next(&tx->high))
			                     : 0;
		}
		lc_oscillator_trim(&tx->low);
		lc_oscillator_trim(&tx->high);
	}
	return made;
}
