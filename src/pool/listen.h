/* listen.h: the listening socket where no web server hands one over.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_POOL_LISTEN_H
#define TR_POOL_LISTEN_H

#include "base/err.h"

/* Listens at address, "unix:PATH" or "HOST:PORT" (an IPv6 host in brackets), and puts the
 * socket on descriptor 0. A socket file that nobody listens at any more is replaced; a new one
 * has mode 0660. TR_OK; otherwise TR_INVALID, TR_SYS or TR_DENIED with the sentence in *why. */
enum tr_err tr_listen(const char *address, struct tr_why *why);

/* Takes the socket that systemd passed (sd_listen_fds(3)), if it did, to descriptor 0.
 * TR_OK, TR_ABSENT: none was passed, TR_SYS. */
enum tr_err tr_listen_inherited(struct tr_why *why);

#endif
