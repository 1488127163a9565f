/* ring.h — a ring of fixed-size messages between one producer and one consumer.
 *
 * No lock and no pointer inside: the whole ring is one block that may lie in shared memory. The producer
 * writes a cell and then publishes it with a release store of `head`; the consumer's acquire load of `head`
 * makes the cell visible. `tail` goes the other way. Both only ever grow (modulo 2^32), so full and empty
 * need no spare cell.
 */
#ifndef CALLBOX_RING_H
#define CALLBOX_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct lc_ring {
	_Alignas(64) _Atomic uint32_t head; /* written by the producer */
	_Alignas(64) _Atomic uint32_t tail; /* written by the consumer */
	_Alignas(64) uint32_t cells;        /* a power of two */
	uint32_t cell_bytes;
	_Alignas(64) unsigned char data[];
};

static inline size_t lc_ring_bytes(uint32_t cells, uint32_t cell_bytes)
{
	size_t bytes = sizeof(struct lc_ring) + (size_t)cells * cell_bytes;
	return (bytes + 63) & ~(size_t)63;
}

/* NULL: no memory. `cells` must be a power of two. */
static inline struct lc_ring *lc_ring_new(uint32_t cells, uint32_t cell_bytes)
{
	struct lc_ring *ring = aligned_alloc(64, lc_ring_bytes(cells, cell_bytes));
	if (ring) {
		memset(ring, 0, lc_ring_bytes(cells, cell_bytes));
		ring->cells = cells;
		ring->cell_bytes = cell_bytes;
	}
	return ring;
}

/* Producer only. False: full. */
static inline bool lc_ring_put(struct lc_ring *ring, const void *cell)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	if (head - tail == ring->cells)
		return false;
	memcpy(ring->data + (size_t)(head & (ring->cells - 1)) * ring->cell_bytes, cell, ring->cell_bytes);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

/* Consumer only. False: empty. */
static inline bool lc_ring_take(struct lc_ring *ring, void *cell)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	if (head == tail)
		return false;
	memcpy(cell, ring->data + (size_t)(tail & (ring->cells - 1)) * ring->cell_bytes, ring->cell_bytes);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

/* Either side; the other may move meanwhile. */
static inline uint32_t lc_ring_fill(const struct lc_ring *ring)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
}

#endif
