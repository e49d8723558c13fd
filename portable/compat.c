/* compat.c: lets the portable program start where the C library is older than the one that it
 * is linked with.
 *
 * - Debian's static SQLite asks for two functions by names that came with glibc 2.28 and 2.29.
 *   The linker sends them here (--wrap), and from here they go to their older forms.
 * - x86-64 only. Elsewhere the linker finds them where it always does.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdarg.h>

#ifdef __x86_64__

int __wrap_fcntl64(int fd, int command, ...);
double __wrap_log(double x);
double old_log(double x);

__asm__(".symver old_log, log@GLIBC_2.2.5");

/* On x86-64 the two are one: each argument that fcntl() can have is passed as a pointer is. */
int __wrap_fcntl64(int fd, int command, ...)
{
	va_list args;
	void *argument;

	va_start(args, command);
	argument = va_arg(args, void *);
	va_end(args);
	return fcntl(fd, command, argument);
}

/* The newer form differs in that it leaves errno alone. */
double __wrap_log(double x)
{
	return old_log(x);
}

#endif
