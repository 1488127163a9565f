/* card.c — the DAHDI card against a driver that does what the test says. */
#include <errno.h>
#include <string.h>

#include "cards/dahdi/dahdi.h"
#include "check.h"
#include "kernel.h"

enum { N = 80, LINE = 0, TELEPHONE = 1, PORTS = 2, LINE_NUMBER = 1, TELEPHONE_NUMBER = 5, MARGIN = LC_DAHDI_MARGIN_MS * 8 };

/* The first µ-law codes stand for 0, 8, 16 ...: value and code of small whole steps. */
enum { STEP = 8 };
#define CODE(value) ((uint8_t)(0xff - (value)))

static const struct lc_dahdi_port ports[PORTS] = {{LINE_NUMBER, LC_FXO}, {TELEPHONE_NUMBER, LC_FXS}};
static struct lc_card *card;
static struct kernel_channel *const line = &kernel.channel[LINE_NUMBER], *const telephone = &kernel.channel[TELEPHONE_NUMBER];

static struct lc_card *open_with(int echo_taps, int *error, int *which)
{
	return lc_dahdi_open(ports, PORTS, N, &(struct lc_dahdi_options){.echo_taps = (uint16_t)echo_taps}, error, which);
}

static void begin(int echo_taps)
{
	int error, which;

	kernel_reset();
	card = open_with(echo_taps, &error, &which);
	CHECK(card);
	CHECK_IS(error, 0);
}

/* One tick as the core makes it; both channels get the sample `tx`. What the line read. */
static int16_t tick(int16_t tx)
{
	int16_t block[N], heard[N], first = 0;

	for (int i = 0; i < N; i++)
		block[i] = (int16_t)(STEP * tx);
	card->ops->begin(card);
	for (int i = 0; i < PORTS; i++) {
		card->ops->read(card, i, heard, N);
		if (i == LINE)
			first = (int16_t)(heard[0] / STEP);
	}
	for (int i = 0; i < PORTS; i++)
		card->ops->write(card, i, block, N);
	return first;
}

static int16_t tick_with_blocks(int16_t rx, int16_t tx)
{
	kernel_block(LINE_NUMBER, CODE(rx));
	kernel_block(TELEPHONE_NUMBER, CODE(rx));
	return tick(tx);
}

static void expect(int channel, enum lc_card_event_kind kind, int value)
{
	struct lc_card_event event;

	CHECK_IS(card->ops->event(card, &event), 1);
	CHECK_IS(event.channel, channel);
	CHECK_IS(event.kind, kind);
	CHECK_IS(event.value, value);
}

static void expect_nothing(void)
{
	struct lc_card_event event;

	CHECK_IS(card->ops->event(card, &event), 0);
}

static void end(void)
{
	card->ops->close(card);
	CHECK(!line->open && !telephone->open);
}

static void test_refusals(void)
{
	int error, which;

	kernel_reset();
	kernel.absent = true;
	CHECK(!open_with(0, &error, &which));
	CHECK_IS(error, -ENODEV);
	kernel_reset();
	kernel.denied = true;
	CHECK(!open_with(0, &error, &which));
	CHECK_IS(error, -EACCES);
	kernel_reset();
	telephone->exists = false;
	CHECK(!open_with(0, &error, &which));
	CHECK_IS(error, -ENXIO);
	CHECK_IS(which, TELEPHONE);
	CHECK(!line->open);
	kernel_reset();
	telephone->busy = true;
	CHECK(!open_with(0, &error, &which));
	CHECK_IS(error, -EBUSY);
	kernel_reset();
	line->signalling = DAHDI_SIG_FXOKS;
	CHECK(!open_with(0, &error, &which));
	CHECK_IS(error, -EPROTOTYPE);
	CHECK_IS(which, LINE);
	kernel_reset();
	telephone->no_zone = true;
	CHECK(!open_with(0, &error, &which));
	CHECK_IS(error, -ENODATA);
	kernel_reset();
	telephone->no_echo = true;
	CHECK(!open_with(128, &error, &which));
	CHECK_IS(error, -EOPNOTSUPP);
	CHECK_IS(which, TELEPHONE);
	struct lc_dahdi_options options = {0};
	CHECK(!lc_dahdi_open(ports, 0, N, &options, &error, &which));
	CHECK_IS(error, -EINVAL);
	CHECK(!lc_dahdi_open(ports, PORTS, 81, &options, &error, &which));
	CHECK_IS(error, -EINVAL);
	options.station_tx = LC_DAHDI_GAIN_MOST + 1;
	CHECK(!lc_dahdi_open(ports, PORTS, N, &options, &error, &which));
	CHECK_IS(error, -ERANGE);
	options = (struct lc_dahdi_options){.echo_train_ms = LC_DAHDI_TRAIN_MOST_MS + 1};
	CHECK(!lc_dahdi_open(ports, PORTS, N, &options, &error, &which));
	CHECK_IS(error, -ERANGE);
}

static void test_set_up(void)
{
	begin(0);
	CHECK_IS(line->linear, 0);
	CHECK_IS(line->buffer_events, 1);
	CHECK_IS(line->buffers.bufsize, N);
	CHECK_IS(line->buffers.numbufs, LC_DAHDI_BUFFERS);
	CHECK_IS(line->params.rxflashtime, LC_DAHDI_RXFLASH_LINE_MS);
	CHECK_IS(line->params.debouncetime, LC_DAHDI_DEBOUNCE_MS);
	CHECK_IS(telephone->params.rxflashtime, LC_DAHDI_RXFLASH_MS);
	CHECK(telephone->cadence.ringcadence[0] > 60000);
	end();
}

static void test_sound(void)
{
	begin(0);
	CHECK_IS(card->ops->wait(card), 0);
	CHECK_IS(tick(7), 0); /* the first tick reads nothing and begins with the margin */
	CHECK_IS(line->written, 2);
	CHECK_IS(line->wrote[0], MARGIN);
	CHECK_IS(line->wrote[1], N);
	CHECK_IS(line->last_code, CODE(7));
	CHECK_IS(tick_with_blocks(11, 8), 11);
	CHECK_IS(line->written, 3);
	CHECK_IS(line->last_code, CODE(8));
	kernel.calls = kernel.polls = 0;
	CHECK_IS(card->ops->wait(card), 0);
	tick_with_blocks(12, 9);
	CHECK_IS(kernel.polls, 1);
	CHECK_IS(kernel.calls, 2 * PORTS);
	end();
}

static void test_a_law(void)
{
	int error, which;

	kernel_reset();
	line->params.curlaw = DAHDI_LAW_ALAW;
	card = open_with(0, &error, &which);
	tick(0);
	CHECK_IS(line->last_code, 0xd5);
	CHECK_IS(telephone->last_code, 0xff);
	kernel_block(LINE_NUMBER, 0xaa); /* the loudest: G.711 Table 1a, +4032 of 4096 */
	CHECK_IS(tick(0), 4032 * 8 / STEP);
	end();
}

static void test_late_block(void)
{
	begin(0);
	tick(0);
	kernel_block(TELEPHONE_NUMBER, CODE(1));
	CHECK_IS(tick(0), 0);
	kernel_block(LINE_NUMBER, CODE(1)); /* the late one with its successor: the older is dropped, so no delay stays */
	CHECK_IS(tick_with_blocks(2, 0), 2);
	CHECK_IS(line->blocks, 0);
	CHECK_IS(tick_with_blocks(3, 0), 3);
	end();
}

static void test_gap(void)
{
	begin(0);
	tick(0);
	tick_with_blocks(1, 0);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_WRITE_UNDERRUN);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_WRITE_UNDERRUN);
	for (int16_t value = 2; value < 5; value++) {
		kernel_block(LINE_NUMBER, CODE(value));
		kernel_block(TELEPHONE_NUMBER, CODE(value));
	}
	line->written = telephone->written = 0;
	CHECK_IS(tick(5), 4); /* only the newest of three */
	CHECK_IS(line->written, 2);
	CHECK_IS(line->wrote[0], MARGIN);
	CHECK_IS(card->ops->wait(card), 2);
	CHECK_IS(card->ops->wait(card), 0);
	kernel.poll_answer = 0;
	CHECK_IS(card->ops->wait(card), 1);
	line->full = true;
	tick_with_blocks(6, 6);
	CHECK(!line->full); /* emptied */
	tick_with_blocks(6, 6);
	CHECK_IS(line->wrote[0], MARGIN);
	end();
}

/* Ticks by a card whose blocks are `every_ns` apart; how late the latest was taken. */
static int64_t ticks_by(int count, int64_t every_ns)
{
	int64_t latest = 0;

	kernel.block_every_ns = every_ns;
	for (int i = 0; i < count; i++) {
		int64_t due = kernel.block_ns, late;

		CHECK_IS(card->ops->wait(card), 0);
		late = kernel.now_ns - due;
		CHECK(late >= 0);
		if (late > latest)
			latest = late;
		tick_with_blocks(1, 1);
	}
	return latest;
}

static void test_clock(void)
{
	enum { MS = 1000000, TICK = 10 * MS, PPM = TICK / 1000000, LATE = MS / 10 };

	begin(0);
	kernel.now_ns = kernel.block_ns = 7LL * TICK;
	tick(0);
	kernel.block_ns += TICK;
	ticks_by(2, TICK);
	CHECK_IS(kernel.woken, 1); /* by the first; then its clock is known */
	for (int ppm = -200; ppm <= 200; ppm += 100) {
		kernel.woken = kernel.sleeps = kernel.polls = 0;
		CHECK(ticks_by(1000, TICK + ppm * PPM) <= LATE);
		CHECK_IS(kernel.sleeps, 1000);
		CHECK(kernel.woken <= 70);
		CHECK_IS(kernel.polls, 1000 + kernel.woken);
	}
	/* A block that is late once makes the next ones late, ever less. */
	kernel.block_ns += MS;
	ticks_by(1, TICK - MS);
	CHECK_IS(ticks_by(1, TICK), MS + LATE - 4000);
	ticks_by(400, TICK);
	CHECK(ticks_by(100, TICK) <= LATE);
	/* A gap: all begins anew, at whatever time. */
	kernel_event(LINE_NUMBER, DAHDI_EVENT_WRITE_UNDERRUN);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_WRITE_UNDERRUN);
	kernel.block_ns -= 4 * MS;
	tick_with_blocks(1, 1);
	CHECK_IS(card->ops->wait(card), 1);
	tick_with_blocks(1, 1);
	CHECK(ticks_by(100, TICK) <= LATE);
	end();
}

static void test_ringing_in(void)
{
	begin(0);
	tick(0);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_RINGBEGIN);
	CHECK_IS(tick_with_blocks(3, 0), 3); /* an event delays no sound */
	expect(LINE, LC_CARD_RING, 1);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_RINGOFFHOOK);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_HOOKCOMPLETE);
	tick_with_blocks(0, 0);
	expect(LINE, LC_CARD_RING, 0);
	expect_nothing();
	end();
}

static void test_line_hook(void)
{
	begin(128);
	CHECK_IS(line->echo, 0);
	tick(0);
	CHECK_IS(card->ops->hook(card, LINE, 1), 0);
	CHECK_IS(kernel_last_order(LINE_NUMBER), DAHDI_OFFHOOK);
	CHECK_IS(line->echo, 128);
	line->params.rxhooksig = 0;
	kernel_event(LINE_NUMBER, DAHDI_EVENT_ONHOOK);
	tick_with_blocks(0, 0);
	expect(LINE, LC_CARD_LOOP, 0);
	tick_with_blocks(0, 0);
	expect_nothing();
	line->params.rxhooksig = 1; /* the driver is silent about it */
	tick_with_blocks(0, 0);
	expect(LINE, LC_CARD_LOOP, 1);
	CHECK_IS(card->ops->hook(card, LINE, 0), 0);
	CHECK_IS(kernel_last_order(LINE_NUMBER), DAHDI_RINGOFF);
	CHECK_IS(line->echo, 0);
	line->params.rxhooksig = 3; /* rung within 2 s of the drop */
	for (int i = 0; i < 6; i++)
		tick_with_blocks(0, 0);
	expect(LINE, LC_CARD_RING, 1);
	line->params.rxhooksig = 1;
	for (int i = 0; i < 6; i++)
		tick_with_blocks(0, 0);
	expect(LINE, LC_CARD_RING, 0);
	line->hook_answer = EBUSY;
	CHECK_IS(card->ops->hook(card, LINE, 1), -EBUSY);
	end();
}

static void test_line_wire(void)
{
	begin(0);
	tick(0);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_ALARM);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_NOALARM);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_POLARITY);
	kernel_event(LINE_NUMBER, DAHDI_EVENT_POLARITY);
	tick_with_blocks(0, 0);
	expect(LINE, LC_CARD_BATTERY, 0);
	expect(LINE, LC_CARD_BATTERY, 1);
	expect(LINE, LC_CARD_POLARITY, 1);
	expect(LINE, LC_CARD_POLARITY, 0);
	end();
}

static void test_cut_at_start(void)
{
	kernel_reset();
	line->params.chan_alarms = 4;
	telephone->params.rxhooksig = 1;
	int error, which;
	card = open_with(0, &error, &which);
	tick(0);
	expect(LINE, LC_CARD_BATTERY, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 1);
	end();
}

static void test_telephone(void)
{
	begin(0);
	tick(0);
	CHECK_IS(card->ops->ring(card, TELEPHONE, 1), 0); /* EINPROGRESS is a yes */
	CHECK_IS(kernel_last_order(TELEPHONE_NUMBER), DAHDI_RING);
	CHECK_IS(card->ops->ring(card, TELEPHONE, 0), 0);
	CHECK_IS(kernel_last_order(TELEPHONE_NUMBER), DAHDI_RINGOFF);
	CHECK_IS(telephone->transfers, 1);
	CHECK_IS(card->ops->ring(card, TELEPHONE, 1), 0);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_RINGOFFHOOK);
	tick_with_blocks(0, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 1);
	CHECK_IS(kernel_last_order(TELEPHONE_NUMBER), DAHDI_OFFHOOK); /* trips the ringing */
	CHECK_IS(card->ops->ring(card, TELEPHONE, 0), 0);
	CHECK_IS(kernel_last_order(TELEPHONE_NUMBER), -1);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_ONHOOK);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_RINGOFFHOOK);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_ONHOOK);
	tick_with_blocks(0, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 1);
	expect(TELEPHONE, LC_CARD_LOOP, 0);
	CHECK_IS(card->ops->ring(card, TELEPHONE, 1), 0);
	CHECK_IS(telephone->order[0], DAHDI_RINGOFF); /* out of the off-hook state, in which it does not ring */
	CHECK_IS(telephone->order[1], DAHDI_RING);
	end();
}

static void test_feed(void)
{
	begin(0);
	tick(0);
	CHECK_IS(card->ops->feed(card, TELEPHONE, LC_FEED_OFF), -ENOTTY); /* nobody is there */
	CHECK_IS(card->ops->feed(card, TELEPHONE, LC_FEED_REVERSED), 0);
	CHECK_IS(telephone->polarity, 1);
	CHECK_IS(card->ops->feed(card, TELEPHONE, LC_FEED_NORMAL), 0);
	CHECK_IS(telephone->polarity, 0);
	telephone->no_polarity = true;
	CHECK_IS(card->ops->feed(card, TELEPHONE, LC_FEED_REVERSED), -ENOTTY);
	telephone->params.rxhooksig = 1;
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_RINGOFFHOOK);
	tick_with_blocks(0, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 1);
	CHECK_IS(card->ops->feed(card, TELEPHONE, LC_FEED_OFF), 0);
	CHECK_IS(kernel_last_order(TELEPHONE_NUMBER), DAHDI_ONHOOK);
	CHECK_IS(card->ops->feed(card, TELEPHONE, LC_FEED_NORMAL), 0);
	telephone->params.rxhooksig = 0; /* hung up while the battery was off: the driver says nothing */
	for (int i = 0; i < LC_DAHDI_KEWL_MS / 10; i++)
		tick_with_blocks(0, 0);
	expect_nothing();
	tick_with_blocks(0, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 0);
	end();
}

static void test_lamp(void)
{
	begin(0);
	CHECK_IS(card->ops->lamp(card, TELEPHONE, 1), 0);
	CHECK_IS(telephone->lamp_kind, DAHDI_VMWI_HVAC);
	CHECK_IS(telephone->messages, 1);
	CHECK_IS(card->ops->lamp(card, TELEPHONE, 0), 0);
	CHECK_IS(telephone->messages, 0);
	telephone->no_lamp = true;
	CHECK_IS(card->ops->lamp(card, TELEPHONE, 1), -ENOTTY);
	end();
}

static void begin_as(struct lc_dahdi_options options)
{
	int error, which;

	card = lc_dahdi_open(ports, PORTS, N, &options, &error, &which);
	CHECK(card);
}

static void test_gains(void)
{
	struct lc_dahdi_options options = {.line_rx = 60, .line_tx = -35, .station_rx = 60, .station_tx = -60};

	kernel_reset();
	line->amplifier[1] = 70; /* somebody else's */
	begin_as((struct lc_dahdi_options){0});
	CHECK_IS(line->amplifier[1], 0);
	CHECK_IS(line->gains.rxgain[1], 0); /* no table is wanted */
	end();
	begin_as(options);
	CHECK_IS(line->amplifier[0], 60);
	CHECK_IS(line->amplifier[1], -35);
	CHECK_IS(line->gains.rxgain[1], 0);
	/* A station has no amplifier that can be set so finely: codes 8 and 16 apart by about 6 dB. */
	CHECK_IS(telephone->gains.rxgain[CODE(4)], CODE(8));
	CHECK_IS(telephone->gains.txgain[CODE(8)], CODE(4));
	CHECK_IS(telephone->gains.rxgain[0x80], 0x80); /* the loudest stays the loudest */
	end();
	line->no_amplifier = true;
	begin_as(options);
	CHECK_IS(line->gains.rxgain[CODE(4)], CODE(8));
	CHECK_IS(line->gains.txgain[CODE(9)], CODE(6)); /* 3.5 dB less than 72 is 48 */
	end();
}

static void test_training(void)
{
	kernel_reset();
	begin_as((struct lc_dahdi_options){.echo_taps = 128, .echo_train_ms = 300});
	tick(0);
	CHECK_IS(line->trained, 0);
	card->ops->hook(card, LINE, 1);
	CHECK_IS(line->trained, 300);
	line->trained = 0;
	card->ops->hook(card, LINE, 0);
	CHECK_IS(line->trained, 0);
	end();
	begin(128); /* unless it is wanted */
	card->ops->hook(card, LINE, 1);
	CHECK_IS(line->trained, 0);
	end();
}

static void test_looked_for_less_often(void)
{
	begin(0);
	tick(0);
	line->removed = true;
	tick_with_blocks(0, 0);
	line->busy = true;
	line->tries = 0;
	for (int s = 1, looks = 0, due = 2, wait = 2; s <= 31; s++) {
		for (int i = 0; i < 100; i++) {
			card->ops->wait(card);
			tick_with_blocks(0, 0);
		}
		if (s == due) {
			looks++;
			wait = wait < 8 ? 2 * wait : 8;
			due += wait;
		}
		CHECK_IS(line->tries, looks);
	}
	line->removed = line->busy = false;
	for (int i = 0; i < 800; i++) {
		card->ops->wait(card);
		tick_with_blocks(9, 0);
	}
	expect(LINE, LC_CARD_THERE, 0);
	expect(LINE, LC_CARD_BATTERY, 0);
	expect(LINE, LC_CARD_BATTERY, 1);
	expect(LINE, LC_CARD_THERE, 1);
	expect_nothing();
	end();
}

/* One is looked for in vain when the other goes: the driver's second of grace is the other's, too. */
static void test_one_after_the_other(void)
{
	begin(0);
	tick(0);
	line->removed = true;
	for (int i = 0; i < LC_DAHDI_REOPEN_MS / 10 - 50; i++) {
		card->ops->wait(card);
		tick_with_blocks(0, 0);
	}
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_REMOVED);
	line->tries = telephone->tries = 0;
	for (int i = 0; i < LC_DAHDI_REOPEN_MS / 10 - 1; i++) {
		tick_with_blocks(0, 0);
		card->ops->wait(card);
	}
	CHECK_IS(line->tries + telephone->tries, 0);
	tick_with_blocks(0, 0);
	card->ops->wait(card);
	CHECK_IS(telephone->tries, 1);
	end();
}

static void test_unplugged(void)
{
	kernel_reset();
	line->signalling = DAHDI_SIG_FXSLS;
	begin_as((struct lc_dahdi_options){.echo_taps = 128, .canceller = "kb1"});
	tick(0);
	kernel_event(TELEPHONE_NUMBER, DAHDI_EVENT_RINGOFFHOOK);
	card->ops->hook(card, LINE, 1);
	tick_with_blocks(0, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 1);
	line->removed = telephone->removed = true;
	tick(0);
	expect(LINE, LC_CARD_THERE, 0);
	expect(LINE, LC_CARD_LOOP, 0);
	expect(LINE, LC_CARD_BATTERY, 0);
	expect(TELEPHONE, LC_CARD_THERE, 0);
	expect(TELEPHONE, LC_CARD_LOOP, 0);
	kernel.calls = 0;
	CHECK_IS(card->ops->hook(card, LINE, 0), 0); /* it is on-hook for certain */
	CHECK_IS(card->ops->hook(card, LINE, 1), -ENODEV);
	CHECK_IS(card->ops->ring(card, TELEPHONE, 1), -ENODEV);
	for (int i = 0; i < 5; i++) {
		card->ops->wait(card); /* by the system's clock */
		tick(0);
	}
	CHECK_IS(kernel.calls, 0); /* each call on a removed channel would sleep for 5 ms */
	line->removed = telephone->removed = false;
	line->forgotten = true; /* as is all that dahdi_cfg did */
	line->signalling = 0;
	for (int i = 0; i < LC_DAHDI_REOPEN_MS / 10; i++) {
		card->ops->wait(card);
		tick_with_blocks(9, 0);
	}
	CHECK_IS(line->signalling, DAHDI_SIG_FXSLS);
	CHECK(!strcmp(line->canceller, "kb1"));
	CHECK(!*telephone->canceller); /* somebody else had set it up */
	expect(LINE, LC_CARD_BATTERY, 1);
	expect(LINE, LC_CARD_THERE, 1);
	expect(TELEPHONE, LC_CARD_THERE, 1);
	expect_nothing();
	CHECK_IS(tick_with_blocks(10, 0), 10);
	end();
}

int main(void)
{
	test_refusals();
	test_set_up();
	test_sound();
	test_a_law();
	test_late_block();
	test_gap();
	test_clock();
	test_ringing_in();
	test_line_hook();
	test_line_wire();
	test_cut_at_start();
	test_telephone();
	test_feed();
	test_lamp();
	test_gains();
	test_training();
	test_unplugged();
	test_one_after_the_other();
	test_looked_for_less_often();
	return 0;
}
