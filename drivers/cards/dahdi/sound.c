/* sound.c — a tick's blocks. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cards/dahdi/dahdi.h"
#include "cards/dahdi/vendor/dahdi/user.h"

/* One block, if one is ready. While an event waits, the kernel gives none. */
static bool get(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	ssize_t got = -1;

	for (int tries = 0; tries < 2 && channel->fd >= 0 && !channel->gone; tries++) {
		got = read(channel->fd, channel->rx, (size_t)card->n);
		if (got >= 0 || errno != ELAST)
			break;
		lc_dahdi_drain(card, channel);
	}
	if (got < 0 && !channel->gone && errno == ENODEV)
		lc_dahdi_gone(card, channel);
	return got == card->n;
}

static void take(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	channel->silent = !get(card, channel);
	if (channel->silent) {
		channel->late = true;
	} else if (channel->late) {
		get(card, channel); /* if the late one came with its successor, the successor counts */
		channel->late = false;
	}
}

/* A tick came too late: what still waits is old. Blocks thrown away. */
static int catch_up(struct lc_dahdi *card, struct lc_dahdi_channel *channel)
{
	int thrown = 0;

	while (thrown < LC_DAHDI_BUFFERS && get(card, channel))
		thrown++;
	channel->silent &= !thrown;
	return thrown;
}

/* All channels begin within one chunk of the kernel, the clock channel last: its block is never the first to be
 * complete. Events are emptied with the buffers, so the wires are looked at. */
static void start(struct lc_dahdi *card)
{
	int all = DAHDI_FLUSH_ALL;

	for (int i = 0; i < card->channels; i++) {
		struct lc_dahdi_channel *channel = &card->channel[i];

		channel->prime = true;
		channel->late = false;
		channel->deaf = channel->kind == LC_FXO ? lc_dahdi_ticks(card, LC_DAHDI_DEAF_MS) : 0;
		if (channel->fd >= 0)
			ioctl(channel->fd, DAHDI_FLUSH, &all);
	}
	for (int i = 0; i < card->channels; i++) {
		struct lc_dahdi_channel *channel = &card->channel[i];

		lc_dahdi_look(card, channel);
		if (channel->back)
			lc_dahdi_tell(card, channel, LC_CARD_THERE, 1);
		channel->back = false;
	}
}

void lc_dahdi_begin(struct lc_card *base)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	int thrown = 1;

	card->slipped = false;
	if (!card->started) {
		card->started = true;
		card->paced = false;
		start(card);
		for (int i = 0; i < card->channels; i++)
			card->channel[i].silent = true;
		return;
	}
	for (int i = 0; i < card->channels; i++)
		take(card, &card->channel[i]);
	if (card->slipped) {
		for (int i = 0; i < card->channels; i++) {
			int more = catch_up(card, &card->channel[i]);
			thrown = more > thrown ? more : thrown;
		}
		card->missed += thrown;
		card->paced = false;
	}
	for (int i = 0; i < card->channels; i++)
		lc_dahdi_signal_tick(card, &card->channel[i]);
}

static void decode(const int16_t *restrict table, const uint8_t *restrict codes, int16_t *restrict rx, int n)
{
	for (int i = 0; i < n; i++)
		rx[i] = table[codes[i]];
}

static void encode(const uint8_t *restrict table, const int16_t *restrict tx, uint8_t *restrict codes, int n)
{
	for (int i = 0; i < n; i++)
		codes[i] = table[(uint16_t)tx[i] >> LC_DAHDI_CODE_SHIFT];
}

int lc_dahdi_read(struct lc_card *base, int index, int16_t *rx, int n)
{
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	const struct lc_dahdi_channel *channel = &card->channel[index];

	if (channel->silent)
		memset(rx, 0, (size_t)n * sizeof(*rx));
	else
		decode(channel->law->linear, channel->rx, rx, n);
	return channel->gone ? -ENODEV : 0;
}

static int put(struct lc_dahdi *card, struct lc_dahdi_channel *channel, const uint8_t *codes, int n)
{
	int all = DAHDI_FLUSH_WRITE;

	for (int tries = 0; tries < 2 && !channel->gone; tries++) {
		if (write(channel->fd, codes, (size_t)n) == n)
			return 0;
		if (errno == EAGAIN) {
			/* Four blocks wait to be sent: no tick is that early. Begin anew, with the margin alone. */
			ioctl(channel->fd, DAHDI_FLUSH, &all);
			channel->prime = true;
			return -EAGAIN;
		}
		if (errno != ELAST)
			return -errno;
		lc_dahdi_drain(card, channel);
	}
	return channel->gone ? -ENODEV : -EAGAIN;
}

int lc_dahdi_write(struct lc_card *base, int index, const int16_t *tx, int n)
{
	enum { MARGIN = LC_DAHDI_MARGIN_MS * LC_RATE / 1000 };
	uint8_t codes[LC_TICK_SAMPLES_MAX];
	struct lc_dahdi *card = (struct lc_dahdi *)base;
	struct lc_dahdi_channel *channel = &card->channel[index];
	int result = 0;

	if (channel->gone || channel->fd < 0)
		return -ENODEV;
	if (channel->prime) {
		memset(codes, channel->law->code[0], MARGIN);
		result = put(card, channel, codes, MARGIN);
		channel->prime = result < 0;
	}
	if (result < 0)
		return result;
	encode(channel->law->code, tx, codes, n);
	return put(card, channel, codes, n);
}
