#include "bench.h"

#include <string.h>

int burst_ms = 400;

/* ---- mocks ---------------------------------------------------------------------------------------- */

int lc_callerid_tx_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, int scheme, const char *text, size_t n,
                        enum lc_callerid_withheld withheld)
{
	(void)plan, (void)scheme, (void)n, (void)withheld;
	memset(tx, 0, sizeof(*tx));
	tx->length = burst_ms * 8;
	return text[0] == '!' ? -22 : 0;
}

int lc_callerid_tx_waiting_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, const char *text, size_t n,
                                enum lc_callerid_withheld withheld)
{
	return lc_callerid_tx_init(tx, plan, plan->callerid_scheme, text, n, withheld);
}

int lc_callerid_tx_lamp_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, bool lit)
{
	(void)lit;
	return plan->callerid_scheme == LC_CID_DTMF ? -25 : lc_callerid_tx_init(tx, plan, plan->callerid_scheme, "", 0, 0);
}

int lc_callerid_tx_read(struct lc_callerid_tx *tx, int16_t *out, int n)
{
	int made = n < tx->length ? n : tx->length;

	for (int i = 0; i < made; i++)
		out[i] = 1000;
	tx->length -= made;
	return made;
}

static struct bench *bench_of(struct lc_card *card)
{
	return (struct bench *)card;
}

static int mock_hook(struct lc_card *card, int channel, int offhook)
{
	CHECK_IS(channel, 5);
	if (bench_of(card)->fail)
		return bench_of(card)->fail;
	bench_of(card)->hook = offhook;
	return 0;
}

static int mock_ring(struct lc_card *card, int channel, int on)
{
	CHECK_IS(channel, 5);
	if (bench_of(card)->fail)
		return bench_of(card)->fail;
	bench_of(card)->ring = on;
	*(on ? &bench_of(card)->ring_on_at : &bench_of(card)->ring_off_at) = bench_of(card)->now;
	return 0;
}

static int mock_feed(struct lc_card *card, int channel, enum lc_feed feed)
{
	CHECK_IS(channel, 5);
	if (bench_of(card)->fail)
		return bench_of(card)->fail;
	bench_of(card)->feed = (int)feed;
	return 0;
}

static void note(void *context, const struct lc_event *event)
{
	struct bench *bench = context;

	CHECK(event->kind > LC_EV_ACK && event->kind < LC_EV_KINDS);
	CHECK(event->at <= bench->now * 8);
	if (bench->told == 4096)
		bench->told = 0;
	bench->event[bench->told++] = *event;
}

/* ---- driving -------------------------------------------------------------------------------------- */

void bench_init(struct bench *bench, enum lc_port_kind kind)
{
	memset(bench, 0, sizeof(*bench));
	bench->ops = (struct lc_card_ops){.name = "mock", .hook = mock_hook, .ring = mock_ring, .feed = mock_feed};
	bench->card.ops = &bench->ops;
	bench->plan.ring_steps = 2;
	bench->plan.ring_ms[0] = 1000;
	bench->plan.ring_ms[1] = 4000;
	bench->plan.callerid_scheme = LC_CID_BELL202;
	bench->plan.callerid_moment = LC_CID_AFTER_FIRST_RING;
	lc_timers_standard(&bench->plan.timers);
	bench->sent_from = bench->sent_to = -1;
	lc_line_init(&bench->line, kind, &bench->plan, &bench->card, 5, note, bench);
	run(bench, 2000); /* a line that has been lying there */
}

void run(struct bench *bench, int ms)
{
	int16_t tx[8];

	while (ms-- > 0) {
		bench->now++;
		lc_line_tick(&bench->line, bench->now * 8);
		if (!lc_line_transmit(&bench->line, tx, 8) || !tx[0])
			continue;
		if (bench->sent_from < 0)
			bench->sent_from = bench->now;
		bench->sent_to = bench->now;
	}
}

void wire(struct bench *bench, enum lc_card_event_kind kind, int value)
{
	struct lc_card_event event = {.channel = 5, .kind = (uint16_t)kind, .value = value};

	lc_line_card_event(&bench->line, &event);
}

int order(struct bench *bench, enum lc_command_kind kind, int a, int b)
{
	struct lc_command command = {.kind = (uint16_t)kind, .a = a, .b = b};

	return lc_line_command(&bench->line, &command);
}

int order_ring(struct bench *bench, const char *number, const char *name, int withheld)
{
	struct lc_command command = {.kind = LC_CMD_RING, .a = 1, .b = withheld};

	strcpy(command.text, number);
	strcpy(command.text + strlen(number) + 1, name);
	return lc_line_command(&bench->line, &command);
}

int order_waiting(struct bench *bench, const char *number)
{
	struct lc_command command = {.kind = LC_CMD_CALL_WAITING};

	strcpy(command.text, number);
	return lc_line_command(&bench->line, &command);
}

int order_pulses(struct bench *bench, const char *digits)
{
	struct lc_command command = {.kind = LC_CMD_PULSE};

	strcpy(command.text, digits);
	return lc_line_command(&bench->line, &command);
}

int count(const struct bench *bench, enum lc_event_kind kind)
{
	int found = 0;

	for (int i = 0; i < bench->told; i++)
		found += bench->event[i].kind == kind;
	return found;
}

struct lc_event last(const struct bench *bench, enum lc_event_kind kind)
{
	struct lc_event found = {.kind = LC_EV_NONE};

	for (int i = 0; i < bench->told; i++)
		if (bench->event[i].kind == kind)
			found = bench->event[i];
	return found;
}

void forget(struct bench *bench)
{
	bench->told = 0;
}
