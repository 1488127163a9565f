/* echo_scene.h — one line with a hybrid, somebody at its far end, noise and A-law; what the canceller makes of it. */
#ifndef CALLBOX_TEST_ECHO_SCENE_H
#define CALLBOX_TEST_ECHO_SCENE_H

#include "echo_path.h"

struct scene {
	int n;
	struct signal sent; /* the reference: .pcm, A-law coded */
	double *echo;       /* what the hybrid returns of it */
	double *near;       /* the far party as the port hears him, noise of the line included */
	int16_t *line;      /* both, A-law coded: what the port receives */
	int16_t *out;       /* after the canceller */
	struct lc_echo canceller;
};

static inline struct scene *scene_new(int seconds)
{
	struct scene *s = calloc(1, sizeof(*s));

	s->n = seconds * LC_RATE;
	s->sent = signal_new(s->n);
	s->echo = calloc((size_t)s->n, sizeof(double));
	s->near = calloc((size_t)s->n, sizeof(double));
	s->line = calloc((size_t)s->n, sizeof(int16_t));
	s->out = calloc((size_t)s->n, sizeof(int16_t));
	lc_echo_init(&s->canceller, 16, 0);
	return s;
}

static inline void scene_free(struct scene *s)
{
	signal_free(&s->sent);
	free(s->echo);
	free(s->near);
	free(s->line);
	free(s->out);
	free(s);
}

/* Adds `what`, repeated if too short, from `skip` samples on, at a level in dBm0, to seconds from .. to of x. */
static inline void mix(double *x, const struct signal *what, int skip, double from, double to, double dbm0)
{
	double factor = pow(10, (dbm0 - level_of(what->x, 0, what->n)) / 20);

	for (int i = (int)(from * LC_RATE); i < to * LC_RATE; i++)
		x[i] += factor * what->x[(i + skip) % what->n];
}

static inline void mix_tone(double *x, double hz, double from, double to, double dbm0)
{
	for (int i = (int)(from * LC_RATE); i < to * LC_RATE; i++)
		x[i] += peak_of(dbm0) * sin(2 * TEST_PI * hz * i / LC_RATE);
}

static inline void mix_noise(double *x, double from, double to, double dbm0)
{
	for (int i = (int)(from * LC_RATE); i < to * LC_RATE; i++)
		x[i] += peak_of(dbm0) / sqrt(2) * random_normal();
}

/* The hybrid, for seconds from .. to. Call after all of `sent` is mixed. */
static inline void scene_echo(struct scene *s, double from, double to, int path, double erl, int delay)
{
	quantise(&s->sent);
	add_echo(s->echo, s->sent.pcm, (int)(from * LC_RATE), (int)(to * LC_RATE), path, erl, delay);
}

/* The canceller hears seconds from .. to in ticks of 10 ms. */
static inline void scene_run(struct scene *s, double from, double to)
{
	quantise(&s->sent);
	for (int i = (int)(from * LC_RATE); i < (int)(to * LC_RATE); i += 80) {
		for (int k = i; k < i + 80; k++)
			s->out[k] = s->line[k] = through_alaw(s->echo[k] + s->near[k]);
		lc_echo_process(&s->canceller, s->sent.pcm + i, s->out + i, 80);
	}
}

/* Power in dBm0 of the echo that is left over seconds from .. to: the true echo less the replica, without the far
 * party, noise and the code's error, all of which no canceller takes out. */
static inline double residual(const struct scene *s, double from, double to)
{
	int n = (int)(to * LC_RATE) - (int)(from * LC_RATE);
	double sum = 0;

	for (int i = (int)(from * LC_RATE); i < (int)(to * LC_RATE); i++) {
		double left = s->echo[i] - (s->line[i] - s->out[i]);

		sum += left * left;
	}
	return 10 * log10(sum / n / (22826.0 * 22826.0 / 2) + 1e-12);
}

/* Echo return loss enhancement in dB over seconds from .. to, of the echo alone as above. */
static inline double erle(const struct scene *s, double from, double to)
{
	return level_of(s->echo, (int)(from * LC_RATE), (int)(to * LC_RATE)) - residual(s, from, to);
}

/* The same as a meter at the port would read it, the code's error included; only with nobody at the far end. */
static inline double erle_metered(const struct scene *s, double from, double to)
{
	double before = 0, after = 1e-9;

	for (int i = (int)(from * LC_RATE); i < (int)(to * LC_RATE); i++) {
		before += (double)s->line[i] * s->line[i];
		after += (double)s->out[i] * s->out[i];
	}
	return 10 * log10(before / after);
}

/* Gain in dB at which the far party is found in `what` over samples from .. to. */
static inline double near_gain(const struct scene *s, const int16_t *what, int from, int to)
{
	double own = 0, cross = 0;

	for (int i = from; i < to; i++) {
		own += s->near[i] * s->near[i];
		cross += s->near[i] * what[i];
	}
	return 20 * log10(fmax(cross / own, 1e-6));
}

#endif
