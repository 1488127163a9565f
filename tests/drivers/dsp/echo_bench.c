/* callbox's canceller next to SpeexDSP's, on the same lines: what each is worth and what it costs. Not a test: numbers
 * on which the choice rests. Needs Debian's libspeexdsp-dev. SpeexDSP's high-pass at its input changes the far party too,
 * which counts here as residual while he talks: judge its double talk by the second after.
 *
 *   cd tests/drivers/dsp && gcc -std=gnu11 -O3 -march=x86-64-v2 -fno-math-errno -fno-trapping-math -I../../../drivers \
 *       echo_bench.c ../../../drivers/dsp/echo.c -lspeexdsp -lm -o /tmp/echo_bench && /tmp/echo_bench far.raw near.raw
 */
#include <speex/speex_echo.h>
#include <time.h>

#include "echo_scene.h"

enum { CALLBOX, SPEEX, CANCELLERS, CASES = PATHS * 3 };

static const char *const names[] = {"callbox", "speexdsp"};
static const double erls[] = {6, 10, 12};

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median and worst, as text. */
static const char *both(double *v)
{
	static char text[8][24];
	static int at;

	at = (at + 1) % 8;
	qsort(v, CASES, sizeof(*v), ascending);
	snprintf(text[at], sizeof(text[at]), "%5.1f (%5.1f)", v[CASES / 2], v[0]);
	return text[at];
}

static void run(struct scene *s, int which)
{
	int rate = LC_RATE, n = 80;
	SpeexEchoState *speex;

	if (which == CALLBOX) {
		scene_run(s, 0, (double)s->n / LC_RATE);
		return;
	}
	speex = speex_echo_state_init(n, 128);
	speex_echo_ctl(speex, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
	for (int i = 0; i < s->n; i += n) {
		for (int k = i; k < i + n; k++)
			s->line[k] = through_alaw(s->echo[k] + s->near[k]);
		speex_echo_cancellation(speex, s->line + i, s->sent.pcm + i, s->out + i);
	}
	speex_echo_state_destroy(speex);
}

static void converge(const struct signal *source, const char *name, double dbm0, double noise)
{
	for (int which = 0; which < CANCELLERS; which++) {
		double v[6][CASES];

		random_state = 1;
		for (int i = 0; i < CASES; i++) {
			struct scene *s = scene_new(20);

			mix(s->sent.x, source, 0, 0, 20, dbm0);
			scene_echo(s, 0, 20, i / 3, erls[i % 3], 0);
			if (noise > -90)
				mix_noise(s->near, 0, 20, noise);
			run(s, which);
			v[0][i] = erle(s, 0.35, 0.7);
			v[1][i] = erle(s, 0.85, 1.2);
			v[2][i] = erle(s, 1.85, 2.2);
			v[3][i] = erle(s, 5, 6);
			v[4][i] = erle(s, 15, 20);
			v[5][i] = erle_metered(s, 15, 20);
			scene_free(s);
		}
		printf("%-8s %-6s noise %4.0f | 0.5 s %s | 1 s %s | 2 s %s | 5 s %s | 15 s %s | metered %s\n", names[which], name,
		       noise, both(v[0]), both(v[1]), both(v[2]), both(v[3]), both(v[4]), both(v[5]));
	}
}

/* Five seconds alone, ten in double talk, then alone; and the same with the far party talking from the start. */
static void double_talk(const struct signal *far, const struct signal *near, double dbm0, double from)
{
	for (int which = 0; which < CANCELLERS; which++) {
		double v[4][CASES];

		for (int i = 0; i < CASES; i++) {
			struct scene *s = scene_new(17);

			mix(s->sent.x, far, 0, 0, 17, -16);
			mix(s->near, near, 0, from, 15, dbm0);
			scene_echo(s, 0, 17, i / 3, erls[i % 3], 0);
			run(s, which);
			v[0][i] = from > 3 ? erle(s, from - 1, from) : 0;
			v[1][i] = erle(s, 5, 15);
			v[2][i] = erle(s, 15, 16);
			v[3][i] = near_gain(s, s->out, 5 * LC_RATE, 15 * LC_RATE);
			scene_free(s);
		}
		printf("%-8s double talk %3.0f dBm0 from %g s | ERLE before %s | in it %s | 1 s after %s | far party's level %s "
		       "dB\n",
		       names[which], dbm0, from, both(v[0]), both(v[1]), both(v[2]), both(v[3]));
	}
}

static void path_change(const struct signal *far)
{
	for (int which = 0; which < CANCELLERS; which++) {
		double v[4][CASES];

		for (int i = 0; i < CASES; i++) {
			struct scene *s = scene_new(12);

			mix(s->sent.x, far, 0, 0, 12, -16);
			scene_echo(s, 0, 6, i / 3, erls[i % 3], 0);
			scene_echo(s, 6, 12, (i / 3 + 3) % PATHS, erls[(i + 1) % 3], 0);
			run(s, which);
			v[0][i] = erle(s, 6.35, 6.7);
			v[1][i] = erle(s, 6.85, 7.2);
			v[2][i] = erle(s, 7.85, 8.2);
			v[3][i] = erle(s, 11, 12);
			scene_free(s);
		}
		printf("%-8s path changed | 0.5 s %s | 1 s %s | 2 s %s | 5 s %s\n", names[which], both(v[0]), both(v[1]),
		       both(v[2]), both(v[3]));
	}
}

static void cost(const struct signal *far)
{
	for (int which = 0; which < CANCELLERS; which++) {
		double best[2] = {1e9, 1e9};

		for (int round = 0; round < 10; round++)
			for (int frozen = 0; frozen < 2; frozen++) {
				struct scene *s = scene_new(10);
				struct timespec a, b;

				mix(s->sent.x, far, 0, 0, 10, -16);
				quantise(&s->sent);
				lc_echo_freeze(&s->canceller, frozen);
				clock_gettime(CLOCK_MONOTONIC, &a);
				run(s, which);
				clock_gettime(CLOCK_MONOTONIC, &b);
				best[frozen] = fmin(best[frozen],
				                    ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) /
				                            (s->n / 80.0));
				scene_free(s);
			}
		printf("%-8s %.2f us per port and tick of 10 ms, the test's own A-law included", names[which], best[0] / 1000);
		if (which == CALLBOX)
			printf("; frozen %.2f", best[1] / 1000);
		printf("\n");
	}
	printf("state of callbox's: %zu bytes\n", sizeof(struct lc_echo));
}

int main(int argc, char **argv)
{
	struct signal far, near, own;

	if (argc != 3)
		return 2;
	far = signal_load(argv[1]);
	near = signal_load(argv[2]);
	for (int i = 0; i < far.n; i++)
		far.x[i] = far.pcm[i];
	for (int i = 0; i < near.n; i++)
		near.x[i] = near.pcm[i];
	own = css(LC_RATE * 35, false, -10);
	printf("ERLE in dB of the echo alone: median (worst) of 24 paths, D.2 to D.9 at ERL 6, 10, 12 dB\n");
	for (int i = 0; i < 3; i++) {
		static const double noise[] = {-100, -50, -40};

		converge(&far, "speech", -16, noise[i]);
		converge(&own, "CSS", -10, noise[i]);
	}
	double_talk(&far, &near, -16, 5);
	double_talk(&far, &near, -25, 5);
	double_talk(&far, &near, -16, 0);
	path_change(&far);
	cost(&far);
	signal_free(&far);
	signal_free(&near);
	signal_free(&own);
	return 0;
}
