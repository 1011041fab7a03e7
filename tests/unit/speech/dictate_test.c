/* SPDX-License-Identifier: Apache-2.0 */
/* speech/dictate, and who is asked in which order: this program plays jarvis-stt, which never understands, and a
 * dictation engine that is good, bad or strange as its name tells; the recogniser elsewhere is a small server.
 *
 * Whatever the engine does, each session has one transcript and the recogniser of commands goes on. */
#include "lib/fake_server.h"
#include "speech/dictate.h"
#include "speech/wire.h"
#include "talk.h"

#include <signal.h>
#include <sys/stat.h>

enum { PATIENCE_MS = 5000, SHORT_MS = 400 };

/* ---- the helpers' side ----------------------------------------------------------------------- */

/* One way to be an engine. `result` NULL: none comes. */
struct manner {
    const char *name; /* of the program: jarvis-<name> */
    const char *config, *result;
    bool crashes, twice;
    bool lies;    /* a progress for each frame that nobody sent */
    bool nonsense; /* a packet that is no frame */
    bool mute;    /* takes sound and answers nothing */
};

/* clang-format off */
static const struct manner manners[] = {
    { .name = "good", .config = "{\"wire\":1}", .result = "{\"text\":\"jarvis open the blinds\"}" },
    { .name = "plain", .config = "{}", .result = "{\"text\":\"open the blinds\"}" }, /* of before there were versions */
    { .name = "deaf", .config = "{\"wire\":1}", .result = "{\"text\":\"\"}" },
    { .name = "refuses", .config = "{\"wire\":1}", .result = "{\"text\":\"open the blinds\",\"rejected\":true}" },
    { .name = "fails", .config = "{\"wire\":1}", .result = "{\"error\":\"out of breath\"}" },
    { .name = "crashes", .config = "{\"wire\":1}", .result = NULL, .crashes = true },
    { .name = "hangs", .config = "{\"wire\":1}", .result = NULL },
    { .name = "mute", .config = "{\"wire\":1}", .result = NULL, .mute = true },
    { .name = "garbles", .config = "{\"wire\":1}", .result = "{\"text\":7,\"more\":[}" },
    { .name = "half", .config = "{\"wire\":1}", .result = "{\"text\":\"open the bl" },
    { .name = "nonsense", .config = "{\"wire\":1}", .result = NULL, .nonsense = true },
    { .name = "twice", .config = "{\"wire\":1}", .result = "{\"text\":\"open the blinds\"}", .twice = true },
    { .name = "lies", .config = "{\"wire\":1}", .result = "{\"text\":\"open the blinds\"}", .lies = true },
    { .name = "newer", .config = "{\"wire\":2}", .result = "{\"text\":\"open the blinds\"}" },
    { .name = "broken", .config = "{\"wire\":", .result = "{\"text\":\"open the blinds\"}" },
    { .name = "sorry", .config = "{\"error\":\"no such model\"}", .result = "{\"text\":\"open the blinds\"}" },
    { .name = "stt", .config = "{}", .result = "{\"text\":\"\",\"rejected\":true}" }, /* jarvis-stt itself */
};
/* clang-format on */

static void answer_end(const struct manner *m, uint32_t serial)
{
    if (m->crashes)
        raise(SIGKILL);
    if (m->nonsense)
        (void)!write(HELPER_FD, "no frame at all", 15);
    for (int i = 0; m->result && i < (m->twice ? 3 : 1); i++)
        rpc_send(HELPER_FD, UTT_RESULT, serial, m->result, strlen(m->result), NULL);
}

static void answer_sound(const struct manner *m, const struct rpc_frame *f)
{
    struct wire_progress p = { .state = WIRE_FINAL };

    if (m->mute)
        return;
    rpc_send(HELPER_FD, f->type == UTT_AUDIO ? UTT_PROGRESS : WAKE_PROGRESS, f->serial, &p, sizeof(p), NULL);
    for (uint32_t i = 1; m->lies && i < 5; i++) {
        rpc_send(HELPER_FD, UTT_PROGRESS, f->serial + i, &p, sizeof(p), NULL);
        rpc_send(HELPER_FD, UTT_RESULT, 1000 + i, "{\"text\":\"unlock the door\"}", 26, NULL); /* to nothing asked */
    }
}

static int engine_main(const struct manner *m)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct rpc_frame f;

    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        if (f.type == UTT_AUDIO || f.type == WAKE_AUDIO)
            answer_sound(m, &f);
        else if (f.type == STT_CONFIG)
            rpc_send(HELPER_FD, STT_CONFIG_OK, f.serial, m->config, strlen(m->config), NULL);
        else if (f.type == UTT_END)
            answer_end(m, f.serial);
        else if (f.type == TTS_SPEAK)
            rpc_send(HELPER_FD, TTS_END, f.serial, "{}", 2, NULL);
    }
    return 0;
}

/* ---- this side ------------------------------------------------------------------------------- */

static struct fake_server server;
static char program[40]; /* of the engine under test */

#define JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
#define WHISPER JSON "{\"text\":\"open the blinds elsewhere\"}"

static void shelf_write(const char *name, const char *language)
{
    char path[200], text[600];

    snprintf(path, sizeof(path), "%.64s/engines/%.20s", rig.dir, name);
    assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
    snprintf(path, sizeof(path), "%.64s/engines/%.20s/manifest.json", rig.dir, name);
    snprintf(text, sizeof(text),
             "{\"name\":\"%s\",\"version\":\"1\",\"licence\":\"ours\",\"kind\":\"dictation\",\"languages\":[\"%s\"],"
             "\"program\":\"%s\",\"memory_mb\":512,\"files\":[]}", name, language, program);
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
}

static void open_with(const char *manner, bool remote)
{
    rig_open(&rig, true, "");
    snprintf(rig.paths.state, sizeof(rig.paths.state), "%s", rig.dir);
    snprintf(program, sizeof(program), "jarvis-%s", manner);
    rig_play(&rig, "jarvis-stt");
    rig_play(&rig, "jarvis-tts");
    rig_play(&rig, program);
    shelf_write("ear", "en");
    assert_int_equal(fake_start(&server), 0);
    str_copy(rig.settings.stt_remote, sizeof(rig.settings.stt_remote), remote ? "whisper" : "none");
    snprintf(rig.settings.stt_url, sizeof(rig.settings.stt_url), "http://127.0.0.1:%u", server.port);
    str_copy(rig.settings.wake_phrase, sizeof(rig.settings.wake_phrase), "jarvis");
    str_copy(rig.settings.engine_dictation, sizeof(rig.settings.engine_dictation), "ear");
    rig.settings.stt_connect_ms = 1000;
    rig.settings.stt_remote_ms = 8000;
    rig.settings.engine_ms = 100; /* of virtual time, which waits for whoever answers */
    rig.settings.engine_may_act = true;
    fake_script(&server, WHISPER, FAKE_CLOSE, 0);
    assert_int_equal(engines_new(&talk_engines, NULL, &rig.paths, NULL), 0);
    speech_open();
}

static void close_with(void)
{
    char folder[200];

    speech = speech_free(speech);
    talk_engines = engines_free(talk_engines);
    fake_stop(&server);
    snprintf(folder, sizeof(folder), "%.64s/engines/ear/manifest.json", rig.dir);
    unlink(folder);
    for (int i = 0; i < 2; i++) { /* the folders that it stood in */
        *strrchr(folder, '/') = '\0';
        rmdir(folder);
    }
    snprintf(folder, sizeof(folder), "%.64s/%.40s", rig.dir, program);
    unlink(folder);
    rig_close(&rig);
}

/* Until its helper is up and has said what it is, or is known not to. */
static void settle(void)
{
    for (int i = 0; i < 100; i++)
        loop_step(rig.loop, 10);
    run(5, PATIENCE_MS);
}

static const struct rig_line *only_transcript(uint64_t session)
{
    const struct rig_line *found = NULL;

    for (size_t i = 0; i < rig.n; i++) {
        if (rig.log[i].type != MSG_TRANSCRIPT || rig.log[i].session != session)
            continue;
        if (found)
            fail_msg("session %llu: '%s' and '%s'", (unsigned long long)session, found->text, rig.log[i].text);
        found = &rig.log[i];
    }
    assert_non_null(found);
    return found;
}

static const char *fault_of(const char *part)
{
    for (size_t i = rig.n; i-- > 0;)
        if (rig.log[i].type == MSG_FAULT && strcmp(rig.log[i].part, part) == 0)
            return rig.log[i].code < 0 ? rig.log[i].text : "";
    return "";
}

/* clang-format off */
static const struct {
    const char *manner;
    const char *text;  /* of the one transcript; NULL: nothing was understood */
    const char *fault; /* of the part engine.dictation, afterwards; "": none */
    bool asks_elsewhere;
} cases[] = {
    { "good", "open the blinds", "", false },
    { "plain", "open the blinds", "", false },
    { "twice", "open the blinds", "", false },
    { "lies", "open the blinds", "", false },
    { "deaf", NULL, "", true },
    { "refuses", NULL, "", true },
    { "fails", NULL, "out of breath", true },
    { "crashes", NULL, "", true }, /* it is up again by then */
    { "hangs", NULL, "", true },
    { "mute", NULL, "", true },
    { "garbles", NULL, "sent nonsense", true },
    { "half", NULL, "sent nonsense", true },
    { "nonsense", NULL, "", true },
    { "newer", NULL, "version 2 of the wire and this jarvisd version 1", true },
    { "broken", NULL, "sent nonsense", true },
    { "sorry", NULL, "no such model", true },
};
/* clang-format on */

/* Alone: one transcript, whatever it does. With a recogniser elsewhere: that one's, where it has none. */
static void whatever_it_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int remote = 0; remote < 2; remote++) {
            const struct rig_line *got;
            const char *want = cases[i].text ? cases[i].text : remote ? "open the blinds elsewhere" : "no command";

            print_message("%s%s\n", cases[i].manner, remote ? ", and one elsewhere" : "");
            open_with(cases[i].manner, remote);
            settle();
            for (uint64_t session = 7; session < 9; session++) { /* and the next sentence as well */
                say_one(session, SHORT_MS);
                got = only_transcript(session);
                if (!strstr(got->text, want))
                    fail_msg("%s: '%s', not '%s'", cases[i].manner, got->text, want);
                assert_int_equal(got->code, cases[i].text || remote ? 0 : -ENODATA);
            }
            if (!strstr(fault_of("engine.dictation"), cases[i].fault))
                fail_msg("%s told '%s'", cases[i].manner, fault_of("engine.dictation"));
            assert_int_equal(server.requests, remote && cases[i].asks_elsewhere ? 2 : 0);
            assert_string_equal(fault_of("recogniser"), "");
            close_with();
        }
    }
}

/* The other way round, it is asked only where the one elsewhere has nothing. */
static void order(void **state)
{
    static const struct {
        const char *order, *answer, *want;
        unsigned requests;
    } rows[] = {
        { "engine-first", WHISPER, "open the blinds", 0 },
        { "remote-first", WHISPER, "open the blinds elsewhere", 1 },
        { "remote-first", JSON "{\"text\":\"\"}", "open the blinds", 1 },
        { "remote-first", "", "open the blinds", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_JSON *told = NULL;

        open_with("good", true);
        str_copy(rig.settings.engine_order, sizeof(rig.settings.engine_order), rows[i].order);
        settle();
        fake_script(&server, rows[i].answer, FAKE_CLOSE, 0);
        say_one(7, PATIENCE_MS);
        assert_string_equal(only_transcript(7)->text, rows[i].want);
        assert_int_equal(server.requests, rows[i].requests);
        told = speech_order(speech);
        assert_string_equal(json_str(cJSON_GetArrayItem(told, 0), "name", ""), "jarvis-stt");
        assert_string_equal(json_str(cJSON_GetArrayItem(told, 1), "name", ""), i == 0 ? "ear" : "whisper");
        assert_string_equal(json_str(cJSON_GetArrayItem(told, 2), "name", ""), i == 0 ? "whisper" : "ear");
        assert_true(json_bool(cJSON_GetArrayItem(told, i == 0 ? 1 : 2), "ready", false));
        close_with();
    }
}

/* What it alone has heard may be a mistake: nothing takes it for a command that may be done. */
static void may_not_act(void **state)
{
    const struct rig_line *got;

    (void)state;
    open_with("good", false);
    rig.settings.engine_may_act = false;
    settle();
    say_one(7, PATIENCE_MS);
    got = only_transcript(7);
    assert_int_equal(got->code, -ENODATA);
    assert_non_null(strstr(got->text, "asked back"));
    close_with();
}

/* Three times in a row is enough: then nobody waits for it, until its time has come. */
static void left_alone(void **state)
{
    (void)state;
    open_with("hangs", true);
    settle();
    for (uint64_t session = 1; session <= 5; session++) {
        say_one(session, SHORT_MS);
        settle();
        assert_string_equal(only_transcript(session)->text, "open the blinds elsewhere");
    }
    {
        AUTO_JSON *told = speech_order(speech);

        assert_false(json_bool(cJSON_GetArrayItem(told, 1), "ready", true));
    }
    close_with();
}

/* It comes and goes by the setting, and while it is asked its going is an answer. */
static void comes_and_goes(void **state)
{
    static const struct {
        const char *name, *language, *want;
    } rows[] = {
        { "ear", "en", "open the blinds" }, { "", "en", NULL },    { "ear", "en", "open the blinds" },
        { "lost", "en", NULL },             { "ear", "de", NULL }, { "ear", "en-gb", "open the blinds" },
    };

    (void)state;
    open_with("good", false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        str_copy(rig.settings.engine_dictation, sizeof(rig.settings.engine_dictation), rows[i].name);
        str_copy(rig.settings.language, sizeof(rig.settings.language), rows[i].language);
        rig_post(&rig, MSG_SETTINGS, 0, "engine.dictation", 0);
        settle();
        say_one(20 + i, PATIENCE_MS);
        assert_int_equal(only_transcript(20 + i)->code,
                         rows[i].want ? 0 : strcmp(rows[i].language, "de") == 0 ? -ENOTSUP : -ENODATA);
        if (rows[i].want)
            assert_string_equal(only_transcript(20 + i)->text, rows[i].want);
    }
    close_with();
}

/* A program of its own that a link leads elsewhere is not started. */
static void links_lead_nowhere(void **state)
{
    static const char text[] =
        "{\"name\":\"ear\",\"version\":\"1\",\"licence\":\"ours\",\"kind\":\"dictation\",\"languages\":[\"en\"],\"program\":\"own\","
        "\"files\":[{\"path\":\"own\",\"url\":\"https://e.org/a\",\"bytes\":1,\"sha256\":\""
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}";
    char path[200], got[PATHS_BYTES];
    struct err e = ERR_INIT;
    const struct manifest *m;

    (void)state;
    open_with("good", false);
    snprintf(path, sizeof(path), "%.64s/engines/ear/manifest.json", rig.dir);
    assert_int_equal(file_write(path, text, strlen(text), 0644, NULL), 0);
    speech = speech_free(speech);
    engines_free(talk_engines);
    assert_int_equal(engines_new(&talk_engines, NULL, &rig.paths, NULL), 0);
    m = shelf_find(engines_shelf(talk_engines), "ear");
    assert_non_null(m);
    assert_int_equal(engines_program(got, sizeof(got), talk_engines, m, &e), -ENOENT);
    snprintf(path, sizeof(path), "%.64s/engines/ear/own", rig.dir);
    assert_int_equal(symlink("/bin/sh", path), 0);
    assert_int_equal(engines_program(got, sizeof(got), talk_engines, m, &e), -EACCES);
    assert_non_null(strstr(e.text, "leads out of the engine's folder"));
    unlink(path);
    assert_int_equal(file_mkdirs(path, 0755, NULL), 0);
    assert_int_equal(engines_program(got, sizeof(got), talk_engines, m, &e), -EACCES);
    rmdir(path);
    assert_int_equal(file_write(path, "x", 1, 0755, NULL), 0);
    assert_int_equal(engines_program(got, sizeof(got), talk_engines, m, &e), 0);
    unlink(path);
    speech_open();
    close_with();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_it_does), cmocka_unit_test(order),          cmocka_unit_test(may_not_act),
        cmocka_unit_test(left_alone),       cmocka_unit_test(comes_and_goes), cmocka_unit_test(links_lead_nowhere),
    };

    for (size_t i = 0; argc > 0 && i < sizeof(manners) / sizeof(manners[0]); i++) {
        char name[40];

        snprintf(name, sizeof(name), "jarvis-%s", manners[i].name);
        if (rig_is_called(argv[0], name))
            return engine_main(&manners[i]);
    }
    if (argc > 0 && rig_is_called(argv[0], "jarvis-tts"))
        return engine_main(&manners[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
