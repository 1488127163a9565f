/* signal.c — what the wires do, and what we do to them. */
#include <errno.h>
#include <sys/ioctl.h>

#include "cards/dahdi/dahdi.h"
#include "cards/dahdi/vendor/dahdi/user.h"

/* dahdi_params.rxhooksig; the kernel's header for it is not for programs. */
enum { RX_ONHOOK, RX_OFFHOOK, RX_START, RX_RING };

enum {
	RING_LOOK_MS = 50,   /* how often a line is asked while the driver tells of no ringing */
	ECHO_IDLE_MS = 2000, /* the canceller outlives a flash */
};

static int give(const struct lc_dahdi_channel *channel, unsigned long request, int value)
{
	if (channel->fd < 0 || channel->gone)
		return -ENODEV;
	return ioctl(channel->fd, request, &value) < 0 ? -errno : 0;
}

/* A non-blocking order to ring answers EINPROGRESS and has worked. What is unplugged is on-hook and silent already. */
static int hook(const struct lc_dahdi_channel *channel, int what)
{
	int result = give(channel, DAHDI_HOOK, what);

	return result == -EINPROGRESS || (result == -ENODEV && what == DAHDI_RINGOFF) ? 0 : result;
}

void lc_dahdi_tell(struct lc_dahdi *card, struct lc_dahdi_channel *channel, enum lc_card_event_kind kind, int32_t value)
{
	struct lc_card_event *event = &card->queue[card->put % LC_DAHDI_EVENTS];

	if (card->put - card->taken == LC_DAHDI_EVENTS)
		return; /* 256 changes within a tick are a broken card; the next look tells the truth */
	event->channel = (uint16_t)(channel - card->channel);
	event->kind = (uint16_t)kind;
	event->value = value;
	card->put++;
}

int lc_dahdi_event(struct lc_card *base, struct lc_card_event *event)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;

	if (card->taken == card->put)
		return 0;
	*event = card->queue[card->taken++ % LC_DAHDI_EVENTS];
	return 1;
}

static void echo(const struct lc_dahdi *card, struct lc_dahdi_channel *channel, bool on)
{
	if (card->options.echo_taps && channel->echo != on &&
	    give(channel, DAHDI_ECHOCANCEL, on ? card->options.echo_taps : 0) >= 0)
		channel->echo = on;
}

/* A module without a tap to train takes no notice; nothing is heard while it is trained (dahdi-base.c, __ec_chunk()). */
static void train(const struct lc_dahdi *card, const struct lc_dahdi_channel *channel)
{
	if (card->options.echo_train_ms && channel->echo)
		give(channel, DAHDI_ECHOTRAIN, card->options.echo_train_ms);
}

static void ring_seen(struct lc_dahdi *card, struct lc_dahdi_channel *channel, bool on)
{
	if (channel->ring == on)
		return;
	channel->ring = on;
	lc_dahdi_tell(card, channel, LC_CARD_RING, on);
}

static void battery_seen(struct lc_dahdi *card, struct lc_dahdi_channel *channel, bool on)
{
	if (channel->battery == on)
		return;
	channel->battery = on;
	lc_dahdi_tell(card, channel, LC_CARD_BATTERY, on);
}

/* A line's loop is of interest while we hold it; what it did before says nothing. */
static void line_loop_seen(struct lc_dahdi *card, struct lc_dahdi_channel *channel, bool on)
{
	channel->watch = channel->offhook && !on;
	if (!channel->offhook || channel->loop == on)
		return;
	channel->loop = on;
	lc_dahdi_tell(card, channel, LC_CARD_LOOP, on);
}

static void telephone_loop_seen(struct lc_dahdi *card, struct lc_dahdi_channel *channel, bool on)
{
	if (on && !channel->fed_talking)
		channel->fed_talking = hook(channel, DAHDI_OFFHOOK) >= 0; /* also ends the ringing at once */
	if (channel->loop == on)
		return;
	channel->loop = on;
	channel->echo_off_in = on ? 0 : lc_dahdi_ticks(card, ECHO_IDLE_MS);
	if (on)
		echo(card, channel, true);
	lc_dahdi_tell(card, channel, LC_CARD_LOOP, on);
}

void lc_dahdi_look(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	struct dahdi_params params = {0};

	if (channel->fd < 0 || ioctl(channel->fd, DAHDI_GET_PARAMS, &params) < 0)
		return;
	if (channel->kind == LC_FXS) {
		telephone_loop_seen(card, channel, params.rxhooksig == RX_OFFHOOK);
		return;
	}
	battery_seen(card, channel, !params.chan_alarms);
	ring_seen(card, channel, params.rxhooksig == RX_RING && !channel->offhook);
	line_loop_seen(card, channel, params.rxhooksig != RX_ONHOOK);
	if (channel->ring && channel->deaf < 2 * lc_dahdi_ticks(card, RING_LOOK_MS))
		channel->deaf = 2 * lc_dahdi_ticks(card, RING_LOOK_MS); /* its end may not be told either */
}

static void line_event(struct lc_dahdi *card, struct lc_dahdi_channel *channel, int event)
{
	switch (event) {
	case DAHDI_EVENT_RINGBEGIN:
		ring_seen(card, channel, true);
		break;
	case DAHDI_EVENT_RINGOFFHOOK:
		ring_seen(card, channel, false);
		break;
	case DAHDI_EVENT_ONHOOK:
		channel->deaf = lc_dahdi_ticks(card, LC_DAHDI_DEAF_MS);
		line_loop_seen(card, channel, false);
		break;
	case DAHDI_EVENT_ALARM:
		battery_seen(card, channel, false);
		break;
	case DAHDI_EVENT_NOALARM:
		battery_seen(card, channel, true);
		break;
	case DAHDI_EVENT_POLARITY:
		channel->reversed = !channel->reversed;
		lc_dahdi_tell(card, channel, LC_CARD_POLARITY, channel->reversed);
		break;
	default:
		break;
	}
}

static void telephone_event(struct lc_dahdi *card, struct lc_dahdi_channel *channel, int event)
{
	if (event == DAHDI_EVENT_RINGOFFHOOK)
		telephone_loop_seen(card, channel, true);
	else if (event == DAHDI_EVENT_ONHOOK)
		telephone_loop_seen(card, channel, false);
}

void lc_dahdi_drain(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	int event = DAHDI_EVENT_NONE;

	while (channel->fd >= 0 && !ioctl(channel->fd, DAHDI_GETEVENT, &event) && event != DAHDI_EVENT_NONE) {
		if (event == DAHDI_EVENT_REMOVED) {
			lc_dahdi_gone(card, channel);
		} else if (event == DAHDI_EVENT_WRITE_UNDERRUN) {
			channel->prime = card->slipped = true;
		} else if (event == DAHDI_EVENT_READ_OVERRUN) {
			card->slipped = true;
		} else if (channel->kind == LC_FXO) {
			line_event(card, channel, event);
		} else {
			telephone_event(card, channel, event);
		}
	}
}

void lc_dahdi_signal_tick(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	bool look = channel->watch;

	if (channel->look_in && !--channel->look_in)
		look = true;
	if (channel->deaf && !(--channel->deaf % lc_dahdi_ticks(card, RING_LOOK_MS)))
		look = true;
	if (look)
		lc_dahdi_look(card, channel);
	if (channel->echo_off_in && !--channel->echo_off_in)
		echo(card, channel, false);
}

void lc_dahdi_gone(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	if (channel->gone)
		return;
	channel->gone = card->lost = true;
	card->reopen_ms = LC_DAHDI_REOPEN_MS;
	card->lost_ticks = 0;
	lc_dahdi_tell(card, channel, LC_CARD_THERE, 0);
	if (channel->kind == LC_FXO) {
		ring_seen(card, channel, false);
		line_loop_seen(card, channel, false);
		battery_seen(card, channel, false);
	} else if (channel->loop) {
		channel->loop = false;
		lc_dahdi_tell(card, channel, LC_CARD_LOOP, 0);
	}
	channel->watch = channel->offhook = channel->ringing = channel->fed_talking = channel->echo = false;
	channel->look_in = channel->deaf = channel->echo_off_in = 0;
}

/* Hanging up by RINGOFF instead of ONHOOK: both open the loop, but ONHOOK also empties the channel's sound buffers,
 * so that its blocks no longer end with the others', and makes the driver deaf to ringing for 2 s. */
int lc_dahdi_hook(struct lc_card *base, int index, int offhook)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	struct lc_dahdi_channel *channel = &card->channel[index];
	int result = hook(channel, offhook ? DAHDI_OFFHOOK : DAHDI_RINGOFF);

	if (result < 0)
		return result;
	channel->offhook = offhook;
	channel->loop = offhook;
	channel->watch = false;
	if (offhook)
		channel->look_in = lc_dahdi_ticks(card, LC_DAHDI_SETTLE_MS);
	echo(card, channel, offhook);
	if (offhook)
		train(card, channel);
	return 0;
}

int lc_dahdi_ring(struct lc_card *base, int index, int on)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	struct lc_dahdi_channel *channel = &card->channel[index];
	int result = 0;

	if (channel->ringing == (bool)on)
		return 0;
	if (on) {
		if (channel->fed_talking)
			result = hook(channel, DAHDI_RINGOFF);
		if (result >= 0)
			result = hook(channel, DAHDI_RING);
		channel->fed_talking &= result < 0;
	} else if (!channel->fed_talking) {
		result = hook(channel, DAHDI_RINGOFF);
		if (result >= 0 && !channel->no_transfer)
			channel->no_transfer = give(channel, DAHDI_ONHOOKTRANSFER, LC_DAHDI_TRANSFER_MS) < 0;
	}
	if (result >= 0)
		channel->ringing = on;
	return result;
}

/* The battery can be taken from a telephone that talks, for the driver's own time; from an idle one it cannot. */
static int feed_off(const struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	int result = channel->fed_talking && channel->loop ? hook(channel, DAHDI_ONHOOK) : -ENOTTY;

	if (result < 0)
		return result;
	channel->fed_talking = false;
	channel->prime = true; /* this ONHOOK empties the sound buffers */
	channel->look_in = lc_dahdi_ticks(card, LC_DAHDI_KEWL_MS) + 1;
	return 0;
}

int lc_dahdi_feed(struct lc_card *base, int index, enum lc_feed feed)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	struct lc_dahdi_channel *channel = &card->channel[index];
	bool reverse = feed == LC_FEED_REVERSED;
	int result;

	if (feed == LC_FEED_OFF)
		return feed_off(card, channel);
	if (channel->reversed == reverse)
		return 0;
	result = give(channel, DAHDI_SETPOLARITY, reverse);
	if (result >= 0)
		channel->reversed = reverse;
	return result;
}

/* The driver makes the voltage while the telephone lies on-hook; it is told how, then how many messages wait. Drivers that
 * cannot answer ENOTTY, older ones EINVAL. */
int lc_dahdi_lamp(struct lc_card *base, int index, int on)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	int result = give(&card->channel[index], DAHDI_VMWI_CONFIG, DAHDI_VMWI_HVAC);

	if (result >= 0)
		result = give(&card->channel[index], DAHDI_VMWI, on);
	return result == -EINVAL || result == -ENOSYS ? -ENOTTY : result;
}
