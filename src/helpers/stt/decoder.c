/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/decoder.c - one PocketSphinx decoder with two searches.
 *
 * Where the wake word lies: PocketSphinx numbers frames after it has removed silence, so
 * its frame numbers drift away from the stream at every pause. But no silence is removed
 * within a word or in the half second after it, so the distance from the word to the
 * newest frame is right, and the newest frame is the newest sample. Positions are counted
 * back from there.
 *
 * A keyphrase utterance is ended at each hit and, after WAKE_PIECE_FRAMES, at the first
 * quiet moment (WAKE_PIECE_MAX_FRAMES at the latest), so that nothing grows and the
 * cepstral mean, which is moved on at the end of an utterance, follows the speaker. */
#include "decoder.h"

#include "base/file.h"
#include "base/must.h"
#include "base/paths.h"
#include "doubt.h"
#include "grammar.h"
#include "look.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    RATE_HZ = 16000,
    FRAME_SAMPLES = 160, /* the decoder's frame of 10 ms */
    WAKE_LAG = 18,       /* frames from the end of the keyphrase to the newest sample */
    WAKE_LOWER = 20,     /* with a veto behind it the search listens for less: 10^-20 of the threshold */
    WAKE_AGAIN = 240 * RATE_HZ / 1000, /* a hit may come before the word has ended */
    WAKE_PIECE_FRAMES = 20 * RATE_HZ,
    WAKE_PIECE_MAX_FRAMES = 30 * RATE_HZ,
    MEAN_MAX = 64,
    SOUND_FRAMES_MAX = 16 * RATE_HZ,
    FILLERS_BYTES_MAX = 64 << 10,
    LOOK_SETTLED = 3, /* pieces of sound that change nothing: the words are over */
    LOOK_TIMES_MAX = 3,
    COURTESIES_MAX = 16,
    FOLLOW_MAX = 32, /* words that may go on: more than a few are not looked at */
};

#define SEARCH_WAKE "wake"
#define SEARCH_COMMANDS "commands"
#define NOISE_WORD "[NOISE]"

static const double language_weight = 6.5;

enum decoder_mode { MODE_IDLE, MODE_WAKE, MODE_UTTER };

struct decoder {
    cmd_ln_t *config;
    int dict_fd, fillers_fd; /* owned; the dictionaries, which each PocketSphinx decoder reads */
    ps_decoder_t *ps;
    bool has_wake, has_commands, has_noise;
    char phrase[DICT_WORD_BYTES * 2]; /* wake phrase; "" for none */
    enum decoder_mode mode;
    uint64_t position; /* wake stream: the next sample's number */
    uint64_t piece;    /* samples in the keyphrase utterance under way */
    const char *courtesies[COURTESIES_MAX]; /* borrowed from the commands */
    int courtesies_n;
    struct mean_kept begun; /* when the utterance under way began */
    int16_t *sound;         /* owned; of the utterance, for a second look */
    size_t sound_n, sound_cap;
    char *best;             /* owned; the best way when its state was found out last */
    enum wire_state state;
    unsigned settled;       /* pieces of sound since the best way changed last */
    struct veto *veto;      /* borrowed; NULL: none */
    struct decoder_hit doubted; /* the veto did not agree with it yet */
    uint64_t again_at;      /* it is asked again at this position; 0: no more */
    struct look look;       /* the second one, at the utterance under way */
};

struct decoder *decoder_free(struct decoder *d)
{
    if (!d)
        return NULL;
    look_done(&d->look);
    if (d->ps)
        ps_free(d->ps);
    if (d->config)
        cmd_ln_free_r(d->config);
    if (d->dict_fd >= 0)
        close(d->dict_fd);
    if (d->fillers_fd >= 0)
        close(d->fillers_fd);
    free(d->sound);
    free(d->best);
    free(d);
    return NULL;
}

/* Text as an unlinked file in memory: PocketSphinx only reads files. */
static int text_file(int *ret_fd, const struct str *text, struct err *e)
{
    AUTO_CLOSE int fd = memfd_create("dictionary", MFD_CLOEXEC);

    if (text->failed)
        return err_set(e, -ENOMEM, "out of memory for the dictionary");
    if (fd < 0)
        return err_set(e, -errno, "dictionary: %s", err_words(errno));
    for (size_t at = 0; at < text->len;) {
        ssize_t n = write(fd, text->data + at, text->len - at);

        if (n < 0)
            return err_set(e, -errno, "dictionary: %s", err_words(errno));
        at += (size_t)n;
    }
    *ret_fd = STEAL_FD(fd);
    return 0;
}

static int model_unusable(const char *model, struct err *e)
{
    return err_set(e, -EINVAL, "acoustic model %s: cannot be loaded; install pocketsphinx-en-us or "
                   "set stt.model", model);
}

/* The words of the house, and the fillers: those of the model and the phones of the loops. */
static int dictionary_files(struct decoder *d, const struct decoder_opts *o, const struct dict *dict,
                            struct err *e)
{
    AUTO_STR words = STR_INIT, fillers = STR_INIT;
    AUTO_FREE char *of_model = NULL;
    char path[PATHS_BYTES];
    size_t len;
    int r;

    if (paths_join(path, sizeof(path), o->model, "noisedict", NULL) < 0 ||
        file_read(&of_model, &len, path, FILLERS_BYTES_MAX, NULL) < 0)
        return model_unusable(o->model, e);
    d->has_noise = strstr(of_model, NOISE_WORD " ") != NULL;
    dict_print(&words, dict, o->phrase);
    dict_print_fillers(&fillers, dict, of_model);
    r = text_file(&d->dict_fd, &words, e);
    return r < 0 ? r : text_file(&d->fillers_fd, &fillers, e);
}

/* A search takes its beams from the configuration when it is made. With each name the ways that may
 * follow "the" grow, and with them the work of every frame: the beams are the narrower the more
 * words there are. CPU for six commands of 5 s with 500 devices of two words of their own, in one
 * run: 18.9 s, 8.8 s and 5.3 s with beams of 1e-120, 1e-80 and 1e-60. With the 256 words of speech
 * and 13 names ten commands and decoys of 5 s took 18 s with 1e-120, 7 s with 1e-80, and were heard
 * the same. */
struct beams {
    double beam, word_beam;
};

static const struct beams wake_beams = { 1e-120, 1e-90 };

static const struct beams look_beams = { DOUBT_BEAM, DOUBT_BEAM };

static const struct beams *command_beams(size_t words)
{
    static const struct beams few = { 1e-80, 1e-60 }, many = { 1e-60, 1e-40 };
    enum { MANY_WORDS = 600 };

    return words > MANY_WORDS ? &many : &few;
}

static void beams_set(cmd_ln_t *config, const struct beams *b)
{
    cmd_ln_set_float64_r(config, "-beam", b->beam);
    cmd_ln_set_float64_r(config, "-pbeam", b->beam);
    cmd_ln_set_float64_r(config, "-wbeam", b->word_beam);
}

/* ps_init() with the options of stt-tts: wide beams, noise removal, live cepstral mean. */
static int decoder_open(struct decoder *d, const struct decoder_opts *o, struct err *e)
{
    char dict_path[32], fillers_path[32], threshold[32], weight[32];

    snprintf(dict_path, sizeof(dict_path), "/proc/self/fd/%d", d->dict_fd);
    snprintf(fillers_path, sizeof(fillers_path), "/proc/self/fd/%d", d->fillers_fd);
    snprintf(threshold, sizeof(threshold), "1e%d", o->threshold_exp - (o->veto ? WAKE_LOWER : 0));
    snprintf(weight, sizeof(weight), "%g", language_weight);
    d->config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", o->model, "-dict", dict_path,
                            "-fdict", fillers_path, "-lw", weight, "-kws_threshold", threshold, "-kws_plp", "1e-2",
                            "-cmn", "live", "-bestpath", "no",
                            "-remove_noise", "yes", "-remove_silence", "yes", "-logfn",
                            "/dev/null", NULL);
    if (d->config) {
        beams_set(d->config, &wake_beams);
        d->ps = ps_init(d->config);
    }
    return d->ps ? 0 : model_unusable(o->model, e);
}

static int commands_load(struct decoder *d, const struct decoder_opts *o, const struct dict *dict,
                         struct err *e)
{
    const struct grammar_opts go = {
        .phrase = o->phrase,
        .filler_probability = o->filler_probability,
        .inner_probability = o->inner_probability,
        .language_weight = language_weight,
        .noise = d->has_noise ? NOISE_WORD : NULL,
    };
    logmath_t *math = ps_get_logmath(d->ps);
    fsg_model_t *sentences = NULL, *model = NULL;
    int r = grammar_read(&sentences, o->fsg, math, e);

    if (r < 0)
        return r;
    r = grammar_build(&model, sentences, math, dict, &go, e);
    fsg_model_free(sentences);
    if (r < 0)
        return err_wrap(e, r, "grammar %s", o->fsg);
    beams_set(d->config, command_beams(dict->n));
    r = grammar_set(d->ps, SEARCH_COMMANDS, model);
    beams_set(d->config, &wake_beams);
    fsg_model_free(model);
    if (r < 0)
        return err_set(e, -EINVAL, "grammar %s: the decoder refuses it", o->fsg);
    d->courtesies_n = grammar_courtesies(ps_get_fsg(d->ps, SEARCH_COMMANDS), d->courtesies, COURTESIES_MAX);
    if (d->courtesies_n < 0)
        return err_set(e, -ENOMEM, "out of memory for the grammar");
    d->has_commands = true;
    return 0;
}

int decoder_new(struct decoder **ret, const struct decoder_opts *o, const struct dict *dict,
                struct err *e)
{
    AUTO(decoder_freep) struct decoder *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return err_set(e, -ENOMEM, "out of memory for the recogniser");
    d->dict_fd = d->fillers_fd = -1;
    d->veto = o->veto;
    if (!str_copy(d->phrase, sizeof(d->phrase), o->phrase))
        return err_set(e, -ENAMETOOLONG, "wake phrase '%.40s...': is too long", o->phrase);
    r = dictionary_files(d, o, dict, e);
    if (r >= 0)
        r = decoder_open(d, o, e);
    if (r < 0)
        return r;
    if (o->wake && dict_has_all(dict, o->phrase)) {
        if (ps_set_keyphrase(d->ps, SEARCH_WAKE, o->phrase) != 0)
            return err_set(e, -EINVAL, "wake phrase '%s': the decoder refuses it", o->phrase);
        d->has_wake = true;
    }
    if (o->fsg) {
        r = commands_load(d, o, dict, e);
        if (r < 0)
            return r;
    }
    *ret = STEAL(d);
    return 0;
}

void decoder_adopt(struct decoder *d, const struct decoder *old)
{
    mfcc_t mean[MEAN_MAX];
    feat_t *from;

    if (!old)
        return;
    from = ps_get_feat(old->ps);
    if (from->cmn_struct->veclen > MEAN_MAX ||
        from->cmn_struct->veclen != ps_get_feat(d->ps)->cmn_struct->veclen)
        return;
    cmn_live_get(from->cmn_struct, mean);
    cmn_live_set(ps_get_feat(d->ps)->cmn_struct, mean);
}

static void decoder_end(struct decoder *d)
{
    if (d->mode != MODE_IDLE)
        ps_end_utt(d->ps);
    d->mode = MODE_IDLE;
}

static int decoder_begin(struct decoder *d, enum decoder_mode mode, const char *search,
                         struct err *e)
{
    decoder_end(d);
    if (ps_set_search(d->ps, search) != 0 || ps_start_utt(d->ps) != 0)
        return err_set(e, -EIO, "the decoder does not start its search '%s'", search);
    d->mode = mode;
    d->piece = 0;
    return 0;
}

/* Where the keyphrase lies that was just heard, counted back from the newest sample. */
static bool wake_hit(const struct decoder *d, struct decoder_hit *ret)
{
    uint64_t from_end, to_end;
    int from = 0, to = 0;
    int32 score = 0;

    if (!ps_get_hyp(d->ps, NULL))
        return false;
    for (ps_seg_t *seg = ps_seg_iter(d->ps); seg; seg = ps_seg_next(seg)) {
        ps_seg_frames(seg, &from, &to);
        score = ps_seg_prob(seg, NULL, NULL, NULL);
    }
    to_end = (uint64_t)WAKE_LAG * FRAME_SAMPLES;
    from_end = to_end + (to > from ? (uint64_t)(to - from) * FRAME_SAMPLES : 0);
    ret->to_position = d->position > to_end ? d->position - to_end : 0;
    ret->from_position = d->position > from_end ? d->position - from_end : 0;
    ret->score = logmath_log_to_ln(ps_get_logmath(d->ps), score);
    return true;
}

static int wake_begin(struct decoder *d, uint64_t position, struct err *e)
{
    if (position != d->position) {
        d->again_at = 0;
        if (d->veto)
            veto_clear(d->veto);
    }
    if (d->mode == MODE_WAKE && position == d->position)
        return 0;
    d->position = position;
    return decoder_begin(d, MODE_WAKE, SEARCH_WAKE, e);
}

/* Does the second judge agree that it was the wake word? Where not, it is asked once more a little later. */
static bool wake_agreed(struct decoder *d, struct decoder_hit *hit, bool heard)
{
    bool agreed;

    if (!heard && (d->again_at == 0 || d->position < d->again_at))
        return false;
    agreed = !d->veto || veto_score(d->veto) >= VETO_LEAST;
    if (!heard)
        *hit = d->doubted;
    d->doubted = *hit;
    d->again_at = heard && !agreed ? d->position + WAKE_AGAIN : 0;
    return agreed;
}

static int wake_search(struct decoder *d, const int16_t *frames, size_t count, struct decoder_hit *ret,
                       struct err *e)
{
    bool heard = false;

    for (size_t at = 0; at < count && !heard; at += FRAME_SAMPLES) {
        size_t n = count - at < FRAME_SAMPLES ? count - at : FRAME_SAMPLES;

        if (ps_process_raw(d->ps, frames + at, n, FALSE, FALSE) < 0)
            return err_set(e, -EIO, "the decoder does not take the sound");
        d->position += n;
        heard = wake_hit(d, ret);
    }
    return heard;
}

int decoder_wake(struct decoder *d, uint64_t position, const int16_t *frames, size_t count,
                 struct decoder_hit *ret, struct err *e)
{
    struct decoder_hit hit = { 0 };
    bool quiet, agreed;
    int heard;

    if (!d->has_wake)
        return err_set(e, -ENOENT, "no wake phrase that can be pronounced");
    heard = wake_begin(d, position, e);
    if (heard == 0)
        heard = wake_search(d, frames, count, &hit, e);
    if (heard < 0)
        return heard;
    d->position = position + count;
    d->piece += count;
    if (d->veto)
        veto_push(d->veto, frames, count);
    agreed = wake_agreed(d, &hit, heard > 0);
    quiet = !ps_get_in_speech(d->ps);
    if (agreed || heard || d->piece >= (quiet ? WAKE_PIECE_FRAMES : WAKE_PIECE_MAX_FRAMES))
        decoder_end(d);
    if (agreed)
        *ret = hit;
    return agreed;
}

void decoder_wake_clear(struct decoder *d)
{
    d->again_at = 0;
    if (d->mode == MODE_WAKE)
        decoder_end(d);
}

int decoder_utter_start(struct decoder *d, struct err *e)
{
    if (!d->has_commands)
        return err_set(e, -ENOENT, "no grammar is loaded");
    d->sound_n = 0;
    d->settled = d->look.times = 0;
    look_forget(&d->look);
    decoder_end(d); /* moves the mean on */
    mean_keep(&d->begun, d->ps);
    return decoder_begin(d, MODE_UTTER, SEARCH_COMMANDS, e);
}

/* More than SOUND_FRAMES_MAX is no command: its second look is at its beginning. */
static int sound_keep(struct decoder *d, const int16_t *frames, size_t count, struct err *e)
{
    if (count > SOUND_FRAMES_MAX - d->sound_n)
        count = SOUND_FRAMES_MAX - d->sound_n;
    if (d->sound_n + count > d->sound_cap) {
        size_t cap = d->sound_cap ? d->sound_cap * 2 : RATE_HZ * 4;
        int16_t *grown = realloc(d->sound, cap * sizeof(*grown));

        if (!grown)
            return err_set(e, -ENOMEM, "out of memory for the utterance");
        d->sound = grown;
        d->sound_cap = cap;
    }
    memcpy(d->sound + d->sound_n, frames, count * sizeof(*frames));
    d->sound_n += count;
    return 0;
}

static void look_ahead(struct decoder *d);

int decoder_utter(struct decoder *d, const int16_t *frames, size_t count, struct err *e)
{
    if (d->mode != MODE_UTTER)
        return err_set(e, -EPROTO, "sound without the start of an utterance");
    if (sound_keep(d, frames, count, e) < 0)
        return -ENOMEM;
    if (ps_process_raw(d->ps, frames, count, FALSE, FALSE) < 0)
        return err_set(e, -EIO, "the decoder does not take the sound");
    look_ahead(d);
    return 0;
}

/* Takes the wake phrase from the start of a sentence whose grammar knows it as well. */
static void phrase_drop(struct str *words, const char *phrase)
{
    size_t n = strlen(phrase);

    if (n == 0 || words->len < n || strncmp(words->data, phrase, n) != 0)
        return;
    if (words->data[n] == ' ')
        n++;
    else if (words->data[n] != '\0')
        return;
    memmove(words->data, words->data + n, words->len - n + 1);
    words->len -= n;
}

/* The words of the best way, without the wake phrase. */
static void words_collect(struct str *out, const char *best, bool *rejected)
{
    const char *p = best + strspn(best, " ");

    while (*p) {
        size_t n = strcspn(p, " ");

        if (n >= 2 && memcmp(p, DICT_FILLER, 2) == 0)
            *rejected = true;
        else if (n < 2 || memcmp(p, DICT_WAKE, 2) != 0) {
            if (out->len > 0)
                str_add_char(out, ' ');
            str_add_bytes(out, p, n);
        }
        p += n + strspn(p + n, " ");
    }
}

void decoder_heard_done(struct decoder_heard *h)
{
    free(h->text);
    free(h->other);
    *h = (struct decoder_heard){ .text = NULL };
}

/* Does `words` begin with all words of `begin`? */
static bool begins_with(const char *words, const char *begin)
{
    size_t n = strlen(begin);

    return strncmp(words, begin, n) == 0 && (words[n] == ' ' || words[n] == '\0');
}

/* Cuts words off the end until a sentence is left; false: there is none. */
static bool cut_to_sentence(const fsg_model_t *m, char *words)
{
    while (words[0] && grammar_accepts(m, words) <= 0) {
        char *last = strrchr(words, ' ');

        *(last ? last : words) = '\0';
    }
    return words[0] != '\0';
}

/* The first word of `text`. */
static bool is_among(const char *text, const char *const *words, int n)
{
    size_t len = strcspn(text, " ");

    while (n-- > 0)
        if (strlen(words[n]) == len && memcmp(words[n], text, len) == 0)
            return true;
    return false;
}

/* Is `tail`, which stands behind the sentence, nothing but courtesy? */
static bool is_courtesy(const struct decoder *d, const char *tail)
{
    tail += strspn(tail, " ");
    return *tail == '\0' || is_among(tail, d->courtesies, d->courtesies_n);
}

/* The best way through the grammar has to end in a whole sentence, however badly its last words
 * fit. What fitted best a moment before, without that duty, tells whether the end was heard. */
static bool is_broken(struct decoder *d, const char *heard, const char *whole)
{
    const fsg_model_t *m = ps_get_fsg(d->ps, SEARCH_COMMANDS);
    AUTO_FREE char *own = NULL;

    if (strcmp(heard, whole) == 0 || begins_with(heard, whole))
        return false;
    own = str_dup(heard);
    if (!own || !cut_to_sentence(m, own) || !begins_with(whole, own))
        return true;
    /* what was heard of the courtesy ("thank") is the beginning of it */
    if (strncmp(whole, heard, strlen(heard)) != 0)
        return true;
    return !is_courtesy(d, whole + strlen(own));
}

/* Text and rejection of the best way; `best` holds the wake phrase and the fillers. */
static int heard_text(struct decoder *d, char **text, const char *best, bool *rejected,
                      struct err *e)
{
    AUTO_STR words = STR_INIT;

    words_collect(&words, best, rejected);
    phrase_drop(&words, d->phrase);
    *text = str_take(&words);
    return *text ? 0 : err_set(e, -ENOMEM, "out of memory for the sentence");
}

/* Can a sentence go on with a word that a command may well have? */
static bool goes_on(const struct decoder *d, const fsg_model_t *m, const char *sentence)
{
    const char *words[FOLLOW_MAX];
    int n = grammar_follow(m, sentence, words, FOLLOW_MAX);

    for (int i = 0; i < n; i++)
        if (!is_among(words[i], d->courtesies, d->courtesies_n))
            return true;
    return n < 0; /* out of memory: it may */
}

/* Costs nothing while the best way stays the same. */
enum wire_state decoder_state(struct decoder *d)
{
    AUTO_FREE char *text = NULL;
    const char *best = d->mode == MODE_UTTER ? ps_get_hyp(d->ps, NULL) : NULL;
    const fsg_model_t *m = best ? ps_get_fsg(d->ps, SEARCH_COMMANDS) : NULL;
    bool rejected = false;

    if (!best)
        return WIRE_NOTHING;
    if (d->best && strcmp(d->best, best) == 0)
        return d->state;
    d->settled = 0;
    free(d->best);
    d->best = str_dup(best);
    if (heard_text(d, &text, best, &rejected, NULL) < 0)
        return WIRE_WHOLE;
    if (rejected)
        d->state = WIRE_FINAL;
    else if (text[0] == '\0')
        d->state = WIRE_NOTHING;
    else if (grammar_accepts(m, best) <= 0)
        d->state = WIRE_BEGUN;
    else
        d->state = goes_on(d, m, best) ? WIRE_WHOLE : WIRE_FINAL;
    return d->state;
}

/* ---- the second look ----------------------------------------------------------------------- */

static int second_look(struct decoder *d, const char *sentence, struct err *e)
{
    const struct look_sound on = {
        .config = d->config,
        .sentences = ps_get_fsg(d->ps, SEARCH_COMMANDS),
        .begun = &d->begun,
        .frames = d->sound,
        .count = d->sound_n,
    };
    int r;

    beams_set(d->config, &look_beams);
    r = look_at(&d->look, &on, sentence, e);
    beams_set(d->config, &wake_beams);
    return r;
}

/* While the speaker is silent behind a whole sentence there is time; at the end there is none. */
static void look_ahead(struct decoder *d)
{
    enum wire_state state = decoder_state(d);

    if (++d->settled >= LOOK_SETTLED && state >= WIRE_WHOLE && d->look.times < LOOK_TIMES_MAX &&
        must(d->best != NULL) && !strstr(d->best, DICT_FILLER))
        second_look(d, d->best, NULL); /* what fails is tried again at the end */
}

static int heard_doubt(struct decoder *d, struct decoder_heard *ret, const char *whole,
                       struct err *e)
{
    bool rejected = false;
    int r = second_look(d, whole, e);

    if (r < 0)
        return r;
    ret->misfit = d->look.misfit;
    ret->rejected = ret->misfit > DOUBT_MISFIT_MAX;
    if (ret->rejected)
        return 0;
    ret->margin = d->look.other ? d->look.margin : 0;
    if (d->look.other && ret->margin < doubt_need(d->sound, d->sound_n))
        return heard_text(d, &ret->other, d->look.other, &rejected, e);
    if (d->look.rival && d->look.rival_margin < DOUBT_RIVAL)
        return heard_text(d, &ret->other, d->look.rival, &rejected, e);
    return 0;
}

int decoder_early(struct decoder *d, struct decoder_heard *ret, struct err *e)
{
    AUTO(decoder_heard_done) struct decoder_heard h = { .text = NULL };
    int r;

    if (d->mode != MODE_UTTER)
        return err_set(e, -EPROTO, "an early answer without the start of an utterance");
    if (decoder_state(d) != WIRE_FINAL || d->settled < LOOK_SETTLED || d->look.times > LOOK_TIMES_MAX)
        return 0;
    must(d->best != NULL);
    r = heard_text(d, &h.text, d->best, &h.rejected, e);
    if (r < 0 || h.rejected || h.text[0] == '\0')
        return r;
    r = heard_doubt(d, &h, d->best, e);
    if (r < 0 || h.rejected || h.other || h.misfit > DOUBT_MISFIT_EARLY || d->look.said <= DOUBT_SAID)
        return r;
    *ret = h;
    h = (struct decoder_heard){ .text = NULL };
    return 1;
}

/* Is `heard` as long as the whole sentence, and ends as it does? */
static bool ends_alike(const char *heard, const char *whole)
{
    const char *a = strrchr(heard, ' '), *b = strrchr(whole, ' ');
    int more = 0;

    for (const char *p = heard; *p; p++)
        more += *p == ' ';
    for (const char *p = whole; *p; p++)
        more -= *p == ' ';
    return more >= 0 && strcmp(a ? a : heard, b ? b : whole) == 0;
}

static bool is_cut(struct decoder *d, const struct decoder_heard *ret, const char *heard, const char *whole)
{
    return is_broken(d, heard, whole) && (ret->misfit > DOUBT_MISFIT_WHOLE || !ends_alike(heard, whole));
}

int decoder_result(struct decoder *d, struct decoder_heard *ret, struct err *e)
{
    AUTO_FREE char *heard = NULL, *whole = NULL;
    const char *best;
    int r;

    *ret = (struct decoder_heard){ .text = NULL };
    if (d->mode != MODE_UTTER)
        return err_set(e, -EPROTO, "the end of an utterance that did not start");
    best = ps_get_hyp(d->ps, NULL); /* any state */
    heard = str_dup(best ? best : "");
    decoder_end(d);
    best = ps_get_hyp(d->ps, NULL); /* the final one */
    whole = str_dup(best ? best : "");
    if (!heard || !whole)
        return err_set(e, -ENOMEM, "out of memory for the sentence");
    r = heard_text(d, &ret->text, whole, &ret->rejected, e);
    if (r < 0)
        return r;
    ret->rejected = ret->rejected || ret->text[0] == '\0';
    if (!ret->rejected)
        r = heard_doubt(d, ret, whole, e);
    ret->broken = !ret->rejected && (d->look.said < DOUBT_SAID || is_cut(d, ret, heard, whole));
    return r;
}

void decoder_drop(struct decoder *d)
{
    if (d->mode == MODE_UTTER)
        decoder_end(d);
}

/* The search keeps the ways of its last utterance until the next begins: up to 6 MB in noise. */
static void ways_forget(struct decoder *d)
{
    if (d->has_commands && decoder_begin(d, MODE_UTTER, SEARCH_COMMANDS, NULL) == 0)
        decoder_end(d);
}

void decoder_rest(struct decoder *d)
{
    if (d->mode == MODE_UTTER)
        return;
    look_done(&d->look);
    free(d->sound);
    d->sound = NULL;
    d->sound_n = d->sound_cap = 0;
    if (d->mode == MODE_IDLE)
        ways_forget(d);
    malloc_trim(0);
}
