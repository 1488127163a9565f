#include "dsp/progress.h"

#include <math.h>
#include <string.h>

enum {
	BRIDGE = 20 * LC_RATE / 1000,  /* samples: a shorter break is none */
	RETURN = 120 * LC_RATE / 1000, /* the same if it was no silence: other sound cancelled the signal for a moment */
	MISTAKEN = 90 * LC_RATE / 1000,
	LOOKED_BACK = 3,               /* blocks in which a signal's end lies */
	PAUSE = 1500 * LC_RATE / 1000, /* samples: as long as those of busy tones are */
	SETTLED = 30 * LC_RATE / 1000, /* what follows a sound is known: silence, or another */
	OVER = 50 * LC_RATE / 1000,    /* no break any more */
	STRANGE_ON = 3,                /* blocks that end a signal */
	STRANGE_HELD = 40,             /* the same while its own frequency keeps its power: a voice is heard over it */
	DOUBTED = 15,                  /* blocks in a row that did not fit, up to the end: how long it was is not known */
	TROUGH_MOST = 4, /* blocks of silence that are no trough of a modulated signal: those last for 22 ms at 16 Hz */
};

static const float off_below = 0.25f;       /* of the plateau: the signal has gone */
static const float silence_below = 0.3f;    /* of the plateau, smoothed: counts as silence */
static const float loud_share = 0.05f;      /* of a block in that: 200 ms */
static const float stray_below = 0.2f;      /* of the tone's own power, in its pause: a voice's and no network's */
static const float stray_same_below = 0.4f; /* of the same tone; the parts of a special information tone may be unlike */
static const float cut_above = 0.4f;        /* of the plateau, right behind a sound: something else took its place */
static const float clear_below = 0.1f;      /* of the plateau: nothing but noise */
static const float part_least = 0.35f;      /* of a block: less, and nothing of the signal is further back */
static const float wander_noise = 126.0f;   /* Hz squared: what is heard at the same frequency turns the vector as it ripples */
static const float swing_above = 0.2f;      /* of the mean: a modulated signal is there, not only its trough */
static const float wander_hz = 1.1f;        /* RMS: a singer's or a flute's vibrato is more */
static const float wander_pair_hz = 2.0f;   /* the same of a pair, whose beat is seen as wandering */
static const float turn_hz = (float)LC_RATE / LC_SPECTRUM_BLOCK; /* so far apart two offsets look the same */
static const float wander_most_hz = 4.0f;                        /* what one moment can add: a click is no vibrato */
static const float wander_share = 0.06f;                         /* of a block in the means */
static const float ripple_most = 0.1f;
static const float wander_power = 2.0f; /* 3 dB */
static const float held_power = 3.5f;   /* 5.4 dB, what a voice at its own frequency may make of it */

/* ---- the plan's signals -------------------------------------------------------------------------- */

/* One of the plan's tones into steps of signals. */
static void read_tone(struct lc_progress_rx *rx, int t, const struct lc_tone *made)
{
	struct lc_cadence *tone = &rx->cadence.tone[t];

	if (!made->listen_cycles || made->steps > LC_TONE_STEPS_MAX)
		return;
	tone->steps = made->steps;
	tone->listened = made->steps > 0;
	for (int i = 0; i < made->steps; i++) {
		int signal = lc_spectrum_add(&rx->spectrum, made->step[i].hz, made->am_hz != 0);

		tone->step[i].signal = (int8_t)signal;
		tone->step[i].ms = made->step[i].ms;
		if (signal == LC_SIGNAL_OTHER)
			tone->listened = false;
	}
}

void lc_progress_rx_init(struct lc_progress_rx *rx, const struct lc_plan *plan)
{
	memset(rx, 0, sizeof(*rx));
	for (int t = 0; t < plan->tones; t++)
		read_tone(rx, t, &plan->tone[t]);
	lc_spectrum_prepare(&rx->spectrum);
	lc_cadence_init(&rx->cadence, plan);
	lc_progress_rx_reset(rx);
}

void lc_progress_rx_reset(struct lc_progress_rx *rx)
{
	lc_cadence_reset(&rx->cadence);
	lc_learn_reset(&rx->learn);
	lc_spectrum_reset(&rx->spectrum);
	rx->fill = 0;
	rx->signal_now = LC_SIGNAL_SILENCE;
	rx->pending = false;
	rx->since = rx->heard;
	rx->strange = rx->blocks = 0;
	rx->plateau = rx->own = rx->spectrum.quiet / silence_below;
	rx->offset = rx->loud = 0;
}

/* ---- blocks into pieces of time ------------------------------------------------------------------ */

/* How much of the block `ago` blocks back a pair of this power filled, in samples. */
static float filled(const struct lc_progress_rx *rx, int ago, float plateau)
{
	return LC_SPECTRUM_BLOCK * fminf(lc_spectrum_power(&rx->spectrum, ago) / plateau, 1.0f);
}

/* The same of a single frequency, by what its own filter has: the vector is as long as the part that is filled. */
static float filled_single(const struct lc_progress_rx *rx, int signal, int ago, float own)
{
	return LC_SPECTRUM_BLOCK * fminf(sqrtf(lc_spectrum_own(&rx->spectrum, signal, ago) / own), 1.0f);
}

/* Samples for which the signal has sounded before the newest block. */
static float sounded(const struct lc_progress_rx *rx, int signal, float plateau, float own)
{
	const struct lc_spectrum *sp = &rx->spectrum;
	float length = 0, part = LC_SPECTRUM_BLOCK;

	if (lc_spectrum_is_pair(sp, signal)) {
		for (int ago = 1; ago < LC_SPECTRUM_PAIR && lc_spectrum_power(sp, ago) > 0.02f * plateau; ago++)
			length += filled(rx, ago, plateau);
		return length;
	}
	for (int ago = 1; ago < LC_SPECTRUM_KEPT && part > part_least * LC_SPECTRUM_BLOCK; ago++) {
		part = filled_single(rx, signal, ago, own);
		length += part;
	}
	return length;
}

static struct lc_cadence_piece piece_until(const struct lc_progress_rx *rx, int64_t end)
{
	struct lc_cadence_piece piece = {rx->signal_now, rx->since, end, 0, false};

	if (rx->signal_now >= 0)
		piece.hz = rx->hz + rx->offset;
	return piece;
}

/* The free signal is tuned elsewhere while its tone's last blocks are still doubtful, so what was heard is kept. */
static void keep_frequency(struct lc_progress_rx *rx)
{
	if (rx->signal_now >= 0)
		rx->hz = lc_spectrum_hz(&rx->spectrum, rx->signal_now);
}

static void heard(struct lc_progress_rx *rx, const struct lc_cadence_piece *piece, lc_emit_fn *emit, void *context)
{
	lc_cadence_heard(&rx->cadence, piece, emit, context);
	lc_learn_heard(&rx->learn, rx->cadence.plan, piece, emit, context);
}

static void flush(struct lc_progress_rx *rx, lc_emit_fn *emit, void *context)
{
	if (rx->pending)
		heard(rx, &rx->before, emit, context);
	rx->pending = false;
}

/* Ends what was heard at sample count `at`; something else begins there. */
static void change(struct lc_progress_rx *rx, int signal, int64_t at, lc_emit_fn *emit, void *context)
{
	struct lc_cadence_piece piece;

	flush(rx, emit, context);
	if (at < rx->since)
		at = rx->since;
	piece = piece_until(rx, at);
	piece.cut = piece.signal >= 0 && signal == LC_SIGNAL_OTHER;
	if (piece.end > piece.begin)
		heard(rx, &piece, emit, context);
	rx->signal_now = signal;
	keep_frequency(rx);
	rx->since = at;
	rx->strange = rx->blocks = 0;
	rx->wander = rx->ripple = 0;
}

/* Of all sound, in the last blocks. */
static float mean_power(const struct lc_progress_rx *rx, int blocks)
{
	float sum = 0;

	for (int ago = 0; ago < blocks; ago++)
		sum += lc_spectrum_power(&rx->spectrum, ago);
	return sum / (float)blocks;
}

/* A plain frequency that is taken for itself modulated: the beat of a voice. Truly modulated, it would soon be gone. */
static bool is_swung_by_voice(const struct lc_spectrum *sp, int plain, int swung)
{
	return lc_spectrum_is_modulated(sp, swung) && plain >= 0 && !lc_spectrum_is_modulated(sp, plain) &&
	       !lc_spectrum_is_pair(sp, plain) && lc_spectrum_hz(sp, swung) == lc_spectrum_hz(sp, plain);
}

/* Power of the signal's own frequency now; of a swinging one over all blocks kept, so that it does not swing. */
static float own_power(const struct lc_progress_rx *rx, int signal)
{
	float sum = 0;

	if (!lc_spectrum_is_modulated(&rx->spectrum, signal))
		return lc_spectrum_own(&rx->spectrum, signal, 0);
	for (int ago = 0; ago < LC_SPECTRUM_SWING; ago++)
		sum += lc_spectrum_own(&rx->spectrum, signal, ago) / LC_SPECTRUM_SWING;
	return sum;
}

/* Of a swinging sound: how many blocks back the first was, counting from 1. */
static int oldest_sound(const struct lc_progress_rx *rx, int signal, float own)
{
	int ago = LC_SPECTRUM_SWING - 1;

	while (ago > 0 && lc_spectrum_own(&rx->spectrum, signal, ago) < swing_above * own)
		ago--;
	return ago + 1;
}

/* And after its end: how many blocks of silence there are. */
static int newest_sound(const struct lc_progress_rx *rx)
{
	int ago = 0;

	while (ago < LC_SPECTRUM_SWING - 1 && lc_spectrum_own(&rx->spectrum, rx->signal_now, ago) < swing_above * rx->own)
		ago++;
	return ago;
}

static void begin_signal(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m, lc_emit_fn *emit, void *context)
{
	const struct lc_spectrum *sp = &rx->spectrum;
	bool modulated = lc_spectrum_is_modulated(sp, m->signal);
	float plateau = modulated || lc_spectrum_is_pair(sp, m->signal) ? m->power : lc_spectrum_power(sp, 0);
	float length, own = own_power(rx, m->signal);
	int64_t begin;

	if (modulated)
		length = (float)oldest_sound(rx, m->signal, own) * LC_SPECTRUM_BLOCK;
	else
		length = LC_SPECTRUM_BLOCK + sounded(rx, m->signal, plateau, own);
	begin = rx->heard - (int64_t)length;
	if (rx->pending && rx->before.signal == m->signal && begin - rx->since < (rx->before.cut ? RETURN : BRIDGE)) {
		rx->pending = false;
		rx->signal_now = m->signal;
		keep_frequency(rx);
		rx->since = rx->before.begin;
		rx->strange = rx->blocks = 0;
		return;
	}
	change(rx, m->signal, begin, emit, context);
	rx->plateau = plateau;
	rx->own = own;
	rx->offset = m->offset;
}

static void end_signal(struct lc_progress_rx *rx)
{
	bool pair = lc_spectrum_is_pair(&rx->spectrum, rx->signal_now);
	float length = 0;
	int64_t end;

	for (int ago = 0; ago < LOOKED_BACK; ago++)
		length += pair ? filled(rx, ago, rx->plateau) : filled_single(rx, rx->signal_now, ago, rx->own);
	end = rx->heard - LOOKED_BACK * LC_SPECTRUM_BLOCK + (int64_t)length;
	if (lc_spectrum_is_modulated(&rx->spectrum, rx->signal_now))
		end = rx->heard - newest_sound(rx) * LC_SPECTRUM_BLOCK;
	if (end < rx->since)
		end = rx->since;
	rx->before = piece_until(rx, end);
	rx->before.cut = rx->strange > DOUBTED;
	rx->pending = true;
	rx->signal_now = LC_SIGNAL_SILENCE;
	rx->since = end;
	rx->strange = 0;
	rx->loud = 0;
}

/* A network's tone keeps its frequency and level; music and voices do not. */
static bool is_steady(const struct lc_progress_rx *rx, const struct lc_spectrum_seen *m)
{
	float wander;

	if (m->signal != rx->signal_now)
		return false;
	if (rx->blocks < 2)
		return true;
	wander = lc_spectrum_is_pair(&rx->spectrum, m->signal) ? wander_pair_hz : wander_hz;
	return rx->wander < wander * wander + wander_noise * rx->ripple && m->power < wander_power * rx->plateau &&
	       rx->plateau < wander_power * m->power;
}

static bool in_trough(const struct lc_progress_rx *rx)
{
	return lc_spectrum_is_modulated(&rx->spectrum, rx->signal_now) && newest_sound(rx) > 0;
}

static bool has_gone(const struct lc_progress_rx *rx)
{
	if (lc_spectrum_is_modulated(&rx->spectrum, rx->signal_now))
		return newest_sound(rx) >= TROUGH_MOST;
	if (rx->heard - rx->since < MISTAKEN) /* it may be part of a pair, and its power a beat */
		return mean_power(rx, LOOKED_BACK) < off_below * rx->plateau;
	return lc_spectrum_own(&rx->spectrum, rx->signal_now, 0) < off_below * rx->own;
}

/* Whatever else is heard: does its own frequency keep its power? */
static bool is_held(const struct lc_progress_rx *rx, const struct lc_spectrum_seen *m)
{
	float own = own_power(rx, rx->signal_now);

	return (m->signal < 0 || m->signal == rx->signal_now) && own < held_power * rx->own && rx->own < held_power * own;
}

/* Follows frequency and how much it wanders, once all blocks looked at are filled with sound. */
static void follow_wander(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m)
{
	float share = 1.0f / (float)(rx->blocks < 16 ? rx->blocks : 16), away, ripple;

	if (rx->blocks <= LC_SPECTRUM_PAIR) {
		rx->offset += share * (m->offset - rx->offset);
		return;
	}
	if (lc_spectrum_power(&rx->spectrum, 0) * wander_power < rx->plateau && !lc_spectrum_is_pair(&rx->spectrum, m->signal) &&
	    !lc_spectrum_is_modulated(&rx->spectrum, m->signal))
		return;
	away = lc_spectrum_fine_offset(&rx->spectrum, m) - rx->offset;
	away -= turn_hz * rintf(away / turn_hz);
	away = fmaxf(fminf(away, wander_most_hz), -wander_most_hz);
	rx->offset += share * away;
	ripple = sqrtf(own_power(rx, m->signal) / rx->own) - 1;
	rx->wander += wander_share * (away * away - rx->wander);
	rx->ripple += wander_share * (fminf(ripple * ripple, ripple_most) - rx->ripple);
}

static void go_on_signal(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m, lc_emit_fn *emit, void *context)
{
	float share;
	int64_t turned;

	if (has_gone(rx)) {
		end_signal(rx);
		return;
	}
	if (in_trough(rx))
		return;
	if (is_steady(rx, m)) {
		rx->blocks++;
		rx->strange = 0;
		share = 1.0f / (float)(rx->blocks < 16 ? rx->blocks : 16);
		follow_wander(rx, m);
		rx->plateau += fmaxf(share, 0.2f) * (m->power - rx->plateau);
		rx->own += fmaxf(share, 0.2f) * (own_power(rx, m->signal) - rx->own);
		return;
	}
	if (is_swung_by_voice(&rx->spectrum, rx->signal_now, m->signal))
		return;
	if (m->signal == rx->signal_now)
		follow_wander(rx, m);
	rx->strange++;
	/* In its first 40 ms a pair may pass for one of its own frequencies, or for nothing known. */
	if (rx->strange < (is_held(rx, m) ? STRANGE_HELD : STRANGE_ON) || (m->signal < 0 && rx->heard - rx->since < MISTAKEN))
		return;
	turned = rx->heard - rx->strange * LC_SPECTRUM_BLOCK + LC_SPECTRUM_BLOCK / 2;
	if (m->signal >= 0 && m->signal != rx->signal_now) {
		if (rx->heard - rx->since < MISTAKEN) {
			rx->signal_now = m->signal;
			keep_frequency(rx);
		} else {
			change(rx, m->signal, turned, emit, context);
		}
		rx->strange = rx->blocks = 0;
		rx->plateau = m->power;
		rx->own = own_power(rx, m->signal);
		rx->offset = m->offset;
	} else {
		change(rx, LC_SIGNAL_OTHER, turned, emit, context);
	}
}

/* For how many blocks there has been sound that is no silence. */
static int other_sound(const struct lc_progress_rx *rx)
{
	int ago = 0;

	while (ago < LC_SPECTRUM_KEPT && lc_spectrum_power(&rx->spectrum, ago) > silence_below * rx->plateau)
		ago++;
	return ago;
}

/* Behind a sound: is it over, was it cut short by another, or does it come back? At once if it is silent there. */
static void settle(struct lc_progress_rx *rx, lc_emit_fn *emit, void *context)
{
	int64_t passed = rx->heard - rx->since;

	if (passed >= SETTLED && passed < SETTLED + LC_SPECTRUM_BLOCK)
		rx->before.cut |= mean_power(rx, SETTLED / LC_SPECTRUM_BLOCK) > cut_above * rx->plateau;
	if (passed >= (rx->before.cut ? RETURN : OVER) ||
	    (passed >= BRIDGE && !rx->before.cut && mean_power(rx, BRIDGE / LC_SPECTRUM_BLOCK) < clear_below * rx->plateau))
		flush(rx, emit, context);
}

/* Right behind a tone, what sounds like one but is much weaker is something else: our prompt's echo. */
static bool is_stray(const struct lc_progress_rx *rx, const struct lc_spectrum_seen *m)
{
	float least = m->signal != rx->before.signal ? stray_below : stray_same_below;

	if (rx->heard - rx->since < RETURN && is_swung_by_voice(&rx->spectrum, rx->before.signal, m->signal))
		return true;
	return rx->heard - rx->since < PAUSE && own_power(rx, m->signal) < least * rx->own;
}

static void go_on_silence(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m, lc_emit_fn *emit, void *context)
{
	if (m->signal >= 0 && !is_stray(rx, m)) {
		begin_signal(rx, m, emit, context);
		return;
	}
	rx->loud += loud_share * (fminf(lc_spectrum_power(&rx->spectrum, 0), rx->plateau) - rx->loud);
	if (rx->pending)
		settle(rx, emit, context);
	if (rx->loud > silence_below * rx->plateau)
		change(rx, LC_SIGNAL_OTHER, rx->heard - other_sound(rx) * LC_SPECTRUM_BLOCK, emit, context);
}

static void go_on_other(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m, lc_emit_fn *emit, void *context)
{
	rx->strange = m->signal >= 0 ? rx->strange + 1 : 0;
	if (rx->strange >= 2 || lc_spectrum_is_modulated(&rx->spectrum, m->signal)) /* known by eight blocks already */
		begin_signal(rx, m, emit, context);
	else if (m->signal == LC_SIGNAL_SILENCE)
		change(rx, LC_SIGNAL_SILENCE, rx->heard - LC_SPECTRUM_BLOCK, emit, context);
}

/* The spectrum has this block, rx->heard is its end. */
static void take_block(struct lc_progress_rx *rx, lc_emit_fn *emit, void *context)
{
	struct lc_spectrum_seen m = lc_spectrum_look(&rx->spectrum, rx->signal_now);
	struct lc_cadence_piece piece;

	if (m.signal == rx->signal_now)
		keep_frequency(rx);
	if (m.signal == LC_SIGNAL_OTHER && lc_spectrum_hunt(&rx->spectrum))
		m = lc_spectrum_look(&rx->spectrum, rx->signal_now);
	if (rx->signal_now >= 0)
		go_on_signal(rx, &m, emit, context);
	else if (rx->signal_now == LC_SIGNAL_SILENCE)
		go_on_silence(rx, &m, emit, context);
	else
		go_on_other(rx, &m, emit, context);
	if (!rx->pending && (rx->signal_now < 0 || rx->strange == 0)) {
		piece = piece_until(rx, rx->heard);
		lc_cadence_hearing(&rx->cadence, &piece, emit, context);
	}
}

void lc_progress_rx_process(struct lc_progress_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context)
{
	while (n > 0) {
		int take = LC_SPECTRUM_BLOCK - rx->fill < n ? LC_SPECTRUM_BLOCK - rx->fill : n;

		for (int i = 0; i < take; i++)
			rx->input[rx->fill + i] = samples[i];
		rx->fill += take;
		rx->heard += take;
		samples += take;
		n -= take;
		if (rx->fill == LC_SPECTRUM_BLOCK) {
			rx->fill = 0;
			lc_spectrum_take(&rx->spectrum, rx->input);
			take_block(rx, emit, context);
		}
	}
}

void lc_progress_rx_skip(struct lc_progress_rx *rx, int n, lc_emit_fn *emit, void *context)
{
	while (n > 0) {
		int take = LC_SPECTRUM_BLOCK - rx->fill < n ? LC_SPECTRUM_BLOCK - rx->fill : n;

		memset(rx->input + rx->fill, 0, (size_t)take * sizeof(rx->input[0]));
		rx->fill += take;
		rx->heard += take;
		n -= take;
		if (rx->fill == LC_SPECTRUM_BLOCK) {
			rx->fill = 0;
			lc_spectrum_take(&rx->spectrum, rx->input);
			take_block(rx, emit, context);
		}
	}
}
