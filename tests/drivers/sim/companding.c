/* All code points against the formulae of ITU-T G.711 (Tables 1a, 1b, 2a, 2b), computed here another way: from
 * the tables' decision values, the way the recommendation defines a codec. */
#include "cards/sim/companding.h"

#include "check.h"

/* G.711's tables per law: a segment's first decision value and its step, in the law's own units. */
struct segment {
	double first, step;
	int codes;
};

/* A-law, Table 1a: 4096 virtual units; 1/8 of a 16-bit sample. */
static const struct segment alaw[] = {
	{0, 2, 32}, {64, 4, 16}, {128, 8, 16}, {256, 16, 16}, {512, 32, 16}, {1024, 64, 16}, {2048, 128, 16},
};

/* µ-law, Table 2a: 8159 virtual units; 1/4 of a 16-bit sample. The first interval is 0..1, quantised to 0. */
static const struct segment ulaw[] = {
	{-1, 2, 16}, {31, 4, 16}, {95, 8, 16}, {223, 16, 16}, {479, 32, 16}, {991, 64, 16}, {2015, 128, 16}, {4063, 256, 16},
};

/* decision[k] .. decision[k + 1] is interval k of the positive side, quantised to value[k]. */
static void intervals(const struct segment *segment, int segments, double decision[129], double value[128])
{
	int k = 0;

	for (int s = 0; s < segments; s++)
		for (int i = 0; i < segment[s].codes; i++, k++) {
			decision[k] = segment[s].first + i * segment[s].step;
			value[k] = decision[k] + segment[s].step / 2;
		}
	decision[128] = 1e9;
	CHECK_IS(k, 128);
}

static int interval_of(const double decision[129], double magnitude)
{
	int k = 0;

	while (k < 127 && magnitude >= decision[k + 1])
		k++;
	return k;
}

static void test_decoding_every_code(void)
{
	double decision[129], value[128];

	intervals(alaw, 7, decision, value);
	for (int k = 0; k < 128; k++) { /* Table 1a: character signal k, even bits inverted (§3.3) */
		CHECK_IS(lc_alaw_decode((uint8_t)((0x80 | k) ^ 0x55)), value[k] * 8);
		CHECK_IS(lc_alaw_decode((uint8_t)(k ^ 0x55)), -value[k] * 8);
	}
	intervals(ulaw, 8, decision, value);
	for (int k = 0; k < 128; k++) { /* Table 2a: 11111111 is 0, counting down */
		CHECK_IS(lc_ulaw_decode((uint8_t)(0xff - k)), value[k] * 4);
		CHECK_IS(lc_ulaw_decode((uint8_t)(0x7f - k)), -value[k] * 4);
	}
	CHECK_IS(lc_alaw_decode(0xaa), 32256); /* the largest: 4032 of 4096 */
	CHECK_IS(lc_ulaw_decode(0x80), 32124); /* 8031 of 8159 */
	CHECK_IS(lc_ulaw_decode(0xff), 0);
}

static void test_encoding_every_sample(void)
{
	double a_decision[129], u_decision[129], unused[128];

	intervals(alaw, 7, a_decision, unused);
	intervals(ulaw, 8, u_decision, unused);
	for (int sample = -32768; sample <= 32767; sample++) {
		/* A value on a border belongs to the interval farther from zero; on the negative side to the nearer. */
		double a = sample < 0 ? (-sample - 1) / 8.0 : sample / 8.0;
		double u = (sample < 0 ? (-sample - 1) >> 2 : sample >> 2);
		int a_code = (sample < 0 ? 0 : 0x80) | interval_of(a_decision, a);
		int u_code = (sample < 0 ? 0x7f : 0xff) - interval_of(u_decision, u);

		CHECK_IS(lc_alaw_encode((int16_t)sample), a_code ^ 0x55);
		CHECK_IS(lc_ulaw_encode((int16_t)sample), u_code);
	}
}

static void test_a_code_survives(void)
{
	for (int code = 0; code < 256; code++) {
		CHECK_IS(lc_alaw_encode(lc_alaw_decode((uint8_t)code)), code);
		if (code != 0x7f) /* µ-law has two zeros */
			CHECK_IS(lc_ulaw_encode(lc_ulaw_decode((uint8_t)code)), code);
	}
}

static void test_the_look_up(void)
{
	static struct lc_codec codec[3];

	for (int law = LC_LINEAR; law <= LC_ULAW; law++)
		lc_codec_init(&codec[law], (enum lc_companding)law);
	for (int sample = -32768; sample <= 32767; sample++) {
		int16_t x[3] = {(int16_t)sample, (int16_t)sample, (int16_t)sample};

		for (int law = LC_LINEAR; law <= LC_ULAW; law++)
			lc_codec_apply(&codec[law], &x[law], 1);
		CHECK_IS(x[LC_LINEAR], sample);
		CHECK_IS(x[LC_ALAW], lc_alaw_decode(lc_alaw_encode((int16_t)sample)));
		CHECK_IS(x[LC_ULAW], lc_ulaw_decode(lc_ulaw_encode((int16_t)sample)));
	}
}

int main(void)
{
	test_decoding_every_code();
	test_encoding_every_sample();
	test_a_code_survives();
	test_the_look_up();
	return 0;
}
