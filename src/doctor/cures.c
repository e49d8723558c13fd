/* cures.c: what to change where a path is broken, for each web server in its own words.
 *
 * - The lines are those of the shipped configurations, which have a word on each of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "doctor/cures.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* The first that fits is taken: the more special first. For each ill but
 * TR_ILL_FEW there is one for any server. */
static const struct tr_cure cures[] = {
    {TR_ILL_HELD, "lighttpd", TR_WAY_UNKNOWN,
	"lighttpd keeps a response until it is whole, unless the block of this address says:",
	"server.stream-response-body = 2"},
    {TR_ILL_HELD, "apache", TR_WAY_POOL,
	"mod_proxy_fcgi keeps back what it gets. For the responder's socket (the host's name "
	"is the one of its SetHandler or ProxyPass):",
	"<Proxy \"fcgi://tailrow/\">\n    ProxySet flushpackets=on\n</Proxy>"},
    {TR_ILL_HELD, "apache", TR_WAY_LONE,
	"mod_fcgid collects 64 KB before it sends any. In the configuration of the server or "
	"the virtual host:",
	"FcgidOutputBufferSize 0"},
    {TR_ILL_HELD, "apache", TR_WAY_UNKNOWN,
	"With mod_fcgid the first of these lines cures it, in the configuration of the server "
	"or the virtual host; with mod_proxy_fcgi the others:",
	"FcgidOutputBufferSize 0\n"
	"<Proxy \"fcgi://tailrow/\">\n    ProxySet flushpackets=on\n</Proxy>"},
    {TR_ILL_HELD, "nginx", TR_WAY_UNKNOWN,
	"nginx buffers although the responder's X-Accel-Buffering forbids it: take that name "
	"out of fastcgi_ignore_headers (proxy_ignore_headers), or say in the location, for a "
	"proxy_pass with proxy_ in place of fastcgi_:",
	"fastcgi_buffering off;"},
    {TR_ILL_HELD, "", TR_WAY_UNKNOWN,
	"The web server, or a proxy before it, collects the response: switch buffering off "
	"there for this address. Where that cannot be, the page works by polling: set "
	"TAILROW_HOLD=0 for the responder.",
	NULL},

    {TR_ILL_COMPRESSED, "apache", TR_WAY_UNKNOWN,
	"Exempt the responder from compression, in its <Location>, or in .htaccess in "
	"<Files tailrow.cgi>:",
	"SetEnv no-gzip 1\nSetEnv no-brotli 1"},
    {TR_ILL_COMPRESSED, "nginx", TR_WAY_UNKNOWN,
	"Exempt the responder from compression, in its location:", "gzip off;"},
    {TR_ILL_COMPRESSED, "lighttpd", TR_WAY_UNKNOWN,
	"Exempt event streams from compression: take text/event-stream, and text/ alone, out "
	"of deflate.mimetypes.",
	NULL},
    {TR_ILL_COMPRESSED, "", TR_WAY_UNKNOWN,
	"Exempt text/event-stream from compression, in the web server and in any proxy before "
	"it.",
	NULL},

    {TR_ILL_UNREACHED, "lighttpd", TR_WAY_UNKNOWN,
	"lighttpd looks for a file of that name, and asks the responder only if there is one. "
	"In the fastcgi.server entry, whose key is the address of the responder:",
	"\"check-local\" => \"disable\","},
    {TR_ILL_UNREACHED, "apache", TR_WAY_UNKNOWN,
	"No <Location> with SetHandler, and no ScriptAlias or RewriteRule, gives this address "
	"to the responder. Is one of the files of apache-conf/ included in this virtual host, "
	"and are its modules enabled? With .htaccess, does the host allow it?",
	"AllowOverride FileInfo Options=ExecCGI"},
    {TR_ILL_UNREACHED, "nginx", TR_WAY_UNKNOWN,
	"No location gives this address to the responder: include nginx-conf/tailrow.conf in "
	"the server { } block of this host.",
	NULL},
    {TR_ILL_UNREACHED, "", TR_WAY_UNKNOWN,
	"Is this the address of the page? If so, the web server gives nothing below it to the "
	"responder.",
	NULL},

    {TR_ILL_MISLED, "apache", TR_WAY_UNKNOWN,
	"The responder is asked, but is not told for what: a ProxyPass hands over no "
	"PATH_INFO. In a <Location> of the address, as apache-conf/tailrow-proxy.conf has it:",
	"SetHandler \"proxy:unix:/run/tailrow/tailrow.sock|fcgi://tailrow/\""},
    {TR_ILL_MISLED, "nginx", TR_WAY_UNKNOWN,
	"The responder is asked, but is not told for what. In its location, with its address:",
	"fastcgi_split_path_info ^(/tailrow/api)(.*)$;\n"
	"fastcgi_param PATH_INFO $fastcgi_path_info;"},
    {TR_ILL_MISLED, "", TR_WAY_UNKNOWN,
	"The responder is asked, but for another address than its own: PATH_INFO must be what "
	"follows its address (here /events), as in the shipped configurations.",
	NULL},

    {TR_ILL_NOT_RUN, "lighttpd", TR_WAY_UNKNOWN,
	"In the block of this address (fastcgi.server of tailrow.conf does the same for "
	"FastCGI):",
	"cgi.assign = ( \".cgi\" => \"\" )"},
    {TR_ILL_NOT_RUN, "apache", TR_WAY_UNKNOWN,
	"Make it a program, here for the file's name; mod_cgid (or mod_cgi) has to be enabled:",
	"Options +ExecCGI\nAddHandler cgi-script .cgi"},
    {TR_ILL_NOT_RUN, "", TR_WAY_UNKNOWN,
	"Tell the web server to run it, as the shipped configurations do.", NULL},

    {TR_ILL_TYPE, "apache", TR_WAY_UNKNOWN,
	"Look for ForceType, AddType or Header set Content-Type that covers this address, and "
	"for a handler that answers in place of the responder.",
	NULL},
    {TR_ILL_TYPE, "nginx", TR_WAY_UNKNOWN,
	"Look for a location that comes before the responder's, or for types and "
	"add_header Content-Type in it.",
	NULL},
    {TR_ILL_TYPE, "lighttpd", TR_WAY_UNKNOWN,
	"Look for setenv.set-response-header with a Content-Type that covers this address, "
	"and for a rewrite or another module that answers in place of the responder.",
	NULL},
    {TR_ILL_TYPE, "", TR_WAY_UNKNOWN,
	"Something answers in place of the responder, or changes its header: leave its "
	"Content-Type as it is.",
	NULL},

    {TR_ILL_FORBIDDEN, "apache", TR_WAY_UNKNOWN,
	"Apache's error log has the reason; the directory of the program needs:",
	"Require all granted\nOptions +ExecCGI"},
    {TR_ILL_FORBIDDEN, "", TR_WAY_UNKNOWN,
	"The web server's error log has the reason: an access rule of this address, or the "
	"rights of the program's file.",
	NULL},

    {TR_ILL_FAILED, "", TR_WAY_UNKNOWN,
	"The web server's error log has the reason: mostly that the program cannot be executed "
	"(mode 755, and a library that is not there: ldd tailrow.fcgi), or a line of .htaccess "
	"that the host forbids.",
	NULL},

    {TR_ILL_AWAY, "lighttpd", TR_WAY_UNKNOWN,
	"lighttpd could not start the responder, or lost it; its error log has the reason. Try "
	"the program by hand, as the web server's user:",
	"tailrow.fcgi --version"},
    {TR_ILL_AWAY, "apache", TR_WAY_LONE,
	"Every process that mod_fcgid may have is taken by a stream (MaxProcesses of "
	"FcgidCmdOptions, FcgidMaxProcesses), or none could be started: its error log says "
	"which.",
	NULL},
    {TR_ILL_AWAY, "apache", TR_WAY_UNKNOWN,
	"Does the responder run, and may Apache's user write its socket? With mod_fcgid: "
	"every process that it may have is taken, or none could be started. The error log "
	"says which. A responder of its own is started so:",
	"tailrow.fcgi --listen unix:/run/tailrow/tailrow.sock --db FILE"},
    {TR_ILL_AWAY, "", TR_WAY_UNKNOWN,
	"Does the responder run, and may the web server's user write its socket? The error log "
	"says which. It is started so:",
	"tailrow.fcgi --listen unix:/run/tailrow/tailrow.sock --db FILE"},

    {TR_ILL_SILENT, "", TR_WAY_UNKNOWN,
	"Every place may be taken by streams: the web server's (Apache: MaxRequestWorkers; "
	"lighttpd: server.max-fds and server.max-connections; nginx: worker_connections) or "
	"the responder's (lighttpd: \"max-procs\" => 1, or requests wait behind streams).",
	NULL},

    {TR_ILL_FULL, "", TR_WAY_UNKNOWN,
	"Close pages that nobody looks at, or raise max_streams and max_streams_per_client in "
	"/etc/tailrow.conf, and the web server's own limits with them.",
	NULL},

    {TR_ILL_IDLE_CUT, "lighttpd", TR_WAY_UNKNOWN,
	"Let the times of lighttpd be longer than the heartbeat, and leave read-timeout of "
	"fastcgi.server unset:",
	"server.max-write-idle = 60"},
    {TR_ILL_IDLE_CUT, "apache", TR_WAY_POOL,
	"Let mod_proxy_fcgi wait for longer than the heartbeat:",
	"<Proxy \"fcgi://tailrow/\">\n    ProxySet timeout=60\n</Proxy>"},
    {TR_ILL_IDLE_CUT, "apache", TR_WAY_UNKNOWN,
	"Let Apache wait for longer than the heartbeat: as CGI by the first line, with "
	"mod_fcgid by the second (or IOTimeout in its FcgidCmdOptions), with mod_proxy_fcgi "
	"by timeout= of its ProxySet:",
	"Timeout 60\nFcgidIOTimeout 40"},
    {TR_ILL_IDLE_CUT, "nginx", TR_WAY_UNKNOWN,
	"Let nginx wait for longer than the heartbeat, for a proxy_pass with proxy_ in place "
	"of fastcgi_:",
	"fastcgi_read_timeout 60s;"},
    {TR_ILL_IDLE_CUT, "", TR_WAY_UNKNOWN,
	"Find the time-out of the web server, or of a proxy or load balancer before it, and "
	"let it be longer than the heartbeat: 60 s will do.",
	NULL},

    {TR_ILL_LENGTH_CUT, "apache", TR_WAY_LONE,
	"mod_fcgid ends a request by its age (FcgidBusyTimeout). Let the responder end its "
	"streams in order before that:",
	"FcgidCmdOptions /usr/local/lib/tailrow/tailrow.fcgi \\\n"
	"    InitialEnv TAILROW_MAX_STREAM_SECONDS=240"},
    {TR_ILL_LENGTH_CUT, "", TR_WAY_UNKNOWN,
	"The page comes back by itself and misses nothing. To have streams end in order, let "
	"the responder end them sooner, with max_stream_seconds below that time.",
	NULL},

    {TR_ILL_NO_INOTIFY, "", TR_WAY_UNKNOWN,
	"Raise its user's limits, in a file of /etc/sysctl.d:",
	"fs.inotify.max_user_instances = 1024\nfs.inotify.max_user_watches = 65536"},

    {TR_ILL_FEW, "apache", TR_WAY_UNKNOWN,
	"mod_http2 carries six streams a connection, and then not even static files. Give "
	"tailrow a virtual host, or a port, with:",
	"Protocols http/1.1"},
    {TR_ILL_FEW, "lighttpd", TR_WAY_UNKNOWN,
	"lighttpd answers eight requests of a connection at once, and no more: keep to six "
	"open pages a browser.",
	NULL},
};

const struct tr_cure *tr_cure(enum tr_ill ill, const char *server, enum tr_way way)
{
	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++) {
		const struct tr_cure *cure = &cures[i];

		if (cure->ill == ill &&
		    strncasecmp(server, cure->server, strlen(cure->server)) == 0 &&
		    (cure->way == TR_WAY_UNKNOWN || cure->way == way))
			return cure;
	}
	return NULL;
}
