/* puppet.c: a scripted writer process.
 *
 * SPDX-License-Identifier: MIT
 */
#include "puppet.h"

#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define SQL_BYTES 1024
#define GO_ON 'g' /* what a halted one is told */
#define DIE 'd'
#define HALTED (-1) /* an answer that is no result code */

/* One order. With text "" and open set the connection is closed. */
struct order {
	int open; /* text is a path, not SQL */
	enum shim_point halt_at;
	char text[SQL_BYTES];
};

/* The puppet's side: the process has nothing else. */
static struct {
	int orders;
	int answers;
	enum shim_point halt_at;
} self;

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "puppet: %s\n", what);
	abort();
}

static void answer(int value)
{
	if (write(self.answers, &value, sizeof(value)) != sizeof(value))
		_exit(1);
}

static void halt(void *arg, enum shim_point at)
{
	char go;

	(void)arg;
	if (at != self.halt_at)
		return;
	self.halt_at = SHIM_NOWHERE;
	answer(HALTED);
	if (read(self.orders, &go, 1) != 1)
		_exit(1);
	if (go == DIE)
		raise(SIGKILL);
}

static int obey(sqlite3 **db, const struct order *o)
{
	int rc = SQLITE_OK;

	self.halt_at = o->halt_at;
	if (!o->open)
		return sqlite3_exec(*db, o->text, NULL, NULL, NULL);
	sqlite3_close(*db);
	*db = NULL;
	if (!o->text[0])
		return SQLITE_OK;
	rc = sqlite3_open(o->text, db);
	sqlite3_busy_timeout(*db, PATIENCE_MS);
	return rc;
}

static void live(void)
{
	sqlite3 *db = NULL;
	struct order o;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	shim_install(halt, NULL);
	while (read(self.orders, &o, sizeof(o)) == sizeof(o))
		answer(obey(&db, &o));
	sqlite3_close(db);
	_exit(0);
}

void puppet_start(struct puppet *p)
{
	int orders[2], answers[2];

	must(pipe(orders) == 0 && pipe(answers) == 0, "no pipe");
	p->pid = fork();
	must(p->pid >= 0, "no process");
	if (p->pid == 0) {
		self.orders = orders[0];
		self.answers = answers[1];
		close(orders[1]);
		close(answers[0]);
		live();
	}
	p->orders = orders[1];
	p->answers = answers[0];
	close(orders[0]);
	close(answers[1]);
}

static void command(struct puppet *p, int open, enum shim_point halt_at, const char *text)
{
	struct order o = {.open = open, .halt_at = halt_at};

	must(strlen(text) < sizeof(o.text), "order too long");
	memcpy(o.text, text, strlen(text) + 1);
	must(write(p->orders, &o, sizeof(o)) == sizeof(o), "it does not listen");
}

int puppet_answer(struct puppet *p)
{
	struct pollfd fd = {.fd = p->answers, .events = POLLIN};
	int value;

	must(poll(&fd, 1, PATIENCE_MS) == 1, "it does not answer");
	must(read(p->answers, &value, sizeof(value)) == sizeof(value), "it has died");
	return value;
}

void puppet_open(struct puppet *p, const char *path)
{
	command(p, 1, SHIM_NOWHERE, path ? path : "");
	must(puppet_answer(p) == SQLITE_OK, "it cannot open the database");
}

int puppet_sql(struct puppet *p, const char *sql)
{
	command(p, 0, SHIM_NOWHERE, sql);
	return puppet_answer(p);
}

void puppet_halt_in(struct puppet *p, enum shim_point point, const char *sql)
{
	command(p, 0, point, sql);
	must(puppet_answer(p) == HALTED, "it did not come to the point where it should halt");
}

void puppet_let_go(struct puppet *p)
{
	must(write(p->orders, (char[]){GO_ON}, 1) == 1, "it does not listen");
}

int puppet_go_on(struct puppet *p)
{
	puppet_let_go(p);
	return puppet_answer(p);
}

void puppet_die(struct puppet *p)
{
	must(write(p->orders, (char[]){DIE}, 1) == 1, "it does not listen");
}

void puppet_kill(struct puppet *p)
{
	if (!p->pid)
		return;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->orders);
	close(p->answers);
	p->pid = 0;
}
