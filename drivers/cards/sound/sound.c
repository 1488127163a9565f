#include "cards/sound/sound.h"

#include <errno.h>
#include <stdlib.h>

static struct lc_sound *sound_of(struct lc_card *card)
{
	return (struct lc_sound *)card;
}

/* NULL: the channel is the wrapped card's. */
static struct lc_headset *behind(struct lc_sound *sound, int channel)
{
	int headset = channel - sound->channels;

	return headset >= 0 && headset < sound->headsets ? &sound->headset[headset] : NULL;
}

/* ---- in the tick ------------------------------------------------------------------------------------- */

static int sound_read(struct lc_card *card, int channel, int16_t *rx, int n)
{
	struct lc_sound *sound = sound_of(card);
	struct lc_headset *headset = behind(sound, channel);

	if (!headset)
		return sound->wrapped->ops->read(sound->wrapped, channel, rx, n);
	if (!headset->told_there)
		lc_elastic_rest(&headset->said);
	lc_elastic_take(&headset->said, rx, (uint32_t)n);
	return 0;
}

static int sound_write(struct lc_card *card, int channel, const int16_t *tx, int n)
{
	struct lc_sound *sound = sound_of(card);
	struct lc_headset *headset = behind(sound, channel);

	if (!headset)
		return sound->wrapped->ops->write(sound->wrapped, channel, tx, n);
	if (headset->told_there)
		lc_elastic_put(&headset->heard, tx, (uint32_t)n);
	return 0;
}

static int sound_hook(struct lc_card *card, int channel, int offhook)
{
	struct lc_sound *sound = sound_of(card);

	return behind(sound, channel) ? -EINVAL : sound->wrapped->ops->hook(sound->wrapped, channel, offhook);
}

/* A headset that is not there has nothing to ring, and one that is there is off-hook. */
static int sound_ring(struct lc_card *card, int channel, int on)
{
	struct lc_sound *sound = sound_of(card);

	return behind(sound, channel) ? 0 : sound->wrapped->ops->ring(sound->wrapped, channel, on);
}

static int sound_feed(struct lc_card *card, int channel, enum lc_feed feed)
{
	struct lc_sound *sound = sound_of(card);

	return behind(sound, channel) ? -ENOTTY : sound->wrapped->ops->feed(sound->wrapped, channel, feed);
}

static int sound_lamp(struct lc_card *card, int channel, int on)
{
	struct lc_sound *sound = sound_of(card);

	return behind(sound, channel) ? -ENOTTY : sound->wrapped->ops->lamp(sound->wrapped, channel, on);
}

static int tell(struct lc_card_event *event, int channel, enum lc_card_event_kind kind, bool value)
{
	*event = (struct lc_card_event){(uint16_t)channel, (uint16_t)kind, value};
	return 1;
}

static int sound_event(struct lc_card *card, struct lc_card_event *event)
{
	struct lc_sound *sound = sound_of(card);
	int taken = sound->wrapped->ops->event(sound->wrapped, event);

	for (int i = 0; i < sound->headsets && taken == 0; i++) {
		struct lc_headset *headset = &sound->headset[i];
		bool there = atomic_load_explicit(&headset->there, memory_order_acquire);

		if (there != headset->told_there) {
			headset->told_there = there;
			return tell(event, sound->channels + i, LC_CARD_THERE, there);
		}
		if (there != headset->told_loop) {
			headset->told_loop = there;
			return tell(event, sound->channels + i, LC_CARD_LOOP, there);
		}
	}
	return taken;
}

static void sound_begin(struct lc_card *card)
{
	struct lc_card *wrapped = sound_of(card)->wrapped;

	if (wrapped->ops->begin)
		wrapped->ops->begin(wrapped);
}

static void sound_end(struct lc_card *card)
{
	struct lc_card *wrapped = sound_of(card)->wrapped;

	if (wrapped->ops->end)
		wrapped->ops->end(wrapped);
}

static void sound_order(struct lc_card *card, const struct lc_command *command)
{
	struct lc_card *wrapped = sound_of(card)->wrapped;

	wrapped->ops->order(wrapped, command);
}

static void sound_told(struct lc_card *card, const struct lc_event *event)
{
	struct lc_card *wrapped = sound_of(card)->wrapped;

	wrapped->ops->told(wrapped, event);
}

/* ---- outside it -------------------------------------------------------------------------------------- */

static int sound_wait(struct lc_card *card)
{
	return sound_of(card)->wrapped->ops->wait(sound_of(card)->wrapped);
}

static int sound_io(struct lc_card *card)
{
	return sound_of(card)->wrapped->ops->io(sound_of(card)->wrapped);
}

static void free_sound(struct lc_sound *sound)
{
	for (int i = 0; i < sound->headsets; i++) {
		lc_elastic_destroy(&sound->headset[i].said);
		lc_elastic_destroy(&sound->headset[i].heard);
	}
	free(sound);
}

static void sound_close(struct lc_card *card)
{
	struct lc_card *wrapped = sound_of(card)->wrapped;

	free_sound(sound_of(card));
	if (wrapped->ops->close)
		wrapped->ops->close(wrapped);
}

static const struct lc_card_ops ops = {
	.name = "sound",
	.read = sound_read,
	.write = sound_write,
	.hook = sound_hook,
	.ring = sound_ring,
	.event = sound_event,
	.feed = sound_feed,
	.lamp = sound_lamp,
	.begin = sound_begin,
	.end = sound_end,
	.order = sound_order,
	.told = sound_told,
	.wait = sound_wait,
	.io = sound_io,
	.close = sound_close,
};

static int start(struct lc_sound *sound)
{
	int error = 0;

	for (int i = 0; i < sound->headsets && !error; i++) {
		sound->headset[i].told_there = true;
		error = lc_elastic_init(&sound->headset[i].said);
		if (!error)
			error = lc_elastic_init(&sound->headset[i].heard);
	}
	return error;
}

struct lc_card *lc_headsets_new(struct lc_card *card, int channels, int headsets, int *error)
{
	bool fits = channels >= 0 && headsets >= 1 && headsets <= LC_HEADSETS_MAX && channels + headsets <= LC_PORTS_MAX;
	struct lc_sound *sound = fits ? calloc(1, sizeof(*sound)) : NULL;

	*error = fits ? sound ? 0 : -ENOMEM : -EINVAL;
	if (!sound)
		return NULL;
	sound->card.ops = &sound->ops;
	sound->ops = ops;
	sound->ops.feed = card->ops->feed ? ops.feed : NULL;
	sound->ops.lamp = card->ops->lamp ? ops.lamp : NULL;
	sound->ops.order = card->ops->order ? ops.order : NULL;
	sound->ops.told = card->ops->told ? ops.told : NULL;
	sound->ops.wait = card->ops->wait ? ops.wait : NULL;
	sound->ops.io = card->ops->io ? ops.io : NULL;
	sound->wrapped = card;
	sound->channels = channels;
	sound->headsets = headsets;
	*error = start(sound);
	if (*error) {
		free_sound(sound);
		return NULL;
	}
	return &sound->card;
}

static struct lc_headset *headset_of(struct lc_card *card, int headset)
{
	struct lc_sound *sound = sound_of(card);

	return headset >= 0 && headset < sound->headsets ? &sound->headset[headset] : NULL;
}

int lc_headset_plug(struct lc_card *card, int headset, int there)
{
	struct lc_headset *found = headset_of(card, headset);

	if (!found)
		return -ENODEV;
	if (there)
		lc_elastic_rest(&found->heard);
	if (atomic_exchange_explicit(&found->there, there != 0, memory_order_acq_rel) && !there)
		atomic_fetch_add_explicit(&found->lost, 1, memory_order_relaxed);
	return 0;
}

int lc_headset_say(struct lc_card *card, int headset, const int16_t *samples, int n)
{
	struct lc_headset *found = headset_of(card, headset);

	if (!found)
		return -ENODEV;
	if (n < 0)
		return -EINVAL;
	lc_elastic_put(&found->said, samples, (uint32_t)n);
	return 0;
}

int lc_headset_hear(struct lc_card *card, int headset, int16_t *samples, int n)
{
	struct lc_headset *found = headset_of(card, headset);

	if (!found)
		return -ENODEV;
	if (n < 0 || n > LC_TICK_SAMPLES_MAX)
		return -EINVAL;
	lc_elastic_take(&found->heard, samples, (uint32_t)n);
	return 0;
}

static uint64_t inserted_ms(const struct lc_elastic *elastic)
{
	return atomic_load_explicit(&elastic->inserted, memory_order_relaxed) * 1000 / LC_RATE;
}

static uint64_t left_out_ms(const struct lc_elastic *elastic)
{
	uint64_t samples = atomic_load_explicit(&elastic->left_out, memory_order_relaxed);

	return (samples + atomic_load_explicit(&elastic->refused, memory_order_relaxed)) * 1000 / LC_RATE;
}

int lc_headset_counters_get(const struct lc_card *card, int headset, struct lc_headset_counters *out)
{
	const struct lc_headset *found = headset_of((struct lc_card *)card, headset);

	if (!found)
		return -ENODEV;
	*out = (struct lc_headset_counters){
		.said_inserted_ms = inserted_ms(&found->said),
		.said_left_out_ms = left_out_ms(&found->said),
		.heard_inserted_ms = inserted_ms(&found->heard),
		.heard_left_out_ms = left_out_ms(&found->heard),
		.lost = atomic_load_explicit(&found->lost, memory_order_relaxed),
	};
	return 0;
}
