/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/assistant/scene.h - the assistant among scripted siblings on a virtual clock.
 *
 * The siblings answer each message of the assistant by fixed rules, or not at all where the scene
 * says so. What the assistant posts is written down in short words:
 *     =listening  listen  stop  hush  ask(text)  act(intent)  keep(outcome)  more(outcome)  say(text)  last(text)
 *     answer(client,code,text)
 * A scene is played by words as well; '_' in an argument is a blank:
 *     wake  button  start  early:TEXT  end  nospeech  hear:TEXT  deaf  lost  wait:MS
 *     press:CLIENT (jarvisctl listen)  announce:TEXT  said (the oldest sentence is over)  STOP
 *     nomicrophone  microphone  muted  noears (speech has no microphone)
 *     unsure[:FIRST]  broken (what was misheard)
 *     text:TEXT  aloud:TEXT (both in one conversation)  other:TEXT (each in one of its own)
 *     mute:WHO  unmute:WHO (intent home store voice)  fail:WHO  act:ERRNO */
#ifndef JARVIS_TESTS_SCENE_H
#define JARVIS_TESTS_SCENE_H

#include "assistant/assistant.h"

#include <stdlib.h>
#include <string.h>

struct scene_meaning {
    const char *text;
    int code;
    const char *json;
};

enum scene_who { WHO_INTENT, WHO_HOME, WHO_STORE, WHO_VOICE, WHO_N };

static const char *const scene_names[WHO_N] = { "intent", "home", "store", "voice" };

struct scene {
    struct clock clock;
    struct loop *loop;
    struct bus *bus;
    struct settings settings;
    struct paths paths;
    struct filters *filters; /* NULL: none */
    struct assistant *assistant;
    const struct scene_meaning *more; /* of a test's own, before those below; NULL: none */
    size_t more_n;
    bool by_name; /* the house answers for the device that was named, else for the lamp */
    bool mute[WHO_N], fail[WHO_N];
    int act_code;
    uint64_t clients;    /* texts sent */
    uint64_t session;    /* of the last MSG_LISTEN */
    struct {
        uint64_t session;
        uint32_t serial;
    } says[64];          /* what a mute voice has not said yet, oldest first */
    size_t says_n;
    struct str log;      /* what the assistant posted */
    struct str kept;     /* the last MSG_SESSION's json */
    struct str answered; /* the last MSG_ANSWER's json; "" where it had none */
};

static inline void scene_note(struct scene *s, const char *what, const char *detail)
{
    str_addf(&s->log, "%s%s", s->log.len > 0 ? " " : "", what);
    if (detail)
        str_addf(&s->log, "(%s)", detail);
}

static inline void scene_post(struct scene *s, enum msg_type type, const struct msg *to, int code,
                              const char *json)
{
    struct msg *m = msg_new(type, to->session);

    if (m) {
        m->code = code;
        m->say = to->say;
        if (json)
            json_parse(&m->json, json, strlen(json), NULL);
    }
    bus_post(s->bus, m);
}

#define SCENE_GARAGE                                                                     \
    "{\"devices\":[{\"id\":\"garage\",\"name\":\"garage door\",\"kind\":\"cover\","      \
    "\"class\":\"garage\",\"state\":{\"state\":\"open\"}}],\"sent\":[\"garage OPEN\"]}"
#define SCENE_HOUSE                                                                      \
    "[{\"id\":\"light1\",\"name\":\"light\",\"area\":\"Kitchen\",\"kind\":\"light\"},"     \
    "{\"id\":\"light2\",\"name\":\"light\",\"area\":\"Hall\",\"kind\":\"light\"}]"

#define SCENE_LIGHT(n, area)                                                             \
    "{\"devices\":[{\"id\":\"light" n "\",\"name\":\"light\",\"area\":\"" area "\",\"kind\":\"light\"}]," \
    "\"sent\":[\"home/light" n " ON\"]}"

enum { SCENE_CLIENT = 1 }; /* whose conversation `text` and `aloud` belong to */

#define SCENE_LAMP "{\"value\":\"lamp\",\"text\":\"the lamp\"}"

static const struct scene_meaning scene_meanings[] = {
    { "lamp on", 0,
      "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":" SCENE_LAMP "},\"template\":\"t:1\"}" },
    { "lamp off", 0, "{\"intent\":\"HassTurnOff\",\"slots\":{\"name\":" SCENE_LAMP "}}" },
    { "time", 0, "{\"intent\":\"HassGetCurrentTime\",\"slots\":{}}" },
    { "stop", 0, "{\"intent\":\"JarvisStop\"}" },
    { "never mind", 0, "{\"intent\":\"HassNevermind\",\"slots\":{}}" },
    { "yes", 0, "{\"intent\":\"JarvisYes\",\"slots\":{}}" },
    { "no", 0, "{\"intent\":\"JarvisNo\",\"slots\":{}}" },
    { "open the garage", 0,
      "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"value\":\"garage\",\"text\":\"garage "
      "door\"}}}" },
    { "light on", -ENOTUNIQ,
      "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"text\":\"light\"}},\"candidates\":"
      "[\"light1\",\"light2\"]}" },
    { "allume", 0,
      "{\"intent\":\"HassTurnOn\",\"language\":\"fr\",\"slots\":{\"name\":" SCENE_LAMP "}}" },
    { "sing", -ENOENT, "{\"nearest\":\"en.yaml:1\",\"examples\":[\"turn on the lamp\",\"stop\"]}" },
    { "very hot", 0,
      "{\"intent\":\"HassClimateSetTemperature\",\"slots\":{\"temperature\":{\"value\":50,\"text\":"
      "\"50\"}}}" },
    { "garage opne", 0,
      "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":{\"value\":\"garage\",\"text\":\"garage\"}},"
      "\"unsure\":true,\"choices\":[{\"text\":\"open the garage\",\"means\":{\"intent\":\"HassTurnOn\","
      "\"slots\":{\"name\":{\"value\":\"garage\",\"text\":\"garage door\"}}}}]}" },
    { "lamp onf", 0,
      "{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":" SCENE_LAMP "},\"unsure\":true,\"choices\":["
      "{\"text\":\"lamp on\",\"means\":{\"intent\":\"HassTurnOn\",\"slots\":{\"name\":" SCENE_LAMP "}}},"
      "{\"text\":\"lamp off\",\"means\":{\"intent\":\"HassTurnOff\",\"slots\":{\"name\":" SCENE_LAMP "}}}]}" },
    { "is lamp on", 0, "{\"intent\":\"HassGetState\",\"slots\":{\"name\":{\"value\":\"lamp\",\"text\":\"lamp\"}}}" },
    { "never lamp on", 0, "{\"intent\":\"JarvisRefuse\",\"slots\":{}}" },
    { "crash", -EIO, NULL },
    { "strange", 0, "{\"slots\":{}}" },
};

static inline const struct scene_meaning *scene_meaning(const struct scene *s, const char *text)
{
    for (size_t i = 0; i < s->more_n; i++)
        if (strcmp(s->more[i].text, text) == 0)
            return &s->more[i];
    for (size_t i = 0; i < sizeof(scene_meanings) / sizeof(scene_meanings[0]); i++)
        if (strcmp(scene_meanings[i].text, text) == 0)
            return &scene_meanings[i];
    return NULL;
}

static inline void scene_understand(struct scene *s, const struct msg *m)
{
    const struct scene_meaning *means = scene_meaning(s, m->text ? m->text : "");

    if (!s->mute[WHO_INTENT])
        scene_post(s, MSG_INTENT, m, means ? means->code : -ENOENT, means ? means->json : NULL);
}

static inline void scene_act(struct scene *s, const struct msg *m)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(m->json, "slots");
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(slots, "name");
    const char *id = json_str(name, "value", "");

    if (json_bool(m->json, "confirmed", false))
        scene_note(s, "confirmed", NULL);
    if (json_bool(m->json, "early", false))
        scene_note(s, "early", NULL);
    if (strncmp(id, "light", 5) == 0)
        scene_note(s, "at", id);
    if (cJSON_HasObjectItem(m->json, "undo"))
        scene_note(s, "undo", cJSON_GetNumberValue(cJSON_GetObjectItem(m->json, "undo")) > 0 ? "session" : "nothing");
    if (s->mute[WHO_HOME])
        return;
    if (strcmp(id, "dead") == 0) {
        scene_post(s, MSG_ACTED, m, -ENETUNREACH, NULL);
        return;
    }
    if (strcmp(id, "garage") == 0 && endpoint_hears(m->endpoint) &&
        !json_bool(m->json, "confirmed", false))
        scene_post(s, MSG_ACTED, m, -ENOKEY, SCENE_GARAGE);
    else if (strcmp(id, "garage") == 0)
        scene_post(s, MSG_ACTED, m, 0, SCENE_GARAGE);
    else if (s->by_name && strncmp(id, "light", 5) == 0)
        scene_post(s, MSG_ACTED, m, s->act_code, strcmp(id, "light1") == 0 ? SCENE_LIGHT("1", "Kitchen")
                                                                         : SCENE_LIGHT("2", "Hall"));
    else
        scene_post(
            s, MSG_ACTED, m, s->fail[WHO_HOME] ? -EIO : s->act_code,
            "{\"devices\":[{\"id\":\"lamp\",\"name\":\"the lamp\",\"state\":{\"state\":\"on\"}}],"
            "\"sent\":[\"home/lamp ON\"]}");
}

static inline void scene_kept(struct scene *s, const struct msg *m)
{
    AUTO_FREE char *text = json_text(m->json);

    str_clear(&s->kept);
    str_add(&s->kept, text);
}

static inline void scene_keep(struct scene *s, const struct msg *m)
{
    scene_kept(s, m);
    scene_note(s, "keep", json_str(m->json, "outcome", "?"));
    if (!s->mute[WHO_STORE])
        scene_post(s, MSG_STORED, m, s->fail[WHO_STORE] ? -ENOSPC : 0, NULL);
}

static inline void scene_say(struct scene *s, const struct msg *m)
{
    scene_note(s, m->say.last ? "last" : "say", m->text ? m->text : "?");
    if (s->mute[WHO_VOICE]) {
        if (s->says_n < sizeof(s->says) / sizeof(s->says[0])) {
            s->says[s->says_n].session = m->session;
            s->says[s->says_n++].serial = m->say.serial;
        }
        return;
    }
    if (!s->fail[WHO_VOICE])
        scene_post(s, MSG_SAY_START, m, 0, NULL);
    scene_post(s, MSG_SAID, m, s->fail[WHO_VOICE] ? -ECONNRESET : 0, NULL);
}

static inline void scene_answer(struct scene *s, const struct msg *m)
{
    AUTO_FREE char *json = m->json ? json_text(m->json) : NULL;

    str_addf(&s->log, "%sanswer(%llu,%d,%s)", s->log.len > 0 ? " " : "",
             (unsigned long long)m->origin.client, m->code, m->text ? m->text : "?");
    str_clear(&s->answered);
    str_add(&s->answered, json);
}

static inline void scene_on_msg(const struct msg *m, void *user)
{
    struct scene *s = user;

    switch (m->type) {
    case MSG_STATE:
        if (m->endpoint != ENDPOINT_BOX)
            break; /* each conversation's own; here it is the whole that counts */
        str_addf(&s->log, "%s=%s", s->log.len > 0 ? " " : "", m->text);
        break;
    case MSG_LISTEN:
        scene_note(s, "listen", NULL);
        s->session = m->session;
        break;
    case MSG_LISTEN_STOP:
        scene_note(s, "stop", NULL);
        break;
    case MSG_HUSH:
        scene_note(s, "hush", NULL);
        s->says_n = 0;
        break;
    case MSG_UNDERSTAND:
        scene_note(s, "ask", m->text ? m->text : "?");
        scene_understand(s, m);
        break;
    case MSG_ACT:
        scene_note(s, "act", json_str(m->json, "intent", "?"));
        scene_act(s, m);
        break;
    case MSG_SESSION:
        scene_keep(s, m);
        break;
    case MSG_SESSION_MORE:
        scene_note(s, "more", json_str(m->json, "outcome", "?"));
        scene_kept(s, m);
        break;
    case MSG_SAY:
        scene_say(s, m);
        break;
    case MSG_ANSWER:
        scene_answer(s, m);
        break;
    default:
        break;
    }
}

/* Runs until nothing happens any more at this moment of virtual time. */
static inline void scene_settle(struct scene *s)
{
    while (bus_drain(s->bus) > 0 || loop_step(s->loop, 0))
        ;
}

static inline void scene_wait(struct scene *s, int64_t ms)
{
    for (; ms > 0; ms -= 50) {
        clock_advance_usec(&s->clock, (ms < 50 ? ms : 50) * 1000);
        scene_settle(s);
    }
}

/* Whether it comes to rest by itself within some minutes. */
static inline bool scene_ends(struct scene *s)
{
    for (int i = 0; i < 200 && assistant_is_busy(s->assistant); i++)
        scene_wait(s, 1000);
    return !assistant_is_busy(s->assistant);
}

/* `endpoint` is the number of an HTTP client. */
static inline void scene_text(struct scene *s, const char *text, bool speak, uint64_t endpoint)
{
    struct msg *m = msg_new(MSG_TEXT, 0);

    if (m) {
        m->text = str_dup(text);
        m->origin = (struct origin){ .kind = ORIGIN_HTTP, .client = ++s->clients };
        m->endpoint = endpoint_of(ORIGIN_HTTP, endpoint);
        m->input.speak = speak;
    }
    bus_post(s->bus, m);
}

static inline void scene_heard(struct scene *s, enum msg_type type, int code, const char *text)
{
    struct msg *m = msg_new(type, s->session);

    if (m) {
        m->code = code;
        m->text = str_dup(text);
        if (type == MSG_SPEECH_END)
            m->end.reason = code == -ENODATA ? END_NO_SPEECH : END_SILENCE;
    }
    bus_post(s->bus, m);
}

static inline enum scene_who scene_who(const char *name)
{
    enum scene_who who = 0;

    while (who < WHO_N && strcmp(scene_names[who], name) != 0)
        who++;
    return who;
}

static inline void scene_said(struct scene *s)
{
    struct msg *m = s->says_n > 0 ? msg_new(MSG_SAID, s->says[0].session) : NULL;

    if (!m)
        return;
    m->say.serial = s->says[0].serial;
    memmove(&s->says[0], &s->says[1], --s->says_n * sizeof(s->says[0]));
    bus_post(s->bus, m);
}

static inline void scene_wake(struct scene *s)
{
    struct msg *m = msg_new(MSG_WAKE, 0);

    if (m) {
        m->text = str_dup("jarvis");
        m->endpoint = ENDPOINT_BOX;
        m->wake.to_position = 16000;
    }
    bus_post(s->bus, m);
}

/* `client` 0: the box's own button. */
static inline void scene_button(struct scene *s, uint64_t client)
{
    struct msg *m = msg_new(MSG_BUTTON, 0);

    if (m && client > 0)
        m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = client };
    bus_post(s->bus, m);
}

static inline void scene_announce(struct scene *s, const char *text)
{
    struct msg *m = msg_new(MSG_ANNOUNCE, 0);

    if (m) {
        m->text = str_dup(text);
        m->origin = (struct origin){ .kind = ORIGIN_CONTROL, .client = ++s->clients };
    }
    bus_post(s->bus, m);
}

static inline void scene_muted(struct scene *s)
{
    struct msg *m = msg_new(MSG_MUTE, 0);

    if (m)
        m->mute.on = true;
    bus_post(s->bus, m);
}

static inline void word_wake(struct scene *s, const char *arg)
{
    (void)arg;
    scene_wake(s);
}

static inline void word_button(struct scene *s, const char *arg)
{
    scene_button(s, strtoul(arg, NULL, 10));
}

static inline void word_start(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_SPEECH_START, 0, NULL);
}

static inline void word_end(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_SPEECH_END, 0, NULL);
}

static inline void word_nospeech(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_SPEECH_END, -ENODATA, NULL);
}

static inline void word_hear(struct scene *s, const char *arg)
{
    scene_heard(s, MSG_TRANSCRIPT, 0, arg);
}

static inline void word_early(struct scene *s, const char *arg)
{
    scene_heard(s, MSG_EARLY, 0, arg);
}

static inline void word_deaf(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_TRANSCRIPT, -ENODATA, NULL);
}

static inline void word_lost(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_TRANSCRIPT, -ECONNRESET, NULL);
}

/* "unsure": two sentences fit; "broken": it broke off. */
static inline void scene_misheard(struct scene *s, const char *json)
{
    struct msg *m = msg_new(MSG_TRANSCRIPT, s->session);

    if (m) {
        m->code = -ENODATA;
        json_parse(&m->json, json, strlen(json), NULL);
    }
    bus_post(s->bus, m);
}

static inline void word_unsure(struct scene *s, const char *arg)
{
    AUTO_STR json = STR_INIT;
    const char *first = arg && arg[0] ? arg : "lamp on";

    str_addf(&json, "{\"unsure\":true,\"alternatives\":[\"%s\",\"lamp off\"]}", first);
    scene_misheard(s, str_text(&json));
}

/* In a language that nobody here hears. */
static inline void word_strange_tongue(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_TRANSCRIPT, -ENOTSUP, NULL);
}

/* One that may not act has heard it. */
static inline void word_alone(struct scene *s, const char *arg)
{
    AUTO_STR json = STR_INIT;

    str_addf(&json, "{\"unsure\":true,\"alternatives\":[\"%s\"]}", arg && arg[0] ? arg : "lamp on");
    scene_misheard(s, str_text(&json));
}

static inline void word_broken(struct scene *s, const char *arg)
{
    (void)arg;
    scene_misheard(s, "{\"broken\":true,\"guess\":\"lamp\"}");
}

static inline void word_no_ears(struct scene *s, const char *arg)
{
    (void)arg;
    scene_heard(s, MSG_TRANSCRIPT, -ENODEV, NULL);
}

static inline void word_text(struct scene *s, const char *arg)
{
    scene_text(s, arg, false, SCENE_CLIENT);
}

static inline void word_aloud(struct scene *s, const char *arg)
{
    scene_text(s, arg, true, SCENE_CLIENT);
}

static inline void word_other(struct scene *s, const char *arg)
{
    scene_text(s, arg, false, SCENE_CLIENT + 1 + s->clients);
}

static inline void word_wait(struct scene *s, const char *arg)
{
    scene_wait(s, strtol(arg, NULL, 10));
}

static inline void word_act(struct scene *s, const char *arg)
{
    s->act_code = -(int)strtol(arg, NULL, 10);
}

static inline void word_said(struct scene *s, const char *arg)
{
    (void)arg;
    scene_said(s);
}

static inline void word_muted(struct scene *s, const char *arg)
{
    (void)arg;
    scene_muted(s);
}

static inline void word_no_microphone(struct scene *s, const char *arg)
{
    (void)arg;
    bus_post_fault(s->bus, "microphone", -ENODEV, "no sound card");
}

static inline void word_microphone(struct scene *s, const char *arg)
{
    (void)arg;
    bus_post_fault(s->bus, "microphone", 0, "");
}

static inline void word_stop(struct scene *s, const char *arg)
{
    (void)arg;
    assistant_stop(s->assistant);
}

static const struct {
    const char *word;
    void (*fn)(struct scene *s, const char *arg);
} scene_words[] = {
    { "wake", word_wake },         { "button", word_button },
    { "press", word_button },      { "start", word_start },
    { "early", word_early },
    { "end", word_end },           { "nospeech", word_nospeech },
    { "hear", word_hear },         { "deaf", word_deaf },
    { "lost", word_lost },         { "text", word_text },
    { "aloud", word_aloud },       { "other", word_other },
    { "wait", word_wait },         { "act", word_act },
    { "said", word_said },         { "announce", scene_announce },
    { "muted", word_muted },       { "noears", word_no_ears },
    { "unsure", word_unsure }, { "alone", word_alone }, { "tongue", word_strange_tongue },    { "broken", word_broken },       { "nomicrophone", word_no_microphone },
    { "microphone", word_microphone }, { "STOP", word_stop },
};

/* One word of a scene; false where it is none. */
static inline bool scene_word(struct scene *s, const char *word, const char *arg)
{
    for (size_t i = 0; i < sizeof(scene_words) / sizeof(scene_words[0]); i++) {
        if (strcmp(scene_words[i].word, word) == 0) {
            scene_words[i].fn(s, arg);
            return true;
        }
    }
    if (scene_who(arg) == WHO_N)
        return false;
    if (strcmp(word, "fail") == 0)
        s->fail[scene_who(arg)] = true;
    else
        s->mute[scene_who(arg)] = strcmp(word, "mute") == 0;
    return true;
}

static inline bool scene_play(struct scene *s, const char *script)
{
    AUTO_FREE char *copy = str_dup(script);
    char *rest = copy, *word;

    while ((word = strsep(&rest, " "))) {
        char *arg = strchr(word, ':');

        if (arg)
            *arg++ = '\0';
        for (char *c = arg; c && *c; c++)
            *c = *c == '_' ? ' ' : *c;
        if (word[0] == '\0')
            continue;
        if (!scene_word(s, word, arg ? arg : ""))
            return false;
        scene_settle(s);
    }
    return true;
}

/* Settings that a test wants otherwise are changed before scene_start(). */
static inline int scene_open(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    clock_init_virtual(&s->clock, 1772395500LL * 1000000);
    clock_advance_usec(&s->clock, 1000000);
    str_copy(s->settings.language, sizeof(s->settings.language), "en");
    str_copy(s->settings.llm_kind, sizeof(s->settings.llm_kind), "none");
    s->settings.speech_early = true;
    s->settings.endpoint_max_ms = 10000;
    s->settings.endpoint_no_speech_ms = 3000;
    s->settings.endpoint_silence_ms = 400;
    s->settings.endpoint_patience_ms = 1000;
    s->settings.llm_connect_ms = 1000;
    s->settings.llm_first_token_ms = 10000;
    s->settings.llm_gap_ms = 5000;
    s->settings.llm_total_ms = 60000;
    str_copy(s->paths.share, sizeof(s->paths.share), "rootfs-overlay/usr/share/jarvis");
    return loop_new(&s->loop, &s->clock, NULL);
}

static inline int scene_start(struct scene *s, struct err *e)
{
    struct assistant_deps d = {
        .loop = s->loop, .settings = &s->settings, .paths = &s->paths, .filters = s->filters
    };
    int r = bus_new(&s->bus, s->loop, e);

    if (r < 0)
        return r;
    d.bus = s->bus;
    r = bus_on(s->bus, MSG_N, scene_on_msg, s, e);
    if (r >= 0)
        r = assistant_new(&s->assistant, &d, e);
    if (r >= 0)
        scene_post(s, MSG_DEVICES, &(struct msg){ 0 }, 0, SCENE_HOUSE);
    return r;
}

static inline void scene_close(struct scene *s)
{
    s->assistant = assistant_free(s->assistant);
    s->bus = bus_free(s->bus);
    s->loop = loop_free(s->loop);
    str_done(&s->log);
    str_done(&s->kept);
    str_done(&s->answered);
}

#endif
