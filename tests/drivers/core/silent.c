/* The tick calls nobody: traced, not read. A thread ticks sixteen ports with everything on, a spy on the card too, while the kernel
 * would kill it for any system call, and while every malloc, free and lock is counted. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static volatile int watching;
static volatile unsigned calls;

/* Linked with -Wl,--wrap for each of these. */
#define WATCH(result, name, arguments, pass)        \
	result __real_##name arguments;             \
	result __wrap_##name arguments;             \
	result __wrap_##name arguments              \
	{                                           \
		calls += (unsigned)(watching != 0); \
		return __real_##name pass;          \
	}
WATCH(void *, malloc, (size_t n), (n))
WATCH(void *, calloc, (size_t n, size_t m), (n, m))
WATCH(void *, realloc, (void *p, size_t n), (p, n))
WATCH(void, free, (void *p), (p))
WATCH(int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
WATCH(int, clock_gettime, (clockid_t id, struct timespec *t), (id, t))

static void forbid_system_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
	assert(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* Everything at once: calls in talk, recording, digits, tones, ringing with caller id, hook changes, refusals. */
static void order(struct world *world, int tick)
{
	int port = tick % WORLD_PORTS;
	int line = port % 8, station = 8 + line, which = tick & 1;
	if (tick % 7 == 0)
		world_post(world, which,
		           (struct lc_command){.kind = LC_CMD_LINK, .source = (uint16_t)line, .sink = (uint16_t)station});
	if (tick % 11 == 0)
		world_post(world, which, (struct lc_command){.kind = LC_CMD_PLAY_DIGITS, .slot = (uint16_t)port, .text = "159D"});
	if (tick % 13 == 0)
		world_post(world, 1,
		           (struct lc_command){
				   .kind = LC_CMD_LINK, .source = (uint16_t)(LC_END_PLAYER | port), .sink = (uint16_t)port});
	if (tick % 31 == 0)
		world_post(world, which,
		           (struct lc_command){.kind = LC_CMD_PLAY_TONE, .slot = (uint16_t)(16 + port), .a = port & 1});
	if (tick % 97 == 0)
		world_post(world, 1,
		           (struct lc_command){.kind = LC_CMD_RING, .slot = (uint16_t)line, .a = 1, .text = "13800138000\0Wang"});
	if (tick % 401 == 0)
		world_post(world, 0, (struct lc_command){.kind = LC_CMD_HOOK, .slot = (uint16_t)line, .a = (tick / 401) & 1});
	if (tick % 53 == 0)
		world_post(world, 0,
		           (struct lc_command){.kind = LC_CMD_RECORD, .slot = (uint16_t)port, .text = "/dev/null/nowhere"});
	if (tick % 59 == 0)
		world_post(world, 0,
		           (struct lc_command){.kind = LC_CMD_PLAY_FILE, .slot = (uint16_t)port, .text = "nowhere.wav"});
	if (tick % 61 == 0)
		world_post(
			world, which,
			(struct lc_command){.kind = (uint16_t)(tick % 25), .slot = (uint16_t)(tick % 40), .a = tick, .b = 100});
}

static int child(struct world *world, int sin)
{
	struct lc_event events[64];
	unsigned heard = 0;
	forbid_system_calls();
	if (sin)
		getppid();
	watching = 1;
	for (int tick = 0; tick < 20000; tick++) {
		order(world, tick);
		for (int end = 0; end < 2; end++) {
			lc_tick(world->core[end]);
			heard += (unsigned)lc_event_take(world->core[end], events, 64);
		}
	}
	watching = 0;
	return calls ? 2 : heard > 10000 ? 0 : 3;
}

static int run(int sin)
{
	struct lc_sim_wire wire = {.companding = LC_ALAW,
	                           .loss_db = 3,
	                           .echo_loss_db = 14,
	                           .far_echo_loss_db = 14,
	                           .noise_dbm0 = -60,
	                           .hum_dbm0 = -60};
	world_trace = sin ? "sinner.lct" : "silent.lct";
	struct world world = world_begin(WORLD_PORTS, wire);
	for (int port = 0; port < WORLD_PORTS; port++)
		for (int end = 0; end < 2; end++)
			world_post(&world, end, (struct lc_command){.kind = LC_CMD_LISTEN, .slot = (uint16_t)port, .a = 15});
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(child(&world, sin));
	assert(waitpid(pid, &status, 0) == pid);
	world_end(&world);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int main(void)
{
	int sinner = run(1), tick = run(0);
	printf("with a system call: %d, the tick: %d\n", sinner, tick);
	assert(sinner < 0); /* the trap works */
	assert(tick == 0);  /* 2: something was allocated, freed, locked or timed; 3: nothing happened */
	puts("silent: ok");
	return 0;
}
