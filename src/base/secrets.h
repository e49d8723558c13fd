/* secrets.h: a file of secrets, one a line, that its owner and group alone can read.
 *
 * - Empty lines, and those that begin with '#', are none.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_BASE_SECRETS_H
#define TR_BASE_SECRETS_H

#include <stddef.h>

#include "base/err.h"

#define TR_SECRET_MOST 255 /* bytes */

/* What is done with each; it lasts until this returns. */
typedef void tr_secret_taker(void *arg, const char *secret, size_t len);

/* Gives each line of the file to take: at least `least` visible ASCII characters. TR_OK;
 * TR_INVALID or TR_SYS, with a sentence in *why that begins with the setting's name: the file
 * cannot be read, or others may read it, or a line is no secret. None is ever in *why. */
enum tr_err tr_secrets_read(const char *setting, const char *path, size_t least,
    tr_secret_taker *take, void *arg, struct tr_why *why);

#endif
