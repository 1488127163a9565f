#include "line/ringing.h"

#include <errno.h>
#include <string.h>

#include "line/timers.h"

static int longest_silence(const struct lc_plan *plan)
{
	int longest = 1;

	for (int step = 3; step < plan->ring_steps; step += 2)
		if (plan->ring_ms[step] > plan->ring_ms[longest])
			longest = step;
	return longest;
}

static void place_id(struct lc_ringing *ringing, int64_t at)
{
	ringing->id = LC_RINGING_ID_PLACED;
	ringing->id_at = at;
}

/* The next step of the cadence: bursts are even. */
static void begin_step(struct lc_ringing *ringing, int step, int64_t now)
{
	ringing->step = step;
	ringing->step_until = now + lc_ms(ringing->plan->ring_ms[step]);
	ringing->rings = step % 2 == 0;
	if (ringing->id == LC_RINGING_ID_WAITS && step == longest_silence(ringing->plan))
		place_id(ringing, now + lc_ms(ringing->plan->timers.callerid_delay));
}

/* Silence for so long; then the cadence from its beginning. */
static void begin_after(struct lc_ringing *ringing, int ms, int64_t now)
{
	ringing->rings = false;
	ringing->step = ringing->plan->ring_steps - 1;
	ringing->step_until = now + lc_ms(ms);
}

static void begin_before_ring(struct lc_ringing *ringing, int64_t now)
{
	ringing->reverses = ringing->plan->callerid_alert & LC_CID_ALERT_REVERSAL;
	place_id(ringing, now + (ringing->reverses ? lc_ms(LC_RINGING_REVERSAL_MS) : 0));
	begin_after(ringing, 0, now);
}

static void begin_asking(struct lc_ringing *ringing, int64_t now)
{
	ringing->phase = LC_RINGING_ASKS;
	ringing->rings = ringing->reverses = true;
	ringing->asks_until = now + lc_ms(LC_RINGING_ASKS_MS);
	ringing->step_until = now + lc_ms(LC_RINGING_ASKS_ON_MS);
}

int lc_ringing_start(struct lc_ringing *ringing, const struct lc_plan *plan, const char *text, size_t n,
                     enum lc_callerid_withheld withheld, int64_t now)
{
	bool tells = plan->callerid_scheme != LC_CID_NONE && (withheld != LC_CID_SHOWN || text[0] || text[1]);
	int result = 0;

	memset(ringing, 0, sizeof(*ringing));
	ringing->plan = plan;
	if (plan->ring_steps < 2 || plan->ring_steps % 2)
		return -EINVAL;
	if (tells)
		result = lc_callerid_tx_init(&ringing->tx, plan, plan->callerid_scheme, text, n, withheld);
	if (result < 0)
		return result;
	ringing->id = tells ? LC_RINGING_ID_WAITS : LC_RINGING_ID_NONE;
	if (tells && plan->callerid_moment == LC_CID_BEFORE_RING)
		begin_before_ring(ringing, now);
	else if (tells && plan->callerid_scheme == LC_CID_NTT)
		begin_asking(ringing, now);
	else
		begin_step(ringing, 0, now);
	return 0;
}

/* Short bursts, as long as the telephone may ask to be told; then the cadence begins. */
static void tick_asks(struct lc_ringing *ringing, int64_t now)
{
	if (now >= ringing->asks_until) {
		ringing->phase = LC_RINGING_CADENCE;
		ringing->id = LC_RINGING_ID_NONE; /* a telephone that cannot */
		begin_step(ringing, 0, now);
		return;
	}
	ringing->step_until = now + lc_ms(LC_RINGING_ASKS_ON_MS);
	ringing->rings = !ringing->rings;
}

/* Must a burst wait for the caller id? */
static bool id_in_the_way(const struct lc_ringing *ringing, int64_t now)
{
	bool before = ringing->plan->callerid_moment == LC_CID_BEFORE_RING;

	if (ringing->id == LC_RINGING_ID_DONE)
		return now < ringing->id_at + lc_ms(before ? LC_RINGING_AFTER_ID_MS : LC_RINGING_ID_BEFORE_MS);
	return ringing->id == LC_RINGING_ID_PLACED || ringing->id == LC_RINGING_ID_SENDS;
}

void lc_ringing_tick(struct lc_ringing *ringing, int64_t now)
{
	int next = (ringing->step + 1) % ringing->plan->ring_steps;

	if (ringing->id == LC_RINGING_ID_PLACED && now >= ringing->id_at)
		ringing->id = LC_RINGING_ID_SENDS;
	if (ringing->plan->callerid_scheme != LC_CID_NTT && lc_ringing_told(ringing, now) >= lc_ms(LC_RINGING_ID_BEFORE_MS))
		ringing->reverses = false;
	if (ringing->phase == LC_RINGING_DATA || now < ringing->step_until)
		return;
	if (ringing->phase == LC_RINGING_ASKS)
		tick_asks(ringing, now);
	else if (next % 2 || !id_in_the_way(ringing, now))
		begin_step(ringing, next, now);
}

void lc_ringing_answered(struct lc_ringing *ringing, int64_t now)
{
	ringing->phase = LC_RINGING_DATA;
	ringing->rings = false;
	place_id(ringing, now + lc_ms(LC_RINGING_DATA_DELAY_MS));
}

void lc_ringing_go_on(struct lc_ringing *ringing, int64_t now)
{
	ringing->phase = LC_RINGING_CADENCE;
	ringing->id = LC_RINGING_ID_DONE;
	begin_after(ringing, LC_RINGING_AFTER_DATA_MS, now);
}

int64_t lc_ringing_told(const struct lc_ringing *ringing, int64_t now)
{
	return ringing->id == LC_RINGING_ID_DONE ? now - ringing->id_at : -1;
}

bool lc_ringing_read(struct lc_ringing *ringing, int16_t *out, int n, int64_t now)
{
	int made;

	if (ringing->id != LC_RINGING_ID_SENDS)
		return false;
	made = lc_callerid_tx_read(&ringing->tx, out, n);
	if (made < n) {
		memset(out + made, 0, (size_t)(n - made) * sizeof(*out));
		ringing->id = LC_RINGING_ID_DONE;
		ringing->id_at = now - n + made;
	}
	return true;
}
