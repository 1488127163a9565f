/* companding.h — ITU-T G.711: what a card's codec does to a sample.
 *
 * Samples are 16-bit linear: G.711's own 13-bit (A-law) and 14-bit (µ-law) values stand in the upper bits.
 * Tables 1 to 2 of G.711 give the decision and quantised values; the functions here follow from them.
 */
#ifndef CALLBOX_COMPANDING_H
#define CALLBOX_COMPANDING_H

#include <stdint.h>

#include "cards.h"

uint8_t lc_alaw_encode(int16_t sample);
int16_t lc_alaw_decode(uint8_t code);
uint8_t lc_ulaw_encode(int16_t sample);
int16_t lc_ulaw_decode(uint8_t code);

/* There and back again for every sample, as one look-up. */
struct lc_codec {
	enum lc_companding law;
	int16_t table[1 << 14];
};

void lc_codec_init(struct lc_codec *codec, enum lc_companding law);
/* Quantises in place; does nothing for LC_LINEAR. */
void lc_codec_apply(const struct lc_codec *codec, int16_t *samples, int n);

#endif
