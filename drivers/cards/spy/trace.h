/* trace.h — a trace: everything that passed between a core and its card, tick by tick. Format, packing, reader.
 *
 * A trace replays as a card (replay.c of drivers/core), so what a line did in the field is a test ever after. It holds
 * what the card gave (blocks read, news of the wires), what the core did to the card (hook, ringing, feed, blocks
 * written), the ports' orders, and what the core told of the ports, against which a replay is compared.
 *
 * Version 1. Numbers of more than a byte are little-endian; `n` is a variable-length number (7 bits a byte, the lowest
 * first, bit 7: more follow), `z` one with a sign (zigzag: 0, -1, 1, -2 ...):
 *
 *     file    "lctrace" 0x01, then u16 each: ports, samples per tick, echo_delay_ms (struct lc_config), then a byte each:
 *             the ports' kinds (enum lc_port_kind); u32 length of the notes, the notes (UTF-8, JSON by the binding: plan,
 *             names, versions); records
 *     record  'T' n: length of the body, body: one tick; its length and the body's make an even number of bytes
 *             'G' n, 'g' n: so many ticks are missing here, the file side was too slow ('g': one byte more for evenness)
 *     body    items, each a byte of enum lc_trace_item and then:
 *             ORDER   port, n: seq, n: kind, z: a, z: b, f32: gain_db, n: length of the text, text without closing zeros
 *             WIRE    port, kind (enum lc_card_event_kind), z: value
 *             READ    port, block
 *             FAILED  port: the card could not be read
 *             HOOK    port, value; RING and FEED the same
 *             WRITE   port, block; a port without READ or WRITE: silence
 *             TOLD    port, n: kind, z: at less the tick's first sample, z: value, z: extra, n: length, text
 *             PAD     nothing; makes the number of bytes even
 *     block   byte: law (enum lc_companding) << 5 | width in bits 0 .. 16; n: lowest rank; samples as rank less the lowest,
 *             `width` bits each, the lowest bit first
 *
 * A rank numbers the values that the law has in ascending order: for G.711 0 .. 255, so a card's quiet line takes two or
 * three bits a sample; else sample + 32768. A block is stored in the first law that has all of its values: nothing is lost.
 */
#ifndef CALLBOX_TRACE_H
#define CALLBOX_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cards.h"
#include "cards/card.h"

enum {
	LC_TRACE_HEAD = 8,                  /* magic and version */
	LC_TRACE_FIXED = LC_TRACE_HEAD + 6, /* before the kinds */
	LC_TRACE_GAP_MOST = 1 << 30,        /* ticks of one 'G': four months */
	LC_TRACE_NUMBER_MOST = 10,          /* bytes of n or z */
	LC_TRACE_WIRES_MOST = 1024,         /* news of the wires in a tick */
	LC_TRACE_BODY_MOST = 1 << 18,       /* bytes; a tick that would need more is missing */
};

extern const uint8_t lc_trace_magic[LC_TRACE_HEAD];

enum lc_trace_item {
	LC_TRACE_PAD,
	LC_TRACE_ORDER,
	LC_TRACE_WIRE,
	LC_TRACE_READ,
	LC_TRACE_FAILED,
	LC_TRACE_HOOK,
	LC_TRACE_RING,
	LC_TRACE_FEED,
	LC_TRACE_WRITE,
	LC_TRACE_TOLD,
	LC_TRACE_ITEMS,
};

/* ---- pack.c: numbers and blocks ------------------------------------------------------------------ */

/* Writes within bytes[size]; what does not fit sets `full`, and nothing more is written. */
struct lc_trace_out {
	uint8_t *bytes;
	size_t size, at;
	bool full;
};

/* Reads within bytes[size]; what is not there, or no number of 64 bits, sets `broken` and reads as 0. */
struct lc_trace_in {
	const uint8_t *bytes;
	size_t size, at;
	bool broken;
};

/* For every sample its rank in A-law and µ-law, made once. */
struct lc_trace_ranks {
	uint8_t rank[2][1 << 14];
};

void lc_trace_ranks_init(struct lc_trace_ranks *ranks);
void lc_trace_put(struct lc_trace_out *out, const void *bytes, size_t n);
void lc_trace_put_byte(struct lc_trace_out *out, unsigned byte);
void lc_trace_put_number(struct lc_trace_out *out, uint64_t number);
void lc_trace_put_signed(struct lc_trace_out *out, int64_t number);
void lc_trace_put_block(struct lc_trace_out *out, const struct lc_trace_ranks *ranks, const int16_t *samples, int n);
/* Bytes of a text without the zeros at its end. */
void lc_trace_put_text(struct lc_trace_out *out, const char *text, size_t most);

unsigned lc_trace_take_byte(struct lc_trace_in *in);
uint64_t lc_trace_take_number(struct lc_trace_in *in);
int64_t lc_trace_take_signed(struct lc_trace_in *in);
const uint8_t *lc_trace_take(struct lc_trace_in *in, size_t n); /* NULL: broken */
void lc_trace_take_block(struct lc_trace_in *in, int16_t *samples, int n);
void lc_trace_take_text(struct lc_trace_in *in, char *text, size_t most); /* the rest is zeros */

/* ---- reader.c: a whole trace, and the card it makes ------------------------------------------------ *
 * The card has two channels for each port p: p reads what the port read, ports + p what the port wrote. It runs in
 * virtual time only. What is done to it is of no effect. */

struct lc_trace {
	struct lc_card card; /* first: the core holds its address */
	struct lc_trace_info info;
	uint8_t *bytes;
	struct lc_trace_in records;
	size_t whole; /* bytes up to which the records are sound */
	uint64_t missing;
	/* the present tick */
	struct lc_trace_in orders, told;
	int wires, wire;
	struct lc_card_event news[LC_TRACE_WIRES_MOST];
	bool failed[LC_PORTS_MAX];
	int16_t read[LC_PORTS_MAX][LC_TICK_SAMPLES_MAX], wrote[LC_PORTS_MAX][LC_TICK_SAMPLES_MAX];
};

/* As lc_trace_open(), over bytes that are freed with the trace, or by it when it fails. */
struct lc_trace *lc_trace_new(uint8_t *bytes, size_t size, int *error);
/* Goes to the next tick; false: there is none. */
bool lc_trace_next(struct lc_trace *trace);
/* The present tick's orders and what was told, one after the other; `slot` is the port. False: no more. */
bool lc_trace_order(struct lc_trace *trace, struct lc_command *command);
bool lc_trace_told(struct lc_trace *trace, struct lc_event *event);

#endif
