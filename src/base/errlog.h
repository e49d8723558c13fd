/* errlog.h: one line to standard error, which every web server keeps as its error log.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_ERRLOG_H
#define TR_BASE_ERRLOG_H

/* Writes "tailrow: …" and a newline in one write. Control bytes, which could forge a line
 * of their own, are written as '?'; a line is cut after 1000 bytes. */
void tr_errlog(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
