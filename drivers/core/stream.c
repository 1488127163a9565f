#include "core/stream.h"

#include <errno.h>

enum {
	STREAM_SAMPLES = 4096,    /* half a second: the file side comes by at least every 20 ms */
	RECORDER_SAMPLES = 32768, /* two seconds of stereo: a disk may stall that long and nothing is lost */
	BEFORE_SAMPLES = 4096,    /* a power of two that holds BEFORE_FRAMES */
	BEFORE_FRAMES = LC_RECORD_BEFORE_MS * LC_RATE / 1000,
	RUN = 2048, /* frames or samples moved per file operation */
};

static uint32_t state_of(const _Atomic uint32_t *state)
{
	return atomic_load_explicit(state, memory_order_acquire);
}

static void hand_over(_Atomic uint32_t *state, uint32_t next)
{
	atomic_store_explicit(state, next, memory_order_release);
}

/* Runs in the tick: the text of a command, which always ends within LC_COMMAND_TEXT. */
static void keep_path(char *to, const char *path)
{
	memcpy(to, path, LC_COMMAND_TEXT);
	to[LC_COMMAND_TEXT - 1] = 0;
}

/* ---- reading ------------------------------------------------------------------------------------ */

int lc_stream_init(struct lc_stream *stream)
{
	memset(stream, 0, sizeof(*stream));
	stream->wav.fd = -1;
	return lc_fifo_init(&stream->fifo, STREAM_SAMPLES);
}

void lc_stream_destroy(struct lc_stream *stream)
{
	lc_wav_close(&stream->wav);
	lc_fifo_destroy(&stream->fifo);
}

void lc_stream_start(struct lc_stream *stream, const char *path, bool repeat, int64_t from)
{
	keep_path(stream->path, path);
	stream->repeat = repeat;
	stream->from = from;
	stream->error = 0;
	lc_fifo_reset(&stream->fifo);
	hand_over(&stream->state, LC_STREAM_WANTED);
}

void lc_stream_drop(struct lc_stream *stream)
{
	hand_over(&stream->state, LC_STREAM_DROPPED);
}

/* A stream the tick dropped meanwhile must stay dropped: only OPEN may become `next`. */
static void settle(struct lc_stream *stream, uint32_t expected, uint32_t next)
{
	atomic_compare_exchange_strong_explicit(&stream->state, &expected, next, memory_order_acq_rel, memory_order_acquire);
}

static int fill(struct lc_stream *stream)
{
	int16_t run[RUN];
	int moved = 0;
	while (lc_fifo_room(&stream->fifo) >= RUN) {
		int n = lc_wav_read(&stream->wav, run, RUN);
		if (n < 0) {
			stream->error = n;
			settle(stream, LC_STREAM_OPEN, LC_STREAM_FAILED);
			break;
		}
		if (n == 0 && stream->repeat && stream->wav.samples > 0) {
			lc_wav_seek(&stream->wav, 0);
			continue;
		}
		if (n == 0) {
			settle(stream, LC_STREAM_OPEN, LC_STREAM_ENDED);
			break;
		}
		lc_fifo_put(&stream->fifo, run, (uint32_t)n);
		moved += n;
	}
	return moved;
}

int lc_stream_io(struct lc_stream *stream)
{
	switch (state_of(&stream->state)) {
	case LC_STREAM_WANTED:
		stream->error = lc_wav_open(&stream->wav, stream->path);
		if (!stream->error)
			lc_wav_seek(&stream->wav, stream->from);
		settle(stream, LC_STREAM_WANTED, stream->error ? LC_STREAM_FAILED : LC_STREAM_OPEN);
		return stream->error ? 0 : lc_stream_io(stream);
	case LC_STREAM_OPEN:
		return fill(stream);
	case LC_STREAM_DROPPED:
		lc_wav_close(&stream->wav);
		hand_over(&stream->state, LC_STREAM_FREE);
		return 0;
	default:
		return 0;
	}
}

/* ---- writing ------------------------------------------------------------------------------------ */

int lc_recorder_init(struct lc_recorder *recorder)
{
	memset(recorder, 0, sizeof(*recorder));
	recorder->wav.fd = -1;
	int result = lc_fifo_init(&recorder->fifo, RECORDER_SAMPLES);
	return result ? result : lc_fifo_init(&recorder->before, BEFORE_SAMPLES);
}

void lc_recorder_destroy(struct lc_recorder *recorder)
{
	lc_wav_finish(&recorder->wav);
	lc_fifo_destroy(&recorder->fifo);
	lc_fifo_destroy(&recorder->before);
}

void lc_recorder_start(struct lc_recorder *recorder, const char *path, uint32_t seq)
{
	keep_path(recorder->path, path);
	lc_fifo_reset(&recorder->fifo);
	lc_fifo_reset(&recorder->before);
	recorder->seq = seq;
	recorder->how = 0;
	recorder->left_out = 0;
	recorder->debt = 0;
	recorder->frames_taken = 0;
	recorder->reported = false;
	recorder->unsynced = 0;
	recorder->lost_counted = recorder->errors_counted = 0;
	atomic_store_explicit(&recorder->error, 0, memory_order_relaxed);
	atomic_store_explicit(&recorder->lost, 0, memory_order_relaxed);
	atomic_store_explicit(&recorder->errors, 0, memory_order_relaxed);
	hand_over(&recorder->state, LC_RECORDER_WANTED);
}

static void put(struct lc_recorder *recorder, const int16_t *frames, int n)
{
	static const int16_t silence[2 * LC_TICK_SAMPLES_MAX];
	recorder->frames_taken += (uint64_t)n;
	while (recorder->debt) {
		uint32_t part = recorder->debt < LC_TICK_SAMPLES_MAX ? recorder->debt : LC_TICK_SAMPLES_MAX;
		if (lc_fifo_room(&recorder->fifo) < 2 * part)
			break;
		lc_fifo_put(&recorder->fifo, silence, 2 * part);
		recorder->debt -= part;
	}
	if (recorder->debt || lc_fifo_room(&recorder->fifo) < 2 * (uint32_t)n) {
		recorder->debt += (uint32_t)n;
		atomic_fetch_add_explicit(&recorder->lost, (uint64_t)n, memory_order_relaxed);
		return;
	}
	lc_fifo_put(&recorder->fifo, frames, 2 * (uint32_t)n);
}

/* Keeps the newest BEFORE_FRAMES; what is older is left out for good. */
static void hold_back(struct lc_recorder *recorder, const int16_t *frames, int n)
{
	int16_t oldest[2 * LC_TICK_SAMPLES_MAX];
	int over = (int)(lc_fifo_fill(&recorder->before) / 2) + n - BEFORE_FRAMES;
	if (over > 0) {
		lc_fifo_take(&recorder->before, oldest, 2 * (uint32_t)over);
		recorder->left_out += (uint64_t)over;
	}
	lc_fifo_put(&recorder->before, frames, 2 * (uint32_t)n);
}

void lc_recorder_put(struct lc_recorder *recorder, const int16_t *left, const int16_t *right, int n)
{
	int16_t frames[2 * LC_TICK_SAMPLES_MAX] = {0};
	for (int i = 0; i < n && !(recorder->how & LC_RECORD_SILENT); i++) {
		frames[2 * i] = left[i];
		frames[2 * i + 1] = right[i];
	}
	if (recorder->how & LC_RECORD_STILL)
		hold_back(recorder, frames, n);
	else
		put(recorder, frames, n);
}

uint64_t lc_recorder_gap(const struct lc_recorder *recorder, bool all)
{
	return recorder->left_out + (all ? lc_fifo_fill(&recorder->before) / 2 : 0);
}

void lc_recorder_how(struct lc_recorder *recorder, unsigned how)
{
	int16_t frames[2 * LC_TICK_SAMPLES_MAX];
	recorder->how = how;
	if (how & LC_RECORD_STILL)
		return;
	recorder->left_out = 0;
	for (uint32_t n; (n = lc_fifo_fill(&recorder->before) / 2) > 0;) {
		if (n > LC_TICK_SAMPLES_MAX)
			n = LC_TICK_SAMPLES_MAX;
		lc_fifo_take(&recorder->before, frames, 2 * n);
		put(recorder, frames, (int)n);
	}
}

void lc_recorder_stop(struct lc_recorder *recorder)
{
	hand_over(&recorder->state, LC_RECORDER_STOPPING);
}

static void note_error(struct lc_recorder *recorder, int error)
{
	int none = 0;
	atomic_compare_exchange_strong(&recorder->error, &none, error);
	atomic_fetch_add_explicit(&recorder->errors, 1, memory_order_relaxed);
}

/* Without a file (not yet creatable) the position moves on, so that time is kept once it can be made. */
static void append(struct lc_recorder *recorder, const int16_t *frames, int n)
{
	int result;
	if (recorder->wav.fd >= 0) {
		result = lc_wav_append(&recorder->wav, frames, n);
	} else {
		int64_t at = recorder->wav.frames;
		result = lc_wav_create(&recorder->wav, recorder->path);
		recorder->wav.frames = at;
		if (!result)
			result = lc_wav_append(&recorder->wav, frames, n);
		else
			recorder->wav.frames += n;
	}
	if (result) {
		note_error(recorder, result);
		atomic_fetch_add_explicit(&recorder->lost, (uint64_t)n, memory_order_relaxed);
	}
}

static int empty(struct lc_recorder *recorder, int run)
{
	int16_t frames[2 * RUN];
	int moved = 0;
	for (;;) {
		int n = (int)(lc_fifo_fill(&recorder->fifo) / 2);
		if (n > RUN)
			n = RUN;
		if (n == 0 || n < run)
			return moved;
		lc_fifo_take(&recorder->fifo, frames, 2 * (uint32_t)n);
		append(recorder, frames, n);
		moved += n;
		recorder->unsynced += n;
	}
}

static void create(struct lc_recorder *recorder)
{
	int result = lc_wav_create(&recorder->wav, recorder->path);
	if (result)
		note_error(recorder, result);
	uint32_t wanted = LC_RECORDER_WANTED; /* the tick may have stopped it already: then it is closed next time */
	/* A name that is taken belongs to another recording: never write into it. */
	uint32_t next = result == -EEXIST ? LC_RECORDER_CLOSED : LC_RECORDER_OPEN;
	atomic_compare_exchange_strong(&recorder->state, &wanted, next);
}

static void finish(struct lc_recorder *recorder, int64_t sync)
{
	empty(recorder, 1);
	if (sync && recorder->wav.fd >= 0) {
		int result = lc_wav_sync(&recorder->wav);
		if (result)
			note_error(recorder, result);
	}
	int result = lc_wav_finish(&recorder->wav);
	if (result)
		note_error(recorder, result);
	hand_over(&recorder->state, LC_RECORDER_CLOSED);
}

int lc_recorder_io(struct lc_recorder *recorder, int run, int64_t sync)
{
	int moved = 0;
	switch (state_of(&recorder->state)) {
	case LC_RECORDER_WANTED:
		create(recorder);
		break;
	case LC_RECORDER_OPEN:
		moved = empty(recorder, run);
		break;
	case LC_RECORDER_STOPPING:
		finish(recorder, sync);
		break;
	default:
		break;
	}
	return moved;
}

static bool unsynced(const struct lc_recorder *recorder, int64_t frames)
{
	return state_of(&recorder->state) == LC_RECORDER_OPEN && recorder->wav.fd >= 0 && recorder->unsynced >= frames;
}

void lc_recorders_sync(struct lc_recorder *recorder, int n, int64_t sync)
{
	bool due = false;
	for (int i = 0; i < n && sync; i++)
		due |= unsynced(&recorder[i], sync);
	if (!due)
		return;
	/* All are on their way before the first is waited for: the file system's journal is then written once for all,
	 * where one after the other would wait for a journal of its own, and the last as long as all together. */
	for (int i = 0; i < n; i++)
		if (unsynced(&recorder[i], 1))
			lc_wav_send(&recorder[i].wav);
	for (int i = 0; i < n; i++) {
		if (!unsynced(&recorder[i], 1))
			continue;
		int result = lc_wav_sync(&recorder[i].wav);
		if (result)
			note_error(&recorder[i], result);
		recorder[i].unsynced = 0;
	}
}
