/* dtmf_keys.h — the sixteen keys and their tones (ITU-T Q.23): key 4 * row + column. */
#ifndef CALLBOX_DTMF_KEYS_H
#define CALLBOX_DTMF_KEYS_H

static const float lc_dtmf_row_hz[4] = {697, 770, 852, 941}, lc_dtmf_column_hz[4] = {1209, 1336, 1477, 1633};
static const char lc_dtmf_keys[] = "123A456B789C*0#D";

#endif
