/* lamp.h — the message lamp of a telephone, told by FSK while it lies on-hook and does not ring (VMWI).
 *
 * Telcordia GR-30 and GR-1401 send it bare; ETSI EN 300 659-1 (data transmission not associated with ringing) wants the
 * telephone alerted first: by the polarity turned and DT-AS, by DT-AS, or by a short burst of ringing (RP-AS). The plan says
 * which, as for a caller id; with Bell 202 nothing, with V.23 at least DT-AS:
 *
 *     before   polarity turned for LC_LAMP_REVERSAL_MS, or LC_LAMP_PULSE_MS of ringing and a pause; else nothing
 *     data     DT-AS if wanted, seizure, mark, message 0x82 with parameter 0x0B: 0xff lit, 0 dark
 *     after    silence; then the polarity is normal again
 */
#ifndef CALLBOX_LAMP_H
#define CALLBOX_LAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/callerid.h"
#include "linecard.h"

enum {
	LC_LAMP_REVERSAL_MS = 250, /* BT SIN 227: at least 100 ms of silence */
	LC_LAMP_PULSE_MS = 250,    /* EN 300 659-1: 200 to 300 ms */
	LC_LAMP_PAUSE_MS = 600,    /* behind it: 500 to 800 ms */
	LC_LAMP_AFTER_MS = 200,    /* EN 300 659-1: ringing not before */
};

enum lc_lamp_phase { LC_LAMP_NONE, LC_LAMP_BEFORE, LC_LAMP_DATA, LC_LAMP_AFTER };

struct lc_lamp {
	enum lc_lamp_phase phase;
	bool lit, reverses, rings;
	int64_t until; /* BEFORE: the data's first sample; AFTER: the end */
	struct lc_callerid_tx tx;
};

/* `now` in samples. -ENOTTY: the plan's caller id is not FSK, so its telephones have no such lamp. */
int lc_lamp_start(struct lc_lamp *lamp, const struct lc_plan *plan, bool lit, int64_t now);
/* True: it has just ended. */
bool lc_lamp_tick(struct lc_lamp *lamp, int64_t now);
/* What the wire needs at this moment: the polarity turned; ringing voltage. */
bool lc_lamp_reverses(const struct lc_lamp *lamp);
bool lc_lamp_rings(const struct lc_lamp *lamp, int64_t now);
/* The next n samples up to `now`; false: none are to be sent. */
bool lc_lamp_read(struct lc_lamp *lamp, int16_t *out, int n, int64_t now);

#endif
