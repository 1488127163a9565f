/* dahdi.h — a real card, through the kernel's DAHDI interface. cards.h is what others see.
 *
 * Sound: one block of a tick per channel each way. The kernel moves it in chunks of 1 ms, so a channel's block is
 * complete a tick after the last one. `wait` sleeps until the clock channel's is (pace.c). begin() reads all channels, write()
 * gives the answer, which the kernel starts to send LC_DAHDI_MARGIN_MS later, when the block before it has run out:
 *
 *     one way, wire to wire = one tick (the block) + margin + at most 1 ms (a chunk)
 *
 * Between driver and card.h samples are G.711 codes, as the card itself has them.
 *
 * A tick that is late by more than the margin leaves a gap in what is sent. The kernel tells (WRITE_UNDERRUN); the
 * channel then gets its margin again, old received blocks are thrown away, so no delay stays, and it is counted.
 *
 * Signals: the driver judges flashes, pulses and hang-ups by timers of its own and reports only its verdict, late
 * (an on-hook after 1.25 s; a 100 ms R key as the dialled digit 1). Our line machines judge better, so its windows
 * are set to almost nothing and every break and make of the loop is told as it happens:
 *
 *     telephone   RINGOFFHOOK loop closes, ONHOOK (LC_DAHDI_RXFLASH_MS later) loop opens
 *     line        RINGBEGIN ringing begins, RINGOFFHOOK it ended 50 ms ago, ONHOOK battery gone while off-hook,
 *                 ALARM / NOALARM battery gone and back while on-hook, POLARITY reversed
 *
 * What the driver never tells it is asked for (GET_PARAMS): that the loop is back after a drop, ringing in the 2 s
 * after a drop or after the channel was opened, and what a telephone did while its battery was off.
 *
 * Every function here that runs in a tick makes system calls: that is this card's nature, and no other room's. Per
 * tick they are one sleep, one poll, and one read and one write per channel.
 */
#ifndef CALLBOX_DAHDI_H
#define CALLBOX_DAHDI_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "cards.h"
#include "cards/card.h"

enum {
	LC_DAHDI_CHANNELS = LC_PORTS_MAX,
	LC_DAHDI_EVENTS = 256, /* what waits within one tick; the kernel itself holds 64 per channel */
	/* Blocks the kernel holds per direction. With 2 it loses samples at small blocks; 4 bear a tick that is 20 ms late. */
	LC_DAHDI_BUFFERS = 4,
	/* How late a tick may be. Less: gaps on a kernel without real-time patches; more: that much more delay. */
	LC_DAHDI_MARGIN_MS = 4,
	/* A break this short is bounce. At 3 the driver also tells of a break that began while it still debounced. */
	LC_DAHDI_RXFLASH_MS = 3,
	/* A line takes no flash from the exchange; above 2 it would invent an end of ringing after going off-hook. */
	LC_DAHDI_RXFLASH_LINE_MS = 1,
	/* How long the driver is deaf to the loop after we went off-hook: as short as it can be (0 is for ever). */
	LC_DAHDI_DEBOUNCE_MS = 1,
	/* The kernel opens the battery for 500 ms and ignores orders for 300 more (DAHDI_KEWLTIME, _AFTERKEWLTIME). */
	LC_DAHDI_KEWL_MS = 800,
	/* How long the telephone may be sent sound on-hook after a burst: until the next one. */
	LC_DAHDI_TRANSFER_MS = 6000,
	LC_DAHDI_DEAF_MS = 2100, /* opened, or after a drop, the driver tells of no ringing for 2 s (RING_DEBOUNCE_TIME) */
	/* A lost card is looked for after the first time, then after twice that and so on, at last each second one: a look
	 * opens devices, and a driver can be unloaded only while none is open. The driver tells of the loss 1 s before it takes
	 * the channels away: opened before that, they would go a second time, and each call then sleeps for 5 ms. */
	LC_DAHDI_REOPEN_MS = 2000,
	LC_DAHDI_REOPEN_MOST_MS = 8000,
	/* The relay's bounce when we go off-hook: a break told in it may be over without being told; so look once. */
	LC_DAHDI_SETTLE_MS = 200,
};

struct lc_dahdi_channel {
	int fd; /* -1: closed */
	uint16_t number;
	uint8_t kind;   /* enum lc_port_kind */
	int signalling; /* the driver's, as dahdi_cfg had set it up; 0: not known yet */
	bool gone;      /* the card was unplugged: nothing is asked of it until it could be opened again */
	bool back;      /* it was opened again, which is not told yet */
	/* The wire, as last told. */
	bool loop, ring, battery, reversed;
	/* What we do. */
	bool offhook;     /* FXO */
	bool ringing;     /* FXS */
	bool fed_talking; /* FXS: the driver is in its off-hook state, so it must leave that before it can ring */
	bool no_transfer; /* FXS: the card has no on-hook transfer */
	bool watch;       /* ask in each tick until the loop is back */
	int look_in;      /* ticks until the channel is asked once; 0: not wanted */
	int deaf;         /* FXO: ticks for which the driver may not tell of ringing */
	int echo_off_in;  /* ticks */
	bool echo;        /* the kernel's canceller is on */
	/* Sound. */
	bool prime;  /* margin first */
	bool late;   /* its block was not ready: see whether two are now */
	bool silent; /* nothing was read in this tick */
	const struct lc_dahdi_law *law;
	uint8_t rx[LC_TICK_SAMPLES_MAX];
};

/* G.711 as look-ups. The driver would convert, too, for about twice the instructions. */
struct lc_dahdi_law {
	int16_t linear[1 << 8];
	uint8_t code[1 << 14]; /* by a sample's upper bits */
};

enum { LC_DAHDI_CODE_SHIFT = 2 }; /* bits that neither law sees */

struct lc_dahdi {
	struct lc_card card; /* first: the core holds its address */
	int channels;
	int n; /* samples per tick */
	struct lc_dahdi_options options;
	bool started;
	bool slipped;        /* in this tick the kernel told of a gap */
	bool lost;           /* some channel is gone */
	int missed;          /* not told yet */
	int lost_ticks;      /* since it was last looked for, or more was lost */
	int reopen_ms;       /* how long until it is looked for again */
	bool paced;          /* `due` is known */
	struct timespec due; /* when the next block should be there; while the card is gone, the clock */
	uint32_t put, taken;
	struct lc_card_event queue[LC_DAHDI_EVENTS];
	struct lc_dahdi_law law[2]; /* A-law, µ-law */
	struct lc_dahdi_channel channel[LC_DAHDI_CHANNELS];
};

static inline int lc_dahdi_ticks(const struct lc_dahdi *card, int ms)
{
	return (ms * (LC_RATE / 1000) + card->n - 1) / card->n;
}

/* open.c. Opens and sets up one channel; 0, or
 *   -ENODEV      there is no DAHDI driver
 *   -EACCES      no right to open its device
 *   -EBUSY       somebody else has the channel
 *   -ENXIO       no such channel, or dahdi_cfg has not configured it
 *   -EPROTOTYPE  it is of the other kind, or not an analog channel
 *   -ENODATA     no tone zone is loaded, without which the driver does not ring
 * A channel that was open before and is not set up any more, as its card was unplugged, is set up again. */
int lc_dahdi_channel_open(struct lc_dahdi *card, struct lc_dahdi_channel *channel);
void lc_dahdi_channel_close(struct lc_dahdi_channel *channel);

/* signal.c */
void lc_dahdi_tell(struct lc_dahdi *card, struct lc_dahdi_channel *channel, enum lc_card_event_kind kind, int32_t value);
/* Takes every event that the kernel holds for the channel. */
void lc_dahdi_drain(struct lc_dahdi *card, struct lc_dahdi_channel *channel);
/* Asks the driver for the wire's state and tells what has changed. */
void lc_dahdi_look(struct lc_dahdi *card, struct lc_dahdi_channel *channel);
/* Once per tick: what waits for its time. */
void lc_dahdi_signal_tick(struct lc_dahdi *card, struct lc_dahdi_channel *channel);
void lc_dahdi_gone(struct lc_dahdi *card, struct lc_dahdi_channel *channel);
int lc_dahdi_hook(struct lc_card *card, int channel, int offhook);
int lc_dahdi_ring(struct lc_card *card, int channel, int on);
int lc_dahdi_feed(struct lc_card *card, int channel, enum lc_feed feed);
int lc_dahdi_lamp(struct lc_card *card, int channel, int on); /* -ENOTTY: its driver has no voltage for neon lamps */
int lc_dahdi_event(struct lc_card *card, struct lc_card_event *event);

/* sound.c */
void lc_dahdi_begin(struct lc_card *card);
int lc_dahdi_read(struct lc_card *card, int channel, int16_t *rx, int n);
int lc_dahdi_write(struct lc_card *card, int channel, const int16_t *tx, int n);

/* pace.c */
int lc_dahdi_wait(struct lc_card *card);

#endif
