/* The rings between two threads, under ThreadSanitizer: nothing lost, nothing twice, order kept. */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>

#include "core/ring.h"
#include "fifo.h"

enum { MESSAGES = 200000, SAMPLES = 1 << 20 };

struct message {
	uint64_t number, echo[7];
};

static struct lc_ring *ring;
static struct lc_fifo fifo;

static void *produce(void *unused)
{
	for (uint64_t i = 0; i < MESSAGES; i++) {
		struct message message = {i, {i, i, i, i, i, i, i}};
		while (!lc_ring_put(ring, &message))
			sched_yield();
	}
	for (uint32_t i = 0; i < SAMPLES;) {
		int16_t run[333];
		uint32_t n = SAMPLES - i < 333 ? SAMPLES - i : 333;
		for (uint32_t k = 0; k < n; k++)
			run[k] = (int16_t)(i + k);
		while (lc_fifo_room(&fifo) < n)
			sched_yield();
		lc_fifo_put(&fifo, run, n);
		i += n;
	}
	return unused;
}

int main(void)
{
	pthread_t producer;
	ring = lc_ring_new(64, sizeof(struct message));
	assert(ring && !lc_fifo_init(&fifo, 1024));
	assert(!pthread_create(&producer, NULL, produce, NULL));
	for (uint64_t i = 0; i < MESSAGES;) {
		struct message message;
		if (!lc_ring_take(ring, &message)) {
			sched_yield();
			continue;
		}
		assert(message.number == i);
		for (int k = 0; k < 7; k++)
			assert(message.echo[k] == i);
		i++;
	}
	for (uint32_t i = 0; i < SAMPLES;) {
		int16_t run[100];
		uint32_t n = SAMPLES - i < 100 ? SAMPLES - i : 100;
		while (lc_fifo_fill(&fifo) < n)
			sched_yield();
		lc_fifo_take(&fifo, run, n);
		for (uint32_t k = 0; k < n; k++)
			assert(run[k] == (int16_t)(i + k));
		i += n;
	}
	pthread_join(producer, NULL);
	assert(lc_ring_fill(ring) == 0 && lc_fifo_fill(&fifo) == 0);

	/* Full is full, and what is refused is not half there. */
	struct message message = {0};
	for (int i = 0; i < 64; i++)
		assert(lc_ring_put(ring, &message));
	assert(!lc_ring_put(ring, &message) && lc_ring_fill(ring) == 64);
	free(ring);
	lc_fifo_destroy(&fifo);
	puts("ring: ok");
	return 0;
}
