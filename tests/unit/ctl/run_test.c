/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/ctl/run_test.c - what jarvisctl asks for, what it shows and with what it ends, beside a daemon
 * that answers by a script: well, late, strangely, in pieces, or not at all. */
#include "base/cleanup.h"
#include "base/str.h"
#include "core/control.h"
#include "helpers/ctl/ctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { ANSWERS_MAX = 4, ARGS_MAX = 5 };

/* ' stands for ". */
static cJSON *json_of(const char *text)
{
    AUTO_FREE char *copy = str_dup(text);
    cJSON *j = NULL;

    assert_non_null(copy);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_int_equal(json_parse(&j, copy, strlen(copy), NULL), 0);
    return j;
}

struct row {
    const char *name;
    ctl_run run;
    const char *args[ARGS_MAX];
    unsigned set;
    int count;
    const char *answers[ANSWERS_MAX]; /* one a request; ' stands for " */
    const char *asked;                /* the requests, each with a blank behind it */
    const char *shown, *error;        /* error "": it works */
    enum ctl_exit exit;
    bool json;
};

/* The answers wait in the socket before they are asked for: there is one thread. */
static void answers_wait(int fd, const struct row *row)
{
    for (size_t i = 0; i < ANSWERS_MAX && row->answers[i]; i++) {
        AUTO_JSON *answer = json_of(row->answers[i]), *event = json_of("{'more':1}");

        assert_int_equal(rpc_send_json(fd, CONTROL_EVENT, 1, event, NULL), 0);
        assert_int_equal(rpc_send_json(fd, CONTROL_DONE, 1, answer, NULL), 0);
    }
}

static void asked_of(struct str *out, int fd)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;

    while (rpc_recv(fd, packet, &f, 0, NULL) == 1) {
        assert_int_equal(f.type, CONTROL_REQUEST);
        for (size_t i = 0; i < f.len; i++)
            str_add_char(out, f.payload[i] == '"' ? '\'' : (char)f.payload[i]);
        str_add_char(out, ' ');
    }
}

/* What is written to the standard output meanwhile, as a text of the caller's. */
struct captured {
    FILE *file;
    int was;
};

static struct captured capture_begin(void)
{
    struct captured c = { .file = tmpfile(), .was = dup(STDOUT_FILENO) };

    assert_non_null(c.file);
    fflush(stdout);
    assert_true(dup2(fileno(c.file), STDOUT_FILENO) >= 0);
    return c;
}

static void capture_end(struct captured *c, struct str *out)
{
    char buf[512];
    size_t n;

    fflush(stdout);
    assert_true(dup2(c->was, STDOUT_FILENO) >= 0);
    close(c->was);
    rewind(c->file);
    while ((n = fread(buf, 1, sizeof(buf), c->file)) > 0)
        str_add_bytes(out, buf, n);
    fclose(c->file);
}

static int run_row(const struct row *row, int fd, enum ctl_exit *exit, struct str *shown, struct err *e)
{
    static const struct paths nowhere = { .etc = "/nonexistent/etc", .share = "/nonexistent/share" };
    char *argv[ARGS_MAX] = { NULL };
    struct ctl c = { .paths = &nowhere, .fd = fd, .json = row->json, .set = row->set, .count = row->count, .argv = argv };
    struct captured out;
    int r;

    while (c.argc < ARGS_MAX && row->args[c.argc]) {
        argv[c.argc] = str_dup(row->args[c.argc]);
        c.argc++;
    }
    out = capture_begin();
    r = row->run(&c, exit, e);
    capture_end(&out, shown);
    for (int i = 0; i < c.argc; i++)
        free(argv[i]);
    return r;
}

static void check(const struct row *row)
{
    AUTO_STR asked = STR_INIT, shown = STR_INIT;
    enum ctl_exit exit = CTL_DONE;
    struct err e = ERR_INIT;
    int fds[2], r;

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    answers_wait(fds[1], row);
    r = run_row(row, fds[0], &exit, &shown, &e);
    asked_of(&asked, fds[1]);
    if (strcmp(str_text(&asked), row->asked) != 0)
        fail_msg("%s asked\n%s\nnot\n%s", row->name, str_text(&asked), row->asked);
    if (strcmp(str_text(&shown), row->shown) != 0)
        fail_msg("%s showed\n%s\nnot\n%s", row->name, str_text(&shown), row->shown);
    if ((r < 0) != (row->error[0] != '\0') || !strstr(err_text(&e), row->error))
        fail_msg("%s gave %d '%s', not '%s'", row->name, r, err_text(&e), row->error);
    if (exit != row->exit)
        fail_msg("%s ended with %d, not %d", row->name, (int)exit, (int)row->exit);
    close(fds[0]);
    close(fds[1]);
}

#define REFUSED "{'error':'no such thing'}"

/* clang-format off */
static const struct row rows[] = {
    { "mute", run_mute, { NULL }, .answers = { "{'muted':true}" },
      .asked = "{'cmd':'mute'} ", .shown = "the microphone is off (muted)\n", .error = "" },
    { "mute on", run_mute, { "on" }, .answers = { "{'muted':true}" },
      .asked = "{'on':true,'cmd':'mute'} ", .shown = "the microphone is off (muted)\n", .error = "" },
    { "mute off", run_mute, { "off" }, .answers = { "{}" },
      .asked = "{'on':false,'cmd':'mute'} ", .shown = "the microphone is on\n", .error = "" },
    { "mute perhaps", run_mute, { "perhaps" }, .asked = "", .shown = "", .error = "use: mute [on|off]", .exit = CTL_USAGE },
    { "mute ON", run_mute, { "ON" }, .asked = "", .shown = "", .error = "use: mute", .exit = CTL_USAGE },
    { "mute refused", run_mute, { "on" }, .answers = { REFUSED },
      .asked = "{'on':true,'cmd':'mute'} ", .shown = "", .error = "no such thing" },

    { "engines, none", run_engine, { "list" }, .answers = { "{'engines':[]}" },
      .asked = "{'cmd':'engine.list'} ", .shown = "no engine is installed: this box hears by what comes with it\n", .error = "" },
    { "engines, one", run_engine, { "list" },
      .answers = { "{'engines':[{'name':'ear','version':'1','kind':'dictation','languages':['en','fr'],'about':'hears','bytes':5000000,'used':true}]}" },
      .asked = "{'cmd':'engine.list'} ", .shown = "ear 1: dictation in en fr, 5 MB  (in use)\n    hears\n", .error = "" },
    { "engines, strangely", run_engine, { "list" }, .answers = { "{'engines':[{'languages':[7]}]}" },
      .asked = "{'cmd':'engine.list'} ", .shown = "? ?: ? in ?, 0 MB\n", .error = "" },
    { "engines, for programs", run_engine, { "list" }, .answers = { "{'engines':[]}" }, .json = true,
      .asked = "{'cmd':'engine.list'} ", .shown = "{\"engines\":[]}\n", .error = "" },
    { "engine use", run_engine, { "use", "ear" }, .answers = { "{'engines':[{'name':'nose','kind':'commands'},{'name':'ear','kind':'dictation'}]}", "{}" },
      .asked = "{'cmd':'engine.list'} {'key':'engine.dictation','value':'ear','cmd':'config.set'} ", .shown = "it is used\n", .error = "" },
    { "engine use none", run_engine, { "use", "none" }, .answers = { "{'engines':[]}", "{}", "{}" },
      .asked = "{'cmd':'engine.list'} {'key':'engine.dictation','value':'','cmd':'config.set'} "
               "{'key':'engine.commands','value':'','cmd':'config.set'} ", .shown = "no engine is used\n", .error = "" },
    { "engine use, not there", run_engine, { "use", "ear" }, .answers = { "{'engines':[]}" },
      .asked = "{'cmd':'engine.list'} ", .shown = "", .error = "no engine 'ear' is installed" },
    { "engine remove", run_engine, { "remove", "ear" }, .answers = { "{}" },
      .asked = "{'name':'ear','cmd':'engine.remove'} ", .shown = "ear is removed\n", .error = "" },
    { "engine remove refused", run_engine, { "remove", "ear" }, .answers = { REFUSED },
      .asked = "{'name':'ear','cmd':'engine.remove'} ", .shown = "", .error = "no such thing" },
    { "engine add, no manifest", run_engine, { "add", "ear" }, .asked = "", .shown = "",
      .error = "there is no manifest ear.json in /nonexistent/etc/engines.d or /nonexistent/share/engines" },
    { "engine add, no file", run_engine, { "add", "./nonexistent.json" }, .asked = "", .shown = "", .error = "./nonexistent.json: no such file" },
    { "engine add, no name", run_engine, { "add" }, .asked = "", .shown = "", .error = "use: engine list", .exit = CTL_USAGE },
    { "engine sing", run_engine, { "sing", "x" }, .asked = "", .shown = "", .error = "use: engine list", .exit = CTL_USAGE },

    { "acknowledge", run_acknowledge, { NULL }, .answers = { "{}" },
      .asked = "{'cmd':'acknowledge'} ", .shown = "it is not told any more\n", .error = "" },
    { "reload", run_reload, { NULL }, .answers = { "{'devices':7,'sentences':'read'}" },
      .asked = "{'cmd':'reload'} ", .shown = "devices: 7; sentences: read\n", .error = "" },
    { "reload, strangely", run_reload, { NULL }, .answers = { "{'devices':'many','sentences':3}" },
      .asked = "{'cmd':'reload'} ", .shown = "devices: 0; sentences: ?\n", .error = "" },
    { "reload refused", run_reload, { NULL }, .answers = { REFUSED },
      .asked = "{'cmd':'reload'} ", .shown = "", .error = "no such thing" },

    { "say", run_say, { "good", "morning" }, .answers = { "{}" },
      .asked = "{'text':'good morning','cmd':'say'} ", .shown = "", .error = "" },
    { "say, for programs", run_say, { "tea" }, .answers = { "{'session':4503599627370497}" }, .json = true,
      .asked = "{'text':'tea','cmd':'say'} ", .shown = "{\"session\":4503599627370497}\n", .error = "" },

    { "ask, done", run_ask, { "lamp", "on" }, .answers = { "{'outcome':'done'}" }, .json = true,
      .asked = "{'text':'lamp on','speak':false,'cmd':'ask'} ", .shown = "{\"outcome\":\"done\"}\n", .error = "" },
    { "ask aloud", run_ask, { "lamp on" }, .set = CTL_SPEAK, .answers = { "{'outcome':'done'}" }, .json = true,
      .asked = "{'text':'lamp on','speak':true,'cmd':'ask'} ", .shown = "{\"outcome\":\"done\"}\n", .error = "" },
    { "ask, asked back", run_ask, { "light on" }, .answers = { "{'outcome':'asked'}" }, .json = true,
      .asked = "{'text':'light on','speak':false,'cmd':'ask'} ", .shown = "{\"outcome\":\"asked\"}\n", .error = "" },
    { "ask, not understood", run_ask, { "sing" }, .answers = { "{'outcome':'not_understood'}" }, .json = true,
      .asked = "{'text':'sing','speak':false,'cmd':'ask'} ", .shown = "{\"outcome\":\"not_understood\"}\n",
      .error = "", .exit = CTL_NOT_UNDERSTOOD },
    { "ask, not done", run_ask, { "lamp on" }, .answers = { "{'outcome':'failed'}" }, .json = true,
      .asked = "{'text':'lamp on','speak':false,'cmd':'ask'} ", .shown = "{\"outcome\":\"failed\"}\n",
      .error = "", .exit = CTL_FAILED },
    { "ask, an outcome that nobody knows", run_ask, { "x" }, .answers = { "{'outcome':7}" }, .json = true,
      .asked = "{'text':'x','speak':false,'cmd':'ask'} ", .shown = "{\"outcome\":7}\n", .error = "", .exit = CTL_FAILED },
    { "ask refused", run_ask, { "x" }, .answers = { REFUSED },
      .asked = "{'text':'x','speak':false,'cmd':'ask'} ", .shown = "", .error = "no such thing" },
    { "an error beside an answer is part of it", run_ask, { "x" }, .answers = { "{'error':'away','outcome':'failed'}" }, .json = true,
      .asked = "{'text':'x','speak':false,'cmd':'ask'} ", .shown = "{\"error\":\"away\",\"outcome\":\"failed\"}\n",
      .error = "", .exit = CTL_FAILED },
    { "listen", run_listen, { NULL }, .answers = { "{'outcome':'not_understood'}" }, .json = true,
      .asked = "{'cmd':'listen'} ", .shown = "{\"outcome\":\"not_understood\"}\n", .error = "", .exit = CTL_NOT_UNDERSTOOD },

    { "devices of two pages", run_devices, { NULL }, .json = true,
      .answers = { "{'total':3,'devices':[{'id':'a'},{'id':'b'}]}", "{'total':3,'devices':[{'id':'c'}]}" },
      .asked = "{'from':0,'cmd':'devices'} {'from':2,'cmd':'devices'} ",
      .shown = "{\"devices\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"}]}\n", .error = "" },
    { "devices that have become fewer", run_devices, { NULL }, .json = true,
      .answers = { "{'total':5,'devices':[{'id':'a'}]}", "{'total':5,'devices':[]}" },
      .asked = "{'from':0,'cmd':'devices'} {'from':1,'cmd':'devices'} ",
      .shown = "{\"devices\":[{\"id\":\"a\"}]}\n", .error = "" },
    { "devices that are no list", run_devices, { NULL }, .json = true, .answers = { "{'total':5,'devices':'many'}" },
      .asked = "{'from':0,'cmd':'devices'} ", .shown = "{\"devices\":[]}\n", .error = "" },
    { "no devices", run_devices, { NULL }, .answers = { "{'total':0,'devices':[]}" }, .asked = "{'from':0,'cmd':'devices'} ",
      .shown = "no devices: write them into /etc/jarvis/devices.yaml, then `jarvisctl reload`\n", .error = "" },
    { "devices, the second page refused", run_devices, { NULL }, .answers = { "{'total':2,'devices':[{'id':'a'}]}", REFUSED },
      .asked = "{'from':0,'cmd':'devices'} {'from':1,'cmd':'devices'} ", .shown = "", .error = "no such thing" },
    { "areas", run_areas, { NULL }, .answers = { "{'areas':[{'name':'Hall','devices':['a']}]}" },
      .asked = "{'cmd':'areas'} ", .shown = "Hall: a\n", .error = "" },

    { "sentences test", run_sentences, { "test", "lamp", "on" }, .json = true, .answers = { "{'code':0}" },
      .asked = "{'text':'lamp on','cmd':'sentences.test'} ", .shown = "{\"code\":0}\n", .error = "" },
    { "sentences test, no match", run_sentences, { "test", "x" }, .json = true, .answers = { "{'code':-2}" },
      .asked = "{'text':'x','cmd':'sentences.test'} ", .shown = "{\"code\":-2}\n", .error = "", .exit = CTL_NOT_UNDERSTOOD },
    { "sentences of another kind", run_sentences, { "show", "x" }, .asked = "", .shown = "", .error = "use: sentences test", .exit = CTL_USAGE },

    { "history", run_history, { NULL }, .answers = { "{'sessions':[]}" },
      .asked = "{'before':0,'count':5,'cmd':'history'} ", .shown = "", .error = "" },
    { "history of two pages", run_history, { NULL }, .set = CTL_COUNT, .count = 23, .json = true,
      .answers = { "{'sessions':[{'id':9},{'id':7}]}", "{'sessions':[{'id':4}]}", "{'sessions':[]}" },
      .asked = "{'before':0,'count':20,'cmd':'history'} {'before':7,'count':20,'cmd':'history'} "
               "{'before':4,'count':20,'cmd':'history'} ",
      .shown = "{\"sessions\":[{\"id\":9},{\"id\":7},{\"id\":4}]}\n", .error = "" },
    { "history that would go in a circle", run_history, { NULL }, .set = CTL_COUNT, .count = 9, .json = true,
      .answers = { "{'sessions':[{'id':'x'}]}" }, .asked = "{'before':0,'count':9,'cmd':'history'} ",
      .shown = "{\"sessions\":[{\"id\":\"x\"}]}\n", .error = "" },
    { "history, the second page refused", run_history, { NULL }, .set = CTL_COUNT, .count = 9,
      .answers = { "{'sessions':[{'id':3}]}", REFUSED },
      .asked = "{'before':0,'count':9,'cmd':'history'} {'before':3,'count':8,'cmd':'history'} ", .shown = "",
      .error = "no such thing" },
    { "missed", run_missed, { NULL }, .set = CTL_COUNT, .count = 3,
      .answers = { "{'missed':[{'text':'turn on the xy','count':2,'lacks':'xy','proposals':[{'text':'xy','device':'lamp'}]},"
                   "{'text':'gimme','count':1,'proposals':[{'text':'gimme','means':'turn on the lamp'}]},"
                   "{'text':'open the ab','count':1,'lacks':'ab','proposals':[]}]}" },
      .asked = "{'before':0,'count':3,'cmd':'missed'} ", .shown = "turn on the xy  (2)\n    jarvisctl learn name \"xy\" lamp\ngimme  (1)\n"
                                    "    jarvisctl learn sentence \"gimme\" \"turn on the lamp\"\nopen the ab  (1)\n"
                                    "    jarvisctl learn name \"ab\" DEVICE\n", .error = "" },
    { "missed nothing", run_missed, { NULL }, .answers = { "{'missed':[]}" },
      .asked = "{'before':0,'count':5,'cmd':'missed'} ", .shown = "nothing: all was understood\n", .error = "" },
    { "learn a name", run_learn, { "name", "xy", "lamp" },
      .answers = { "{'learnt':[{'text':'xy','device':'lamp'},{'text':'gimme','means':'turn on'}]}" },
      .asked = "{'text':'xy','device':'lamp','cmd':'learn'} ", .shown = "xy = lamp\ngimme = turn on\n", .error = "" },
    { "learn a sentence", run_learn, { "sentence", "gimme", "turn on" }, .answers = { "{'learnt':[]}" },
      .asked = "{'text':'gimme','means':'turn on','cmd':'learn'} ", .shown = "nothing is taught\n", .error = "" },
    { "all that was taught", run_learn, { NULL }, .answers = { "{'learnt':[]}" }, .asked = "{'cmd':'learn'} ",
      .shown = "nothing is taught\n", .error = "" },
    { "forget", run_forget, { "open", "sesame" }, .answers = { "{'learnt':[]}" },
      .asked = "{'forget':'open sesame','cmd':'learn'} ", .shown = "nothing is taught\n", .error = "" },
    { "learn half a name", run_learn, { "name", "xy" }, .asked = "", .shown = "", .error = "use: learn", .exit = CTL_USAGE },
    { "learn what", run_learn, { "thing", "xy", "z" }, .asked = "", .shown = "", .error = "use: learn", .exit = CTL_USAGE },
    { "learn refused", run_learn, { "name", "xy", "z" }, .answers = { REFUSED },
      .asked = "{'text':'xy','device':'z','cmd':'learn'} ", .shown = "", .error = "no such thing" },
    { "history, two", run_history, { NULL }, .set = CTL_COUNT, .count = 2, .json = true, .answers = { "{'sessions':[]}" },
      .asked = "{'before':0,'count':2,'cmd':'history'} ", .shown = "{\"sessions\":[]}\n", .error = "" },
    { "log", run_log, { NULL }, .set = CTL_COUNT, .count = 2, .json = true, .answers = { "{'lines':[{'seq':4,'text':'a'},{'seq':5,'text':'b'}]}" },
      .asked = "{'count':2,'after':0,'cmd':'log'} ", .shown = "{\"seq\":4,\"text\":\"a\"}\n{\"seq\":5,\"text\":\"b\"}\n", .error = "" },
    { "log of two pages", run_log, { NULL }, .set = CTL_COUNT, .count = 900, .json = true,
      .answers = { "{'lines':[{'seq':4}]}", "{'lines':[{'seq':5}]}", "{'lines':[]}" },
      .asked = "{'count':512,'after':0,'cmd':'log'} {'count':512,'after':4,'cmd':'log'} {'count':512,'after':5,'cmd':'log'} ",
      .shown = "{\"seq\":4}\n{\"seq\":5}\n", .error = "" },
    { "log, lines that come between two pages", run_log, { NULL }, .set = CTL_COUNT, .count = 3, .json = true,
      .answers = { "{'lines':[{'seq':4},{'seq':5}]}", "{'lines':[{'seq':6},{'seq':7},{'seq':8}]}" },
      .asked = "{'count':3,'after':0,'cmd':'log'} {'count':3,'after':5,'cmd':'log'} ",
      .shown = "{\"seq\":4}\n{\"seq\":5}\n{\"seq\":6}\n", .error = "" },
    { "log -f shows them all", run_log, { NULL }, .set = CTL_FOLLOW | CTL_COUNT, .count = 1, .json = true,
      .answers = { "{'lines':[{'seq':4}]}", "{'lines':[{'seq':5},{'seq':6}]}", REFUSED },
      .asked = "{'count':1,'after':0,'cmd':'log'} {'count':1,'after':4,'cmd':'log'} {'count':1,'after':6,'cmd':'log'} ",
      .shown = "{\"seq\":4}\n{\"seq\":5}\n{\"seq\":6}\n", .error = "no such thing" },
    { "log, lines without a number", run_log, { NULL }, .json = true, .answers = { "{'lines':[{'text':'a'}]}" },
      .asked = "{'count':64,'after':0,'cmd':'log'} ", .shown = "{\"text\":\"a\"}\n", .error = "" },
    { "log, then the daemon refuses", run_log, { NULL }, .set = CTL_FOLLOW | CTL_COUNT, .count = 9, .json = true,
      .answers = { "{'lines':[{'seq':4}]}", REFUSED },
      .asked = "{'count':9,'after':0,'cmd':'log'} {'count':9,'after':4,'cmd':'log'} ", .shown = "{\"seq\":4}\n",
      .error = "no such thing" },

    { "config get", run_config, { "get" }, .answers = { "{'a.b':1}" },
      .asked = "{'cmd':'config.get'} ", .shown = "a.b = 1\n", .error = "" },
    { "config get one", run_config, { "get", "a.b" }, .json = true, .answers = { "{'a.b':1}" },
      .asked = "{'key':'a.b','cmd':'config.get'} ", .shown = "{\"a.b\":1}\n", .error = "" },
    { "config set", run_config, { "set", "a.b", "2" }, .answers = { "{}" },
      .asked = "{'key':'a.b','value':'2','cmd':'config.set'} ", .shown = "a.b is set\n", .error = "" },
    { "config set for later", run_config, { "set", "a.b", "-2" }, .answers = { "{'restart':true}" },
      .asked = "{'key':'a.b','value':'-2','cmd':'config.set'} ",
      .shown = "a.b is set; it takes effect when jarvisd starts again\n", .error = "" },
    { "config set refused", run_config, { "set", "a.b", "x" }, .answers = { REFUSED },
      .asked = "{'key':'a.b','value':'x','cmd':'config.set'} ", .shown = "", .error = "no such thing" },
    { "config set without a value", run_config, { "set", "a.b" }, .asked = "", .shown = "", .error = "use: config", .exit = CTL_USAGE },
    { "config get of two", run_config, { "get", "a", "b" }, .asked = "", .shown = "", .error = "use: config", .exit = CTL_USAGE },
    { "config forget", run_config, { "forget", "a" }, .asked = "", .shown = "", .error = "use: config", .exit = CTL_USAGE },
};
/* clang-format on */

static void as_scripted(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++)
        check(&rows[i]);
}

/* Every command, to a daemon that goes away or sends what is no answer: an error in words, nothing shown. */
static void a_daemon_that_fails(void **state)
{
    static const struct {
        const char *bytes; /* the payload of CONTROL_DONE; NULL: it hangs up */
        const char *error;
    } faults[] = {
        { NULL, "waiting for jarvisd" },
        { "", "answer of jarvisd" },
        { "{\"a\":", "answer of jarvisd" },
        { "{\"a\":1}{", "answer of jarvisd" },
        { "\xff\xfe", "answer of jarvisd" },
    };
    static const ctl_run runs[] = { run_status, run_ask, run_listen, run_devices, run_areas, run_log,
                                    run_history, run_mute, run_acknowledge, run_reload };

    (void)state;
    for (size_t i = 0; i < N_OF(faults); i++)
        for (size_t n = 0; n < N_OF(runs); n++) {
            const struct row row = { .run = runs[n] };
            AUTO_STR shown = STR_INIT;
            enum ctl_exit exit = CTL_DONE;
            struct err e = ERR_INIT;
            int fds[2];

            assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
            if (faults[i].bytes)
                assert_int_equal(rpc_send(fds[1], CONTROL_DONE, 1, faults[i].bytes, strlen(faults[i].bytes), NULL), 0);
            else
                shutdown(fds[1], SHUT_WR);
            assert_true(run_row(&row, fds[0], &exit, &shown, &e) < 0);
            if (!strstr(err_text(&e), faults[i].error))
                fail_msg("fault %zu, command %zu: '%s'", i, n, err_text(&e));
            assert_string_equal(str_text(&shown), "");
            assert_int_equal(exit, CTL_DONE);
            close(fds[0]);
            close(fds[1]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_scripted),
        cmocka_unit_test(a_daemon_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
