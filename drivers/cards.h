/* cards.h — the cards that a core is given: simulated ones, the box's own sound sockets, real ones; and traces of them.
 *
 * What every card is to the core stands in drivers/cards/card.h. Whoever makes one gives it to lc_core_new(), which takes
 * it. Functions return 0 or a positive result, or a negative errno.
 */
#ifndef CALLBOX_CARDS_H
#define CALLBOX_CARDS_H

#include "linecard.h"

/* ---- traces (drivers/cards/spy) -------------------------------------------------------------------- *
 * All that passes between a core and its card, written into a file; and such a file in place of a card. */

struct lc_spy_counters {
	uint64_t trace_ticks; /* in the trace */
	uint64_t trace_lost;  /* ticks that are missing in it: the file side was too slow, or the file is full */
	uint64_t trace_bytes;
	uint64_t trace_error; /* positive errno of the file: nothing was written after it; 0: none */
};

/* Wraps `card` for the core of `config`: closed with the core, it closes `card`, too. The file must be new and grows to
 * `most` bytes; `notes` go into its head. NULL and *error, then `card` stays the caller's: -EINVAL, -ENOMEM, -EEXIST and
 * what else open() and write() say. */
struct lc_card *lc_spy_new(struct lc_card *card, const struct lc_config *config, const char *path, const char *notes,
                           uint64_t most, int *error);
void lc_spy_counters_get(const struct lc_card *spy, struct lc_spy_counters *out);

struct lc_trace_info {
	uint16_t ports, tick_samples, echo_delay_ms; /* of struct lc_config */
	uint8_t port_kind[LC_PORTS_MAX];
	uint32_t notes_bytes;
	const char *notes; /* not ended by a 0 */
	uint64_t ticks;    /* to replay, missing ones included */
	uint64_t missing;
	uint64_t bytes, sound; /* of the file; of those, up to the first record that is cut short or makes no sense */
};

/* Reads a trace into memory. NULL and *error: -EBADMSG it is no trace, -EPROTONOSUPPORT one of another version, -EPROTO its
 * head makes no sense, -EFBIG, -ENOMEM, and what open() and read() say. Damage further on ends it there. */
struct lc_trace;
struct lc_trace *lc_trace_open(const char *path, int *error);
void lc_trace_close(struct lc_trace *trace); /* NULL is fine */
void lc_trace_info_get(const struct lc_trace *trace, struct lc_trace_info *out);

/* A core that lives through the trace again, by the same or another plan: the ports' blocks, news and orders come from it,
 * and each port sends what it sent. Takes the trace. NULL and *error: as lc_core_new(); -EOVERFLOW too many ports (at most
 * half of LC_PORTS_MAX). */
struct lc_replay;
struct lc_replay *lc_replay_new(struct lc_trace *trace, const struct lc_plan *plan, int *error);
void lc_replay_free(struct lc_replay *replay); /* NULL is fine */
/* One tick: writes the ports' news, at most `most`; how many, or -ENODATA: the trace has ended, -ENOSPC. */
int lc_replay_tick(struct lc_replay *replay, struct lc_event *events, int most);
/* The news that the trace has of that tick, one after the other. 1, or 0: no more. */
int lc_replay_told(struct lc_replay *replay, struct lc_event *event);

/* ---- the simulated card (drivers/cards/sim) ------------------------------------------------------- *
 * A set of wires. The box's core holds one end of each, the training exchange and telephones the other,
 * through a second core: an exchange's end of a line is an FXS port, a telephone is an FXO port. */

enum lc_companding { LC_LINEAR, LC_ALAW, LC_ULAW };

struct lc_sim_wire {
	uint8_t companding;     /* enum lc_companding: quantised at the box's end, as a real card's codec does */
	float loss_db;          /* either way, 0 .. 30 */
	float echo_loss_db;     /* hybrid at the box's end: how far our own signal comes back below what we send; 100: none */
	float far_echo_loss_db; /* the same at the far end */
	float noise_dbm0;       /* white; -100: none */
	float hum_dbm0;         /* mains hum, 50 Hz and third harmonic; -100: none */
};

struct lc_sim;
/* box_kind[i]: what the box's end of wire i is; the far end is the other kind. */
struct lc_sim *lc_sim_new(int wires, const struct lc_sim_wire *wire, const uint8_t *box_kind, int tick_samples, uint32_t seed,
                          int *error);
void lc_sim_free(struct lc_sim *sim);                         /* after both cores */
struct lc_card *lc_sim_card(struct lc_sim *sim, int far_end); /* 0: the box's end, 1: the far end */
/* Faults, from outside the signal path as in life: a cut wire has no loop and no audio. */
int lc_sim_cut(struct lc_sim *sim, int wire, int cut);

/* ---- the box's own sound sockets (drivers/cards/sound) ---------------------------------------------- *
 * Headsets as telephones beside those of a card: each is an FXS port that is off-hook while its device is there. A thread
 * of Python's reads and writes the device, by a clock that is never quite the card's. */

enum { LC_HEADSETS_MAX = 8 };

/* In ms since the start: silence inserted where nothing had come in time, and sound left out because too much waited; of
 * what the headset says and of what it hears. `lost`: how often the device went away. */
struct lc_headset_counters {
	uint64_t said_inserted_ms, said_left_out_ms;
	uint64_t heard_inserted_ms, heard_left_out_ms;
	uint64_t lost;
};

/* Wraps a card of `channels` channels, which is closed with it: behind them come `headsets` more. NULL and *error, then
 * `card` stays the caller's: -EINVAL, -ENOMEM. */
struct lc_card *lc_headsets_new(struct lc_card *card, int channels, int headsets, int *error);
/* The following take the card that lc_headsets_new() gave. -ENODEV: no such headset; -EINVAL: n is below 0, or to hear above
 * LC_TICK_SAMPLES_MAX. Each function is called by one thread at a time. */
int lc_headset_plug(struct lc_card *card, int headset, int there);                    /* plugged in while nobody hears; 0 */
int lc_headset_say(struct lc_card *card, int headset, const int16_t *samples, int n); /* what its microphone gave; 0 */
int lc_headset_hear(struct lc_card *card, int headset, int16_t *samples, int n);      /* what its ears get: always n; 0 */
int lc_headset_counters_get(const struct lc_card *card, int headset, struct lc_headset_counters *out);

/* ---- a real card (drivers/cards/dahdi) ------------------------------------------------------------- *
 * Any analog card that the kernel's DAHDI drivers know, configured by dahdi_cfg. */

struct lc_dahdi_port {
	uint16_t channel; /* DAHDI's number, from 1 */
	uint8_t kind;     /* enum lc_port_kind */
};

struct lc_dahdi_found {
	uint16_t channel, span;
	uint8_t can_be; /* enum lc_port_kind, or'ed */
	uint8_t is_;    /* how dahdi_cfg has configured it; 0: not yet */
	uint8_t broken; /* the driver could not start the port */
	char name[40];  /* the driver's, as "WCTDM/0/3" */
};

/* Every analog channel of the machine, in order; how many. -ENODEV: no driver is loaded, -EACCES. */
int lc_dahdi_detect(struct lc_dahdi_found *found, int most);

/* What the driver is asked to do with sound. Gains are in tenths of a dB, of what a port hears (rx) and sends (tx): by the
 * line module's own amplifier where its driver offers one, else by the driver's table of codes. */
struct lc_dahdi_options {
	uint16_t echo_taps;     /* 0, or the kernel's canceller is on in talk with so many samples: 32 .. 1024, a power of two */
	uint16_t echo_train_ms; /* so long after a line goes off-hook nothing is heard from it while the canceller measures
				 * the echo of a click: 0 .. LC_DAHDI_TRAIN_MOST_MS */
	int16_t line_rx, line_tx, station_rx, station_tx; /* LC_DAHDI_GAIN_LEAST .. _MOST */
	/* The driver's name of it, for a card that comes back and has forgotten; at first dahdi_cfg gives it. */
	char canceller[16];
};
/* DAHDI_MAX_PRETRAINING is 1,000, exclusive; gains are wctdm_set_hwgain()'s. */
enum { LC_DAHDI_TRAIN_MOST_MS = 999, LC_DAHDI_GAIN_LEAST = -150, LC_DAHDI_GAIN_MOST = 120 };

/* The card's channel i is port[i]. NULL and *error, with the port at fault in *which (-1: none):
 *   -EINVAL      a number out of range, or no such tick
 *   -ENODEV      no DAHDI driver is loaded
 *   -EACCES      no right to open its devices
 *   -ENXIO       no such channel, or dahdi_cfg has not configured it
 *   -EBUSY       another program has the channel
 *   -EPROTOTYPE  the channel is of the other kind, or not an analog one
 *   -ENODATA     no tone zone is loaded, without which the driver cannot ring
 *   -EOPNOTSUPP  echo_taps, but no canceller is configured for the channel
 *   -ERANGE      a gain or the training time is out of range
 *   -ENOMEM */
struct lc_card *lc_dahdi_open(const struct lc_dahdi_port *port, int n, int tick_samples, const struct lc_dahdi_options *options,
                              int *error, int *which);

#endif
