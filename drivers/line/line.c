#include "line/line.h"

#include <errno.h>
#include <string.h>

#include "line/machine.h"

static const struct lc_machine *machine(const struct lc_line *line)
{
	return line->kind == LC_FXO ? &lc_fxo_machine : &lc_fxs_machine;
}

void lc_line_tell(struct lc_line *line, enum lc_event_kind kind, int32_t value, int64_t at)
{
	struct lc_event event = {.kind = (uint16_t)kind, .value = value, .at = at};

	line->emit(line->context, &event);
}

/* The one place where a line's state changes. */
static void enter(struct lc_line *line, enum lc_line_state state)
{
	struct lc_event event = {
		.kind = LC_EV_LINE_STATE,
		.value = (int32_t)state,
		.extra = (int32_t)line->state,
		.at = line->now,
	};

	if (line->state == state)
		return;
	line->state = state;
	line->entered = line->now;
	line->emit(line->context, &event);
}

static int surprise(struct lc_line *line, enum lc_line_input input)
{
	struct lc_event event = {
		.kind = LC_EV_SURPRISE,
		.value = (int32_t)line->state,
		.extra = (int32_t)input,
		.at = line->now,
	};

	line->emit(line->context, &event);
	return -EPROTO;
}

int lc_line_take(struct lc_line *line, enum lc_line_input input)
{
	const struct lc_rule *rule = &machine(line)->rules[line->state][input];
	int result = 0;

	if (rule->verdict == LC_SURPRISE)
		return surprise(line, input);
	if (rule->verdict == LC_REFUSE)
		return -rule->refusal;
	if (rule->verdict == LC_LATER)
		return -EAGAIN;
	if (rule->act)
		result = rule->act(line);
	if (result < 0)
		return result;
	enter(line, (enum lc_line_state)rule->next);
	if (rule->tell)
		rule->tell(line);
	return 0;
}

void lc_line_init(struct lc_line *line, enum lc_port_kind kind, const struct lc_plan *plan, struct lc_card *card, int channel,
                  lc_emit_fn *emit, void *context)
{
	memset(line, 0, sizeof(*line));
	line->kind = kind;
	line->state = LC_LINE_IDLE;
	line->plan = plan;
	line->card = card;
	line->channel = channel;
	line->emit = emit;
	line->context = context;
	if (machine(line)->init)
		machine(line)->init(line);
}

int lc_line_command(struct lc_line *line, const struct lc_command *command)
{
	int result;

	line->order = command;
	result = machine(line)->command(line, command);
	line->order = NULL;
	return result;
}

void lc_line_card_event(struct lc_line *line, const struct lc_card_event *event)
{
	if (event->kind == LC_CARD_THERE)
		lc_line_tell(line, LC_EV_CARD, event->value != 0, line->now);
	else
		machine(line)->card_event(line, event);
}

void lc_line_tick(struct lc_line *line, int64_t now)
{
	line->now = now;
	machine(line)->tick(line);
}

void lc_line_callerid(struct lc_line *line)
{
	if (line->kind == LC_FXO && line->state == LC_LINE_DATA)
		line->fxo.told = true;
}

enum lc_line_state lc_line_state(const struct lc_line *line)
{
	return line->state;
}
