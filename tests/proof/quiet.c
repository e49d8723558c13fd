/* quiet.c: a follower that comes to rest and says so, for quiet.sh to look at under strace.
 *
 * - quiet DIRECTORY JOURNAL_MODE: makes a database there, rests for QUIET_S seconds between
 *   the lines "resting" and "rested".
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "follower.h"

#define QUIET_S 5

static int say(const char *line)
{
	return write(STDOUT_FILENO, line, strlen(line)) == (ssize_t)strlen(line);
}

static int create(const char *path, const char *journal_mode)
{
	char sql[160];
	sqlite3 *db = NULL;
	int rc = sqlite3_open(path, &db);

	snprintf(sql, sizeof(sql),
	    "PRAGMA journal_mode=%s; CREATE TABLE t(id INTEGER PRIMARY KEY); "
	    "INSERT INTO t DEFAULT VALUES",
	    journal_mode);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	sqlite3_close(db);
	return rc;
}

int main(int argc, char **argv)
{
	struct follower f = {0};
	char path[1024];
	int64_t until_ns;

	if (argc != 3)
		return 2;
	snprintf(path, sizeof(path), "%s/t.db", argv[1]);
	if (create(path, argv[2]) != SQLITE_OK ||
	    follower_open(&f, path, SQLITE_OPEN_READWRITE) != SQLITE_OK ||
	    !follower_waits_for(&f, 1, 1000))
		return 1;
	follower_waits_for(&f, 2, 500);
	until_ns = tr_mono_ns() + QUIET_S * TR_NS_PER_S;
	if (!say("resting\n"))
		return 1;
	while (tr_mono_ns() < until_ns)
		follower_turn(&f, until_ns);
	say("rested\n");
	follower_close(&f);
	return 0;
}
