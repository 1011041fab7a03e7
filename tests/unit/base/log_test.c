/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/base/log_test.c - lines on stderr, in the journal's own protocol and in the ring. */
#include "base/log.h"

#include "base/log_sink.h"
#include "base/str.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static int stderr_kept = -1; /* the real stderr while the tests' own is in place */
static char stderr_path[64];

/* Each test writes its stderr into a file. */
static int take_stderr(void **state)
{
    int fd;

    (void)state;
    unsetenv("JOURNAL_STREAM");
    snprintf(stderr_path, sizeof(stderr_path), "/tmp/jarvis-log-XXXXXX");
    fd = mkostemp(stderr_path, O_CLOEXEC);
    stderr_kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd < 0 || stderr_kept < 0 || dup2(fd, STDERR_FILENO) < 0)
        return -1;
    return close(fd);
}

static int give_stderr(void **state)
{
    (void)state;
    dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    unsetenv("JOURNAL_STREAM");
    return unlink(stderr_path);
}

static char *written(void)
{
    static char buf[1 << 20];
    AUTO_CLOSE int fd = open(stderr_path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, buf, sizeof(buf) - 1);

    buf[n > 0 ? n : 0] = '\0';
    return buf;
}

/* The words after "HH:MM:SS.mmm ", checked for that form. */
static const char *after_time(const char *line)
{
    for (int i = 0; i < 12; i++) {
        char want = "dd:dd:dd.ddd"[i];

        if (want == 'd' ? line[i] < '0' || line[i] > '9' : line[i] != want)
            fail_msg("no time at the start of '%s'", line);
    }
    assert_int_equal(line[12], ' ');
    return line + 13;
}

static void assert_line(char **from, const char *want)
{
    char *end = strchr(*from, '\n');

    assert_non_null(end);
    *end = '\0';
    assert_string_equal(after_time(*from), want);
    *from = end + 1;
}

static void lines_on_stderr(void **state)
{
    AUTO(log_freep) struct log *log = NULL;
    char *at;

    (void)state;
    assert_int_equal(log_new(&log, LOG_LEVEL_INFO, NULL), 0);
    log_debug(log, "mqtt", "not shown");
    log_warn(log, "mqtt", "broker %s:%d refused", "127.0.0.1", 1883);
    log_error(log, "audio", "gone");
    log_set_level(log, LOG_LEVEL_DEBUG);
    log_debug(log, "mqtt", "shown");
    log_write(NULL, LOG_LEVEL_ERROR, "x", 0, "nobody");
    log_set_level(NULL, LOG_LEVEL_DEBUG);
    at = written();
    assert_line(&at, "warn  mqtt: broker 127.0.0.1:1883 refused");
    assert_line(&at, "error audio: gone");
    assert_line(&at, "debug mqtt: shown");
    assert_string_equal(at, ""); /* a file is no terminal: no colours either */
}

static void lines_cannot_be_forged(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "a\n12:00:00.000 error app: b", "a\\x0a12:00:00.000 error app: b" },
        { "\x1b[2J", "\\x1b[2J" },
        { "caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600" },
        { "\xff\xe2\x82", "\\xff\\xe2\\x82" },
        { "\xc2\x85\u2028", "\\xc2\\x85\\xe2\\x80\\xa8" },
    };
    AUTO(log_freep) struct log *log = NULL;

    (void)state;
    assert_int_equal(log_new(&log, LOG_LEVEL_INFO, NULL), 0);
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct log_line line;

        log_info(log, "web", "%s", cases[i].text);
        assert_int_equal(log_kept(log, i, &line, 1), 1);
        assert_string_equal(line.text, cases[i].want);
    }
}

static void long_lines_are_cut_whole(void **state)
{
    AUTO(log_freep) struct log *log = NULL;
    char longer[2 * LOG_TEXT_BYTES];
    struct log_line line;

    (void)state;
    assert_int_equal(log_new(&log, LOG_LEVEL_INFO, NULL), 0);
    memset(longer, '\n', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    log_info(log, "a-very-long-area-name", "%s", longer);
    assert_int_equal(log_kept(log, 0, &line, 1), 1);
    assert_int_equal(strlen(line.text) % 4, 0); /* no escape is cut in its middle */
    assert_in_range(strlen(line.text), LOG_TEXT_BYTES - 5, LOG_TEXT_BYTES - 1);
    assert_string_equal(line.area, "a-very-long-are");
}

static void the_newest_are_kept(void **state)
{
    static struct log_line lines[LOG_KEPT + 1];
    AUTO(log_freep) struct log *log = NULL;

    (void)state;
    assert_int_equal(log_new(&log, LOG_LEVEL_INFO, NULL), 0);
    assert_int_equal(log_kept(log, 0, lines, N_OF(lines)), 0);
    for (int i = 1; i <= LOG_KEPT + 10; i++)
        log_write(log, LOG_LEVEL_INFO, "test", (uint64_t)i * 2, "line %d", i);
    assert_int_equal(log_kept(log, 0, lines, N_OF(lines)), LOG_KEPT);
    for (size_t i = 0; i < LOG_KEPT; i++) {
        char want[32];

        snprintf(want, sizeof(want), "line %zu", i + 11);
        assert_int_equal(lines[i].seq, i + 11);
        assert_int_equal(lines[i].session, 2 * (i + 11));
        assert_string_equal(lines[i].text, want);
        assert_true(lines[i].wall_usec > 0);
    }
    assert_int_equal(log_kept(log, LOG_KEPT + 7, lines, N_OF(lines)), 3);
    assert_int_equal(lines[0].seq, LOG_KEPT + 8);
    assert_int_equal(log_kept(log, LOG_KEPT + 7, lines, 1), 1);
    assert_int_equal(lines[0].seq, LOG_KEPT + 8);
    assert_int_equal(log_kept(log, LOG_KEPT + 10, lines, N_OF(lines)), 0);
    assert_int_equal(log_kept(log, UINT64_MAX, lines, N_OF(lines)), 0);
}

static void *write_lines(void *log)
{
    for (int i = 0; i < 200; i++)
        log_info(log, "thread", "%d %d %d", i, i, i);
    return NULL;
}

static void threads_share_a_log(void **state)
{
    static struct log_line lines[LOG_KEPT];
    AUTO(log_freep) struct log *log = NULL;
    pthread_t t[4];
    size_t n;

    (void)state;
    assert_int_equal(log_new(&log, LOG_LEVEL_INFO, NULL), 0);
    for (size_t i = 0; i < N_OF(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, write_lines, log), 0);
    log_set_level(log, LOG_LEVEL_INFO);
    for (size_t i = 0; i < N_OF(t); i++)
        pthread_join(t[i], NULL);
    n = log_kept(log, 0, lines, N_OF(lines));
    assert_int_equal(n, LOG_KEPT);
    assert_int_equal(lines[n - 1].seq, 800);
}

static void level_names(void **state)
{
    enum log_level level = LOG_LEVEL_WARN;
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < LOG_LEVEL_N; i++) {
        assert_int_equal(log_level_parse(&level, log_level_name((enum log_level)i), &e), 0);
        assert_int_equal(level, i);
    }
    level = LOG_LEVEL_WARN;
    assert_int_equal(log_level_parse(&level, "loud", &e), -EINVAL);
    for (int i = 0; i < LOG_LEVEL_N; i++) /* it names every one */
        assert_non_null(strstr(err_text(&e), log_level_name((enum log_level)i)));
    assert_int_equal(level, LOG_LEVEL_WARN);
    assert_string_equal(err_text(&e), "log level 'loud': choose debug, info, warn, error");
    assert_string_equal(log_level_name(LOG_LEVEL_N), "?");
}

/* A journal of our own: a datagram socket that stderr is said to lead to. */
static int journal_bind(struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *at = (struct sockaddr_un){ .sun_family = AF_UNIX };
    snprintf(at->sun_path, sizeof(at->sun_path), "%s.socket", stderr_path);
    assert_int_equal(bind(fd, (struct sockaddr *)at, sizeof(*at)), 0);
    return fd;
}

static void say_stderr_is_the_journal(int inode_off)
{
    struct stat st;
    char stream[64];

    assert_int_equal(fstat(STDERR_FILENO, &st), 0);
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino + (unsigned)inode_off);
    setenv("JOURNAL_STREAM", stream, 1);
}

static const struct log_line sample = { .session = 7, .wall_usec = 1, .level = LOG_LEVEL_WARN,
                                        .area = "mqtt", .text = "broker refused" };

static void records_in_the_journal(void **state)
{
    struct log_line plain = sample;
    struct sockaddr_un at;
    AUTO_CLOSE int journal = journal_bind(&at);
    struct log_sink sink;
    char got[1024], want[256];
    ssize_t n;

    (void)state;
    say_stderr_is_the_journal(0);
    log_sink_open(&sink, at.sun_path);
    assert_true(sink.journal_fd >= 0);
    log_sink_write(&sink, &sample);
    n = recv(journal, got, sizeof(got) - 1, 0);
    assert_true(n > 0);
    got[n] = '\0';
    snprintf(want, sizeof(want),
             "PRIORITY=4\nSYSLOG_IDENTIFIER=%s\nJARVIS_AREA=mqtt\nJARVIS_SESSION=7\n"
             "MESSAGE=mqtt: broker refused\n", program_invocation_short_name);
    assert_string_equal(got, want);
    plain.session = 0;
    log_sink_write(&sink, &plain);
    n = recv(journal, got, sizeof(got) - 1, 0);
    assert_true(n > 0);
    got[n] = '\0';
    assert_null(strstr(got, "SESSION"));
    assert_string_equal(written(), "");
    unlink(at.sun_path);
    /* a journal that went away: the line is not lost */
    close(STEAL_FD(journal));
    log_sink_write(&sink, &sample);
    assert_string_equal(after_time(written()), "warn  mqtt: broker refused\n");
    log_sink_close(&sink);
    assert_int_equal(sink.journal_fd, -1);
}

static void another_stream_is_no_journal(void **state)
{
    static const char *const streams[] = { "", ":", "1", "1:2:3", "x:y", "8:99999999999999" };
    struct sockaddr_un at;
    AUTO_CLOSE int journal = journal_bind(&at);
    struct log_sink sink;

    (void)state;
    for (size_t i = 0; i < N_OF(streams); i++) {
        setenv("JOURNAL_STREAM", streams[i], 1);
        log_sink_open(&sink, at.sun_path);
        assert_int_equal(sink.journal_fd, -1);
    }
    say_stderr_is_the_journal(1);
    log_sink_open(&sink, at.sun_path);
    assert_int_equal(sink.journal_fd, -1);
    say_stderr_is_the_journal(0);
    log_sink_open(&sink, "/nonexistent/socket");
    assert_int_equal(sink.journal_fd, -1);
    log_sink_write(&sink, &sample);
    assert_string_equal(after_time(written()), "warn  mqtt: broker refused\n");
    unlink(at.sun_path);
}

#define STDERR_TEST(t) cmocka_unit_test_setup_teardown(t, take_stderr, give_stderr)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STDERR_TEST(lines_on_stderr),
        STDERR_TEST(lines_cannot_be_forged),
        STDERR_TEST(long_lines_are_cut_whole),
        STDERR_TEST(the_newest_are_kept),
        STDERR_TEST(threads_share_a_log),
        STDERR_TEST(records_in_the_journal),
        STDERR_TEST(another_stream_is_no_journal),
        cmocka_unit_test(level_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
