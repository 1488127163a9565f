#include "cards/sound/elastic.h"

#include "linecard.h"

enum {
	MS = LC_RATE / 1000,
	STEP = 10 * MS, /* by which the reserve may be wrong, and changes */
	LOOK = LC_RATE, /* the least of so many samples is looked at */
	CALM = 60 * LC_RATE,
};

static void count(_Atomic uint64_t *counter, uint64_t by)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

int lc_elastic_init(struct lc_elastic *elastic)
{
	memset(elastic, 0, sizeof(*elastic));
	elastic->spare = LC_ELASTIC_SPARE_LEAST * MS;
	return lc_fifo_init(&elastic->fifo, LC_ELASTIC_HOLDS * MS);
}

void lc_elastic_destroy(struct lc_elastic *elastic)
{
	lc_fifo_destroy(&elastic->fifo);
}

void lc_elastic_put(struct lc_elastic *elastic, const int16_t *samples, uint32_t n)
{
	if (lc_fifo_room(&elastic->fifo) >= n)
		lc_fifo_put(&elastic->fifo, samples, n);
	else
		count(&elastic->refused, n);
}

static void skip(struct lc_elastic *elastic, uint32_t n)
{
	uint32_t tail = atomic_load_explicit(&elastic->fifo.tail, memory_order_relaxed);

	atomic_store_explicit(&elastic->fifo.tail, tail + n, memory_order_release);
}

static void look_anew(struct lc_elastic *elastic)
{
	elastic->looked = 0;
	elastic->least = elastic->fifo.samples;
}

void lc_elastic_rest(struct lc_elastic *elastic)
{
	skip(elastic, lc_fifo_fill(&elastic->fifo));
	elastic->began = elastic->flowing = false;
	elastic->calm = 0;
}

/* It ran out: the other side stood still for longer than the reserve. */
static void dry(struct lc_elastic *elastic)
{
	elastic->flowing = false;
	elastic->calm = 0;
	if (elastic->spare < LC_ELASTIC_SPARE_MOST * MS)
		elastic->spare += STEP;
}

/* Once a second: how the clocks have drifted. True: silence is due in place of a block. */
static bool drifted(struct lc_elastic *elastic)
{
	uint32_t least = elastic->least, surplus = least - elastic->spare;

	look_anew(elastic);
	if (least > elastic->spare + STEP) {
		skip(elastic, surplus);
		count(&elastic->left_out, surplus);
	}
	return least + STEP < elastic->spare;
}

static void silence(struct lc_elastic *elastic, int16_t *samples, uint32_t n)
{
	memset(samples, 0, n * sizeof(*samples));
	if (elastic->began)
		count(&elastic->inserted, n);
}

void lc_elastic_take(struct lc_elastic *elastic, int16_t *samples, uint32_t n)
{
	uint32_t fill = lc_fifo_fill(&elastic->fifo);

	if (elastic->flowing && fill < n)
		dry(elastic);
	if (!elastic->flowing && fill < elastic->spare + n) {
		silence(elastic, samples, n);
		return;
	}
	if (!elastic->flowing)
		look_anew(elastic);
	elastic->began = elastic->flowing = true;
	elastic->looked += n;
	elastic->calm += n;
	if (elastic->calm >= CALM) {
		elastic->calm = n;
		if (elastic->spare > LC_ELASTIC_SPARE_LEAST * MS)
			elastic->spare -= STEP;
	}
	if (elastic->looked >= LOOK && drifted(elastic)) {
		silence(elastic, samples, n);
		return;
	}
	lc_fifo_take(&elastic->fifo, samples, n);
	if (fill - n < elastic->least)
		elastic->least = fill - n;
}
