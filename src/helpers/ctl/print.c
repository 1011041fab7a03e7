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

static const char *open_word(const cJSON *audio, const char *open_key, const char *rate_key,
                             char *buf, size_t size)
{
    if (!json_bool(audio, open_key, false))
        return "not open";
    snprintf(buf, size, "%.0f Hz", json_num(audio, rate_key, 0));
    return buf;
}

void print_status(const cJSON *j, FILE *out)
{
    const cJSON *audio = cJSON_GetObjectItemCaseSensitive(j, "audio");
    const cJSON *speech = cJSON_GetObjectItemCaseSensitive(j, "speech");
    const cJSON *home = cJSON_GetObjectItemCaseSensitive(j, "home");
    const cJSON *health = cJSON_GetObjectItemCaseSensitive(j, "health");
    const cJSON *fault;
    char in[32], speaker[32];
    int faults = 0;

    fprintf(out, "%s %s, up %.0f s, %s\n", json_str(j, "name", "Jarvis"),
            json_str(j, "version", "?"), json_num(j, "uptime_ms", 0) / 1000,
            json_str(j, "state", "?"));
    fprintf(out, "  microphone   %s%s\n",
            open_word(audio, "capture_open", "capture_rate_hz", in, sizeof(in)),
            json_bool(audio, "muted", false) ? " (muted)" : "");
    fprintf(out, "  loudspeaker  %s\n",
            open_word(audio, "playback_open", "playback_rate_hz", speaker, sizeof(speaker)));
    fprintf(out, "  wake word    %s \"%s\"\n", json_bool(speech, "wake", false) ? "on," : "off,",
            json_str(j, "wake_phrase", ""));
    fprintf(out, "  recogniser   %s, %.0f words, %.0f of them nobody can pronounce\n",
            json_bool(speech, "ready", false) ? "ready" : "not ready",
            json_num(speech, "grammar_words", 0), json_num(speech, "grammar_unknown", 0));
    fprintf(out, "  home         %s, %.0f devices\n",
            json_bool(home, "connected", false) ? "connected" : "not connected",
            json_num(home, "devices", 0));
    cJSON_ArrayForEach(fault, cJSON_GetObjectItemCaseSensitive(health, "faults"))
    {
        fprintf(out, "  fault        %s: %s\n", json_str(fault, "part", "?"),
                json_str(fault, "text", ""));
        faults++;
    }
    if (!faults)
        fprintf(out, "  faults       none\n");
}
