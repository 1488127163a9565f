/* linecard.h — the C interface of the call box's real-time part, on one page. Its cards are made by cards.h.
 *
 * The core owns samples and milliseconds; it knows ports, never calls or people.
 *
 * A port is one jack of the card: FXO takes an outside line (the exchange feeds it and rings it),
 * FXS feeds a telephone and rings it. Once per tick (10 ms = 80 samples at 8 kHz, 16-bit linear; a
 * board may choose 5 or 20 ms) the core does, in this order:
 *
 *     commands → card read → line machines → ears (detectors) → players → links → recorders, card write
 *
 * Audio is routed by links and by nothing else: every sink is the sum of its sources, each with a gain.
 * A source is a port's receive side, a player or an inlet (samples from Python); a sink is a port's transmit side,
 * one channel of a recorder, or a tap (samples for Python). Bridge, conference, monitor, whisper, barge, music on hold
 * and recording are sets of links.
 *
 * Orders go in through a command ring, news comes out through an event ring. Both have one producer and
 * one consumer and hold fixed-size messages without pointers, so they may live in shared memory one day.
 * Every command is acknowledged by LC_EV_ACK, whose value is 0 or a negative errno. Nothing in lc_tick()
 * allocates, locks, prints, asks a clock or calls the system: the sample count is its only time. Files
 * are read and written by lc_io(), called by an I/O thread (real time) or between ticks (virtual time).
 *
 * Levels are dBm0: an A-law full-scale sine is +3.14 dBm0 (ITU-T G.711 §1.4, Table 5), so 0 dBm0 is a sine of
 * peak 22 826 on the 16-bit scale used here. Frequencies are Hz, times are ms unless a name says otherwise.
 * Functions return 0 or a positive result, or a negative errno.
 */
#ifndef CALLBOX_LINECARD_H
#define CALLBOX_LINECARD_H

#ifndef LC_CDEF /* binding/build.py reads this very file, by cards.h, through the preprocessor */
#include <stddef.h>
#include <stdint.h>
#endif

enum {
	LC_RATE = 8000,            /* samples per second, the same on every card */
	LC_TICK_SAMPLES_MAX = 160, /* 20 ms */
	LC_PORTS_MAX = 64,
	LC_PLAYERS_MAX = 128,
	LC_RECORDERS_MAX = 64,
	LC_LINKS_MAX = 512,
	LC_PARTS_MAX = 3,
	LC_TAPS_MAX = 32,
	LC_TAP_SAMPLES = 8192, /* a second: longer than Python is ever away */
	LC_INLETS_MAX = 32,
	LC_INLET_SAMPLES = 4096, /* half a second: who has more than that to say is late */
	LC_COMMAND_TEXT = 224,
	LC_EVENT_TEXT = 88,
	LC_RECORD_BEFORE_MS = 250,
	LC_TONES_MAX = 16,
	LC_TONE_STEPS_MAX = 12,
	LC_RING_STEPS_MAX = 6,
};

/* ---- the country's plan: everything that differs from one telephone network to the next ---------- */

struct lc_tone_step {
	uint16_t hz[2]; /* one or two frequencies together; {0,0} is silence */
	uint16_t ms;    /* 0: for ever */
};

/* A progress tone, both as it is made and as it is recognised. */
struct lc_tone {
	char name[16];           /* dial, ringback, busy, congestion, sit, ... */
	float level_dbm0;        /* of each frequency, when made */
	uint8_t steps;           /* used entries of step[] */
	uint8_t once;            /* 1: not repeated (special information tone) */
	uint8_t listen_cycles;   /* recognised after so many whole cycles; 0: made, never listened for */
	uint8_t cadence_percent; /* tolerance of each step's time when recognised */
	uint16_t listen_ms;      /* continuous tones: recognised after so long */
	uint16_t am_hz;          /* its single frequency is modulated fully by so much; 0: it is not */
	struct lc_tone_step step[LC_TONE_STEPS_MAX];
};

enum lc_callerid_scheme { LC_CID_NONE, LC_CID_BELL202, LC_CID_V23, LC_CID_DTMF, LC_CID_NTT };
enum lc_callerid_moment { LC_CID_AFTER_FIRST_RING, LC_CID_BEFORE_RING };
/* What precedes it: the line's polarity turned (only before the first ring), the dual tone DT-AS (only FSK). */
enum lc_callerid_alert { LC_CID_ALERT_NONE, LC_CID_ALERT_REVERSAL = 1, LC_CID_ALERT_TONE = 2 };
/* What precedes the message lamp's data on-hook: the same, or a short burst of ringing (drivers/line/lamp.h). */
enum lc_callerid_lamp { LC_CID_LAMP_AS_CALL, LC_CID_LAMP_RING_PULSE };

/* Line timings, ms. Defaults, bounds, sources and reasons stand in one table: drivers/line/timers.h. */
struct lc_timers {
	/* FXO: what the exchange does to us */
	uint16_t ring_debounce;  /* ringing must last so long to count */
	uint16_t ring_stop;      /* silence after a burst that means: the caller gave up */
	uint16_t offhook_settle; /* after seizing, loop events this early are the relay's own */
	uint16_t loop_drop;      /* loop current gone so long while off-hook: far end hung up (CPC) */
	uint16_t battery_lost;   /* no battery so long while on-hook: the line is cut */
	uint16_t polarity_debounce;
	uint16_t release_guard;         /* on-hook at least so long before the line may be seized again */
	uint16_t dial_break, dial_make; /* LC_CMD_PULSE: each pulse */
	uint16_t dial_pause;            /* LC_CMD_PULSE: loop closed between digits */
	/* FXS: what the telephone does to us */
	uint16_t offhook_debounce;
	uint16_t flash_min, flash_max;             /* a break between them is a hook flash; longer is on-hook */
	uint16_t pulse_break_min, pulse_break_max; /* dial pulses */
	uint16_t pulse_gap;                        /* loop closed so long ends a pulse digit */
	uint16_t callerid_delay;                   /* end of first ring burst to first sample of caller id */
};

struct lc_plan {
	char country[4]; /* ISO 3166, lower case */
	uint8_t tones;
	uint8_t callerid_scheme; /* enum lc_callerid_scheme, used towards handsets and by the exchange */
	uint8_t callerid_moment;
	uint8_t callerid_alert;       /* enum lc_callerid_alert, or'ed */
	uint8_t callerid_lamp;        /* enum lc_callerid_lamp */
	uint8_t callerid_waiting;     /* 1: also to a telephone in talk (type II, only Bell 202 and V.23) */
	uint8_t callerid_answer;      /* 1: lines go off-hook for a moment to be told who calls (NTT's number display) */
	char callerid_start[4];       /* DTMF: before the number, as "D" */
	char callerid_end[4];         /* and after it, as "C" */
	char callerid_private[8];     /* DTMF: in place of start, number and end */
	char callerid_unavailable[8]; /* the same */
	uint8_t ring_steps;
	uint16_t ring_ms[LC_RING_STEPS_MAX]; /* on, off, on, off ... repeated */
	float callerid_dbm0;
	float dtmf_low_dbm0, dtmf_high_dbm0; /* digits sent */
	uint16_t dtmf_on_ms, dtmf_off_ms;
	float dtmf_twist_db, dtmf_reverse_twist_db; /* digits accepted: high over low, low over high */
	struct lc_tone tone[LC_TONES_MAX];
	struct lc_timers timers;
};

/* ---- sources and sinks -------------------------------------------------------------------------- */

/* A source or sink is kind | index. */
enum lc_end {
	LC_END_PORT = 0x0000,   /* as source: what the port receives; as sink: what it transmits */
	LC_END_PLAYER = 0x1000, /* source only */
	LC_END_LEFT = 0x2000,   /* sink only: a recorder's left channel */
	LC_END_RIGHT = 0x3000,  /* sink only: a recorder's right channel */
	LC_END_TAP = 0x4000,    /* sink only: samples for Python, see lc_tap_read() */
	LC_END_SENT = 0x5000,   /* source only, for recorders and taps: what the port wrote to the card a tick ago, whose echo
				 * is in what it receives now; to a port: -EINVAL */
	LC_END_INLET = 0x6000,  /* source only: samples from Python, see lc_inlet_put() */
	LC_END_KIND = 0xf000,
	LC_END_INDEX = 0x0fff,
};

/* ---- commands ----------------------------------------------------------------------------------- */

enum lc_command_kind {
	LC_CMD_NONE,
	LC_CMD_HOOK,          /* FXO port: a = 1 off-hook, 0 on-hook; b = ms, then back again (flash), 0 stays */
	LC_CMD_RING,          /* FXS port: a = 1 ring, 0 stop; text = "number\0name\0time\0", number and name may be
	                   empty: no caller id; time MMDDHHMM or empty; b = 1 private, 2 unavailable (sent instead of the number) */
	LC_CMD_FEED,          /* FXS port: a = enum lc_feed; b = ms, then back to normal, 0 stays */
	LC_CMD_LISTEN,        /* port: a = mask of enum lc_ear, replaces the former mask */
	LC_CMD_GAIN,          /* port: gain_db; a = 0 receive, 1 transmit; -40 .. +20 dB */
	LC_CMD_LINK,          /* source → sink at gain_db; an existing link's gain changes smoothly */
	LC_CMD_UNLINK,        /* source → sink; -ENOENT if there was none */
	LC_CMD_PLAY_FILE,     /* player: text = path of a WAV, 8 kHz mono 16-bit; a = mask of enum lc_play_how; source = the
			     * port of LC_PLAY_YIELDS; b = 1: after what plays now and waits, without a gap (at most LC_PARTS_MAX
			     * wait, else -ENOSPC), and as that plays */
	LC_CMD_PLAY_TONE,     /* player: a = index in the plan's tones; b = ms, 0 for ever (once-tones end) */
	LC_CMD_PLAY_DIGITS,   /* player: text of 0-9 * # A-D and ',' (pause of 500 ms) */
	LC_CMD_PLAY_CALLERID, /* player: text = "number\0name\0time\0"; a = enum lc_callerid_scheme */
	LC_CMD_PLAY_STOP,     /* player: what plays and what waits */
	LC_CMD_PLAY_PAUSE,    /* player: a = 1 holds where it is, 0 goes on */
	LC_CMD_PLAY_SEEK,     /* player of a file: a = ms from the file's beginning; past its end it ends */
	LC_CMD_PLAY_GAIN,     /* player: gain_db, -40 .. +20, kept until changed */
	LC_CMD_RECORD,        /* recorder: text = path; the file is new, or -EEXIST */
	LC_CMD_RECORD_STOP,   /* recorder; its links are removed */
	LC_CMD_CLEAR,         /* source = any enum lc_end | index: remove every link from and to it */
	LC_CMD_PULSE, /* FXO port, off-hook: text = digits 0-9 and ',' (pause of 1 s) dialled by pulses; LC_EV_PULSED ends it */
	LC_CMD_ECHO,  /* port: a = 1 takes our own signal out of what comes back (drivers/dsp/echo.h) until 0, or until a
			* modem asks for it not to be (LC_EV_ECHO_OFF) */
	LC_CMD_RECORD_HOW,   /* recorder: a = mask of enum lc_record_how, replaces the former mask; 0 when it starts */
	LC_CMD_CALL_WAITING, /* FXS port, off-hook: another call waits; text and b as LC_CMD_RING; LC_EV_WAITING ends it */
	LC_CMD_LAMP, /* FXS port: the telephone's message lamp: a = 1 lit, 0 dark; b = enum lc_lamp_way. By FSK only in IDLE, takes
		      * about a second and ends by LC_EV_LAMP; ringing cuts it. -ENOTTY: the plan or the card cannot */
	LC_CMD_KINDS,
};

enum lc_lamp_way {
	LC_LAMP_FSK,     /* Telcordia GR-30 and GR-1401, ETSI EN 300 659-1: message 0x82, parameter 0x0B */
	LC_LAMP_VOLTAGE, /* high voltage for a neon lamp, until ordered otherwise */
};

enum lc_lamp_result {
	LC_LAMP_SENT = 1,
	LC_LAMP_CUT, /* the telephone was lifted or rung, its feed switched off, or the lamp ordered anew */
};

enum lc_play_how {
	LC_PLAY_REPEAT = 1, /* for ever */
	/* To the keys pressed at a port that listens for digits: it is held, in the very tick in which one is suspected there,
	 * 17 to 24 ms after its first sample (LC_EV_KEY_SUSPECTED). If it was none, it goes on where it was: nothing is lost of
	 * what was to be said, the dip is counted. A digit holds it for a second: Python has stopped it by then, or does not
	 * care for this digit. */
	LC_PLAY_YIELDS = 2,
};

enum lc_record_how {
	LC_RECORD_SILENT = 1, /* silence on both channels whatever is linked; the time runs */
	/* The file stands still. The last LC_RECORD_BEFORE_MS are held back and written when it goes on: who orders it
	 * on hearing a voice gets the first syllable too. LC_EV_RECORD_GAP tells what was left out. */
	LC_RECORD_STILL = 2,
};

enum lc_waiting_result {
	LC_WAITING_SENT = 1,  /* the telephone has asked for the data and got it */
	LC_WAITING_TONE_ONLY, /* the plan has no more, or there was nothing to tell */
	LC_WAITING_NO_ACK,    /* the telephone cannot show it */
	LC_WAITING_CUT,       /* it hung up, or its key broke the loop */
};

enum lc_feed { LC_FEED_NORMAL, LC_FEED_REVERSED, LC_FEED_OFF };

enum lc_ear {
	LC_EAR_DTMF = 1,
	LC_EAR_TONE = 2,
	LC_EAR_CALLERID = 4,
	LC_EAR_VOICE = 8,
	LC_EAR_ALERT = 16, /* 2,130 + 2,750 Hz, what a telephone in talk waits for (drivers/dsp/alert.h) */
	LC_EAR_EARLY = 32, /* with LC_EAR_DTMF: keys are told of before they are sure (drivers/dsp/dtmf.h) */
};

struct lc_command {
	uint32_t seq;  /* comes back in LC_EV_ACK */
	uint16_t kind; /* enum lc_command_kind */
	uint16_t slot; /* the port, player or recorder it is for */
	int32_t a, b;
	float gain_db;
	uint16_t source, sink; /* enum lc_end | index */
	char text[LC_COMMAND_TEXT];
};

/* ---- events ------------------------------------------------------------------------------------- */

enum lc_event_kind {
	LC_EV_NONE,
	LC_EV_ACK, /* seq; value 0 or negative errno */
	/* FXO */
	LC_EV_RING,      /* value = number of the burst, from 1 */
	LC_EV_RING_STOP, /* the caller gave up; value = bursts heard */
	LC_EV_LOOP_DROP, /* off-hook: loop current gone; value = ms it was gone when decided */
	LC_EV_POLARITY,  /* value = 0 normal, 1 reversed */
	LC_EV_BATTERY,   /* value = 1 there, 0 lost (line cut) */
	/* FXS */
	LC_EV_OFFHOOK, /* value = 1 if the telephone was ringing */
	LC_EV_ONHOOK,
	LC_EV_FLASH, /* value = ms of the break */
	LC_EV_PULSE, /* text[0] = digit dialled by pulses */
	/* both */
	LC_EV_LINE_STATE, /* value = new state, extra = old state (enum lc_line_state) */
	LC_EV_SURPRISE,   /* value = state, extra = the input it does not permit; also counted */
	/* ears */
	LC_EV_DIGIT,     /* DTMF down: text[0]; at = first sample */
	LC_EV_DIGIT_END, /* DTMF up: text[0]; value = ms it lasted */
	LC_EV_TONE,      /* text = name; value = measured Hz (lower frequency), extra = cycles heard */
	LC_EV_TONE_END,  /* text = name; value = ms since its begin */
	LC_EV_CALLERID,  /* value = 1 good, 0 checksum or format wrong; extra = scheme;
	                      text = "number\0name\0time\0"; number "P" private, "O" unavailable */
	LC_EV_VOICE,     /* value = 1 begins, 0 ends; extra = level in dBm0 */
	/* players, recorders: slot is theirs, seq that of the command that started them */
	LC_EV_PLAY_DONE,    /* value = 0 at its end, 1 stopped, negative errno; extra = ms played */
	LC_EV_RECORD_DONE,  /* value = 0 or negative errno; extra = ms in the file */
	LC_EV_RECORD_ERROR, /* value = negative errno, once; the recorder goes on trying, samples lost are counted */
	/* FXO */
	LC_EV_RING_END, /* a burst is over: value = ms it lasted, extra = ms of silence before it, 0: it was the first */
	LC_EV_PULSED,   /* LC_CMD_PULSE has ended; value = digits sent, all of them or fewer if the line was released */
	/* ears */
	LC_EV_CADENCE, /* a pure tone repeats that no tone of the plan explains: value = measured Hz (lower frequency),
			* extra = cycles heard, text = "hz,on,off" or "hz,on,off,on,off" in ms; once per run */
	/* recorders */
	LC_EV_RECORD_GAP, /* it goes on, or ends, after LC_RECORD_STILL: value = ms left out, extra = ms in the file before */
	/* FXS */
	LC_EV_WAITING, /* LC_CMD_CALL_WAITING has ended: value = enum lc_waiting_result */
	/* ears */
	LC_EV_ALERT,         /* value = ms it lasted; it has just ended */
	LC_EV_ECHO_OFF,      /* a modem's or fax's answer tone (drivers/dsp/answer_tone.h), received or sent: the port's echo
			 * canceller is off until ordered anew; value = ms since it was ordered on */
	LC_EV_KEY_SUSPECTED, /* LC_EAR_EARLY: value = 1 a digit may be beginning, 17 to 24 ms after its first sample; then comes
			 * LC_EV_DIGIT, or value = 0: it was none; extra = ms since. Ports keep it to themselves: see LC_PLAY_YIELDS */
	/* FXS */
	LC_EV_LAMP, /* LC_CMD_LAMP by FSK has ended: value = enum lc_lamp_result, extra = 1 lit, 0 dark */
	/* FXO and ears */
	LC_EV_MESSAGES, /* the message lamp: value = 1 lit, 0 dark; extra = scheme of the data; LC_CID_NONE: by voltage */
	/* both */
	LC_EV_CARD, /* value = 0 the port's card is gone, until 1: it is back */
	LC_EV_KINDS,
};

struct lc_event {
	uint64_t tick; /* when it was reported */
	int64_t at;    /* sample count when what it tells began */
	uint16_t kind; /* enum lc_event_kind */
	uint16_t slot;
	uint32_t seq;
	int32_t value, extra;
	char text[LC_EVENT_TEXT];
};

enum lc_port_kind { LC_FXO = 1, LC_FXS = 2 };

/* States of both line machines; drivers/line/fxo.c and fxs.c hold the tables. */
enum lc_line_state {
	LC_LINE_IDLE,     /* on-hook, battery there */
	LC_LINE_RINGING,  /* FXO: being rung; FXS: ringing the telephone */
	LC_LINE_OFFHOOK,  /* loop closed */
	LC_LINE_FLASHING, /* FXO: we break the loop for a moment; FXS: loop broken, flash, pulse or hang-up not yet known */
	LC_LINE_GUARD,    /* FXO: on-hook, may not be seized yet */
	LC_LINE_DEAD,     /* FXO: no battery; FXS: feed switched off */
	LC_LINE_DATA,     /* off-hook only to be told who calls, not answered (LC_CID_NTT) */
	LC_LINE_STATES,
};

/* ---- what was lost is counted ------------------------------------------------------------------- */

struct lc_counters {
	uint64_t ticks;
	uint64_t ticks_missed;               /* real time: ticks the media thread could not make in time */
	uint64_t tick_us_max;                /* real time: longest tick, µs */
	uint64_t commands, commands_refused; /* what card or plan cannot (-ENOTTY) is an answer */
	uint64_t events, events_lost;        /* lost: the event ring was full */
	uint64_t play_starved;               /* ticks in which a file player had no samples ready */
	uint64_t record_lost;                /* samples that could not be written */
	uint64_t record_errors;
	uint64_t tap_lost;  /* samples that a tap's reader did not fetch in time */
	uint64_t surprises; /* events a line machine's state does not permit */
	uint64_t card_errors;
	uint64_t clipped;                            /* samples that a sum saturated */
	uint64_t commands_fill_max, events_fill_max; /* highest fill of the rings */
	uint64_t data_calls;                         /* modems and faxes for which an echo canceller went off */
	uint64_t ports_lost, ports_back;             /* their card was unplugged; was opened again */
	uint64_t prompt_dips, prompt_dip_ms;         /* players held for a key that was none, and for how long in all */
};

/* ---- the core ----------------------------------------------------------------------------------- */

struct lc_card; /* cards/card.h */
struct lc_core;

struct lc_config {
	uint16_t ports; /* 1 .. LC_PORTS_MAX */
	uint16_t players, recorders, taps, inlets;
	uint16_t tick_samples;           /* 40, 80 or 160 */
	uint8_t port_kind[LC_PORTS_MAX]; /* enum lc_port_kind */
	uint16_t channel[LC_PORTS_MAX];  /* the card's channel of each port */
	uint16_t echo_delay_ms;  /* from a block's write to its echo's read beyond one tick, 0 .. 40: the card's buffers */
	uint16_t record_sync_ms; /* recordings reach the disk at least so often; 0: at close only */
	struct lc_plan plan;
};

/* Takes the card (closed with the core). NULL and *error = negative errno: -EINVAL,
 * -ERANGE a timer outside its bounds, -ENOMEM, the card's own. */
struct lc_core *lc_core_new(const struct lc_config *config, struct lc_card *card, int *error);
void lc_core_free(struct lc_core *core); /* NULL is fine; recorders are closed properly */

/* Python's side of the rings. One thread only. -EAGAIN: the ring is full. */
int lc_command_post(struct lc_core *core, const struct lc_command *command);
int lc_event_take(struct lc_core *core, struct lc_event *events, int most); /* how many */
int lc_event_fd(struct lc_core *core);                                      /* eventfd, readable while events wait (real time) */

/* What was linked to the tap, 8 kHz 16-bit, the oldest first, at most LC_TAP_SAMPLES: samples copied. A tap with no link gives nothing.
 * The reader's thread only; -ENODEV: no such tap. */
int lc_tap_read(struct lc_core *core, int tap, int16_t *samples, int most);
/* The inlet says these samples next, 8 kHz 16-bit, a block a tick; silence while it has less than a block. Samples taken,
 * fewer than n if its LC_INLET_SAMPLES are full. The writer's thread only; -ENODEV: no such inlet, -EINVAL: n < 0. */
int lc_inlet_put(struct lc_core *core, int inlet, const int16_t *samples, int n);
/* Samples that still wait to be said; -ENODEV. Any thread. */
int lc_inlet_fill(const struct lc_core *core, int inlet);

void lc_tick(struct lc_core *core);
int lc_io(struct lc_core *core); /* file work that is due; bytes moved */
uint64_t lc_tick_count(const struct lc_core *core);
void lc_counters_get(const struct lc_core *core, struct lc_counters *out);
size_t lc_core_bytes(const struct lc_core *core);
int lc_port_level(const struct lc_core *core, int port, float *rx_dbm0, float *tx_dbm0);

/* Virtual time: ticks all cores in turn until one has events, or `most` ticks are made. Ticks made.
 * All cores get the same count; file work is done between ticks, so a run repeats exactly. */
int64_t lc_step(struct lc_core *const *cores, int n, int64_t most);

/* Real time: one media thread ticks the cores in turn on the first card's clock, one I/O thread serves
 * their files. Asks for SCHED_FIFO and locked memory; the result tells what was had: bit 0 FIFO, bit 1
 * locked. While it runs, lc_tick, lc_io and lc_step must not be called. */
struct lc_media;
struct lc_media *lc_media_start(struct lc_core *const *cores, int n, int *result);
void lc_media_stop(struct lc_media *media); /* returns when both threads have ended; NULL is fine */
/* When this tick's news was told by eventfd, CLOCK_MONOTONIC µs; 0: never or longer than 1,000 ticks ago.
 * For measuring how long news takes to reach a coroutine (callbox bench). */
uint64_t lc_told_us(const struct lc_core *core, uint64_t tick);

/* ---- the very detectors of a port over any samples (callbox detect) ------------------------------ */

struct lc_listener;
struct lc_listener *lc_listener_new(const struct lc_plan *plan, unsigned ears, int *error);
void lc_listener_free(struct lc_listener *listener);
/* Feeds n samples; writes at most `most` events, of which `at` counts from the first sample ever fed. */
int lc_listener_feed(struct lc_listener *listener, const int16_t *samples, int n, struct lc_event *events, int most);

/* Makes the signals that players make, into out[]; returns samples written, -ENOSPC if `most` is too few.
 * The command is one of LC_CMD_PLAY_TONE (b must be > 0 unless the tone ends), _DIGITS, _CALLERID. */
int lc_make(const struct lc_plan *plan, const struct lc_command *command, int16_t *out, int most);

/* The table of drivers/line/timers.h: returns 0, or -ENOENT past the end. */
struct lc_timer_info {
	const char *name;
	uint16_t standard, least, most; /* ms */
	const char *source, *reason;
};
int lc_timer_info(int index, struct lc_timer_info *out);

#endif
