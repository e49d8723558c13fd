/* result.h: reads a stream's statement in table mode: the whole result, bounded.
 *
 * - The first column is the key: an integer, a number or a text, once each. A column called
 *   topic says whose the row is and is not part of it. NULL is null, a BLOB its bytes in hex.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_TABLE_RESULT_H
#define TR_TABLE_RESULT_H

#include "table/image.h"
#include "table/statement.h"

/* Reads the result, which the caller releases with tr_result_free() in every case. TR_OK;
 * TR_BUSY; otherwise the sentence is in *why: a key that is NULL, a BLOB or comes twice, more
 * than TR_IMAGE_ROWS or TR_IMAGE_BYTES, errors of the statement. No statement is open
 * afterwards. */
enum tr_err tr_result_read(
    struct tr_statement *st, struct tr_result *result, struct tr_why *why);

#endif
