#include "dsp/dtmf_tx.h"

#include <errno.h>
#include <string.h>

#include "dsp/dbm0.h"
#include "dsp/dtmf_keys.h"

void lc_dtmf_tx_init(struct lc_dtmf_tx *tx, const struct lc_plan *plan)
{
	memset(tx, 0, sizeof(*tx));
	tx->low_peak = lc_dbm0_to_peak(plan->dtmf_low_dbm0);
	tx->high_peak = lc_dbm0_to_peak(plan->dtmf_high_dbm0);
	tx->on = plan->dtmf_on_ms * LC_RATE / 1000;
	tx->off = plan->dtmf_off_ms * LC_RATE / 1000;
	tx->pause = LC_RATE / 2;
}

static int key_of(char c)
{
	const char *found;

	if (c >= 'a' && c <= 'd')
		c = (char)(c - 'a' + 'A');
	found = c ? strchr(lc_dtmf_keys, c) : NULL;
	return found ? (int)(found - lc_dtmf_keys) : -1;
}

int lc_dtmf_tx_put(struct lc_dtmf_tx *tx, const char *text)
{
	size_t more = strlen(text);

	for (const char *c = text; *c; c++)
		if (*c != ',' && key_of(*c) < 0)
			return -EINVAL;
	memmove(tx->text, tx->text + tx->next, (size_t)(tx->length - tx->next));
	tx->length -= tx->next;
	tx->next = 0;
	if (more > sizeof(tx->text) - (size_t)tx->length)
		return -ENOSPC;
	memcpy(tx->text + tx->length, text, more);
	tx->length += (int)more;
	return 0;
}

static bool next_digit(struct lc_dtmf_tx *tx)
{
	unsigned key;

	if (tx->next == tx->length)
		return false;
	tx->at = 0;
	tx->digit = tx->text[tx->next++];
	if (tx->digit == ',') {
		tx->digit = 0;
		tx->until = tx->pause;
		return true;
	}
	key = (unsigned)key_of(tx->digit) & 15; /* _put let nothing else in */
	tx->until = tx->on + tx->off;
	lc_oscillator_init(&tx->low, lc_dtmf_row_hz[key / 4]);
	lc_oscillator_init(&tx->high, lc_dtmf_column_hz[key % 4]);
	return true;
}

int lc_dtmf_tx_read(struct lc_dtmf_tx *tx, int16_t *out, int n)
{
	int made = 0;

	while (made < n) {
		if (tx->at == tx->until && !next_digit(tx))
			break;
		for (; made < n && tx->at < tx->until; tx->at++, made++) {
			/* both begin at phase 0: no click; the end falls where it falls, as with a telephone's own keys */
			bool sounding = tx->digit && tx->at < tx->on;

			out[made] = sounding ? lc_to_sample(tx->low_peak * lc_oscillator_next(&tx->low) +
			                                    tx->high_peak * lc_oscillator_next(&tx->high))
			                     : 0;
		}
		lc_oscillator_trim(&tx->low);
		lc_oscillator_trim(&tx->high);
	}
	return made;
}
