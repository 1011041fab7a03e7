/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/home/broker.h - a real mosquitto on a free loopback port, and an independent witness.
 *
 * Everything stands in a temporary folder; every process dies with the test (PDEATHSIG). */
#ifndef JARVIS_TESTS_HOME_BROKER_H
#define JARVIS_TESTS_HOME_BROKER_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BROKER_PROGRAM "/usr/sbin/mosquitto"

struct broker {
    char dir[64];
    int port;
    pid_t pid;     /* 0: not running */
    pid_t witness; /* mosquitto_sub; 0: none */
};

static inline bool broker_is_there(void)
{
    return access(BROKER_PROGRAM, X_OK) == 0 && access("/usr/bin/mosquitto_sub", X_OK) == 0;
}

/* A bound or, with `backlog` >= 0, listening socket on a free loopback port. */
static inline int loopback_socket(int *port, int backlog)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
        (backlog >= 0 && listen(fd, backlog) < 0) ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0) {
        perror("loopback socket");
        abort();
    }
    *port = ntohs(a.sin_port);
    return fd;
}

static inline void broker_write(const struct broker *b, const char *name, const char *text)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", b->dir, name);
    f = fopen(path, "we");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

/* Starts a program with its output in dir/name.log; its pid. */
static inline pid_t broker_spawn(const struct broker *b, const char *name, const char *const *argv)
{
    char path[128];
    pid_t pid;

    snprintf(path, sizeof(path), "%s/%s.log", b->dir, name);
    pid = fork();
    if (pid == 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (fd >= 0) {
            dup2(fd, 1);
            dup2(fd, 2);
        }
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    return pid;
}

static inline void nap_ms(int ms)
{
    const struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

    nanosleep(&ts, NULL);
}

/* Until a TCP connect succeeds; at most 10 s. */
static inline bool broker_answers(const struct broker *b)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons((uint16_t)b->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    for (int i = 0; i < 500; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool ok = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;

        close(fd);
        if (ok)
            return true;
        nap_ms(20);
    }
    return false;
}

static inline void broker_init(struct broker *b)
{
    *b = (struct broker){ .dir = "/tmp/jarvis-broker-XXXXXX" };
    if (!mkdtemp(b->dir))
        abort();
    close(loopback_socket(&b->port, -1));
}

/* `more` is added to the configuration. */
static inline bool broker_start(struct broker *b, const char *more)
{
    char conf[128], text[512];
    const char *const argv[] = { BROKER_PROGRAM, "-c", conf, NULL };

    snprintf(text, sizeof(text), "listener %d 127.0.0.1\npersistence false\nuser root\n%s\n",
             b->port, more);
    broker_write(b, "mosquitto.conf", text);
    snprintf(conf, sizeof(conf), "%s/mosquitto.conf", b->dir);
    b->pid = broker_spawn(b, "mosquitto", argv);
    return b->pid > 0 && broker_answers(b);
}

static inline void broker_end(pid_t *pid, int signal)
{
    if (*pid > 0) {
        kill(*pid, signal);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

/* Follows `topic`; what it hears stands in broker_heard(). */
static inline void broker_witness(struct broker *b, const char *topic)
{
    char port[16];
    const char *const argv[] = { "/usr/bin/mosquitto_sub",
                                 "-p",
                                 port,
                                 "-q",
                                 "1",
                                 "-t",
                                 topic,
                                 "-t",
                                 "witness",
                                 "-F",
                                 "%t %p %r",
                                 NULL };

    snprintf(port, sizeof(port), "%d", b->port);
    b->witness = broker_spawn(b, "witness", argv);
}

static inline const char *broker_heard(const struct broker *b)
{
    static char text[65536];
    char path[128];
    FILE *f;
    size_t n = 0;

    snprintf(path, sizeof(path), "%s/witness.log", b->dir);
    f = fopen(path, "re");
    if (f) {
        n = fread(text, 1, sizeof(text) - 1, f);
        fclose(f);
    }
    text[n] = '\0';
    return text;
}

/* Publishes as somebody else would. */
static inline void broker_say(const struct broker *b, const char *topic, const char *payload,
                              bool retained)
{
    char port[16];
    const char *const argv[] = {
        "/usr/bin/mosquitto_pub", "-p", port, "-q", "1", "-t", topic, "-m", payload,
        retained ? "-r" : NULL,   NULL
    };
    pid_t pid;

    snprintf(port, sizeof(port), "%d", b->port);
    pid = broker_spawn(b, "pub", argv);
    if (pid > 0)
        waitpid(pid, NULL, 0);
}

static inline void broker_done(struct broker *b)
{
    static const char *const names[] = { "mosquitto.conf", "mosquitto.log", "witness.log",
                                         "pub.log",        "passwords",     "acl",
                                         "ca.pem",         "key.pem" };

    broker_end(&b->witness, SIGKILL);
    broker_end(&b->pid, SIGKILL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];

        snprintf(path, sizeof(path), "%s/%s", b->dir, names[i]);
        unlink(path);
    }
    rmdir(b->dir);
}

#endif
