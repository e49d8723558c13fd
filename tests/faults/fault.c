/* fault.c: counts the calls of a family, and says which is the one that fails.
 *
 * - Counts in the program under test alone: a command that `tailrow run` starts is left alone.
 * - A call fails only in a way that it can: a file cannot be interrupted, a pipe not be full.
 *
 * SPDX-License-Identifier: MIT
 */
#include "fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

#define PROGRAM_BYTES (16 * 1024 * 1024) /* more than it has */

static uintptr_t program_base;
static struct plan *plan; /* NULL: nothing fails in this process */
static int depth;
__thread int fault_inside __attribute__((tls_model("initial-exec")));

/* What a sanitizer does at the end is none of the program's doing. */
static void leave(void)
{
	plan = NULL;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULT_PLAN");
	Dl_info program;
	int fd;

	if (!path || strncmp(program_invocation_short_name, "tailrow", 7) != 0)
		return;
	if (!dladdr((void *)getauxval(AT_ENTRY), &program))
		return;
	program_base = (uintptr_t)program.dli_fbase;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	plan = (void *)syscall(
	    SYS_mmap, NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	if (plan == MAP_FAILED)
		plan = NULL;
	atexit(leave);
}

struct trace {
	int skip;
	size_t len;
};

/* Writes one frame; backtrace() would load a library, and so allocate. */
static _Unwind_Reason_Code write_frame(struct _Unwind_Context *context, void *arg)
{
	struct trace *trace = arg;
	size_t room = sizeof(plan->trace) - trace->len;
	void *at = (void *)(_Unwind_GetIP(context) - 1);
	Dl_info info;

	if (trace->skip-- > 0 || !dladdr(at, &info))
		return _URC_NO_REASON;
	if (room < sizeof(info.dli_fname) + 256)
		return _URC_END_OF_STACK;
	trace->len += (size_t)snprintf(plan->trace + trace->len, room, "%.200s+0x%tx\n",
	    info.dli_fname, (char *)at - (char *)info.dli_fbase);
	return _URC_NO_REASON;
}

static void note(const char *call, int fd)
{
	struct trace trace = {.skip = 3};

	snprintf(plan->call, sizeof(plan->call), "%s", call);
	plan->fd = fd;
	plan->struck_depth = depth;
	_Unwind_Backtrace(write_frame, &trace);
}

/* Adds a frame of the program itself to the number. */
static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *arg)
{
	uintptr_t at = _Unwind_GetIP(context) - program_base;
	uint64_t *path = arg;

	if (at < PROGRAM_BYTES)
		*path = (*path ^ at) * UINT64_C(0x100000001b3);
	return _URC_NO_REASON;
}

/* Enters a call where none is to fail. */
static void enter(uint32_t number, enum family family, uint32_t traits)
{
	struct plan_call *call = &plan->calls[number - 1];

	if (number > PLAN_CALLS)
		return;
	call->family = family;
	call->traits = traits;
	_Unwind_Backtrace(add_frame, &call->path);
}

/* Whether this call, if it can fail as planned, is the one that does; then errno is set. */
static int strikes_one(enum family family, const char *call, int fd, uint32_t traits)
{
	uint32_t number = atomic_fetch_add(&plan->count, 1) + 1;

	if (!plan->at) {
		enter(number, family, traits);
		return 0;
	}
	if (plan->lasts ? number < plan->at : number != plan->at)
		return 0;
	if (!atomic_exchange(&plan->struck, 1))
		note(call, fd);
	return 1;
}

/* The same for whatever call. */
static int strikes_with(enum family family, const char *call, int fd, uint32_t traits)
{
	int struck;

	if (!atomic_load_explicit(&plan->armed, memory_order_relaxed) ||
	    (plan->at && plan->family != family) || (plan->depth >= 0 && plan->depth != depth))
		return 0;
	fault_inside++;
	struck = strikes_one(family, call, fd, traits);
	fault_inside--;
	if (struck)
		errno = plan->error;
	return struck;
}

int fault_strikes(enum family family, const char *call, int fd)
{
	return plan && !fault_inside && strikes_with(family, call, fd, 0);
}

static uint32_t traits_of(int fd, size_t len)
{
	long flags = syscall(SYS_fcntl, fd, F_GETFL);
	struct stat st;

	return TRAIT_MOVES | (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? TRAIT_FILE : 0) |
	       (flags >= 0 && (flags & O_NONBLOCK) ? TRAIT_NONBLOCK : 0) |
	       (len > 1 ? TRAIT_MANY : 0);
}

/* Whether moving bytes can fail so. fault.py knows these rules, too. */
static int can(int error, uint32_t traits)
{
	switch (error) {
	case 0:
		return (traits & TRAIT_MANY) != 0;
	case ENOSPC:
		return (traits & TRAIT_FILE) != 0;
	case EPIPE:
	case EINTR:
		return !(traits & TRAIT_FILE);
	case EAGAIN:
		return (traits & TRAIT_NONBLOCK) != 0;
	default:
		return 1;
	}
}

int fault_strikes_move(enum family family, const char *call, int fd, size_t len)
{
	int saved = errno;
	uint32_t traits;

	if (!plan || fault_inside)
		return 0;
	fault_inside++;
	traits = traits_of(fd, len);
	fault_inside--;
	errno = saved;
	return (!plan->at || can(plan->error, traits)) &&
	       strikes_with(family, call, fd, traits);
}

int fault_error(void)
{
	return plan->error;
}

void fault_forked(void)
{
	depth++;
}

int fault_leave(void)
{
	leave();
	return depth;
}
