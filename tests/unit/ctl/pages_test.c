/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/ctl/pages_test.c - the table of jarvisctl's commands, and that help, man page and
 * completion tell of each of them in a form that man and bash take. */
#include "helpers/ctl/pages.c"
#include "helpers/ctl/table.c"

#include "base/str.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define RUN(name)                                                                              \
    int name(const struct ctl *c, enum ctl_exit *exit, struct err *e)                          \
    {                                                                                          \
        (void)c;                                                                               \
        (void)exit;                                                                            \
        return err_set(e, -ENOSYS, "not in this test");                                        \
    }

RUN(run_status) RUN(run_say) RUN(run_ask) RUN(run_listen) RUN(run_devices) RUN(run_areas)
RUN(run_sentences) RUN(run_log) RUN(run_history) RUN(run_config) RUN(run_mute) RUN(run_acknowledge)
RUN(run_reload) RUN(run_missed) RUN(run_learn) RUN(run_forget) RUN(run_engine)

/* A page as text, owned by the caller. */
static char *page(void (*write)(FILE *out), const struct ctl_command *command)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    assert_non_null(out);
    if (command)
        page_command(command, out);
    else
        write(out);
    assert_int_equal(fclose(out), 0);
    assert_true(n > 0 && text[n - 1] == '\n');
    return text;
}

static void needs(const char *text, const char *part, const char *of)
{
    if (!strstr(text, part))
        fail_msg("%s lacks '%s'", of, part);
}

static void the_table_is_sound(void **state)
{
    unsigned known = 0;

    (void)state;
    for (size_t i = 0; i < ctl_options_n; i++) {
        assert_true(!ctl_options[i].bit || !(known & ctl_options[i].bit));
        known |= ctl_options[i].bit;
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(ctl_options[i].name, ctl_options[k].name);
            assert_true(!ctl_options[i].letter || ctl_options[i].letter != ctl_options[k].letter);
        }
    }
    for (size_t i = 0; i < ctl_commands_n; i++) {
        const struct ctl_command *c = &ctl_commands[i];

        assert_true(c->run && c->least >= 0 && (c->most == -1 || c->most >= c->least));
        assert_true((c->options & ~known) == 0);
        assert_true(str_starts(c->usage, c->name));
        if (c->most == 0) /* nothing may follow but options */
            assert_null(strpbrk(c->usage, "."));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(c->name, ctl_commands[k].name);
    }
}

static void help_tells_all(void **state)
{
    AUTO_FREE char *usage = page(page_usage, NULL);

    (void)state;
    for (size_t i = 0; i < ctl_commands_n; i++) {
        const struct ctl_command *c = &ctl_commands[i];
        AUTO_FREE char *own = page(NULL, c);

        needs(usage, c->usage, "the usage");
        needs(usage, c->help, "the usage");
        needs(own, c->help, c->name);
        if (c->more)
            needs(own, c->more, c->name);
        for (size_t k = 0; k < ctl_options_n; k++) {
            const bool has = strstr(own, ctl_options[k].help) != NULL;

            if (ctl_options[k].bit && has != ((ctl_options[k].bit & c->options) != 0))
                fail_msg("%s and --%s", c->name, ctl_options[k].name);
        }
    }
    needs(usage, "-j, --json", "the usage");
    needs(usage, "\n  3  ask, listen, sentences: not understood", "the usage");
}

/* A line that begins with a dot is a request, and the only ones are those that we mean. */
static void the_man_page_is_roff(void **state)
{
    static const char *const requests[] = { ".\\\"", ".TH ", ".SH ", ".TP", ".B ", ".br" };
    AUTO_FREE char *text = page(page_man, NULL);
    char *rest = text, *line;

    (void)state;
    needs(text, "jarvisctl config set wake.threshold_exp \\-25", "the page");
    needs(text, "\n.B ask [\\-\\-speak] TEXT...\n", "the page");
    while ((line = strsep(&rest, "\n"))) {
        bool known = line[0] != '.' && line[0] != '\'';

        for (size_t i = 0; !known && i < sizeof(requests) / sizeof(requests[0]); i++)
            known = str_starts(line, requests[i]);
        if (!known)
            fail_msg("'%s' is taken for a request", line);
    }
}

static void roff_keeps_what_is_special(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        { "", "" },       { "plain", "plain" },     { "-f", "\\-f" },         { "a-b-c", "a\\-b\\-c" },
        { ".x", "\\&.x" }, { "'x", "\\&'x" },        { "a.b'c", "a.b'c" },     { "a\\b", "a\\\\b" },
        { "-\\-", "\\-\\\\\\-" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);

        assert_non_null(out);
        roff(rows[i].text, out);
        assert_int_equal(fclose(out), 0);
        assert_string_equal(text, rows[i].want);
        free(text);
    }
}

static void completion_knows_all(void **state)
{
    AUTO_FREE char *text = page(page_completion, NULL);

    (void)state;
    for (size_t i = 0; i < ctl_commands_n; i++) {
        AUTO_STR row = STR_INIT;

        str_addf(&row, "    %s) ", ctl_commands[i].name);
        if (strcmp(ctl_commands[i].name, "config") != 0)
            needs(text, str_text(&row), "the completion");
    }
    needs(text, "    mute) words='--help on off' ;;\n", "the completion");
    needs(text, "    log) words='--help --follow --count' ;;\n", "the completion");
    needs(text, "    config)\n", "the completion");
    needs(text, " --json --root --help --version ' ;;\n", "the completion");
    needs(text, "complete -F _jarvisctl jarvisctl\n", "the completion");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(help_tells_all),
        cmocka_unit_test(the_man_page_is_roff),
        cmocka_unit_test(roff_keeps_what_is_special),
        cmocka_unit_test(completion_knows_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
