/* SPDX-License-Identifier: Apache-2.0 */
/* web/listen.c - the listening socket, with words for what goes wrong. */
#include "web/listen.h"

#include "base/cleanup.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKLOG = 128 };

static int listen_error(int code, const char *ip, unsigned port, struct err *e)
{
    switch (code) {
    case EADDRINUSE:
        return err_set(e, -code,
                       "port %u on %s is in use by another program; stop it or set http.port", port,
                       ip);
    case EADDRNOTAVAIL:
        return err_set(e, -code,
                       "http.bind: no interface of this machine has the address %s; 127.0.0.1 is "
                       "this machine only, 0.0.0.0 every interface",
                       ip);
    case EACCES:
        return err_set(e, -code, "port %u needs privileges; set http.port to 1024 or more", port);
    default:
        return err_set(e, -code, "port %u on %s: %s", port, ip, err_words(code));
    }
}

static int address_parse(struct addrinfo **ret, const char *ip, unsigned port, struct err *e)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
    };
    char service[12];

    snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(ip, service, &hints, ret) != 0)
        return err_set(e, -EINVAL,
                       "http.bind: '%.60s' is no IP address; 127.0.0.1 is this machine "
                       "only, 0.0.0.0 every interface",
                       ip);
    return 0;
}

static int port_of(unsigned *ret, int fd)
{
    struct sockaddr_storage at = { 0 };
    socklen_t len = sizeof(at);

    if (getsockname(fd, (struct sockaddr *)&at, &len) < 0)
        return -errno;
    *ret = ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
                                          : ((struct sockaddr_in *)&at)->sin_port);
    return 0;
}

int listen_open(int *ret_fd, unsigned *port, const char *bind_ip, unsigned wanted, struct err *e)
{
    AUTO_CLOSE int fd = -1;
    struct addrinfo *at = NULL;
    const int on = 1;
    int r = address_parse(&at, bind_ip, wanted, e);

    if (r < 0)
        return r;
    fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
        r = -errno;
    freeaddrinfo(at);
    if (r >= 0)
        r = port_of(port, fd);
    if (r < 0)
        return listen_error(-r, bind_ip, wanted, e);
    *ret_fd = STEAL_FD(fd);
    return 0;
}
