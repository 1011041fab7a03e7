/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/print.c - answers of the daemon for people. */
#include "ctl.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static void print_time(int64_t wall_ms, FILE *out)
{
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    char text[32] = "?";

    if (localtime_r(&t, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    fprintf(out, "%s", text);
}

/* What an answer that was not understood offers: the nearest template, and sentences to try. */
static void print_near(const cJSON *from, FILE *out)
{
    const char *nearest = json_str(from, "nearest_text", NULL);
    const char *template = json_str(from, "template", NULL);
    const char *error = json_str(from, "error", NULL);
    const cJSON *example;

    if (template)
        fprintf(out, "  template: %s\n", template);
    if (error && error[0])
        fprintf(out, "  error: %s\n", error);
    if (json_str(from, "refused", NULL))
        fprintf(out, "  refused: %s\n", json_str(from, "refused", ""));
    if (nearest)
        fprintf(out, "  nearest: %s (%s); what did not fit: \"%s\"\n", nearest,
                json_str(from, "nearest", "?"), json_str(from, "rest", ""));
    cJSON_ArrayForEach(example, cJSON_GetObjectItemCaseSensitive(from, "examples"))
        if (cJSON_IsString(example))
            fprintf(out, "  try: %s\n", example->valuestring);
}

void print_session(const cJSON *session, FILE *out)
{
    const cJSON *detail = cJSON_GetObjectItemCaseSensitive(session, "detail");
    const cJSON *from = cJSON_IsObject(detail) ? detail : session;
    const cJSON *mark, *sent;

    print_time(json_int(session, "at", 0, JSON_INT_MAX, 0), out);
    fprintf(out, "  %s: \"%s\" -> %s (%s)\n", json_str(session, "source", "?"),
            json_str(session, "heard", ""), json_str(session, "intent", "-"),
            json_str(session, "outcome", "?"));
    cJSON_ArrayForEach(mark, cJSON_GetObjectItemCaseSensitive(from, "timeline"))
        fprintf(out, "  %7.0f ms  %-13s %s\n", json_num(mark, "ms", 0), json_str(mark, "step", "?"),
                json_str(mark, "detail", ""));
    cJSON_ArrayForEach(sent, cJSON_GetObjectItemCaseSensitive(from, "sent"))
        fprintf(out, "              sent          %s\n", cJSON_IsString(sent) ? sent->valuestring : "?");
    fprintf(out, "  reply: \"%s\"\n", json_str(session, "reply", ""));
    print_near(from, out);
}

void print_log_line(const cJSON *line, FILE *out)
{
    double session = json_num(line, "session", 0);

    print_time(json_int(line, "at", 0, JSON_INT_MAX, 0), out);
    fprintf(out, " %-5s %s: %s", json_str(line, "level", "?"), json_str(line, "area", "?"),
            json_str(line, "text", ""));
    if (session > 0)
        fprintf(out, "  [%.0f]", session);
    fputc('\n', out);
}

static void print_value(const cJSON *v, FILE *out)
{
    if (cJSON_IsString(v)) {
        fputs(v->valuestring, out);
    } else {
        AUTO_FREE char *text = json_text(v);

        fputs(text ? text : "?", out);
    }
}

void print_flat(const cJSON *object, FILE *out)
{
    const cJSON *v;

    cJSON_ArrayForEach(v, object)
    {
        fprintf(out, "%s = ", v->string ? v->string : "-");
        print_value(v, out);
        fputc('\n', out);
    }
}

/* "on, brightness 78": what stands in a state but its bookkeeping. */
static void print_state(const cJSON *state, FILE *out)
{
    static const char *const bookkeeping[] = { "at", "stale" };
    bool first = true;
    const cJSON *v;

    if (!cJSON_IsObject(state))
        state = NULL; /* what has no names is no state */
    cJSON_ArrayForEach(v, state)
    {
        bool skip = false;

        for (size_t i = 0; i < sizeof(bookkeeping) / sizeof(bookkeeping[0]); i++)
            skip = skip || strcmp(v->string, bookkeeping[i]) == 0;
        if (skip)
            continue;
        fputs(first ? "" : ", ", out);
        if (strcmp(v->string, "state") != 0)
            fprintf(out, "%s ", v->string);
        print_value(v, out);
        first = false;
    }
    fputs(first ? "unknown" : "", out);
    fputs(json_bool(state, "stale", false) ? " (old)" : "", out);
}

void print_devices(const cJSON *list, FILE *out)
{
    const cJSON *d;

    cJSON_ArrayForEach(d, list)
    {
        const char *class = json_str(d, "class", "");

        fprintf(out, "%-24s %-24s %-14s %s%s%s  ", json_str(d, "id", "?"),
                json_str(d, "name", "?"), json_str(d, "area", ""), json_str(d, "kind", "?"),
                class[0] ? "/" : "", class);
        print_state(cJSON_GetObjectItemCaseSensitive(d, "state"), out);
        fputc('\n', out);
    }
    if (cJSON_GetArraySize(list) == 0)
        fputs("no devices: write them into /etc/jarvis/devices.yaml, then `jarvisctl reload`\n",
              out);
}

void print_areas(const cJSON *answer, FILE *out)
{
    const cJSON *area, *id, *alias;

    cJSON_ArrayForEach(area, cJSON_GetObjectItemCaseSensitive(answer, "areas"))
    {
        fputs(json_str(area, "name", "?"), out);
        cJSON_ArrayForEach(alias, cJSON_GetObjectItemCaseSensitive(area, "aliases"))
            fprintf(out, ", %s", cJSON_IsString(alias) ? alias->valuestring : "?");
        fputc(':', out);
        cJSON_ArrayForEach(id, cJSON_GetObjectItemCaseSensitive(area, "devices"))
            fprintf(out, " %s", cJSON_IsString(id) ? id->valuestring : "?");
        fputc('\n', out);
    }
}

static void print_reading(const cJSON *r, FILE *out)
{
    AUTO_FREE char *slots = json_text(cJSON_GetObjectItemCaseSensitive(r, "slots"));

    fprintf(out, "  %s %s  %s\n      %s  %s%s%s\n",
            json_bool(r, "wins", false) ? "->" : "  ", json_str(r, "template", "?"),
            json_str(r, "template_text", ""), json_str(r, "intent", "?"), slots ? slots : "{}",
            json_bool(r, "own", false) ? "  (own sentence)" : "",
            json_str(r, "refused", NULL) ? "  refused" : "");
}

void print_sentence(const cJSON *explained, FILE *out)
{
    const cJSON *meaning = cJSON_GetObjectItemCaseSensitive(explained, "meaning"), *item;
    bool understood = json_num(explained, "code", 0) >= 0;

    fprintf(out, "\"%s\" (%s): %s\n", json_str(explained, "text", ""),
            json_str(explained, "language", "?"),
            understood ? json_str(meaning, "intent", "understood") : "not understood");
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(explained, "readings"))
        print_reading(item, out);
    if (!understood)
        print_near(meaning, out);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(explained, "complaints"))
        fprintf(out, "  mistake: %s\n", cJSON_IsString(item) ? item->valuestring : "?");
}

/* The fault tells the first and counts the rest: here they all are. */
static void print_complaints(const cJSON *settings, FILE *out)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(settings, "complaints"), *text;

    if (cJSON_GetArraySize(list) < 2)
        return;
    cJSON_ArrayForEach(text, list)
        if (cJSON_IsString(text))
            fprintf(out, "  settings     %s\n", text->valuestring);
}

static const char *open_word(const cJSON *audio, const char *open_key, const char *rate_key,
                             char *buf, size_t size)
{
    if (!json_bool(audio, open_key, false))
        return "not open";
    snprintf(buf, size, "%.0f Hz", json_num(audio, rate_key, 0));
    return buf;
}

static void print_words(const cJSON *speech, FILE *out)
{
    const cJSON *unknown = cJSON_GetObjectItemCaseSensitive(speech, "grammar_unknown_words"), *w;
    double n = json_num(speech, "grammar_unknown", 0);

    fprintf(out, "  recogniser   %s, %.0f words", json_bool(speech, "ready", false) ? "ready" : "not ready",
            json_num(speech, "grammar_words", 0));
    if (n > 0)
        fprintf(out, ", %.0f of them nobody can pronounce", n);
    if (cJSON_GetArraySize(unknown) > 0)
        fputc(':', out);
    cJSON_ArrayForEach(w, unknown) fprintf(out, " %s", cJSON_IsString(w) ? w->valuestring : "?");
    fputc('\n', out);
    if (!json_bool(speech, "voice_network", true))
        fputs("  voices       told from noise by loudness alone: the network's weights are not "
              "installed\n", out);
}

/* Who hears a sentence, in order, where it is not this box's own recogniser alone. */
static void print_ears(const cJSON *speech, FILE *out)
{
    const cJSON *ears = cJSON_GetObjectItemCaseSensitive(speech, "ears"), *one;
    const char *gap = "  hears        ";

    if (cJSON_GetArraySize(ears) < 2)
        return;
    cJSON_ArrayForEach (one, ears) {
        fprintf(out, "%s%s%s", gap, json_str(one, "name", "?"), json_bool(one, "ready", false) ? "" : " (not ready)");
        gap = ", then ";
    }
    fputc('\n', out);
}

static void print_broker(const cJSON *home, FILE *out)
{
    const char *broker = json_str(home, "broker", NULL);

    if (!json_bool(home, "enabled", true))
        fprintf(out, "  home         mqtt.enabled is false");
    else
        fprintf(out, "  home         %s%s%s",
                json_bool(home, "connected", false) ? "connected" : "not connected",
                broker ? " to " : "", broker ? broker : "");
    fprintf(out, ", %.0f devices\n", json_num(home, "devices", 0));
}

static void print_store(const cJSON *store, FILE *out)
{
    if (!cJSON_IsObject(store) || !json_bool(store, "open", true))
        fputs("  store        not open\n", out);
}

static void print_faults(const cJSON *health, FILE *out)
{
    const cJSON *faults = cJSON_GetObjectItemCaseSensitive(health, "faults"), *fault;

    cJSON_ArrayForEach(fault, faults)
        fprintf(out, "  fault        %s: %s\n", json_str(fault, "part", "?"),
                json_str(fault, "text", ""));
    if (cJSON_GetArraySize(faults) == 0)
        fprintf(out, "  faults       none\n");
}

void print_status(const cJSON *j, FILE *out)
{
    const cJSON *audio = cJSON_GetObjectItemCaseSensitive(j, "audio");
    const cJSON *speech = cJSON_GetObjectItemCaseSensitive(j, "speech");
    const char *area = json_str(j, "area", "");
    char in[32], speaker[32];

    fprintf(out, "%s %s%s%s, %s, up %.0f s, %s\n", json_str(j, "name", "Jarvis"),
            json_str(j, "version", "?"), area[0] ? " in " : "", area, json_str(j, "language", "?"),
            json_num(j, "uptime_ms", 0) / 1000, json_str(j, "state", "?"));
    fprintf(out, "  microphone   %s%s\n",
            open_word(audio, "capture_open", "capture_rate_hz", in, sizeof(in)),
            json_bool(audio, "muted", false) ? " (muted)" : "");
    fprintf(out, "  loudspeaker  %s\n",
            open_word(audio, "playback_open", "playback_rate_hz", speaker, sizeof(speaker)));
    fprintf(out, "  wake word    %s \"%s\"\n", json_bool(speech, "wake", false) ? "on," : "off,",
            json_str(j, "wake_phrase", ""));
    print_words(speech, out);
    print_ears(speech, out);
    print_broker(cJSON_GetObjectItemCaseSensitive(j, "home"), out);
    print_store(cJSON_GetObjectItemCaseSensitive(j, "store"), out);
    print_faults(cJSON_GetObjectItemCaseSensitive(j, "health"), out);
    print_complaints(cJSON_GetObjectItemCaseSensitive(j, "settings"), out);
}
