/* errlog.c: one line to standard error, which every web server keeps as its error log.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/errlog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void tr_errlog(const char *format, ...)
{
	char line[1024] = "tailrow: ";
	size_t len = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + len, 1000 - len, format, args);
	va_end(args);
	for (len = 0; line[len]; len++)
		if ((unsigned char)line[len] < 0x20 || line[len] == 0x7f)
			line[len] = '?';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* there is nowhere left to say so */
}
