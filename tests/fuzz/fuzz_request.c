/* fuzz_request.c: whatever a request says, the answer is well-formed, and shows no one
 * another's.
 *
 * - The input is the request's variables, NAME=VALUE, a NUL after each, then an empty one, then
 *   the body. The responder serves alone, from a database with jobs of ann and of ben.
 * - Streams end at once (hold = 0); a probe is left out: it would last.
 *
 * SPDX-License-Identifier: MIT
 */
#include <assert.h>
#include <cjson/cJSON.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/ref_stream.h"
#include "base/utf8.h"
#include "store/schema.h"
#include "stream/params.h"
#include "web/request.h"
#include "web/service.h"

#define VARIABLES 64
#define SECRET "of-ben-alone-and-longer-than-any-text-that-an-answer-repeats"

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static const char rows[] =
    "DELETE FROM log; DELETE FROM job;"
    "INSERT INTO job (id, name, state, owner) VALUES (1, 'a', 'running', 'ann'),"
    " (2, '" SECRET "', 'running', 'ben');"
    "INSERT INTO log (job_id, message) VALUES (1, 'line'), (2, '" SECRET "'),"
    " (NULL, '" SECRET "')";

/* What every request is served with; made once. */
static struct {
	char dir[64], db_path[128], config_path[128], token_path[128];
	sqlite3 *db; /* a publisher's */
	struct tr_conf conf;
	struct tr_sections sections;
	struct tr_metrics metrics;
} site;

static void leave(void)
{
	char command[128];

	sqlite3_close(site.db);
	snprintf(command, sizeof(command), "rm -r %s", site.dir);
	assert(system(command) == 0);
}

static void run_sql(const char *sql)
{
	assert(sqlite3_exec(site.db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
	assert(chmod(path, 0600) == 0);
}

static void set(enum tr_key key, const char *value)
{
	assert(tr_conf_set(&site.conf, key, value, NULL) == TR_OK);
}

static void configure(void)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "[stream orders]\ndatabase = %s\n"
	    "sql = SELECT n AS id, x AS data FROM t WHERE n > :after AND x <> :kind AND "
	    ":remote_user"
	    " <> '' ORDER BY n LIMIT :limit\nallow = kind\n"
	    "[stream stock]\ndatabase = %s\nmode = table\nsql = SELECT n, x FROM t\n",
	    site.db_path, site.db_path);
	write_file(site.config_path, text);
	write_file(site.token_path, "open-sesame-0123456789-0123456789\n");
	assert(tr_sections_load(&site.sections, site.config_path, NULL) == TR_OK);
	set(TR_KEY_DB, site.db_path);
	set(TR_KEY_HOLD, "0");
	set(TR_KEY_VISIBLE, "owner");
	set(TR_KEY_PUBLISH_TOKEN_FILE, site.token_path);
	set(TR_KEY_TICKET_KEY_FILE, site.token_path);
	set(TR_KEY_PUBLISH_PER_MINUTE, "1000000");
}

static void make_site(void)
{
	struct tr_why why = {0};

	strcpy(site.dir, access("/dev/shm", W_OK) ? "/tmp/tailrow-fuzz-XXXXXX"
						  : "/dev/shm/tailrow-fuzz-XXXXXX");
	assert(mkdtemp(site.dir));
	atexit(leave);
	snprintf(site.db_path, sizeof(site.db_path), "%s/jobs.db", site.dir);
	snprintf(site.config_path, sizeof(site.config_path), "%s/config", site.dir);
	snprintf(site.token_path, sizeof(site.token_path), "%s/tokens", site.dir);
	assert(tr_schema_init(site.db_path, &why) == TR_OK);
	assert(sqlite3_open(site.db_path, &site.db) == SQLITE_OK);
	run_sql("PRAGMA synchronous = OFF; CREATE TABLE t (n INTEGER PRIMARY KEY, x);"
		"INSERT INTO t (x) VALUES ('one'), ('two')");
	run_sql(rows);
	configure();
}

/* Splits the variables. Returns what is left for the body. */
static char *split(char *text, size_t size, char *env[VARIABLES + 1])
{
	char *end = text + size;
	int count = 0;

	while (text < end && *text && count < VARIABLES) {
		env[count++] = text;
		text += strlen(text) + 1;
	}
	env[count] = NULL;
	return text < end ? text + 1 : end;
}

static int is_probe(const struct tr_request *request)
{
	char *query = strdup(tr_request_get(request, "QUERY_STRING"));
	struct tr_params params = {0};

	tr_params_parse(&params, query, NULL, NULL);
	free(query);
	return params.probe_s > 0;
}

static int has(struct ref_text text, const char *what)
{
	return memmem(text.at, text.len, what, strlen(what)) != NULL;
}

/* A line of the head: a name, a colon, a space, and visible characters. */
static void check_field(struct ref_text line)
{
	const char *colon = memchr(line.at, ':', line.len);

	assert(colon && colon > line.at && colon[1] == ' ');
	for (size_t i = 0; i < line.len; i++)
		assert(line.at[i] >= ' ' && line.at[i] <= '~');
}

/* Takes the head off. Returns the status. */
static int read_head(struct ref_text *rest, struct ref_text *type)
{
	struct ref_text line;
	int status = 0;

	*type = (struct ref_text){"", 0};
	while (ref_line(rest, &line) && line.len) {
		check_field(line);
		if (!status)
			assert(sscanf(line.at, "Status: %3d ", &status) == 1);
		else if (line.len > 14 && memcmp(line.at, "Content-Type: ", 14) == 0)
			*type = (struct ref_text){line.at + 14, line.len - 14};
	}
	return status;
}

static void check_json(struct ref_text body, int status, int is_problem)
{
	cJSON *object = cJSON_ParseWithLength(body.at, body.len);

	assert(object && cJSON_IsObject(object));
	assert(tr_utf8_valid(body.at, body.len) == body.len);
	if (is_problem) {
		assert(cJSON_GetNumberValue(cJSON_GetObjectItem(object, "status")) == status);
		assert(*cJSON_GetStringValue(cJSON_GetObjectItem(object, "detail")));
	}
	cJSON_Delete(object);
}

static void check_events(struct ref_text body)
{
	struct ref_stream s = ref_stream_open(body.at, body.len);

	assert(tr_utf8_valid(body.at, body.len) == body.len);
	while (ref_stream_next(&s))
		assert(s.type.len && s.data_len < body.len);
	assert(!s.rest.len);
	ref_stream_free(&s);
}

static int check(const struct tr_request *request, struct ref_text rest)
{
	const char *method = tr_request_get(request, "REQUEST_METHOD");
	int is_bens = strcmp(tr_request_get(request, "REMOTE_USER"), "ben") == 0;
	int sends = tr_request_sends(request);
	struct ref_text type;
	int status;

	assert(is_bens || sends || !has(rest, SECRET));
	assert(!has(rest, site.dir));
	if (!rest.len)
		return 0; /* a body that was cut: nobody is there to be answered */
	status = read_head(&rest, &type);
	assert(status >= 200 && status < 600 && status != 500 && status != 503);
	if (strcmp(method, "HEAD") == 0)
		assert(!rest.len);
	else if (has(type, "json"))
		check_json(rest, status, has(type, "problem"));
	else if (has(type, "event-stream"))
		check_events(rest);
	return status;
}

static int serve(struct tr_request *request)
{
	const struct tr_service service = {
	    .conf = &site.conf, .sections = &site.sections, .metrics = &site.metrics};
	struct stat file;
	char *text;
	int status;

	request->client = (struct tr_client){.fd = memfd_create("answer", MFD_CLOEXEC)};
	tr_client_limit(&request->client, 30);
	tr_service_answer(&service, request);
	assert(fstat(request->client.fd, &file) == 0);
	text = malloc((size_t)file.st_size + 1);
	assert(pread(request->client.fd, text, (size_t)file.st_size, 0) == file.st_size);
	text[file.st_size] = '\0';
	close(request->client.fd);
	status = check(request, (struct ref_text){text, (size_t)file.st_size});
	free(text);
	return status;
}

static int body_of(const char *bytes, size_t len)
{
	int fd = memfd_create("body", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	char *text = malloc(size + 1), *env[VARIABLES + 1], *body;
	struct tr_request request = {.env = env};
	int status = 0;

	if (!site.db)
		make_site();
	memcpy(text, input, size);
	text[size] = '\0';
	body = split(text, size, env);
	request.body.len_bytes = text + size - body;
	request.body.fd = body_of(body, (size_t)request.body.len_bytes);
	if (!is_probe(&request))
		status = serve(&request);
	if (status == 200 && tr_request_sends(&request))
		run_sql(rows);
	close(request.body.fd);
	free(text);
	return 0;
}
