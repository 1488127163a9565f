/* callerid.h — who is calling: sent to a handset, heard from the exchange.
 *
 * FSK (GR-30, EN 300 659-1): 300 bits of alternating 0 and 1 (seizure), 180 bits of mark, the message of
 * callerid_message.h in 8-bit characters with start and stop bit; before it, where the plan says so, the dual tone
 * alerting signal DT-AS (2,130 and 2,750 Hz for 100 ms). DTMF: framed as the plan says, as 'D' number 'C'; heard in every
 * country: 'A' or 'D', number, 'C' or '#'. In place of a number: "D1#" and "B10C" private, "D2#", "D3#" and "B00C"
 * unavailable (Denmark and others).
 *
 * The receiver demands a seizure and a mark, or (call waiting) a longer mark of the right frequency, before it believes
 * in a message, so speech and music never look like one; without a whole seizure it tells good messages only.
 * NTT's frames (callerid_ntt.h) come in V.23 after 72 bits of mark and no seizure, off-hook; they are told by their
 * first character and checked by parity and CRC.
 * A message that is damaged or cut short is reported with value 0, and never with a number. The checksum is 8 bits, so one
 * damage in 256 agrees with it: a wrong stop bit, a doubtful bit or a character behind the end is damage too.
 */
#ifndef CALLBOX_CALLERID_H
#define CALLBOX_CALLERID_H

#include <stdint.h>

#include "dsp/callerid_message.h"
#include "dsp/callerid_ntt.h"
#include "dsp/dtmf_tx.h"
#include "dsp/fsk.h"
#include "dsp/tone.h"
#include "emit.h"

struct lc_callerid_tx {
	uint8_t scheme; /* enum lc_callerid_scheme */
	uint8_t message[LC_CID_MESSAGE];
	int length;         /* of message[] */
	int seizure, marks; /* bits before it */
	int bit;            /* bits handed out */
	bool alerting;      /* DT-AS is not over */
	struct lc_tone_tx alert;
	float alert_dbm0; /* of each of its tones */
	struct lc_fsk_tx fsk;
	struct lc_dtmf_tx dtmf;
};

/* `scheme`: enum lc_callerid_scheme; text[n] = "number\0name\0time\0", each may be empty or missing, time as MMDDHHMM.
 * -EINVAL: scheme NONE, or a number it cannot carry. */
int lc_callerid_tx_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, int scheme, const char *text, size_t n,
                        enum lc_callerid_withheld withheld);
/* The plan's scheme without seizure and alerting signal, as it is sent in talk. -EINVAL also: a scheme of digits. */
int lc_callerid_tx_waiting_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, const char *text, size_t n,
                                enum lc_callerid_withheld withheld);
/* The message lamp, in the plan's scheme, with what alerts an idle telephone to it: V.23 is never sent without DT-AS, unless
 * the plan has a burst of ringing instead. -ENOTTY: a scheme that is not FSK. */
int lc_callerid_tx_lamp_init(struct lc_callerid_tx *tx, const struct lc_plan *plan, bool lit);
int lc_callerid_tx_read(struct lc_callerid_tx *tx, int16_t *out, int n); /* samples written; fewer than n: it is over */

enum { LC_CID_DIGITS = 56 }; /* a number, a redirecting number and three letters with codes */

enum lc_callerid_phase { LC_CID_HUNT, LC_CID_MARK, LC_CID_BYTES, LC_CID_AFTER };

struct lc_callerid_rx {
	struct lc_fsk_rx fsk;
	enum lc_callerid_phase phase;
	int alternations; /* trust in the seizure */
	int marks;        /* in a row */
	bool ntt;         /* the message is a frame of callerid_ntt.h */
	bool short_mark;  /* it came after a mark that only such a frame may have */
	bool trusted;     /* a whole seizure came before: damage is worth telling */
	bool harmed;      /* a stop bit was wrong, or a bit doubtful: whatever the checksum says */
	int between;      /* most marks between two characters; then: bits of mark still awaited */
	bool close;       /* two characters followed each other without a mark between */
	int last_bit;
	int shift, bits; /* the character being received; bits -1: waiting for its start */
	uint8_t message[LC_CID_MESSAGE];
	int length;
	int64_t heard; /* samples taken in */
	int64_t begun; /* sample count of the seizure's first bits */
	/* digits */
	char digits[LC_CID_DIGITS + 1];
	int digit_count; /* 0: none awaited */
	int64_t digits_at, digit_last;
	/* while bits come in */
	lc_emit_fn *emit;
	void *emit_context;
};

void lc_callerid_rx_init(struct lc_callerid_rx *rx);
void lc_callerid_rx_reset(struct lc_callerid_rx *rx); /* the sample count stays */
/* Emits LC_EV_CALLERID and LC_EV_MESSAGES; `at` counts samples since init. Any n >= 0. */
void lc_callerid_rx_process(struct lc_callerid_rx *rx, const int16_t *samples, int n, lc_emit_fn *emit, void *context);
void lc_callerid_rx_skip(struct lc_callerid_rx *rx, int n, lc_emit_fn *emit, void *context); /* n samples of silence */
/* A digit that the digit detector of the same port has found, begun at sample `at`. */
void lc_callerid_rx_digit(struct lc_callerid_rx *rx, char digit, int64_t at, lc_emit_fn *emit, void *context);

#endif
