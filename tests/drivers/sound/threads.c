/* threads.c — an elastic between two threads, under ThreadSanitizer: what was put was taken, left out or is waiting. */
#include <pthread.h>
#include <sched.h>

#include "cards/sound/elastic.h"
#include "check.h"

enum { BLOCKS = 20000, BLOCK = 80 };

static struct lc_elastic elastic;
static _Atomic bool ended;

static void *produce(void *unused)
{
	int16_t block[BLOCK] = {7};

	for (int i = 0; i < BLOCKS; i++) {
		lc_elastic_put(&elastic, block, BLOCK);
		if (i % 3 == 0)
			sched_yield();
	}
	atomic_store(&ended, true);
	return unused;
}

int main(void)
{
	pthread_t producer;
	int16_t out[BLOCK];
	uint64_t taken = 0;

	CHECK_IS(lc_elastic_init(&elastic), 0);
	CHECK_IS(pthread_create(&producer, NULL, produce, NULL), 0);
	while (!atomic_load(&ended)) {
		lc_elastic_take(&elastic, out, BLOCK);
		taken += out[0] == 7 ? BLOCK : 0;
	}
	pthread_join(producer, NULL);
	CHECK(taken + elastic.left_out + elastic.refused + lc_fifo_fill(&elastic.fifo) >= (uint64_t)BLOCKS * BLOCK - BLOCK);
	lc_elastic_destroy(&elastic);
	printf("threads: ok\n");
	return 0;
}
