/* callerid_message.h — the bytes of a caller-id message: type, length, parameters, checksum.
 *
 * SDMF (0x04, GR-30): "MMDDHHMM" and the number, or 'P' / 'O' in its place. MDMF (0x80, GR-30, the same as ETSI
 * EN 300 659-3 call setup): parameters of type, length, bytes; 0x01 time, 0x02 number, 0x04 why there is no
 * number, 0x07 name, 0x08 why there is no name. The checksum makes the sum of all bytes 0 modulo 256.
 */
#ifndef CALLBOX_CALLERID_MESSAGE_H
#define CALLBOX_CALLERID_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LC_CID_MESSAGE = 258, /* type, length, at most 255 bytes, checksum */
	LC_CID_NUMBER = 24,   /* with the closing 0 */
	LC_CID_NAME = 49,     /* as bytes of UTF-8, with the closing 0 */
	LC_CID_TIME = 9,      /* MMDDHHMM */
};

enum lc_callerid_withheld { LC_CID_SHOWN, LC_CID_PRIVATE, LC_CID_UNAVAILABLE };

struct lc_callerid_info {
	char number[LC_CID_NUMBER]; /* "P" private, "O" unavailable, "" not told */
	char name[LC_CID_NAME];
	char time[LC_CID_TIME];
};

/* A message type that tells who calls? */
bool lc_callerid_known(uint8_t type);
/* A whole message of n bytes about waiting messages (VMWI): MDMF 0x82 with parameter 0x0B, or SDMF 0x06 with three times
 * 0x42 or 0x6f (GR-30). 1 they wait, 0 there are none; -EBADMSG, -EPROTO; -EOPNOTSUPP another service. */
int lc_callerid_lamp_parse(const uint8_t *message, int n);
/* The MDMF message; its length. */
int lc_callerid_lamp_build(uint8_t *message, bool lit);
/* A whole message of n bytes, checksum included. 0; -EBADMSG checksum, -EPROTO lengths, characters, a date that is none,
 * -EOPNOTSUPP a good message of another service (waiting messages, charges). Never a part: *out is empty
 * unless 0 is returned. Names keep printable characters only; a byte that is no UTF-8 is read as Latin-1. */
int lc_callerid_parse(const uint8_t *message, int n, struct lc_callerid_info *out);
/* An MDMF message, at most LC_CID_MESSAGE bytes; `time` MMDDHHMM or NULL. Its length, or -EINVAL: number over 23
 * characters or with others than 0-9 * # A-D +. A longer name is cut. */
int lc_callerid_build(uint8_t *message, const char *number, const char *name, const char *time,
                      enum lc_callerid_withheld withheld);

#endif
