#include "cards/spy/spy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	FIFO_WORDS = 1 << 21, /* 4 MiB: sixteen ports in talk for about ten seconds */
	RUN_WORDS = 1 << 14,  /* written at once */
	HEAD_MOST = 24,       /* of a record: its kind and its length, or a gap */
	NOTES_MOST = 1 << 20, /* bytes */
};

static struct lc_spy *spy_of(struct lc_card *card)
{
	return (struct lc_spy *)card;
}

static void count(_Atomic uint64_t *counter, uint64_t by)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + by, memory_order_relaxed);
}

/* ---- in the tick ------------------------------------------------------------------------------------- */

static void note(struct lc_spy *spy, enum lc_trace_item item, int channel)
{
	lc_trace_put_byte(&spy->tick, item);
	lc_trace_put_byte(&spy->tick, spy->port[channel & 0xff]);
}

static void note_block(struct lc_spy *spy, enum lc_trace_item item, int channel, const int16_t *samples, int n)
{
	bool silent = true;

	for (int i = 0; silent && i < n; i++)
		silent = samples[i] == 0;
	if (silent)
		return;
	note(spy, item, channel);
	lc_trace_put_block(&spy->tick, &spy->ranks, samples, n);
}

static int spy_read(struct lc_card *card, int channel, int16_t *rx, int n)
{
	struct lc_spy *spy = spy_of(card);
	int result = spy->wrapped->ops->read(spy->wrapped, channel, rx, n);

	if (result < 0)
		note(spy, LC_TRACE_FAILED, channel);
	else
		note_block(spy, LC_TRACE_READ, channel, rx, n);
	return result;
}

static int spy_write(struct lc_card *card, int channel, const int16_t *tx, int n)
{
	struct lc_spy *spy = spy_of(card);

	note_block(spy, LC_TRACE_WRITE, channel, tx, n);
	return spy->wrapped->ops->write(spy->wrapped, channel, tx, n);
}

static int spy_hook(struct lc_card *card, int channel, int offhook)
{
	struct lc_spy *spy = spy_of(card);

	note(spy, LC_TRACE_HOOK, channel);
	lc_trace_put_byte(&spy->tick, offhook != 0);
	return spy->wrapped->ops->hook(spy->wrapped, channel, offhook);
}

static int spy_ring(struct lc_card *card, int channel, int on)
{
	struct lc_spy *spy = spy_of(card);

	note(spy, LC_TRACE_RING, channel);
	lc_trace_put_byte(&spy->tick, on != 0);
	return spy->wrapped->ops->ring(spy->wrapped, channel, on);
}

static int spy_feed(struct lc_card *card, int channel, enum lc_feed feed)
{
	struct lc_spy *spy = spy_of(card);

	note(spy, LC_TRACE_FEED, channel);
	lc_trace_put_byte(&spy->tick, feed);
	return spy->wrapped->ops->feed(spy->wrapped, channel, feed);
}

/* The order that led to it is in the trace. */
static int spy_lamp(struct lc_card *card, int channel, int on)
{
	struct lc_card *wrapped = spy_of(card)->wrapped;

	return wrapped->ops->lamp(wrapped, channel, on);
}

static int spy_event(struct lc_card *card, struct lc_card_event *event)
{
	struct lc_spy *spy = spy_of(card);
	int taken = spy->wrapped->ops->event(spy->wrapped, event);

	if (taken == 1 && event->channel < sizeof(spy->port) && spy->port[event->channel] < LC_PORTS_MAX) {
		note(spy, LC_TRACE_WIRE, event->channel);
		lc_trace_put_byte(&spy->tick, event->kind);
		lc_trace_put_signed(&spy->tick, event->value);
	}
	return taken;
}

static void spy_order(struct lc_card *card, const struct lc_command *command)
{
	struct lc_trace_out *tick = &spy_of(card)->tick;

	lc_trace_put_byte(tick, LC_TRACE_ORDER);
	lc_trace_put_byte(tick, command->slot);
	lc_trace_put_number(tick, command->seq);
	lc_trace_put_number(tick, command->kind);
	lc_trace_put_signed(tick, command->a);
	lc_trace_put_signed(tick, command->b);
	lc_trace_put(tick, &command->gain_db, sizeof(command->gain_db));
	lc_trace_put_text(tick, command->text, sizeof(command->text));
}

static void spy_told(struct lc_card *card, const struct lc_event *event)
{
	struct lc_spy *spy = spy_of(card);

	lc_trace_put_byte(&spy->tick, LC_TRACE_TOLD);
	lc_trace_put_byte(&spy->tick, event->slot);
	lc_trace_put_number(&spy->tick, event->kind);
	lc_trace_put_signed(&spy->tick, event->at - spy->now);
	lc_trace_put_signed(&spy->tick, event->value);
	lc_trace_put_signed(&spy->tick, event->extra);
	lc_trace_put_text(&spy->tick, event->text, sizeof(event->text));
}

static void spy_begin(struct lc_card *card)
{
	struct lc_spy *spy = spy_of(card);

	if (spy->wrapped->ops->begin)
		spy->wrapped->ops->begin(spy->wrapped);
}

/* An even number of bytes, if there is room for them. */
static bool put_words(struct lc_spy *spy, const uint8_t *bytes, size_t n)
{
	if (spy->put + n > spy->most || n / 2 > lc_fifo_room(&spy->fifo))
		return false;
	lc_fifo_put(&spy->fifo, bytes, (uint32_t)(n / 2));
	spy->put += n;
	return true;
}

static void put_gap(struct lc_spy *spy, struct lc_trace_out *out)
{
	uint8_t *kind = out->bytes + out->at;

	lc_trace_put_byte(out, 'G');
	lc_trace_put_number(out, spy->missing);
	if (out->at % 2) {
		*kind = 'g';
		lc_trace_put_byte(out, 0);
	}
}

/* What is missing before this tick, then the tick; all or nothing. The body is moved behind its head. */
static bool put_tick(struct lc_spy *spy)
{
	uint8_t head[HEAD_MOST];
	struct lc_trace_out out = {.bytes = head, .size = sizeof(head)};
	size_t before;

	if (spy->missing > LC_TRACE_GAP_MOST)
		return false;
	if (spy->missing)
		put_gap(spy, &out);
	before = out.at;
	do { /* one byte of padding may make the length a byte longer, too */
		if (out.at > before)
			lc_trace_put_byte(&spy->tick, LC_TRACE_PAD);
		out.at = before;
		lc_trace_put_byte(&out, 'T');
		lc_trace_put_number(&out, spy->tick.at - HEAD_MOST);
	} while ((out.at + spy->tick.at - HEAD_MOST) % 2 && !spy->tick.full);
	if (spy->tick.full)
		return false;
	memcpy(spy->body + HEAD_MOST - out.at, head, out.at);
	return put_words(spy, spy->body + HEAD_MOST - out.at, spy->tick.at - HEAD_MOST + out.at);
}

static void spy_end(struct lc_card *card)
{
	struct lc_spy *spy = spy_of(card);

	if (!atomic_load_explicit(&spy->error, memory_order_relaxed) && put_tick(spy)) {
		spy->missing = 0;
		count(&spy->ticks, 1);
	} else {
		spy->missing++;
		count(&spy->lost, 1);
	}
	spy->tick.at = HEAD_MOST;
	spy->tick.full = false;
	spy->now += spy->samples;
	if (spy->wrapped->ops->end)
		spy->wrapped->ops->end(spy->wrapped);
}

/* ---- outside it -------------------------------------------------------------------------------------- */

static int write_all(int fd, const void *bytes, size_t n)
{
	for (const char *at = bytes; n;) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno != EINTR)
			return -errno;
		at += done > 0 ? done : 0;
		n -= done > 0 ? (size_t)done : 0;
	}
	return 0;
}

/* The file side. After an error nothing more is written: a trace with a hole that nobody marked would lie. */
static int spy_io(struct lc_card *card)
{
	struct lc_spy *spy = spy_of(card);
	int16_t run[RUN_WORDS];
	int moved = 0;

	while (lc_fifo_fill(&spy->fifo)) {
		uint32_t n = lc_fifo_fill(&spy->fifo);
		int error = atomic_load_explicit(&spy->error, memory_order_relaxed);

		n = n < RUN_WORDS ? n : RUN_WORDS;
		lc_fifo_take(&spy->fifo, run, n);
		error = error ? error : write_all(spy->fd, run, 2 * n);
		atomic_store_explicit(&spy->error, error, memory_order_relaxed);
		count(&spy->bytes, error ? 0 : 2 * n);
		moved += error ? 0 : (int)(2 * n);
	}
	if (spy->wrapped->ops->io)
		moved += spy->wrapped->ops->io(spy->wrapped);
	return moved;
}

static int spy_wait(struct lc_card *card)
{
	return spy_of(card)->wrapped->ops->wait(spy_of(card)->wrapped);
}

static void free_spy(struct lc_spy *spy)
{
	if (spy->fd >= 0)
		close(spy->fd);
	lc_fifo_destroy(&spy->fifo);
	free(spy);
}

static void spy_close(struct lc_card *card)
{
	struct lc_spy *spy = spy_of(card);
	struct lc_card *wrapped = spy->wrapped;

	spy_io(card);
	free_spy(spy);
	if (wrapped->ops->close)
		wrapped->ops->close(wrapped);
}

static const struct lc_card_ops ops = {
	.name = "spy",
	.read = spy_read,
	.write = spy_write,
	.hook = spy_hook,
	.ring = spy_ring,
	.event = spy_event,
	.feed = spy_feed,
	.lamp = spy_lamp,
	.begin = spy_begin,
	.end = spy_end,
	.order = spy_order,
	.told = spy_told,
	.wait = spy_wait,
	.io = spy_io,
	.close = spy_close,
};

static int write_head(struct lc_spy *spy, const struct lc_config *config, const char *notes)
{
	uint16_t fixed[3] = {config->ports, config->tick_samples, config->echo_delay_ms};
	uint32_t length = (uint32_t)strlen(notes);
	struct lc_trace_out out = {.bytes = spy->body, .size = sizeof(spy->body)};
	int error;

	lc_trace_put(&out, lc_trace_magic, sizeof(lc_trace_magic));
	lc_trace_put(&out, fixed, sizeof(fixed));
	lc_trace_put(&out, config->port_kind, config->ports);
	lc_trace_put(&out, &length, sizeof(length));
	error = write_all(spy->fd, out.bytes, out.at);
	atomic_store(&spy->bytes, out.at + length);
	spy->put = out.at + length;
	return error ? error : write_all(spy->fd, notes, length);
}

static int start(struct lc_spy *spy, const struct lc_config *config, const char *path, const char *notes)
{
	int error = lc_fifo_init(&spy->fifo, FIFO_WORDS);

	lc_trace_ranks_init(&spy->ranks);
	memset(spy->port, LC_PORTS_MAX, sizeof(spy->port));
	for (int port = 0; port < config->ports; port++)
		spy->port[config->channel[port] & 0xff] = (uint8_t)port;
	spy->tick = (struct lc_trace_out){.bytes = spy->body, .size = sizeof(spy->body), .at = HEAD_MOST};
	if (error)
		return error;
	spy->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	return spy->fd < 0 ? -errno : write_head(spy, config, notes);
}

struct lc_card *lc_spy_new(struct lc_card *card, const struct lc_config *config, const char *path, const char *notes,
                           uint64_t most, int *error)
{
	struct lc_spy *spy;

	*error = config->ports < 1 || config->ports > LC_PORTS_MAX || strlen(notes) > NOTES_MOST ? -EINVAL : 0;
	spy = *error ? NULL : calloc(1, sizeof(*spy));
	if (!spy) {
		*error = *error ? *error : -ENOMEM;
		return NULL;
	}
	spy->card.ops = &spy->ops;
	spy->ops = ops;
	spy->ops.feed = card->ops->feed ? ops.feed : NULL;
	spy->ops.lamp = card->ops->lamp ? ops.lamp : NULL;
	spy->ops.wait = card->ops->wait ? ops.wait : NULL;
	spy->wrapped = card;
	spy->samples = config->tick_samples;
	spy->most = most;
	spy->fd = -1;
	*error = start(spy, config, path, notes);
	if (*error) {
		free_spy(spy);
		return NULL;
	}
	return &spy->card;
}

void lc_spy_counters_get(const struct lc_card *card, struct lc_spy_counters *out)
{
	const struct lc_spy *spy = (const struct lc_spy *)card;

	out->trace_ticks = atomic_load_explicit(&spy->ticks, memory_order_relaxed);
	out->trace_lost = atomic_load_explicit(&spy->lost, memory_order_relaxed);
	out->trace_bytes = atomic_load_explicit(&spy->bytes, memory_order_relaxed);
	out->trace_error = (uint64_t)-atomic_load_explicit(&spy->error, memory_order_relaxed);
}
