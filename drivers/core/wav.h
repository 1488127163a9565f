/* wav.h — the two kinds of WAV file the core touches: prompts it reads, recordings it writes.
 *
 * RIFF/WAVE, PCM, 16-bit, 8 kHz (Multimedia Programming Interface and Data Specifications 1.0, 1991). Used by
 * the I/O side only. Prompts are mono; a recording has two channels, one party on each.
 */
#ifndef CALLBOX_WAV_H
#define CALLBOX_WAV_H

#include <stdint.h>

enum { LC_WAV_HEADER = 44 }; /* bytes of the header we write */

struct lc_wav_reader {
	int fd;                 /* -1: closed */
	int64_t begin, samples; /* first byte of the data; whole samples that are really in the file */
	int64_t at;             /* samples read so far */
};

/* -EMEDIUMTYPE: not PCM 16-bit mono 8 kHz; -EBADMSG: not a WAV or damaged; or open(2)'s errno. A data chunk
 * longer than the file (recording cut by a power failure) is read as far as it goes. */
int lc_wav_open(struct lc_wav_reader *wav, const char *path);
/* Samples read, 0 at the end, negative errno. */
int lc_wav_read(struct lc_wav_reader *wav, int16_t *samples, int most);
void lc_wav_seek(struct lc_wav_reader *wav, int64_t sample); /* past the end: at the end */
void lc_wav_close(struct lc_wav_reader *wav);

struct lc_wav_writer {
	int fd;         /* -1: closed */
	int64_t frames; /* position of the next frame; what could not be written before it reads as silence */
	int64_t valid;  /* frames that the header on disk tells of */
};

/* Creates the file with a valid header of length 0. -EEXIST and open(2)'s errno. */
int lc_wav_create(struct lc_wav_writer *wav, const char *path);
/* Appends stereo frames, then corrects the header, so the file is valid between any two calls. On error the
 * position moves on all the same: time is kept, the lost stretch stays silent. */
int lc_wav_append(struct lc_wav_writer *wav, const int16_t *frames, int n);
/* What was appended is on its way to the disk: the beginning of a sync that is not waited for. */
void lc_wav_send(struct lc_wav_writer *wav);
int lc_wav_sync(struct lc_wav_writer *wav);
int lc_wav_finish(struct lc_wav_writer *wav); /* closes, also after an error */

#endif
