/* fxo.c — an outside line, as its telephone end sees it.
 *
 * Sensible readings of the untidy cases:
 *   - ringing that goes on, or begins, while we are off-hook is normal until offhook_settle is over (the
 *     exchange has to notice the answer) and a surprise after it, one per burst;
 *   - ringing during the release guard is kept: a burst still there when the guard is over rings;
 *   - while ringing voltage is there the battery reading is not believed: cards measure the sum of both;
 *   - no battery off-hook is a loop drop; whether the cable is cut is asked again on-hook;
 *   - a burst that no ringing cadence has at that place belongs to another caller: the first gave up and the exchange
 *     put the next one through before ring_stop. The first call ends then, so that the second keeps its own number;
 *   - where the plan has NTT's number display, ringing on a turned line is told late (ASKED_MOST_MS), when it is surely not
 *     the short burst that asks the line to go off-hook for data;
 *   - while pulses are dialled the line is in FLASHING: what the loop does then is our own doing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line/machine.h"

enum {
	FLASH_MOST_MS = 2000,
	COMMA_MS = 1000,
	/* What ringing cadences have in common, distinctive ones included (AS/CA S002, Telcordia GR-506). */
	RING_GAP_LEAST_MS = 150,  /* the shortest pause of any is 200 ms */
	RING_GROUP_GAP_MS = 1100, /* longer pauses separate groups of bursts */
	RING_SHORT_MS = 500,      /* bursts so short come in groups */
	/* NTT: bursts of 500 ms and as much silence for 6 s; true ringing lasts 1 s */
	ASKED_LEAST_MS = 300,
	ASKED_MOST_MS = 700,
	ASKED_WITHIN_MS = 3000,     /* of the turn: the first two bursts; which way the line was turned depends on its wiring */
	TOLD_WITHIN_MS = 4000,      /* the data begin within a second and last less than two */
	RING_CYCLE_LEAST_MS = 2900, /* no country begins again sooner than 3 s; a box set to the wrong one must not split calls */
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int seize(struct lc_line *line)
{
	int result = line->card->ops->hook(line->card, line->channel, 1);

	if (result < 0)
		return result;
	/* Not every card reports that current flows, so it is believed until told otherwise. */
	lc_signal_set(&line->fxo.loop, true, line->now);
	line->fxo.settled = line->now + lc_ms(line->plan->timers.offhook_settle);
	line->fxo.burst = false;
	line->fxo.bursts = 0;
	line->fxo.drop_told = false;
	return 0;
}

static int ask(struct lc_line *line)
{
	line->fxo.asked = line->fxo.turned;
	line->fxo.told = false;
	return seize(line);
}

static int dial(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;

	memcpy(fxo->digits, line->order->text, sizeof(fxo->digits));
	fxo->dialling = true;
	fxo->broken = false;
	fxo->digit = fxo->pulses = fxo->dialled = 0;
	fxo->dial_at = line->now;
	return 0;
}

static int release(struct lc_line *line)
{
	int result = line->card->ops->hook(line->card, line->channel, 0);

	if (result < 0)
		return result;
	lc_signal_set(&line->fxo.loop, false, line->now);
	line->fxo.burst = false;
	return 0;
}

static int flash(struct lc_line *line)
{
	line->fxo.flash_until = line->now + lc_ms(line->order->b);
	return release(line);
}

static void tell_ring(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;

	fxo->silence = fxo->bursts ? fxo->ring.since - fxo->quiet_since : 0;
	if (!fxo->bursts || fxo->silence > lc_ms(RING_GROUP_GAP_MS))
		fxo->group_since = fxo->ring.since;
	fxo->burst_since = fxo->ring.since;
	lc_line_tell(line, LC_EV_RING, ++fxo->bursts, fxo->ring.since);
}

static void tell_ring_end(struct lc_line *line)
{
	const struct lc_fxo *fxo = &line->fxo;
	struct lc_event event = {
		.kind = LC_EV_RING_END,
		.value = lc_as_ms(fxo->quiet_since - fxo->burst_since),
		.extra = lc_as_ms(fxo->silence),
		.at = fxo->quiet_since,
	};

	line->emit(line->context, &event);
}

static void tell_ring_stop(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_RING_STOP, line->fxo.bursts, line->fxo.quiet_since);
	line->fxo.bursts = 0;
}

static void tell_pulsed(struct lc_line *line)
{
	if (line->fxo.dialling)
		lc_line_tell(line, LC_EV_PULSED, line->fxo.dialled, line->now);
	line->fxo.dialling = false;
}

static void tell_battery_lost(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_BATTERY, 0, line->fxo.battery.since);
}

static void tell_cut_while_ringing(struct lc_line *line)
{
	tell_ring_stop(line);
	tell_battery_lost(line);
}

static void tell_battery_back(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_BATTERY, 1, line->fxo.battery.since);
}

static void tell_loop_drop(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_LOOP_DROP, lc_as_ms(line->now - line->fxo.gone_since), line->fxo.gone_since);
}

static void tell_polarity(struct lc_line *line)
{
	lc_line_tell(line, LC_EV_POLARITY, line->fxo.polarity.on, line->fxo.polarity.since);
}

/* What is not named is a surprise. */
static const struct lc_rule rules[LC_LINE_STATES][LC_LINE_INPUTS] =
	{
		[LC_LINE_IDLE] =
			{
				[LC_IN_RING] = LC_RULE_GO(LC_LINE_RINGING, NULL, tell_ring),
				[LC_IN_SEIZE] = LC_RULE_GO(LC_LINE_OFFHOOK, seize, NULL),
				[LC_IN_RELEASE] = LC_RULE_STAY(LC_LINE_IDLE),
				[LC_IN_FLASH] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_DIAL] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_BATTERY_LOST] = LC_RULE_GO(LC_LINE_DEAD, NULL, tell_battery_lost),
				[LC_IN_BATTERY_BACK] = LC_RULE_STAY(LC_LINE_IDLE),
				[LC_IN_POLARITY] = LC_RULE_GO(LC_LINE_IDLE, NULL, tell_polarity),
				[LC_IN_ASKED] = LC_RULE_GO(LC_LINE_DATA, ask, NULL),
			},
		[LC_LINE_RINGING] =
			{
				[LC_IN_RING] = LC_RULE_GO(LC_LINE_RINGING, NULL, tell_ring),
				[LC_IN_SILENCE] = LC_RULE_GO(LC_LINE_IDLE, NULL, tell_ring_stop),
				[LC_IN_SEIZE] = LC_RULE_GO(LC_LINE_OFFHOOK, seize, NULL),
				[LC_IN_RELEASE] = LC_RULE_STAY(LC_LINE_RINGING),
				[LC_IN_FLASH] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_DIAL] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_BATTERY_LOST] = LC_RULE_GO(LC_LINE_DEAD, NULL, tell_cut_while_ringing),
				[LC_IN_BATTERY_BACK] = LC_RULE_STAY(LC_LINE_RINGING),
				[LC_IN_POLARITY] = LC_RULE_GO(LC_LINE_RINGING, NULL, tell_polarity),
			},
		[LC_LINE_OFFHOOK] =
			{
				[LC_IN_SEIZE] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_RELEASE] = LC_RULE_GO(LC_LINE_GUARD, release, NULL),
				[LC_IN_FLASH] = LC_RULE_GO(LC_LINE_FLASHING, flash, NULL),
				[LC_IN_DIAL] = LC_RULE_GO(LC_LINE_FLASHING, dial, NULL),
				[LC_IN_BATTERY_LOST] = LC_RULE_LATER,
				[LC_IN_BATTERY_BACK] = LC_RULE_STAY(LC_LINE_OFFHOOK),
				[LC_IN_LOOP_LOST] = LC_RULE_GO(LC_LINE_OFFHOOK, NULL, tell_loop_drop),
				[LC_IN_LOOP_STRAY] = LC_RULE_STAY(LC_LINE_OFFHOOK),
				[LC_IN_POLARITY] = LC_RULE_GO(LC_LINE_OFFHOOK, NULL, tell_polarity),
			},
		[LC_LINE_FLASHING] =
			{
				[LC_IN_SEIZE] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_RELEASE] = LC_RULE_GO(LC_LINE_GUARD, release, tell_pulsed),
				[LC_IN_FLASH] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_DIAL] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_FLASH_OVER] = LC_RULE_GO(LC_LINE_OFFHOOK, seize, tell_pulsed),
				[LC_IN_BATTERY_LOST] = LC_RULE_LATER,
				[LC_IN_BATTERY_BACK] = LC_RULE_STAY(LC_LINE_FLASHING),
				[LC_IN_LOOP_STRAY] = LC_RULE_STAY(LC_LINE_FLASHING),
				[LC_IN_POLARITY] = LC_RULE_GO(LC_LINE_FLASHING, NULL, tell_polarity),
			},
		[LC_LINE_GUARD] =
			{
				[LC_IN_RING] = LC_RULE_LATER,
				[LC_IN_SEIZE] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_RELEASE] = LC_RULE_STAY(LC_LINE_GUARD),
				[LC_IN_FLASH] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_DIAL] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_GUARD_OVER] = LC_RULE_GO(LC_LINE_IDLE, NULL, NULL),
				[LC_IN_BATTERY_LOST] = LC_RULE_GO(LC_LINE_DEAD, NULL, tell_battery_lost),
				[LC_IN_BATTERY_BACK] = LC_RULE_STAY(LC_LINE_GUARD),
				[LC_IN_LOOP_STRAY] = LC_RULE_STAY(LC_LINE_GUARD),
				[LC_IN_POLARITY] = LC_RULE_GO(LC_LINE_GUARD, NULL, tell_polarity),
			},
		[LC_LINE_DEAD] =
			{
				[LC_IN_SEIZE] = LC_RULE_REFUSE(ENOTCONN),
				[LC_IN_RELEASE] = LC_RULE_STAY(LC_LINE_DEAD),
				[LC_IN_FLASH] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_DIAL] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_BATTERY_BACK] = LC_RULE_GO(LC_LINE_IDLE, NULL, tell_battery_back),
				[LC_IN_POLARITY] = LC_RULE_LATER,
			},
		[LC_LINE_DATA] =
			{
				[LC_IN_RING] = LC_RULE_LATER,
				[LC_IN_SEIZE] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_RELEASE] = LC_RULE_GO(LC_LINE_GUARD, release, NULL),
				[LC_IN_FLASH] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_DIAL] = LC_RULE_REFUSE(EBUSY),
				[LC_IN_BATTERY_LOST] = LC_RULE_LATER,
				[LC_IN_BATTERY_BACK] = LC_RULE_STAY(LC_LINE_DATA),
				[LC_IN_LOOP_STRAY] = LC_RULE_STAY(LC_LINE_DATA),
				[LC_IN_POLARITY] = LC_RULE_GO(LC_LINE_DATA, NULL, tell_polarity),
				[LC_IN_TOLD] = LC_RULE_GO(LC_LINE_IDLE, release, NULL),
			},
};

static void init(struct lc_line *line)
{
	line->fxo.battery.on = true;
}

static bool can_be_dialled(const char *text)
{
	size_t length = strnlen(text, LC_COMMAND_TEXT);

	return length < LC_COMMAND_TEXT && strspn(text, "0123456789,") == length && strpbrk(text, "0123456789");
}

static int command(struct lc_line *line, const struct lc_command *command)
{
	if (command->kind == LC_CMD_PULSE)
		return can_be_dialled(command->text) ? lc_line_take(line, LC_IN_DIAL) : -EINVAL;
	if (command->kind != LC_CMD_HOOK || command->a < 0 || command->a > 1)
		return -EINVAL;
	if (command->a == 1)
		return command->b ? -EINVAL : lc_line_take(line, LC_IN_SEIZE);
	if (command->b < 0 || command->b > FLASH_MOST_MS)
		return -EINVAL;
	return lc_line_take(line, command->b ? LC_IN_FLASH : LC_IN_RELEASE);
}

static void card_event(struct lc_line *line, const struct lc_card_event *event)
{
	struct lc_fxo *fxo = &line->fxo;
	bool on = event->value != 0;

	switch (event->kind) {
	case LC_CARD_RING:
		if (fxo->ring.on && !on)
			fxo->rung = line->now - fxo->ring.since;
		lc_signal_set(&fxo->ring, on, line->now);
		break;
	case LC_CARD_LOOP:
		if (lc_signal_set(&fxo->loop, on, line->now) && on)
			lc_line_take(line, LC_IN_LOOP_STRAY);
		break;
	case LC_CARD_BATTERY:
		if (lc_signal_set(&fxo->battery, on, line->now) && on)
			lc_line_take(line, LC_IN_BATTERY_BACK);
		break;
	case LC_CARD_POLARITY:
		lc_signal_set(&fxo->polarity, on, line->now);
		break;
	case LC_CARD_LAMP: /* the exchange's messages, in whatever state the line is; extra LC_CID_NONE */
		lc_line_tell(line, LC_EV_MESSAGES, on, line->now);
		break;
	default:
		lc_line_take(line, LC_IN_FOREIGN);
	}
}

static bool settling(const struct lc_line *line)
{
	return line->state == LC_LINE_OFFHOOK && line->now < line->fxo.settled;
}

static bool is_pause_of(const struct lc_plan *plan, int32_t gap)
{
	for (int step = 1; step < plan->ring_steps; step += 2)
		if (abs(gap - plan->ring_ms[step]) <= plan->ring_ms[step] / 4)
			return true;
	return false;
}

/* The burst that has just come: can no cadence have it at this place? Of a pattern unlike the country's, the bursts of a
 * group may follow each other at will as long as they are short. */
static bool is_other_caller(const struct lc_line *line)
{
	const struct lc_plan *plan = line->plan;
	const struct lc_fxo *fxo = &line->fxo;
	int32_t gap = lc_as_ms(fxo->ring.since - fxo->quiet_since), burst = lc_as_ms(fxo->quiet_since - fxo->burst_since);
	int32_t since = lc_as_ms(fxo->ring.since - fxo->group_since), cycle = 0, longest = 0;

	for (int step = 0; step < plan->ring_steps; step++) {
		cycle += plan->ring_ms[step];
		if (step % 2 == 0 && plan->ring_ms[step] > longest)
			longest = plan->ring_ms[step];
	}
	if (gap < RING_GAP_LEAST_MS)
		return true;
	if (is_pause_of(plan, gap) || (gap <= RING_GROUP_GAP_MS && (burst <= RING_SHORT_MS || burst * 20 <= longest * 17)))
		return false;
	if (burst * 4 > longest * 5)
		return false; /* none of this country's bursts: what it may be followed by is not known */
	return since < cycle * 3 / 5 && since < RING_CYCLE_LEAST_MS;
}

static void begin_burst(struct lc_line *line)
{
	if (line->state == LC_LINE_RINGING && line->fxo.bursts && is_other_caller(line))
		lc_line_take(line, LC_IN_SILENCE);
	line->fxo.burst = lc_line_take(line, LC_IN_RING) != -EAGAIN;
}

/* May the burst be the one that asks the line to go off-hook for data? */
static bool may_ask(const struct lc_line *line)
{
	const struct lc_fxo *fxo = &line->fxo;

	return line->plan->callerid_answer && line->state == LC_LINE_IDLE && fxo->turned && fxo->asked != fxo->turned &&
	       line->now - fxo->turned <= lc_ms(ASKED_WITHIN_MS);
}

static void tick_asked(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;

	if (line->state == LC_LINE_DATA && (fxo->told || line->now - line->entered >= lc_ms(TOLD_WITHIN_MS)) &&
	    lc_line_take(line, LC_IN_TOLD) < 0)
		line->card_errors++; /* tried again next tick */
	if (line->state == LC_LINE_RINGING && fxo->asked && fxo->asked != fxo->turned)
		lc_line_take(line, LC_IN_SILENCE); /* the exchange has turned the line back: the caller gave up */
	if (!may_ask(line) || fxo->ring.on || !fxo->rung || line->now - fxo->ring.since < lc_ms(line->plan->timers.ring_debounce))
		return;
	if (fxo->rung >= lc_ms(ASKED_LEAST_MS) && fxo->rung < lc_ms(ASKED_MOST_MS) && lc_line_take(line, LC_IN_ASKED) < 0)
		line->card_errors++; /* the next burst asks again */
	fxo->rung = 0;
}

static void tick_ring(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;
	int least = may_ask(line) ? ASKED_MOST_MS : line->plan->timers.ring_debounce;
	bool lasted =
		line->now - fxo->ring.since >= lc_ms(fxo->burst || !fxo->ring.on ? line->plan->timers.ring_debounce : least);

	if (fxo->ring.on && !fxo->burst && lasted && !settling(line)) {
		begin_burst(line);
	} else if (!fxo->ring.on && fxo->burst && lasted) {
		fxo->burst = false;
		fxo->quiet_since = fxo->ring.since;
		if (line->state == LC_LINE_RINGING)
			tell_ring_end(line);
	}
	if (line->state == LC_LINE_RINGING && !fxo->burst && !fxo->ring.on &&
	    line->now - fxo->quiet_since >= lc_ms(line->plan->timers.ring_stop))
		lc_line_take(line, LC_IN_SILENCE);
}

static void tick_battery(struct lc_line *line)
{
	const struct lc_fxo *fxo = &line->fxo;
	int64_t since = later(fxo->battery.since, fxo->ring.since);

	if (!fxo->battery.on && !fxo->ring.on && line->state != LC_LINE_DEAD &&
	    line->now - since >= lc_ms(line->plan->timers.battery_lost))
		lc_line_take(line, LC_IN_BATTERY_LOST);
}

static void tick_loop(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;
	int64_t since = fxo->loop.since;

	if (settling(line))
		return;
	if (fxo->loop.on && fxo->battery.on) {
		fxo->drop_told = false;
		return;
	}
	if (!fxo->battery.on && (fxo->loop.on || fxo->battery.since < since))
		since = fxo->battery.since;
	fxo->gone_since = later(since, fxo->settled);
	if (fxo->drop_told || line->now - fxo->gone_since < lc_ms(line->plan->timers.loop_drop))
		return;
	fxo->drop_told = true; /* one drop per break, however long */
	lc_line_take(line, LC_IN_LOOP_LOST);
}

/* What is due of the number being dialled. False: nothing more for now. */
static bool dial_on(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	struct lc_fxo *fxo = &line->fxo;
	char digit = fxo->digits[fxo->digit];

	if (fxo->broken || fxo->pulses) {
		if (line->card->ops->hook(line->card, line->channel, fxo->broken) < 0) {
			line->card_errors++; /* tried again next tick */
			return false;
		}
		fxo->broken = !fxo->broken;
		fxo->pulses -= fxo->broken;
		fxo->dial_at += lc_ms(fxo->broken ? timers->dial_break : fxo->pulses ? timers->dial_make : timers->dial_pause);
		fxo->dialled += !fxo->broken && !fxo->pulses;
		return true;
	}
	if (!digit)
		return false;
	fxo->digit++;
	fxo->dial_at = line->now + (digit == ',' ? lc_ms(COMMA_MS) : 0);
	if (digit != ',')
		fxo->pulses = digit == '0' ? 10 : digit - '0';
	return true;
}

static void tick_flash(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;

	if (fxo->dialling) {
		while (line->now >= fxo->dial_at && dial_on(line))
			;
		if (line->now < fxo->dial_at || fxo->broken || fxo->pulses || fxo->digits[fxo->digit])
			return;
	} else if (line->now < fxo->flash_until) {
		return;
	}
	if (lc_line_take(line, LC_IN_FLASH_OVER) < 0)
		line->card_errors++; /* tried again next tick */
}

static void tick_polarity(struct lc_line *line)
{
	struct lc_fxo *fxo = &line->fxo;
	int64_t since = later(fxo->polarity.since, fxo->battery.since);

	if (fxo->polarity.on == fxo->reversed || !fxo->battery.on ||
	    line->now - since < lc_ms(line->plan->timers.polarity_debounce))
		return;
	if (lc_line_take(line, LC_IN_POLARITY) == -EAGAIN)
		return;
	fxo->reversed = fxo->polarity.on;
	fxo->turned = since;
}

static void tick(struct lc_line *line)
{
	tick_battery(line);
	if (line->state == LC_LINE_GUARD && line->now - line->entered >= lc_ms(line->plan->timers.release_guard))
		lc_line_take(line, LC_IN_GUARD_OVER);
	if (line->state == LC_LINE_FLASHING)
		tick_flash(line);
	tick_asked(line);
	tick_ring(line);
	if (line->state == LC_LINE_OFFHOOK)
		tick_loop(line);
	tick_polarity(line);
}

const struct lc_machine lc_fxo_machine = {rules, init, command, card_event, tick};
