/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/core/settings_test.c - the rows, the layers, what is kept and what is shown. */
#include "core/settings.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/dir.h"
#include "lib/settings.h"

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

static struct paths paths;
static char etc_file[PATHS_BYTES + 16], state_file[PATHS_BYTES + 16], dir[64];

static int make_dir(void **state)
{
    (void)state;
    if (dir_make(dir, "settings") < 0)
        return -1;
    snprintf(paths.etc, sizeof(paths.etc), "%s", dir);
    snprintf(paths.state, sizeof(paths.state), "%s/state", dir);
    snprintf(etc_file, sizeof(etc_file), "%s/jarvis.yaml", dir);
    snprintf(state_file, sizeof(state_file), "%s/state/settings.yaml", dir);
    for (size_t i = 0; i < settings_rows_n; i++) {
        char name[64];

        cfg_env_name(name, sizeof(name), settings_rows[i].key);
        unsetenv(name);
    }
    unsetenv("OLLAMA_URL");
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    remove(state_file);
    remove(etc_file);
    rmdir(paths.state);
    return rmdir(dir);
}

static void write_text(const char *path, const char *text)
{
    assert_int_equal(file_mkdirs(paths.state, 0700, NULL), 0);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), 0);
}

static void collect(const char *text, void *user)
{
    struct str *all = user;

    str_addf(all, "%s\n", text);
}

/* Loads; the complaints, one a line, are what is expected. */
static void load(struct settings *s, const char *complaints)
{
    AUTO_STR said = STR_INIT;
    struct err e = ERR_INIT;

    if (settings_load(s, &paths, collect, &said, &e) < 0)
        fail_msg("%s", err_text(&e));
    if (complaints)
        assert_string_equal(str_text(&said), complaints);
}

static void rows_are_sound(void **state)
{
    AUTO_STR sections = STR_INIT;
    const char *last = "";
    size_t last_len = 0;
    struct settings s;

    (void)state;
    memset(&s, 0, sizeof(s));
    assert_int_equal(cfg_defaults(settings_rows, settings_rows_n, &s, NULL), 0);
    for (size_t i = 0; i < settings_rows_n; i++) {
        const struct cfg_row *row = &settings_rows[i];
        const char *dot = strchr(row->key, '.');
        size_t len = dot ? (size_t)(dot - row->key) : strlen(row->key), help = strlen(row->help);
        AUTO_STR text = STR_INIT;

        assert_ptr_equal(cfg_find(settings_rows, settings_rows_n, row->key), row);
        assert_int_equal(strspn(row->key, "abcdefghijklmnopqrstuvwxyz_."), strlen(row->key));
        if (help < 10 || row->help[help - 1] != '.' || strpbrk(row->help, "|\n"))
            fail_msg("%s: help must be a sentence that fits a table", row->key);
        if (row->type == CFG_INT && !row->choices)
            assert_true(row->min < row->max);
        cfg_print(&text, row, &s);
        assert_string_equal(str_text(&text), row->def);
        /* the rows of a section stand together: settings.yaml nests them */
        if (len != last_len || strncmp(row->key, last, len) != 0) {
            AUTO_STR mark = STR_INIT;

            str_addf(&mark, "<%.*s>", (int)len, row->key);
            if (strstr(str_text(&sections), str_text(&mark)))
                fail_msg("%s: stands apart from its section", row->key);
            str_add(&sections, str_text(&mark));
        }
        last = row->key;
        last_len = len;
    }
}

static void defaults(void **state)
{
    struct settings s;

    (void)state;
    load(&s, "");
    assert_string_equal(s.device_name, "Jarvis");
    assert_string_equal(s.language, "en");
    assert_string_equal(s.audio_backend, "auto");
    assert_int_equal(s.audio_volume_percent, 70);
    assert_true(s.audio_realtime);
    assert_int_equal(s.wake_threshold_exp, -20);
    assert_int_equal(s.endpoint_silence_ms, 400);
    assert_int_equal(s.mqtt_port, 1883);
    assert_string_equal(s.http_bind, "127.0.0.1");
    assert_int_equal(s.http_port, 8100);
}

static void later_sources_win(void **state)
{
    struct settings s;

    (void)state;
    write_text(etc_file, "language: fr\nmqtt:\n  host: a\n  port: 1\naudio.volume_percent: 10\n");
    load(&s, "");
    assert_string_equal(s.language, "fr");
    assert_string_equal(s.mqtt_host, "a");
    assert_int_equal(s.audio_volume_percent, 10);
    write_text(state_file, "mqtt: {host: b, port: 2}\n");
    setenv("JARVIS_MQTT_PORT", "3", 1);
    load(&s, "");
    assert_string_equal(s.mqtt_host, "b");
    assert_int_equal(s.mqtt_port, 3);
    setenv("OLLAMA_URL", "http://old", 1);
    load(&s, "");
    assert_string_equal(s.llm_url, "http://old");
    setenv("JARVIS_LLM_URL", "http://new", 1);
    load(&s, "");
    assert_string_equal(s.llm_url, "http://new");
}

/* Each complaint names place, key and remedy; `%s` stands for the file. */
static void complaints_name_place_and_remedy(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "audio:\n  rate_hz: 16k\n",
          "%s line 2: audio.rate_hz: '16k' is not a whole number; '0' stays\n" },
        { "audio:\n  rate_hz: 8000\n",
          "%s line 2: audio.rate_hz: 8000 is none of 0|16000|44100|48000 Hz; '0' stays\n" },
        { "endpoint:\n\n  silence_ms: 100\n",
          "%s line 3: endpoint.silence_ms: 100 is outside 200..3000 ms; '400' stays\n" },
        { "audio:\n  rat_hz: 1\n",
          "%s line 2: audio.rat_hz: no such setting; did you mean audio.rate_hz?\n" },
        { "audoi:\n  rate_hz: 48000\n",
          "%s line 2: audoi.rate_hz: no such setting; did you mean audio.rate_hz?\n" },
        { "colour: blue\n",
          "%s line 1: colour: no such setting; docs/settings.md lists them all\n" },
        { "colours:\n- blue\n",
          "%s line 1: colours: no such setting; docs/settings.md lists them all\n" },
        { "audio: loud\n",
          "%s line 1: audio: its settings must stand below it, one a line\n" },
        { "audio:\nmqtt:\n", "" },
        { "language: [en]\n", "%s line 1: language: must be a single value\n" },
        { "language:\n  en: 1\n", "%s line 1: language: must be a single value\n" },
        { "language: en: fr\n",
          "%s line 1: mapping values are not allowed in this context; the line is left out\n" },
        { "language: pt\nlanguage: fr\n",
          "%s line 1: language: 'pt' is none of en|fr|de|es|nl|it; 'en' stays\n"
          "%s line 2: language stands twice (also in line 1); this one is left out\n" },
        { "http:\n\tport: 1\n",
          "%s line 2: begins with a tab; indent with blanks; the line is left out\n" },
        { "device:\n  name: K\xfc" "che\n  area: x\n",
          "%s line 2: is not UTF-8; save the file as UTF-8; the line is left out\n" },
        { "http:\n  port: 9000\nlanguage en\nmqtt:\n  port: 2000\naudio:\n  rate_hz: 48000\n",
          "%s line 3: could not find expected ':'; the line is left out\n" },
        { "http:\n  port: 9000\nlanguage:fr\naudio:\n  rate_hz: 48000\nmqtt port\n",
          "%s line 3: could not find expected ':'; the line is left out\n"
          "%s line 6: could not find expected ':'; the line is left out\n" },
        { "device:\n  name: \" \"\n",
          "%s line 2: device.name: is empty; give it a name, or take the line out; "
          "'Jarvis' stays\n" },
        { "- en\n", "%s line 1: lines of the form 'key: value' must stand here\n" },
        { "just words\n", "%s line 1: lines of the form 'key: value' must stand here\n" },
        { "http:\n  port: 1\n  port_: 2\n  enabled: maybe\n",
          "%s line 3: http.port_: no such setting; did you mean http.port?\n"
          "%s line 4: http.enabled: 'maybe' is neither true nor false; 'true' stays\n" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR want = STR_INIT;
        struct settings s;

        for (const char *p = cases[i].want; *p;) {
            bool file = str_starts(p, "%s");

            str_add_bytes(&want, file ? etc_file : p, file ? strlen(etc_file) : 1);
            p += file ? 2 : 1;
        }
        write_text(etc_file, cases[i].text);
        load(&s, str_text(&want));
    }
}

static void the_value_from_below_stays(void **state)
{
    AUTO_STR want = STR_INIT;
    struct settings s;

    (void)state;
    write_text(etc_file, "http:\n  port: 9000\n");
    write_text(state_file, "http:\n  port: 0\n");
    setenv("JARVIS_HTTP_PORT", "x", 1);
    str_addf(&want, "%s line 2: http.port: 0 is outside 1..65535; '9000' stays\n", state_file);
    str_add(&want, "environment variable JARVIS_HTTP_PORT: http.port: 'x' is not a whole number; "
                   "'9000' stays\n");
    load(&s, str_text(&want));
    assert_int_equal(s.http_port, 9000);
}

static void a_bad_file_leaves_the_others(void **state)
{
    struct settings s;
    AUTO_STR want = STR_INIT;

    (void)state;
    write_text(etc_file, "language: fr\nb: \"open\n");
    write_text(state_file, "mqtt: {port: 2}\n");
    str_addf(&want, "%s line 2: found unexpected end of stream; the line is left out\n", etc_file);
    load(&s, str_text(&want));
    assert_string_equal(s.language, "fr"); /* the fault costs its own line */
    assert_int_equal(s.mqtt_port, 2);
}

/* A line without its colon is found out with the next line only; it alone is lost. */
static void a_colon_that_lacks_costs_its_line(void **state)
{
    struct settings s;
    AUTO_STR want = STR_INIT;

    (void)state;
    write_text(etc_file, "http:\n  port: 9000\nlanguage en\nmqtt:\n  port: 2000\ndevice:\n  area: Hall\n");
    write_text(state_file, "");
    str_addf(&want, "%s line 3: could not find expected ':'; the line is left out\n", etc_file);
    load(&s, str_text(&want));
    assert_int_equal(s.http_port, 9000);
    assert_int_equal(s.mqtt_port, 2000);
    assert_string_equal(s.device_area, "Hall");
}

/* So is one whose colon lacks its blank: told with the remedy. */
static void a_blank_that_lacks_costs_its_line(void **state)
{
    struct settings s;
    AUTO_STR want = STR_INIT;

    (void)state;
    write_text(etc_file, "language:fr\n\n# comment\nmqtt:\n  host:box\n  port: 2000\n");
    write_text(state_file, "");
    for (int line = 1; line < 6; line += 4)
        str_addf(&want, "%s line %d: is not of the form 'key: value', with a blank after the colon; the "
                 "line is left out\n", etc_file, line);
    load(&s, str_text(&want));
    assert_int_equal(s.mqtt_port, 2000);
    assert_string_equal(s.language, "en");
}

static void count(const char *text, void *user)
{
    (void)text;
    ++*(int *)user;
}

static void complaints_have_an_end(void **state)
{
    AUTO_STR text = STR_INIT;
    struct settings s;
    int complaints = 0;

    (void)state;
    for (int i = 0; i < 10 * SETTINGS_COMPLAINTS_MAX; i++)
        str_addf(&text, "unknown%d: 1\n", i);
    write_text(etc_file, str_text(&text));
    assert_int_equal(settings_load(&s, &paths, count, &complaints, NULL), 0);
    assert_int_equal(complaints, SETTINGS_COMPLAINTS_MAX + 1);
    str_clear(&text);
    while (text.len <= SETTINGS_FILE_BYTES_MAX)
        str_add(&text, "# a long comment\n");
    write_text(etc_file, str_text(&text));
    complaints = 0;
    assert_int_equal(settings_load(&s, &paths, count, &complaints, NULL), 0);
    assert_int_equal(complaints, 1);
}

static void secrets_are_not_said(void **state)
{
    AUTO_STR text = STR_INIT, want = STR_INIT;
    struct settings s;

    (void)state;
    str_add(&text, "mqtt:\n  password: ");
    for (int i = 0; i < SETTING_TEXT; i++)
        str_add_char(&text, 'S');
    write_text(etc_file, str_text(&text));
    str_addf(&want, "%s line 2: mqtt.password: has 128 bytes, 127 are allowed; "
             "the value before it stays\n", etc_file);
    load(&s, str_text(&want));
    assert_int_equal(settings_set(&s, &paths, "mqtt.password", "hush", NULL), 0);
    AUTO_JSON *j = settings_json(&s);
    AUTO_FREE char *shown = json_text(j);

    assert_null(strstr(shown, "hush"));
    assert_string_equal(json_str(j, "mqtt.password", ""), "(set)");
    assert_string_equal(json_str(j, "llm.key", ""), "(empty)");
}

static void kept_text_reads_back(void **state)
{
    static const char *const texts[] = {
        "plain", "it's", "\"quoted\"", "back\\slash", "a: b", "# no comment", "- item",
        "on", "null", "~", "123", "{a: 1}", "[1]", "*alias", "&anchor", "!tag", "%d",
        "\u00e9t\u00e9",
        "\U0001f600", "\ufeff", "\uffff", "trailing ", " leading", "a  b", "'", "\\n", "---", "...",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct settings s, again;
        struct err e = ERR_INIT;

        load(&s, "");
        if (settings_set(&s, &paths, "device.name", texts[i], &e) < 0)
            fail_msg("'%s': %s", texts[i], err_text(&e));
        assert_string_equal(s.device_name, texts[i]);
        load(&again, "");
        assert_memory_equal(&again, &s, sizeof(s));
    }
}

/* Every row at once: the file that holds them all reads back as the same settings. */
static void every_row_is_kept(void **state)
{
    struct settings s, again;

    (void)state;
    load(&s, "");
    for (size_t i = settings_rows_n; i-- > 0;) {
        const struct cfg_row *row = &settings_rows[i];
        AUTO_STR value = STR_INIT;
        struct err e = ERR_INIT;
        const char *rest = row->choices, *word;
        size_t n = 0;

        if (rest) { /* the last of the words */
            while ((word = cfg_choice_next(&rest, &n))) {
                str_clear(&value);
                str_add_bytes(&value, word, n);
            }
        } else if (row->type == CFG_INT) {
            str_addf(&value, "%.0f", row->max);
        } else if (row->type == CFG_BOOL) {
            str_add(&value, "off");
        } else {
            static const char *const texts[] = { "a \"b\": #c", "/a/b", "http://a:1", "1.2.3.4",
                                                 "a-b", "word" };

            for (size_t k = 0; k < N_OF(texts) && !value.len; k++) /* the first its check takes */
                if (!row->check || row->check(row, texts[k], NULL) == 0)
                    str_add(&value, texts[k]);
        }
        if (settings_set(&s, &paths, row->key, value.data, &e) < 0)
            fail_msg("%s: %s", row->key, err_text(&e));
    }
    load(&again, "");
    assert_memory_equal(&again, &s, sizeof(s));
}

static void only_what_was_set_is_kept(void **state)
{
    AUTO_FREE char *text = NULL;
    struct settings s;
    struct stat st;
    size_t len;

    (void)state;
    write_text(etc_file, "mqtt:\n  port: 5\n");
    setenv("JARVIS_HTTP_PORT", "6", 1);
    load(&s, "");
    assert_int_equal(settings_set(&s, &paths, "audio.volume_percent", "33", NULL), 0);
    assert_int_equal(settings_set(&s, &paths, "language", "fr", NULL), 0);
    assert_int_equal(settings_set(&s, &paths, "audio.realtime", "no", NULL), 0);
    assert_int_equal(settings_set(&s, &paths, "audio.volume_percent", "34", NULL), 0);
    assert_int_equal(file_read(&text, &len, state_file, 4096, NULL), 0);
    assert_non_null(strstr(text, "\nlanguage: \"fr\"\naudio:\n  volume_percent: 34\n"
                                 "  realtime: false\n"));
    assert_null(strstr(text, "port"));
    assert_int_equal(stat(state_file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_refused_change_changes_nothing(void **state)
{
    static const struct {
        const char *key, *value;
        int want;
        const char *words;
    } cases[] = {
        { "audio.rat", "1", -ENOENT, "audio.rat: no such setting; did you mean audio.rate_hz?" },
        { "", "1", -ENOENT, "no such setting" },
        { "audio", "1", -ENOENT, "no such setting" },
        { "audio.rate_hz", "7999", -ERANGE, "0|16000|44100|48000 Hz" },
        { "audio.volume_percent", "101", -ERANGE, "0..100" },
        { "audio.volume_percent", "loud", -EINVAL, "'loud'" },
        { "device.name", "two\nlines", -EINVAL, "control characters" },
        { "device.name", "\xff", -EINVAL, "UTF-8" },
        { "language", "tlh", -EINVAL, "en|fr" },
        { "http.bind", "0123456789012345678901234567890123456789012345678901234567890123",
          -EINVAL, "is no address" },
        { "device.area", "0123456789012345678901234567890123456789012345678901234567890123"
                         "0123456789012345678901234567890123456789012345678901234567890123",
          -ENAMETOOLONG, "127 are allowed" },
        { "mqtt.port", "1", -EPERM, "JARVIS_MQTT_PORT" },
    };
    struct settings s, before;
    AUTO_FREE char *old = NULL;
    size_t len;

    (void)state;
    setenv("JARVIS_MQTT_PORT", "1884", 1);
    load(&s, "");
    assert_int_equal(settings_set(&s, &paths, "device.name", "Kitchen box", NULL), 0);
    assert_int_equal(file_read(&old, &len, state_file, 4096, NULL), 0);
    memcpy(&before, &s, sizeof(s));
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_FREE char *now = NULL;
        struct err e = ERR_INIT;

        assert_int_equal(settings_set(&s, &paths, cases[i].key, cases[i].value, &e),
                         cases[i].want);
        if (!strstr(err_text(&e), cases[i].words))
            fail_msg("%s: says '%s'", cases[i].key, err_text(&e));
        assert_memory_equal(&s, &before, sizeof(s));
        assert_int_equal(file_read(&now, &len, state_file, 4096, NULL), 0);
        assert_string_equal(now, old);
    }
}

static void a_file_that_cannot_be_read_is_not_overwritten(void **state)
{
    static const char text[] = "by: hand: broken\n";
    AUTO_FREE char *now = NULL;
    struct settings s, before;
    struct err e = ERR_INIT;
    size_t len;

    (void)state;
    load(&s, "");
    memcpy(&before, &s, sizeof(s));
    write_text(state_file, text);
    assert_int_equal(settings_set(&s, &paths, "language", "fr", &e), -EINVAL);
    assert_non_null(strstr(err_text(&e), "line 1"));
    assert_non_null(strstr(err_text(&e), "mended"));
    assert_memory_equal(&s, &before, sizeof(s));
    assert_int_equal(file_read(&now, &len, state_file, 4096, NULL), 0);
    assert_string_equal(now, text);
    /* a file in the way of the folder */
    assert_int_equal(remove(state_file), 0);
    assert_int_equal(rmdir(paths.state), 0);
    assert_int_equal(file_write(paths.state, "", 0, 0600, NULL), 0);
    assert_int_equal(settings_set(&s, &paths, "language", "fr", &e), -ENOTDIR);
    assert_memory_equal(&s, &before, sizeof(s));
    assert_int_equal(remove(paths.state), 0);
}

static void parsing_lays_over(void **state)
{
    const struct settings_text good = { "g", "mqtt:\n  port: 7\n", 16 };
    const struct settings_text bad = { "b", "- mqtt\n", 7 };
    struct settings s, before;
    struct err e = ERR_INIT;

    (void)state;
    load(&s, "");
    assert_int_equal(settings_parse(&s, &good, NULL, NULL, &e), 0);
    assert_int_equal(s.mqtt_port, 7);
    memcpy(&before, &s, sizeof(s));
    assert_int_equal(settings_parse(&s, &bad, NULL, NULL, &e), -EINVAL);
    assert_memory_equal(&s, &before, sizeof(s));
    assert_non_null(strstr(err_text(&e), "b line "));
}

static void shown_values_have_their_types(void **state)
{
    struct settings s;

    (void)state;
    load(&s, "");
    AUTO_JSON *j = settings_json(&s);

    assert_int_equal(cJSON_GetArraySize(j), settings_rows_n);
    assert_true(json_num(j, "http.port", 0) == 8100);
    assert_true(json_bool(j, "mqtt.enabled", false));
    assert_string_equal(json_str(j, "llm.kind", ""), "none");
}

static void every_row_is_described(void **state)
{
    AUTO_JSON *schema = settings_schema();
    const cJSON *top = cJSON_GetObjectItem(schema, "properties");
    AUTO_STR page = STR_INIT;

    (void)state;
    settings_markdown(&page);
    assert_false(page.failed);
    assert_string_equal(json_str(schema, "$schema", ""),
                        "https://json-schema.org/draft/2020-12/schema");
    for (size_t i = 0; i < settings_rows_n; i++) {
        const struct cfg_row *row = &settings_rows[i];
        const char *dot = strchr(row->key, '.'), *name = dot ? dot + 1 : row->key;
        const cJSON *at = top;
        AUTO_STR text = STR_INIT;

        if (dot) {
            str_add_bytes(&text, row->key, (size_t)(dot - row->key));
            at = cJSON_GetObjectItemCaseSensitive(
                cJSON_GetObjectItemCaseSensitive(top, text.data), "properties");
            str_clear(&text);
        }
        at = cJSON_GetObjectItemCaseSensitive(at, name);
        if (!at || strcmp(json_str(at, "description", ""), row->help) != 0 ||
            !cJSON_HasObjectItem(at, "default"))
            fail_msg("%s: is not in the schema as it should be", row->key);
        str_addf(&text, "| `%s` | ", row->key);
        if (!strstr(page.data, text.data))
            fail_msg("%s: is not on the page", row->key);
    }
    assert_non_null(strstr(page.data, "| `audio.rate_hz` | `0` | `0`, `16000`, `44100`, `48000` Hz "
                                      "| `JARVIS_AUDIO_RATE_HZ` | "));
    assert_non_null(strstr(page.data, "`JARVIS_LLM_URL`, `OLLAMA_URL`"));
}

#define DIR_TEST(t) cmocka_unit_test_setup_teardown(t, make_dir, drop_dir)

/* What is written in capitals or as a locale is kept in the one form that the rest compares with. */
static void choices_become_their_own_words(void **state)
{
    struct settings s;

    (void)state;
    write_text(etc_file, "language: fr_FR.UTF-8\nlog:\n  level: WARN\naudio:\n  realtime: False\n");
    load(&s, "");
    assert_string_equal(s.language, "fr");
    assert_string_equal(s.log_level, "warn");
    assert_false(s.audio_realtime);
}

/* One slip of an editor costs its own entry and one complaint, nothing else. */
static void editors_cost_one_entry(void **state)
{
    static const struct {
        const char *name, *text;
        int complaints;
        const char *device, *language;
    } cases[] = {
        { "byte order mark", "\xef\xbb\xbf" "device:\n  name: Hal\nlanguage: fr\n", 0, "Hal", "fr" },
        { "mark alone", "\xef\xbb\xbf", 0, "Jarvis", "en" },
        { "mark and comment", "\xef\xbb\xbf# x\nlanguage: fr\n", 0, "Jarvis", "fr" },
        { "line ends of Windows", "device:\r\n  name: Hal\r\nlanguage: fr\r\n", 0, "Hal", "fr" },
        { "tab", "device:\n  name: Hal\nmqtt:\n\tport: 1\nlanguage: fr\n", 1, "Hal", "fr" },
        { "Latin-1", "device:\n  name: Hal\n  area: K\xfc" "che\nlanguage: fr\n", 1, "Hal", "fr" },
        { "Latin-1 in a comment", "# K\xfc" "che\nlanguage: fr\n", 1, "Jarvis", "fr" },
        { "key twice", "language: fr\ndevice:\n  name: Hal\nlanguage: en\n", 1, "Hal", "fr" },
        { "section twice", "mqtt:\n  port: 5\ndevice:\n  name: Hal\nmqtt:\n  host: a\nlanguage: fr\n",
          0, "Hal", "fr" },
        { "open quote", "device:\n  name: Hal\n  area: \"x\nlanguage: fr\n", 1, "Hal", "fr" },
        { "colon in a value", "device:\n  name: Hal\n  area: a: b\nlanguage: fr\n", 1, "Hal", "fr" },
        { "no line end", "language: fr", 0, "Jarvis", "fr" },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        struct settings s;
        int complaints = 0;

        write_text(etc_file, cases[i].text);
        assert_int_equal(settings_load(&s, &paths, count, &complaints, NULL), 0);
        if (complaints != cases[i].complaints || strcmp(s.device_name, cases[i].device) != 0 ||
            strcmp(s.language, cases[i].language) != 0)
            fail_msg("%s: %d complaints, %s, %s", cases[i].name, complaints, s.device_name,
                     s.language);
    }
}

/* The lines of a good file; what stands before the colon is looked up afterwards. */
static const char *const good_lines[] = {
    "language: fr", "device:", "  name: Hal", "  area: Hall", "mqtt:", "  host: box", "  port: 2000",
    "http:", "  port: 9000",
};

static bool is_all_there(const struct settings *s)
{
    return strcmp(s->language, "fr") == 0 && strcmp(s->device_name, "Hal") == 0 &&
           strcmp(s->device_area, "Hall") == 0 && strcmp(s->mqtt_host, "box") == 0 &&
           s->mqtt_port == 2000 && s->http_port == 9000;
}

/* Slips of a person, as a line more anywhere in a good file, as deep as its neighbour: told, and all
 * that the good lines say holds. */
static void slips_cost_their_line(void **state)
{
    static const char *const slips[] = {
        "log.level:info", "level:info", "wake", "- wake", "-wake: x", "wake = x", "// wake", "; wake",
        "wake: [a, b", "wake: {a: b", "wake: \"x", "wake: 'it's'", "wake: x: y", "wake: : y", ": x",
        "? x", "%x", "@x: y", "`x`: y", "wake: @x", "wake: `x`", "wake: %x", "wake: *x", "*x", "&x",
        "wake: !x y", "!x", "---", "...", "<<: x", "<<: *x", "<<<<<<< HEAD", "=======", ">>>>>>> mine",
        "{{ wake }}", "[wake]", "wake: >x", "wake: |x", "\"wake", "'wake", "\"wake\" x", "]", "}", ",",
        "wake: ]", "wake: }", "\\", "wake:\\x",
    };

    (void)state;
    for (size_t k = 0; k < N_OF(slips); k++)
        for (size_t at = 0; at <= N_OF(good_lines); at++) {
            AUTO_STR text = STR_INIT;
            struct settings s;
            int complaints = 0;

            for (size_t i = 0; i <= N_OF(good_lines); i++) {
                if (i == at) /* as deep as the line that follows; at the end, as the one before */
                    str_addf(&text, "%s%s\n",
                             good_lines[i < N_OF(good_lines) ? i : i - 1][0] == ' ' ? "  " : "",
                             slips[k]);
                if (i < N_OF(good_lines))
                    str_addf(&text, "%s\n", good_lines[i]);
            }
            write_text(etc_file, str_text(&text));
            assert_int_equal(settings_load(&s, &paths, count, &complaints, NULL), 0);
            if (!is_all_there(&s) || (complaints != 1 && !strstr("&x ---", slips[k]))) /* two are YAML */
                fail_msg("'%s' in line %zu: %d complaints", slips[k], at + 1, complaints);
        }
}

static void a_file_of_bytes_is_one_complaint(void **state)
{
    char junk[4096];
    struct settings s;
    int complaints = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(junk); i++)
        junk[i] = (char)(i * 131 + (i >> 3));
    assert_int_equal(file_write(etc_file, junk, sizeof(junk), 0600, NULL), 0);
    assert_int_equal(settings_load(&s, &paths, count, &complaints, NULL), 0);
    assert_int_equal(complaints, 1);
    assert_string_equal(s.device_name, "Jarvis");
}

static void unknown_variables_are_told(void **state)
{
    struct settings s;

    (void)state;
    setenv("JARVIS_BOGUS", "3", 1);
    setenv("JARVIS_HTTP_PROT", "1", 1);
    setenv("JARVIS_DEMO_PHRASE", "x", 1);
    setenv("JARVISX", "x", 1);
    load(&s, "environment variable JARVIS_BOGUS: no such setting\n"
             "environment variable JARVIS_HTTP_PROT: no such setting; did you mean "
             "JARVIS_HTTP_PORT?\n");
    unsetenv("JARVIS_BOGUS");
    unsetenv("JARVIS_HTTP_PROT");
    unsetenv("JARVIS_DEMO_PHRASE");
    unsetenv("JARVISX");
}

static void what_a_killed_writer_left_is_swept(void **state)
{
    char left[PATHS_BYTES + 32];
    struct settings s;

    (void)state;
    snprintf(left, sizeof(left), "%s.new", state_file);
    write_text(state_file, "language: fr\n");
    write_text(left, "mqtt: {password: secret}\n");
    load(&s, "");
    assert_false(file_exists(left));
    assert_string_equal(s.language, "fr");
}

static void only_changed_rows_are_taken(void **state)
{
    struct settings a, b;
    int taken = 0;

    (void)state;
    load(&a, "");
    b = a;
    b.http_port = 9;
    str_copy(b.language, sizeof(b.language), "fr");
    for (size_t i = 0; i < settings_rows_n; i++)
        taken += settings_take(&a, &b, i);
    assert_int_equal(taken, 2);
    assert_memory_equal(&a, &b, sizeof(a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(choices_become_their_own_words, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(editors_cost_one_entry, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(a_file_of_bytes_is_one_complaint, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(unknown_variables_are_told, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(what_a_killed_writer_left_is_swept, make_dir, drop_dir),
        cmocka_unit_test_setup_teardown(only_changed_rows_are_taken, make_dir, drop_dir),
        cmocka_unit_test(rows_are_sound),
        DIR_TEST(defaults),
        DIR_TEST(later_sources_win),
        DIR_TEST(complaints_name_place_and_remedy),
        DIR_TEST(the_value_from_below_stays),
        DIR_TEST(a_bad_file_leaves_the_others),
        DIR_TEST(a_colon_that_lacks_costs_its_line),
        DIR_TEST(a_blank_that_lacks_costs_its_line),
        DIR_TEST(slips_cost_their_line),
        DIR_TEST(complaints_have_an_end),
        DIR_TEST(secrets_are_not_said),
        DIR_TEST(kept_text_reads_back),
        DIR_TEST(every_row_is_kept),
        DIR_TEST(only_what_was_set_is_kept),
        DIR_TEST(a_refused_change_changes_nothing),
        DIR_TEST(a_file_that_cannot_be_read_is_not_overwritten),
        DIR_TEST(parsing_lays_over),
        DIR_TEST(shown_values_have_their_types),
        cmocka_unit_test(every_row_is_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
