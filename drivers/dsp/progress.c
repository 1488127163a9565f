#include "dsp/progress.h"

#include <math.h>
#include <string.h>

enum {
	BRIDGE = 20 * LC_RATE / 1000, /* samples: a shorter break is none */
	MISTAKEN = 90 * LC_RATE / 1000,
	STRANGE_ON = 3,  /* blocks that end a signal */
	TROUGH_MOST = 4, /* blocks of silence that are no trough of a modulated signal: those last for 22 ms at 16 Hz */
	STRANGE_OFF = 9, /* blocks of other sound that end a silence */
};

static const float off_below = 0.25f;     /* of the plateau: the signal has gone */
static const float silence_below = 0.16f; /* of the plateau: counts as silence */
static const float swing_above = 0.2f;    /* of the mean: a modulated signal is there, not only its trough */
static const float wander_hz = 1.1f;      /* RMS: a singer's or a flute's vibrato is more */
static const float wander_most_hz = 4.0f; /* what one moment can add: a click is no vibrato */
static const float wander_power = 2.0f;   /* 3 dB */

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
	rx->plateau = rx->offset = 0;
}

/* ---- blocks into pieces of time ------------------------------------------------------------------ */

/* How much of the block `ago` blocks back the sound of the plateau filled, in samples. */
static float filled(const struct lc_progress_rx *rx, int ago, float plateau)
{
	return LC_SPECTRUM_BLOCK * fminf(lc_spectrum_power(&rx->spectrum, ago) / plateau, 1.0f);
}

static struct lc_cadence_piece piece_until(const struct lc_progress_rx *rx, int64_t end)
{
	struct lc_cadence_piece piece = {rx->signal_now, rx->since, end, 0, false};

	if (rx->signal_now >= 0)
		piece.hz = lc_spectrum_hz(&rx->spectrum, rx->signal_now) + rx->offset;
	return piece;
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
	rx->since = at;
	rx->strange = rx->blocks = 0;
	rx->wander = 0;
}

/* Of a swinging sound: how many blocks back the first was, counting from 1. */
static int oldest_sound(const struct lc_progress_rx *rx, float plateau)
{
	int ago = LC_SPECTRUM_KEPT - 1;

	while (ago > 0 && lc_spectrum_power(&rx->spectrum, ago) < swing_above * plateau)
		ago--;
	return ago + 1;
}

/* And after its end: how many blocks of silence there are. */
static int newest_sound(const struct lc_progress_rx *rx)
{
	int ago = 0;

	while (ago < LC_SPECTRUM_KEPT - 1 && lc_spectrum_power(&rx->spectrum, ago) < swing_above * rx->plateau)
		ago++;
	return ago;
}

static void begin_signal(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m, lc_emit_fn *emit, void *context)
{
	const struct lc_spectrum *sp = &rx->spectrum;
	bool modulated = lc_spectrum_is_modulated(sp, m->signal);
	float plateau = modulated || lc_spectrum_is_pair(sp, m->signal) ? m->power : lc_spectrum_power(sp, 0);
	float length = LC_SPECTRUM_BLOCK;
	int64_t begin;

	if (modulated)
		length = (float)oldest_sound(rx, plateau) * LC_SPECTRUM_BLOCK;
	else
		for (int ago = 1; ago < lc_spectrum_span(sp, m->signal) && lc_spectrum_power(sp, ago) > 0.02f * plateau; ago++)
			length += filled(rx, ago, plateau);
	begin = rx->heard - (int64_t)length;
	if (rx->pending && rx->before.signal == m->signal && begin - rx->since < BRIDGE) {
		rx->pending = false;
		rx->signal_now = m->signal;
		rx->since = rx->before.begin;
		rx->strange = rx->blocks = 0;
		return;
	}
	change(rx, m->signal, begin, emit, context);
	rx->plateau = plateau;
	rx->offset = m->offset;
}

static void end_signal(struct lc_progress_rx *rx)
{
	float length = filled(rx, 0, rx->plateau) + filled(rx, 1, rx->plateau) + filled(rx, 2, rx->plateau);
	int64_t end = rx->heard - 3 * LC_SPECTRUM_BLOCK + (int64_t)length;

	if (lc_spectrum_is_modulated(&rx->spectrum, rx->signal_now))
		end = rx->heard - newest_sound(rx) * LC_SPECTRUM_BLOCK;
	if (end < rx->since)
		end = rx->since;
	rx->before = piece_until(rx, end);
	rx->pending = true;
	rx->signal_now = LC_SIGNAL_SILENCE;
	rx->since = end;
	rx->strange = 0;
}

/* A network's tone keeps its frequency and level; music and voices do not. */
static bool is_steady(const struct lc_progress_rx *rx, const struct lc_spectrum_seen *m)
{
	if (m->signal != rx->signal_now)
		return false;
	if (rx->blocks < 2)
		return true;
	return rx->wander < wander_hz * wander_hz && m->power < wander_power * rx->plateau &&
	       rx->plateau < wander_power * m->power;
}

/* Mean over as many blocks as it takes not to fall into the beat of two frequencies. */
static float present_power(const struct lc_progress_rx *rx)
{
	float two = (lc_spectrum_power(&rx->spectrum, 0) + lc_spectrum_power(&rx->spectrum, 1)) / 2;

	if (rx->heard - rx->since < MISTAKEN)
		return (2 * two + lc_spectrum_power(&rx->spectrum, 2)) / 3;
	return lc_spectrum_is_pair(&rx->spectrum, rx->signal_now) ? two : lc_spectrum_power(&rx->spectrum, 0);
}

static bool in_trough(const struct lc_progress_rx *rx)
{
	return lc_spectrum_is_modulated(&rx->spectrum, rx->signal_now) && newest_sound(rx) > 0;
}

static bool has_gone(const struct lc_progress_rx *rx)
{
	if (lc_spectrum_is_modulated(&rx->spectrum, rx->signal_now))
		return newest_sound(rx) >= TROUGH_MOST;
	return present_power(rx) < off_below * rx->plateau;
}

/* Follows frequency and how much it wanders, once all blocks looked at are filled with sound. */
static void follow_wander(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m)
{
	float share = 1.0f / (float)(rx->blocks < 16 ? rx->blocks : 16), away;

	if (rx->blocks <= LC_SPECTRUM_PAIR) {
		rx->offset += share * (m->offset - rx->offset);
		return;
	}
	if (lc_spectrum_power(&rx->spectrum, 0) * wander_power < rx->plateau && !lc_spectrum_is_pair(&rx->spectrum, m->signal) &&
	    !lc_spectrum_is_modulated(&rx->spectrum, m->signal))
		return;
	away = fmaxf(fminf(lc_spectrum_fine_offset(&rx->spectrum, m) - rx->offset, wander_most_hz), -wander_most_hz);
	rx->offset += share * away;
	rx->wander += 0.06f * (away * away - rx->wander);
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
		return;
	}
	rx->strange++;
	/* In its first 40 ms a pair may pass for one of its own frequencies, or for nothing known. */
	if (rx->strange < STRANGE_ON || (m->signal < 0 && rx->heard - rx->since < MISTAKEN))
		return;
	turned = rx->heard - rx->strange * LC_SPECTRUM_BLOCK + LC_SPECTRUM_BLOCK / 2;
	if (m->signal >= 0 && m->signal != rx->signal_now) {
		if (rx->heard - rx->since < MISTAKEN)
			rx->signal_now = m->signal;
		else
			change(rx, m->signal, turned, emit, context);
		rx->strange = rx->blocks = 0;
		rx->plateau = m->power;
		rx->offset = m->offset;
	} else {
		change(rx, LC_SIGNAL_OTHER, turned, emit, context);
	}
}

static void go_on_silence(struct lc_progress_rx *rx, const struct lc_spectrum_seen *m, lc_emit_fn *emit, void *context)
{
	if (m->signal >= 0) {
		begin_signal(rx, m, emit, context);
		return;
	}
	rx->strange = m->signal == LC_SIGNAL_OTHER && m->power > silence_below * rx->plateau ? rx->strange + 1 : 0;
	if (rx->heard - rx->since >= BRIDGE)
		flush(rx, emit, context);
	if (rx->strange >= STRANGE_OFF)
		change(rx, LC_SIGNAL_OTHER, rx->heard - rx->strange * LC_SPECTRUM_BLOCK, emit, context);
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

	if (m.signal == LC_SIGNAL_OTHER && lc_spectrum_hunt(&rx->spectrum))
		m = lc_spectrum_look(&rx->spectrum, rx->signal_now);
	if (rx->signal_now >= 0)
		go_on_signal(rx, &m, emit, context);
	else if (rx->signal_now == LC_SIGNAL_SILENCE)
		go_on_silence(rx, &m, emit, context);
	else
		go_on_other(rx, &m, emit, context);
	if (!rx->pending) {
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
