/* core.h — the core's inside: what linecard.h's lc_core is made of. Only drivers/core includes it. */
#ifndef CALLBOX_CORE_H
#define CALLBOX_CORE_H

#include "cards/card.h"
#include "core/links.h"
#include "core/player.h"
#include "core/ring.h"
#include "core/stream.h"
#include "dsp/answer_tone.h"
#include "dsp/ears.h"
#include "dsp/echo.h"
#include "line/line.h"
#include "linecard.h"

struct lc_port {
	struct lc_core *core;
	uint16_t index, channel;
	float gain[2]; /* receive, transmit; factors */
	struct lc_line line;
	struct lc_ears ears;
	unsigned listen; /* what Python wants of them: the line machine may need more */
	bool swallow;    /* the digit under way is the line machine's */
	struct lc_echo echo;
	struct lc_answer_tone answer_tone; /* switches it off */
	int64_t echo_since;                /* sample count when it was ordered */
	_Atomic uint32_t level[2];         /* mean square of receive and transmit, rounded */
	int16_t rx[LC_TICK_SAMPLES_MAX], tx[LC_TICK_SAMPLES_MAX];
};

enum { LC_TOLD = 1024, LC_NO_PORT = 255 };

/* Samples from Python. */
struct lc_inlet {
	struct lc_fifo fifo;
	bool sounding; /* block[] holds samples of this tick */
	int16_t block[LC_TICK_SAMPLES_MAX];
};

/* A sink's sum of this tick. */
struct lc_sum {
	bool used;
	float sample[LC_TICK_SAMPLES_MAX];
};

struct lc_core {
	struct lc_config config;
	struct lc_card *card;
	int n; /* samples per tick */
	uint64_t tick;
	int64_t now; /* samples since start */

	struct lc_port *port;
	struct lc_player *player;
	struct lc_stream *stream;
	int streams;
	struct lc_recorder *recorder;
	struct lc_links links;
	struct lc_sum *port_sum;     /* per port */
	struct lc_sum *recorder_sum; /* left, right per recorder */
	struct lc_fifo *tap;
	struct lc_sum *tap_sum;
	struct lc_inlet *inlet;
	uint8_t channel_port[256]; /* card channel → port, 255: none */

	struct lc_ring *commands, *events;
	int event_fd;
	uint32_t told;                     /* head of the event ring when the eventfd was last written */
	_Atomic uint64_t told_us[LC_TOLD]; /* by tick modulo LC_TOLD: when, CLOCK_MONOTONIC µs */
	_Atomic bool file_work;            /* the tick left something urgent for the file side */
	struct lc_counters counters;       /* written by one thread each, read by any: relaxed atomics */
	size_t bytes;
};

/* One thread writes each: a plain addition that others may read. */
#define LC_COUNT(core, field, by) \
	__atomic_store_n(&(core)->counters.field, LC_COUNTED(core, field) + (uint64_t)(by), __ATOMIC_RELAXED)
#define LC_COUNTED(core, field) __atomic_load_n(&(core)->counters.field, __ATOMIC_RELAXED)
#define LC_HIGHEST(core, field, value)                                                        \
	do {                                                                                  \
		if ((value) > LC_COUNTED(core, field))                                        \
			__atomic_store_n(&(core)->counters.field, (value), __ATOMIC_RELAXED); \
	} while (0)

/* command.c */
void lc_core_apply_commands(struct lc_core *core);
bool lc_command_is_for_port(uint16_t kind); /* not for a link, player or recorder; enum lc_command_kind */
/* core.c */
void lc_core_emit(struct lc_core *core, const struct lc_event *event);
lc_part_end_fn lc_core_part_end; /* its context is the core */
lc_emit_fn lc_port_emit;         /* its context is the port */
/* Outside the tick, which ended at `us`: wakes Python if there is news. */
void lc_core_tell(struct lc_core *core, uint64_t us);

#endif
