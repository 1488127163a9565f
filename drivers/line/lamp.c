#include "line/lamp.h"

#include <string.h>

#include "line/timers.h"

int lc_lamp_start(struct lc_lamp *lamp, const struct lc_plan *plan, bool lit, int64_t now)
{
	struct lc_lamp fresh = {.phase = LC_LAMP_BEFORE, .lit = lit, .until = now};
	int error = lc_callerid_tx_lamp_init(&fresh.tx, plan, lit);

	if (error)
		return error;
	fresh.rings = plan->callerid_lamp == LC_CID_LAMP_RING_PULSE;
	fresh.reverses = !fresh.rings && plan->callerid_alert & LC_CID_ALERT_REVERSAL;
	if (fresh.rings)
		fresh.until += lc_ms(LC_LAMP_PULSE_MS + LC_LAMP_PAUSE_MS);
	else if (fresh.reverses)
		fresh.until += lc_ms(LC_LAMP_REVERSAL_MS);
	*lamp = fresh;
	return 0;
}

bool lc_lamp_tick(struct lc_lamp *lamp, int64_t now)
{
	if (lamp->phase == LC_LAMP_NONE || lamp->phase == LC_LAMP_DATA || now < lamp->until)
		return false;
	lamp->phase = lamp->phase == LC_LAMP_BEFORE ? LC_LAMP_DATA : LC_LAMP_NONE;
	return lamp->phase == LC_LAMP_NONE;
}

bool lc_lamp_reverses(const struct lc_lamp *lamp)
{
	return lamp->phase != LC_LAMP_NONE && lamp->reverses;
}

bool lc_lamp_rings(const struct lc_lamp *lamp, int64_t now)
{
	return lamp->phase == LC_LAMP_BEFORE && lamp->rings && now < lamp->until - lc_ms(LC_LAMP_PAUSE_MS);
}

bool lc_lamp_read(struct lc_lamp *lamp, int16_t *out, int n, int64_t now)
{
	int made;

	if (lamp->phase != LC_LAMP_DATA)
		return false;
	made = lc_callerid_tx_read(&lamp->tx, out, n);
	if (made < n) {
		memset(out + made, 0, (size_t)(n - made) * sizeof(*out));
		lamp->phase = LC_LAMP_AFTER;
		lamp->until = now - n + made + lc_ms(LC_LAMP_AFTER_MS);
	}
	return true;
}
