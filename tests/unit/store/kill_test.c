/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/store/kill_test.c - kill -9 at random moments: every acknowledged row is there.
 *
 * The child is this program again; it tells each id that was answered as durable on a pipe.
 * The seed is printed; SEED=n replays the moments (the scheduler still has its say). KILLS=n: so many;
 * tools/chaos-store does the same to the whole daemon. */
#include "fixture.h"

#include <limits.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>

enum { KILLS = 50, IN_FLIGHT = 64, KILL_WITHIN_USEC = 40000, ACKS_FD = 3 };
enum { RESCUED_ROWS = 30000, RESCUE_KILLS = 6, GROUP_MAX = 256 };

static char self[PATH_MAX];

/* ---- the child ------------------------------------------------------------------------------ */

struct answer {
    uint64_t id;
    sem_t *room;
};

static void on_durable(int code, const char *text, void *user)
{
    struct answer *a = user;

    (void)text;
    if (code == 0 && write(ACKS_FD, &a->id, sizeof(a->id)) != sizeof(a->id))
        _exit(3);
    sem_post(a->room);
}

static int child_main(const char *dir, uint64_t from)
{
    static struct answer answers[IN_FLIGHT];
    struct clock clock;
    const struct store_opts o = { .dir = dir, .clock = &clock, .strict = true };
    AUTO(store_closep) struct store *s = NULL;
    char heard[600];
    sem_t room;

    clock_init_real(&clock);
    if (store_open(&s, &o, NULL) < 0)
        return 2;
    sem_init(&room, 0, IN_FLIGHT);
    memset(heard, 'x', sizeof(heard) - 1);
    heard[sizeof(heard) - 1] = '\0';
    for (uint64_t id = from;; id++) {
        struct answer *a = &answers[id % IN_FLIGHT];
        const struct store_session row = { .id = id, .heard = heard, .source = "voice" };

        sem_wait(&room);
        *a = (struct answer){ id, &room }; /* answers come in order: this one is free */
        if (store_session_put(s, &row, on_durable, a, NULL) < 0)
            return 4;
        if (id % 5 == 0)
            store_flush(s, NULL, NULL, NULL); /* many small groups */
        store_device_put(s, "lamp", id % 2 ? "{\"on\":true}" : "{\"on\":false}", 0, NULL);
    }
}

/* ---- the test ------------------------------------------------------------------------------- */

static pid_t child_start(const struct fixture *f, uint64_t from, int *acks)
{
    char number[24];
    int pair[2];
    pid_t pid;

    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    snprintf(number, sizeof(number), "%llu", (unsigned long long)from);
    pid = fork();
    if (pid == 0) {
        if (pair[1] == ACKS_FD)
            fcntl(ACKS_FD, F_SETFD, 0);
        else
            dup2(pair[1], ACKS_FD);
        execl(self, self, f->dir, number, (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    *acks = pair[0];
    return pid;
}

/* Reads acknowledged ids until the end, and kills the child `usec` after the first one. Returns
 * the last one; they rise by one each, so it stands for all. */
static uint64_t run_and_kill(const struct fixture *f, uint64_t from, unsigned usec)
{
    struct timespec wait = { 0, (long)usec * 1000 };
    uint64_t id = 0, last = from - 1;
    int acks = -1, status = 0;
    pid_t pid = child_start(f, from, &acks);

    while (read(acks, &id, sizeof(id)) == sizeof(id)) {
        assert_int_equal(id, last + 1);
        if (id == from) {
            nanosleep(&wait, NULL);
            kill(pid, SIGKILL);
        }
        last = id;
    }
    close(acks);
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return last;
}

static void check_all(struct fixture *f, uint64_t last)
{
    uint64_t before = last + 1, expect = last;

    while (expect > 0) {
        AUTO_JSON *page = NULL;
        const cJSON *row;

        assert_int_equal(store_sessions(&page, f->r, before, 200, NULL), 0);
        cJSON_ArrayForEach (row, page) {
            assert_int_equal((uint64_t)json_num(row, "id", 0), expect);
            expect--;
        }
        assert_true(cJSON_GetArraySize(page) > 0);
        before = expect + 1;
    }
}

static const char *lost_words(struct fixture *f)
{
    static char words[sizeof(f->lost)];

    pthread_mutex_lock(&f->lock);
    snprintf(words, sizeof(words), "%s", f->lost);
    pthread_mutex_unlock(&f->lock);
    return words;
}

static void test_kill_9(void **state)
{
    struct fixture *f = *state;
    const char *many = getenv("KILLS");
    int kills = many ? (int)strtol(many, NULL, 10) : KILLS;
    uint64_t from = 1;

    srandom(seed_of_run());
    for (int i = 0; i < kills; i++) {
        uint64_t last = run_and_kill(f, from, (unsigned)random() % KILL_WITHIN_USEC);

        fixture_open(f);
        assert_int_equal(f->notices + f->losses, 0); /* no damage, no repair */
        check_all(f, last);
        assert_int_equal(store_session_last_id(&from, f->r, NULL), 0);
        assert_true(from >= last);
        from++; /* rows that were not acknowledged may be there as well */
        fixture_close(f);
    }
    print_message("%d kills, %llu rows\n", kills, (unsigned long long)from - 1);
}

/* The same while the rows of a damaged file are being saved: the rescue goes on at each start until
 * it is done, and what was acknowledged meanwhile is there as well. */
static void test_kill_9_while_rescuing(void **state)
{
    static char heard[900];
    struct fixture *f = *state;
    uint64_t from = RESCUED_ROWS + 1;
    int unfinished = 0;

    srandom(seed_of_run());
    fixture_open(f);
    memset(heard, 'x', sizeof(heard) - 1);
    for (uint64_t id = 1; id <= RESCUED_ROWS; id++) {
        const struct store_session row = { .id = id, .heard = heard };

        while (store_session_put(f->s, &row, NULL, NULL, NULL) < 0)
            fixture_flush(f);
    }
    fixture_close(f);
    overwrite(f, "history.db", 0, "this header was written over");
    for (int i = 0; i < RESCUE_KILLS; i++) {
        uint64_t last = run_and_kill(f, from, (unsigned)random() % KILL_WITHIN_USEC);

        assert_true(last >= from);
        unfinished += find_entries(f, "", "history.db.damaged", NULL, 0) > 0;
        from = last + IN_FLIGHT + GROUP_MAX; /* those may be there, or not */
    }
    fixture_open(f);
    while (!strstr(lost_words(f), "rows were saved"))
        fixture_flush(f);
    for (uint64_t id = 1; id <= RESCUED_ROWS; id += 7)
        assert_true(sessions_have(f, id));
    assert_int_equal(find_entries(f, "", "history.db.damaged", NULL, 0), 0);
    print_message("%d of %d kills while rows were being saved\n", unfinished, RESCUE_KILLS);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kill_9, setup_closed, teardown),
        cmocka_unit_test_setup_teardown(test_kill_9_while_rescuing, setup_closed, teardown),
    };

    if (argc == 3)
        return child_main(argv[1], strtoull(argv[2], NULL, 10));
    if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
        return 1;
    return cmocka_run_group_tests_name("kill", tests, NULL, NULL);
}
