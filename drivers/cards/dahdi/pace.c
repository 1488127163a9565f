/* pace.c — the card's clock, between ticks; a card that went away is looked for.
 *
 * The driver wakes whoever waits for a block twice: when one was received, and when one has been sent. Each costs several
 * times what being woken by a timer does, so the blocks' own clock is followed with the system's: `due` is a little after
 * the next block should be complete. Is it there by then, `due` comes nearer; is it not, it is waited for, and its time is
 * known anew. A block is taken at most LATE and what it once came late after it came, out of the margin.
 */
#include <errno.h>
#include <poll.h>

#include "cards/dahdi/dahdi.h"

static const int64_t SECOND = 1000000000, LATE = 100000, NEARER = 4000; /* ns; NEARER: more than two clocks drift apart */

static struct lc_dahdi_channel *clock_channel(struct lc_dahdi *card)
{
	for (int i = card->channels - 1; i >= 0; i--)
		if (card->channel[i].fd >= 0 && !card->channel[i].gone)
			return &card->channel[i];
	return NULL;
}

/* To `due`, later by so many ns. */
static void advance(struct lc_dahdi *card, int64_t ns)
{
	ns += card->due.tv_nsec;
	card->due.tv_sec += ns / SECOND;
	card->due.tv_nsec = (long)(ns % SECOND);
}

static void sleep_until_due(const struct lc_dahdi *card)
{
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &card->due, NULL) == EINTR)
		;
}

/* Without a card the system's clock goes on, so that calls can end. */
static void sleep_tick(struct lc_dahdi *card)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	advance(card, SECOND / LC_RATE * card->n);
	if (card->due.tv_sec + 1 < now.tv_sec)
		card->due = now;
	sleep_until_due(card);
}

/* What poll() says, and `ready->revents`, once the block is there; 0: it did not come. */
static int await_block(struct lc_dahdi *card, struct pollfd *ready)
{
	int result;

	if (card->paced) {
		advance(card, SECOND / LC_RATE * card->n - NEARER);
		sleep_until_due(card);
	}
	result = poll(ready, 1, 0);
	if (result == 0) {
		result = poll(ready, 1, 2 * card->n * 1000 / LC_RATE);
		clock_gettime(CLOCK_MONOTONIC, &card->due);
		advance(card, LATE);
		card->paced = result > 0;
	}
	return result;
}

/* A channel that is gone is opened again, which succeeds once the card is back; until then it is tried ever less often. */
static void reopen(struct lc_dahdi *card)
{
	bool lost = false;

	for (int i = 0; i < card->channels; i++) {
		struct lc_dahdi_channel *channel = &card->channel[i];

		if (!channel->gone)
			continue;
		lc_dahdi_channel_close(channel);
		channel->gone = lc_dahdi_channel_open(card, channel) < 0;
		lost |= channel->gone;
		channel->back = !channel->gone;
		if (channel->back)
			card->started = false; /* all begin together again */
	}
	card->lost = lost;
	card->reopen_ms *= 2;
	if (card->reopen_ms > LC_DAHDI_REOPEN_MOST_MS)
		card->reopen_ms = LC_DAHDI_REOPEN_MOST_MS;
}

int lc_dahdi_wait(struct lc_card *base)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	struct lc_dahdi_channel *clock = clock_channel(card);
	int tick_ms = card->n * 1000 / LC_RATE;
	int missed = card->missed;

	card->missed = 0;
	if (clock && card->started) {
		struct pollfd ready = {.fd = clock->fd, .events = POLLIN};

		if (await_block(card, &ready) == 0)
			missed++;
		else if (ready.revents & (POLLERR | POLLHUP | POLLNVAL))
			lc_dahdi_gone(card, clock);
	} else if (!clock) {
		sleep_tick(card);
	}
	if (card->lost && ++card->lost_ticks * tick_ms >= card->reopen_ms) {
		card->lost_ticks = 0;
		reopen(card);
	}
	return missed;
}
