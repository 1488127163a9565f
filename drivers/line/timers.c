#include "line/timers.h"

#include <errno.h>
#include <stddef.h>

static const struct lc_timer_info table[LC_TIMER_COUNT] = {
#define LC_TIMER_ROW(name, standard, least, most, source, reason) {#name, standard, least, most, source, reason},
	LC_TIMERS(LC_TIMER_ROW)
#undef LC_TIMER_ROW
};

static const size_t place[LC_TIMER_COUNT] = {
#define LC_TIMER_PLACE(name, standard, least, most, source, reason) offsetof(struct lc_timers, name),
	LC_TIMERS(LC_TIMER_PLACE)
#undef LC_TIMER_PLACE
};

_Static_assert(sizeof(struct lc_timers) == LC_TIMER_COUNT * sizeof(uint16_t), "a timer is missing in LC_TIMERS");

static uint16_t value(const struct lc_timers *timers, int index)
{
	return *(const uint16_t *)((const char *)timers + place[index]);
}

int lc_timer_info(int index, struct lc_timer_info *out)
{
	if (index < 0 || index >= LC_TIMER_COUNT)
		return -ENOENT;
	*out = table[index];
	return 0;
}

void lc_timers_standard(struct lc_timers *out)
{
	for (int i = 0; i < LC_TIMER_COUNT; i++)
		*(uint16_t *)((char *)out + place[i]) = table[i].standard;
}

int lc_timers_check(const struct lc_timers *timers)
{
	for (int i = 0; i < LC_TIMER_COUNT; i++)
		if (value(timers, i) < table[i].least || value(timers, i) > table[i].most)
			return -ERANGE;
	if (timers->flash_min > timers->flash_max || timers->pulse_break_min > timers->pulse_break_max)
		return -ERANGE;
	return timers->pulse_break_max > timers->flash_max ? -ERANGE : 0;
}
