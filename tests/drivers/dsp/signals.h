/* signals.h — what the tests of the ears listen to. Made here with sin(), never by the code under test. */
#ifndef CALLBOX_TEST_SIGNALS_H
#define CALLBOX_TEST_SIGNALS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "linecard.h"

#define TEST_PI 3.14159265358979323846

static int failures __attribute__((unused));

#define CHECK(condition, ...)                                                          \
	do {                                                                           \
		if (!(condition)) {                                                    \
			failures++;                                                    \
			printf("%s:%d: not so: %s: ", __FILE__, __LINE__, #condition); \
			printf(__VA_ARGS__);                                           \
			printf("\n");                                                  \
		}                                                                      \
	} while (0)

/* A seeded generator, the same on every machine. */
static uint32_t random_state = 1;

static inline uint32_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static inline double random_unit(void)
{
	return random_bits() / 4294967296.0;
}

static inline double random_normal(void)
{
	return sqrt(-2 * log(random_unit() + 1e-12)) * cos(2 * TEST_PI * random_unit());
}

struct signal {
	int n;
	double *x;
	int16_t *pcm;
};

static inline struct signal signal_new(int n)
{
	struct signal s = {n, calloc((size_t)n, sizeof(double)), calloc((size_t)n, sizeof(int16_t))};

	return s;
}

static inline void signal_free(struct signal *s)
{
	free(s->x);
	free(s->pcm);
}

static inline double peak_of(double dbm0)
{
	return 22826.0 * pow(10, dbm0 / 20);
}

/* A sine from sample `from` on, of `length` samples, at a random phase. */
static inline void add_sine(struct signal *s, double hz, double dbm0, double from, double length)
{
	double phase = 2 * TEST_PI * random_unit(), peak = peak_of(dbm0);

	for (int i = (int)ceil(from); i < from + length && i < s->n; i++)
		s->x[i] += peak * sin(2 * TEST_PI * hz * i / LC_RATE + phase);
}

static inline void add_noise(struct signal *s, double dbm0)
{
	double rms = peak_of(dbm0) / sqrt(2);

	for (int i = 0; i < s->n; i++)
		s->x[i] += rms * random_normal();
}

/* ITU-T G.711 A-law there and back: what any exchange does to a sample. */
static inline int16_t through_alaw(double value)
{
	int x = (int)lrint(value), sign = x < 0 ? -1 : 1, magnitude = abs(x), step;

	if (magnitude > 32767)
		magnitude = 32767;
	step = 16;
	for (int top = 512; top <= magnitude && step < 1024; top *= 2)
		step *= 2;
	return (int16_t)(sign * (magnitude / step * step + step / 2));
}

static inline void quantise(struct signal *s)
{
	for (int i = 0; i < s->n; i++)
		s->pcm[i] = through_alaw(s->x[i]);
}

/* Events as they come, with the sample count at which they were told. */
struct heard {
	int n;
	int64_t now;
	int64_t told[4096];
	struct lc_event event[4096];
};

static inline void hear(void *context, const struct lc_event *event)
{
	struct heard *h = context;

	if (h->n < 4096) {
		h->told[h->n] = h->now;
		h->event[h->n++] = *event;
	}
}

static inline int count_kind(const struct heard *h, int kind)
{
	int n = 0;

	for (int i = 0; i < h->n; i++)
		n += h->event[i].kind == kind;
	return n;
}

/* 16-bit mono 8 kHz samples of a WAV or raw file given by the caller of the test. */
static inline struct signal signal_load(const char *path)
{
	struct signal s = {0, NULL, NULL};
	FILE *f = fopen(path, "rb");
	long bytes;

	if (!f)
		return s;
	fseek(f, 0, SEEK_END);
	bytes = ftell(f);
	rewind(f);
	s = signal_new((int)(bytes / 2));
	if (fread(s.pcm, 2, (size_t)s.n, f) != (size_t)s.n)
		s.n = 0;
	fclose(f);
	return s;
}

#endif
