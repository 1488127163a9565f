/* card.h — the seam between the core and a voice card.
 *
 * A card moves one tick of samples per channel each way and tells what the wires do. It debounces
 * nothing and decides nothing: that is the line machines' work (drivers/line). All functions are called
 * from the thread that ticks the core; none may allocate, lock or print. `wait` alone may block and ask
 * a clock: it is called between ticks, never inside one. `io` is called from the thread that serves the core's files, and
 * may do what file work needs.
 */
#ifndef CALLBOX_CARD_H
#define CALLBOX_CARD_H

#include <stdint.h>

#include "linecard.h"

enum lc_card_event_kind {
	LC_CARD_RING,     /* FXO: value 1 ringing voltage begins, 0 ends */
	LC_CARD_LOOP,     /* FXS: value 1 loop current flows, 0 does not. FXO off-hook: the same */
	LC_CARD_BATTERY,  /* FXO: value 1 there, 0 gone */
	LC_CARD_POLARITY, /* FXO: value 0 normal, 1 reversed */
	LC_CARD_LAMP,     /* FXO: value 1 voltage of a neon message lamp, 0 none */
	LC_CARD_THERE, /* both: value 0 the port's card was unplugged, 1 it is back. Told before what the loss does to the wire */
	LC_CARD_EVENTS,
};

struct lc_card_event {
	uint16_t channel;
	uint16_t kind; /* enum lc_card_event_kind */
	int32_t value;
};

struct lc_card {
	const struct lc_card_ops *ops;
};

struct lc_card_ops {
	const char *name;
	/* Required. n = the tick's samples; rx and tx are one block of n per channel, in channel order. */
	int (*read)(struct lc_card *card, int channel, int16_t *rx, int n);
	int (*write)(struct lc_card *card, int channel, const int16_t *tx, int n);
	int (*hook)(struct lc_card *card, int channel, int offhook);     /* FXO */
	int (*ring)(struct lc_card *card, int channel, int on);          /* FXS: ringing voltage, cadence is ours */
	int (*event)(struct lc_card *card, struct lc_card_event *event); /* 1: one taken, 0: none waits */
	/* Optional: NULL where the card cannot. */
	int (*feed)(struct lc_card *card, int channel, enum lc_feed feed); /* FXS; else -ENOTTY to the caller */
	int (*lamp)(struct lc_card *card, int channel, int on);            /* FXS: neon lamp's voltage; else -ENOTTY */
	void (*begin)(struct lc_card *card);                               /* before the first read of a tick */
	void (*end)(struct lc_card *card);                                 /* after the last write of a tick */
	/* For whoever keeps a diary (cards/spy): a port's order is about to be carried out; a port's news was told. `slot`
	 * is the port. */
	void (*order)(struct lc_card *card, const struct lc_command *command);
	void (*told)(struct lc_card *card, const struct lc_event *event);
	int (*wait)(struct lc_card *card); /* blocks until a tick is due; how many ticks were missed */
	int (*io)(struct lc_card *card);   /* the card's own file work, from lc_io(); bytes moved */
	void (*close)(struct lc_card *card);
};

#endif
