/* Any bytes as a WAV: opened or refused, and read to an end that comes. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct lc_wav_reader wav;
	int16_t samples[500];
	char path[40];
	int fd = memfd_create("wav", 0), n;
	int64_t read = 0;
	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (lc_wav_open(&wav, path) == 0) {
		while ((n = lc_wav_read(&wav, samples, 500)) > 0)
			read += n;
		if (n < 0 || read != wav.samples || read > (int64_t)bytes / 2)
			abort();
		lc_wav_seek(&wav, read / 2);
		if (lc_wav_read(&wav, samples, 1) != (read ? 1 : 0))
			abort();
		lc_wav_close(&wav);
	}
	close(fd);
	return 0;
}
