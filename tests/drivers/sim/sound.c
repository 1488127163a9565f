/* What a wire does to sound: loss, delay, echo, noise, hum, companding, a cut. */
#include <string.h>

#include "cards/sim/sim.h"
#include "check.h"
#include "dsp/dbm0.h"

enum { N = 80, TICKS = 400 };

static const struct lc_sim_wire plain = {
	.companding = LC_LINEAR, .echo_loss_db = 100, .far_echo_loss_db = 100, .noise_dbm0 = -100, .hum_dbm0 = -100};

/* One wire for TICKS ticks: what each end sent and received. side 0 is the box. */
struct run {
	int16_t tx[2][TICKS * N], rx[2][TICKS * N];
};
static struct run run, again;

static void go(struct run *r, const struct lc_sim_wire *wire, uint32_t seed, int cut_from)
{
	const uint8_t kind = LC_FXO;
	int error;
	struct lc_sim *sim = lc_sim_new(1, wire, &kind, N, seed, &error);

	CHECK(sim);
	for (int tick = 0; tick < TICKS; tick++) {
		if (tick == cut_from)
			lc_sim_cut(sim, 0, 1);
		for (int side = 0; side < 2; side++) {
			struct lc_card *card = lc_sim_card(sim, side);

			card->ops->begin(card);
			CHECK_IS(card->ops->read(card, 0, r->rx[side] + tick * N, N), 0);
			CHECK_IS(card->ops->write(card, 0, r->tx[side] + tick * N, N), 0);
		}
	}
	lc_sim_free(sim);
}

static void silence(void)
{
	memset(&run, 0, sizeof(run));
}

static void sine(int side, double hz, double dbm0)
{
	for (int i = 0; i < TICKS * N; i++)
		run.tx[side][i] = (int16_t)lrint(LC_DBM0_PEAK * pow(10, dbm0 / 20) * sin(2 * M_PI * hz / 8000 * i));
}

static void white(int side, double dbm0)
{
	uint32_t state = 4711;

	for (int i = 0; i < TICKS * N; i++)
		run.tx[side][i] =
			(int16_t)((lc_random(&state) / 4294967296.0 * 2 - 1) * sqrt(3 * LC_DBM0_POWER) * pow(10, dbm0 / 20));
}

/* From the third tick on. */
static double level(const int16_t *samples)
{
	double energy = 0;

	for (int i = 2 * N; i < TICKS * N; i++)
		energy += (double)samples[i] * samples[i];
	return 10 * log10(energy / (TICKS * N - 2 * N) / LC_DBM0_POWER + 1e-12);
}

static double level_at(const int16_t *samples, double hz)
{
	double re = 0, im = 0;
	int n = TICKS * N - 2 * N;

	for (int i = 2 * N; i < TICKS * N; i++) {
		re += samples[i] * cos(2 * M_PI * hz / 8000 * i);
		im += samples[i] * sin(2 * M_PI * hz / 8000 * i);
	}
	return 20 * log10(2 * hypot(re, im) / n / LC_DBM0_PEAK + 1e-9);
}

static void test_loss_both_ways(void)
{
	static const struct {
		uint8_t law;
		float loss;
	} cases[] = {{LC_LINEAR, 0}, {LC_LINEAR, 3}, {LC_ALAW, 6}, {LC_ULAW, 6}, {LC_ALAW, 30}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lc_sim_wire wire = plain;

		wire.companding = cases[i].law;
		wire.loss_db = cases[i].loss;
		silence();
		sine(0, 1020, -10);
		sine(1, 820, -10);
		go(&run, &wire, 1, -1);
		CHECK_NEAR(level_at(run.rx[1], 1020), -10 - cases[i].loss, 0.2);
		CHECK_NEAR(level_at(run.rx[0], 820), -10 - cases[i].loss, 0.2);
		CHECK(level_at(run.rx[0], 1020) < -60);
	}
}

static void test_one_tick_of_delay_each_way(void)
{
	silence();
	for (int side = 0; side < 2; side++)
		for (int i = 0; i < TICKS * N; i++)
			run.tx[side][i] = (int16_t)(i % 20000 + side * 7);
	go(&run, &plain, 1, -1);
	for (int side = 0; side < 2; side++) {
		for (int i = 0; i < N; i++)
			CHECK_IS(run.rx[side][i], 0);
		CHECK(!memcmp(run.rx[side] + N, run.tx[!side], (TICKS - 1) * N * sizeof(int16_t)));
	}
}

static void test_echo(void)
{
	struct lc_sim_wire wire = plain;

	wire.echo_loss_db = 14;
	wire.far_echo_loss_db = 20;
	silence();
	white(0, -10);
	go(&run, &wire, 1, -1);
	CHECK_NEAR(level(run.rx[0]) - level(run.tx[0]), -14, 0.2);
	silence();
	white(1, -10);
	go(&run, &wire, 1, -1);
	CHECK_NEAR(level(run.rx[1]) - level(run.tx[1]), -20, 0.2);
}

/* The echo is over 3.75 ms after the sound, also across the border of two ticks. */
static void test_echo_has_an_end(void)
{
	struct lc_sim_wire wire = plain;

	wire.echo_loss_db = 6;
	silence();
	run.tx[0][N - 1] = 20000;
	go(&run, &wire, 1, -1);
	for (int i = 0; i < TICKS * N; i++) {
		int since = i - (2 * N - 1);

		CHECK(since >= 2 && since <= 30 ? 1 : run.rx[0][i] == 0);
	}
	CHECK(abs(run.rx[0][2 * N - 1 + 3]) > 5000);
	CHECK(run.rx[0][2 * N - 1 + 30] != 0);
}

static void test_noise(void)
{
	static const uint8_t laws[] = {LC_LINEAR, LC_ALAW, LC_ULAW};

	for (int i = 0; i < 3; i++) {
		struct lc_sim_wire wire = plain;

		wire.companding = laws[i];
		wire.noise_dbm0 = -50;
		silence();
		go(&run, &wire, 1, -1);
		CHECK_NEAR(level(run.rx[1]), -50, 0.2); /* not coded at the far end */
		CHECK_NEAR(level(run.rx[0]), -50, 0.4);
		sine(1, 1000, -30); /* with a signal the noise is the same */
		go(&run, &wire, 1, -1);
		CHECK_NEAR(level(run.rx[0]), 10 * log10(pow(10, -3) + pow(10, -5)), 0.2);
	}
}

/* The codec sits at the box's end only. */
static void test_only_the_box_hears_codes(void)
{
	struct lc_sim_wire wire = plain;
	int uncoded[2] = {0, 0};

	wire.companding = LC_ALAW;
	wire.noise_dbm0 = -65;
	silence();
	go(&run, &wire, 1, -1);
	for (int side = 0; side < 2; side++)
		for (int i = 0; i < TICKS * N; i++)
			uncoded[side] += lc_alaw_decode(lc_alaw_encode(run.rx[side][i])) != run.rx[side][i];
	CHECK_IS(uncoded[0], 0);
	CHECK(uncoded[1] > TICKS * N / 2);
	sine(1, 1000, -20);
	go(&run, &wire, 1, -1);
	for (int i = 0; i < TICKS * N; i++)
		CHECK_IS(lc_alaw_decode(lc_alaw_encode(run.rx[0][i])), run.rx[0][i]);
}

static void test_hum(void)
{
	struct lc_sim_wire wire = plain;

	wire.hum_dbm0 = -40;
	silence();
	go(&run, &wire, 1, -1);
	CHECK_NEAR(level(run.rx[0]), -40, 0.2);
	CHECK_NEAR(level_at(run.rx[0], 50) - level_at(run.rx[0], 150), 6, 0.2);
	CHECK_NEAR(level(run.rx[1]), -40, 0.2);
}

static void test_it_saturates(void)
{
	struct lc_sim_wire wire = plain;

	wire.echo_loss_db = 0;
	silence();
	for (int i = 0; i < TICKS * N; i++)
		run.tx[0][i] = run.tx[1][i] = i / N % 2 ? 32767 : -32768;
	go(&run, &wire, 1, -1);
	for (int i = N; i < TICKS * N; i++)
		CHECK(run.rx[0][i] == 32767 || run.rx[0][i] == -32768 || i % N < 32);
}

static void test_a_cut_wire_is_silent(void)
{
	struct lc_sim_wire wire = plain;

	wire.noise_dbm0 = -40;
	wire.echo_loss_db = 10;
	silence();
	sine(0, 1000, -10);
	sine(1, 1000, -10);
	go(&run, &wire, 1, TICKS / 2);
	CHECK(run.rx[0][TICKS * N / 2 - 1] || run.rx[0][TICKS * N / 2 - 2]);
	for (int side = 0; side < 2; side++)
		for (int i = TICKS * N / 2; i < TICKS * N; i++)
			CHECK_IS(run.rx[side][i], 0);
}

/* The other core may end first: its last tick must not sound for ever. */
static void test_an_end_that_stopped_is_silent(void)
{
	const uint8_t kind = LC_FXO;
	int16_t rx[N], tx[N];
	int error;
	struct lc_sim *sim = lc_sim_new(1, &plain, &kind, N, 1, &error);
	struct lc_card *box = lc_sim_card(sim, 0);
	struct lc_card *far = lc_sim_card(sim, 1);

	for (int i = 0; i < N; i++)
		tx[i] = 1000;
	for (int tick = 0; tick < 10; tick++) {
		box->ops->begin(box);
		box->ops->read(box, 0, rx, N);
		CHECK_IS(rx[0], tick >= 1 && tick <= 5 ? 1000 : 0);
		if (tick >= 5)
			continue;
		far->ops->begin(far);
		far->ops->write(far, 0, tx, N);
	}
	lc_sim_free(sim);
}

static void test_a_seed_repeats_itself(void)
{
	struct lc_sim_wire wire = {.companding = LC_ALAW,
	                           .loss_db = 3,
	                           .echo_loss_db = 14,
	                           .far_echo_loss_db = 14,
	                           .noise_dbm0 = -55,
	                           .hum_dbm0 = -60};

	silence();
	white(1, -20);
	again = run;
	go(&run, &wire, 7, -1);
	go(&again, &wire, 7, -1);
	CHECK(!memcmp(&run, &again, sizeof(run)));
	go(&again, &wire, 8, -1);
	CHECK(memcmp(run.rx, again.rx, sizeof(run.rx)));
}

int main(void)
{
	test_loss_both_ways();
	test_one_tick_of_delay_each_way();
	test_echo();
	test_echo_has_an_end();
	test_noise();
	test_only_the_box_hears_codes();
	test_hum();
	test_it_saturates();
	test_a_cut_wire_is_silent();
	test_an_end_that_stopped_is_silent();
	test_a_seed_repeats_itself();
	return 0;
}
