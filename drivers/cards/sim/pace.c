/* pace.c — the simulated card's clock, when it is run in real time. */
#include <errno.h>
#include <time.h>

#include "cards/sim/sim.h"

static const int64_t SECOND = 1000000000; /* ns */

static void advance(struct timespec *time, int64_t ns)
{
	ns += time->tv_nsec;
	time->tv_sec += ns / SECOND;
	time->tv_nsec = ns % SECOND;
}

int lc_sim_wait(struct lc_card *card)
{
	struct lc_sim_card *end = (struct lc_sim_card *)card;
	int64_t period = SECOND / LC_RATE * end->sim->tick_samples;
	struct timespec now;
	int64_t late;
	int missed = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!end->started)
		end->due = now;
	end->started = true;
	advance(&end->due, period);
	late = (now.tv_sec - end->due.tv_sec) * SECOND + now.tv_nsec - end->due.tv_nsec;
	if (late > period) {
		missed = (int)(late / period);
		advance(&end->due, missed * period);
	}
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end->due, NULL) == EINTR)
		;
	return missed;
}
