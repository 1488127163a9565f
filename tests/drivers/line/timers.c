#include <errno.h>
#include <string.h>

#include "bench.h"

static void test_the_table_is_consistent(void)
{
	struct lc_timer_info info;
	struct lc_timers timers;
	int rows = 0;

	for (; lc_timer_info(rows, &info) == 0; rows++) {
		CHECK(info.least <= info.standard && info.standard <= info.most);
		CHECK(info.name[0] && info.source[0] && info.reason[0]);
	}
	CHECK_IS(rows * sizeof(uint16_t), sizeof(struct lc_timers));
	CHECK_IS(lc_timer_info(-1, &info), -ENOENT);
	lc_timers_standard(&timers);
	CHECK_IS(lc_timers_check(&timers), 0);
	CHECK_IS(timers.ring_debounce, 100);
	CHECK_IS(timers.callerid_delay, 600);
}

/* Each timer at its bounds passes as far as the others agree, and one step outside does not. */
static void test_bounds(void)
{
	for (int i = 0; i < LC_TIMER_COUNT; i++) {
		struct lc_timer_info info;
		struct lc_timers timers;
		uint16_t *timer = (uint16_t *)&timers + i;

		lc_timers_standard(&timers);
		lc_timer_info(i, &info);
		*timer = info.most;
		CHECK_IS(lc_timers_check(&timers), 0);
		*timer = info.least;
		CHECK_IS(lc_timers_check(&timers), 0);
		*timer = (uint16_t)(info.most + 1);
		CHECK_IS(lc_timers_check(&timers), -ERANGE);
		*timer = (uint16_t)(info.least - 1);
		CHECK_IS(lc_timers_check(&timers), -ERANGE);
	}
}

static void test_minimum_above_maximum(void)
{
	struct lc_timers timers;

	lc_timers_standard(&timers);
	timers.flash_min = 300;
	timers.flash_max = 299;
	CHECK_IS(lc_timers_check(&timers), -ERANGE);
	timers.flash_min = 80;
	timers.flash_max = 120;
	timers.pulse_break_max = 121;
	CHECK_IS(lc_timers_check(&timers), -ERANGE);
	timers.pulse_break_max = 120;
	CHECK_IS(lc_timers_check(&timers), 0);
}

int main(void)
{
	test_the_table_is_consistent();
	test_bounds();
	test_minimum_above_maximum();
	return 0;
}
