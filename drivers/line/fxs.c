/* fxs.c — a telephone, as the feeding end of its line sees it: the machine's table, its orders, and what is told.
 *
 * What it is told of a call, on-hook and ringing, is in ringing.h, in talk in waiting.h, of messages in lamp.h; what the
 * breaks of its loop mean in breaks.h.
 */
#include <errno.h>

#include "line/breaks.h"
#include "line/machine.h"

enum {
	DATA_END_MS = 100, /* the loop is open so long: a telephone has got its data */
	LIFTED_MS = 7000,  /* how long it may take for that; then it was a person, who has answered */
};

static void voltage(struct lc_line *line, bool on)
{
	if (line->fxs.ring_on == on)
		return;
	if (line->card->ops->ring(line->card, line->channel, on) < 0)
		line->card_errors++;
	else
		line->fxs.ring_on = on;
}

/* Turns the polarity for a caller id, or back. A card that cannot turn it sends its caller id without. */
static void reverse(struct lc_line *line, bool on)
{
	if (line->fxs.reversed == on || !line->card->ops->feed)
		return;
	if (line->card->ops->feed(line->card, line->channel, on ? LC_FEED_REVERSED : LC_FEED_NORMAL) < 0)
		line->card_errors++;
	else
		line->fxs.reversed = on;
}

static void end_lamp(struct lc_line *line, enum lc_lamp_result how)
{
	struct lc_event event = {.kind = LC_EV_LAMP, .value = (int32_t)how, .extra = line->fxs.lamp.lit, .at = line->now};

	if (line->fxs.lamp.phase == LC_LAMP_NONE && how == LC_LAMP_CUT)
		return;
	line->fxs.lamp.phase = LC_LAMP_NONE;
	line->emit(line->context, &event);
}

static int start_lamp(struct lc_line *line)
{
	struct lc_lamp lamp;
	int result = lc_lamp_start(&lamp, line->plan, line->order->a != 0, line->now);

	if (result < 0)
		return result;
	end_lamp(line, LC_LAMP_CUT);
	line->fxs.lamp = lamp;
	return 0;
}

/* Idle: what a lamp's data need of the wire, or rest. */
static void tick_idle(struct lc_line *line)
{
	if (lc_lamp_tick(&line->fxs.lamp, line->now))
		end_lamp(line, LC_LAMP_SENT);
	voltage(line, lc_lamp_rings(&line->fxs.lamp, line->now));
	reverse(line, lc_lamp_reverses(&line->fxs.lamp));
}

/* A caller wins over a lamp. */
static void clear_wire(struct lc_line *line)
{
	end_lamp(line, LC_LAMP_CUT);
	voltage(line, false);
	reverse(line, false);
}

static int start_ring(struct lc_line *line)
{
	const struct lc_command *order = line->order;
	struct lc_fxs *fxs = &line->fxs;
	struct lc_ringing ringing;
	int result;

	clear_wire(line);
	result = lc_ringing_start(&ringing, line->plan, order->text, sizeof(order->text), (enum lc_callerid_withheld)order->b,
	                          line->now);
	if (result == 0 && ringing.rings)
		result = line->card->ops->ring(line->card, line->channel, 1);
	if (result < 0)
		return result;
	fxs->ring_on |= ringing.rings;
	fxs->ringing = ringing;
	fxs->given_up = false;
	reverse(line, ringing.reverses);
	return 0;
}

static int stop_ring(struct lc_line *line)
{
	int result = line->fxs.ring_on ? line->card->ops->ring(line->card, line->channel, 0) : 0;

	if (result < 0)
		return result;
	line->fxs.ring_on = false;
	return 0;
}

/* The handset is up whatever the card says, so this cannot fail; tick() tries again. */
static int trip(struct lc_line *line)
{
	voltage(line, false);
	return 0;
}

static int begin_data(struct lc_line *line)
{
	lc_ringing_answered(&line->fxs.ringing, line->now);
	return trip(line);
}

/* The telephone knows who calls. */
static int ring_after_data(struct lc_line *line)
{
	lc_ringing_go_on(&line->fxs.ringing, line->now);
	return 0;
}

static int give_up(struct lc_line *line)
{
	line->fxs.given_up = true;
	return 0;
}

static int feed(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;
	enum lc_feed want = line->order ? (enum lc_feed)line->order->a : LC_FEED_NORMAL;
	int result;

	if (!line->card->ops->feed)
		return -ENOTTY;
	result = line->card->ops->feed(line->card, line->channel, want);
	if (result < 0)
		return result;
	fxs->feed_until = 0;
	fxs->reversed = fxs->ringing.reverses = false; /* whoever orders a feed has taken the line's polarity over */
	if (line->order && want != LC_FEED_NORMAL && line->order->b > 0)
		fxs->feed_until = line->now + lc_ms(line->order->b);
	return 0;
}

static int feed_off_idle(struct lc_line *line)
{
	line->fxs.resume_offhook = false;
	return feed(line);
}

static int feed_off_ringing(struct lc_line *line)
{
	int result = stop_ring(line);

	return result < 0 ? result : feed_off_idle(line);
}

static int feed_off_talking(struct lc_line *line)
{
	int result = feed(line);

	if (result < 0)
		return result;
	line->fxs.resume_offhook = true;
	line->fxs.breaks.pulses = 0;
	return 0;
}

static int feed_again(struct lc_line *line)
{
	struct lc_signal *loop = &line->fxs.loop;
	int result = feed(line);

	if (result < 0)
		return result;
	loop->told = false;
	loop->since = line->now; /* what the loop did without feed says nothing about the telephone */
	return 0;
}

/* An order while the telephone is in talk. */
static int start_waiting(struct lc_line *line)
{
	const struct lc_command *order = line->order;

	if (line->fxs.waiting.phase != LC_WAITING_NONE)
		return -EBUSY;
	return lc_waiting_start(&line->fxs.waiting, line->plan, order->text, sizeof(order->text),
	                        (enum lc_callerid_withheld)order->b);
}

static void tell_offhook(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_OFFHOOK, 0, line->fxs.loop.since);
}

static void tell_tripped(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_OFFHOOK, 1, line->fxs.loop.since);
}

static void tell_onhook(struct lc_line *line)
{
	line->fxs.breaks.pulses = 0;
	lc_line_tell(line, LC_EV_ONHOOK, 0, line->fxs.loop.since);
}

/* What is not named is a surprise. */
static const struct lc_rule rules[LC_LINE_STATES][LC_LINE_INPUTS] =
	{
		[LC_LINE_IDLE] =
			{
				[LC_IN_CLOSED] = LC_RULE_GO(LC_LINE_OFFHOOK, NULL, tell_offhook),
				[LC_IN_START_RING] = LC_RULE_GO(LC_LINE_RINGING, start_ring, NULL),
				[LC_IN_STOP_RING] = LC_RULE_STAY(LC_LINE_IDLE),
				[LC_IN_FEED_ON] = LC_RULE_GO(LC_LINE_IDLE, feed, NULL),
				[LC_IN_FEED_OFF] = LC_RULE_GO(LC_LINE_DEAD, feed_off_idle, NULL),
				[LC_IN_LAMP] = LC_RULE_GO(LC_LINE_IDLE, start_lamp, NULL),
				[LC_IN_WAITING] = LC_RULE_REFUSE(EBUSY),
			},
		[LC_LINE_RINGING] =
			{
				[LC_IN_CLOSED] = LC_RULE_GO(LC_LINE_OFFHOOK, trip, tell_tripped),
				[LC_IN_START_RING] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_STOP_RING] = LC_RULE_GO(LC_LINE_IDLE, stop_ring, NULL),
				[LC_IN_FEED_ON] = LC_RULE_GO(LC_LINE_RINGING, feed, NULL),
				[LC_IN_FEED_OFF] = LC_RULE_GO(LC_LINE_DEAD, feed_off_ringing, NULL),
				[LC_IN_LAMP] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_WAITING] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_ASKS] = LC_RULE_GO(LC_LINE_DATA, begin_data, NULL),
			},
		[LC_LINE_OFFHOOK] =
			{
				[LC_IN_BROKEN] = LC_RULE_GO(LC_LINE_FLASHING, NULL, NULL),
				[LC_IN_MADE] = LC_RULE_STAY(LC_LINE_OFFHOOK),
				[LC_IN_START_RING] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_STOP_RING] = LC_RULE_STAY(LC_LINE_OFFHOOK),
				[LC_IN_FEED_ON] = LC_RULE_GO(LC_LINE_OFFHOOK, feed, NULL),
				[LC_IN_FEED_OFF] = LC_RULE_GO(LC_LINE_DEAD, feed_off_talking, NULL),
				[LC_IN_LAMP] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_WAITING] = LC_RULE_GO(LC_LINE_OFFHOOK, start_waiting, NULL),
			},
		[LC_LINE_FLASHING] =
			{
				[LC_IN_MADE] = LC_RULE_GO(LC_LINE_OFFHOOK, NULL, lc_breaks_made),
				[LC_IN_BROKEN_LONG] = LC_RULE_GO(LC_LINE_IDLE, NULL, tell_onhook),
				[LC_IN_START_RING] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_STOP_RING] = LC_RULE_STAY(LC_LINE_FLASHING),
				[LC_IN_FEED_ON] = LC_RULE_GO(LC_LINE_FLASHING, feed, NULL),
				[LC_IN_FEED_OFF] = LC_RULE_GO(LC_LINE_DEAD, feed_off_talking, NULL),
				[LC_IN_LAMP] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_WAITING] = LC_RULE_REFUSE(EBUSY),
			},
		[LC_LINE_DEAD] =
			{
				[LC_IN_START_RING] = LC_RULE_REFUSE(ENOTCONN),
				[LC_IN_STOP_RING] = LC_RULE_STAY(LC_LINE_DEAD),
				[LC_IN_FEED_ON] = LC_RULE_GO(LC_LINE_IDLE, feed_again, NULL),
				[LC_IN_FEED_RESUME] = LC_RULE_GO(LC_LINE_OFFHOOK, feed_again, NULL),
				[LC_IN_FEED_OFF] = LC_RULE_GO(LC_LINE_DEAD, feed, NULL),
				[LC_IN_LAMP] = LC_RULE_REFUSE(ENOTCONN),
				[LC_IN_WAITING] = LC_RULE_REFUSE(EBUSY),
			},
		[LC_LINE_DATA] =
			{
				[LC_IN_CLOSED] = LC_RULE_STAY(LC_LINE_DATA),
				[LC_IN_SHOWN] = LC_RULE_GO(LC_LINE_RINGING, ring_after_data, NULL),
				[LC_IN_GIVEN_UP] = LC_RULE_GO(LC_LINE_IDLE, NULL, NULL),
				[LC_IN_LIFTED] = LC_RULE_GO(LC_LINE_OFFHOOK, NULL, tell_tripped),
				[LC_IN_START_RING] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_STOP_RING] = LC_RULE_GO(LC_LINE_DATA, give_up, NULL),
				[LC_IN_FEED_ON] = LC_RULE_GO(LC_LINE_DATA, feed, NULL),
				[LC_IN_FEED_OFF] = LC_RULE_GO(LC_LINE_DEAD, feed_off_idle, NULL),
				[LC_IN_LAMP] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_WAITING] = LC_RULE_REFUSE(EBUSY),
			},
};

static enum lc_line_input feed_on(const struct lc_line *line)
{
	return line->state == LC_LINE_DEAD && line->fxs.resume_offhook ? LC_IN_FEED_RESUME : LC_IN_FEED_ON;
}

static int lamp(struct lc_line *line, const struct lc_command *command)
{
	if (command->a < 0 || command->a > 1 || command->b < LC_LAMP_FSK || command->b > LC_LAMP_VOLTAGE)
		return -EINVAL;
	if (command->b == LC_LAMP_FSK)
		return lc_line_take(line, LC_IN_LAMP);
	return line->card->ops->lamp ? line->card->ops->lamp(line->card, line->channel, command->a) : -ENOTTY;
}

static int command(struct lc_line *line, const struct lc_command *command)
{
	switch (command->kind) {
	case LC_CMD_LAMP:
		return lamp(line, command);
	case LC_CMD_RING:
		if (command->a < 0 || command->a > 1 || command->b < 0 || command->b > 2)
			return -EINVAL;
		return lc_line_take(line, command->a ? LC_IN_START_RING : LC_IN_STOP_RING);
	case LC_CMD_CALL_WAITING:
		return command->b < 0 || command->b > 2 ? -EINVAL : lc_line_take(line, LC_IN_WAITING);
	case LC_CMD_FEED:
		if (command->a < LC_FEED_NORMAL || command->a > LC_FEED_OFF || command->b < 0)
			return -EINVAL;
		return lc_line_take(line, command->a == LC_FEED_OFF ? LC_IN_FEED_OFF : feed_on(line));
	default:
		return -EINVAL;
	}
}

static void card_event(struct lc_line *line, const struct lc_card_event *event)
{
	struct lc_fxs *fxs = &line->fxs;
	int64_t was_since = fxs->loop.since;

	if (event->kind != LC_CARD_LOOP) {
		lc_line_take(line, LC_IN_FOREIGN);
		return;
	}
	if (!lc_signal_set(&fxs->loop, event->value != 0, line->now) || !fxs->loop.on)
		return;
	fxs->breaks.last = line->now - was_since;
	if (line->state == LC_LINE_OFFHOOK || line->state == LC_LINE_FLASHING)
		lc_line_take(line, LC_IN_MADE);
}

static void tick_ring(struct lc_line *line)
{
	struct lc_ringing *ringing = &line->fxs.ringing;

	lc_ringing_tick(ringing, line->now);
	voltage(line, ringing->rings);
	reverse(line, ringing->reverses);
}

/* The telephone is off-hook to be told who calls: until it has been, or stays. */
static void tick_data(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;
	int64_t lasted = line->now - fxs->loop.since;

	tick_ring(line);
	if (!fxs->loop.on && lasted >= lc_ms(DATA_END_MS))
		lc_line_take(line, fxs->given_up ? LC_IN_GIVEN_UP : LC_IN_SHOWN);
	else if (fxs->loop.on && lc_ringing_told(&fxs->ringing, line->now) >= lc_ms(LIFTED_MS))
		lc_line_take(line, LC_IN_LIFTED);
}

static void end_waiting(struct lc_line *line, enum lc_waiting_result how)
{
	if (line->fxs.waiting.phase == LC_WAITING_NONE && how == LC_WAITING_CUT)
		return;
	line->fxs.waiting.phase = LC_WAITING_NONE;
	lc_line_tell(line, LC_EV_WAITING, (int32_t)how, line->now);
}

/* What a telephone that closes its loop wants. */
static enum lc_line_input closed_for(const struct lc_line *line)
{
	bool asks = line->state == LC_LINE_RINGING && line->fxs.ringing.phase == LC_RINGING_ASKS;

	return asks ? LC_IN_ASKS : LC_IN_CLOSED;
}

static void tick(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;
	bool talking;

	if (fxs->feed_until && line->now >= fxs->feed_until && lc_line_take(line, feed_on(line)) < 0)
		line->card_errors++; /* tried again next tick */
	talking = line->state == LC_LINE_OFFHOOK || line->state == LC_LINE_FLASHING;
	if (!talking && fxs->loop.on && !fxs->loop.told &&
	    line->now - fxs->loop.since >= lc_ms(line->plan->timers.offhook_debounce)) {
		fxs->loop.told = true;
		lc_line_take(line, closed_for(line));
	}
	if (talking)
		lc_breaks_tick(line);
	if (line->state != LC_LINE_OFFHOOK)
		end_waiting(line, LC_WAITING_CUT);
	if (line->state != LC_LINE_IDLE)
		end_lamp(line, LC_LAMP_CUT);
	if (line->state == LC_LINE_RINGING) {
		tick_ring(line);
	} else if (line->state == LC_LINE_DATA) {
		tick_data(line);
	} else if (line->state == LC_LINE_IDLE) {
		tick_idle(line);
	} else {
		voltage(line, false);
		reverse(line, false);
	}
}

const struct lc_machine lc_fxs_machine = {rules, NULL, command, card_event, tick};

bool lc_line_is_split(const struct lc_line *line)
{
	return line->kind == LC_FXS && line->fxs.waiting.phase > LC_WAITING_TONE;
}

bool lc_line_awaits_digit(const struct lc_line *line)
{
	return line->kind == LC_FXS && line->fxs.waiting.phase >= LC_WAITING_ALERT && line->fxs.waiting.phase <= LC_WAITING_PAUSE;
}

bool lc_line_digit(struct lc_line *line, char digit)
{
	return line->kind == LC_FXS && lc_waiting_digit(&line->fxs.waiting, digit);
}

bool lc_line_transmit(struct lc_line *line, int16_t *tx, int n)
{
	struct lc_fxs *fxs = &line->fxs;
	int result;

	if (line->kind != LC_FXS)
		return false;
	if (fxs->waiting.phase != LC_WAITING_NONE) {
		result = lc_waiting_read(&fxs->waiting, tx, n);
		if (result)
			end_waiting(line, (enum lc_waiting_result)result);
		return true;
	}
	if (line->state == LC_LINE_IDLE)
		return lc_lamp_read(&fxs->lamp, tx, n, line->now);
	return (line->state == LC_LINE_RINGING || line->state == LC_LINE_DATA) &&
	       lc_ringing_read(&fxs->ringing, tx, n, line->now);
}
