/* request.c: one request as the web server handed it over, through FastCGI or CGI.
 *
 * SPDX-License-Identifier: MIT
 */
#include "web/request.h"

#include <string.h>

const char *tr_request_get(const struct tr_request *request, const char *name)
{
	size_t len = strlen(name);

	for (char **entry = request->env; *entry; entry++)
		if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
			return *entry + len + 1;
	return "";
}

int tr_request_sends(const struct tr_request *request)
{
	const char *method = tr_request_get(request, "REQUEST_METHOD");

	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

int tr_request_is_head(const struct tr_request *request)
{
	return strcmp(tr_request_get(request, "REQUEST_METHOD"), "HEAD") == 0;
}

const char *tr_request_path(const struct tr_request *request)
{
	return tr_request_get(request, "PATH_INFO");
}
