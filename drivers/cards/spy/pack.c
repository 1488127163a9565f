#include <string.h>

#include "cards/sim/companding.h"
#include "cards/spy/trace.h"

enum { ALAW_SHIFT = 4, ULAW_SHIFT = 2, LINEAR_ZERO = 32768 };

const uint8_t lc_trace_magic[LC_TRACE_HEAD] = {'l', 'c', 't', 'r', 'a', 'c', 'e', 1};

/* ---- ranks ----------------------------------------------------------------------------------------- */

/* Both laws' codes are sign and magnitude once the line's inversions are taken off. */
static int16_t value_of(enum lc_companding law, unsigned rank)
{
	unsigned bits = rank < 128 ? 127 - rank : rank; /* 128 and above are positive, their lower bits the magnitude */

	return law == LC_ALAW ? lc_alaw_decode((uint8_t)(bits ^ 0x55)) : lc_ulaw_decode((uint8_t) ~(bits ^ 0x80));
}

void lc_trace_ranks_init(struct lc_trace_ranks *ranks)
{
	for (unsigned rank = 0; rank < 256; rank++) {
		ranks->rank[0][(uint16_t)value_of(LC_ALAW, rank) >> ALAW_SHIFT] = (uint8_t)rank;
		ranks->rank[1][(uint16_t)value_of(LC_ULAW, rank) >> ULAW_SHIFT] = (uint8_t)rank;
	}
}

/* The rank of a sample that the law has, or -1. */
static int rank_of(const struct lc_trace_ranks *ranks, enum lc_companding law, int16_t sample)
{
	unsigned rank;

	if (law == LC_LINEAR)
		return sample + LINEAR_ZERO;
	rank = ranks->rank[law - LC_ALAW][(uint16_t)sample >> (law == LC_ALAW ? ALAW_SHIFT : ULAW_SHIFT)];
	return value_of(law, rank) == sample ? (int)rank : -1;
}

/* ---- out -------------------------------------------------------------------------------------------- */

void lc_trace_put(struct lc_trace_out *out, const void *bytes, size_t n)
{
	out->full = out->full || n > out->size - out->at;
	if (out->full || !n)
		return;
	memcpy(out->bytes + out->at, bytes, n);
	out->at += n;
}

void lc_trace_put_byte(struct lc_trace_out *out, unsigned byte)
{
	uint8_t one = (uint8_t)byte;

	lc_trace_put(out, &one, 1);
}

void lc_trace_put_number(struct lc_trace_out *out, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		lc_trace_put_byte(out, (unsigned)(number & 0x7f) | 0x80);
	lc_trace_put_byte(out, (unsigned)number);
}

void lc_trace_put_signed(struct lc_trace_out *out, int64_t number)
{
	lc_trace_put_number(out, (uint64_t)number << 1 ^ (number < 0 ? UINT64_MAX : 0));
}

void lc_trace_put_text(struct lc_trace_out *out, const char *text, size_t most)
{
	while (most && !text[most - 1])
		most--;
	lc_trace_put_number(out, most);
	lc_trace_put(out, text, most);
}

/* All ranks in this law; false if it lacks one. */
static bool ranks_in(const struct lc_trace_ranks *ranks, enum lc_companding law, const int16_t *samples, int n, int *out)
{
	for (int i = 0; i < n; i++) {
		out[i] = rank_of(ranks, law, samples[i]);
		if (out[i] < 0)
			return false;
	}
	return true;
}

/* The least of n ranks, and the bits that hold how far the others are above it. */
static int spread(const int *rank, int n, int *width)
{
	int least = UINT16_MAX, most = 0;

	for (int i = 0; i < n; i++) {
		least = rank[i] < least ? rank[i] : least;
		most = rank[i] > most ? rank[i] : most;
	}
	*width = 0;
	while (n > 0 && (most - least) >> *width)
		(*width)++;
	return least;
}

void lc_trace_put_block(struct lc_trace_out *out, const struct lc_trace_ranks *ranks, const int16_t *samples, int n)
{
	enum lc_companding law = LC_ALAW;
	int rank[LC_TICK_SAMPLES_MAX], width, least, held = 0;
	uint8_t packed[2 * LC_TICK_SAMPLES_MAX], *end = packed;
	uint32_t bits = 0;

	if (!ranks_in(ranks, law, samples, n, rank)) {
		law = ranks_in(ranks, LC_ULAW, samples, n, rank) ? LC_ULAW : LC_LINEAR;
		ranks_in(ranks, law, samples, n, rank);
	}
	least = spread(rank, n, &width);
	for (int i = 0; width && i < n; i++) {
		bits |= (uint32_t)(rank[i] - least) << held;
		for (held += width; held >= 8; held -= 8, bits >>= 8)
			*end++ = (uint8_t)bits;
	}
	if (held)
		*end++ = (uint8_t)bits;
	lc_trace_put_byte(out, (unsigned)law << 5 | (unsigned)width);
	lc_trace_put_number(out, (uint64_t)least);
	lc_trace_put(out, packed, (size_t)(end - packed));
}

/* ---- in --------------------------------------------------------------------------------------------- */

const uint8_t *lc_trace_take(struct lc_trace_in *in, size_t n)
{
	const uint8_t *bytes = in->bytes + in->at;

	in->broken = in->broken || n > in->size - in->at;
	if (in->broken)
		return NULL;
	in->at += n;
	return bytes;
}

unsigned lc_trace_take_byte(struct lc_trace_in *in)
{
	const uint8_t *byte = lc_trace_take(in, 1);

	return byte ? *byte : 0;
}

uint64_t lc_trace_take_number(struct lc_trace_in *in)
{
	uint64_t number = 0;

	for (int shift = 0; shift < 7 * LC_TRACE_NUMBER_MOST; shift += 7) {
		unsigned byte = lc_trace_take_byte(in);

		number |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return in->broken ? 0 : number;
	}
	in->broken = true;
	return 0;
}

int64_t lc_trace_take_signed(struct lc_trace_in *in)
{
	uint64_t number = lc_trace_take_number(in);

	return (int64_t)(number >> 1 ^ (number & 1 ? UINT64_MAX : 0));
}

void lc_trace_take_text(struct lc_trace_in *in, char *text, size_t most)
{
	uint64_t length = lc_trace_take_number(in);
	const uint8_t *bytes = length < most ? lc_trace_take(in, (size_t)length) : NULL;

	memset(text, 0, most);
	if (bytes && length)
		memcpy(text, bytes, (size_t)length);
	in->broken = in->broken || !bytes;
}

void lc_trace_take_block(struct lc_trace_in *in, int16_t *samples, int n)
{
	unsigned head = lc_trace_take_byte(in), law = head >> 5, width = head & 31, last = law == LC_LINEAR ? 0xffff : 0xff;
	uint64_t least = lc_trace_take_number(in);
	const uint8_t *bytes = lc_trace_take(in, ((size_t)n * width + 7) / 8);
	uint32_t bits = 0;
	unsigned held = 0;

	in->broken = in->broken || law > LC_ULAW || width > 16 || least > last;
	for (int i = 0; i < n; i++) {
		unsigned rank = (unsigned)(in->broken ? 0 : least);

		for (; !in->broken && held < width; held += 8)
			bits |= (uint32_t)*bytes++ << held;
		rank += bits & ((1U << (width & 31)) - 1);
		bits = in->broken ? 0 : bits >> width;
		held -= in->broken ? 0 : width;
		in->broken = in->broken || rank > last;
		samples[i] = in->broken         ? 0
		             : law == LC_LINEAR ? (int16_t)((int)rank - LINEAR_ZERO)
		                                : value_of((enum lc_companding)law, rank);
	}
}
