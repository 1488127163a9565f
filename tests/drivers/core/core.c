/* The core with a card of one wire pair: commands, events, audio, files, and start-up without memory. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/core.h"
#include "world.h"

/* Steps until `core` tells `kind` of `slot`; everything else is passed over. */
static struct lc_event await(struct world *world, int which, int kind, int slot)
{
	for (int guard = 0; guard < 10000; guard++) {
		struct lc_event event;
		while (lc_event_take(world->core[which], &event, 1))
			if (event.kind == kind && (event.slot == slot || slot < 0))
				return event;
		while (lc_event_take(world->core[1 - which], &event, 1))
			;
		lc_step(world->core, 2, 100);
	}
	assert(!"the event came");
	abort();
}

static int acknowledged(struct world *world, struct lc_command command)
{
	uint32_t seq = world_post(world, 0, command);
	for (;;) {
		struct lc_event event = await(world, 0, LC_EV_ACK, -1);
		if (event.seq == seq)
			return event.value;
	}
}

static void refuses_nonsense(struct world *world)
{
#define REFUSED(error, ...) assert(acknowledged(world, (struct lc_command){__VA_ARGS__}) == (error))
	REFUSED(-EINVAL, .kind = 999);
	REFUSED(-ENODEV, .kind = LC_CMD_HOOK, .slot = 2, .a = 1);
	REFUSED(-EINVAL, .kind = LC_CMD_HOOK, .slot = 1, .a = 1); /* hook is for FXO */
	REFUSED(-EINVAL, .kind = LC_CMD_RING, .slot = 0, .a = 1); /* ring is for FXS */
	REFUSED(-ENODEV, .kind = LC_CMD_LINK, .source = 7, .sink = 0);
	REFUSED(-ENODEV, .kind = LC_CMD_LINK, .source = LC_END_LEFT, .sink = 0);
	REFUSED(-ENODEV, .kind = LC_CMD_LINK, .source = 0, .sink = LC_END_PLAYER);
	REFUSED(-ENODEV, .kind = LC_CMD_LINK, .source = LC_END_SENT | 63, .sink = LC_END_TAP);
	REFUSED(-ENODEV, .kind = LC_CMD_LINK, .source = 0, .sink = LC_END_SENT);
	REFUSED(-EINVAL, .kind = LC_CMD_LINK, .source = LC_END_SENT, .sink = 0);
	REFUSED(-ERANGE, .kind = LC_CMD_LINK, .source = 0, .sink = 1, .gain_db = NAN);
	REFUSED(-ERANGE, .kind = LC_CMD_GAIN, .slot = 0, .gain_db = 21);
	REFUSED(-ENOENT, .kind = LC_CMD_UNLINK, .source = 0, .sink = 1);
	REFUSED(-ENODEV, .kind = LC_CMD_CLEAR, .source = 0x6000);
	REFUSED(-EINVAL, .kind = LC_CMD_PLAY_TONE, .slot = 0, .a = 2);
	REFUSED(-EINVAL, .kind = LC_CMD_PLAY_DIGITS, .slot = 0, .text = "12x");
	REFUSED(-ENODEV, .kind = LC_CMD_PLAY_STOP, .slot = 32);
	REFUSED(-ENOENT, .kind = LC_CMD_RECORD_STOP, .slot = 0);
	REFUSED(0, .kind = LC_CMD_PLAY_STOP, .slot = 0); /* nothing plays: fine */
}

/* A lamp by data where caller id is not FSK: a question, answered with no. */
static void what_cannot_be_is_told_and_not_counted(struct world *world)
{
	struct lc_counters before, after;

	world->core[0]->config.plan.callerid_scheme = LC_CID_DTMF;
	lc_counters_get(world->core[0], &before);
	REFUSED(-ENOTTY, .kind = LC_CMD_LAMP, .slot = 1, .a = 1, .b = LC_LAMP_FSK);
	REFUSED(-EINVAL, .kind = LC_CMD_LAMP, .slot = 1, .a = 2, .b = LC_LAMP_FSK);
	lc_counters_get(world->core[0], &after);
	world->core[0]->config.plan = world_plan();
	assert(after.commands == before.commands + 2 && after.commands_refused == before.commands_refused + 1);
}

static void a_digit_crosses(struct world *world)
{
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_HOOK, .slot = 0, .a = 1});
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_LISTEN, .slot = 0, .a = LC_EAR_DTMF});
	await(world, 1, LC_EV_OFFHOOK, 0);
	world_post(world, 1, (struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PLAYER, .sink = 0});
	world_post(world, 1, (struct lc_command){.kind = LC_CMD_PLAY_DIGITS, .slot = 0, .text = "5"});
	struct lc_event digit = await(world, 0, LC_EV_DIGIT, 0);
	assert(digit.text[0] == '5');
	struct lc_event up = await(world, 0, LC_EV_DIGIT_END, 0);
	assert(abs(up.value - 70) <= 10);
}

static void a_file_is_played_and_recorded(struct world *world)
{
	enum { SAMPLES = 12345 };
	static int16_t mono[SAMPLES + 22];
	for (int i = 0; i < SAMPLES; i++)
		mono[22 + i] = (int16_t)(i % 2000 - 1000);
	uint32_t words[11] = {0x46464952, 36 + 2 * SAMPLES, 0x45564157, 0x20746d66, 16, 0x00010001, 8000,
	                      16000,      0x00100002,       0x61746164, 2 * SAMPLES};
	memcpy(mono, words, 44);
	FILE *file = fopen("prompt.wav", "wb");
	assert(fwrite(mono, 2, SAMPLES + 22, file) == SAMPLES + 22 && !fclose(file));

	assert(!acknowledged(world, (struct lc_command){.kind = LC_CMD_RECORD, .slot = 1, .text = "recorded.wav"}));
	assert(acknowledged(world, (struct lc_command){.kind = LC_CMD_RECORD, .slot = 1, .text = "other.wav"}) == -EBUSY);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PLAYER | 1, .sink = LC_END_RIGHT | 1});
	uint32_t seq = world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_FILE, .slot = 1, .text = "prompt.wav"});
	struct lc_event done = await(world, 0, LC_EV_PLAY_DONE, 1);
	assert(done.seq == seq && done.value == 0 && done.extra == SAMPLES / 8);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD_STOP, .slot = 1});
	done = await(world, 0, LC_EV_RECORD_DONE, 1);
	assert(done.value == 0);

	static unsigned char bytes[1 << 18];
	file = fopen("recorded.wav", "rb");
	int size = (int)fread(bytes, 1, sizeof(bytes), file), frames = (size - 44) / 4, offset = -1, wrong = 0;
	fclose(file);
	assert(done.extra == frames / 8);
	const int16_t *frame = (const int16_t *)(bytes + 44);
	for (int i = 0; i < frames && offset < 0; i++)
		if (frame[2 * i + 1] == mono[22 + 200]) /* past the link's first ramp */
			offset = i - 200;
	assert(offset >= 0);
	for (int i = 200; i < SAMPLES; i++)
		wrong += frame[2 * (offset + i) + 1] != mono[22 + i];
	assert(wrong == 0);

	/* What cannot be played or recorded says why, and the slot is free again. */
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_FILE, .slot = 1, .text = "absent.wav"});
	assert(await(world, 0, LC_EV_PLAY_DONE, 1).value == -ENOENT);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_FILE, .slot = 1, .text = "recorded.wav"});
	assert(await(world, 0, LC_EV_PLAY_DONE, 1).value == -EMEDIUMTYPE);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD, .slot = 0, .text = "recorded.wav"});
	assert(await(world, 0, LC_EV_RECORD_ERROR, 0).value == -EEXIST);
	assert(await(world, 0, LC_EV_RECORD_DONE, 0).value == -EEXIST);
}

/* So many ticks, whatever is told meanwhile. */
static void step_ms(struct world *world, int ms)
{
	uint64_t end = lc_tick_count(world->core[0]) + (uint64_t)ms / 10;
	while (lc_tick_count(world->core[0]) < end) {
		struct lc_event events[16];
		lc_step(world->core, 2, 1);
		lc_event_take(world->core[0], events, 16);
		lc_event_take(world->core[1], events, 16);
	}
}

static void record_how(struct world *world, int how)
{
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD_HOW, .slot = 2, .a = how});
}

/* Counting samples tell exactly which are in the file. */
static void a_recording_stands_still_and_is_silent(struct world *world)
{
	enum { SAMPLES = 16000, GAP_MS = 600 - LC_RECORD_BEFORE_MS };
	static int16_t mono[SAMPLES + 22], frame[2 * SAMPLES + 22];
	for (int i = 0; i < SAMPLES; i++)
		mono[22 + i] = (int16_t)(1 + i);
	uint32_t words[11] = {0x46464952, 36 + 2 * SAMPLES, 0x45564157, 0x20746d66, 16, 0x00010001, 8000,
	                      16000,      0x00100002,       0x61746164, 2 * SAMPLES};
	memcpy(mono, words, 44);
	FILE *file = fopen("count.wav", "wb");
	assert(fwrite(mono, 2, SAMPLES + 22, file) == SAMPLES + 22 && !fclose(file));
	assert(acknowledged(world, (struct lc_command){.kind = LC_CMD_RECORD_HOW, .slot = 2}) == -ENOENT);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD, .slot = 2, .text = "still.wav"});
	assert(acknowledged(world, (struct lc_command){.kind = LC_CMD_RECORD_HOW, .slot = 2, .a = 4}) == -EINVAL);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_LINK, .source = LC_END_PLAYER | 1, .sink = LC_END_LEFT | 2});
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_FILE, .slot = 1, .text = "count.wav"});
	assert(!acknowledged(world, (struct lc_command){.kind = LC_CMD_CLEAR, .source = 0}));
	step_ms(world, 300);
	assert(!acknowledged(world, (struct lc_command){.kind = LC_CMD_RECORD_HOW, .slot = 2, .a = LC_RECORD_STILL}));
	step_ms(world, 590); /* one was made until the order was acknowledged */
	record_how(world, 0);
	struct lc_event gap = await(world, 0, LC_EV_RECORD_GAP, 2);
	assert(gap.value == GAP_MS);
	step_ms(world, 300);
	record_how(world, LC_RECORD_SILENT);
	step_ms(world, 200);
	record_how(world, LC_RECORD_STILL);
	step_ms(world, 100);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD_STOP, .slot = 2});
	assert(await(world, 0, LC_EV_RECORD_GAP, 2).value > 0); /* what it held back at its end is told as well */
	struct lc_event done = await(world, 0, LC_EV_RECORD_DONE, 2);
	assert(done.value == 0);
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_STOP, .slot = 1});

	file = fopen("still.wav", "rb");
	int frames = ((int)fread(frame, 2, 2 * SAMPLES + 22, file) - 22) / 2, jumps = 0, at = gap.extra * 8;
	fclose(file);
	assert(done.extra == frames / 8);
	const int16_t *left = frame + 22;
	for (int i = at - 8; i < frames && left[2 * i]; i++)
		if (left[2 * i] != left[2 * i - 2] + 1) {
			jumps++;
			assert(i == at && left[2 * i] == left[2 * i - 2] + 1 + GAP_MS * 8);
		}
	assert(jumps == 1 && left[2 * frames - 2] == 0 && left[2 * (frames - 1000)] == 0);
}

static void a_missing_folder_is_told_once_and_counted(struct world *world)
{
	struct lc_counters counters;
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD, .slot = 0, .text = "no/such/folder.wav"});
	assert(await(world, 0, LC_EV_RECORD_ERROR, 0).value == -ENOENT);
	for (int i = 0; i < 100; i++) {
		struct lc_event events[16];
		lc_step(world->core, 2, 1);
		int n = lc_event_take(world->core[0], events, 16);
		for (int k = 0; k < n; k++)
			assert(events[k].kind != LC_EV_RECORD_ERROR);
	}
	world_post(world, 0, (struct lc_command){.kind = LC_CMD_RECORD_STOP, .slot = 0});
	assert(await(world, 0, LC_EV_RECORD_DONE, 0).value == -ENOENT);
	lc_counters_get(world->core[0], &counters);
	assert(counters.record_lost > 7000 && counters.record_errors > 1 && counters.events_lost == 0);
}

static void a_full_event_ring_is_counted(struct world *world)
{
	struct lc_counters counters;
	for (int i = 0; i < 8; i++) {
		for (int k = 0; k < 200; k++)
			world_post(world, 0, (struct lc_command){.kind = LC_CMD_PLAY_STOP});
		lc_tick(world->core[0]);
	}
	lc_counters_get(world->core[0], &counters);
	assert(counters.events_lost > 0 && counters.events_fill_max == 1024);
	struct lc_command command = {.kind = LC_CMD_PLAY_STOP};
	int posted = 0;
	while (lc_command_post(world->core[0], &command) == 0)
		posted++;
	assert(posted == 256);
}

static void a_bad_configuration_is_refused(struct world *world)
{
	struct lc_config good = {.ports = 2,
	                         .tick_samples = 80,
	                         .port_kind = {LC_FXO, LC_FXS},
	                         .channel = {0, 1},
	                         .plan = world_plan()},
			 bad;
	int error;
#define BAD(what, expected)                                                                            \
	do {                                                                                           \
		bad = good;                                                                            \
		what;                                                                                  \
		assert(!lc_core_new(&bad, lc_sim_card(world->sim, 0), &error) && error == (expected)); \
	} while (0)
	BAD(bad.tick_samples = 81, -EINVAL);
	BAD(bad.ports = 0, -EINVAL);
	BAD(bad.port_kind[1] = 3, -EINVAL);
	BAD(bad.plan.timers.flash_max = 1, -ERANGE);
}

int main(void)
{
	struct lc_sim_wire wire = {
		.companding = LC_LINEAR, .echo_loss_db = 100, .far_echo_loss_db = 100, .noise_dbm0 = -100, .hum_dbm0 = -100};
	struct world world = world_begin(2, wire);
	refuses_nonsense(&world);
	what_cannot_be_is_told_and_not_counted(&world);
	a_digit_crosses(&world);
	a_file_is_played_and_recorded(&world);
	a_recording_stands_still_and_is_silent(&world);
	a_missing_folder_is_told_once_and_counted(&world);
	a_bad_configuration_is_refused(&world);
	a_full_event_ring_is_counted(&world);
	world_end(&world);
	puts("core: ok");
	return 0;
}
