/* callerid_ntt.h — the frame of NTT's number display (ナンバー・ディスプレイ), as bytes.
 *
 * V.23 characters of 7 bits with even parity, in a frame of its own: DLE SOH 0x07 DLE STX type length, parameters of type,
 * length, bytes; DLE ETX; CRC-16 of ITU-T V.41 over all from 0x07 to ETX as sent, begun with 0, the lower octet first,
 * those two octets without parity. A DLE within is sent twice. Type 0x40 tells who calls: parameter 0x02 the number, 0x04
 * why there is none (P withheld, O not available, C from a pay telephone, S the service cannot).
 *
 * Sources: two independent open receivers and one sender (Asterisk's callerid.c, spandsp's adsi.c, a telephone adapter's
 * firmware); NTT's own text could not be opened. spandsp sends to and hears from this file in its test.
 */
#ifndef CALLBOX_CALLERID_NTT_H
#define CALLBOX_CALLERID_NTT_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp/callerid_message.h"

enum { LC_NTT_FIRST = 0x90 }; /* DLE with its parity */

/* Is message[n] a whole frame? To be asked after each character. */
bool lc_ntt_complete(const uint8_t *message, int n);
/* Does it begin as a frame does? Then damage behind that is worth telling. */
bool lc_ntt_begins(const uint8_t *message, int n);
/* A whole frame. 0; -EBADMSG parity or CRC, -EPROTO lengths or characters, -EOPNOTSUPP a good frame of another service.
 * Never a part: *out is empty unless 0 is returned. */
int lc_ntt_parse(const uint8_t *message, int n, struct lc_callerid_info *out);
/* At most LC_CID_MESSAGE bytes; its length, or -EINVAL: number over 23 characters or with others than 0-9 * #. */
int lc_ntt_build(uint8_t *message, const char *number, enum lc_callerid_withheld withheld);

#endif
