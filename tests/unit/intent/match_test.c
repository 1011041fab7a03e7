/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/intent/match_test.c - which reading wins, context, wildcards, bounded work. */
#include "unit/intent/house.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define N_OF(a) (sizeof(a) / sizeof((a)[0]))
#define TEN(x) x x x x x x x x x x
#define HUNDRED(x) TEN(TEN(x))

#define HEAD                                                                     \
    "language: en\n"                                                             \
    "lists:\n"                                                                   \
    "  any: { wildcard: true }\n"                                                \
    "  level: { range: { from: 0, to: 100 } }\n"                                 \
    "  odd: { range: { from: 1, to: 99, step: 2 } }\n"                           \
    "  tens: { range: { from: 1, to: 10, multiplier: 10 } }\n"                   \
    "  half: { range: { from: -10, to: 40, fractions: halves } }\n"              \
    "  tenth: { range: { from: 0, to: 40, fractions: tenths } }\n"               \
    "  only_digits: { range: { from: 0, to: 9, words: false } }\n"               \
    "  only_words: { range: { from: 0, to: 9, digits: false } }\n"               \
    "  what: { values: [ 'lamp', { in: '[big] fan', out: fan }, { in: 'blue', out: 3 },\n" \
    "                    { in: 'all', out: [a, b] } ] }\n"                        \
    "expansion_rules: { the: '(the|my)' }\n"                                     \
    "skip_words: [please]\n"                                                     \
    "intents:\n"

/* One intent with these templates. */
#define ONE(templates) HEAD "  A: { data: [ { sentences: [" templates "] } ] }\n"
/* Two intents, A before B. */
#define TWO(a, b)                                        \
    HEAD "  A: { data: [ { sentences: [" a "] } ] }\n" \
         "  B: { data: [ { sentences: [" b "] } ] }\n"

struct sample {
    const char *name, *yaml, *text, *want;
};

static void check(const struct sample *samples, size_t n, const char *area)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_STR got = STR_INIT;
        AUTO(house_done) struct house h = { 0 };
        struct err e = ERR_INIT;

        if (house_parse(&h, "en", samples[i].yaml, strlen(samples[i].yaml), house_english, &e) < 0)
            fail_msg("%s: %s", samples[i].name, err_text(&e));
        assert_string_equal(str_text(&h.complaints), "");
        h.area = (struct pair){ .key = "area", .value = area };
        house_understand(&got, &h, samples[i].text);
        if (strcmp(str_text(&got), samples[i].want) != 0)
            fail_msg("%s: '%s' gives '%s', not '%s'", samples[i].name, samples[i].text,
                     str_text(&got), samples[i].want);
    }
}

static void notation(void **state)
{
    static const struct sample samples[] = {
        { "literal", ONE("turn on"), "Turn  ON!", "A" },
        { "no prefix of a word", ONE("light"), "lighthouse", "-" },
        { "no part of a sentence", ONE("light"), "the light", "-" },
        { "inside a word", ONE("'light[s] on'"), "lights on", "A" },
        { "inside a word, absent", ONE("'light[s] on'"), "light on", "A" },
        { "alternatives in a word", ONE("'turn(ed|ing|s) on'"), "turning on", "A" },
        { "word must end", ONE("'light[s] on'"), "lightson", "-" },
        { "optional first", ONE("'[please] go'"), "go", "A" },
        { "optional last", ONE("'go [now]'"), "go", "A" },
        { "optional between", ONE("'go [right] now'"), "go now", "A" },
        { "permutation", ONE("'(one;two;three) go'"), "three one two go", "A" },
        { "permutation needs all", ONE("'(one;two;three) go'"), "three one go", "-" },
        { "permutation blanks", ONE("'(one;two)go'"), "one twogo", "-" },
        { "rule", ONE("'<the> lamp'"), "my lamp", "A" },
        { "hyphen for blank", ONE("'half way'"), "half-way", "A" },
        { "blank for hyphen", ONE("'half-way'"), "half way", "A" },
        { "accent left out", ONE("'caf\u00e9'"), "cafe", "A" },
        { "accent put in", ONE("'cafe'"), "caf\u00e9", "A" },
        { "decomposed", ONE("'caf\u00e9'"), "cafe\u0301", "A" },
        { "skip word", ONE("'go'"), "please go please", "A" },
        { "list", ONE("'x {what}'"), "x lamp", "A what=lamp" },
        { "list with out", ONE("'x {what}'"), "x big fan", "A what=fan" },
        { "list with a number", ONE("'x {what:to}'"), "x blue", "A to=3" },
        { "list with several", ONE("'x {what}'"), "x all", "A what=a|b" },
        { "list then text needs the blank", ONE("'{what} go'"), "lampgo", "-" },
        { "a rule behind a list", ONE("'{what}[(go|stop)]'"), "lamp stop", "A what=lamp" },
        { "same slot twice: last wins", ONE("'{what} {what}'"), "lamp fan", "A what=fan" },
    };

    (void)state;
    check(samples, N_OF(samples), NULL);
}

/* Made-up languages in scripts that English does not prepare for. */
#define SCRIPT(settings, templates)                                                       \
    "language: en\n" settings                                                             \
    "lists:\n  any: { wildcard: true }\n"                                                 \
    "  level: { range: { from: 0, to: 100 } }\n"                                          \
    "  what: { values: [ { in: '<lampe>', out: lamp }, { in: '\u98ce\u6247', out: fan } ] }\n" \
    "expansion_rules: { lampe: '(\u706f|\u7535 \u706f)' }\n"                                \
    "intents:\n  A: { data: [ { sentences: [" templates "] } ] }\n"
#define JOINED "settings: { ignore_whitespace: true }\n"

static void scripts(void **state)
{
    static const struct sample samples[] = {
        { "no blanks at all", SCRIPT(JOINED, "'\u6253\u5f00 {what}'"), "\u6253\u5f00\u706f",
          "A what=lamp" },
        { "blanks in the sentence", SCRIPT(JOINED, "'\u6253\u5f00{what}'"),
          "\u6253 \u5f00 \u7535\u706f", "A what=lamp" },
        { "both have them", SCRIPT(JOINED, "'\u6253\u5f00 {what} [\u5427]'"),
          "\u6253\u5f00 \u98ce\u6247 \u5427", "A what=fan" },
        { "a number in it", SCRIPT(JOINED, "'\u628a {what} \u8bbe\u4e3a {level} [%]'"),
          "\u628a\u706f\u8bbe\u4e3a30%", "A level=30 what=lamp" },
        { "a wildcard in it", SCRIPT(JOINED, "'\u64ad\u653e {any} \u97f3\u4e50'"),
          "\u64ad\u653e\u6625\u5929\u97f3\u4e50", "A any=\u6625\u5929" },
        { "an order", SCRIPT(JOINED, "'(\u8bf7;\u6253\u5f00;{what})'"),
          "\u706f\u8bf7\u6253\u5f00", "A what=lamp" },
        { "other words", SCRIPT(JOINED, "'\u6253\u5f00 {what}'"), "\u5173\u95ed\u706f", "-" },
        { "without the setting", SCRIPT("", "'\u6253\u5f00 {what}'"), "\u6253\u5f00\u706f", "-" },
        { "right to left", SCRIPT("", "'\u05d4\u05d3\u05dc\u05e7 [\u05d0\u05ea] {any}'"),
          "\u05d4\u05d3\u05dc\u05e7 \u05d0\u05ea \u05d4\u05d0\u05d5\u05e8",
          "A any=\u05d4\u05d0\u05d5\u05e8" },
        { "a number glued to a letter", SCRIPT("", "'\u05db\u05d5\u05d5\u05df \u05dc{level}'"),
          "\u05db\u05d5\u05d5\u05df \u05dc30", "A level=30" },
        { "marks apart", SCRIPT("", "'\u00e9teins'"), "e\u0301teins", "A" },
        { "an alternative left empty", SCRIPT("", "'go (now|soon|) {level}'"), "go 5", "A level=5" },
    };

    (void)state;
    check(samples, N_OF(samples), NULL);
}

static void ranges(void **state)
{
    static const struct sample samples[] = {
        { "digits", ONE("'to {level}'"), "to 50", "A level=50" },
        { "words", ONE("'to {level}'"), "to fifty five", "A level=55" },
        { "hundred", ONE("'to {level}'"), "to one hundred", "A level=100" },
        { "above", ONE("'to {level}'"), "to 101", "-" },
        { "words above", ONE("'to {level}'"), "to one hundred and one", "-" },
        { "below", ONE("'to {level}'"), "to -1", "-" },
        { "negative allowed", ONE("'to {half}'"), "to -10", "A half=-10" },
        { "many digits", ONE("'to {level}'"), "to 99999999999999999999999999", "-" },
        { "leading zeros", ONE("'to {level}'"), "to 007", "A level=7" },
        { "unit attached", ONE("'{level}[ ]%'"), "50%", "A level=50" },
        { "unit apart", ONE("'{level}[ ]%'"), "50 %", "A level=50" },
        { "word attached", ONE("'{level} percent'"), "50percent", "A level=50" },
        { "step", ONE("'to {odd}'"), "to 7", "A odd=7" },
        { "between steps", ONE("'to {odd}'"), "to 8", "-" },
        { "multiplier", ONE("'to {tens}'"), "to 7", "A tens=70" },
        { "halves", ONE("'to {half}'"), "to 21.5", "A half=21.5" },
        { "comma", ONE("'to {half}'"), "to 21,5", "A half=21.5" },
        { "halves in words", ONE("'to {half}'"), "to nine and a half", "A half=9.5" },
        { "no tenths", ONE("'to {half}'"), "to 21.3", "-" },
        { "tenths", ONE("'to {tenth}'"), "to 21.3", "A tenth=21.3" },
        { "no fractions", ONE("'to {level}'"), "to 21.5", "-" },
        { "digits only", ONE("'to {only_digits}'"), "to seven", "-" },
        { "words only", ONE("'to {only_words}'"), "to 7", "-" },
        { "two numbers", ONE("'{level:a} {level:b}'"), "twenty one two", "A a=21 b=2" },
    };

    (void)state;
    check(samples, N_OF(samples), NULL);
}

static void wildcards(void **state)
{
    static const struct sample samples[] = {
        { "rest", ONE("'say {any}'"), "say Hello there", "A any=Hello there" },
        { "never empty", ONE("'say {any}'"), "say", "-" },
        { "to the literal", ONE("'add {any} to [the] list'"), "add milk to the list",
          "A any=milk" },
        { "literal inside", ONE("'add {any} to [the] list'"), "add to to to list",
          "A any=to to" },
        { "whole words", ONE("'say {any} now'"), "say knownow now", "A any=knownow" },
        { "two", ONE("'{any:a} is {any:b}'"), "a is b", "A a=a b=b" },
        { "name goes first", TWO("'say {any}'", "'say {name}'"), "say kitchen light",
          "B name=kitchen_light" },
        { "text goes first", TWO("'say {any}'", "'say hello'"), "say hello", "B" },
        { "fewest", TWO("'{any:a} {any:b} x'", "'{any:a} x'"), "a b x", "B a=a b" },
    };

    (void)state;
    check(samples, N_OF(samples), NULL);
}

/* Rules 1 to 4 of match.h; each pair is also asked in the other order. */
static void order(void **state)
{
    static const struct sample samples[] = {
        { "longest name", TWO("'turn on {name} light'", "'turn on {name}'"),
          "turn on kitchen light", "B name=kitchen_light" },
        { "name before area", TWO("'turn on {area} light'", "'turn on {name}'"),
          "turn on kitchen light", "B name=kitchen_light" },
        { "name before area, turned round", TWO("'turn on {name}'", "'turn on {area} light'"),
          "turn on kitchen light", "A name=kitchen_light" },
        { "most letters", TWO("'turn {any}'", "'turn on {any}'"), "turn on now",
          "B any=now" },
        { "most letters, turned round", TWO("'turn on {any}'", "'turn {any}'"), "turn on now",
          "A any=now" },
        { "letters of a list do not count", TWO("'{what} go'", "'lamp go'"), "lamp go", "B" },
        { "a hyphen does not count", TWO("'half way go'", "'half-way {what}'"), "half-way fan",
          "B what=fan" },
        { "tie: first block", TWO("'go now'", "'go now'"), "go now", "A" },
        { "tie: first alternative", ONE("'({what:a}|{what:b}) go'"), "lamp go", "A a=lamp" },
        { "tie: first alternative, turned round", ONE("'({what:b}|{what:a}) go'"), "lamp go",
          "A b=lamp" },
    };

    (void)state;
    check(samples, N_OF(samples), NULL);
}

#define BLOCK(more) HEAD "  A: { data: [ { sentences: ['go [{name}]'], " more " } ] }\n"

/* A, with rules of its own, before B that takes any timer. */
#define LOCAL(sentence, rules)                                                              \
    HEAD "  A: { data: [ { sentences: ['" sentence "'], expansion_rules: { " rules " } } ] }\n" \
         "  B: { data: [ { sentences: ['{any} timer'] } ] }\n"

/* A, with a list of its own, before B that takes anything. */
#define LISTED(values)                                                                                      \
    HEAD "  A: { data: [ { sentences: ['pause {what}'], lists: { what: { values: [" values "] } } } ] }\n" \
         "  B: { data: [ { sentences: ['pause {any}'] } ] }\n"

/* A template that lacks a rule or list does nothing, and no neighbour does what it would have said. */
static void shadows(void **state)
{
    static const struct {
        const char *yaml, *text, *want, *refused; /* refused: in the reason; NULL: nothing is */
    } cases[] = {
        { TWO("'pause <timer>'", "'{any} [the] timer'"), "pause the timer", "A", "'pause <timer>'" },
        { TWO("'{any} [the] timer'", "'pause {timer}'"), "pause the timer", "B", "'pause {timer}'" },
        { TWO("'pause <timer> [now]'", "'{any} now'"), "pause now", "A", "test.yaml line" },
        { TWO("'pause <timer>'", "'{any} timer'"), "start the timer", "B any=start the", NULL },
        { TWO("'pause <timer>'", "'pause [the] {what}'"), "pause the lamp", "B what=lamp", NULL },
        { TWO("'pause <timer>'", "'pause it'"), "pause it", "B", NULL },
        { TWO("'<timer>'", "'start {any}'"), "start it", "B any=it", NULL },
        { TWO("'stop it', 'go <nix>'", "'go {any}'"), "go home", "A", "'go <nix>'" },
        /* broken notation */
        { TWO("'pause (the|my timer'", "'{any} [the] timer'"), "pause the timer", "A", "(the|my" },
        { TWO("'pause [the timer'", "'{any} timer'"), "pause timer", "A", "cannot be read" },
        { TWO("'pause {the} {'", "'{any} timer'"), "pause my timer", "A", "cannot be read" },
        { TWO("'pause the timer)'", "'{any} the timer'"), "pause the timer", "A", "timer)" },
        { TWO("'pause (a|b;c) now'", "'{any} now'"), "pause it now", "A", "cannot be read" },
        { TWO("'pause (a;b;c;d;e;f;g)'", "'pause {any}'"), "pause a b", "A", "cannot be read" },
        { TWO("'pause (the|my timer'", "'pause [the] {what}'"), "pause the lamp", "B what=lamp", NULL },
        { TWO("'pause (the|my timer'", "'{any} timer'"), "start the timer", "B any=start the", NULL },
        /* rules and lists that lead back to themselves, products without an end */
        { LOCAL("pause <ring>", "ring: 'a [<ring>]'"), "pause the timer", "A", "'pause <ring>'" },
        { LOCAL("pause <one>", "one: '<two>', two: 'the <one>'"), "pause it timer", "A", "cannot be" },
        { LOCAL("pause <ten> <ten> <ten> <ten> <ten> <ten> <ten>",
                "ten: '(a|b|c|d|e|f|g|h|i|j)(a|b|c|d|e|f|g|h|i|j)'"),
          "pause my timer", "A", "<ten> <ten>" },
        /* values of lists: only what they stand in is refused */
        { LISTED("'(the timer'"), "pause the timer", "A what=the timer", "'(the timer' (test.yaml line" },
        { LISTED("'the <nix> timer'"), "pause the egg timer", "A what=the egg timer", "<nix>" },
        { LISTED("'the {any} timer'"), "pause the egg timer", "A what=the egg timer", "{any}" },
        { LISTED("{ in: the timer, out: { a: b } }"), "pause the timer", "A what=the timer", "'the timer'" },
        { LISTED("{ in: the timer, context: 5 }"), "pause the timer", "A what=the timer", "'the timer'" },
        { LISTED("{ out: 5 }"), "pause the timer", "A what=the timer", "a value without words" },
        { LISTED("'[(the'"), "pause it", "A what=it", "'[(the'" }, /* a plain value would have won */
        { LISTED("'the (timer'"), "pause it", "B any=it", NULL },
        { LISTED("'(the timer', it"), "pause it", "A what=it", NULL },
        { LISTED("''"), "pause it", "B any=it", NULL }, /* it says nothing */
        { HEAD "  A: { data: [ { sentences: ['{what}'], lists: { what: { values: ['(', ok] } } } ] }\n"
               "  B: { data: [ { sentences: ['pause {any}'] } ] }\n",
          "pause it", "B any=it", NULL }, /* a shadow without a word of its own takes nothing */
        { HEAD "  A: { data: [ { sentences: ['{what} now'], lists: { what: { values: ['(the timer'] } } } ] }\n"
               "  B: { data: [ { sentences: ['{any} now'] } ] }\n",
          "the timer now", "A what=the timer", "(the timer" },
        /* conditions: the whole block does nothing */
        { HEAD "  A: { data: [ { sentences: ['pause [the] timer'], requires_context: [x] } ] }\n"
               "  B: { data: [ { sentences: ['{any} timer'] } ] }\n",
          "pause the timer", "A", "'pause [the] timer'" },
        { HEAD "  A: { data: [ { excludes_context: 5, sentences: ['pause [the] timer'] } ] }\n"
               "  B: { data: [ { sentences: ['{any} timer'] } ] }\n",
          "pause timer", "A", "cannot be read" },
        { HEAD "  A: { data: [ { sentences: ['pause timer'], slots: [a] } ] }\n"
               "  B: { data: [ { sentences: ['{any} timer'] } ] }\n",
          "pause timer", "A", "cannot be read" },
        { HEAD "  A: { data: [ { sentences: ['pause timer'], sentencez: [a] } ] }\n"
               "  B: { data: [ { sentences: ['pause timer'] } ] }\n",
          "pause timer", "B", NULL },
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        AUTO_STR got = STR_INIT;
        AUTO(house_done) struct house h = { 0 };
        struct house_asked asked;
        const char *refused;

        assert_int_equal(house_parse(&h, "en", cases[i].yaml, strlen(cases[i].yaml), house_english,
                                     NULL), 0);
        assert_true(h.complaints.len > 0);
        assert_int_equal(house_find(&asked, &h, cases[i].text, strlen(cases[i].text)), 0);
        house_show(&got, &asked.m);
        refused = asked.m.refused;
        if (strcmp(str_text(&got), cases[i].want) != 0 || !refused != !cases[i].refused ||
            (refused && !strstr(refused, cases[i].refused)))
            fail_msg("'%s' gives '%s' (%s)", cases[i].text, str_text(&got), refused ? refused : "");
    }
}

static void context(void **state)
{
    static const struct sample here[] = {
        { "known", BLOCK("requires_context: { area: Kitchen }"), "go", "A" },
        { "another", BLOCK("requires_context: { area: Bedroom }"), "go", "-" },
        { "any of", BLOCK("requires_context: { area: [Bedroom, Kitchen] }"), "go", "A" },
        { "any value", BLOCK("requires_context: { area: null }"), "go", "A" },
        { "copied", BLOCK("requires_context: { area: { slot: true } }"), "go",
          "A area=Kitchen" },
        { "copied elsewhere", BLOCK("requires_context: { area: { slot: room } }"), "go",
          "A room=Kitchen" },
        { "value and slot", BLOCK("requires_context: { area: { value: Bedroom, slot: true } }"),
          "go", "-" },
        { "not there", BLOCK("requires_context: { floor: null }"), "go", "-" },
        { "excluded", BLOCK("excludes_context: { area: Kitchen }"), "go", "-" },
        { "another excluded", BLOCK("excludes_context: { area: Bedroom }"), "go", "A" },
        { "any excluded", BLOCK("excludes_context: { area: null }"), "go", "-" },
        { "of the device", BLOCK("requires_context: { domain: light }"), "go kitchen light",
          "A name=kitchen_light" },
        { "wrong device", BLOCK("requires_context: { domain: light }"), "go garage door", "-" },
        { "no device", BLOCK("requires_context: { domain: light }"), "go", "-" },
        { "device excluded", BLOCK("excludes_context: { domain: light }"), "go kitchen light",
          "-" },
        { "device of the room", BLOCK("requires_context: { area: Bedroom }"), "go bedside lamp",
          "A name=bedside" },
        { "fixed slots", BLOCK("slots: { domain: light, level: 5 }"), "go",
          "A domain=light level=5" },
        { "fixed gives way", BLOCK("slots: { name: x }"), "go garage door", "A name=garage" },
        { "keyword", BLOCK("required_keywords: [go, run]"), "go", "A" },
        { "no keyword", BLOCK("required_keywords: [run]"), "go", "-" },
        { "own rule", HEAD "  A: { data: [ { sentences: ['<the> x'], expansion_rules: "
                           "{ the: 'our' } } ] }\n",
          "our x", "A" },
        { "own rule only", HEAD "  A: { data: [ { sentences: ['<the> x'], expansion_rules: "
                                "{ the: 'our' } } ] }\n",
          "my x", "-" },
        { "own list", HEAD "  A: { data: [ { sentences: ['{what}'], lists: "
                           "{ what: { values: [x] } } } ] }\n",
          "x", "A what=x" },
    };
    static const struct sample nowhere[] = {
        { "unknown room", BLOCK("requires_context: { area: { slot: true } }"), "go", "-" },
        { "unknown, any excluded", BLOCK("excludes_context: { area: null }"), "go", "A" },
    };

    (void)state;
    check(here, N_OF(here), "Kitchen");
    check(nowhere, N_OF(nowhere), NULL);
}

/* A hostile text against the shipped set, and hostile templates: an end, without a match. */
static void hostile(void **state)
{
    static const char *const texts[] = {
        TEN(HUNDRED("a")),
        HUNDRED("turn on "),
        TEN(TEN("turn on the ")),
        TEN(TEN("all the ")),
        TEN(TEN("twenty one ")),
        HUNDRED("a "),
        HUNDRED("- _"),
        "\u202e\u202eturn on the kitchen light\u202c",
        "\U0001f600\U0001f4a1",
        "kitchen kitchen kitchen",
        "{name}",
        "(a|b)[c]<the>",
        "turn on \\",
    };
    AUTO(house_done) struct house h = { 0 };
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, &e), 0);
    for (size_t i = 0; i < N_OF(texts); i++) {
        struct house_asked a;

        if (house_find(&a, &h, texts[i], strlen(texts[i])) < 0)
            continue;
        assert_true(a.m.steps <= MATCH_STEPS_MAX + 1);
        /* direction marks are dropped, the command stays one */
        assert_true(a.m.block == NULL || strstr(texts[i], "\u202e"));
    }
}

static void budget(void **state)
{
    static const char *const yaml[] = {
        ONE("'{any:a} {any:b} {any:c} {any:d} {any:e} x'"),
        ONE("'" TEN("[a ][a ]") "x'"),
        ONE("'(" TEN("[a ]") "|" TEN("[a ]") "|" TEN("[a ]") "|" TEN("[a ]") ")"
            "([a ]|[a ]|[a ]|[a ]|[a ]) x'"),
    };

    (void)state;
    for (size_t i = 0; i < N_OF(yaml); i++) {
        AUTO(house_done) struct house h = { 0 };
        struct err e = ERR_INIT;
        struct house_asked a;

        if (house_parse(&h, "en", yaml[i], strlen(yaml[i]), "[]", &e) < 0)
            fail_msg("%s", err_text(&e));
        assert_int_equal(house_find(&a, &h, HUNDRED("a a a ") "y", 601), 0);
        assert_null(a.m.block);
        assert_true(a.m.steps <= MATCH_STEPS_MAX + 1);
        if (i == 0)
            assert_true(a.m.is_spent);
        if (a.m.is_spent) { /* who spent it is known */
            assert_non_null(a.m.costly);
            assert_true(a.m.costly_steps > MATCH_STEPS_MAX / 2);
        }
    }
}

/* What is left out because a word is missing is left out rightly: readings are those of walking everywhere. */
static void words_that_must_be_there(void **state)
{
    static const struct {
        const char *yaml, *text, *want;
    } rows[] = {
        { ONE("'turn (on|off) [the] lamp[s]'"), "turn off lamps", "A" },
        { ONE("'turn (on|off) [the] lamp[s]'"), "turn up lamps", "-" },
        { ONE("'turn (on|off) [the] lamp[s]'"), "turn on lam", "-" },
        { ONE("'wifi on'"), "wi-fi on", "-" },
        { ONE("'wi-fi on'"), "wi fi on", "A" },
        { ONE("'what''s up'"), "whats up", "A" },  /* an apostrophe more, or less */
        { ONE("'whats up'"), "what's up", "A" },
        { ONE("'d''accord'"), "daccord", "A" },
        { ONE("'küche an'"), "kuche an", "A" }, /* base letters */
        { ONE("'(one;two;three) go'"), "three one two go", "A" },
        { ONE("'(one;two;three) go'"), "three one go", "-" },
        { ONE("'[very ]good'"), "good", "A" },
        { ONE("'{any} good'"), "very good", "A any=very" },
        { ONE("'good {any} night'"), "night good night", "-" }, /* it stands, but not behind */
        { HEAD "  A: { data: [ { sentences: ['<word> now'], expansion_rules: { word: 'stop' } } ] }\n"
               "  B: { data: [ { sentences: ['<word> now'], expansion_rules: { word: 'start' } } ] }\n",
          "start now", "B" }, /* a block's own rule */
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        AUTO_STR got = STR_INIT;
        AUTO(house_done) struct house h = { 0 };
        struct err e = ERR_INIT;

        if (house_parse(&h, "en", rows[i].yaml, strlen(rows[i].yaml), house_english, &e) < 0)
            fail_msg("%s", err_text(&e));
        house_understand(&got, &h, rows[i].text);
        if (strcmp(str_text(&got), rows[i].want) != 0)
            fail_msg("%zu: '%s' gives '%s', not '%s'", i, rows[i].text, str_text(&got), rows[i].want);
    }
}

static void near_miss(void **state)
{
    AUTO(house_done) struct house h = { 0 };
    AUTO_STR rest = STR_INIT;
    struct err e = ERR_INIT;
    struct house_asked a;

    (void)state;
    assert_int_equal(house_load(&h, "en", house_english, &e), 0);
    assert_int_equal(house_find(&a, &h, "switch on the kitchn light", 26), 0);
    assert_null(a.m.block);
    assert_null(a.m.nearest); /* it costs, and is for people */
    match_hint(&a.m, &(struct match_query){ .catalog = h.catalog, .said = &a.said });
    assert_non_null(a.m.nearest);
    sentence_text(&rest, a.m.nearest_s, a.m.nearest_at, a.m.nearest_s->len);
    assert_string_equal(str_text(&rest), "n light");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notation), cmocka_unit_test(scripts),
        cmocka_unit_test(ranges),  cmocka_unit_test(wildcards),
        cmocka_unit_test(words_that_must_be_there),
        cmocka_unit_test(order),    cmocka_unit_test(shadows),
        cmocka_unit_test(context),  cmocka_unit_test(hostile),
        cmocka_unit_test(budget),   cmocka_unit_test(near_miss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
