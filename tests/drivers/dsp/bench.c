/* What each detector costs: nanoseconds per tick of 80 samples, over speech given as a raw file, or over made noise. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include <time.h>

#include "dsp/ears.h"
#include "signals.h"

static struct lc_ears ears;
static long events;

static void count(void *context, const struct lc_event *event)
{
	(void)context;
	(void)event;
	events++;
}

static double nanoseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

enum { ROUNDS = 5 };

static double best_of(const struct signal *s, unsigned mask)
{
	struct lc_plan plan = {.dtmf_twist_db = 6,
	                       .dtmf_reverse_twist_db = 6,
	                       .tones = 5,
	                       .tone = {{.name = "dial",
	                                 .listen_cycles = 1,
	                                 .listen_ms = 600,
	                                 .cadence_percent = 15,
	                                 .steps = 1,
	                                 .step = {{{350, 440}, 0}}},
	                                {.name = "ringback",
	                                 .listen_cycles = 1,
	                                 .cadence_percent = 15,
	                                 .steps = 2,
	                                 .step = {{{440, 480}, 2000}, {{0, 0}, 4000}}},
	                                {.name = "busy",
	                                 .listen_cycles = 3,
	                                 .cadence_percent = 15,
	                                 .steps = 2,
	                                 .step = {{{480, 620}, 500}, {{0, 0}, 500}}},
	                                {.name = "congestion",
	                                 .listen_cycles = 3,
	                                 .cadence_percent = 15,
	                                 .steps = 2,
	                                 .step = {{{480, 620}, 250}, {{0, 0}, 250}}},
	                                {.name = "sit",
	                                 .listen_cycles = 1,
	                                 .cadence_percent = 20,
	                                 .once = 1,
	                                 .steps = 3,
	                                 .step = {{{914, 0}, 330}, {{1371, 0}, 330}, {{1777, 0}, 330}}}}};
	double best = 1e18;

	for (int round = 0; round < ROUNDS; round++) {
		double from;

		lc_ears_init(&ears, &plan);
		lc_ears_listen(&ears, mask);
		from = nanoseconds();
		for (int i = 0; i + 80 <= s->n; i += 80)
			lc_ears_process(&ears, s->pcm + i, 80, count, NULL);
		best = fmin(best, (nanoseconds() - from) / (s->n / 80));
	}
	return best;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned mask;
	} what[] = {
		{"level", LC_EAR_VOICE},
		{"level, dtmf", LC_EAR_DTMF},
		{"level, progress", LC_EAR_TONE},
		{"level, caller id (dtmf and fsk)", LC_EAR_CALLERID},
		{"level, dtmf, progress", LC_EAR_DTMF | LC_EAR_TONE},
		{"all", LC_EAR_DTMF | LC_EAR_TONE | LC_EAR_CALLERID | LC_EAR_VOICE},
	};
	struct signal speech = argc > 1 ? signal_load(argv[1]) : signal_new(0), noise = signal_new(8000 * 60),
		      idle = signal_new(8000 * 60);

	add_noise(&noise, -20);
	quantise(&noise);
	add_noise(&idle, -68);
	quantise(&idle);
	if (speech.n > 8000 * 120)
		speech.n = 8000 * 120;
	printf("%-34s %8s %8s %8s  ns per 80 samples\n", "", "speech", "noise", "idle");
	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		printf("%-34s %8.0f %8.0f %8.0f\n", what[i].name, speech.n ? best_of(&speech, what[i].mask) : 0,
		       best_of(&noise, what[i].mask), best_of(&idle, what[i].mask));
	printf("state: ears %zu bytes: dtmf %zu, progress %zu, caller id %zu\n", sizeof(ears), sizeof(ears.dtmf),
	       sizeof(ears.progress), sizeof(ears.callerid));
	signal_free(&speech);
	signal_free(&noise);
	signal_free(&idle);
	return 0;
}
