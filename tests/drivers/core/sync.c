/* Recordings that run together reach the disk together: all are under way before one is waited for. Linked with
 * --wrap, so that what the file side asks of the system is counted. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/stream.h"

enum { RECORDERS = 4, BLOCK = 80, SYNC = 2400, RUN_FRAMES = 1000 };

static char asked[64];
static struct lc_recorder recorder[RECORDERS];

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_sync_file_range(int fd, long offset, long bytes, unsigned flags);

int __wrap_fdatasync(int fd)
{
	strcat(asked, "s");
	return __real_fdatasync(fd);
}

int __wrap_sync_file_range(int fd, long offset, long bytes, unsigned flags)
{
	(void)fd;
	assert(offset == 0 && bytes == 0 && flags != 0);
	strcat(asked, "w");
	return 0;
}

static void visit(void)
{
	for (int i = 0; i < RECORDERS; i++)
		lc_recorder_io(&recorder[i], RUN_FRAMES, SYNC);
	lc_recorders_sync(recorder, RECORDERS, SYNC);
}

/* So many blocks heard by each recorder from `first` on, the file side coming by after each. */
static void hear(int first, int blocks)
{
	int16_t sound[BLOCK] = {1, 2, 3};
	for (int block = 0; block < blocks; block++) {
		for (int i = first; i < RECORDERS; i++)
			lc_recorder_put(&recorder[i], sound, sound, BLOCK);
		visit();
	}
}

int main(void)
{
	char path[LC_COMMAND_TEXT] = "0.wav";
	for (int i = 0; i < RECORDERS; i++, path[0]++) {
		assert(!lc_recorder_init(&recorder[i]));
		unlink(path);
		lc_recorder_start(&recorder[i], path, 1);
	}
	visit();
	hear(0, 25);
	assert(!strcmp(asked, "")); /* one run of 1,040 frames each: not yet due */
	hear(2, 14);
	/* Two are due with their third run, and take the others along, which were written but not synced. */
	assert(!strcmp(asked, "wwwwssss"));
	hear(2, 38);
	assert(!strcmp(asked, "wwwwssss")); /* nothing is asked for what has nothing new */
	hear(2, 1);
	assert(!strcmp(asked, "wwwwsssswwss"));
	asked[0] = 0;
	for (int i = 0; i < RECORDERS; i++)
		lc_recorder_stop(&recorder[i]);
	visit();
	assert(!strcmp(asked, "ssss")); /* at their ends */
	for (int i = 0; i < RECORDERS; i++)
		lc_recorder_destroy(&recorder[i]);
	printf("sync: ok\n");
	return 0;
}
