/* compat.c: lets the portable program start where the C library is older than the one that it
 * is linked with.
 *
 * - These functions came with glibc 2.25 to 2.29, or got another name there: Debian's static
 *   SQLite asks for fcntl64 and log, and our own code for the others. The linker sends them
 * here
 *   (--wrap), and from here they go to what glibc 2.17 has.
 * - x86-64 only. Elsewhere the linker finds them where it always does.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifdef __x86_64__

int __wrap_fcntl64(int fd, int command, ...);
double __wrap_log(double x);
double old_log(double x);
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags);
void __wrap_explicit_bzero(void *bytes, size_t len);
void __wrap___explicit_bzero_chk(void *bytes, size_t len, size_t cap);

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

/* Linux has it since 3.17; -1 and ENOSYS before. */
ssize_t __wrap_getrandom(void *bytes, size_t len, unsigned flags)
{
	return syscall(SYS_getrandom, bytes, len, flags);
}

void __wrap_explicit_bzero(void *bytes, size_t len)
{
	memset(bytes, 0, len);
	__asm__ volatile("" : : "r"(bytes) : "memory"); /* so that it is not left out */
}

/* What _FORTIFY_SOURCE makes of it; what is too long the compiler has refused. */
void __wrap___explicit_bzero_chk(void *bytes, size_t len, size_t cap)
{
	__wrap_explicit_bzero(bytes, len < cap ? len : cap);
}

#endif
