/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/ctl/print_test.c - what jarvisctl writes for people, to the letter; and that no answer
 * of the daemon, whatever is missing or of another type, is too strange to be written. */
#include "helpers/ctl/print.c"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
static const struct {
    void (*print)(const cJSON *j, FILE *out);
    const char *json; /* ' stands for " */
    const char *want;
} cases[] = {
    { print_flat, "{'a':1,'b':'two','c':true,'d':null,'e':[1,2],'f':0.5}",
      "a = 1\nb = two\nc = true\nd = null\ne = [1,2]\nf = 0.5\n" },
    { print_flat, "{'id':4503599627370496}", "id = 4503599627370496\n" }, /* whole numbers stay whole */
    { print_flat, "{}", "" },

    { print_devices, "[]",
      "no devices: write them into /etc/jarvis/devices.yaml, then `jarvisctl reload`\n" },
    { print_devices, "[{'id':'lamp','name':'Lamp','area':'Hall','kind':'light','state':{'state':'on','brightness':78,'at':5}}]",
      "lamp                     Lamp                     Hall           light  on, brightness 78\n" },
    { print_devices, "[{'id':'gate','name':'Gate','kind':'cover','class':'gate','state':{'state':'open','stale':true,'at':5}}]",
      "gate                     Gate                                    cover/gate  open (old)\n" },
    { print_devices, "[{'id':'x','name':'X','kind':'switch'}]",
      "x                        X                                       switch  unknown\n" },
    { print_devices, "[{'id':'x','name':'X','kind':'sensor','state':{'state':-3.25,'unit':'lx'}}]",
      "x                        X                                       sensor  -3.25, unit lx\n" },

    { print_areas, "{'areas':[{'name':'Hall','devices':['a','b']},{'name':'Attic','devices':[]}]}",
      "Hall: a b\nAttic:\n" },
    { print_areas, "{'areas':[{'name':'Hall','aliases':['Flur',3],'devices':['a']}]}", "Hall, Flur, ?: a\n" },
    { print_areas, "{}", "" },

    { print_log_line, "{'at':0,'level':'info','area':'app','text':'ready'}",
      "1970-01-01 00:00:00 info  app: ready\n" },
    { print_log_line, "{'at':1700000000999,'level':'warn','area':'store','text':'full','session':12}",
      "2023-11-14 22:13:20 warn  store: full  [12]\n" },

    { print_session, "{'at':0,'source':'ctl','heard':'lamp on','intent':'HassTurnOn','outcome':'done','reply':'Done.',"
      "'timeline':[{'step':'text','ms':0},{'step':'intent','ms':1.6,'detail':'HassTurnOn'}],'sent':['lamp ON']}",
      "1970-01-01 00:00:00  ctl: \"lamp on\" -> HassTurnOn (done)\n"
      "        0 ms  text          \n"
      "        2 ms  intent        HassTurnOn\n"
      "              sent          lamp ON\n"
      "  reply: \"Done.\"\n" },
    { print_session, "{'at':0,'source':'box','heard':'la','outcome':'not_understood','reply':'Sorry.',"
      "'detail':{'nearest':'en.yaml:7','nearest_text':'turn on {name}','rest':'la','refused':'it is','examples':['turn on the fan',3]}}",
      "1970-01-01 00:00:00  box: \"la\" -> - (not_understood)\n"
      "  reply: \"Sorry.\"\n"
      "  refused: it is\n  nearest: turn on {name} (en.yaml:7); what did not fit: \"la\"\n"
      "  try: turn on the fan\n" },
    { print_session, "{'at':0,'source':'web','heard':'x','outcome':'failed','reply':'','detail':{'error':'no way'}}",
      "1970-01-01 00:00:00  web: \"x\" -> - (failed)\n  reply: \"\"\n  error: no way\n" },

    { print_sentence, "{'text':'lamp on','language':'en','code':0,'meaning':{'intent':'HassTurnOn'},'readings':"
      "[{'wins':true,'template':'en.yaml:3','template_text':'{name} on','intent':'HassTurnOn','slots':{'name':'lamp'}},"
      "{'template':'own.yaml:1','intent':'Mine','own':true,'refused':'no such device'}]}",
      "\"lamp on\" (en): HassTurnOn\n"
      "  -> en.yaml:3  {name} on\n      HassTurnOn  {\"name\":\"lamp\"}\n"
      "     own.yaml:1  \n      Mine  {}  (own sentence)  refused\n" },
    { print_sentence, "{'text':'x','language':'de','code':-2,'meaning':{'nearest_text':'y','nearest':'f:1','rest':'z'},"
      "'complaints':['own.yaml:4: what is this']}",
      "\"x\" (de): not understood\n  nearest: y (f:1); what did not fit: \"z\"\n  mistake: own.yaml:4: what is this\n" },

    { print_status, "{'name':'Box','version':'1','area':'Hall','language':'en','uptime_ms':61500,'state':'idle',"
      "'wake_phrase':'jarvis','audio':{'capture_open':true,'capture_rate_hz':48000,'playback_open':false,'muted':true},"
      "'speech':{'wake':true,'ready':true,'grammar_words':40,'grammar_unknown':2,'grammar_unknown_words':['qx','zz']},"
      "'home':{'enabled':true,'connected':true,'broker':'b:1883','devices':7},'store':{'open':true},'health':{'faults':[]}}",
      "Box 1 in Hall, en, up 62 s, idle\n"
      "  microphone   48000 Hz (muted)\n"
      "  loudspeaker  not open\n"
      "  wake word    on, \"jarvis\"\n"
      "  recogniser   ready, 40 words, 2 of them nobody can pronounce: qx zz\n"
      "  home         connected to b:1883, 7 devices\n"
      "  faults       none\n" },
    { print_status, "{'home':{'enabled':false},'store':null,'health':{'faults':[{'part':'store','text':'full'}]}}",
      "Jarvis ?, ?, up 0 s, ?\n"
      "  microphone   not open\n"
      "  loudspeaker  not open\n"
      "  wake word    off, \"\"\n"
      "  recogniser   not ready, 0 words\n"
      "  home         mqtt.enabled is false, 0 devices\n"
      "  store        not open\n"
      "  fault        store: full\n" },
    { print_status, "{'speech':{'wake':true,'ready':true,'grammar_words':9},'home':{'connected':true,'devices':1},'store':{},"
      "'settings':{'complaints':['line 1: a','line 2: b',7]}}",
      "Jarvis ?, ?, up 0 s, ?\n  microphone   not open\n  loudspeaker  not open\n  wake word    on, \"\"\n"
      "  recogniser   ready, 9 words\n  home         connected, 1 devices\n  faults       none\n"
      "  settings     line 1: a\n  settings     line 2: b\n" },
};
/* clang-format on */

static char *printed(void (*print)(const cJSON *j, FILE *out), const cJSON *j)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    assert_non_null(out);
    print(j, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static cJSON *parsed(const char *json)
{
    AUTO_FREE char *text = str_dup(json);
    cJSON *j = NULL;

    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    if (json_parse(&j, text, strlen(text), NULL) < 0)
        fail_msg("not JSON: %s", text);
    return j;
}

static void to_the_letter(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_JSON *j = parsed(cases[i].json);
        AUTO_FREE char *text = printed(cases[i].print, j);

        assert_string_equal(text, cases[i].want);
    }
}

/* Each printer with each other one's answer and with what is none. */
static void nothing_is_too_strange(void **state)
{
    static const char *const strange[] = {
        "null", "7", "'text'", "[]", "[null,1,'a',[],{}]", "{'detail':5,'timeline':{},'sent':'x'}",
        "{'areas':{'a':1},'readings':[1],'meaning':[],'complaints':[{}]}", "[{'state':'on','id':5}]", "[{'id':'x','state':[1,{}]}]",
        "{'audio':[],'speech':1,'home':'x','health':{'faults':'none'}}",
        "{'timeline':[1,null],'examples':[[]],'at':-5,'ms':'x'}",
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        for (size_t k = 0; k < N_OF(strange) + N_OF(cases); k++) {
            AUTO_JSON *j = parsed(k < N_OF(strange) ? strange[k] : cases[k - N_OF(strange)].json);
            AUTO_FREE char *text = printed(cases[i].print, j);

            assert_null(strstr(text, "(null)"));
        }
    }
}

static int in_utc(void **state)
{
    (void)state;
    return setenv("TZ", "UTC", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_the_letter),
        cmocka_unit_test(nothing_is_too_strange),
    };

    return cmocka_run_group_tests(tests, in_utc, NULL);
}
