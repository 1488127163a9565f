/* listener.c — a port's ears and players' generators without a port: callbox detect, callbox make-audio. */
#include <errno.h>
#include <stdlib.h>

#include "core/player.h"
#include "dsp/ears.h"
#include "linecard.h"

enum { TICK = 10 * LC_RATE / 1000 };

struct lc_listener {
	struct lc_plan plan;
	struct lc_ears ears;
	struct lc_event *out; /* of the feed under way */
	int most, count;
};

struct lc_listener *lc_listener_new(const struct lc_plan *plan, unsigned ears, int *error)
{
	struct lc_listener *listener = calloc(1, sizeof(*listener));
	*error = listener ? 0 : -ENOMEM;
	if (!listener)
		return NULL;
	listener->plan = *plan;
	lc_ears_init(&listener->ears, &listener->plan);
	lc_ears_listen(&listener->ears, ears);
	return listener;
}

void lc_listener_free(struct lc_listener *listener)
{
	free(listener);
}

static void collect(void *context, const struct lc_event *event)
{
	struct lc_listener *listener = context;
	if (listener->count < listener->most)
		listener->out[listener->count] = *event;
	listener->count++;
}

int lc_listener_feed(struct lc_listener *listener, const int16_t *samples, int n, struct lc_event *events, int most)
{
	listener->out = events;
	listener->most = most;
	listener->count = 0;
	for (int at = 0; at < n; at += TICK) /* as a port is fed: what is quiet is judged tick by tick */
		lc_ears_process(&listener->ears, samples + at, n - at < TICK ? n - at : TICK, collect, listener);
	return listener->count <= most ? listener->count : -ENOSPC;
}

int lc_make(const struct lc_plan *plan, const struct lc_command *command, int16_t *out, int most)
{
	struct lc_maker maker;
	int result = lc_maker_init(&maker, plan, command);
	if (result)
		return result;
	int made = lc_maker_read(&maker, out, most);
	int16_t more;
	return made == most && lc_maker_read(&maker, &more, 1) ? -ENOSPC : made;
}
