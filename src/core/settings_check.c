/* SPDX-License-Identifier: Apache-2.0 */
/* core/settings_check.c - the checks of the settings rows that a type and a range cannot make. */
#include "core/settings_check.h"

#include "base/utf8.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_BYTES_MAX = 253, LABEL_BYTES_MAX = 63, PHRASE_WORDS_MAX = 5 };

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

int settings_check_name(const struct cfg_row *row, const char *text, struct err *e)
{
    if (is_blank(text))
        return err_set(e, -EINVAL, "%s: is empty; give it a name, or take the line out", row->key);
    return 0;
}

/* A word of the phrase: letters of any script, with inner apostrophes and hyphens. */
static bool is_phrase_word(const char *word, size_t len)
{
    bool letter = false;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)word[i];

        if (c < 0x80 && !isalpha(c) && !strchr("'-", c))
            return false;
        letter = letter || c >= 0x80 || isalpha(c);
    }
    return letter;
}

int settings_check_phrase(const struct cfg_row *row, const char *text, struct err *e)
{
    size_t words = 0;

    if (is_blank(text))
        return err_set(e, -EINVAL, "%s: is empty; to do without a wake word set wake.engine to "
                       "none", row->key);
    for (const char *p = text + strspn(text, " "); *p; words++) {
        size_t len = strcspn(p, " ");

        if (!is_phrase_word(p, len))
            return err_set(e, -EINVAL, "%s: '%.*s' is no word that can be said; write letters "
                           "only, such as \"hey jarvis\"", row->key, (int)len, p);
        p += len;
        p += strspn(p, " ");
    }
    if (words > PHRASE_WORDS_MAX)
        return err_set(e, -EINVAL, "%s: has %zu words; at most %d can be listened for", row->key,
                       words, PHRASE_WORDS_MAX);
    return 0;
}

int settings_check_path(const struct cfg_row *row, const char *text, struct err *e)
{
    if (text[0] != '/')
        return err_set(e, -EINVAL, "%s: '%.60s' is no whole path; begin it with /", row->key, text);
    return 0;
}

/* Names that other programs know: no blanks, no path. */
int settings_check_word(const struct cfg_row *row, const char *text, struct err *e)
{
    if (strpbrk(text, " /\\") || text[0] == '.' || text[0] == '-')
        return err_set(e, -EINVAL, "%s: '%.60s' is no name; write it without blanks and slashes",
                       row->key, text);
    return 0;
}

static bool is_address(const char *text)
{
    struct in6_addr at;

    return inet_pton(AF_INET, text, &at) == 1 || inet_pton(AF_INET6, text, &at) == 1;
}

/* A host name as DNS and mDNS have it: labels of letters, digits, hyphens and (as people have
 * them) underscores. All digits and dots is an address gone wrong. */
static bool is_host(const char *text, size_t len)
{
    size_t label = 0;
    bool letter = false;

    if (len == 0 || len > HOST_BYTES_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '.' ? label == 0 : !isalnum((unsigned char)c) && c != '_' && (c != '-' || !label))
            return false;
        letter = letter || isalpha((unsigned char)c);
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_BYTES_MAX)
            return false;
    }
    return letter;
}

static bool is_host_or_address(const char *text, size_t len)
{
    char copy[HOST_BYTES_MAX + 1];

    if (len > HOST_BYTES_MAX)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return is_host(copy, len) || is_address(copy);
}

int settings_check_host(const struct cfg_row *row, const char *text, struct err *e)
{
    if (!is_host_or_address(text, strlen(text)))
        return err_set(e, -EINVAL, "%s: '%.60s' is no host; write a name or an address, such as "
                       "broker.local or 192.168.1.10", row->key, text);
    return 0;
}

/* MQTT: a broker may refuse what is beyond letters and digits, and topics are made of these. */
int settings_check_client_id(const struct cfg_row *row, const char *text, struct err *e)
{
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && !strchr("-_.:", *p))
            return err_set(e, -EINVAL, "%s: '%.60s' is no client id; use letters, digits and - _ . "
                           ":, or leave it empty for one of this box's own", row->key, text);
    return 0;
}

static const char *url_rest(const char *text)
{
    static const char *const schemes[] = { "http://", "https://" };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncmp(text, schemes[i], strlen(schemes[i])) == 0)
            return text + strlen(schemes[i]);
    return NULL;
}

/* Host of "host", "host:port" or "[v6]:port", with the port checked. */
static bool is_authority(const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t host = colon ? (size_t)(colon - text) : len;

    if (len > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', len);

        if (!close || !is_host_or_address(text + 1, (size_t)(close - text) - 1))
            return false;
        colon = close + 1 < text + len ? close + 1 : NULL;
    } else if (!is_host_or_address(text, host)) {
        return false;
    }
    if (!colon)
        return true;
    if (*colon != ':' || !isdigit((unsigned char)colon[1]))
        return false;
    return strspn(colon + 1, "0123456789") == (size_t)(text + len - colon) - 1 &&
           strtol(colon + 1, NULL, 10) >= 1 && strtol(colon + 1, NULL, 10) <= 65535;
}

int settings_check_url(const struct cfg_row *row, const char *text, struct err *e)
{
    const char *rest = url_rest(text);

    if (text[0] == '\0')
        return 0;
    if (!rest || strpbrk(text, " \\\"<>") || !is_authority(rest, strcspn(rest, "/?#")))
        return err_set(e, -EINVAL, "%s: '%.60s' is no http or https address; write it like "
                       "http://127.0.0.1:11434", row->key, text);
    return 0;
}

/* http or https, or tcp with a port. */
int settings_check_service(const struct cfg_row *row, const char *text, struct err *e)
{
    const char *port = strrchr(text, ':');

    if (!str_starts(text, "tcp://"))
        return settings_check_url(row, text, e);
    if (!isdigit((unsigned char)port[1]) || strspn(port + 1, "0123456789") != strlen(port + 1) ||
        !is_authority(text + 6, strlen(text + 6)))
        return err_set(e, -EINVAL, "%s: '%.60s' lacks a host or a port; write it like "
                       "tcp://192.168.1.5:10300", row->key, text);
    return 0;
}

int settings_check_bind(const struct cfg_row *row, const char *text, struct err *e)
{
    char copy[HOST_BYTES_MAX + 1];

    str_copy(copy, sizeof(copy), text);
    copy[strcspn(copy, "%")] = '\0'; /* fe80::1%eth0: which network, for a link-local address */
    if (!is_address(copy))
        return err_set(e, -EINVAL, "%s: '%.60s' is no address; 127.0.0.1 is this box alone, "
                       "0.0.0.0 every network it is in", row->key, text);
    return 0;
}

int settings_check_hosts(const struct cfg_row *row, const char *text, struct err *e)
{
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, ","), from = strspn(p, " "), end = len;

        while (end > from && p[end - 1] == ' ')
            end--;
        if (len > 0 && (from >= end || !is_authority(p + from, end - from)))
            return err_set(e, -EINVAL, "%s: '%.*s' is no host name; separate them by commas, as in "
                           "jarvis.local, 192.168.1.20", row->key, (int)len, p);
        p += len;
        p += *p == ',';
    }
    return 0;
}

/* A chip is gpiochip0 or a path; which of them are there only the running box knows. */
int settings_check_chip(const struct cfg_row *row, const char *text, struct err *e)
{
    if (strchr(text, ' ') || text[0] == '-')
        return err_set(e, -EINVAL, "%s: '%.60s' is no GPIO chip; write gpiochip0 or /dev/gpiochip0",
                       row->key, text);
    return 0;
}
