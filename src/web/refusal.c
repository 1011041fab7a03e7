/* SPDX-License-Identifier: Apache-2.0 */
/* web/refusal.c - problem+json for what libmicrohttpd refuses by itself. */
#include "web/refusal.h"

#include "base/must.h"
#include "web/response.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>

enum { DRAIN_BYTES_MAX = 1 << 20 };

static const struct {
    unsigned status;
    const char *detail;
} refusals[] = {
    { 400, "the request is no well-formed HTTP/1.1" },
    { 413, "the head or the body of the request is too large" },
    { 414, "the address of the request is too long" },
    { 431, "the fields of the request are too large" },
    { 500, "the server could not answer" },
    { 505, "HTTP/1.1 and HTTP/1.0 are spoken here" },
};

enum MHD_Result refusal_queue(struct MHD_Connection *connection, unsigned status,
                              struct MHD_Response *response)
{
    const union {
        void *found;
        enum MHD_Result (*fn)(struct MHD_Connection *, unsigned, struct MHD_Response *);
    } library = { .found = dlsym(RTLD_NEXT, "MHD_queue_response") };

    return must(library.found) ? library.fn(connection, status, response) : MHD_NO;
}

/* Head and body; nothing when there is no memory. */
static void refusal_text(struct str *out, unsigned status)
{
    const char *detail = "the request was refused";
    AUTO_FREE char *body = NULL;

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i].status == status)
            detail = refusals[i].detail;
    body = problem_text(status, detail, "");
    if (!body)
        return;
    str_addf(out, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
             "Cache-Control: no-store\r\nContent-Length: %zu\r\n",
             status, status_title(status), strlen(body));
    response_secure_text(out);
    str_addf(out, "\r\n%s", body);
}

/* What has come already is read: a line that is closed over it is reset, and the answer lost. */
static void drain(int fd)
{
    char bytes[4096];
    size_t n = 0;

    for (ssize_t got = 1; got > 0 && n < DRAIN_BYTES_MAX; n += (size_t)(got > 0 ? got : 0))
        got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
}

static void refuse(int fd, unsigned status)
{
    AUTO_STR text = STR_INIT;

    must(fd >= 0 && status >= 400);
    refusal_text(&text, status);
    if (!text.failed && text.len > 0)
        (void)send(fd, str_text(&text), text.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_WR);
    drain(fd);
}

/* Called by the library alone; see the header. Nothing below 400 is a refusal. */
__attribute__((visibility("default"))) enum MHD_Result
MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                   struct MHD_Response *response)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (status < 400 || !info)
        return refusal_queue(connection, status, response);
    refuse(info->connect_fd, status);
    return MHD_NO;
}
