/* machine.h — what the two line machines share: a rule for each state and input. Private to drivers/line. */
#ifndef CALLBOX_MACHINE_H
#define CALLBOX_MACHINE_H

#include "line/line.h"
#include "line/timers.h"

enum lc_verdict {
	LC_SURPRISE, /* not permitted, and it happened: told and counted */
	LC_GO,       /* act, change state, tell */
	LC_REFUSE,   /* an order that has to wait or makes no sense: its sender gets the errno */
	LC_LATER,    /* cannot be judged in this state; the machine asks again while it lasts */
};

struct lc_rule {
	uint8_t verdict;
	uint8_t next;
	uint8_t refusal;                    /* errno */
	int (*act)(struct lc_line *line);   /* what the card must do first; negative: state stays, nothing is told */
	void (*tell)(struct lc_line *line); /* in the new state */
};

#define LC_RULE_GO(next, act, tell)       \
	{                                 \
		LC_GO, next, 0, act, tell \
	}
#define LC_RULE_STAY(state)                 \
	{                                   \
		LC_GO, state, 0, NULL, NULL \
	}
#define LC_RULE_REFUSE(error)                   \
	{                                       \
		LC_REFUSE, 0, error, NULL, NULL \
	}
#define LC_RULE_LATER                      \
	{                                  \
		LC_LATER, 0, 0, NULL, NULL \
	}

struct lc_machine {
	const struct lc_rule (*rules)[LC_LINE_INPUTS]; /* [state][input] */
	void (*init)(struct lc_line *line);            /* NULL: all zero */
	int (*command)(struct lc_line *line, const struct lc_command *command);
	void (*card_event)(struct lc_line *line, const struct lc_card_event *event);
	void (*tick)(struct lc_line *line);
};

extern const struct lc_machine lc_fxo_machine, lc_fxs_machine;

/* Asks the table. 0; a refusal; -EAGAIN later; -EPROTO a surprise; or what the card answered. */
int lc_line_take(struct lc_line *line, enum lc_line_input input);
void lc_line_tell(struct lc_line *line, enum lc_event_kind kind, int32_t value, int64_t at);

/* True if the signal changed. */
static inline bool lc_signal_set(struct lc_signal *signal, bool on, int64_t now)
{
	if (signal->on == on)
		return false;
	*signal = (struct lc_signal){.on = on, .since = now};
	return true;
}

#endif
