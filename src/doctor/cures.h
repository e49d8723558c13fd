/* cures.h: what to change where a path is broken, for each web server in its own words.
 *
 * - The server's name only chooses among the cures; that one is needed was measured.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_DOCTOR_CURES_H
#define TR_DOCTOR_CURES_H

enum tr_ill {
	TR_ILL_HELD,	   /* frames are held back */
	TR_ILL_COMPRESSED, /* frames are compressed */
	TR_ILL_UNREACHED,  /* the web server itself says 404 */
	TR_ILL_MISLED,	   /* the responder says 404 */
	TR_ILL_NOT_RUN,	   /* the program is sent as a file */
	TR_ILL_TYPE,	   /* another Content-Type than the responder's */
	TR_ILL_FORBIDDEN,  /* 403 */
	TR_ILL_FAILED,	   /* 500 */
	TR_ILL_AWAY,	   /* 502, 503, 504: no responder answers the web server */
	TR_ILL_SILENT,	   /* a connection, and no answer */
	TR_ILL_FULL,	   /* `busy` */
	TR_ILL_IDLE_CUT,   /* a stream is cut between two heartbeats */
	TR_ILL_LENGTH_CUT, /* a stream is cut after so long, however busy */
	TR_ILL_NO_INOTIFY, /* the responder may not use it */
	TR_ILL_FEW,	   /* HTTP/2 with few streams a connection */
};

/* How the responder is run, as its /health shows. */
enum tr_way {
	TR_WAY_UNKNOWN,
	TR_WAY_POOL, /* FastCGI, one pool for all */
	TR_WAY_LONE, /* each request a process of its own: CGI, mod_fcgid */
};

struct tr_cure {
	enum tr_ill ill;
	const char *server; /* what its Server: begins with, in any case; "": any */
	enum tr_way way;    /* UNKNOWN: whichever */
	const char *advice;
	const char *lines; /* of configuration; NULL: none */
};

/* The cure that fits best; NULL, for TR_ILL_FEW alone, where the server is not known to be so.
 */
const struct tr_cure *tr_cure(enum tr_ill ill, const char *server, enum tr_way way);

#endif
