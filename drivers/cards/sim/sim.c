/* sim.c — wires, hooks and batteries: who sees what, and the two card ends. */
#include "cards/sim/sim.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct lc_card_ops box_ops, far_ops;

static struct lc_sim_card *end_of(struct lc_card *card)
{
	return (struct lc_sim_card *)card;
}

/* ---- what the ends see --------------------------------------------------------------------------- */

static struct lc_sim_view view(const struct lc_sim_line *line, int side)
{
	const struct lc_sim_end *fxo = &line->end[line->end[0].kind == LC_FXO ? 0 : 1];
	const struct lc_sim_end *fxs = &line->end[line->end[0].kind == LC_FXO ? 1 : 0];
	bool fed = fxs->feed != LC_FEED_OFF && !line->cut;
	struct lc_sim_view now = {.loop = fed && fxo->offhook};

	if (line->end[side].kind == LC_FXS)
		return now;
	now.battery = fed;
	now.reversed = fed ? fxs->feed == LC_FEED_REVERSED : fxo->seen.reversed; /* without battery none is measured */
	now.lamp = fed && fxs->lamp && !fxo->offhook;
	now.ring = fxs->ringing && !fxo->offhook && !line->cut;
	return now;
}

static void put(struct lc_sim_card *card, int channel, enum lc_card_event_kind kind, bool value)
{
	card->queue[card->put++ % LC_SIM_EVENTS] =
		(struct lc_card_event){.channel = (uint16_t)channel, .kind = (uint16_t)kind, .value = value};
}

/* Queues what changed for one end. With a full queue the end's view stays old and is compared again later: what
 * happened in between is lost then, as it is to a slow eye, but never how things stand. */
static void notice_end(struct lc_sim *sim, int wire, int side)
{
	struct lc_sim_card *card = &sim->side[side];
	struct lc_sim_view *seen = &sim->line[wire].end[side].seen;
	struct lc_sim_view now = view(&sim->line[wire], side);

	if (card->put - card->taken > LC_SIM_EVENTS - 5) {
		card->behind = true;
		return;
	}
	if (now.battery != seen->battery)
		put(card, wire, LC_CARD_BATTERY, now.battery);
	if (now.reversed != seen->reversed)
		put(card, wire, LC_CARD_POLARITY, now.reversed);
	if (now.ring != seen->ring)
		put(card, wire, LC_CARD_RING, now.ring);
	if (now.loop != seen->loop)
		put(card, wire, LC_CARD_LOOP, now.loop);
	if (now.lamp != seen->lamp)
		put(card, wire, LC_CARD_LAMP, now.lamp);
	*seen = now;
}

static void notice(struct lc_sim *sim, int wire)
{
	notice_end(sim, wire, 0);
	notice_end(sim, wire, 1);
}

/* ---- the card's functions ------------------------------------------------------------------------ */

/* The end of a channel, if there is one of that kind; 0 is any kind. */
static struct lc_sim_end *channel_end(struct lc_card *card, int channel, int kind)
{
	struct lc_sim_card *end = end_of(card);
	struct lc_sim_end *found;

	if (channel < 0 || channel >= end->sim->wires)
		return NULL;
	found = &end->sim->line[channel].end[end->side];
	return !kind || (int)found->kind == kind ? found : NULL;
}

static int card_read(struct lc_card *card, int channel, int16_t *rx, int n)
{
	struct lc_sim_card *end = end_of(card);

	if (!channel_end(card, channel, 0) || n != end->sim->tick_samples)
		return -EINVAL;
	return lc_sim_read(end->sim, channel, end->side, rx);
}

static int card_write(struct lc_card *card, int channel, const int16_t *tx, int n)
{
	struct lc_sim_card *end = end_of(card);

	if (!channel_end(card, channel, 0) || n != end->sim->tick_samples)
		return -EINVAL;
	return lc_sim_write(end->sim, channel, end->side, tx);
}

static int card_hook(struct lc_card *card, int channel, int offhook)
{
	struct lc_sim_end *end = channel_end(card, channel, LC_FXO);

	if (!end)
		return -EINVAL;
	end->offhook = offhook != 0;
	notice(end_of(card)->sim, channel);
	return 0;
}

static int card_ring(struct lc_card *card, int channel, int on)
{
	struct lc_sim_end *end = channel_end(card, channel, LC_FXS);

	if (!end)
		return -EINVAL;
	end->ringing = on != 0;
	notice(end_of(card)->sim, channel);
	return 0;
}

static int card_feed(struct lc_card *card, int channel, enum lc_feed feed)
{
	struct lc_sim_end *end = channel_end(card, channel, LC_FXS);

	if (!end || feed > LC_FEED_OFF)
		return -EINVAL;
	end->feed = feed;
	notice(end_of(card)->sim, channel);
	return 0;
}

static int card_lamp(struct lc_card *card, int channel, int on)
{
	struct lc_sim_end *end = channel_end(card, channel, LC_FXS);

	if (!end)
		return -EINVAL;
	end->lamp = on != 0;
	notice(end_of(card)->sim, channel);
	return 0;
}

static int card_event(struct lc_card *card, struct lc_card_event *event)
{
	struct lc_sim_card *end = end_of(card);

	if (end->put == end->taken && end->behind) {
		end->behind = false;
		for (int wire = 0; wire < end->sim->wires; wire++)
			notice_end(end->sim, wire, end->side);
	}
	if (end->put == end->taken)
		return 0;
	*event = end->queue[end->taken++ % LC_SIM_EVENTS];
	return 1;
}

static void card_begin(struct lc_card *card)
{
	struct lc_sim *sim = end_of(card)->sim;

	end_of(card)->tick++;
	for (int wire = 0; wire < sim->wires; wire++) {
		struct lc_sim_line *line = &sim->line[wire];
		bool wanted = atomic_load_explicit(&line->cut_wanted, memory_order_relaxed);

		if (line->cut == wanted)
			continue;
		line->cut = wanted;
		notice(sim, wire);
	}
}

/* Leaves the wires as a card without power does: on-hook, fed, not ringing. */
static void card_close(struct lc_card *card)
{
	struct lc_sim *sim = end_of(card)->sim;
	int side = end_of(card)->side;

	for (int wire = 0; wire < sim->wires; wire++) {
		struct lc_sim_end *end = &sim->line[wire].end[side];

		end->offhook = false;
		end->ringing = false;
		end->feed = LC_FEED_NORMAL;
		end->lamp = false;
		notice(sim, wire);
	}
}

static const struct lc_card_ops box_ops = {
	.name = "sim",
	.read = card_read,
	.write = card_write,
	.hook = card_hook,
	.ring = card_ring,
	.event = card_event,
	.feed = card_feed,
	.lamp = card_lamp,
	.begin = card_begin,
	.wait = lc_sim_wait,
	.close = card_close,
};

/* The far end runs on the box's clock. */
static const struct lc_card_ops far_ops = {
	.name = "sim far end",
	.read = card_read,
	.write = card_write,
	.hook = card_hook,
	.ring = card_ring,
	.event = card_event,
	.feed = card_feed,
	.lamp = card_lamp,
	.begin = card_begin,
	.close = card_close,
};

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool between(float value, float least, float most)
{
	return value >= least && value <= most;
}

static bool sound(const struct lc_sim_wire *wire, uint8_t box_kind)
{
	return (box_kind == LC_FXO || box_kind == LC_FXS) && wire->companding <= LC_ULAW && between(wire->loss_db, 0, 30) &&
	       between(wire->echo_loss_db, 0, 100) && between(wire->far_echo_loss_db, 0, 100) &&
	       between(wire->noise_dbm0, -100, 0) && between(wire->hum_dbm0, -100, 0);
}

static void wire_init(struct lc_sim *sim, int wire, const struct lc_sim_wire *what, uint8_t box_kind, uint32_t seed)
{
	struct lc_sim_line *line = &sim->line[wire];

	line->gain = powf(10, -what->loss_db / 20);
	line->noise = lc_level_rms(what->noise_dbm0);
	line->hums = what->hum_dbm0 > -100;
	lc_hum_init(line->hum, what->hum_dbm0);
	line->codec = &sim->codec[what->companding];
	for (int side = 0; side < 2; side++) {
		struct lc_sim_end *end = &line->end[side];

		end->kind = (side == 0) == (box_kind == LC_FXO) ? LC_FXO : LC_FXS;
		end->random = (seed ^ (uint32_t)(2 * wire + side + 1) * 2654435761u) | 1;
		lc_hybrid_init(&end->hybrid, side == 0 ? what->echo_loss_db : what->far_echo_loss_db);
		lc_sim_idle(sim, wire, side);
		end->seen.battery = end->kind == LC_FXO; /* what every core believes at its start */
	}
}

struct lc_sim *lc_sim_new(int wires, const struct lc_sim_wire *wire, const uint8_t *box_kind, int tick_samples, uint32_t seed,
                          int *error)
{
	struct lc_sim *sim;

	*error = -EINVAL;
	if (wires < 1 || wires > LC_PORTS_MAX || (tick_samples != 40 && tick_samples != 80 && tick_samples != 160))
		return NULL;
	for (int i = 0; i < wires; i++)
		if (!sound(&wire[i], box_kind[i]))
			return NULL;
	*error = -ENOMEM;
	sim = calloc(1, sizeof(*sim) + (size_t)wires * sizeof(sim->line[0]));
	if (!sim)
		return NULL;
	sim->wires = wires;
	sim->tick_samples = tick_samples;
	lc_noise_init(&sim->noise, seed);
	for (int law = LC_LINEAR; law <= LC_ULAW; law++)
		lc_codec_init(&sim->codec[law], (enum lc_companding)law);
	for (int side = 0; side < 2; side++) {
		sim->side[side].card.ops = side == 0 ? &box_ops : &far_ops;
		sim->side[side].sim = sim;
		sim->side[side].side = side;
	}
	for (int i = 0; i < wires; i++)
		wire_init(sim, i, &wire[i], box_kind[i], seed);
	*error = 0;
	return sim;
}

void lc_sim_free(struct lc_sim *sim)
{
	free(sim);
}

struct lc_card *lc_sim_card(struct lc_sim *sim, int far_end)
{
	return &sim->side[far_end ? 1 : 0].card;
}

int lc_sim_cut(struct lc_sim *sim, int wire, int cut)
{
	if (wire < 0 || wire >= sim->wires)
		return -EINVAL;
	/* The media thread may be in the middle of a tick: the next one to begin cuts. */
	atomic_store_explicit(&sim->line[wire].cut_wanted, cut != 0, memory_order_relaxed);
	return 0;
}
