/* breaks.h — what it means that an off-hook telephone breaks its loop. Private to drivers/line: a part of the FXS machine.
 *
 *     shorter than pulse_break_min and flash_min      bounce, of no meaning
 *     pulse_break_min .. pulse_break_max              a pulse; the digit is told after pulse_gap
 *     flash_min .. flash_max, not in the pulse range  a flash, told at once
 *     longer than flash_max                           on-hook
 *     between pulse and flash range                   a surprise
 *
 * The ranges overlap on purpose: the R key of China and Europe breaks for 100 ms and would read as a dialled
 * '1'. A lone break in the overlap is therefore a flash, told after pulse_gap; two or more are a digit. Pulses
 * whose digit is not finished when the telephone hangs up are dropped with it.
 */
#ifndef CALLBOX_BREAKS_H
#define CALLBOX_BREAKS_H

#include "line/machine.h"

/* The loop is closed again after `last` samples: the telephone was not hung up. */
void lc_breaks_made(struct lc_line *line);
/* In talk: a digit that is over is told; a break that lasts is put to the table. */
void lc_breaks_tick(struct lc_line *line);

#endif
