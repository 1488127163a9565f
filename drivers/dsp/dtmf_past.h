/* dtmf_past.h — the last 64 ms of the line as they came, and what in them speaks for or against a key.
 *
 * A dial tone under a key's tones is no reason to refuse it. Overtones are: strings, pipes and voices have an octave above
 * each tone, a key has not, for its distortion is 20 dB below (Q.23). What else goes with two harmonics of one note is
 * their difference.
 */
#ifndef CALLBOX_DTMF_PAST_H
#define CALLBOX_DTMF_PAST_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LC_DTMF_PAST = 512, /* samples kept; a power of two */
	LC_DTMF_PAST_TAPS = 72,
};

struct lc_dtmf_past {
	float dial_taps[LC_DTMF_PAST_TAPS];
	int16_t raw[LC_DTMF_PAST];
	int64_t taken; /* samples, as the receiver counts them */
};

void lc_dtmf_past_init(struct lc_dtmf_past *past);
void lc_dtmf_past_forget(struct lc_dtmf_past *past); /* as after silence; the count stays */
/* At most LC_DTMF_PAST at once. */
void lc_dtmf_past_take(struct lc_dtmf_past *past, const int16_t *samples, int n);
/* Power, as the mean square of the vector's length halved, over the `ms` around and before sample `end` of a steady tone
 * or two between 330 and 480 Hz; 0 if it is not steady for 60 ms. Dear: some 10 µs. */
float lc_dtmf_past_dial_tone(const struct lc_dtmf_past *past, int64_t end, int ms);
/* Has one of the two tones an octave, or (asked for by `difference`) the pair a tone at its difference, over the last `ms`, at
 * most 33, before sample `end`? */
bool lc_dtmf_past_overtones(const struct lc_dtmf_past *past, int64_t end, const float hz[2], int ms, bool difference);

#endif
