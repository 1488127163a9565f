/* sound.h — wraps any card and adds headsets at the box's own sound sockets as FXS channels behind its own.
 *
 * What goes between the tick and the sockets' thread passes through two elastics per headset (elastic.h). A headset that is
 * there is a telephone off-hook; one that was unplugged is a telephone whose card is gone (LC_CARD_THERE), on-hook.
 */
#ifndef CALLBOX_SOUND_H
#define CALLBOX_SOUND_H

#include "cards.h"
#include "cards/card.h"
#include "cards/sound/elastic.h"

struct lc_headset {
	struct lc_elastic said, heard; /* from its microphone to the port; from the port to its ears */
	_Atomic bool there;
	_Atomic uint64_t lost;
	/* The tick's: what the line was told. */
	bool told_there, told_loop;
};

struct lc_sound {
	struct lc_card card;     /* first: the core holds its address */
	struct lc_card_ops ops;  /* without what the wrapped card cannot do */
	struct lc_card *wrapped; /* closed with this one */
	int channels;            /* the wrapped card's */
	int headsets;
	struct lc_headset headset[LC_HEADSETS_MAX];
};

#endif
