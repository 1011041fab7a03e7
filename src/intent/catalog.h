/* SPDX-License-Identifier: Apache-2.0 */
/* intent/catalog.h - all sentences of a language: what sentences/<language>.yaml says, parsed,
 * checked and linked.
 *
 *   catalog_new() -> catalog_parse() per file, in order -> catalog_link() -> catalog_check()
 *   -> match, grammar
 *
 * The format is hassil's: language, intents.<Name>.data[] {sentences, slots, requires_context,
 * excludes_context, expansion_rules, lists, response, required_keywords, metadata}, lists,
 * expansion_rules, skip_words, and of ours end_words,
 * opposites[] [word, word] and examples[] {text, domain, device_class}. Later files add intents and skip words and replace lists and
 * rules of the same name. `metadata: {speech: true}` puts a block into the speech grammar; all blocks
 * behind a file's `speech: only` are in nothing but that. There `before`, `behind` and `decoys` are
 * blocks without an intent: what may stand at the ends of a sentence (in the place of skip_words and
 * end_words), and what is said though it is no command, listed so that it is heard as what it is.
 * The lists `name`, `area` and `floor` are not in the files: catalog_set_list() gives them.
 *
 * One fault costs one sentence, never the file: each is told to the `complain` function with
 * file, line, reason, and the sentence is left out. A sentence that can be read, but asks for what
 * core/intents.h does not know (an intent, a slot) or would reach every device, is refused: it
 * stays, so that what it says is not taken for a neighbour, but is never done. So does one that cannot
 * be read: what is missing or broken in it - a rule, a list, its notation, a condition of its block, a
 * rule that leads back to itself - takes any words (struct template, is_shadow). A broken value of a list
 * does the same to the readings that it stands in (struct value, refused).
 * Threads: one owner; constant but for catalog_set_list() after catalog_link(). */
#ifndef JARVIS_INTENT_CATALOG_H
#define JARVIS_INTENT_CATALOG_H

#include "core/intents.h"
#include "base/arena.h"
#include "intent/numbers.h"
#include "intent/sentence.h"
#include "intent/template.h"

/* Readings of one template, lists counted once. Community files have some of 10^10. */
#define CATALOG_WAYS_MAX 1e12

enum {
    CATALOG_BYTES_MAX = 32 << 20,  /* memory of one language */
    CATALOG_NODES_MAX = 20000,     /* of one template with its rules put in */
    CATALOG_RULE_DEPTH_MAX = 32,
    CATALOG_COMPLAINTS_MAX = 100,  /* more are counted, not told */
};

struct pair { /* context of a list's value: domain = light */
    const char *key, *value;
    const struct pair *next;
};

/* What a slot is set to. HEARD: the matched text itself; TEXTS: any of several. */
enum datum_kind { DATUM_HEARD, DATUM_TEXT, DATUM_NUMBER, DATUM_TEXTS };
struct datum {
    enum datum_kind kind;
    const char *text;         /* DATUM_TEXT */
    double number;            /* DATUM_NUMBER */
    const struct pair *texts; /* DATUM_TEXTS: their values */
};

struct named; /* intent/names.h: a device */

struct value {
    const struct node *in; /* no lists inside */
    struct datum out;
    const struct pair *context;
    const struct named *named; /* the device whose name it is; NULL: of no device */
    const char *file, *text;   /* where it stands, and how it is written; NULL: made from the devices */
    int line;
    const char *refused; /* why it cannot be read; what it stands in is refused as by a shadow. NULL: it can */
    struct value *next, *alike; /* alike: the next whose first letter has the same slot, of list.first */
};

enum list_kind { LIST_VALUES, LIST_RANGE, LIST_WILDCARD };
enum range_kind { RANGE_NUMBER, RANGE_PERCENTAGE, RANGE_TEMPERATURE };
struct list {
    enum list_kind kind;
    enum { LIST_UNCHECKED, LIST_OPEN, LIST_CHECKED } state; /* of catalog_link() */
    struct value *values; /* LIST_VALUES, in order */
    bool is_plain;        /* their texts hold no notation: where they stand is found once */
    struct value **first; /* by template_slot() of the first letter, in order, linked by `alike`; NULL: all
                           * have to be tried */
    struct {
        enum range_kind kind;
        double from, to, step, multiplier; /* from and to are both allowed */
        bool digits, words;                /* how it may be written */
        int parts;                         /* 1 whole numbers, 2 halves, 10 tenths */
    } range;
};

/* What a name between < > or { } stands for. */
struct symbol {
    const char *name;
    const struct node *body; /* a rule's; NULL: not known, or broken */
    const struct list *list; /* a list's; NULL: not known */
    const struct symbol *plain; /* of a rule or list of the newer layout: that of the classic one, which
                                 * stands in where there is none; NULL: it is of the classic one */
    bool is_list, is_broken; /* broken: it was told where it stands */
    bool is_used;            /* some sentence reaches it */
    bool is_open;            /* catalog_link() is inside it: meeting it again is a cycle */
    bool is_scoped;          /* some block has its own */
    bool speech_only;        /* of a file for the recogniser alone */
    enum { FIRST_UNKNOWN, FIRST_KNOWN } first; /* of the body's node.first */
    const char *file;        /* where it stands */
    int line;
    struct symbol *next_in_bucket, *next; /* next: all, newest first */
};

struct scope { /* rules and lists of one block; they go before those of the language */
    const struct symbol *symbol;
    const struct node *body;
    const struct list *list;
    const struct scope *next;
};

struct requirement { /* of the context */
    const char *key;
    const struct pair *values; /* any of (pair.value); NULL: any value will do */
    const char *slot;          /* copy what is there into this slot; NULL: do not */
    const struct requirement *next;
};

struct fixed { /* a slot that every sentence of the block sets */
    const char *slot;
    struct datum value;
    int line;
    const struct fixed *next;
};

struct template {
    const struct node *root;
    const char *file, *text;
    int line;
    const char *refused; /* why nothing is done for its sentences, which it still takes away from
                          * others; NULL: it is not */
    bool is_shadow; /* refused, as it cannot be read: the missing part takes any words. It wins over
                     * readings with wildcards, lest they do what this sentence never meant */
    struct template *next;
};

/* Where a block's sentences stand in the grammar of the recogniser. */
enum speech_place {
    SPEECH_NOT,
    SPEECH_SENTENCE, /* whole sentences */
    SPEECH_BEFORE,   /* one may stand before a sentence: "please", "don't" */
    SPEECH_BEHIND,   /* one may stand behind it: "please", "in ten minutes" */
};

struct block {
    const char *intent, *response; /* response: key of the answer, NULL: the default */
    const struct intent_def *def;  /* NULL: nobody can do this */
    bool is_own;                   /* of a file that a person wrote */
    const char *file;
    int line;
    struct template *templates;
    const struct fixed *fixed;
    const struct requirement *requires, *excludes;
    const struct scope *scope;
    const struct skip_word *keywords; /* one of them must be a word of the sentence */
    enum speech_place speech; /* in the grammar of the recogniser */
    bool speech_only;         /* and not matched: what it hears is matched as if it were typed */
    bool is_rare;             /* seldom said: has to be heard the more clearly */
    struct block *next;
};

struct opposite { /* two words that a mistake must not mix up (opposites.h) */
    struct skip_word one, other; /* one word each; `next` is not used */
    const struct opposite *next;
};

struct example { /* a sentence to try, with {name} or {area} of a device of this house */
    const char *text;
    const char *domain, *device_class; /* of the device; NULL: any, and none is needed */
    const struct example *next;
};

/* `text` is whole: "en.yaml line 42: ...". Runs inside the call that found it. */
typedef void (*catalog_complain_fn)(const char *text, void *user);

enum { CATALOG_BUCKETS = 256 };

struct catalog {
    struct arena arena;
    const char *language;
    struct numbers *numbers; /* owned */
    struct block *blocks, **blocks_tail;
    struct symbol *symbols, *buckets[CATALOG_BUCKETS];
    const struct skip_word *skip_words; /* longest first */
    const struct skip_word *end_words;  /* that are spoken behind a sentence; NULL: all of them */
    const struct example *examples;     /* in order */
    const struct opposite *opposites;
    const struct list *empty_list;
    bool ignores_blanks; /* settings.ignore_whitespace: a script without blanks */
    catalog_complain_fn complain;
    void *user;
    unsigned complaints;           /* all of them */
    unsigned templates_n, blocks_n; /* that are in use */
};

/* `complain` may be NULL. -ENOMEM. */
int catalog_new(struct catalog **ret, const char *language, catalog_complain_fn complain,
                void *user, struct err *e);
struct catalog *catalog_free(struct catalog *c);
AUTO_DEFINE(struct catalog *, catalog_free)
/* Adds one file; `file` is its name for people and for struct template; `is_own`: a person wrote it
 * and it goes before what is shipped. -EINVAL (no YAML at all, or of another language), -ENOMEM;
 * single faults inside are complaints. After a failure the catalogue holds what was read before it
 * and may be linked. */
int catalog_parse(struct catalog *c, const char *file, bool is_own, const void *buf, size_t len,
                  struct err *e);
/* One file of Home Assistant's newer layout, where an intent has a folder and each file of it is one
 * combination of slots; they have rules and lists of their own, in folders beside the sentences, which are
 * kept apart from those of the classic layout. */
struct catalog_part {
    const char *file;   /* as catalog_parse() */
    bool is_own;
    const char *intent; /* of the folder: the file holds `data`; NULL: it holds rules or lists */
    bool needs_area;    /* the room of the box is known, and becomes the slot `area` */
};
int catalog_parse_part(struct catalog *c, const struct catalog_part *part, const void *buf, size_t len,
                       struct err *e);
/* Makes shadows of templates that refer to unknown or broken rules and lists; leaves out cycles and
 * products beyond the limits. -ENOMEM. */
int catalog_link(struct catalog *c, struct err *e);
/* Makes the template a shadow of what can be read of it; false: nothing can. `why`: it "cannot be read",
 * told by the caller. */
bool catalog_shadow(struct catalog *c, struct template *t);
/* The same for a value that is written as `text` (NULL: any words) and stands at v->file, v->line. */
bool catalog_shadow_value(struct catalog *c, struct value *v, const char *text);
/* The letters that each part of the templates may begin with: what the matcher need not try. For
 * catalog_link(). */
void catalog_first(struct catalog *c);
/* After linking: refuses what core/intents.h does not know. */
void catalog_check(struct catalog *c);
/* `list` is borrowed until the next call for `name`; NULL empties it. -ENOENT: no sentence names
 * such a list. */
int catalog_set_list(struct catalog *c, const char *name, const struct list *list);

/* For the parts of the catalogue and its users. */
const struct symbol *catalog_find(const struct catalog *c, const char *name, bool is_list);
const struct node *catalog_rule(const struct block *b, const struct symbol *s);
const struct list *catalog_list(const struct block *b, const struct symbol *s);
/* Whether the requirement takes this value of its key. */
bool catalog_takes(const struct requirement *q, const char *value);
/* Whether a LIST_RANGE holds the number (before its multiplier). */
bool catalog_holds(const struct list *range, double value);
void catalog_tell(struct catalog *c, const char *file, int line, const struct err *e);
struct symbol *catalog_symbol(struct catalog *c, const char *name, bool is_list); /* NULL: memory */
/* The symbol of the newer layout. NULL: memory. */
struct symbol *catalog_symbol_part(struct catalog *c, const char *name, bool is_list);
/* Its name for people. */
const char *catalog_symbol_name(const struct symbol *s);

#endif
