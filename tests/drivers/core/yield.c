/* A prompt that yields to the caller's keys: silent in the tick of a suspicion, going on where it was if it was wrong. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

enum {
	PROMPT = 3 * LC_RATE,
	STEP = 7,  /* the prompt is a staircase: each sample tells its place, and 0 is none of them */
	FADE = 16, /* of a player that is held or goes on (core/player.c) */
	TICK = 80,
};

static const double low_hz = 770, high_hz = 1336; /* 5 */

static void write_wav(const char *path, const int16_t *samples, uint32_t n)
{
	uint32_t words[11] = {0x46464952, 36 + 2 * n, 0x45564157, 0x20746d66, 16,   0x00010001,
	                      8000,       16000,      0x00100002, 0x61746164, 2 * n};
	FILE *file = fopen(path, "wb");
	assert(fwrite(words, 1, 44, file) == 44 && fwrite(samples, 2, n, file) == n && !fclose(file));
}

static int16_t prompt_at(int i)
{
	return (int16_t)(1 + STEP * (i % 4000));
}

static void make_files(void)
{
	static int16_t prompt[PROMPT], pair[LC_RATE];
	for (int i = 0; i < PROMPT; i++)
		prompt[i] = prompt_at(i);
	write_wav("prompt.wav", prompt, PROMPT);
	for (int i = 0; i < LC_RATE; i++)
		pair[i] = (int16_t)(6000 * (sin(2 * M_PI * low_hz / LC_RATE * i) + sin(2 * M_PI * high_hz / LC_RATE * i)));
	write_wav("key.wav", pair, 70 * 8);
	write_wav("burst.wav", pair, 22 * 8); /* a suspicion, but Q.24 refuses it */
}

static struct world begin(void)
{
	struct lc_sim_wire wire = {
		.companding = LC_LINEAR, .echo_loss_db = 100, .far_echo_loss_db = 100, .noise_dbm0 = -100, .hum_dbm0 = -100};
	struct world world = world_begin(2, wire);
	world_post(&world, 0, (struct lc_command){.kind = LC_CMD_HOOK, .slot = 0, .a = 1});
	world_post(&world, 0, (struct lc_command){.kind = LC_CMD_LISTEN, .slot = 0, .a = LC_EAR_DTMF});
	world_post(&world, 0, (struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PLAYER, .sink = 0});
	world_post(&world, 1, (struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PLAYER, .sink = 0});
	return world;
}

/* So many ticks; the digits and ends of what plays that were told are counted. */
struct told {
	int digits, ends, suspicions;
};

static struct told step_ms(struct world *world, int ms)
{
	struct told told = {0};
	struct lc_event event;
	for (uint64_t end = lc_tick_count(world->core[0]) + (uint64_t)ms / 10; lc_tick_count(world->core[0]) < end;) {
		lc_step(world->core, 2, 1);
		while (lc_event_take(world->core[0], &event, 1)) {
			told.digits += event.kind == LC_EV_DIGIT;
			told.ends += event.kind == LC_EV_PLAY_DONE;
			told.suspicions += event.kind == LC_EV_KEY_SUSPECTED;
			assert(event.kind != LC_EV_ACK || event.value == 0);
		}
		while (lc_event_take(world->core[1], &event, 1))
			;
	}
	return told;
}

struct heard {
	int frames, key; /* `key`: the first sample that the far end sent */
	int16_t frame[2 * 8 * LC_RATE];
};

/* Plays the prompt, `sound` at the far end 300 ms later, `and_then` at the box after `later_ms`; what the far end heard. */
static struct told call(struct world *world, const char *sound, int how, const struct lc_command *and_then, int later_ms,
                        struct heard *heard)
{
	struct lc_command far_play = {.kind = LC_CMD_PLAY_FILE};
	struct told told, more;
	unsigned char head[44];
	FILE *file;
	remove("ear.wav");
	step_ms(world, 500);
	world_post(world, 1, (struct lc_command){.kind = LC_CMD_RECORD, .text = "ear.wav"});
	world_post(world, 1, (struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PLAYER, .sink = LC_END_RIGHT});
	world_post(world, 1, (struct lc_command){.kind = LC_CMD_LINK, .source = 0, .sink = LC_END_LEFT});
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_FILE, .a = how, .text = "prompt.wav"});
	step_ms(world, 300);
	strcpy(far_play.text, sound);
	world_post(world, 1, far_play);
	told = step_ms(world, later_ms);
	if (and_then)
		world_post(world, 0, *and_then);
	more = step_ms(world, 5000 - later_ms);
	told.digits += more.digits;
	told.ends += more.ends;
	told.suspicions += more.suspicions;
	world_post(world, 1, (struct lc_command){.kind = LC_CMD_RECORD_STOP});
	step_ms(world, 100);
	file = fopen("ear.wav", "rb");
	assert(fread(head, 1, 44, file) == 44);
	heard->frames = (int)fread(heard->frame, 4, 8 * LC_RATE, file);
	fclose(file);
	for (heard->key = 0; heard->frame[2 * heard->key + 1] == 0; heard->key++)
		assert(heard->key < heard->frames - 1);
	return told;
}

static int16_t left(const struct heard *heard, int i)
{
	return heard->frame[2 * i];
}

/* The far end's first silent sample after the key's first, in ms since that. */
static double silent_after_ms(const struct heard *heard)
{
	int i = heard->key;
	while (i < heard->frames && left(heard, i) != 0)
		i++;
	return (i - heard->key) / 8.0;
}

/* For how long it stays silent from there. */
static double silent_for_ms(const struct heard *heard)
{
	int from = heard->key + (int)(8 * silent_after_ms(heard)), i = from;
	while (i < heard->frames && left(heard, i) == 0)
		i++;
	return (i - from) / 8.0;
}

/* Every sample of the prompt is heard once, in order; around a dip they are fainter. */
static void nothing_is_lost(const struct heard *heard)
{
	int at = 0, fainter = 0;
	for (int i = 0; i < heard->frames; i++) {
		if (left(heard, i) == 0)
			continue;
		assert(at < PROMPT && left(heard, i) <= prompt_at(at));
		fainter += left(heard, i) != prompt_at(at++);
	}
	/* what is fainter than a step of the staircase is nothing: at most a fade's end and beginning, and the link's */
	assert(at > PROMPT - 4 && at <= PROMPT && fainter <= 2 * FADE + TICK);
}

static uint64_t dips(const struct world *world, uint64_t *ms)
{
	struct lc_counters counters;
	lc_counters_get(world->core[0], &counters);
	*ms = counters.prompt_dip_ms;
	return counters.prompt_dips;
}

static void a_key_silences_at_once_and_for_a_second(void)
{
	static struct heard heard;
	struct world world = begin();
	struct told told = call(&world, "key.wav", LC_PLAY_YIELDS, NULL, 0, &heard);
	uint64_t ms;
	assert(told.digits == 1 && told.ends == 1 && told.suspicions == 0); /* suspicions stay in the core */
	assert(silent_after_ms(&heard) <= 45 - 10 + FADE / 8); /* it began with a tick; one that does not takes up to 10 more */
	assert(fabs(silent_for_ms(&heard) - 1000) <= 30);      /* nobody cared for the digit */
	nothing_is_lost(&heard);
	assert(dips(&world, &ms) == 0 && ms == 0);
	world_end(&world);
}

static void python_stops_it(void)
{
	static struct heard heard;
	struct world world = begin();
	struct lc_command stop = {.kind = LC_CMD_PLAY_STOP};
	call(&world, "key.wav", LC_PLAY_YIELDS, &stop, 100, &heard);
	assert(silent_for_ms(&heard) > 2000);
	world_end(&world);
}

static void a_wrong_suspicion_costs_a_dip(void)
{
	static struct heard heard;
	struct world world = begin();
	struct told told = call(&world, "burst.wav", LC_PLAY_YIELDS, NULL, 0, &heard);
	uint64_t ms;
	assert(told.digits == 0 && told.ends == 1);
	assert(silent_after_ms(&heard) <= 45 && silent_for_ms(&heard) > 0 && silent_for_ms(&heard) <= 60);
	nothing_is_lost(&heard);
	assert(dips(&world, &ms) == 1 && ms >= 5 && ms <= 55);
	world_end(&world);
}

/* A prompt that asks for nothing yields to nobody; one that Python has paused stays so after a key's second. */
static void others_do_not_yield(void)
{
	static struct heard heard;
	struct world world = begin();
	struct lc_command pause = {.kind = LC_CMD_PLAY_PAUSE, .a = 1};
	uint64_t ms;
	call(&world, "key.wav", 0, NULL, 0, &heard);
	assert(silent_after_ms(&heard) > 1000 && dips(&world, &ms) == 0);
	call(&world, "key.wav", LC_PLAY_YIELDS, &pause, 100, &heard);
	assert(silent_for_ms(&heard) > 2000);
	world_end(&world);
}

static void a_port_that_is_not_there(void)
{
	struct world world = begin();
	struct lc_event event;
	step_ms(&world, 100);
	uint32_t seq = world_post(
		&world, 0, (struct lc_command){.kind = LC_CMD_PLAY_FILE, .a = LC_PLAY_YIELDS, .source = 2, .text = "prompt.wav"});
	lc_step(world.core, 2, 1);
	assert(lc_event_take(world.core[0], &event, 1) == 1 && event.kind == LC_EV_ACK && event.seq == seq);
	assert(event.value == -ENODEV);
	world_end(&world);
}

int main(void)
{
	make_files();
	a_key_silences_at_once_and_for_a_second();
	python_stops_it();
	a_wrong_suspicion_costs_a_dip();
	others_do_not_yield();
	a_port_that_is_not_there();
	puts("yield: ok");
	return 0;
}
