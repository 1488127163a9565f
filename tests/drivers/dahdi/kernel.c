#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FD = 1000, RX_INITIAL = 4 };

static const int64_t SECOND = 1000000000; /* ns */

struct kernel kernel;
static int specified[KERNEL_CHANNELS * 4];
static int opened;

void kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
	memset(specified, 0, sizeof(specified));
	opened = 0;
	kernel.poll_answer = 1;
	for (int i = 1; i <= KERNEL_CHANNELS; i++) {
		struct kernel_channel *channel = &kernel.channel[i];
		channel->exists = true;
		channel->linear = -1;
		channel->params.curlaw = DAHDI_LAW_MULAW;
		channel->signalling = i <= 4 ? DAHDI_SIG_FXSKS : DAHDI_SIG_FXOKS;
		channel->params.rxhooksig = RX_INITIAL;
		channel->params.rxflashtime = 1250;
		channel->params.debouncetime = 600;
	}
}

void kernel_event(int channel, int event)
{
	kernel.channel[channel].event[kernel.channel[channel].events++] = event;
}

void kernel_block(int channel, uint8_t code)
{
	struct kernel_channel *one = &kernel.channel[channel];

	if (one->blocks < KERNEL_BLOCKS) /* as the driver: what nobody reads is lost */
		one->block[one->blocks++] = code;
}

int kernel_last_order(int channel)
{
	struct kernel_channel *one = &kernel.channel[channel];
	int last = one->orders ? one->order[one->orders - 1] : -1;

	one->orders = 0;
	return last;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

static struct kernel_channel *channel_of(int fd)
{
	return &kernel.channel[specified[fd - FD]];
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	if (strncmp(path, "/dev/dahdi/", 11) != 0)
		return __real_open(path, flags);
	if (kernel.absent || kernel.denied)
		return fail(kernel.absent ? ENOENT : EACCES);
	specified[opened] = 0;
	return FD + opened++;
}

int __real_close(int fd);
int __wrap_close(int fd)
{
	if (fd < FD)
		return __real_close(fd);
	channel_of(fd)->open = false;
	return 0;
}

static int specify(int fd, int number)
{
	if (number > KERNEL_CHANNELS || !kernel.channel[number].exists)
		return fail(EINVAL);
	kernel.channel[number].tries++;
	if (kernel.channel[number].forgotten)
		return fail(ENXIO);
	if (kernel.channel[number].busy || kernel.channel[number].open)
		return fail(EBUSY);
	specified[fd - FD] = number;
	kernel.channel[number].open = true;
	return 0;
}

static int take_event(struct kernel_channel *channel)
{
	int first = channel->events ? channel->event[0] : DAHDI_EVENT_NONE;

	if (channel->removed)
		return DAHDI_EVENT_REMOVED;
	if (channel->events)
		memmove(channel->event, channel->event + 1, sizeof(int) * (size_t)--channel->events);
	return first;
}

static int flush(struct kernel_channel *channel, int what)
{
	channel->flushes++;
	if (what & DAHDI_FLUSH_READ)
		channel->blocks = 0;
	if (what & DAHDI_FLUSH_WRITE)
		channel->written = 0;
	if (what & DAHDI_FLUSH_EVENT)
		channel->events = 0;
	channel->full = false;
	return 0;
}

static int order(struct kernel_channel *channel, int what)
{
	int answer = channel->hook_answer;

	channel->order[channel->orders++ % KERNEL_ORDERS] = what;
	channel->hook_answer = 0;
	if (answer)
		return fail(answer);
	return what == DAHDI_RING ? fail(EINPROGRESS) : 0;
}

/* What is asked of /dev/dahdi/ctl, of a channel by its number. */
static int control(unsigned long request, void *argument)
{
	struct dahdi_params *params = argument;
	const struct dahdi_chanconfig *config = argument;
	const struct dahdi_attach_echocan *canceller = argument;
	struct kernel_channel *channel = &kernel.channel[*(int *)argument];

	if (channel->removed || !channel->exists)
		return fail(EINVAL);
	switch (request) {
	case DAHDI_GET_PARAMS:
		params->sigtype = channel->forgotten ? 0 : channel->signalling;
		return 0;
	case DAHDI_CHANCONFIG:
		channel->signalling = config->sigtype;
		channel->forgotten = false;
		return 0;
	case DAHDI_ATTACH_ECHOCAN:
		memcpy(channel->canceller, canceller->echocan, sizeof(channel->canceller));
		return 0;
	default:
		return fail(EINVAL);
	}
}

static int set(int *where, int value, bool refused, int error)
{
	if (refused)
		return fail(error);
	*where = value;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct kernel_channel *channel = channel_of(fd);
	va_list list;
	va_start(list, request);
	void *argument = va_arg(list, void *);
	int value = request == DAHDI_GETEVENT ? 0 : *(int *)argument;
	va_end(list);

	if (!specified[fd - FD] && request != DAHDI_SPECIFY)
		return control(request, argument);
	kernel.calls++;
	if (channel->removed && request != DAHDI_GETEVENT)
		return fail(ENODEV);
	switch (request) {
	case DAHDI_SPECIFY:
		return specify(fd, value);
	case DAHDI_GET_PARAMS:
		channel->params.sigtype = channel->signalling;
		memcpy(argument, &channel->params, sizeof(channel->params));
		return 0;
	case DAHDI_SET_PARAMS:
		memcpy(&channel->params, argument, sizeof(channel->params));
		return 0;
	case DAHDI_SETTONEZONE:
		return channel->no_zone ? fail(ENODATA) : 0;
	case DAHDI_SETCADENCE:
		memcpy(&channel->cadence, argument, sizeof(channel->cadence));
		return 0;
	case DAHDI_SETLINEAR:
		return set(&channel->linear, value, false, 0);
	case DAHDI_SET_BUFINFO:
		memcpy(&channel->buffers, argument, sizeof(channel->buffers));
		return 0;
	case DAHDI_BUFFER_EVENTS:
		return set(&channel->buffer_events, value, false, 0);
	case DAHDI_ECHOCANCEL:
		return set(&channel->echo, value, false, 0);
	case DAHDI_ECHOCANCEL_FAX_MODE:
		return channel->no_echo ? fail(EINVAL) : 0;
	case DAHDI_ECHOTRAIN:
		return set(&channel->trained, value, !channel->echo, EINVAL);
	case DAHDI_SET_HWGAIN:
		return set(&channel->amplifier[((struct dahdi_hwgain *)argument)->tx], value, channel->no_amplifier, ENOTTY);
	case DAHDI_SETGAINS:
		memcpy(&channel->gains, argument, sizeof(channel->gains));
		return 0;
	case DAHDI_SETPOLARITY:
		return set(&channel->polarity, value, channel->no_polarity, ENOTTY);
	case DAHDI_ONHOOKTRANSFER:
		return set(&channel->transfers, channel->transfers + 1, channel->no_transfer, ENOTTY);
	case DAHDI_VMWI_CONFIG:
		return set(&channel->lamp_kind, value, channel->no_lamp, ENOTTY);
	case DAHDI_VMWI:
		return set(&channel->messages, value, channel->no_lamp, ENOTTY);
	case DAHDI_FLUSH:
		return flush(channel, value);
	case DAHDI_GETEVENT:
		*(int *)argument = take_event(channel);
		return 0;
	case DAHDI_HOOK:
		return order(channel, value);
	default:
		return fail(EINVAL);
	}
}

ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size)
{
	if (fd < FD)
		return __real_read(fd, to, size);
	struct kernel_channel *channel = channel_of(fd);
	kernel.calls++;
	if (channel->removed)
		return fail(ENODEV);
	if (channel->events)
		return fail(ELAST);
	if (!channel->blocks)
		return fail(EAGAIN);
	memset(to, channel->block[0], size);
	memmove(channel->block, channel->block + 1, (size_t)--channel->blocks);
	return (ssize_t)size;
}

ssize_t __real_write(int fd, const void *from, size_t size);
ssize_t __wrap_write(int fd, const void *from, size_t size)
{
	if (fd < FD)
		return __real_write(fd, from, size);
	struct kernel_channel *channel = channel_of(fd);
	kernel.calls++;
	if (channel->removed)
		return fail(ENODEV);
	if (channel->events)
		return fail(ELAST);
	if (channel->full)
		return fail(EAGAIN);
	channel->wrote[channel->written++ % 64] = (int)size;
	channel->last_code = *(const uint8_t *)from;
	return (ssize_t)size;
}

int __wrap_poll(struct pollfd *polled, nfds_t n, int timeout)
{
	(void)n;
	kernel.polls++;
	if (kernel.block_ns) {
		if (kernel.now_ns < kernel.block_ns && timeout == 0)
			return 0;
		if (kernel.now_ns < kernel.block_ns) {
			kernel.woken++;
			kernel.now_ns = kernel.block_ns;
		}
		kernel.block_ns += kernel.block_every_ns;
	}
	polled->revents = kernel.poll_answer > 0 ? POLLIN : kernel.poll_answer < 0 ? POLLERR : 0;
	return kernel.poll_answer != 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = kernel.now_ns / SECOND;
	now->tv_nsec = kernel.now_ns % SECOND;
	return 0;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *until, struct timespec *left)
{
	int64_t ns = until->tv_sec * SECOND + until->tv_nsec;

	(void)clock, (void)flags, (void)left;
	kernel.sleeps++;
	if (ns > kernel.now_ns)
		kernel.now_ns = ns;
	return 0;
}
