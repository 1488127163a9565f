/* line.h — one port's signalling machine: FXO or FXS.
 *
 * What the card tells (loop, ring, battery, polarity: raw) and what Python orders (hook, ring, feed) meet
 * here; debounced news goes out through `emit`. Each machine is a table of state × input → permitted, next
 * state, action (fxo.c, fxs.c), with one function that changes state and emits LC_EV_LINE_STATE. What a state
 * does not permit is emitted as LC_EV_SURPRISE, which the core counts; it is never ignored. Time is counted
 * in samples and moves by lc_line_tick() alone, so every length is exact to one tick.
 *
 * In every tick the core calls, per line and in this order:
 *
 *     lc_line_command()      for each order
 *     lc_line_card_event()   for each event of the card; both are stamped with the tick's first sample
 *     lc_line_tick(now)      now = samples that have passed when this tick is over
 *     lc_line_transmit()     before mixing what the port sends in this tick
 *
 * LC_EV_LINE_STATE comes before the news that goes with it. A line starts in LC_LINE_IDLE, believing what every
 * card believes when opened: on-hook, fed, normal polarity, no ringing. A card that finds otherwise says so by
 * its first events.
 *
 * An exchange's end of a line is the FXS machine, a telephone is the FXO machine.
 *
 * NTT's number display (LC_CID_NTT) is told off-hook, before the call: the exchange turns the polarity and rings in short
 * bursts; the line goes off-hook (LC_LINE_DATA), takes the data and goes on-hook; then the true ringing begins. Nothing of
 * that is told as a call but the number: LC_EV_CALLERID, then LC_EV_RING.
 */
#ifndef CALLBOX_LINE_H
#define CALLBOX_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cards/card.h"
#include "dsp/callerid.h"
#include "emit.h"
#include "line/lamp.h"
#include "line/ringing.h"
#include "line/waiting.h"
#include "linecard.h"

/* What the machines' tables are asked about; `extra` of LC_EV_SURPRISE. */
enum lc_line_input {
	/* FXO */
	LC_IN_RING,    /* ringing lasted ring_debounce */
	LC_IN_SILENCE, /* no ringing for ring_stop, or another caller's begins */
	LC_IN_SEIZE,   /* LC_CMD_HOOK 1 */
	LC_IN_RELEASE, /* LC_CMD_HOOK 0 */
	LC_IN_FLASH,   /* LC_CMD_HOOK 0 with a time */
	LC_IN_DIAL,    /* LC_CMD_PULSE */
	LC_IN_FLASH_OVER,
	LC_IN_GUARD_OVER,
	LC_IN_BATTERY_LOST, /* gone for battery_lost */
	LC_IN_BATTERY_BACK,
	LC_IN_LOOP_LOST,  /* gone for loop_drop */
	LC_IN_LOOP_STRAY, /* loop current though we are on-hook */
	LC_IN_POLARITY,   /* changed for polarity_debounce */
	LC_IN_ASKED,      /* a short burst on a turned line: the exchange wants to tell who calls */
	LC_IN_TOLD,       /* it has, or took too long */
	/* FXS */
	LC_IN_CLOSED,      /* loop closed for offhook_debounce */
	LC_IN_BROKEN,      /* loop broken long enough for a pulse */
	LC_IN_MADE,        /* loop closed again */
	LC_IN_BROKEN_LONG, /* broken for longer than any flash */
	LC_IN_BREAK_ODD,   /* a break that is neither pulse nor flash */
	LC_IN_PULSES_ODD,  /* more than ten pulses */
	LC_IN_START_RING,  /* LC_CMD_RING 1 */
	LC_IN_STOP_RING,   /* LC_CMD_RING 0 */
	LC_IN_FEED_ON,     /* LC_CMD_FEED normal or reversed, or its time is over */
	LC_IN_FEED_RESUME, /* the same, and the telephone was off-hook when the feed went off */
	LC_IN_FEED_OFF,    /* LC_CMD_FEED off */
	LC_IN_WAITING,     /* LC_CMD_CALL_WAITING */
	LC_IN_ASKS,        /* closed on a short burst: the telephone wants to be told who calls */
	LC_IN_SHOWN,       /* it has been, and is on-hook again */
	LC_IN_GIVEN_UP,    /* the same, but the caller is gone */
	LC_IN_LAMP,        /* LC_CMD_LAMP by FSK */
	LC_IN_LIFTED,      /* it stays off-hook: somebody has answered */
	/* both */
	LC_IN_FOREIGN, /* a card event that this kind of port cannot have */
	LC_LINE_INPUTS,
};

/* A raw two-valued signal and since when it is so, in samples. */
struct lc_signal {
	bool on;
	bool told; /* the machine has dealt with this value */
	int64_t since;
};

struct lc_fxo {
	struct lc_signal ring, battery, polarity, loop;
	bool burst;     /* ringing, debounced */
	bool dialling;  /* LC_CMD_PULSE: state is FLASHING meanwhile */
	bool reversed;  /* polarity, debounced */
	bool drop_told; /* this break of the loop */
	int64_t turned; /* when the polarity was last turned, debounced; 0: never */
	int64_t asked;  /* the value of `turned` for which the line has been off-hook to be told who calls */
	bool told;      /* it has been */
	int64_t rung;   /* samples that the ringing voltage was last there; 0: looked at */
	int32_t bursts;
	int64_t flash_until;
	int64_t burst_since;          /* last burst's begin */
	int64_t quiet_since;          /* last burst's end */
	int64_t silence;              /* before the last burst; 0: it was the first */
	int64_t group_since;          /* begin of the first of some bursts that follow each other closely */
	char digits[LC_COMMAND_TEXT]; /* of LC_CMD_PULSE */
	int digit;                    /* the one to come */
	int dialled;                  /* digits sent */
	int pulses;                   /* of the present one, still to be begun */
	bool broken;                  /* we hold the loop open for a pulse */
	int64_t dial_at;              /* when the loop changes next */
	int64_t gone_since;           /* loop current */
	int64_t settled;              /* loop events count from here */
};

/* Of a telephone's loop, as breaks.h judges them. */
struct lc_breaks {
	int64_t last; /* length of the last one, samples */
	int32_t pulses;
	int32_t pulse_ms; /* the last pulse's break */
	int64_t pulse_at; /* when it began */
};

struct lc_fxs {
	struct lc_signal loop;
	struct lc_breaks breaks;
	int64_t feed_until;  /* 0: stays */
	bool resume_offhook; /* state to return to when the feed comes back */
	bool ring_on;        /* ringing voltage, as the card was told */
	bool reversed;       /* the same: polarity */
	bool given_up;       /* RING 0 while the telephone is being told who calls */
	struct lc_ringing ringing;
	struct lc_waiting waiting;
	struct lc_lamp lamp;
};

struct lc_line {
	enum lc_port_kind kind;
	enum lc_line_state state;
	int64_t entered; /* when it came into this state */
	int64_t now;
	int channel;
	uint32_t card_errors; /* card functions that failed where no command could carry the error */
	const struct lc_plan *plan;
	struct lc_card *card;
	const struct lc_command *order; /* while one is carried out */
	lc_emit_fn *emit;
	void *context;
	union {
		struct lc_fxo fxo;
		struct lc_fxs fxs;
	};
};

/* `plan` and `card` must outlive the line. The plan's timers must pass lc_timers_check(). */
void lc_line_init(struct lc_line *line, enum lc_port_kind kind, const struct lc_plan *plan, struct lc_card *card, int channel,
                  lc_emit_fn *emit, void *context);

/* LC_CMD_HOOK, _RING, _FEED, _PULSE, _CALL_WAITING, _LAMP. 0 or:
 *   -EINVAL    wrong kind of port; unknown value; HOOK 1 with a time; a flash over 2,000 ms; a caller id that the
 *              plan's scheme cannot carry; a plan without ringing cadence; PULSE without digits or with others than 0-9 ,
 *   -EBUSY     not in this state: HOOK 1 in GUARD, FLASHING or OFFHOOK; flash or PULSE unless OFFHOOK; RING 1 unless IDLE; CALL_WAITING
 *              unless OFFHOOK, or while the last one goes on; LAMP by FSK unless IDLE
 *   -ENOENT    CALL_WAITING: the plan has no call_waiting tone
 *   -ENOTCONN  HOOK 1 or RING 1 in DEAD: no battery, feed switched off
 *   -ENOTTY    FEED, LAMP: the card or the plan cannot
 *   the card's own; the state is then unchanged.
 * Undoing is always permitted: HOOK 0 when on-hook, RING 0 when not ringing return 0. */
int lc_line_command(struct lc_line *line, const struct lc_command *command);
void lc_line_card_event(struct lc_line *line, const struct lc_card_event *event);
/* Runs the timers up to sample count `now`; `now` never goes back. */
void lc_line_tick(struct lc_line *line, int64_t now);
/* FXO: who calls has been received; it may be what the line went off-hook for. */
void lc_line_callerid(struct lc_line *line);
/* FXS: call waiting goes on, so the port is split from its party: nothing it sends is heard but by its own ears. */
bool lc_line_is_split(const struct lc_line *line);
/* FXS: it waits for the telephone's answer in digits: give it the port's. True: that was it, and nobody else's. */
bool lc_line_awaits_digit(const struct lc_line *line);
bool lc_line_digit(struct lc_line *line, char digit);
/* FXS: the caller-id burst that goes with ringing, call waiting, the lamp. True: tx was filled and is all that may be sent now. */
bool lc_line_transmit(struct lc_line *line, int16_t *tx, int n);
enum lc_line_state lc_line_state(const struct lc_line *line);

#endif
