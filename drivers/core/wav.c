#define _GNU_SOURCE /* sync_file_range */
#include "core/wav.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linecard.h"

enum { CHUNKS_MOST = 64 }; /* more chunks before the data than any real file has */

static uint32_t get32(const unsigned char *bytes)
{
	uint32_t value;
	memcpy(&value, bytes, sizeof(value));
	return le32toh(value);
}

static uint16_t get16(const unsigned char *bytes)
{
	uint16_t value;
	memcpy(&value, bytes, sizeof(value));
	return le16toh(value);
}

static void put32(unsigned char *bytes, uint32_t value)
{
	value = htole32(value);
	memcpy(bytes, &value, sizeof(value));
}

static void put16(unsigned char *bytes, uint16_t value)
{
	value = htole16(value);
	memcpy(bytes, &value, sizeof(value));
}

static int read_at(int fd, void *to, size_t bytes, int64_t at)
{
	ssize_t got = pread(fd, to, bytes, at);
	if (got < 0)
		return -errno;
	return (size_t)got == bytes ? 0 : -EBADMSG;
}

static int check_format(int fd, int64_t at, uint32_t bytes)
{
	unsigned char fmt[16];
	int result = bytes < sizeof(fmt) ? -EBADMSG : read_at(fd, fmt, sizeof(fmt), at);
	if (result)
		return result;
	bool ours = get16(fmt) == 1 && get16(fmt + 2) == 1 && get32(fmt + 4) == LC_RATE && get16(fmt + 14) == 16;
	return ours ? 0 : -EMEDIUMTYPE;
}

/* Walks the chunks up to "data"; "fmt " must have come before. */
static int find_data(struct lc_wav_reader *wav, int64_t file_bytes)
{
	bool known = false;
	int64_t at = 12;
	for (int chunk = 0; chunk < CHUNKS_MOST; chunk++) {
		unsigned char head[8];
		int result = read_at(wav->fd, head, sizeof(head), at);
		if (result)
			return result;
		int64_t bytes = get32(head + 4);
		at += sizeof(head);
		if (!memcmp(head, "fmt ", 4)) {
			result = check_format(wav->fd, at, (uint32_t)bytes);
			if (result)
				return result;
			known = true;
		} else if (!memcmp(head, "data", 4)) {
			if (!known)
				return -EBADMSG;
			int64_t there = file_bytes - at;
			wav->begin = at;
			wav->samples = (bytes < there ? bytes : there) / 2;
			return 0;
		}
		at += bytes + (bytes & 1);
	}
	return -EBADMSG;
}

int lc_wav_open(struct lc_wav_reader *wav, const char *path)
{
	unsigned char head[12];
	struct stat stat;
	memset(wav, 0, sizeof(*wav));
	wav->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (wav->fd < 0)
		return -errno;
	int result = fstat(wav->fd, &stat) ? -errno : read_at(wav->fd, head, sizeof(head), 0);
	if (!result && (memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)))
		result = -EBADMSG;
	if (!result)
		result = find_data(wav, stat.st_size);
	if (result)
		lc_wav_close(wav);
	return result;
}

int lc_wav_read(struct lc_wav_reader *wav, int16_t *samples, int most)
{
	int64_t left = wav->samples - wav->at;
	if (most > left)
		most = (int)left;
	if (most <= 0)
		return 0;
	ssize_t got = pread(wav->fd, samples, (size_t)most * 2, wav->begin + wav->at * 2);
	if (got < 0)
		return -errno;
	int n = (int)(got / 2);
	for (int i = 0; i < n; i++)
		samples[i] = (int16_t)le16toh((uint16_t)samples[i]);
	wav->at += n;
	return n;
}

void lc_wav_seek(struct lc_wav_reader *wav, int64_t sample)
{
	wav->at = sample < wav->samples ? sample : wav->samples;
}

void lc_wav_close(struct lc_wav_reader *wav)
{
	if (wav->fd >= 0)
		close(wav->fd);
	wav->fd = -1;
}

static int write_header(struct lc_wav_writer *wav)
{
	enum { CHANNELS = 2, FRAME = CHANNELS * 2 };
	unsigned char head[LC_WAV_HEADER];
	uint32_t bytes = (uint32_t)(wav->frames * FRAME);
	memcpy(head, "RIFF", 4);
	put32(head + 4, LC_WAV_HEADER - 8 + bytes);
	memcpy(head + 8, "WAVEfmt ", 8);
	put32(head + 16, 16);
	put16(head + 20, 1);
	put16(head + 22, CHANNELS);
	put32(head + 24, LC_RATE);
	put32(head + 28, LC_RATE * FRAME);
	put16(head + 32, FRAME);
	put16(head + 34, 16);
	memcpy(head + 36, "data", 4);
	put32(head + 40, bytes);
	ssize_t put = pwrite(wav->fd, head, sizeof(head), 0);
	if (put < 0)
		return -errno;
	if (put != (ssize_t)sizeof(head))
		return -ENOSPC;
	wav->valid = wav->frames;
	return 0;
}

int lc_wav_create(struct lc_wav_writer *wav, const char *path)
{
	memset(wav, 0, sizeof(*wav));
	wav->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (wav->fd < 0)
		return -errno;
	int result = write_header(wav);
	if (result) {
		close(wav->fd);
		unlink(path); /* a recording without a header helps nobody; the next try makes it anew */
		wav->fd = -1;
	}
	return result;
}

int lc_wav_append(struct lc_wav_writer *wav, const int16_t *frames, int n)
{
	int64_t at = LC_WAV_HEADER + wav->frames * 4;
	size_t bytes = (size_t)n * 4;
	wav->frames += n;
	ssize_t put = pwrite(wav->fd, frames, bytes, at);
	if (put < 0)
		return -errno;
	if ((size_t)put != bytes)
		return -ENOSPC;
	return write_header(wav);
}

void lc_wav_send(struct lc_wav_writer *wav)
{
	/* Whether it went well is told by lc_wav_sync, which also does what a file system did not do here. */
	(void)sync_file_range(wav->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

int lc_wav_sync(struct lc_wav_writer *wav)
{
	return fdatasync(wav->fd) ? -errno : 0;
}

int lc_wav_finish(struct lc_wav_writer *wav)
{
	if (wav->fd < 0)
		return 0;
	/* What the header promises must be there: the end may lie in a stretch that was lost. */
	int result = ftruncate(wav->fd, LC_WAV_HEADER + wav->frames * 4) ? -errno : 0;
	if (!result)
		result = write_header(wav);
	if (close(wav->fd) && !result)
		result = -errno;
	wav->fd = -1;
	return result;
}
