/* WAV: what we write is valid at every moment; what we read is checked. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/wav.h"

static unsigned char bytes[1 << 16];

static int slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	int n = (int)read(fd, bytes, sizeof(bytes));
	close(fd);
	return n;
}

static void spit(const char *path, const void *data, int n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(write(fd, data, (size_t)n) == n);
	close(fd);
}

static uint32_t data_bytes(void)
{
	uint32_t value;
	memcpy(&value, bytes + 40, 4);
	return value;
}

static void written_valid_at_every_moment(void)
{
	struct lc_wav_writer wav;
	int16_t frames[200];
	for (int i = 0; i < 200; i++)
		frames[i] = (int16_t)i;
	assert(!lc_wav_create(&wav, "valid.wav"));
	assert(slurp("valid.wav") == 44 && data_bytes() == 0);
	for (int run = 1; run <= 3; run++) {
		assert(!lc_wav_append(&wav, frames, 100));
		assert(slurp("valid.wav") == 44 + run * 400 && data_bytes() == (uint32_t)run * 400);
	}
	assert(!lc_wav_finish(&wav) && !lc_wav_finish(&wav));
	assert(lc_wav_create(&wav, "valid.wav") == -EEXIST && wav.fd == -1);
}

/* A file size limit stands in for a full disk: the write fails the same way, with EFBIG. */
static void failing_writes_keep_the_time(void)
{
	struct lc_wav_writer wav;
	struct rlimit was, small = {1000, RLIM_INFINITY};
	int16_t frames[800] = {7};
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &was);
	small.rlim_max = was.rlim_max;
	assert(!lc_wav_create(&wav, "full.wav"));
	assert(!lc_wav_append(&wav, frames, 200));
	setrlimit(RLIMIT_FSIZE, &small);
	assert(lc_wav_append(&wav, frames, 400) < 0);
	assert(slurp("full.wav") >= 844 && data_bytes() == 800); /* header still tells the truth */
	setrlimit(RLIMIT_FSIZE, &was);
	assert(!lc_wav_append(&wav, frames, 100));
	assert(!lc_wav_finish(&wav));
	assert(slurp("full.wav") == 44 + 700 * 4 && data_bytes() == 2800);
	int16_t first;
	memcpy(&first, bytes + 44 + 600 * 4, 2);
	assert(first == 7); /* the last run lies at its own time */
}

static void header(unsigned char *to, uint16_t format, uint16_t channels, uint32_t rate, uint16_t bits, uint32_t data)
{
	uint32_t riff = 36 + data, sixteen = 16, per_second = rate * channels * bits / 8;
	uint16_t frame = (uint16_t)(channels * bits / 8);
	memcpy(to, "RIFF", 4), memcpy(to + 4, &riff, 4), memcpy(to + 8, "WAVEfmt ", 8);
	memcpy(to + 16, &sixteen, 4), memcpy(to + 20, &format, 2), memcpy(to + 22, &channels, 2);
	memcpy(to + 24, &rate, 4), memcpy(to + 28, &per_second, 4), memcpy(to + 32, &frame, 2), memcpy(to + 34, &bits, 2);
	memcpy(to + 36, "data", 4), memcpy(to + 40, &data, 4);
}

static int opened(int n)
{
	struct lc_wav_reader wav;
	spit("read.wav", bytes, n);
	int result = lc_wav_open(&wav, "read.wav");
	int samples = (int)wav.samples;
	lc_wav_close(&wav);
	return result ? result : samples;
}

static void reads_what_it_should_and_refuses_the_rest(void)
{
	struct lc_wav_reader wav;
	memset(bytes, 1, sizeof(bytes));
	header(bytes, 1, 1, 8000, 16, 1000);
	assert(opened(44 + 1000) == 500);
	assert(opened(44 + 501) == 250); /* cut short: as far as it goes */
	assert(opened(43) == -EBADMSG && opened(20) == -EBADMSG && opened(11) == -EBADMSG && opened(0) == -EBADMSG);
	header(bytes, 1, 2, 8000, 16, 1000);
	assert(opened(1044) == -EMEDIUMTYPE);
	header(bytes, 1, 1, 44100, 16, 1000);
	assert(opened(1044) == -EMEDIUMTYPE);
	header(bytes, 1, 1, 8000, 8, 1000);
	assert(opened(1044) == -EMEDIUMTYPE);
	header(bytes, 3, 1, 8000, 16, 1000);
	assert(opened(1044) == -EMEDIUMTYPE);
	memcpy(bytes, "RIFX", 4);
	assert(opened(1044) == -EBADMSG);
	assert(lc_wav_open(&wav, "nowhere.wav") == -ENOENT && wav.fd == -1);
	/* A chunk that claims more than the file has, before any data. */
	header(bytes, 1, 1, 8000, 16, 1000);
	memcpy(bytes + 36, "LIST\xff\xff\xff\xff", 8);
	assert(opened(1044) == -EBADMSG);
}

int main(void)
{
	written_valid_at_every_moment();
	failing_writes_keep_the_time();
	reads_what_it_should_and_refuses_the_rest();
	puts("wav: ok");
	return 0;
}
