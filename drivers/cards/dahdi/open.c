/* open.c — finds, sets up and closes the channels. Nothing here runs in a tick. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cards/dahdi/dahdi.h"
#include "cards/dahdi/vendor/dahdi/user.h"
#include "cards/sim/companding.h"

static const char DEVICE[] = "/dev/dahdi/channel", CONTROL[] = "/dev/dahdi/ctl";

/* The line machines make the cadence: one burst of theirs is one of the driver's, which must outlast it. */
enum { BURST_MS = 3600 * 1000, GAP_MS = 10 };

static int order(int fd, unsigned long request, const void *argument)
{
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

static int order_int(int fd, unsigned long request, int value)
{
	return order(fd, request, &value);
}

/* An FXO port is one that speaks FXS signalling, and the other way round. */
static bool right_kind(const struct lc_dahdi_channel *channel, int signalling)
{
	switch (signalling) {
	case DAHDI_SIG_FXSKS:
	case DAHDI_SIG_FXSLS:
		return channel->kind == LC_FXO;
	case DAHDI_SIG_FXOKS:
	case DAHDI_SIG_FXOLS:
		return channel->kind == LC_FXS;
	default:
		return false;
	}
}

static int set_up(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	struct dahdi_params params = {0};
	int result = order(channel->fd, DAHDI_GET_PARAMS, &params);

	if (result < 0)
		return result;
	if (!right_kind(channel, params.sigtype))
		return -EPROTOTYPE;
	channel->signalling = params.sigtype;
	channel->law = &card->law[params.curlaw == DAHDI_LAW_ALAW ? 0 : 1];
	params.rxflashtime = channel->kind == LC_FXS ? LC_DAHDI_RXFLASH_MS : LC_DAHDI_RXFLASH_LINE_MS;
	params.debouncetime = LC_DAHDI_DEBOUNCE_MS;
	return order(channel->fd, DAHDI_SET_PARAMS, &params);
}

static int set_ringing(const struct lc_dahdi_channel *channel)
{
	struct dahdi_ring_cadence cadence = {.ringcadence = {BURST_MS, GAP_MS}};
	int result;

	if (channel->kind != LC_FXS)
		return 0;
	result = order_int(channel->fd, DAHDI_SETTONEZONE, DAHDI_TONE_ZONE_DEFAULT);
	return result < 0 ? result : order(channel->fd, DAHDI_SETCADENCE, &cadence);
}

static int set_sound(const struct lc_dahdi *card, const struct lc_dahdi_channel *channel)
{
	struct dahdi_bufferinfo buffers = {
		.txbufpolicy = DAHDI_POLICY_IMMEDIATE,
		.rxbufpolicy = DAHDI_POLICY_IMMEDIATE,
		.numbufs = LC_DAHDI_BUFFERS,
		.bufsize = card->n,
	};
	int result = order_int(channel->fd, DAHDI_SETLINEAR, 0);

	if (result >= 0)
		result = order(channel->fd, DAHDI_SET_BUFINFO, &buffers);
	return result < 0 ? result : order_int(channel->fd, DAHDI_BUFFER_EVENTS, 1);
}

/* The code for each code's sample, made louder by so many tenths of a dB. */
static void make_gain(const struct lc_dahdi_law *law, int tenths, uint8_t table[static 1 << 8])
{
	double factor = pow(10, tenths / 200.0);

	for (int code = 0; code < 1 << 8; code++) {
		long sample = lrint(law->linear[code] * factor);

		sample = sample > INT16_MAX ? INT16_MAX : sample < INT16_MIN ? INT16_MIN : sample;
		table[code] = tenths ? law->code[(uint16_t)sample >> LC_DAHDI_CODE_SHIFT] : (uint8_t)code;
	}
}

static bool amplified(const struct lc_dahdi_channel *channel, int tenths, bool tx)
{
	struct dahdi_hwgain gain = {.newgain = tenths, .tx = tx};

	return channel->kind == LC_FXO && order(channel->fd, DAHDI_SET_HWGAIN, &gain) >= 0;
}

static int set_gains(const struct lc_dahdi *card, const struct lc_dahdi_channel *channel)
{
	const struct lc_dahdi_options *options = &card->options;
	int rx = channel->kind == LC_FXO ? options->line_rx : options->station_rx;
	int tx = channel->kind == LC_FXO ? options->line_tx : options->station_tx;
	struct dahdi_gains gains = {0};

	/* Also 0 dB is ordered: an amplifier keeps what was wanted last. The tables are plain in a channel just opened. */
	rx = amplified(channel, rx, false) ? 0 : rx;
	tx = amplified(channel, tx, true) ? 0 : tx;
	if (!rx && !tx)
		return 0;
	make_gain(channel->law, rx, gains.rxgain);
	make_gain(channel->law, tx, gains.txgain);
	return order(channel->fd, DAHDI_SETGAINS, &gains);
}

/* Tried now, so that a missing canceller is told at the start and not heard in the first call. */
static int try_echo(const struct lc_dahdi *card, const struct lc_dahdi_channel *channel)
{
	if (!card->options.echo_taps)
		return 0;
	/* Without a canceller the first order succeeds and does nothing; the second is refused. */
	if (order_int(channel->fd, DAHDI_ECHOCANCEL, card->options.echo_taps) < 0 ||
	    order_int(channel->fd, DAHDI_ECHOCANCEL_FAX_MODE, 0) < 0)
		return -EOPNOTSUPP;
	return order_int(channel->fd, DAHDI_ECHOCANCEL, 0);
}

/* What dahdi_cfg did for the channel, unless somebody did it already. */
static int set_up_again(const struct lc_dahdi *card, const struct lc_dahdi_channel *channel, int control)
{
	struct dahdi_params params = {.channo = channel->number};
	struct dahdi_chanconfig config = {.chan = channel->number, .sigtype = channel->signalling};
	struct dahdi_attach_echocan canceller = {.chan = channel->number};
	int result = order(control, DAHDI_GET_PARAMS, &params);

	if (result < 0 || params.sigtype)
		return result;
	result = order(control, DAHDI_CHANCONFIG, &config);
	if (result < 0 || !card->options.echo_taps)
		return result;
	memcpy(canceller.echocan, card->options.canceller, sizeof(canceller.echocan) - 1);
	return order(control, DAHDI_ATTACH_ECHOCAN, &canceller);
}

static int find(const struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	int number = channel->number, control = channel->signalling ? open(CONTROL, O_RDWR | O_CLOEXEC) : -1;

	if (control >= 0) {
		set_up_again(card, channel, control); /* whether that was enough, the following tells */
		close(control);
	}
	channel->fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (channel->fd < 0)
		return errno == EACCES || errno == EPERM ? -EACCES : -ENODEV;
	if (!ioctl(channel->fd, DAHDI_SPECIFY, &number))
		return 0;
	return errno == EBUSY ? -EBUSY : -ENXIO;
}

int lc_dahdi_channel_open(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	int result = find(card, channel);

	if (result >= 0)
		result = set_up(card, channel);
	if (result >= 0)
		result = set_ringing(channel);
	if (result >= 0)
		result = set_sound(card, channel);
	if (result >= 0)
		result = set_gains(card, channel);
	if (result >= 0)
		result = try_echo(card, channel);
	if (result < 0)
		lc_dahdi_channel_close(channel);
	return result;
}

void lc_dahdi_channel_close(struct lc_dahdi_channel *channel)
{
	if (channel->fd >= 0)
		close(channel->fd); /* the driver puts the line on-hook */
	channel->fd = -1;
}

static void close_card(struct lc_card *base)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;

	for (int i = 0; i < card->channels; i++)
		lc_dahdi_channel_close(&card->channel[i]);
	free(card);
}

static const struct lc_card_ops ops = {
	.name = "dahdi",
	.read = lc_dahdi_read,
	.write = lc_dahdi_write,
	.hook = lc_dahdi_hook,
	.ring = lc_dahdi_ring,
	.event = lc_dahdi_event,
	.feed = lc_dahdi_feed,
	.lamp = lc_dahdi_lamp,
	.begin = lc_dahdi_begin,
	.wait = lc_dahdi_wait,
	.close = close_card,
};

static void make_laws(struct lc_dahdi *card)
{
	for (int code = 0; code < 1 << 8; code++) {
		card->law[0].linear[code] = lc_alaw_decode((uint8_t)code);
		card->law[1].linear[code] = lc_ulaw_decode((uint8_t)code);
	}
	for (int sample = INT16_MIN; sample <= INT16_MAX; sample += 1 << LC_DAHDI_CODE_SHIFT) {
		card->law[0].code[(uint16_t)sample >> LC_DAHDI_CODE_SHIFT] = lc_alaw_encode((int16_t)sample);
		card->law[1].code[(uint16_t)sample >> LC_DAHDI_CODE_SHIFT] = lc_ulaw_encode((int16_t)sample);
	}
}

static int check(const struct lc_dahdi_port *port, int n, int tick_samples)
{
	bool good = n >= 1 && n <= LC_DAHDI_CHANNELS && (tick_samples == 40 || tick_samples == 80 || tick_samples == 160);

	for (int i = 0; good && i < n; i++)
		good = port[i].channel >= 1 && (port[i].kind == LC_FXO || port[i].kind == LC_FXS);
	return good ? 0 : -EINVAL;
}

static bool in_range(const struct lc_dahdi_options *options)
{
	const int16_t gains[] = {options->line_rx, options->line_tx, options->station_rx, options->station_tx};
	bool good = options->echo_train_ms <= LC_DAHDI_TRAIN_MOST_MS;

	for (size_t i = 0; i < sizeof(gains) / sizeof(*gains); i++)
		good = good && gains[i] >= LC_DAHDI_GAIN_LEAST && gains[i] <= LC_DAHDI_GAIN_MOST;
	return good;
}

struct lc_card *lc_dahdi_open(const struct lc_dahdi_port *port, int n, int tick_samples, const struct lc_dahdi_options *options,
                              int *error, int *which)
{
	*which = -1;
	*error = check(port, n, tick_samples);
	if (!*error && !in_range(options))
		*error = -ERANGE;
	struct lc_dahdi *card = *error ? NULL : calloc(1, sizeof(*card));
	if (!card) {
		*error = *error ? *error : -ENOMEM;
		return NULL;
	}
	card->card.ops = &ops;
	card->n = tick_samples;
	card->options = *options;
	make_laws(card);
	for (; card->channels < n && !*error; card->channels++) {
		struct lc_dahdi_channel *channel = &card->channel[card->channels];

		*which = card->channels;
		channel->fd = -1;
		channel->number = port[card->channels].channel;
		channel->kind = port[card->channels].kind;
		channel->battery = true;
		*error = lc_dahdi_channel_open(card, channel);
	}
	if (*error) {
		close_card(&card->card);
		return NULL;
	}
	*which = -1;
	return &card->card;
}
