/* SPDX-License-Identifier: Apache-2.0 */
/* The loudspeaker: who may speak. A scene is a line of steps; x is the box's answer, a to e are others.
 *     aHello    says one more sentence          a.   nothing more will come
 *     a!        its last sentence is held back  a?   it may go
 *     a-        leaves                          r R  the box is reserved, free again
 *     h         the wake word hushes            s S  the voice has begun, has said the oldest sentence
 *     f         the oldest sentence failed      wN   N seconds pass
 * What happens is written down: say:a:Hello, last:a:.., hush, on:a (first sound), trouble:a, over:a:CODE. */
#include "assistant/voice.h"

#include "core/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS = 6, SAYS = 32 };

struct hall {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct voice *voice;
    struct speaker {
        struct hall *hall;
        char name;
        struct voice_stream stream;
    } speakers[STREAMS];
    uint32_t says[SAYS]; /* serials that the voice has, oldest first */
    size_t says_n;
    struct str log;
};

static void hall_note(struct hall *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void hall_note(struct hall *h, const char *format, ...)
{
    char text[128];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    str_addf(&h->log, "%s%s", h->log.len > 0 ? " " : "", text);
}

static void on_start(int64_t at_usec, void *user)
{
    struct speaker *s = user;

    (void)at_usec;
    hall_note(s->hall, "on:%c", s->name);
}

static void on_trouble(int code, const char *words, void *user)
{
    struct speaker *s = user;

    assert_true(code < 0 && words && words[0]);
    hall_note(s->hall, "trouble:%c", s->name);
}

static void on_over(int code, void *user)
{
    struct speaker *s = user;

    assert_null(s->stream.voice);
    hall_note(s->hall, "over:%c:%d", s->name, code);
}

static void hall_on_msg(const struct msg *m, void *user)
{
    struct hall *h = user;

    assert_true(m->endpoint == ENDPOINT_BOX);
    if (m->type == MSG_HUSH) {
        hall_note(h, "hush");
        h->says_n = 0;
        return;
    }
    assert_in_range(h->says_n, 0, SAYS - 1);
    h->says[h->says_n++] = m->say.serial;
    hall_note(h, "%s:%c:%s", m->say.last ? "last" : "say", (char)m->session, m->text);
}

static void hall_open(struct hall *h)
{
    static const char names[STREAMS] = { 'x', 'a', 'b', 'c', 'd', 'e' };

    memset(h, 0, sizeof(*h));
    clock_init_virtual(&h->clock, 1700000000000000);
    clock_advance_usec(&h->clock, 1000000);
    assert_int_equal(loop_new(&h->loop, &h->clock, NULL), 0);
    assert_int_equal(bus_new(&h->bus, h->loop, NULL), 0);
    assert_int_equal(voice_new(&h->voice, h->loop, h->bus, NULL), 0);
    assert_int_equal(bus_on(h->bus, MSG_SAY, hall_on_msg, h, NULL), 0);
    assert_int_equal(bus_on(h->bus, MSG_HUSH, hall_on_msg, h, NULL), 0);
    for (size_t i = 0; i < STREAMS; i++) {
        struct speaker *s = &h->speakers[i];

        s->hall = h;
        s->name = names[i];
        s->stream.rank = i == 0 ? VOICE_BOX : VOICE_OTHER;
        s->stream.session = (uint64_t)names[i];
        s->stream.events = (struct voice_events){ on_start, on_trouble, on_over, s };
    }
}

static void hall_close(struct hall *h)
{
    for (size_t i = 0; i < STREAMS; i++)
        voice_leave(&h->speakers[i].stream);
    voice_free(h->voice);
    bus_free(h->bus);
    loop_free(h->loop);
    str_done(&h->log);
}

static void hall_settle(struct hall *h)
{
    while (bus_drain(h->bus) > 0 || loop_step(h->loop, 0))
        ;
}

/* The voice tells of its oldest sentence. */
static void hall_tell(struct hall *h, enum msg_type type, int code)
{
    struct msg *m = msg_new(type, 0);

    m->say.serial = h->says_n > 0 ? h->says[0] : 999999;
    m->code = code;
    if (type == MSG_SAID && h->says_n > 0)
        memmove(&h->says[0], &h->says[1], --h->says_n * sizeof(h->says[0]));
    bus_post(h->bus, m);
}

static void hall_step_of(struct hall *h, struct speaker *s, const char *what)
{
    switch (what[0]) {
    case '.':
        voice_end(&s->stream);
        break;
    case '!':
        voice_hold(&s->stream, true);
        break;
    case '?':
        voice_hold(&s->stream, false);
        break;
    case '-':
        voice_leave(&s->stream);
        break;
    default:
        assert_int_equal(voice_say(h->voice, &s->stream, what), 0);
    }
}

static void hall_step(struct hall *h, const char *step)
{
    for (size_t i = 0; i < STREAMS; i++) {
        if (h->speakers[i].name == step[0]) {
            hall_step_of(h, &h->speakers[i], step + 1);
            return;
        }
    }
    switch (step[0]) {
    case 'r':
    case 'R':
        voice_reserve(h->voice, step[0] == 'r');
        break;
    case 'h':
        voice_hush(h->voice, 0);
        break;
    case 's':
        hall_tell(h, MSG_SAY_START, 0);
        break;
    case 'S':
    case 'f':
        hall_tell(h, MSG_SAID, step[0] == 'f' ? -EIO : 0);
        break;
    case 'w':
        clock_advance_usec(&h->clock, strtol(step + 1, NULL, 10) * 1000000);
        break;
    default:
        fail_msg("no such step: %s", step);
    }
}

static const struct {
    const char *name, *steps, *log;
} scenes[] = {
    { "one says one thing", "a! aHello a. a? s S", "last:a:Hello on:a over:a:0" },
    { "a sentence that may be the last waits", "a! aOne aTwo a. s S a? S",
      "say:a:One on:a last:a:Two over:a:0" },
    { "in order, whole", "aA bB a. b. S S", "say:a:A over:a:0 last:b:B over:b:0" },
    { "four at once, the others wait", "a1 a2 a3 a4 a5 S a. S S S S",
      "say:a:1 say:a:2 say:a:3 say:a:4 say:a:5 over:a:0" },
    { "the box goes first", "aA a. xX x. S", "say:a:A over:a:-125 hush say:x:X over:x:0" },
    { "the box waits for itself only", "bB b. aA a. S xX x. S",
      "say:b:B over:b:0 last:a:A over:a:-125 hush say:x:X over:x:0" },
    { "nobody begins while the box is reserved", "r aA a. bB b. R S S",
      "last:a:A over:a:0 last:b:B over:b:0" },
    { "but the box does", "r aA a. xX x. S R S", "say:x:X over:x:0 last:a:A over:a:0" },
    { "who has not begun gives his place back", "a! aA a. r a? R S", "last:a:A over:a:0" },
    { "who has begun may end", "aA a. r S R", "say:a:A over:a:0" },
    { "hushed", "aA a. bB b. h S", "say:a:A over:a:-125 hush last:b:B over:b:0" },
    { "hushed in silence", "h", "hush" },
    { "a late word about an old sentence", "aA h bB S s", "say:a:A over:a:-125 hush say:b:B" },
    { "leaves while it speaks", "aA a- bB b. S", "say:a:A hush say:b:B over:b:0" },
    { "leaves the row", "aA bB b- a. S", "say:a:A over:a:0" },
    { "failed, and on", "aA aB f a. S", "say:a:A say:a:B trouble:a over:a:0" },
    { "the voice is late", "aA a. w131", "say:a:A trouble:a over:a:-110 hush" },
    { "a sentence that begins has its time", "aA a. w100 s w100 S", "say:a:A on:a over:a:0" },
    { "a place that does not come", "aA bB b. w61 a. S", "say:a:A over:b:-110 over:a:0" },
    { "nor while the box is open", "r aA a. w61 R", "over:a:-110" },
    { "ended after all was said", "aA S a.", "say:a:A over:a:0" },
    { "nothing to say", "a. bB b. S", "say:b:B over:b:0" },
    { "a line feed is a blank", "aA\nB a. S", "say:a:A B over:a:0" },
};

static void test_scenes(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        struct hall h;
        AUTO_FREE char *copy = str_dup(scenes[i].steps);
        char *rest = copy, *step;

        hall_open(&h);
        while ((step = strsep(&rest, " "))) {
            hall_step(&h, step);
            hall_settle(&h);
        }
        if (strcmp(str_text(&h.log), scenes[i].log) != 0) {
            failed++;
            print_error("%s:\n got  %s\n want %s\n", scenes[i].name, str_text(&h.log),
                        scenes[i].log);
        }
        hall_close(&h);
    }
    assert_int_equal(failed, 0);
}

static void test_full(void **state)
{
    struct hall h;
    static struct voice_stream many[VOICE_STREAMS_MAX];
    struct speaker who = { .name = '?' };

    (void)state;
    hall_open(&h);
    who.hall = &h;
    memset(many, 0, sizeof(many));
    for (size_t i = 0; i < VOICE_STREAMS_MAX; i++) {
        many[i].rank = VOICE_OTHER;
        many[i].events = (struct voice_events){ on_start, on_trouble, on_over, &who };
        assert_int_equal(voice_say(h.voice, &many[i], "x"), 0);
    }
    assert_int_equal(voice_say(h.voice, &h.speakers[1].stream, "x"), -EBUSY);
    assert_null(h.speakers[1].stream.voice);
    assert_true(voice_is_speaking(h.voice) && !voice_is_idle(h.voice));
    for (size_t i = 0; i < VOICE_STREAMS_MAX; i++)
        voice_leave(&many[i]);
    assert_true(voice_is_idle(h.voice));
    hall_close(&h);
}

/* Serials wrap round without a word taken for another's. */
static void test_outbox_serials(void **state)
{
    static const uint32_t starts[] = { 0, 1, UINT32_MAX - 2, UINT32_MAX };

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct outbox o = { .waiting = STR_INIT };
        bool last = false;

        outbox_begin(&o, starts[i]);
        assert_true(outbox_is_empty(&o) && outbox_is_silent(&o) && !outbox_is_over(&o));
        for (int n = 0; n < 6; n++)
            outbox_add(&o, "x");
        for (uint32_t n = 1; n <= OUTBOX_SAYS_MAX; n++) {
            AUTO_FREE char *text = outbox_next(&o, &last);

            assert_string_equal(text, "x");
            assert_int_equal(o.sent, starts[i] + n);
        }
        assert_null(outbox_next(&o, &last));
        assert_false(outbox_owns(&o, starts[i]));
        assert_true(outbox_owns(&o, starts[i] + 1));
        assert_false(outbox_owns(&o, starts[i] + OUTBOX_SAYS_MAX + 1));
        outbox_said(&o, starts[i] + 2);
        assert_false(outbox_owns(&o, starts[i] + 2));
        outbox_said(&o, starts[i] + 1); /* an older one changes nothing */
        assert_int_equal(o.said, starts[i] + 2);
        outbox_clear(&o);
        assert_true(outbox_is_empty(&o));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_outbox_serials),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
