#include "cards/sim/companding.h"

enum {
	ALAW_SHIFT = 4, /* bits of a 16-bit sample that A-law never sees */
	ULAW_SHIFT = 2,
	ALAW_TOGGLE = 0x55, /* G.711 §3.3: even bits are inverted on the line */
	ULAW_BIAS = 33,
	ULAW_MOST = 8191,
};

uint8_t lc_alaw_encode(int16_t sample)
{
	int magnitude = (sample < 0 ? ~sample : sample) >> ALAW_SHIFT;
	int segment = 0;

	if (magnitude > 15)
		for (segment = 1; magnitude > 31; segment++)
			magnitude >>= 1;
	return (uint8_t)(((sample < 0 ? 0 : 0x80) | segment << 4 | (magnitude & 15)) ^ ALAW_TOGGLE);
}

int16_t lc_alaw_decode(uint8_t code)
{
	int bits = code ^ ALAW_TOGGLE;
	int segment = bits >> 4 & 7;
	int magnitude = (bits & 15) << ALAW_SHIFT | 8;

	if (segment)
		magnitude = (magnitude + 256) << (segment - 1);
	return (int16_t)(bits & 0x80 ? magnitude : -magnitude);
}

uint8_t lc_ulaw_encode(int16_t sample)
{
	int magnitude = ((sample < 0 ? ~sample : sample) >> ULAW_SHIFT) + ULAW_BIAS;
	int segment = 0;

	if (magnitude > ULAW_MOST)
		magnitude = ULAW_MOST;
	while (magnitude >> (segment + 6))
		segment++;
	return (uint8_t) ~((sample < 0 ? 0x80 : 0) | segment << 4 | (magnitude >> (segment + 1) & 15));
}

int16_t lc_ulaw_decode(uint8_t code)
{
	int bits = ~code & 0xff;
	int magnitude = (((bits & 15) * 2 + ULAW_BIAS) << (bits >> 4 & 7)) - ULAW_BIAS;

	magnitude *= 1 << ULAW_SHIFT;
	return (int16_t)(bits & 0x80 ? -magnitude : magnitude);
}

void lc_codec_init(struct lc_codec *codec, enum lc_companding law)
{
	codec->law = law;
	for (int sample = INT16_MIN; law != LC_LINEAR && sample <= INT16_MAX; sample++) {
		if (law == LC_ALAW)
			codec->table[(uint16_t)sample >> ALAW_SHIFT] = lc_alaw_decode(lc_alaw_encode((int16_t)sample));
		else
			codec->table[(uint16_t)sample >> ULAW_SHIFT] = lc_ulaw_decode(lc_ulaw_encode((int16_t)sample));
	}
}

void lc_codec_apply(const struct lc_codec *codec, int16_t *samples, int n)
{
	int shift = codec->law == LC_ALAW ? ALAW_SHIFT : ULAW_SHIFT;

	for (int i = 0; codec->law != LC_LINEAR && i < n; i++)
		samples[i] = codec->table[(uint16_t)samples[i] >> shift];
}
