/* media.c — real time: the media thread ticks, the I/O thread serves its files.
 *
 * The clock is asked here, between ticks, never inside one. Nobody waits for Python: news is told by eventfd.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "core/core.h"

enum {
	CORES_MOST = 8,
	PRIORITY = 50,      /* above Python, below the kernel's own interrupt threads */
	FILE_INTERVAL = 20, /* ms between visits of the file side, without being asked */
	STACK_BYTES = 256 * 1024,
};

struct lc_media {
	int cores;
	struct lc_core *core[CORES_MOST];
	_Atomic bool ending;
	sem_t file_work;
	pthread_t media, files;
};

static uint64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool tick_all(struct lc_media *media)
{
	bool file_work = false;
	for (int i = 0; i < media->cores; i++) {
		struct lc_core *core = media->core[i];
		uint64_t before = now_us();
		lc_tick(core);
		uint64_t after = now_us();
		LC_HIGHEST(core, tick_us_max, after - before);
		lc_core_tell(core, after);
		file_work |= atomic_load_explicit(&core->file_work, memory_order_relaxed);
	}
	return file_work;
}

static void *run_media(void *context)
{
	struct lc_media *media = context;
	struct lc_core *first = media->core[0];
	while (!atomic_load_explicit(&media->ending, memory_order_relaxed)) {
		int missed = first->card->ops->wait(first->card);
		if (missed > 0)
			LC_COUNT(first, ticks_missed, missed);
		else if (missed < 0)
			LC_COUNT(first, card_errors, 1);
		if (tick_all(media))
			sem_post(&media->file_work);
	}
	return NULL;
}

static void *run_files(void *context)
{
	struct lc_media *media = context;
	while (!atomic_load_explicit(&media->ending, memory_order_relaxed)) {
		struct timespec until;
		for (int i = 0; i < media->cores; i++)
			lc_io(media->core[i]);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += FILE_INTERVAL * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		sem_timedwait(&media->file_work, &until);
		while (!sem_trywait(&media->file_work))
			;
	}
	return NULL;
}

/* A FIFO thread where permitted, an ordinary one where not. */
static int start_thread(pthread_t *thread, void *(*run)(void *), void *context, bool fifo)
{
	pthread_attr_t attr;
	struct sched_param param = {.sched_priority = PRIORITY};
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	if (fifo) {
		pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
		pthread_attr_setschedparam(&attr, &param);
	}
	int result = pthread_create(thread, &attr, run, context);
	pthread_attr_destroy(&attr);
	return result;
}

struct lc_media *lc_media_start(struct lc_core *const *cores, int n, int *result)
{
	struct lc_media *media = n >= 1 && n <= CORES_MOST && cores[0]->card->ops->wait ? calloc(1, sizeof(*media)) : NULL;
	*result = media ? 0 : -EINVAL;
	if (!media)
		return NULL;
	media->cores = n;
	memcpy(media->core, cores, sizeof(cores[0]) * (size_t)n);
	sem_init(&media->file_work, 0, 0);
	/* On fault: what is touched stays; reserving every thread's whole stack would waste the memory. */
	bool locked = !mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
	bool fifo = true;
	int error = start_thread(&media->files, run_files, media, false);
	if (!error) {
		error = start_thread(&media->media, run_media, media, true);
		if (error == EPERM) {
			fifo = false;
			error = start_thread(&media->media, run_media, media, false);
		}
		if (error) {
			atomic_store(&media->ending, true);
			pthread_join(media->files, NULL);
		}
	}
	if (error) {
		sem_destroy(&media->file_work);
		free(media);
		*result = -error;
		return NULL;
	}
	*result = (fifo ? 1 : 0) | (locked ? 2 : 0);
	return media;
}

void lc_media_stop(struct lc_media *media)
{
	if (!media)
		return;
	atomic_store(&media->ending, true);
	pthread_join(media->media, NULL);
	sem_post(&media->file_work);
	pthread_join(media->files, NULL);
	munlockall();
	sem_destroy(&media->file_work);
	free(media);
}
