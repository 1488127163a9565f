/* stream.h — a prompt file on its way to a player, and a recording on its way to the disk.
 *
 * Each is a slot with a fifo and one atomic state that says whose turn it is. The tick never waits for the
 * file side: a player that finds no samples plays silence and counts it, a recorder that finds no room counts
 * what it lost and keeps the time with silence.
 */
#ifndef CALLBOX_STREAM_H
#define CALLBOX_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/wav.h"
#include "fifo.h"
#include "linecard.h"

/* ---- reading ------------------------------------------------------------------------------------ */

enum lc_stream_state {
	LC_STREAM_FREE,    /* the tick's */
	LC_STREAM_WANTED,  /* the file side's: open it */
	LC_STREAM_OPEN,    /* both: the file side fills, the tick drains */
	LC_STREAM_ENDED,   /* the tick's: all samples are in the fifo */
	LC_STREAM_FAILED,  /* the tick's: `error` says why */
	LC_STREAM_DROPPED, /* the file side's: close it */
};

struct lc_stream {
	_Atomic uint32_t state; /* enum lc_stream_state */
	bool repeat;
	int64_t from; /* sample to begin with */
	int error;    /* negative errno */
	struct lc_wav_reader wav;
	struct lc_fifo fifo;
	char path[LC_COMMAND_TEXT];
};

int lc_stream_init(struct lc_stream *stream);
void lc_stream_destroy(struct lc_stream *stream);
int lc_stream_io(struct lc_stream *stream); /* file side: samples moved */

/* Tick side. */
void lc_stream_start(struct lc_stream *stream, const char *path, bool repeat, int64_t from); /* must be FREE */
void lc_stream_drop(struct lc_stream *stream);

/* ---- writing ------------------------------------------------------------------------------------ */

enum lc_recorder_state {
	LC_RECORDER_FREE,
	LC_RECORDER_WANTED,   /* the file side's: create it; the tick already fills */
	LC_RECORDER_OPEN,     /* both */
	LC_RECORDER_STOPPING, /* the file side's: write the rest and close */
	LC_RECORDER_CLOSED,   /* the tick's: report and free */
};

struct lc_recorder {
	_Atomic uint32_t state;  /* enum lc_recorder_state */
	_Atomic int error;       /* negative errno, latched by the file side; the tick reports it once */
	_Atomic uint64_t lost;   /* frames that could not be written */
	_Atomic uint64_t errors; /* operations that failed */
	bool reported;
	uint32_t seq;
	uint32_t debt;                         /* tick: frames that found no room, owed as silence */
	uint64_t frames_taken;                 /* tick */
	unsigned how;                          /* tick: enum lc_record_how */
	uint64_t left_out;                     /* tick: frames since it stands still, without those held back */
	uint64_t lost_counted, errors_counted; /* tick: already in the core's counters */
	int64_t unsynced;                      /* file side: frames since the last sync */
	struct lc_wav_writer wav;
	struct lc_fifo fifo;   /* left, right, left, right ... */
	struct lc_fifo before; /* tick: held back while it stands still */
	char path[LC_COMMAND_TEXT];
};

int lc_recorder_init(struct lc_recorder *recorder);
void lc_recorder_destroy(struct lc_recorder *recorder);
/* File side: frames moved. Written in runs of at least `run` frames; synced at its end if `sync`. */
int lc_recorder_io(struct lc_recorder *recorder, int run, int64_t sync);
/* File side: syncs all that are open if one of them has `sync` frames that are not yet on the disk; 0: never. */
void lc_recorders_sync(struct lc_recorder *recorder, int n, int64_t sync);

/* Tick side. */
void lc_recorder_start(struct lc_recorder *recorder, const char *path, uint32_t seq); /* must be FREE */
void lc_recorder_put(struct lc_recorder *recorder, const int16_t *left, const int16_t *right, int n);
void lc_recorder_how(struct lc_recorder *recorder, unsigned how); /* mask of enum lc_record_how */
/* Frames that are not in the file since it stands still, with those held back if `all`. */
uint64_t lc_recorder_gap(const struct lc_recorder *recorder, bool all);
void lc_recorder_stop(struct lc_recorder *recorder);

#endif
