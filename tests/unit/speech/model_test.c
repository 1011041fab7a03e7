/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/speech/model_test.c - which model jarvis-stt is told to load: the package's for English, an engine's for
 * the language that it brings. This program plays jarvis-stt; what it was told last is what it "hears". */
#include "speech/wire.h"
#include "talk.h"

#include <sys/stat.h>

enum { PATIENCE_MS = 5000, HEALTHY_TICKS = 1100 };

/* ---- the helper's side ----------------------------------------------------------------------- */

static const char *last_of(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : "none";
}

static int helper_main(void)
{
    static uint8_t packet[RPC_FRAME_BYTES_MAX];
    struct wire_config config = { .model = NULL };
    struct wire_grammar grammar = { .fsg = NULL };
    struct wire_progress p = { .state = WIRE_FINAL };
    struct rpc_frame f;
    char told[300];

    while (rpc_recv(HELPER_FD, packet, &f, -1, NULL) > 0) {
        if (f.type == UTT_AUDIO || f.type == WAKE_AUDIO)
            rpc_send(HELPER_FD, f.type == UTT_AUDIO ? UTT_PROGRESS : WAKE_PROGRESS, f.serial, &p, sizeof(p), NULL);
        if (f.type == TTS_SPEAK)
            rpc_send(HELPER_FD, TTS_END, f.serial, "{}", 2, NULL);
        if (f.type == STT_CONFIG && wire_take(&config, &wire_config_fields, &f, NULL) == 0)
            rpc_send(HELPER_FD, STT_CONFIG_OK, f.serial, "{}", 2, NULL);
        if (f.type == STT_GRAMMAR && wire_take(&grammar, &wire_grammar_fields, &f, NULL) == 0)
            rpc_send(HELPER_FD, STT_GRAMMAR_OK, f.serial, "{\"words\":1}", 11, NULL);
        if (f.type != UTT_END)
            continue;
        snprintf(told, sizeof(told), "{\"text\":\"%.60s %.60s %.10s %.60s\"}", last_of(config.model), last_of(config.dictionary),
                 config.language ? config.language : "own", last_of(grammar.fsg));
        rpc_send(HELPER_FD, UTT_RESULT, f.serial, told, strlen(told), NULL);
    }
    return 0;
}

/* ---- this side ------------------------------------------------------------------------------- */

static const char manifest[] =
    "{\"name\":\"french\",\"version\":\"1\",\"licence\":\"ours\",\"kind\":\"commands\",\"languages\":[\"fr\"],"
    "\"model\":\"model\",\"dictionary\":\"fr.dict\",\"files\":["
    "{\"path\":\"model/mdef\",\"url\":\"https://e.org/a\",\"bytes\":1,\"sha256\":\""
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"},"
    "{\"path\":\"fr.dict\",\"url\":\"https://e.org/b\",\"bytes\":1,\"sha256\":\""
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]}";

static int open_all(void **state)
{
    char path[200];

    (void)state;
    rig_open(&rig, true, "");
    snprintf(rig.paths.state, sizeof(rig.paths.state), "%s", rig.dir);
    snprintf(path, sizeof(path), "%.64s/engines/french", rig.dir);
    if (file_mkdirs(path, 0755, NULL) < 0)
        return -1;
    snprintf(path, sizeof(path), "%.64s/engines/french/manifest.json", rig.dir);
    if (file_write(path, manifest, strlen(manifest), 0644, NULL) < 0)
        return -1;
    rig_play(&rig, "jarvis-stt");
    rig_play(&rig, "jarvis-tts");
    str_copy(rig.settings.stt_remote, sizeof(rig.settings.stt_remote), "none");
    str_copy(rig.settings.stt_model, sizeof(rig.settings.stt_model), "/usr/share/en-us");
    str_copy(rig.settings.stt_dictionary, sizeof(rig.settings.stt_dictionary), "/usr/share/cmudict");
    if (engines_new(&talk_engines, NULL, &rig.paths, NULL) < 0)
        return -1;
    speech_open();
    return 0;
}

static int close_all(void **state)
{
    char path[200];

    (void)state;
    speech = speech_free(speech);
    talk_engines = engines_free(talk_engines);
    snprintf(path, sizeof(path), "%.64s/engines/french/manifest.json", rig.dir);
    unlink(path);
    for (int i = 0; i < 2; i++) {
        *strrchr(path, '/') = '\0';
        rmdir(path);
    }
    rig_close(&rig);
    return 0;
}

static const struct rig_line *heard(uint64_t session)
{
    for (size_t i = 0; i < rig.n; i++)
        if (rig.log[i].type == MSG_TRANSCRIPT && rig.log[i].session == session)
            return &rig.log[i];
    fail_msg("session %llu has no transcript", (unsigned long long)session);
    return NULL;
}

/* The language, what engine.commands names, the grammar that was made last, and what comes of it. */
static const struct {
    const char *language, *engine, *grammar;
    int code;
    const char *text;
} steps[] = {
    { "en", "", "/run/grammar-en.fsg", 0, "en-us cmudict own grammar-en.fsg" },
    { "en", "french", NULL, 0, "en-us cmudict own grammar-en.fsg" }, /* it does not hear English */
    { "fr", "", NULL, -ENOTSUP, "does not know the language" },
    { "fr", "lost", NULL, -ENOTSUP, "does not know the language" },
    { "fr", "french", NULL, -ENOTSUP, "does not know the language" }, /* its grammar is not made yet */
    { "fr", "french", "/run/grammar-fr.fsg", 0, "model fr.dict fr grammar-fr.fsg" },
    { "fr-ca", "french", NULL, -ENOTSUP, "does not know the language" },
    { "en", "french", NULL, -ENOTSUP, "does not know the language" }, /* that grammar is French */
    { "en", "french", "/run/grammar-en.fsg", 0, "en-us cmudict own grammar-en.fsg" },
};

static void which_model(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct rig_line *got;

        str_copy(rig.settings.language, sizeof(rig.settings.language), steps[i].language);
        str_copy(rig.settings.engine_commands, sizeof(rig.settings.engine_commands), steps[i].engine);
        rig_post(&rig, MSG_SETTINGS, 0, "engine.commands", 0);
        if (steps[i].grammar)
            rig_post(&rig, MSG_GRAMMAR, 0, steps[i].grammar, 0);
        run(HEALTHY_TICKS, PATIENCE_MS); /* so long that the next start is at once again */
        say_one(10 + i, PATIENCE_MS);
        got = heard(10 + i);
        if (got->code != steps[i].code || !strstr(got->text, steps[i].text))
            fail_msg("step %zu: %d '%s', not '%s'", i, got->code, got->text, steps[i].text);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(which_model, open_all, close_all) };

    if (argc > 0 && (rig_is_called(argv[0], "jarvis-stt") || rig_is_called(argv[0], "jarvis-tts")))
        return helper_main();
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
