#include "line/breaks.h"

enum { PULSES_MOST = 10 };

static bool within(int32_t ms, int least, int most)
{
	return ms >= least && ms <= most;
}

static void end_digit(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	struct lc_breaks *breaks = &line->fxs.breaks;
	struct lc_event event = {.kind = LC_EV_PULSE, .at = breaks->pulse_at};
	int32_t pulses = breaks->pulses;

	breaks->pulses = 0;
	if (pulses == 1 && within(breaks->pulse_ms, timers->flash_min, timers->flash_max)) {
		lc_line_tell(line, LC_EV_FLASH, breaks->pulse_ms, breaks->pulse_at);
	} else if (pulses > PULSES_MOST) {
		lc_line_take(line, LC_IN_PULSES_ODD);
	} else {
		event.text[0] = (char)('0' + pulses % 10);
		line->emit(line->context, &event);
	}
}

void lc_breaks_made(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	struct lc_breaks *breaks = &line->fxs.breaks;
	int32_t ms = lc_as_ms(breaks->last);

	if (within(ms, timers->pulse_break_min, timers->pulse_break_max)) {
		breaks->pulses++;
		breaks->pulse_ms = ms;
		breaks->pulse_at = line->now - breaks->last;
		return;
	}
	if (breaks->pulses)
		end_digit(line);
	if (within(ms, timers->flash_min, timers->flash_max))
		lc_line_tell(line, LC_EV_FLASH, ms, line->now - breaks->last);
	else
		lc_line_take(line, LC_IN_BREAK_ODD);
}

void lc_breaks_tick(struct lc_line *line)
{
	const struct lc_timers *timers = &line->plan->timers;
	const struct lc_signal *loop = &line->fxs.loop;
	int64_t lasted = line->now - loop->since;
	int least = timers->pulse_break_min < timers->flash_min ? timers->pulse_break_min : timers->flash_min;

	if (loop->on) {
		if (line->fxs.breaks.pulses && lasted >= lc_ms(timers->pulse_gap))
			end_digit(line);
		return;
	}
	if (line->state == LC_LINE_OFFHOOK && lasted >= lc_ms(least))
		lc_line_take(line, LC_IN_BROKEN);
	if (line->state == LC_LINE_FLASHING && lasted > lc_ms(timers->flash_max))
		lc_line_take(line, LC_IN_BROKEN_LONG);
}
