/* A trace holds all that passed, and replayed it makes the same core tell the same. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../core/world.h"
#include "cards/sim/companding.h"
#include "cards/spy/spy.h"

static uint32_t random_state = 20261122;

static uint32_t draw(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

/* ---- packing ------------------------------------------------------------------------------------------ */

static size_t there_and_back(const int16_t *samples, int n)
{
	static struct lc_trace_ranks ranks;
	uint8_t bytes[1024];
	int16_t again[LC_TICK_SAMPLES_MAX];
	struct lc_trace_out out = {.bytes = bytes, .size = sizeof(bytes)};
	struct lc_trace_in in = {.bytes = bytes};

	if (!ranks.rank[0][100])
		lc_trace_ranks_init(&ranks);
	lc_trace_put_block(&out, &ranks, samples, n);
	assert(!out.full);
	in.size = out.at;
	lc_trace_take_block(&in, again, n);
	assert(!in.broken && in.at == in.size && memcmp(again, samples, sizeof(*samples) * (size_t)n) == 0);
	return out.at;
}

static void test_blocks(void)
{
	int16_t samples[LC_TICK_SAMPLES_MAX] = {0};
	struct lc_codec law;

	assert(there_and_back(samples, 80) <= 4);
	for (int code = 0; code < 256; code += 128) {
		for (int i = 0; i < 128; i++)
			samples[i] = lc_alaw_decode((uint8_t)(code + i));
		assert(there_and_back(samples, 128) <= 2 + 2 + 128);
		for (int i = 0; i < 128; i++)
			samples[i] = lc_ulaw_decode((uint8_t)(code + i));
		assert(there_and_back(samples, 128) <= 2 + 2 + 128);
	}
	lc_codec_init(&law, LC_ALAW);
	for (int i = 0; i < 80; i++)
		samples[i] = (int16_t)((int)draw(60) - 30);
	lc_codec_apply(&law, samples, 80);
	assert(there_and_back(samples, 80) <= 4 + 80 * 3 / 8); /* a quiet line: three bits a sample at most */
	for (int run = 0; run < 2000; run++) {
		int n = 40 << draw(3);
		uint32_t spread = 1U << (1 + draw(16));
		for (int i = 0; i < n; i++)
			samples[i] = (int16_t)(draw(spread) - spread / 2);
		assert(there_and_back(samples, n) <= 6 + 2 * (size_t)n);
	}
}

static void test_numbers(void)
{
	const int64_t numbers[] = {0, -1, 1, 63, 64, -64, -65, 8191, 8192, INT32_MIN, INT64_MAX, INT64_MIN};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		uint8_t bytes[LC_TRACE_NUMBER_MOST];
		struct lc_trace_out out = {.bytes = bytes, .size = sizeof(bytes)};
		lc_trace_put_signed(&out, numbers[i]);
		struct lc_trace_in in = {.bytes = bytes, .size = out.at}, cut = {.bytes = bytes, .size = out.at - 1};
		assert(!out.full && lc_trace_take_signed(&in) == numbers[i] && !in.broken);
		assert(lc_trace_take_signed(&cut) == 0 && cut.broken);
	}
}

/* ---- a core under the spy ------------------------------------------------------------------------------- */

enum { PORTS = 4, TOLD_MOST = 20000, TICKS = 24000 };

static struct lc_event told[TOLD_MOST];
static int tolds;

static struct lc_config config_of(int end, struct lc_plan plan)
{
	struct lc_config config = {.ports = PORTS, .players = 4, .tick_samples = 80, .plan = plan};
	for (uint16_t i = 0; i < PORTS; i++) {
		config.channel[i] = i;
		config.port_kind[i] = (i < PORTS / 2) == (end == 0) ? LC_FXO : LC_FXS;
	}
	return config;
}

static void post(struct lc_core *core, struct lc_command command)
{
	static uint32_t seq;
	command.seq = ++seq;
	assert(!lc_command_post(core, &command));
}

static void any_order(struct lc_core *core)
{
	static const uint16_t kinds[] = {LC_CMD_HOOK,   LC_CMD_HOOK, LC_CMD_RING,      LC_CMD_FEED,   LC_CMD_PULSE,
	                                 LC_CMD_LISTEN, LC_CMD_GAIN, LC_CMD_ECHO,      LC_CMD_LINK,   LC_CMD_PLAY_DIGITS,
	                                 LC_CMD_LINK,   LC_CMD_LINK, LC_CMD_PLAY_TONE, LC_CMD_UNLINK, LC_CMD_PLAY_STOP};
	struct lc_command order = {.kind = kinds[draw(sizeof(kinds) / sizeof(*kinds))], .slot = (uint16_t)draw(PORTS)};
	order.a = (int32_t)draw(2);
	order.b = draw(4) ? 0 : (int32_t)draw(700);
	order.gain_db = (float)draw(20) - 14;
	order.source = (uint16_t)((draw(2) ? LC_END_PORT : LC_END_PLAYER) + draw(PORTS));
	order.sink = (uint16_t)(LC_END_PORT + draw(PORTS));
	if (order.kind == LC_CMD_LISTEN)
		order.a = (int32_t)draw(16);
	else if (order.kind == LC_CMD_FEED)
		order.a = (int32_t)draw(3);
	else if (order.kind == LC_CMD_RING)
		memcpy(order.text, "13800138000\0Wang", 17);
	else if (order.kind == LC_CMD_PLAY_DIGITS || order.kind == LC_CMD_PULSE)
		strcpy(order.text, "159");
	post(core, order);
}

static void keep(struct lc_core *core, bool box)
{
	struct lc_event event;
	while (lc_event_take(core, &event, 1))
		if (box && event.kind != LC_EV_ACK && event.kind != LC_EV_PLAY_DONE) {
			assert(tolds < TOLD_MOST);
			event.seq = 0;
			told[tolds++] = event;
		}
}

/* Minutes of everything at once; what the box's core told is kept in told[]. */
static struct lc_spy_counters live(const char *path, int ticks, uint64_t most, int io_every)
{
	struct lc_sim_wire wire = {.companding = LC_ALAW,
	                           .loss_db = 3,
	                           .echo_loss_db = 14,
	                           .far_echo_loss_db = 14,
	                           .noise_dbm0 = -60,
	                           .hum_dbm0 = -100};
	struct lc_sim_wire wires[PORTS];
	uint8_t kinds[PORTS];
	struct lc_core *core[2];
	struct lc_spy_counters counters;
	int error;
	for (int i = 0; i < PORTS; i++) {
		wires[i] = wire;
		kinds[i] = i < PORTS / 2 ? LC_FXO : LC_FXS;
	}
	struct lc_sim *sim = lc_sim_new(PORTS, wires, kinds, 80, 1, &error);
	struct lc_config box = config_of(0, world_plan()), far = config_of(1, world_plan());
	struct lc_card *spy = lc_spy_new(lc_sim_card(sim, 0), &box, path, "{\"notes\": 1}", most, &error);
	assert(sim && spy && !error);
	core[0] = lc_core_new(&box, spy, &error);
	core[1] = lc_core_new(&far, lc_sim_card(sim, 1), &error);
	tolds = 0;
	for (int tick = 0; tick < ticks; tick++) {
		if (draw(40) == 0)
			any_order(core[draw(2)]);
		for (int end = 0; end < 2; end++) {
			lc_tick(core[end]);
			keep(core[end], end == 0);
		}
		if (tick % io_every == 0)
			lc_io(core[0]);
	}
	lc_spy_counters_get(spy, &counters);
	lc_core_free(core[0]);
	lc_core_free(core[1]);
	lc_sim_free(sim);
	return counters;
}

static bool same(const struct lc_event *one, const struct lc_event *other)
{
	return one->tick == other->tick && one->at == other->at && one->kind == other->kind && one->slot == other->slot &&
	       one->value == other->value && one->extra == other->extra && memcmp(one->text, other->text, LC_EVENT_TEXT) == 0;
}

static void test_replay_tells_the_same(void)
{
	struct lc_spy_counters counters = live("all.lct", TICKS, UINT64_MAX, 4);
	struct lc_plan plan = world_plan();
	struct lc_trace_info info;
	struct lc_event events[256], event;
	int error, at = 0, recorded = 0, n;
	assert(counters.trace_ticks == TICKS && !counters.trace_lost && !counters.trace_error);
	struct lc_trace *trace = lc_trace_open("all.lct", &error);
	assert(trace && !error);
	lc_trace_info_get(trace, &info);
	assert(info.ports == PORTS && info.ticks == TICKS && info.missing == 0 && info.sound == info.bytes);
	assert(info.notes_bytes == 12 && memcmp(info.notes, "{\"notes\": 1}", 12) == 0);
	struct lc_replay *replay = lc_replay_new(trace, &plan, &error);
	assert(replay && !error);
	while ((n = lc_replay_tick(replay, events, 256)) >= 0) {
		for (int i = 0; i < n; i++, at++)
			assert(at < tolds && same(&events[i], &told[at]));
		for (; lc_replay_told(replay, &event); recorded++)
			assert(recorded < tolds && same(&event, &told[recorded]));
	}
	assert(n == -ENODATA && at == tolds && recorded == tolds && tolds > 300);
	printf("%d events, %llu bytes, %.0f bytes/s and port\n", tolds, (unsigned long long)info.bytes,
	       (double)info.bytes * 100 / TICKS / PORTS);
	lc_replay_free(replay);
}

/* A file side that does not come by, and a file that is full: whole ticks are missing, counted and marked. */
static void test_what_is_lost_is_marked(void)
{
	struct lc_spy_counters slow = live("slow.lct", TICKS, UINT64_MAX, TICKS * 9 / 10),
			       full = live("full.lct", 3000, 50000, 4);
	struct lc_trace_info info;
	struct lc_plan plan = world_plan();
	struct lc_event events[256];
	int error, ticks = 0;
	assert(slow.trace_lost > 0 && slow.trace_ticks + slow.trace_lost == TICKS);
	assert(full.trace_lost > 0 && full.trace_bytes <= 50000);
	struct lc_trace *trace = lc_trace_open("slow.lct", &error);
	lc_trace_info_get(trace, &info);
	assert(info.missing > 0 && info.missing <= slow.trace_lost && info.ticks - info.missing == slow.trace_ticks);
	struct lc_replay *replay = lc_replay_new(trace, &plan, &error);
	while (lc_replay_tick(replay, events, 256) >= 0)
		ticks++;
	assert((uint64_t)ticks == info.ticks);
	lc_replay_free(replay);
}

/* As after a power cut: whatever the length, what is whole is read. And no file that is no trace. */
static void test_cut_and_strange_files(void)
{
	static uint8_t bytes[20000];
	FILE *file = fopen("all.lct", "rb");
	struct lc_trace_info info;
	uint64_t ticks = 0;
	int error;
	assert(file && fread(bytes, sizeof(bytes), 1, file) == 1);
	fclose(file);
	for (size_t n = 0; n < sizeof(bytes); n += n < 100 ? 1 : 97) {
		uint8_t *copy = malloc(n + 1);
		memcpy(copy, bytes, n);
		struct lc_trace *trace = lc_trace_new(copy, n, &error);
		assert(trace ? !error : n < 64 && (error == -EBADMSG || error == -EPROTO));
		if (!trace)
			continue;
		lc_trace_info_get(trace, &info);
		assert(info.ticks >= ticks && info.sound <= n);
		ticks = info.ticks;
		lc_trace_close(trace);
	}
	assert(ticks > 10);
	uint8_t *newer = malloc(100);
	memcpy(newer, bytes, 100);
	newer[LC_TRACE_HEAD - 1] = 2;
	assert(!lc_trace_new(newer, 100, &error) && error == -EPROTONOSUPPORT);
	assert(!lc_trace_open("absent.lct", &error) && error == -ENOENT);
	assert(!lc_trace_open(".", &error) && error == -EBADMSG);
	struct lc_config config = config_of(0, world_plan());
	struct lc_card_ops nothing = {.name = "nothing"};
	struct lc_card card = {&nothing};
	assert(!lc_spy_new(&card, &config, "all.lct", "", UINT64_MAX, &error) && error == -EEXIST);
}

int main(void)
{
	test_numbers();
	test_blocks();
	test_replay_tells_the_same();
	test_what_is_lost_is_marked();
	test_cut_and_strange_files();
	puts("spy: ok");
	return 0;
}
