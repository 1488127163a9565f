/* The echo canceller against the tests of ITU-T G.168 clause 6.4.2, as far as they apply to a canceller without
 * non-linear processor, and against this project's own limits. One JSON row per requirement.
 *
 * arguments: far.raw near.raw: speech of two talkers, 16-bit 8 kHz mono
 *
 * The hybrids are D.2 to D.9 at ERL 6, 10 and 12 dB (nominal: the models' own gain is from -4 to +4 dB). Where the
 * Recommendation's limit is a curve over levels, the limit here is this project's, and stricter than "no worse".
 */
#include "echo_scene.h"

static const double erls[] = {6, 10, 12};
static struct signal far, near, css_far, css_near;

static void row(const char *requirement, const char *clause, double limit, bool at_least, double measured, const char *unit)
{
	bool pass = at_least ? measured >= limit : measured <= limit;

	printf("{\"requirement\": \"%s\", \"clause\": \"%s\", \"limit\": \"%s %g %s\", \"measured\": %.2f, \"pass\": %s}\n",
	       requirement, clause, at_least ? ">=" : "<=", limit, unit, measured, pass ? "true" : "false");
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), ascending);
	return v[n / 2];
}

struct figures {
	double v[PATHS * 3];
	int n;
	double least, most;
};

static void note(struct figures *f, double value)
{
	f->least = f->n ? fmin(f->least, value) : value;
	f->most = f->n ? fmax(f->most, value) : value;
	f->v[f->n++] = value;
}

/* Test 2B and 2C: from nothing learnt, all hybrids. */
static void convergence(const struct signal *source, const char *name, double dbm0, double noise, double floor_1s,
                        double floor_10s)
{
	struct figures at[4] = {0}, steady = {0}, metered = {0};
	static const double when[] = {0.5, 1, 2, 5};
	char text[120], quiet[40] = "no noise";

	if (noise > -90)
		snprintf(quiet, sizeof(quiet), "noise %g dBm0", noise);
	for (int i = 0; i < PATHS * 3; i++) {
		struct scene *s = scene_new(12);

		mix(s->sent.x, source, i * 2800, 0, 12, dbm0);
		scene_echo(s, 0, 12, i / 3, erls[i % 3], 0);
		if (noise > -90)
			mix_noise(s->near, 0, 12, noise);
		scene_run(s, 0, 12);
		for (int k = 0; k < 4; k++)
			note(&at[k], erle(s, when[k] - 0.15, when[k] + 0.35));
		note(&steady, erle(s, 10, 12));
		note(&metered, erle_metered(s, 10, 12));
		scene_free(s);
	}
	for (int k = 0; k < 4; k++) {
		snprintf(text, sizeof(text), "ERLE %g s after start, %s %g dBm0, %s, median of 24 paths", when[k], name, dbm0,
		         quiet);
		row(text, "G.168 6.4.2.3 test 2B/2C; project", k == 0 ? floor_1s - 8 : floor_1s, true, median(at[k].v, at[k].n),
		    "dB");
	}
	snprintf(text, sizeof(text), "ERLE after 10 s, %s %g dBm0, %s, worst of 24 paths", name, dbm0, quiet);
	row(text, "G.168 6.4.2.3 test 2B/2C; project", floor_10s, true, steady.least, "dB");
	if (noise < -90) {
		snprintf(text, sizeof(text), "the same read at the port, A-law's error included, %s, median", name);
		row(text, "design/telephony.md 5: A-law caps it at 31 to 35 dB", 30, true, median(metered.v, metered.n), "dB");
	}
}

/* Test 2C: 5 s with noise, then frozen, noise off: what is left lies below the noise there was. */
static void residual_below_noise(void)
{
	struct figures left = {0};

	for (int i = 0; i < PATHS; i++) {
		struct scene *s = scene_new(10);

		mix(s->sent.x, &css_far, 0, 0, 10, -10);
		scene_echo(s, 0, 10, i, 6, 0);
		mix_noise(s->near, 0, 5, -40);
		scene_run(s, 0, 5);
		lc_echo_freeze(&s->canceller, true);
		scene_run(s, 5, 10);
		note(&left, residual(s, 5, 10));
		scene_free(s);
	}
	row("residual echo after 5 s of CSS -10 dBm0 in noise of -40 dBm0", "G.168 6.4.2.3 test 2C(a)", -40, false, left.most,
	    "dBm0");
}

static void double_talk_from_start(void)
{
	struct figures left = {0};

	for (int i = 0; i < PATHS; i++) {
		struct scene *s = scene_new(11);

		mix(s->sent.x, &css_far, 0, 0, 11, -10);
		scene_echo(s, 0, 11, i, 6, 0);
		mix(s->near, &css_near, 0, 0, 5, -25);
		scene_run(s, 0, 5);
		lc_echo_freeze(&s->canceller, true);
		scene_run(s, 5, 11);
		note(&left, residual(s, 5.5, 10.5));
		scene_free(s);
	}
	row("residual echo after 5 s of CSS -10 dBm0 against double talk of -25 dBm0 from the first sample",
	    "G.168 6.4.2.4 test 3A", -25, false, left.most, "dBm0");
}

static void double_talk_stability(double dbm0, const char *clause)
{
	struct figures worse = {0};
	char text[120];

	for (int i = 0; i < PATHS * 3; i++) {
		struct scene *s = scene_new(16);

		mix(s->sent.x, &css_far, 0, 0, 16, -10);
		scene_echo(s, 0, 16, i / 3, erls[i % 3], 0);
		mix(s->near, &css_near, 0, 5, 10, dbm0);
		scene_run(s, 0, 10);
		lc_echo_freeze(&s->canceller, true);
		scene_run(s, 10, 16);
		note(&worse, residual(s, 10.5, 15.5) - residual(s, 4, 5));
		scene_free(s);
	}
	snprintf(text, sizeof(text), "residual echo after 5 s of double talk at %g dBm0 against CSS -10 dBm0: rise, worst of 24",
	         dbm0);
	row(text, clause, 10, false, worse.most, "dB");
}

/* Two people who never pause: a minute of speech, the far party louder than our echo by 0 to 15 dB. */
static void conversation(double dbm0)
{
	struct figures least = {0}, gain = {0}, syllable = {0};
	int seconds = 0, bad = 0;
	char text[120];

	for (int i = 0; i < PATHS; i++) {
		struct scene *s = scene_new(60);

		mix(s->sent.x, &far, 0, 0, 60, -16);
		mix(s->near, &near, i * 9999, 0, 60, dbm0);
		scene_echo(s, 0, 60, i, i % 2 ? 12 : 6, 0);
		scene_run(s, 0, 60);
		for (int t = 5; t < 60; t++) {
			if (level_of(s->echo, t * LC_RATE, (t + 1) * LC_RATE) < -45)
				continue;
			seconds++;
			bad += erle(s, t, t + 1) < 20;
			note(&least, erle(s, t, t + 1));
			least.n = 1;
		}
		note(&gain, near_gain(s, s->out, 5 * LC_RATE, s->n));
		for (int from = 5 * LC_RATE; from + 400 <= s->n; from += 400)
			if (level_of(s->near, from, from + 400) > -35) {
				note(&syllable, near_gain(s, s->out, from, from + 400));
				syllable.n = 1;
			}
		scene_free(s);
	}
	snprintf(text, sizeof(text), "speech against speech of %g dBm0, a minute without pause: seconds with ERLE below 20 dB",
	         dbm0);
	row(text, "G.168 6.4.2.4 test 3C; project", 1, false, 100.0 * bad / seconds, "%");
	snprintf(text, sizeof(text), "the same: ERLE of the worst second of %d", seconds);
	row(text, "G.168 6.4.2.4 test 3C; project", 10, true, least.least, "dB");
	snprintf(text, sizeof(text), "far party of %g dBm0 in double talk: change of his level", dbm0);
	row(text, "issue 3: near end never muted or distorted", 0.5, false, fmax(gain.most, -gain.least), "dB");
	snprintf(text, sizeof(text), "the same in the worst 50 ms in which he is above -35 dBm0");
	row(text, "issue 3: no chopped syllables", 3, false, fmax(syllable.most, -syllable.least), "dB");
}

static void leak(void)
{
	struct figures worse = {0};

	for (int i = 0; i < PATHS; i += 3) {
		struct scene *s = scene_new(132);

		mix(s->sent.x, &css_far, 0, 0, 6, -10);
		mix(s->sent.x, &css_far, 0, 126, 132, -10);
		mix_noise(s->near, 6, 126, -50);
		scene_echo(s, 0, 132, i, 6, 0);
		scene_run(s, 0, 126);
		lc_echo_freeze(&s->canceller, true);
		scene_run(s, 126, 132);
		note(&worse, residual(s, 126, 132) - residual(s, 4, 6));
		scene_free(s);
	}
	row("residual echo after two minutes without reference: rise", "G.168 6.4.2.5 test 4", 10, false, worse.most, "dB");
}

static void infinite_return_loss(void)
{
	struct figures left = {0};

	for (int i = 0; i < PATHS; i++) {
		struct scene *s = scene_new(10);

		mix(s->sent.x, &css_far, 0, 0, 10, -10);
		scene_echo(s, 0, 5, i, 6, 0);
		scene_run(s, 0, 10);
		note(&left, residual(s, 6, 10));
		scene_free(s);
	}
	row("echo made by the canceller, 1 s after the path was cut, CSS -10 dBm0", "G.168 6.4.2.6 test 5; project", -37, false,
	    left.most, "dBm0");
}

static void narrow_band(void)
{
	static const int more[][2] = {{450, 0}, {425, 0}, {350, 440}, {440, 480}, {480, 620}, {1004, 0}, {2100, 0}};
	struct figures worse = {0};

	for (int path = 0; path < PATHS; path++) {
		struct scene *s = scene_new(85);
		int t = 5;

		mix(s->sent.x, &css_far, 0, 0, 5, -10);
		for (int i = 0; tones_6_4_2_7[i][0]; i++, t += 5) {
			mix_tone(s->sent.x, tones_6_4_2_7[i][0], t, t + 5, -11);
			if (tones_6_4_2_7[i][1])
				mix_tone(s->sent.x, tones_6_4_2_7[i][1], t, t + 5, -9);
		}
		for (int i = 0; i < 7; i++, t += 5) {
			mix_tone(s->sent.x, more[i][0], t, t + 5, -13);
			if (more[i][1])
				mix_tone(s->sent.x, more[i][1], t, t + 5, -13);
		}
		mix(s->sent.x, &css_far, 0, t, 85, -10);
		scene_echo(s, 0, 85, path, 6, 0);
		scene_run(s, 0, t);
		lc_echo_freeze(&s->canceller, true);
		scene_run(s, t, 85);
		note(&worse, residual(s, t, 85) - residual(s, 3, 5));
		scene_free(s);
	}
	row("residual echo after 15 tones and tone pairs of 5 s each: rise", "G.168 6.4.2.7 test 6", 10, false, worse.most, "dB");
}

static void stability(void)
{
	struct figures louder = {0}, near_change = {0};

	for (int path = 0; path < PATHS; path++) {
		struct scene *s = scene_new(60), *both = scene_new(20);

		mix_tone(s->sent.x, path % 2 ? 450 : 697, 0, 60, -10);
		scene_echo(s, 0, 60, path, 6, 0);
		scene_run(s, 0, 60);
		note(&louder, -erle(s, 0, 60));
		scene_free(s);
		/* The exchange sends busy tone while we send a tone of the same frequency. */
		mix(both->sent.x, &css_far, 0, 0, path % 2 ? 5 : 0, -10);
		mix_tone(both->sent.x, 450, 5, 20, -13);
		mix_tone(both->near, 450.5, 5, 20, -15);
		scene_echo(both, 0, 20, path, 10, 0);
		scene_run(both, 0, 20);
		note(&near_change,
		     fabs(near_gain(both, both->out, 6 * LC_RATE, both->n) - near_gain(both, both->line, 6 * LC_RATE, both->n)));
		scene_free(both);
	}
	row("a tone as first reference for a minute: rise of its echo at any path", "G.168 6.4.2.8 test 7", 0.5, false,
	    louder.most, "dB");
	row("far end's 450 Hz tone while we send 450 Hz: change of its level", "project: busy tone stays audible", 0.5, false,
	    near_change.most, "dB");
}

static void path_change(void)
{
	struct figures half = {0}, one = {0}, two = {0}, peak = {0};

	for (int i = 0; i < PATHS * 3; i++) {
		struct scene *s = scene_new(8);
		int next = (i / 3 + 3) % PATHS, delay = (128 - hybrid[next].n) / 2;

		mix(s->sent.x, &css_far, i * 991, 0, 8, -10);
		scene_echo(s, 0, 5, i / 3, erls[i % 3], 0);
		scene_echo(s, 5, 8, next, erls[(i + 1) % 3], delay);
		scene_run(s, 0, 8);
		note(&half, erle(s, 5.5, 5.85));
		note(&one, erle(s, 6, 6.35));
		note(&two, erle(s, 7, 8));
		note(&peak, residual(s, 5, 5.35) + 10);
		scene_free(s);
	}
	row("ERLE 0.5 s after an abrupt change of the path, CSS, median of 24", "G.168 6.4.2.3 test 2B(b); project", 20, true,
	    median(half.v, half.n), "dB");
	row("ERLE 1 s after it, median", "G.168 6.4.2.3 test 2B(b); project", 25, true, median(one.v, one.n), "dB");
	row("ERLE 2 s after it, worst", "G.168 6.4.2.3 test 2B(b); project", 20, true, two.least, "dB");
	row("loudest echo in the first 350 ms after it, relative to what was sent (ERL 6 to 12 dB)", "project: no howling", 3,
	    false, peak.most, "dB");
}

/* Pure delay within the tail, a known delay before it, and a line with its wires crossed. */
static void delays(void)
{
	struct figures within = {0}, before = {0}, crossed = {0};

	for (int delay = 0; delay <= 64; delay += 16) {
		struct scene *s = scene_new(5), *t = scene_new(5), *u = scene_new(5);

		mix(s->sent.x, &css_far, 0, 0, 5, -10);
		scene_echo(s, 0, 5, 0, 6, delay);
		scene_run(s, 0, 5);
		note(&within, erle(s, 3, 5));
		lc_echo_init(&t->canceller, 16, 40 - delay / 8);
		mix(t->sent.x, &css_far, 0, 0, 5, -10);
		scene_echo(t, 0, 5, 3, 6, 320 - delay);
		scene_run(t, 0, 5);
		note(&before, erle(t, 3, 5));
		mix(u->sent.x, &css_far, 0, 0, 5, -10);
		scene_echo(u, 0, 5, 0, 6, delay);
		for (int i = 0; i < u->n; i++)
			u->echo[i] = -u->echo[i];
		scene_run(u, 0, 5);
		note(&crossed, erle(u, 3, 5));
		scene_free(s);
		scene_free(t);
		scene_free(u);
	}
	row("ERLE with 0 to 8 ms of pure delay before an echo of 8 ms, worst", "project", 30, true, within.least, "dB");
	row("ERLE of a 16 ms echo after a known delay of 32 to 40 ms, worst", "project", 30, true, before.least, "dB");
	row("ERLE with the sign of the echo reversed, worst", "project", 30, true, crossed.least, "dB");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	far = signal_load(argv[1]);
	near = signal_load(argv[2]);
	if (!far.n || !near.n)
		return 2;
	for (int i = 0; i < far.n; i++)
		far.x[i] = far.pcm[i];
	for (int i = 0; i < near.n; i++)
		near.x[i] = near.pcm[i];
	css_far = css(LC_RATE * 35, false, -10);
	css_near = css(LC_RATE * 40, true, -10);
	convergence(&css_far, "CSS", -10, -100, 28, 30);
	convergence(&css_far, "CSS", -20, -100, 28, 28);
	convergence(&far, "speech", -16, -100, 25, 25);
	convergence(&css_far, "CSS", -10, -50, 25, 28);
	convergence(&css_far, "CSS", -10, -40, 20, 25);
	residual_below_noise();
	double_talk_from_start();
	double_talk_stability(-10, "G.168 6.4.2.4 test 3B(a)");
	double_talk_stability(-25, "G.168 6.4.2.4 test 3B(b)");
	conversation(-16);
	conversation(-25);
	leak();
	infinite_return_loss();
	narrow_band();
	stability();
	path_change();
	delays();
	signal_free(&far);
	signal_free(&near);
	signal_free(&css_far);
	signal_free(&css_near);
	return 0; /* each row tells for itself */
}
