/* elastic.c — two clocks that drift, a side that stands still: what is kept waiting stays small, and all is counted. */
#include "cards/sound/elastic.h"

#include "check.h"

enum { BLOCK = 80, RATE = 8000, TICK = 80 };

/* Runs `seconds`; the producer's clock is `ppm` fast. The most that waited after a take, in samples. */
static uint32_t run(struct lc_elastic *elastic, double ppm, int seconds)
{
	int16_t block[BLOCK] = {1}, out[BLOCK];
	double due = 0;
	uint32_t most = 0;

	for (int tick = 0; tick < seconds * RATE / TICK; tick++) {
		for (due += TICK * (1 + ppm * 1e-6); due >= BLOCK; due -= BLOCK)
			lc_elastic_put(elastic, block, BLOCK);
		lc_elastic_take(elastic, out, TICK);
		if (lc_fifo_fill(&elastic->fifo) > most)
			most = lc_fifo_fill(&elastic->fifo);
	}
	return most;
}

static void same_clock(void)
{
	struct lc_elastic elastic;

	CHECK_IS(lc_elastic_init(&elastic), 0);
	CHECK_IS(run(&elastic, 0, 60), LC_ELASTIC_SPARE_LEAST * RATE / 1000);
	CHECK_IS(elastic.inserted, 0);
	CHECK_IS(elastic.left_out + elastic.refused, 0);
	lc_elastic_destroy(&elastic);
}

/* What the clocks differ by is left out or inserted, give or take the reserve, and the delay stays. */
static void drift(double ppm)
{
	struct lc_elastic elastic;
	enum { SECONDS = 1800 };
	double samples = fabs(ppm) * 1e-6 * SECONDS * RATE;

	CHECK_IS(lc_elastic_init(&elastic), 0);
	CHECK(run(&elastic, ppm, SECONDS) <= 5 * BLOCK);
	CHECK_NEAR((double)elastic.left_out, ppm > 0 ? samples : 0, 3 * BLOCK);
	CHECK_NEAR((double)elastic.inserted, ppm < 0 ? samples : 0, 3 * BLOCK);
	CHECK_IS(elastic.refused, 0);
	lc_elastic_destroy(&elastic);
}

/* It stands still for 50 ms, then all comes at once; within two seconds the delay is as the larger reserve wants it. */
static void stall(void)
{
	struct lc_elastic elastic;
	int16_t block[BLOCK] = {1}, out[BLOCK];

	CHECK_IS(lc_elastic_init(&elastic), 0);
	run(&elastic, 0, 5);
	for (int i = 0; i < 5; i++)
		lc_elastic_take(&elastic, out, TICK);
	CHECK_IS(elastic.inserted, 3 * TICK);
	for (int i = 0; i < 5; i++)
		lc_elastic_put(&elastic, block, BLOCK);
	run(&elastic, 0, 2);
	CHECK_IS(elastic.spare, (LC_ELASTIC_SPARE_LEAST + 10) * RATE / 1000);
	CHECK(lc_fifo_fill(&elastic.fifo) <= elastic.spare + BLOCK);
	run(&elastic, 0, 61);
	CHECK_IS(elastic.spare, LC_ELASTIC_SPARE_LEAST * RATE / 1000);
	lc_elastic_destroy(&elastic);
}

/* Nobody takes, then nobody puts, then it rests. */
static void alone(void)
{
	struct lc_elastic elastic;
	int16_t block[BLOCK] = {1}, out[BLOCK];

	CHECK_IS(lc_elastic_init(&elastic), 0);
	for (int i = 0; i < 100; i++)
		lc_elastic_put(&elastic, block, BLOCK);
	CHECK_IS(elastic.refused, 100 * BLOCK - LC_ELASTIC_HOLDS * RATE / 1000 / BLOCK * BLOCK);
	for (int i = 0; i < 100; i++)
		lc_elastic_take(&elastic, out, TICK);
	CHECK_IS(out[0], 0);
	CHECK(elastic.inserted > 0);
	lc_elastic_rest(&elastic);
	uint64_t before = elastic.inserted;
	lc_elastic_take(&elastic, out, TICK);
	CHECK_IS(elastic.inserted, (long long)before);
	lc_elastic_destroy(&elastic);
}

int main(void)
{
	same_clock();
	drift(200);
	drift(-200);
	drift(35);
	drift(-35);
	stall();
	alone();
	printf("elastic: ok\n");
	return 0;
}
