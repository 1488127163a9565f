/* fxs.c — a telephone, as the feeding end of its line sees it.
 *
 * A break of the loop while off-hook may be bounce, a dial pulse, a hook flash or the end:
 *
 *     shorter than pulse_break_min and flash_min    bounce, of no meaning
 *     pulse_break_min .. pulse_break_max            a pulse; the digit is told after pulse_gap
 *     flash_min .. flash_max, not in the pulse range  a flash, told at once
 *     longer than flash_max                         on-hook
 *     between pulse and flash range                 a surprise
 *
 * The ranges overlap on purpose: the R key of China and Europe breaks for 100 ms and would read as a dialled
 * '1'. A lone break in the overlap is therefore a flash, told after pulse_gap; two or more are a digit. Pulses
 * whose digit is not finished when the telephone hangs up are dropped with it.
 *
 * NTT's number display: with the polarity turned, short bursts (ASK_ON_MS) for ASK_MS; a telephone that closes the loop in
 * them is told who calls (LC_LINE_DATA) and opens it again; then, and also if none does, the cadence begins. One that stays
 * off-hook has been lifted by somebody, who has answered.
 *
 * Caller id goes out either before the first burst, with ringing RING_AFTER_ID_MS behind it (the plan may want the
 * line's polarity turned REVERSAL_MS before it and until ID_BEFORE_RING_MS after it), or in the cadence's longest silence (the last one of a double ring), callerid_delay after it began. The next burst waits until
 * ID_BEFORE_RING_MS after its end, however short the country's silence is.
 */
#include <errno.h>
#include <string.h>

#include "line/machine.h"

enum {
	RING_AFTER_ID_MS = 300,  /* DTMF caller id: ringing follows 200 to 500 ms after it */
	ID_BEFORE_RING_MS = 200, /* Telcordia GR-30; BT SIN 227: at least 200 ms */
	REVERSAL_MS = 250,       /* BT SIN 227: at least 100 ms of silence; DTMF by EN 300 659-1 annex B: 200 ms or more */
	PULSES_MOST = 10,
	ASK_MS = 6000, /* as long as NTT waits for an answer to these bursts */
	ASK_ON_MS = 500,
	DATA_DELAY_MS = 300, /* after the telephone has closed the loop */
	DATA_END_MS = 100,   /* the loop is open so long: it has got the data */
	LIFTED_MS = 7000,    /* how long a telephone may take for that; then it was a person */
	RING_AFTER_DATA_MS = 1000,
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

/* Turns the polarity for a caller id, or back. A card that cannot sends its caller id without. */
static void reverse(struct lc_line *line, bool on)
{
	if (line->fxs.reversed == on || !line->card->ops->feed)
		return;
	if (line->card->ops->feed(line->card, line->channel, on ? LC_FEED_REVERSED : LC_FEED_NORMAL) < 0)
		line->card_errors++;
	else
		line->fxs.reversed = on;
}

static int longest_silence(const struct lc_plan *plan)
{
	int longest = 1;

	for (int step = 3; step < plan->ring_steps; step += 2)
		if (plan->ring_ms[step] > plan->ring_ms[longest])
			longest = step;
	return longest;
}

/* The next step of the cadence. */
static void ring_step(struct lc_line *line, int step)
{
	struct lc_fxs *fxs = &line->fxs;

	fxs->ring_step = (uint8_t)step;
	fxs->step_until = line->now + lc_ms(line->plan->ring_ms[step]);
	voltage(line, step % 2 == 0);
	if (fxs->id == LC_RING_ID_WAITS && step == longest_silence(line->plan)) {
		fxs->id_placed = true;
		fxs->id_at = line->now + lc_ms(line->plan->timers.callerid_delay);
	}
}

/* Short bursts, as long as the telephone may ask to be told; then the cadence begins. */
static void ask_step(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;

	if (line->now >= fxs->asks_until) {
		fxs->asks_until = 0;
		fxs->id = LC_RING_ID_NONE; /* a telephone that cannot */
		ring_step(line, 0);
		return;
	}
	fxs->step_until = line->now + lc_ms(ASK_ON_MS);
	voltage(line, !fxs->ring_on);
}

/* Reads the order's texts into the sender. 0, or negative errno from the sender. */
static int prepare_id(struct lc_line *line)
{
	const struct lc_command *order = line->order;
	const struct lc_plan *plan = line->plan;
	struct lc_fxs *fxs = &line->fxs;
	size_t number = strnlen(order->text, sizeof(order->text) - 1);

	fxs->id = LC_RING_ID_NONE;
	fxs->id_placed = fxs->given_up = false;
	fxs->asks_until = 0;
	if (plan->callerid_scheme == LC_CID_NONE || (!order->b && number == 0 && !order->text[1]))
		return 0;
	fxs->id = LC_RING_ID_WAITS;
	return lc_callerid_tx_init(&fxs->tx, plan, plan->callerid_scheme, order->text, sizeof(order->text),
	                           (enum lc_callerid_withheld)order->b);
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
	const struct lc_plan *plan = line->plan;
	struct lc_fxs *fxs = &line->fxs;
	int result;

	clear_wire(line);

	if (plan->ring_steps < 2 || plan->ring_steps % 2)
		return -EINVAL;
	result = prepare_id(line);
	if (result < 0)
		return result;
	if (fxs->id == LC_RING_ID_WAITS && plan->callerid_moment == LC_CID_BEFORE_RING) {
		fxs->ring_step = (uint8_t)(plan->ring_steps - 1);
		fxs->step_until = line->now;
		fxs->id_placed = true;
		fxs->id_at = line->now;
		if (plan->callerid_alert & LC_CID_ALERT_REVERSAL) {
			reverse(line, true);
			fxs->id_at += lc_ms(REVERSAL_MS);
		}
		return 0;
	}
	result = line->card->ops->ring(line->card, line->channel, 1);
	if (result < 0)
		return result;
	fxs->ring_on = true;
	if (fxs->id == LC_RING_ID_WAITS && plan->callerid_scheme == LC_CID_NTT) {
		reverse(line, true);
		fxs->asks_until = line->now + lc_ms(ASK_MS);
		fxs->step_until = line->now + lc_ms(ASK_ON_MS);
		return 0;
	}
	ring_step(line, 0);
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

/* The handset is up whatever the card says, so this cannot fail; tick_ring() tries again. */
static int trip(struct lc_line *line)
{
	voltage(line, false);
	return 0;
}

static int begin_data(struct lc_line *line)
{
	line->fxs.id_at = line->now + lc_ms(DATA_DELAY_MS);
	line->fxs.asks_until = 0;
	return trip(line);
}

/* The telephone knows who calls: a moment, then the cadence from its beginning. */
static int ring_on(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;

	fxs->id = LC_RING_ID_DONE;
	fxs->ring_step = (uint8_t)(line->plan->ring_steps - 1);
	fxs->step_until = line->now + lc_ms(RING_AFTER_DATA_MS);
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
	fxs->reversed = false; /* whoever orders a feed has taken the line's polarity over */
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
	line->fxs.pulses = 0;
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
	line->fxs.pulses = 0;
	lc_line_tell(line, LC_EV_ONHOOK, 0, line->fxs.loop.since);
}

static bool within(int32_t ms, int least, int most)
{
	return ms >= least && ms <= most;
}

static void end_digit(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	struct lc_fxs *fxs = &line->fxs;
	struct lc_event event = {.kind = LC_EV_PULSE, .at = line->fxs.pulse_at};
	int32_t pulses = fxs->pulses;

	fxs->pulses = 0;
	if (pulses == 1 && within(fxs->pulse_ms, timers->flash_min, timers->flash_max)) {
		lc_line_tell(line, LC_EV_FLASH, fxs->pulse_ms, fxs->pulse_at);
	} else if (pulses > PULSES_MOST) {
		lc_line_take(line, LC_IN_PULSES_ODD);
	} else {
		event.text[0] = (char)('0' + pulses % 10);
		line->emit(line->context, &event);
	}
}

static void judge_break(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	struct lc_fxs *fxs = &line->fxs;
	int32_t ms = lc_as_ms(fxs->broken);

	if (within(ms, timers->pulse_break_min, timers->pulse_break_max)) {
		fxs->pulses++;
		fxs->pulse_ms = ms;
		fxs->pulse_at = line->now - fxs->broken;
		return;
	}
	if (fxs->pulses)
		end_digit(line);
	if (within(ms, timers->flash_min, timers->flash_max))
		lc_line_tell(line, LC_EV_FLASH, ms, line->now - fxs->broken);
	else
		lc_line_take(line, LC_IN_BREAK_ODD);
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
				[LC_IN_MADE] = LC_RULE_GO(LC_LINE_OFFHOOK, NULL, judge_break),
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
				[LC_IN_SHOWN] = LC_RULE_GO(LC_LINE_RINGING, ring_on, NULL),
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
	fxs->broken = line->now - was_since;
	if (line->state == LC_LINE_OFFHOOK || line->state == LC_LINE_FLASHING)
		lc_line_take(line, LC_IN_MADE);
}

static void tick_ring(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;
	int steps = line->plan->ring_steps;
	int next = (fxs->ring_step + 1) % steps;
	bool before = line->plan->callerid_moment == LC_CID_BEFORE_RING;
	int64_t after_id = fxs->id_at + lc_ms(before ? RING_AFTER_ID_MS : ID_BEFORE_RING_MS);

	if (fxs->id == LC_RING_ID_WAITS && fxs->id_placed && line->now >= fxs->id_at)
		fxs->id = LC_RING_ID_SENDS;
	if (fxs->id == LC_RING_ID_DONE && line->plan->callerid_scheme != LC_CID_NTT &&
	    line->now >= fxs->id_at + lc_ms(ID_BEFORE_RING_MS))
		reverse(line, false);
	if (line->now < fxs->step_until)
		return;
	if (fxs->asks_until) {
		ask_step(line);
		return;
	}
	if (next % 2 == 0) {
		if (fxs->id == LC_RING_ID_SENDS || (fxs->id == LC_RING_ID_WAITS && fxs->id_placed))
			return;
		if (fxs->id == LC_RING_ID_DONE && line->now < after_id)
			return;
	}
	ring_step(line, next);
}

static void tick_data(struct lc_line *line)
{
	struct lc_fxs *fxs = &line->fxs;
	int64_t lasted = line->now - fxs->loop.since;

	if (fxs->id == LC_RING_ID_WAITS && line->now >= fxs->id_at)
		fxs->id = LC_RING_ID_SENDS;
	if (!fxs->loop.on && lasted >= lc_ms(DATA_END_MS))
		lc_line_take(line, fxs->given_up ? LC_IN_GIVEN_UP : LC_IN_SHOWN);
	else if (fxs->loop.on && fxs->id == LC_RING_ID_DONE && line->now - fxs->id_at >= lc_ms(LIFTED_MS))
		lc_line_take(line, LC_IN_LIFTED);
}

static void tick_break(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	struct lc_fxs *fxs = &line->fxs;
	int64_t lasted = line->now - fxs->loop.since;
	int least = timers->pulse_break_min < timers->flash_min ? timers->pulse_break_min : timers->flash_min;

	if (fxs->loop.on) {
		if (fxs->pulses && lasted >= lc_ms(timers->pulse_gap))
			end_digit(line);
		return;
	}
	if (line->state == LC_LINE_OFFHOOK && lasted >= lc_ms(least))
		lc_line_take(line, LC_IN_BROKEN);
	if (line->state == LC_LINE_FLASHING && lasted > lc_ms(timers->flash_max))
		lc_line_take(line, LC_IN_BROKEN_LONG);
}

static void end_waiting(struct lc_line *line, enum lc_waiting_result how)
{
	if (line->fxs.waiting.phase == LC_WAITING_NONE && how == LC_WAITING_CUT)
		return;
	line->fxs.waiting.phase = LC_WAITING_NONE;
	lc_line_tell(line, LC_EV_WAITING, (int32_t)how, line->now);
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
		lc_line_take(line, line->state == LC_LINE_RINGING && fxs->asks_until ? LC_IN_ASKS : LC_IN_CLOSED);
	}
	if (talking)
		tick_break(line);
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
	int made = 0;
	int got = 1;

	if (line->kind == LC_FXS && fxs->waiting.phase != LC_WAITING_NONE) {
		int result = lc_waiting_read(&fxs->waiting, tx, n);

		if (result)
			end_waiting(line, (enum lc_waiting_result)result);
		return true;
	}
	if (line->kind == LC_FXS && line->state == LC_LINE_IDLE)
		return lc_lamp_read(&fxs->lamp, tx, n, line->now);
	if (line->kind != LC_FXS || (line->state != LC_LINE_RINGING && line->state != LC_LINE_DATA) ||
	    fxs->id != LC_RING_ID_SENDS)
		return false;
	while (made < n && got > 0) {
		got = lc_callerid_tx_read(&fxs->tx, tx + made, n - made);
		made += got > 0 ? got : 0;
	}
	if (made < n) {
		memset(tx + made, 0, (size_t)(n - made) * sizeof(*tx));
		fxs->id = LC_RING_ID_DONE;
		fxs->id_at = line->now - n + made;
	}
	return true;
}
