/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/ctl/pages.c - help, man page and shell completion, made from the table. */
#include "ctl.h"

#include <string.h>

static const struct {
    enum ctl_exit code;
    const char *meaning;
} exits[] = {
    { CTL_DONE, "done" },
    { CTL_ERROR, "an error: nobody answers, or the daemon refuses" },
    { CTL_USAGE, "wrong use" },
    { CTL_NOT_UNDERSTOOD, "ask, listen, sentences: not understood" },
    { CTL_FAILED, "ask, listen: understood, but not (all) done, or broken off" },
};

static void option_words(char *out, size_t size, const struct ctl_option_row *o)
{
    char letter[8] = "";

    if (o->letter)
        snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    snprintf(out, size, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
             o->argument ? o->argument : "");
}

void page_usage(FILE *out)
{
    fputs("jarvisctl [--root DIR] [--json] COMMAND [ARGUMENTS]\n\n", out);
    for (size_t i = 0; i < ctl_commands_n; i++)
        fprintf(out, "  %-34s %s\n", ctl_commands[i].usage, ctl_commands[i].help);
    fputc('\n', out);
    for (size_t i = 0; i < ctl_options_n; i++) {
        char words[40];

        option_words(words, sizeof(words), &ctl_options[i]);
        if (ctl_options[i].bit == 0)
            fprintf(out, "  %-34s %s\n", words, ctl_options[i].help);
    }
    fputs("\n`jarvisctl COMMAND --help` tells more of a command. Exit codes:", out);
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
        fprintf(out, "\n  %d  %s", exits[i].code, exits[i].meaning);
    fputc('\n', out);
}

void page_command(const struct ctl_command *command, FILE *out)
{
    fprintf(out, "jarvisctl %s\n  %s\n", command->usage, command->help);
    for (size_t i = 0; i < ctl_options_n; i++) {
        char words[40];

        option_words(words, sizeof(words), &ctl_options[i]);
        if (ctl_options[i].bit & command->options)
            fprintf(out, "  %-20s %s\n", words, ctl_options[i].help);
    }
    if (command->more)
        fprintf(out, "\n%s\n", command->more);
}

/* Text for roff: a minus is a minus, and no line begins a request. */
static void roff(const char *text, FILE *out)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '-')
            fputc('\\', out);
        fputs(*text == '\\' ? "\\\\" : (const char[]){ *text, '\0' }, out);
    }
}

static void roff_item(const char *head, const char *text, FILE *out)
{
    fputs(".TP\n.B ", out);
    roff(head, out);
    fputc('\n', out);
    roff(text, out);
    fputc('\n', out);
}

void page_man(FILE *out)
{
    char words[64];

    fputs(".\\\" Made from src/helpers/ctl/table.c by `make docs`.\n"
          ".TH JARVISCTL 1 \"\" \"Jarvis\" \"User Commands\"\n.SH NAME\n"
          "jarvisctl \\- ask, watch and set the voice assistant Jarvis\n.SH SYNOPSIS\n"
          ".B jarvisctl\n[\\-\\-root DIR] [\\-\\-json] COMMAND [ARGUMENTS]\n.SH DESCRIPTION\n"
          "Talks to jarvisd through its control socket, which the members of the group jarvis may "
          "use:\n.B sudo usermod \\-aG jarvis $USER\n.SH COMMANDS\n",
          out);
    for (size_t i = 0; i < ctl_commands_n; i++) {
        roff_item(ctl_commands[i].usage, ctl_commands[i].help, out);
        if (ctl_commands[i].more) {
            fputs(".br\n", out);
            roff(ctl_commands[i].more, out);
            fputc('\n', out);
        }
    }
    fputs(".SH OPTIONS\n", out);
    for (size_t i = 0; i < ctl_options_n; i++) {
        option_words(words, sizeof(words), &ctl_options[i]);
        roff_item(words, ctl_options[i].help, out);
    }
    fputs(".SH EXIT STATUS\n", out);
    for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        snprintf(words, sizeof(words), "%d", exits[i].code);
        roff_item(words, exits[i].meaning, out);
    }
    fputs(".SH ENVIRONMENT\n", out);
    roff_item("JARVIS_ROOT", "as --root", out);
    fputs(".SH FILES\n", out);
    roff_item("/run/jarvis/control.sock", "the control socket, mode 0660", out);
}

void page_completion(FILE *out)
{
    fputs("# Made from src/helpers/ctl/table.c by `make docs`.\n_jarvisctl()\n{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} command='' i words=''\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        --root) ((i++)) ;;\n"
          "        -*) ;;\n"
          "        *) command=${COMP_WORDS[i]}; break ;;\n"
          "        esac\n"
          "    done\n"
          "    case $command in\n"
          "    '') words='",
          out);
    for (size_t i = 0; i < ctl_commands_n; i++)
        fprintf(out, "%s ", ctl_commands[i].name);
    for (size_t i = 0; i < ctl_options_n; i++)
        if (ctl_options[i].bit == 0)
            fprintf(out, "--%s ", ctl_options[i].name);
    fputs("' ;;\n"
          "    config)\n"
          "        if ((COMP_CWORD == i + 2)); then\n"
          "            words=$(jarvisctl config get 2>/dev/null | cut -d' ' -f1)\n"
          "        elif ((COMP_CWORD == i + 1)); then\n"
          "            words='get set'\n"
          "        fi ;;\n",
          out);
    for (size_t i = 0; i < ctl_commands_n; i++) {
        const struct ctl_command *c = &ctl_commands[i];

        if (strcmp(c->name, "config") == 0)
            continue;
        fprintf(out, "    %s) words='--help", c->name);
        for (size_t k = 0; k < ctl_options_n; k++)
            if (ctl_options[k].bit & c->options)
                fprintf(out, " --%s", ctl_options[k].name);
        fprintf(out, "%s%s' ;;\n", c->words ? " " : "", c->words ? c->words : "");
    }
    fputs("    esac\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
          "}\n"
          "complete -F _jarvisctl jarvisctl\n",
          out);
}
