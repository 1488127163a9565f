/* reader.c — a trace in memory as a card. Bytes from outside: everything is checked before it is believed. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cards/spy/trace.h"

static struct lc_trace *trace_of(struct lc_card *card)
{
	return (struct lc_trace *)card;
}

/* ---- items ------------------------------------------------------------------------------------------- */

/* One item of a tick. What it holds goes where it is wanted, and is read over where that is NULL. */
struct item {
	enum lc_trace_item kind;
	unsigned port;
	struct lc_trace *tick; /* blocks and news of the wires */
	struct lc_command *order;
	struct lc_event *told;
};

static void take_order(struct lc_trace_in *in, struct item *out)
{
	struct lc_command order = {.slot = (uint16_t)out->port};
	const uint8_t *gain;

	order.seq = (uint32_t)lc_trace_take_number(in);
	order.kind = (uint16_t)lc_trace_take_number(in);
	order.a = (int32_t)lc_trace_take_signed(in);
	order.b = (int32_t)lc_trace_take_signed(in);
	gain = lc_trace_take(in, sizeof(order.gain_db));
	if (gain)
		memcpy(&order.gain_db, gain, sizeof(order.gain_db));
	lc_trace_take_text(in, order.text, sizeof(order.text));
	if (out->order)
		*out->order = order;
}

static void take_told(struct lc_trace_in *in, struct item *out)
{
	struct lc_event told = {.slot = (uint16_t)out->port};

	told.kind = (uint16_t)lc_trace_take_number(in);
	told.at = lc_trace_take_signed(in);
	told.value = (int32_t)lc_trace_take_signed(in);
	told.extra = (int32_t)lc_trace_take_signed(in);
	lc_trace_take_text(in, told.text, sizeof(told.text));
	in->broken = in->broken || told.kind <= LC_EV_ACK || told.kind >= LC_EV_KINDS;
	if (out->told)
		*out->told = told;
}

static void take_wire(struct lc_trace_in *in, struct item *out)
{
	struct lc_card_event wire = {.channel = (uint16_t)out->port};

	wire.kind = (uint16_t)lc_trace_take_byte(in);
	wire.value = (int32_t)lc_trace_take_signed(in);
	in->broken = in->broken || wire.kind >= LC_CARD_EVENTS;
	if (out->tick && !in->broken)
		out->tick->news[out->tick->wires++] = wire;
}

static void take_block(const struct lc_trace *trace, struct lc_trace_in *in, struct item *out)
{
	int16_t over[LC_TICK_SAMPLES_MAX], *to = over;

	if (in->broken)
		return;
	if (out->tick)
		to = out->kind == LC_TRACE_READ ? out->tick->read[out->port] : out->tick->wrote[out->port];
	lc_trace_take_block(in, to, trace->info.tick_samples);
}

/* False: the end, or `in` is broken. */
static bool take_item(const struct lc_trace *trace, struct lc_trace_in *in, struct item *out)
{
	if (in->at == in->size || in->broken)
		return false;
	out->kind = (enum lc_trace_item)lc_trace_take_byte(in);
	out->port = out->kind == LC_TRACE_PAD ? 0 : lc_trace_take_byte(in);
	in->broken = in->broken || out->port >= trace->info.ports;
	switch (out->kind) {
	case LC_TRACE_PAD:
		break;
	case LC_TRACE_FAILED:
		if (out->tick && !in->broken)
			out->tick->failed[out->port] = true;
		break;
	case LC_TRACE_ORDER:
		take_order(in, out);
		break;
	case LC_TRACE_WIRE:
		take_wire(in, out);
		break;
	case LC_TRACE_READ:
	case LC_TRACE_WRITE:
		take_block(trace, in, out);
		break;
	case LC_TRACE_HOOK:
	case LC_TRACE_RING:
	case LC_TRACE_FEED:
		lc_trace_take_byte(in);
		break;
	case LC_TRACE_TOLD:
		take_told(in, out);
		break;
	default:
		in->broken = true;
	}
	return !in->broken;
}

/* ---- records ----------------------------------------------------------------------------------------- */

/* The next record: a tick's body in *body, or *gap ticks that are missing. False: the end, or it makes no sense. */
static bool take_record(struct lc_trace_in *in, struct lc_trace_in *body, uint64_t *gap)
{
	unsigned kind = in->at < in->size ? lc_trace_take_byte(in) : 0;
	uint64_t number = kind ? lc_trace_take_number(in) : 0;

	*gap = 0;
	if (kind == 'T' && number <= LC_TRACE_BODY_MOST) {
		*body = (struct lc_trace_in){.size = (size_t)number};
		body->bytes = lc_trace_take(in, (size_t)number);
	} else if ((kind == 'G' || kind == 'g') && number >= 1 && number <= LC_TRACE_GAP_MOST) {
		*gap = number;
		lc_trace_take(in, kind == 'g');
	} else {
		return false;
	}
	return !in->broken;
}

static bool body_is_sound(const struct lc_trace *trace, struct lc_trace_in body)
{
	int wires = 0;

	for (struct item item = {0}; take_item(trace, &body, &item);)
		wires += item.kind == LC_TRACE_WIRE;
	return !body.broken && wires <= LC_TRACE_WIRES_MOST;
}

/* Goes through all of it once, so that nothing in a tick can fail. */
static void scan(struct lc_trace *trace)
{
	struct lc_trace_in in = trace->records, body;
	uint64_t gap;

	while (take_record(&in, &body, &gap) && (gap || body_is_sound(trace, body))) {
		trace->info.ticks += gap ? gap : 1;
		trace->info.missing += gap;
		trace->records.size = in.at;
	}
	if (!trace->info.ticks)
		trace->records.size = trace->records.at;
	trace->info.sound = trace->records.size;
}

static int take_head(struct lc_trace *trace)
{
	struct lc_trace_in *in = &trace->records;
	struct lc_trace_info *info = &trace->info;
	const uint8_t *head = lc_trace_take(in, LC_TRACE_HEAD), *fixed, *kinds, *length;
	uint16_t number[3];
	bool good;

	if (!head || memcmp(head, lc_trace_magic, LC_TRACE_HEAD - 1) != 0)
		return -EBADMSG;
	if (head[LC_TRACE_HEAD - 1] != lc_trace_magic[LC_TRACE_HEAD - 1])
		return -EPROTONOSUPPORT;
	fixed = lc_trace_take(in, sizeof(number));
	if (!fixed)
		return -EPROTO;
	memcpy(number, fixed, sizeof(number));
	info->ports = number[0];
	info->tick_samples = number[1];
	info->echo_delay_ms = number[2];
	good = info->ports >= 1 && info->ports <= LC_PORTS_MAX &&
	       (info->tick_samples == 40 || info->tick_samples == 80 || info->tick_samples == 160);
	kinds = good ? lc_trace_take(in, info->ports) : NULL;
	length = kinds ? lc_trace_take(in, sizeof(info->notes_bytes)) : NULL;
	if (!length)
		return -EPROTO;
	memcpy(info->port_kind, kinds, info->ports);
	memcpy(&info->notes_bytes, length, sizeof(info->notes_bytes));
	info->notes = (const char *)lc_trace_take(in, info->notes_bytes);
	for (int port = 0; port < info->ports; port++)
		good = good && (kinds[port] == LC_FXO || kinds[port] == LC_FXS);
	return good && info->notes ? 0 : -EPROTO;
}

bool lc_trace_next(struct lc_trace *trace)
{
	struct lc_trace_in body = {0};
	struct item item = {.tick = trace};

	trace->wires = trace->wire = 0;
	memset(trace->failed, 0, sizeof(trace->failed));
	memset(trace->read, 0, sizeof(trace->read));
	memset(trace->wrote, 0, sizeof(trace->wrote));
	if (!trace->missing && !take_record(&trace->records, &body, &trace->missing))
		return false;
	trace->missing -= trace->missing > 0;
	trace->orders = trace->told = body;
	while (take_item(trace, &body, &item))
		;
	return true;
}

/* ---- the card ----------------------------------------------------------------------------------------- */

static int card_read(struct lc_card *card, int channel, int16_t *rx, int n)
{
	struct lc_trace *trace = trace_of(card);
	int port = channel % trace->info.ports;
	bool wrote = channel >= trace->info.ports;

	if (!wrote && trace->failed[port])
		return -EIO;
	memcpy(rx, wrote ? trace->wrote[port] : trace->read[port], (size_t)n * sizeof(*rx));
	return 0;
}

static int card_write(struct lc_card *card, int channel, const int16_t *tx, int n)
{
	(void)card, (void)channel, (void)tx, (void)n;
	return 0;
}

static int card_switch(struct lc_card *card, int channel, int on)
{
	(void)card, (void)channel, (void)on;
	return 0;
}

static int card_feed(struct lc_card *card, int channel, enum lc_feed feed)
{
	(void)card, (void)channel, (void)feed;
	return 0;
}

static int card_event(struct lc_card *card, struct lc_card_event *event)
{
	struct lc_trace *trace = trace_of(card);

	if (trace->wire == trace->wires)
		return 0;
	*event = trace->news[trace->wire++];
	return 1;
}

static void card_close(struct lc_card *card)
{
	lc_trace_close(trace_of(card));
}

static const struct lc_card_ops ops = {
	.name = "trace",
	.read = card_read,
	.write = card_write,
	.hook = card_switch,
	.ring = card_switch,
	.event = card_event,
	.feed = card_feed,
	.lamp = card_switch,
	.close = card_close,
};

/* ---- the whole ---------------------------------------------------------------------------------------- */

struct lc_trace *lc_trace_new(uint8_t *bytes, size_t size, int *error)
{
	struct lc_trace *trace = calloc(1, sizeof(*trace));

	*error = trace ? 0 : -ENOMEM;
	if (!trace) {
		free(bytes);
		return NULL;
	}
	trace->card.ops = &ops;
	trace->bytes = bytes;
	trace->records = (struct lc_trace_in){.bytes = bytes, .size = size};
	trace->info.bytes = size;
	*error = take_head(trace);
	if (*error) {
		lc_trace_close(trace);
		return NULL;
	}
	scan(trace);
	return trace;
}

static int read_all(int fd, uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t n = read(fd, bytes + at, size - at);

		if (n == 0)
			return -EIO; /* it became shorter meanwhile */
		if (n < 0 && errno != EINTR)
			return -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

struct lc_trace *lc_trace_open(const char *path, int *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat found = {0};
	uint8_t *bytes = NULL;

	*error = fd < 0 || fstat(fd, &found) < 0 ? -errno : 0;
	if (!*error && !S_ISREG(found.st_mode))
		*error = -EBADMSG;
	if (!*error && found.st_size > INT32_MAX)
		*error = -EFBIG;
	if (!*error) {
		bytes = malloc((size_t)found.st_size + 1);
		*error = bytes ? read_all(fd, bytes, (size_t)found.st_size) : -ENOMEM;
	}
	if (fd >= 0)
		close(fd);
	if (*error) {
		free(bytes);
		return NULL;
	}
	return lc_trace_new(bytes, (size_t)found.st_size, error);
}

void lc_trace_close(struct lc_trace *trace)
{
	if (!trace)
		return;
	free(trace->bytes);
	free(trace);
}

void lc_trace_info_get(const struct lc_trace *trace, struct lc_trace_info *out)
{
	*out = trace->info;
}

bool lc_trace_order(struct lc_trace *trace, struct lc_command *command)
{
	struct item item = {.order = command};

	while (take_item(trace, &trace->orders, &item))
		if (item.kind == LC_TRACE_ORDER)
			return true;
	return false;
}

bool lc_trace_told(struct lc_trace *trace, struct lc_event *event)
{
	struct item item = {.told = event};

	while (take_item(trace, &trace->told, &item))
		if (item.kind == LC_TRACE_TOLD)
			return true;
	return false;
}
