/* SPDX-License-Identifier: Apache-2.0 */
/* speech/wire: the heads of frames between jarvisd and the speech helpers. What one side writes the
 * other reads; what is wrong is refused with words that name it, and leaves the struct as it was. */
#include "speech/wire.h"

#include "base/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { HEAD_BYTES_MAX = 256 };

static const struct {
    const char *name;
    const struct fields *fields;
} heads[] = {
    { "config", &wire_config_fields }, { "grammar", &wire_grammar_fields },
    { "loaded", &wire_loaded_fields }, { "result", &wire_result_fields },
    { "speak", &wire_speak_fields },   { "spoken", &wire_spoken_fields },
    { "words", &wire_words_fields },   { "sounds", &wire_sounds_fields },
};

static const struct fields *head_find(const char *name)
{
    for (size_t i = 0; i < N_OF(heads); i++)
        if (strcmp(heads[i].name, name) == 0)
            return heads[i].fields;
    fail_msg("no head '%s'", name);
    return NULL;
}

static struct rpc_frame frame_of(const char *json)
{
    return (struct rpc_frame){ .type = RPC_OWN, .serial = 1, .len = strlen(json),
                               .payload = (const uint8_t *)json };
}

static void tables_are_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(heads); i++) {
        struct err e = ERR_INIT;

        assert_true(heads[i].fields->bytes <= HEAD_BYTES_MAX);
        assert_true(heads[i].fields->is_strict);
        if (fields_check(heads[i].fields, &e) < 0)
            fail_msg("%s: %s", heads[i].name, err_text(&e));
    }
}

/* Written again after it was read, each is the same. */
static const struct {
    const char *head, *json;
} whole[] = {
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"threshold_exp\":-60,\"wake\":false}" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"hey jarvis\",\"threshold_exp\":0,\"wake\":true}" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"embedding\":\"/e\",\"phrase\":\"jarvis\",\"threshold_exp\":0,\"wake\":true}" },
    { "grammar", "{\"fsg\":\"/g\",\"lexicon\":[]}" },
    { "grammar", "{\"fsg\":\"/g\",\"lexicon\":[{\"word\":\"aalto\",\"sound\":\"AA L T OW\"},{\"word\":\"aalto\",\"sound\":\"AE L T OW\"}]}" },
    { "loaded", "{\"wire\":1,\"words\":8192,\"unknown_n\":2,\"unknown\":[\"error\",\"caf\xc3\xa9\"]}" },
    { "loaded", "{\"embedding\":\"it is another file\",\"wire\":1,\"words\":0,\"unknown_n\":0,\"unknown\":[]}" },
    { "result", "{\"text\":\"\",\"rejected\":true,\"broken\":false,\"words\":0,\"margin\":0,\"misfit\":0,\"cpu_ms\":0,\"audio_ms\":0,\"late_ms\":0}" },
    { "result", "{\"text\":\"on\",\"other\":\"off\",\"rejected\":false,\"broken\":true,\"words\":1,\"margin\":-7,\"misfit\":3.25,\"cpu_ms\":12,\"audio_ms\":990,\"late_ms\":0.5}" },
    { "speak", "{\"text\":\"Hello.\\n\",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":450}" },
    { "spoken", "{\"frames\":22050,\"rate_hz\":22050}" },
    { "words", "{\"words\":[\"zigbee\"],\"language\":\"fr\"}" },
    { "sounds", "{\"words\":[{\"word\":\"error\",\"sound\":\"'Er@\"},{\"word\":\"words\",\"sound\":\"w'3:dz\"}]}" },
};

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(whole); i++) {
        const struct fields *f = head_find(whole[i].head);
        const struct rpc_frame frame = frame_of(whole[i].json);
        char head[HEAD_BYTES_MAX] = { 0 }, answer[HEAD_BYTES_MAX] = { 0 };
        AUTO_FREE char *text = NULL;
        AUTO_JSON *json = NULL;
        struct err e = ERR_INIT;

        if (wire_take(head, f, &frame, &e) < 0)
            fail_msg("%s: %s", whole[i].json, err_text(&e));
        assert_int_equal(wire_answer_take(answer, f, &frame, NULL), 0);
        json = fields_put(head, f);
        text = json_text(json);
        assert_string_equal(text, whole[i].json);
        fields_done(head, f);
        fields_done(answer, f);
    }
}

/* clang-format off */
static const struct {
    const char *head, *json, *words;
} bad[] = {
    { "config", "", "sent nonsense" },
    { "config", "[", "sent nonsense" },
    { "config", "[]", "an object" },
    { "config", "null", "an object" },
    { "config", "{}", "model: is missing" },
    { "config", "{\"model\":7,\"dictionary\":\"/d\",\"phrase\":\"\"}", "model: must be a string" },
    { "config", "{\"model\":\"\",\"dictionary\":\"/d\",\"phrase\":\"\"}", "model: is empty" },
    { "config", "{\"model\":\"/m\",\"phrase\":\"\"}", "dictionary: is missing" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\"}", "phrase: is missing" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"a\\u0007b\"}", "control character" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"threshold_exp\":-61}", "threshold_exp: must be within -60..0" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"threshold_exp\":-1.5}", "threshold_exp: must be a whole number" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"threshold_exp\":NaN}", "sent nonsense" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"wake\":1}", "wake: must be true or false" },
    { "config", "{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"\",\"wakes\":true}", "wakes: is unknown" },
    { "config", "{\"model\":\"/m\",\"model\":\"/n\",\"dictionary\":\"/d\",\"phrase\":\"\"}", "sent nonsense" },
    { "grammar", "{\"lexicon\":[]}", "fsg: is missing" },
    { "grammar", "{\"fsg\":\"/g\",\"lexicon\":{\"a\":[\"B\"]}}", "lexicon: must be a list" },
    { "grammar", "{\"fsg\":\"/g\",\"lexicon\":[7]}", "lexicon[0]: an object" },
    { "grammar", "{\"fsg\":\"/g\",\"lexicon\":[{\"word\":\"a\",\"sound\":\"B\"},{\"word\":\"a\"}]}", "lexicon[1].sound: is missing" },
    { "grammar", "{\"fsg\":\"/g\",\"lexicon\":[{\"word\":\"\",\"sound\":\"B\"}]}", "lexicon[0].word: is empty" },
    { "loaded", "{\"words\":-1}", "words: must be within" },
    { "loaded", "{\"words\":1e300}", "words: must be within" },
    { "loaded", "{\"words\":\"3\"}", "words: must be a whole number" },
    { "loaded", "{\"unknown\":[\"a\",null]}", "unknown[1]: must be a string" },
    { "loaded", "{\"unknown\":[\"\"]}", "unknown[0]: is empty" },
    { "result", "{}", "text: is missing" },
    { "result", "{\"text\":null}", "text: must be a string" },
    { "result", "{\"text\":\"on\",\"other\":\"\"}", "other: is empty" },
    { "result", "{\"text\":\"on\",\"rejected\":0}", "rejected: must be true or false" },
    { "result", "{\"text\":\"on\",\"broken\":\"no\"}", "broken: must be true or false" },
    { "result", "{\"text\":\"on\",\"margin\":3e9}", "margin: must be within" },
    { "result", "{\"text\":\"on\",\"misfit\":-1}", "misfit: must be within" },
    { "result", "{\"text\":\"on\",\"misfit\":1e9}", "misfit: must be within" },
    { "result", "{\"text\":\"on\",\"cpu_ms\":null}", "cpu_ms: must be a number" },
    { "result", "{\"text\":\"on\",\"cpu_ms\":-1}", "cpu_ms: must be within" },
    { "result", "{\"text\":\"on\",\"late_ms\":1e999}", "sent nonsense" },
    { "result", "{\"text\":\"on\",\"score\":1}", "score: is unknown" },
    { "speak", "{\"text\":\"a\",\"voice\":\"\",\"language\":\"en\"}", "rate_wpm: is missing" },
    { "speak", "{\"text\":\"a\",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":79}", "rate_wpm: must be within 80..450" },
    { "speak", "{\"text\":\"a\",\"voice\":\"\",\"language\":\"\",\"rate_wpm\":80}", "language: is empty" },
    { "speak", "{\"text\":[\"a\"],\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":80}", "text: must be a string" },
    { "speak", "{\"text\":\"a\\u0001b\",\"voice\":\"\",\"language\":\"en\",\"rate_wpm\":80}", "control character" },
    { "spoken", "{\"frames\":0.5}", "frames: must be a whole number" },
    { "spoken", "{\"rate_hz\":1000000}", "rate_hz: must be within" },
    { "words", "{\"language\":\"en\"}", "words: is missing" },
    { "words", "{\"words\":\"zigbee\",\"language\":\"en\"}", "words: must be a list" },
    { "words", "{\"words\":[[]],\"language\":\"en\"}", "words[0]: must be a string" },
    { "sounds", "{\"zigbee\":\"z\"}", "zigbee: is unknown" },
    { "sounds", "{\"words\":{\"zigbee\":\"z\"}}", "words: must be a list" },
    { "sounds", "{\"words\":[{\"word\":\"a\",\"sound\":\"b\",\"error\":\"c\"}]}", "error: is unknown" },
};
/* clang-format on */

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(bad); i++) {
        const struct fields *f = head_find(bad[i].head);
        const struct rpc_frame frame = frame_of(bad[i].json);
        char head[HEAD_BYTES_MAX], untouched[HEAD_BYTES_MAX];
        struct err e = ERR_INIT, e2 = ERR_INIT;

        memset(head, 0x5a, sizeof(head));
        memset(untouched, 0x5a, sizeof(untouched));
        assert_int_equal(wire_take(head, f, &frame, &e), -EBADMSG);
        assert_int_equal(wire_answer_take(head, f, &frame, &e2), -EBADMSG);
        assert_memory_equal(head, untouched, sizeof(head));
        assert_string_equal(err_text(&e), err_text(&e2));
        if (!strstr(err_text(&e), bad[i].words) || !strstr(err_text(&e), "sent nonsense"))
            fail_msg("%s: %s", bad[i].json, err_text(&e));
    }
}

/* An answer that says why not is never taken for one that says something, and no question is one. */
static void an_error_is_an_answer(void **state)
{
    static const struct {
        const char *json;
        int want;
        const char *words;
    } rows[] = {
        { "{\"error\":\"no such model\"}", -EREMOTEIO, "no such model" },
        { "{\"error\":\"two\\nlines\"}", -EREMOTEIO, "two lines" },
        { "{\"error\":\"no\",\"text\":\"turn on the lamp\"}", -EBADMSG, "text: is unknown" },
        { "{\"error\":7,\"text\":\"turn on the lamp\"}", -EBADMSG, "text: is unknown" },
        { "{\"error\":null}", -EBADMSG, "error: must be a string" },
        { "{\"Error\":\"no\"}", -EBADMSG, "" },
    };
    AUTO_JSON *made = wire_error_json("no \"such\" model");
    AUTO_FREE char *text = json_text(made);

    (void)state;
    assert_string_equal(text, "{\"error\":\"no \\\"such\\\" model\"}");
    for (size_t i = 0; i < N_OF(rows); i++) {
        const struct rpc_frame frame = frame_of(rows[i].json);
        struct wire_result h = { .margin = 3 };
        struct err e = ERR_INIT;

        assert_int_equal(wire_answer_take(&h, &wire_result_fields, &frame, &e), rows[i].want);
        if (!strstr(err_text(&e), rows[i].words))
            fail_msg("%s: %s", rows[i].json, err_text(&e));
        assert_int_equal(wire_take(&h, &wire_result_fields, &frame, NULL), -EBADMSG);
        assert_true(h.margin == 3 && !h.text);
    }
}

static void what_is_absent_has_its_meaning(void **state)
{
    const struct rpc_frame frame =
        frame_of("{\"model\":\"/m\",\"dictionary\":\"/d\",\"phrase\":\"jarvis\"}");
    struct wire_config c;

    (void)state;
    assert_int_equal(wire_take(&c, &wire_config_fields, &frame, NULL), 0);
    assert_true(c.wake);
    assert_int_equal(c.threshold_exp, -20);
    wire_config_done(&c);
    assert_null(c.model);
    wire_config_done(&c); /* twice is harmless */
}

/* Words of a house with too many of them: what fits is in, and it is a frame. */
static void a_list_fits_into_its_frame(void **state)
{
    static const struct {
        const char *name, *word;
        size_t n, least, most;
    } rows[] = {
        { "few", "zigbee", 3, 3, 3 },
        { "many", "zigbee", 2000, WIRE_WORDS_MAX, WIRE_WORDS_MAX },
        { "long ones", "donaudampfschifffahrtselektrizit\xc3\xa4tenhauptbetriebswerkbauunterbeamtengesellschaft"
                       "donaudampfschifffahrtselektrizit\xc3\xa4tenhauptbetriebswerkbauunterbeamten", 2000, 250, 450 },
        { "quotes", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"", 2000, 400, WIRE_WORDS_MAX },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct wire_words w = { .language = str_dup("en") };
        struct wire_sounds s = { .words = { NULL, 0 } };
        size_t room = WIRE_ROOM_BYTES, room2 = WIRE_ROOM_BYTES;
        AUTO_FREE char *text = NULL, *text2 = NULL;
        AUTO_JSON *json = NULL, *json2 = NULL;
        int r = 0, r2 = 0;

        for (size_t k = 0; k < rows[i].n; k++) {
            r = wire_word_add(&w.words, &room, rows[i].word);
            r2 = wire_sound_add(&s.words, &room2, rows[i].word, rows[i].word);
        }
        assert_int_equal(r, rows[i].n == rows[i].most ? 0 : -ENOSPC);
        assert_int_equal(r2, r);
        if (w.words.n < rows[i].least || w.words.n > rows[i].most)
            fail_msg("%s: %zu words", rows[i].name, w.words.n);
        json = fields_put(&w, &wire_words_fields);
        text = json_text(json);
        json2 = fields_put(&s, &wire_sounds_fields);
        text2 = json_text(json2);
        assert_true(strlen(text) < RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES);
        assert_true(strlen(text2) < RPC_FRAME_BYTES_MAX - RPC_HEADER_BYTES);
        wire_words_done(&w);
        wire_sounds_done(&s);
        assert_true(w.words.n == 0 && s.words.n == 0);
    }
}

/* One word that the other side would not take must not cost the others. */
static void what_could_not_be_taken_is_left_out(void **state)
{
    static char long_word[WIRE_WORD_BYTES_MAX + 2], long_sound[WIRE_SOUND_BYTES_MAX + 2];
    const struct {
        const char *word, *sound;
        int want;
    } rows[] = {
        { "zigbee", "z'Igbi:", 0 },   { "", "z", -EINVAL },           { "\"", "", -EINVAL },
        { "a\x01", "z", -EINVAL },    { "a", "z\n", -EINVAL },        { "\xff", "z", -EINVAL },
        { long_word, "z", -EINVAL },  { long_word + 1, "z", 0 },      { "a", long_sound, -EINVAL },
        { "a", long_sound + 1, 0 },   { "caf\xc3\xa9", "kaf'eI", 0 },
    };
    struct wire_sounds s = { .words = { NULL, 0 } };
    size_t room = WIRE_ROOM_BYTES, n = 0;

    (void)state;
    memset(long_word, 'a', sizeof(long_word) - 1);
    memset(long_sound, 'a', sizeof(long_sound) - 1);
    for (size_t i = 0; i < N_OF(rows); i++) {
        struct field_list words = { NULL, 0 };
        size_t before = room;

        assert_int_equal(wire_sound_add(&s.words, &room, rows[i].word, rows[i].sound), rows[i].want);
        n += rows[i].want == 0;
        assert_int_equal(s.words.n, n);
        assert_true(rows[i].want == 0 ? room < before : room == before);
        if (rows[i].want < 0 && strcmp(rows[i].sound, "z") == 0)
            assert_int_equal(wire_word_add(&words, &before, rows[i].word), -EINVAL);
        assert_null(words.items);
    }
    wire_sounds_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(an_error_is_an_answer),
        cmocka_unit_test(what_is_absent_has_its_meaning),
        cmocka_unit_test(a_list_fits_into_its_frame),
        cmocka_unit_test(what_could_not_be_taken_is_left_out),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
