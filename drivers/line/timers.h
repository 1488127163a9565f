/* timers.h — every line timing in one table: name, default, bounds, source, reason. Milliseconds.
 *
 * Each row is a member of struct lc_timers (linecard.h). A country's plan may set its own value within the bounds.
 */
#ifndef CALLBOX_TIMERS_H
#define CALLBOX_TIMERS_H

#include "linecard.h"

/* X(name, default, least, most, source, reason) */
#define LC_TIMERS(X)                                                                                                       \
	X(ring_debounce, 100, 20, 180, "DAHDI wctdm: 64 ms",                                                               \
	  "a neighbour's dial pulses and hook clicks ring for less; must stay below the 200 ms pause of a UK double ring") \
	X(ring_stop, 6000, 2500, 12000, "ITU-T E.180: silence between bursts up to 5 s",                                   \
	  "longer than the longest pause of the country's ringing cadence, else one call counts as two")                   \
	X(offhook_settle, 200, 20, 1000, "DAHDI FXO: 600 ms",                                                              \
	  "the seizing relay bounces and the exchange removes ringing; longer would hide an early hang-up")                \
	X(loop_drop, 200, 50, 900, "CPC in the field: 250 to 900 ms",                                                      \
	  "below the shortest disconnect signal, above the breaks an exchange makes when it switches")                     \
	X(battery_lost, 1000, 500, 10000, "DAHDI wctdm: alarm after 1 s",                                                  \
	  "a disconnect signal may still run after we went on-hook; a cut cable stays")                                    \
	X(polarity_debounce, 60, 10, 500, "DAHDI wctdm: 64 ms", "ringing and hook changes shake the measured voltage")     \
	X(release_guard, 1200, 300, 5000, "above the exchange's flash_max",                                                \
	  "seized again sooner, the exchange sees a hook flash and keeps the old call")                                    \
	X(dial_break, 60, 20, 80, "dials everywhere: 10 pulses/s, break 60 to 67 %",                                       \
	  "loop open for each pulse; counted to one tick, the sum exact")                                                  \
	X(dial_make, 40, 15, 60, "the same: make 33 to 40 %", "loop closed between two pulses of a digit")                 \
	X(dial_pause, 800, 240, 2000, "DAHDI FXO: 750 ms",                                                                 \
	  "loop closed between two digits; step-by-step exchanges need 600 ms and more")                                   \
	X(offhook_debounce, 30, 10, 300, "DAHDI FXS: 32 ms",                                                               \
	  "contacts bounce; also the ring trip, so it must stay short against a burst")                                    \
	X(flash_min, 80, 40, 500, "R key in China and Europe: 100 ms; North America: 300 to 1000 ms",                      \
	  "below the shortest R key")                                                                                      \
	X(flash_max, 800, 100, 1500, "DAHDI FXS: 1250 ms",                                                                 \
	  "every hang-up is reported this late; most flash keys make 100 to 700 ms")                                       \
	X(pulse_break_min, 30, 10, 60, "DAHDI FXS: 15 ms; dial pulses break for 60 to 67 ms", "shorter breaks are bounce") \
	X(pulse_break_max, 100, 60, 200, "DAHDI FXS: 200 ms; slowest dial, 8 pulses/s at 67 %: 84 ms",                     \
	  "longer breaks cannot be dial pulses, so a flash need not wait for pulse_gap")                                   \
	X(pulse_gap, 200, 80, 1000, "pause within a digit: 33 to 42 ms; between digits 240 ms and more",                   \
	  "ends a digit; well between the two")                                                                            \
	X(callerid_delay, 600, 500, 2000, "Telcordia GR-30: 500 ms or more; ETSI EN 300 659-1: 500 to 2000 ms",            \
	  "handsets open their receiver for that window")

enum lc_timer {
#define LC_TIMER_ENUM(name, standard, least, most, source, reason) LC_TIMER_##name,
	LC_TIMERS(LC_TIMER_ENUM)
#undef LC_TIMER_ENUM
		LC_TIMER_COUNT,
};

void lc_timers_standard(struct lc_timers *out);
/* 0, or -ERANGE: a value out of its bounds, a minimum above its maximum, or a pulse that would outlast every flash. */
int lc_timers_check(const struct lc_timers *timers);

/* Milliseconds in samples, and back. */
static inline int64_t lc_ms(int ms)
{
	return (int64_t)ms * (LC_RATE / 1000);
}

static inline int32_t lc_as_ms(int64_t samples)
{
	return (int32_t)(samples / (LC_RATE / 1000));
}

#endif
