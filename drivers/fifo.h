/* fifo.h — samples, or words of a trace, between the tick and the I/O thread: one producer, one consumer, no lock.
 *
 * The same two counters as ring.h, but whole runs are copied at once, because files are read and written in
 * runs of thousands of samples.
 */
#ifndef CALLBOX_FIFO_H
#define CALLBOX_FIFO_H

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct lc_fifo {
	_Alignas(64) _Atomic uint32_t head;
	_Alignas(64) _Atomic uint32_t tail;
	uint32_t samples; /* a power of two */
	int16_t *data;
};

static inline int lc_fifo_init(struct lc_fifo *fifo, uint32_t samples)
{
	memset(fifo, 0, sizeof(*fifo));
	fifo->data = calloc(samples, sizeof(*fifo->data));
	fifo->samples = samples;
	return fifo->data ? 0 : -ENOMEM;
}

static inline void lc_fifo_destroy(struct lc_fifo *fifo)
{
	free(fifo->data);
	fifo->data = NULL;
}

/* Only while neither side moves. */
static inline void lc_fifo_reset(struct lc_fifo *fifo)
{
	atomic_store_explicit(&fifo->tail, 0, memory_order_relaxed);
	atomic_store_explicit(&fifo->head, 0, memory_order_release);
}

static inline uint32_t lc_fifo_fill(const struct lc_fifo *fifo)
{
	uint32_t tail = atomic_load_explicit(&fifo->tail, memory_order_acquire);
	return atomic_load_explicit(&fifo->head, memory_order_acquire) - tail;
}

static inline uint32_t lc_fifo_room(const struct lc_fifo *fifo)
{
	return fifo->samples - lc_fifo_fill(fifo);
}

/* Producer: n must not exceed the room. */
static inline void lc_fifo_put(struct lc_fifo *fifo, const void *samples, uint32_t n)
{
	uint32_t head = atomic_load_explicit(&fifo->head, memory_order_relaxed);
	uint32_t at = head & (fifo->samples - 1);
	uint32_t first = n < fifo->samples - at ? n : fifo->samples - at;
	memcpy(fifo->data + at, samples, first * sizeof(*fifo->data));
	memcpy(fifo->data, (const char *)samples + first * sizeof(*fifo->data), (n - first) * sizeof(*fifo->data));
	atomic_store_explicit(&fifo->head, head + n, memory_order_release);
}

/* Consumer: n must not exceed the fill. */
static inline void lc_fifo_take(struct lc_fifo *fifo, int16_t *samples, uint32_t n)
{
	uint32_t tail = atomic_load_explicit(&fifo->tail, memory_order_relaxed);
	uint32_t at = tail & (fifo->samples - 1);
	uint32_t first = n < fifo->samples - at ? n : fifo->samples - at;
	memcpy(samples, fifo->data + at, first * sizeof(*samples));
	memcpy(samples + first, fifo->data, (n - first) * sizeof(*samples));
	atomic_store_explicit(&fifo->tail, tail + n, memory_order_release);
}

#endif
