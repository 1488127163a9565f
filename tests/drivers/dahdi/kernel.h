/* kernel.h — a DAHDI driver for tests, behind the system calls that the card makes (linked with --wrap).
 *
 * It keeps what a channel was told, holds events and blocks that the test put there, and counts every call. What loop-back
 * spans of the real driver cannot do is tested here: polarity, alarms, a card that is unplugged, gaps of sound.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "cards/dahdi/vendor/dahdi/user.h"

enum { KERNEL_CHANNELS = 8, KERNEL_ORDERS = 32, KERNEL_BLOCKS = 8 };

struct kernel_channel {
	bool exists, busy, open, removed, forgotten, no_zone, no_echo, no_polarity, no_transfer, no_lamp, full;
	int signalling;
	struct dahdi_params params;
	struct dahdi_bufferinfo buffers;
	struct dahdi_ring_cadence cadence;
	bool no_amplifier;
	int amplifier[2]; /* DAHDI_SET_HWGAIN, tenths of a dB: rx, tx */
	struct dahdi_gains gains;
	int trained;             /* ms */
	char canceller[16];      /* DAHDI_ATTACH_ECHOCAN */
	int tries;               /* to open it */
	int lamp_kind, messages; /* DAHDI_VMWI_CONFIG, DAHDI_VMWI */
	int linear, buffer_events, echo, polarity, transfers, flushes;
	int orders, order[KERNEL_ORDERS]; /* DAHDI_HOOK */
	int hook_answer;                  /* errno of the next DAHDI_HOOK */
	int events, event[64];
	int blocks;
	uint8_t block[KERNEL_BLOCKS]; /* the µ-law code of all its samples */
	int written, wrote[64];       /* samples of each write */
	uint8_t last_code;
};

struct kernel {
	bool absent, denied;
	int calls; /* system calls on channels */
	int polls;
	int poll_answer; /* 1 ready, 0 nothing came, -1 the channel is broken */
	/* The clock that the card is shown, moved by its sleeping; when the next block is complete (0: always), and how far
	 * apart they are; times that a sleeper was woken by one, and slept by the clock. */
	int64_t now_ns, block_ns, block_every_ns;
	int woken, sleeps;
	struct kernel_channel channel[KERNEL_CHANNELS + 1]; /* by DAHDI's number */
};

extern struct kernel kernel;

/* `forgotten`: plugged in again, so that nothing is set up (DAHDI_CHANCONFIG) */
void kernel_reset(void); /* channels 1 to 4 are lines, 5 to 8 telephones */
void kernel_event(int channel, int event);
void kernel_block(int channel, uint8_t code);
int kernel_last_order(int channel); /* -1: none since the last time it was asked */

#endif
