/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/lab/stt.c - the recogniser alone on sound files: the commands without wake word, endpoint
 * and house.
 *
 * A grammar is made of the sentences and the names as the daemon makes it, and jarvis-stt hears each
 * file as one utterance, in frames of the listen thread's size. A line a file:
 *
 *     {"file", the fields of UTT_RESULT (speech/wire.h), "intent": what the text means,
 *      "code": of that, "said": text of FILE.txt beside FILE.wav, "meant", "meant_code",
 *      "verdict": right | wrong | other | asked | refused}
 *
 * The verdict says what came of it: wrong is an action that was not meant, other an answer or a
 * question to the house that was not meant. What was said need be no command: then right is whatever
 * means the same as the sentence typed, and nothing at all is refused. The last line sums up.
 * Threads: one; jarvis-stt is a process. */
#include "audio/wav.h"
#include "base/file.h"
#include "base/must.h"
#include "core/rpc.h"
#include "home/devices.h"
#include "intent/build.h"
#include "intent/meaning.h"
#include "lab.h"
#include "rt/block.h"
#include "speech/wire.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EN_US "/usr/share/pocketsphinx/model/en-us/"

enum {
    PIECE_FRAMES = 8 * BLOCK_FRAMES,
    ANSWER_MS = 60000,
    SAID_BYTES_MAX = 4096,
};

enum verdict { VERDICT_RIGHT, VERDICT_WRONG, VERDICT_OTHER, VERDICT_ASKED, VERDICT_REFUSED, VERDICTS };

static const char *const verdict_words[VERDICTS] = {
    [VERDICT_RIGHT] = "right", [VERDICT_WRONG] = "wrong",     [VERDICT_OTHER] = "other",
    [VERDICT_ASKED] = "asked", [VERDICT_REFUSED] = "refused",
};

struct listener {
    struct paths paths;
    struct build *build; /* owned; the tongue and the grammar */
    char run[PATHS_BYTES]; /* temporary; removed at the end */
    const char *room;
    int fd;              /* owned; to jarvis-stt; -1: none */
    pid_t pid;
    uint32_t serial;
    uint8_t *packet;     /* owned */
    unsigned sums[VERDICTS], files;
    double cpu_ms, audio_ms;
    long memory_kb; /* of jarvis-stt at most; known when it has ended */
};

/* ---- the house ---------------------------------------------------------------------------- */

static bool device_add(cJSON *list, const struct device *d)
{
    AUTO_JSON *j = cJSON_CreateObject();
    cJSON *aliases = cJSON_AddArrayToObject(j, "aliases");

    for (size_t i = 0; aliases && i < d->aliases_n; i++)
        if (!json_push(aliases, cJSON_CreateString(d->aliases[i])))
            return false;
    return aliases && cJSON_AddStringToObject(j, "id", d->id) &&
           cJSON_AddStringToObject(j, "name", d->name) &&
           cJSON_AddStringToObject(j, "area", d->area) &&
           cJSON_AddStringToObject(j, "kind", device_kind_name(d->kind)) &&
           (!d->class || cJSON_AddStringToObject(j, "class", device_class_name(d->class))) &&
           json_push(list, STEAL(j));
}

static void on_complaint(const char *text, void *user)
{
    unsigned *complaints = user;

    fprintf(stderr, "jarvis-lab: %s\n", text);
    ++*complaints;
}

/* A device that is left out would count as one that nobody can name: then nothing is measured. */
static int house_json(cJSON **ret, const char *names, struct err *e)
{
    AUTO(devices_freep) struct devices *all = NULL;
    unsigned complaints = 0;
    const struct devices_sink sink = { .complain = on_complaint, .user = &complaints };
    AUTO_JSON *list = cJSON_CreateArray();
    int r = devices_load(&all, names, &sink, e);

    if (r == 0 && complaints > 0)
        r = err_set(e, -EINVAL, "%s: %u faults, mend them first", names, complaints);

    for (size_t i = 0; r == 0 && i < all->n; i++)
        if (!device_add(list, &all->list[i]))
            r = err_set(e, -ENOMEM, "out of memory");
    if (r == 0)
        *ret = STEAL(list);
    return r;
}

static int grammar_open(struct listener *l, const char *names, struct err *e)
{
    AUTO_JSON *devices = NULL;
    int r = house_json(&devices, names, e);

    if (r == 0)
        r = build_new(&l->build, &l->paths, "en", l->room, devices, true, e);
    if (r < 0)
        return r;
    l->build->is_heard = true;
    build_run(l->build);
    if (l->build->tongue)
        fputs(str_text(&l->build->tongue->complaints), stderr);
    if (l->build->code < 0)
        return err_set(e, l->build->code, "%s", err_text(&l->build->told));
    if (l->build->grammar_code < 0)
        return err_set(e, l->build->grammar_code, "%s", err_text(&l->build->grammar_told));
    return 0;
}

/* ---- jarvis-stt --------------------------------------------------------------------------- */

static int answer_wait(struct listener *l, uint16_t type, void *ret, const struct fields *head,
                       struct err *e)
{
    struct rpc_frame f;
    int r;

    while ((r = rpc_recv(l->fd, l->packet, &f, ANSWER_MS, e)) > 0)
        if (f.type == type)
            return ret ? wire_answer_take(ret, head, &f, e) : 0;
    return r < 0 ? r : err_set(e, -ETIMEDOUT, "jarvis-stt does not answer");
}

static int ask(struct listener *l, uint16_t type, const void *of, const struct fields *head,
               struct wire_loaded *ret, struct err *e)
{
    AUTO_JSON *json = fields_put(of, head);
    int r = rpc_send_json(l->fd, type, ++l->serial, json, e);

    if (r >= 0)
        r = answer_wait(l, (uint16_t)(type + 1), ret, &wire_loaded_fields, e);
    return r < 0 ? err_wrap(e, r, "jarvis-stt") : 0;
}

static int helper_start(struct listener *l, struct err *e)
{
    char program[PATHS_BYTES];
    int pair[2];
    int r = paths_join(program, sizeof(program), l->paths.helpers, "jarvis-stt", e);

    if (r < 0)
        return r;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(e, -errno, "jarvis-stt: %s", err_words(errno));
    l->pid = fork();
    if (l->pid == 0) {
        dup2(pair[1], HELPER_FD);
        execl(program, program, (char *)NULL);
        _exit(127);
    }
    close(pair[1]);
    l->fd = pair[0];
    return l->pid < 0 ? err_set(e, -errno, "jarvis-stt: %s", err_words(errno)) : 0;
}

/* It ends with its socket. */
static void helper_end(struct listener *l)
{
    struct rusage used = { .ru_maxrss = 0 };

    if (l->fd >= 0)
        close(l->fd);
    if (l->pid > 0 && wait4(l->pid, NULL, 0, &used) == l->pid)
        l->memory_kb = used.ru_maxrss;
    l->fd = -1;
    l->pid = 0;
}

static int helper_load(struct listener *l, struct err *e)
{
    const struct wire_config config = { /* only written: all is borrowed */
        .model = (char *)EN_US "en-us",
        .dictionary = (char *)EN_US "cmudict-en-us.dict",
        .phrase = (char *)"jarvis",
        .threshold_exp = -20,
        .wake = false,
    };
    const struct wire_grammar grammar = { .fsg = l->build->path };
    AUTO(wire_loaded_done) struct wire_loaded configured = { .words = 0 }, loaded = { .words = 0 };
    int r = ask(l, STT_CONFIG, &config, &wire_config_fields, &configured, e);

    if (r >= 0)
        r = ask(l, STT_GRAMMAR, &grammar, &wire_grammar_fields, &loaded, e);
    if (r < 0)
        return r;
    fprintf(stderr, "jarvis-lab: %u words, not known:", loaded.words);
    for (size_t i = 0; i < loaded.unknown.n; i++)
        fprintf(stderr, " %s", ((char *const *)loaded.unknown.items)[i]);
    fputs("\n", stderr);
    return 0;
}

static int sound_send(struct listener *l, const int16_t *frames, size_t from, size_t to,
                      struct err *e)
{
    struct wire_audio head = { .position = from };
    int r = rpc_send(l->fd, UTT_START, ++l->serial, &head, sizeof(head), e);

    for (size_t at = from; r >= 0 && at < to; at += PIECE_FRAMES) {
        size_t count = to - at < PIECE_FRAMES ? to - at : PIECE_FRAMES;

        head.position = at;
        r = rpc_send2(l->fd, UTT_AUDIO, ++l->serial, &head, sizeof(head), frames + at,
                      count * sizeof(*frames), e);
        if (r >= 0)
            r = answer_wait(l, UTT_PROGRESS, NULL, NULL, e);
    }
    return r;
}

/* What lies before `skip` is heard and forgotten, as the wake word is. */
static int sound_hear(struct listener *l, struct wire_result *ret, const int16_t *frames, size_t n, size_t skip,
                      struct err *e)
{
    int r = 0;

    if (skip > 0 && skip < n) {
        r = sound_send(l, frames, 0, skip, e);
        if (r >= 0)
            r = rpc_send(l->fd, UTT_DROP, l->serial, NULL, 0, e);
    }
    if (r >= 0)
        r = sound_send(l, frames, skip < n ? skip : 0, n, e);
    if (r >= 0)
        r = rpc_send(l->fd, UTT_END, ++l->serial, NULL, 0, e);
    return r < 0 ? r : answer_wait(l, UTT_RESULT, ret, &wire_result_fields, e);
}

/* ---- what came of it ---------------------------------------------------------------------- */

static bool is_action(const cJSON *intent)
{
    const struct intent_def *def = intents_find(json_str(intent, "intent", ""));

    return def && def->risk == RISK_ACTS;
}

static bool is_told(const cJSON *intent)
{
    return intents_is_told(intents_find(json_str(intent, "intent", "")));
}

static const cJSON *slot_value(const cJSON *intent, const char *slot)
{
    const cJSON *slots = cJSON_GetObjectItemCaseSensitive(intent, "slots");

    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(slots, slot), "value");
}

/* Is `text` the value, or one of its values? No value takes everything. */
static bool value_takes(const cJSON *value, const char *text)
{
    const cJSON *one;

    if (!value)
        return true;
    if (cJSON_IsString(value))
        return strcasecmp(value->valuestring, text) == 0;
    cJSON_ArrayForEach(one, value)
    {
        if (cJSON_IsString(one) && strcasecmp(one->valuestring, text) == 0)
            return true;
    }
    return false;
}

static bool reaches(const cJSON *intent, const cJSON *device)
{
    return value_takes(slot_value(intent, "name"), json_str(device, "id", "")) &&
           value_takes(slot_value(intent, "area"), json_str(device, "area", "")) &&
           value_takes(slot_value(intent, "domain"), json_str(device, "kind", "")) &&
           value_takes(slot_value(intent, "device_class"), json_str(device, "class", ""));
}

static bool is_target_slot(const char *slot)
{
    return strcmp(slot, "name") == 0 || strcmp(slot, "area") == 0 || strcmp(slot, "domain") == 0 ||
           strcmp(slot, "device_class") == 0;
}

/* Everything in `a` but its targets is so in `b`. */
static bool asks_same(const cJSON *a, const cJSON *b)
{
    static const char *const keys[] = { "intent", "candidates", "commands" };
    const cJSON *slot;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const cJSON *va = cJSON_GetObjectItemCaseSensitive(a, keys[i]);
        const cJSON *vb = cJSON_GetObjectItemCaseSensitive(b, keys[i]);

        if (va != vb && !cJSON_Compare(va, vb, true))
            return false;
    }
    cJSON_ArrayForEach(slot, cJSON_GetObjectItemCaseSensitive(a, "slots"))
    {
        if (!is_target_slot(slot->string) &&
            !cJSON_Compare(slot_value(a, slot->string), slot_value(b, slot->string), true))
            return false;
    }
    return true;
}

/* The same is asked of the same devices, whatever they were called: "the bedroom light" is the
 * bedside lamp where there is no other. */
static bool means_same(const struct listener *l, const cJSON *a, const cJSON *b)
{
    const cJSON *device;

    cJSON_ArrayForEach(device, l->build->devices)
    {
        if (reaches(a, device) != reaches(b, device))
            return false;
    }
    return asks_same(a, b) && asks_same(b, a);
}

/* `code`, `meant_code`: as meaning_find() of what was heard and of what was said. */
static enum verdict judge(const struct listener *l, const struct wire_result *result, int code,
                          const cJSON *intent, int meant_code, const cJSON *meant)
{
    bool heard = !result->rejected && !result->broken && result->text[0] != '\0';

    if (!heard)
        return VERDICT_REFUSED;
    if (result->other && code != -ENOENT && !(code == 0 && is_told(intent)))
        return VERDICT_ASKED; /* the assistant asks about what would be done only */
    if (code == meant_code && (code == 0 || code == -ENOTUNIQ) && means_same(l, intent, meant))
        return VERDICT_RIGHT;
    if (code == -ENOTUNIQ)
        return VERDICT_ASKED;
    if (code < 0)
        return VERDICT_REFUSED;
    return is_action(intent) ? VERDICT_WRONG : VERDICT_OTHER;
}

/* FILE.txt beside FILE.wav: what was said, and on a second line, where it begins, in ms. NULL: nobody
 * knows. */
static char *said_of(const char *file, size_t *skip)
{
    char path[PATHS_BYTES];
    const char *dot = strrchr(file, '.');
    char *text = NULL, *line;
    size_t len;

    *skip = 0;
    if (!dot || (size_t)(dot - file) + sizeof(".txt") > sizeof(path))
        return NULL;
    snprintf(path, sizeof(path), "%.*s.txt", (int)(dot - file), file);
    if (!file_exists(path) || file_read(&text, &len, path, SAID_BYTES_MAX, NULL) < 0)
        return NULL;
    line = strchr(text, '\n');
    if (line) {
        *line = '\0';
        *skip = (size_t)strtoul(line + 1, NULL, 10) * (BLOCK_RATE_HZ / 1000);
    }
    return text;
}

static int mean(struct listener *l, cJSON *to, const char *key, const char *code_key,
                const char *text, const cJSON **ret)
{
    cJSON *found = NULL;
    int code = text[0] ? meaning_find(&found, l->build->tongue, text, l->room, NULL) : -ENOENT;

    if (found && json_put(to, key, found))
        *ret = found;
    cJSON_AddNumberToObject(to, code_key, code);
    return code;
}

static void line_add(struct listener *l, cJSON *line, const struct wire_result *result, const char *file,
                     const char *said)
{
    const cJSON *intent = NULL, *meant = NULL;
    int code, meant_code;

    cJSON_AddStringToObject(line, "file", file);
    fields_put_to(line, result, &wire_result_fields);
    code = mean(l, line, "intent", "code", result->text, &intent);
    l->files++;
    l->cpu_ms += result->cpu_ms;
    l->audio_ms += result->audio_ms;
    if (said) {
        enum verdict v;

        cJSON_AddStringToObject(line, "said", said);
        meant_code = mean(l, line, "meant", "meant_code", said, &meant);
        v = judge(l, result, code, intent, meant_code, meant);
        must(v < VERDICTS);
        l->sums[v]++;
        cJSON_AddStringToObject(line, "verdict", verdict_words[v]);
    }
}

static void line_print(const cJSON *line)
{
    AUTO_FREE char *text = json_text(line);

    puts(text ? text : "{}");
    fflush(stdout);
}

static int file_hear(struct listener *l, const char *file, struct err *e)
{
    AUTO_FREE int16_t *frames = NULL;
    AUTO(wire_result_done) struct wire_result result = { .text = NULL };
    AUTO_JSON *line = cJSON_CreateObject();
    size_t n = 0, skip;
    AUTO_FREE char *said = said_of(file, &skip);
    int r = wav_load(&frames, &n, file, BLOCK_RATE_HZ, e);

    if (r >= 0)
        r = sound_hear(l, &result, frames, n, skip, e);
    if (r == -EREMOTEIO) { /* it could not: a line like any other */
        cJSON_AddStringToObject(line, "error", err_text(e));
        result.text = str_dup("");
        r = result.text ? 0 : -ENOMEM;
    }
    if (r < 0)
        return r;
    line_add(l, line, &result, file, said);
    line_print(line);
    return 0;
}

static void sums_print(const struct listener *l)
{
    AUTO_JSON *line = cJSON_CreateObject();

    cJSON_AddNumberToObject(line, "files", l->files);
    for (int v = 0; v < VERDICTS; v++)
        cJSON_AddNumberToObject(line, verdict_words[v], l->sums[v]);
    cJSON_AddNumberToObject(line, "real_time_factor", l->audio_ms > 0 ? l->cpu_ms / l->audio_ms : 0);
    cJSON_AddNumberToObject(line, "memory_kb", (double)l->memory_kb);
    line_print(line);
}

/* ---- set-up -------------------------------------------------------------------------------- */

static int listener_open(struct listener *l, const char *sentences, const char *names,
                         struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    int r = paths_init(&l->paths, "", e);

    if (r < 0)
        return r;
    snprintf(l->run, sizeof(l->run), "%s/jarvis-lab-XXXXXX", tmp ? tmp : "/tmp");
    l->packet = malloc(RPC_FRAME_BYTES_MAX);
    if (!l->packet || !mkdtemp(l->run)) {
        l->run[0] = '\0';
        return err_set(e, -EIO, "no temporary folder");
    }
    str_copy(l->paths.run, sizeof(l->paths.run), l->run);
    str_copy(l->paths.lent, sizeof(l->paths.lent), l->run);
    if (sentences)
        str_copy(l->paths.share, sizeof(l->paths.share), sentences);
    r = grammar_open(l, names, e);
    if (r == 0)
        r = helper_start(l, e);
    return r == 0 ? helper_load(l, e) : r;
}

static void listener_close(struct listener *l)
{
    helper_end(l);
    if (l->build && l->build->path[0])
        remove(l->build->path);
    if (l->run[0])
        rmdir(l->run);
    build_free(l->build);
    free(l->packet);
}

int lab_stt(int argc, char **argv)
{
    static const struct option options[] = {
        { "sentences", required_argument, NULL, 's' },
        { "names", required_argument, NULL, 'n' },
        { "room", required_argument, NULL, 'r' },
        { NULL, 0, NULL, 0 },
    };
    struct listener l = { .fd = -1, .room = "" };
    const char *sentences = NULL, *names = NULL;
    struct err e = ERR_INIT;
    int c, r;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == '?')
            return 2;
        *(c == 's' ? &sentences : c == 'n' ? &names : &l.room) = optarg;
    }
    if (optind == argc || !names) {
        fputs("jarvis-lab: use: stt --names DEVICES.yaml [--sentences SHARE] [--room ROOM] FILE...\n",
              stderr);
        return 2;
    }
    r = listener_open(&l, sentences, names, &e);
    for (int i = optind; r >= 0 && i < argc; i++)
        r = file_hear(&l, argv[i], &e);
    if (r < 0)
        fprintf(stderr, "jarvis-lab: %s\n", err_text(&e));
    helper_end(&l);
    if (r >= 0)
        sums_print(&l);
    listener_close(&l);
    return r < 0 ? 1 : 0;
}
