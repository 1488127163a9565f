/* sim.h — the simulated card: wires with an end in each of two cores.
 *
 * cards.h is what others see. Per wire one end feeds (FXS) and one has a hook (FXO):
 *
 *     loop current    fed, off-hook, not cut      seen by both ends
 *     ringing         FXS rings, on-hook, not cut seen by the FXO end; off-hook trips it: the FXS end sees the loop
 *     battery         fed, not cut                seen by the FXO end, with its polarity
 *     lamp            on-hook, fed, not cut       its voltage lights the telephone's neon lamp
 *
 * Whenever what an end sees changes, an event waits for it. Audio passes whether the hook is on or off, as on a
 * copper pair: what one end writes in its tick n the other reads in its tick n + 1, quieter by the wire's loss,
 * with the echo of what it wrote in tick n itself, and with noise. Both cores are ticked in turn by one thread.
 * One run repeats exactly for one seed.
 */
#ifndef CALLBOX_SIM_H
#define CALLBOX_SIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "cards.h"
#include "cards/card.h"
#include "cards/sim/companding.h"
#include "cards/sim/hybrid.h"
#include "cards/sim/noise.h"

enum { LC_SIM_EVENTS = 1024 };

/* What the wire shows to one end. */
struct lc_sim_view {
	bool ring, battery, reversed, loop, lamp;
};

struct lc_sim_end {
	enum lc_port_kind kind;
	bool offhook;      /* FXO */
	bool ringing;      /* FXS */
	enum lc_feed feed; /* FXS */
	bool lamp;         /* FXS: voltage for a neon lamp */
	struct lc_sim_view seen;
	struct lc_hybrid hybrid;
	uint32_t random;
	/* What was written in odd and even ticks. */
	struct {
		uint64_t tick;
		bool silent;
		int16_t sample[LC_TICK_SAMPLES_MAX];
	} sent[2];
	int16_t idle[LC_NOISE_SAMPLES]; /* the wire's noise as this end reads it while nobody speaks */
};

struct lc_sim_line {
	atomic_bool cut_wanted; /* set by any thread, taken over where a tick begins */
	bool cut;
	bool hums;
	float gain;  /* of the wire */
	float noise; /* rms */
	float hum[2 * LC_HUM_PERIOD];
	const struct lc_codec *codec;
	struct lc_sim_end end[2]; /* 0 the box's, 1 the far one */
};

struct lc_sim_card {
	struct lc_card card; /* first: the core holds its address */
	struct lc_sim *sim;
	int side;
	uint64_t tick; /* the one it is in, from 1 */
	bool behind;   /* the queue was full: look at all wires again once it is empty */
	uint32_t put, taken;
	struct lc_card_event queue[LC_SIM_EVENTS];
	bool started; /* wait: `due` counts */
	struct timespec due;
};

struct lc_sim {
	int wires;
	int tick_samples;
	struct lc_noise noise;
	struct lc_codec codec[3]; /* by enum lc_companding */
	struct lc_sim_card side[2];
	struct lc_sim_line line[]; /* one per wire */
};

/* wire.c: sound. Return 0. */
int lc_sim_read(struct lc_sim *sim, int wire, int side, int16_t *rx);
int lc_sim_write(struct lc_sim *sim, int wire, int side, const int16_t *tx);
/* Fills the end's idle noise. */
void lc_sim_idle(struct lc_sim *sim, int wire, int side);
/* pace.c: sleeps until the next tick is due; ticks missed. */
int lc_sim_wait(struct lc_card *card);

#endif
