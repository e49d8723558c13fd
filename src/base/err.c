/* err.c: writes the sentence that goes with an error value.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum tr_err tr_fail(struct tr_why *why, enum tr_err err, const char *format, ...)
{
	va_list args;

	if (why) {
		va_start(args, format);
		vsnprintf(why->text, sizeof(why->text), format, args);
		va_end(args);
	}
	return err;
}

enum tr_err tr_fail_sys(struct tr_why *why, const char *what, int error)
{
	switch (error) {
	case EMFILE:
		return tr_fail(why, TR_BUSY,
		    "%s: this process may open no more files: raise its limit (ulimit -n, in a "
		    "unit LimitNOFILE=)",
		    what);
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
		return tr_fail(why, TR_BUSY, "%s: %s: try again", what, strerror(error));
	default:
		return tr_fail(why, TR_SYS, "%s: %s", what, strerror(error));
	}
}
