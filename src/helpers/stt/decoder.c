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

#include "grammar.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum {
    RATE_HZ = 16000,
    FRAME_SAMPLES = 160, /* the decoder's frame of 10 ms */
    WAKE_LAG = 18,       /* frames from the end of the keyphrase to the newest sample */
    WAKE_PIECE_FRAMES = 20 * RATE_HZ,
    WAKE_PIECE_MAX_FRAMES = 30 * RATE_HZ,
    MEAN_MAX = 64,
};

#define SEARCH_WAKE "wake"
#define SEARCH_COMMANDS "commands"

static const double language_weight = 6.5;

enum decoder_mode { MODE_IDLE, MODE_WAKE, MODE_UTTER };

struct decoder {
    cmd_ln_t *config;
    ps_decoder_t *ps;
    bool has_wake, has_commands;
    char phrase[DICT_WORD_BYTES * 2]; /* wake phrase; "" for none */
    enum decoder_mode mode;
    uint64_t position; /* wake stream: the next sample's number */
    uint64_t piece;    /* samples in the keyphrase utterance under way */
};

struct decoder *decoder_free(struct decoder *d)
{
    if (!d)
        return NULL;
    if (d->ps)
        ps_free(d->ps);
    if (d->config)
        cmd_ln_free_r(d->config);
    free(d);
    return NULL;
}

/* The dictionary as an unlinked file in memory: PocketSphinx only reads files. */
static int dictionary_file(int *ret_fd, const struct dict *d, const char *phrase, struct err *e)
{
    AUTO_STR text = STR_INIT;
    AUTO_CLOSE int fd = memfd_create("dictionary", MFD_CLOEXEC);

    dict_print(&text, d, phrase);
    if (text.failed)
        return err_set(e, -ENOMEM, "out of memory for the dictionary");
    if (fd < 0)
        return err_set(e, -errno, "dictionary: %s", strerror(errno));
    for (size_t at = 0; at < text.len;) {
        ssize_t n = write(fd, text.data + at, text.len - at);

        if (n < 0)
            return err_set(e, -errno, "dictionary: %s", strerror(errno));
        at += (size_t)n;
    }
    *ret_fd = STEAL_FD(fd);
    return 0;
}

/* ps_init() with the options of stt-tts: wide beams, noise removal, live cepstral mean. */
static int decoder_open(struct decoder *d, const struct decoder_opts *o, int dict_fd,
                        struct err *e)
{
    char dict_path[32], threshold[32], weight[32];

    snprintf(dict_path, sizeof(dict_path), "/proc/self/fd/%d", dict_fd);
    snprintf(threshold, sizeof(threshold), "1e%d", o->threshold_exp);
    snprintf(weight, sizeof(weight), "%g", language_weight);
    d->config = cmd_ln_init(NULL, ps_args(), TRUE, "-hmm", o->model, "-dict", dict_path, "-lw",
                            weight, "-beam", "1e-120", "-wbeam", "1e-90", "-pbeam", "1e-120",
                            "-kws_threshold", threshold, "-kws_plp", "1e-2",
                            "-cmn", "live", "-bestpath", "no",
                            "-remove_noise", "yes", "-remove_silence", "yes", "-logfn",
                            "/dev/null", NULL);
    if (d->config)
        d->ps = ps_init(d->config);
    if (!d->ps)
        return err_set(e, -EINVAL, "acoustic model %s: cannot be loaded; install "
                       "pocketsphinx-en-us or set stt.model", o->model);
    return 0;
}

static int commands_load(struct decoder *d, const struct decoder_opts *o, const struct dict *dict,
                         struct err *e)
{
    const struct grammar_opts go = {
        .phrase = o->phrase,
        .filler_probability = o->filler_probability,
        .language_weight = language_weight,
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
    r = ps_set_fsg(d->ps, SEARCH_COMMANDS, model);
    fsg_model_free(model);
    if (r != 0)
        return err_set(e, -EINVAL, "grammar %s: the decoder refuses it", o->fsg);
    d->has_commands = true;
    return 0;
}

int decoder_new(struct decoder **ret, const struct decoder_opts *o, const struct dict *dict,
                struct err *e)
{
    AUTO(decoder_freep) struct decoder *d = calloc(1, sizeof(*d));
    AUTO_CLOSE int fd = -1;
    int r;

    if (!d)
        return err_set(e, -ENOMEM, "out of memory for the recogniser");
    if (!str_copy(d->phrase, sizeof(d->phrase), o->phrase))
        return err_set(e, -ENAMETOOLONG, "wake phrase '%.40s...': is too long", o->phrase);
    r = dictionary_file(&fd, dict, o->phrase, e);
    if (r >= 0)
        r = decoder_open(d, o, fd, e);
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

int decoder_wake(struct decoder *d, uint64_t position, const int16_t *frames, size_t count,
                 struct decoder_hit *ret, struct err *e)
{
    bool quiet, heard = false;

    if (!d->has_wake)
        return err_set(e, -ENOENT, "no wake phrase that can be pronounced");
    if (d->mode != MODE_WAKE || position != d->position) {
        int r = decoder_begin(d, MODE_WAKE, SEARCH_WAKE, e);

        if (r < 0)
            return r;
    }
    d->position = position;
    for (size_t at = 0; at < count && !heard; at += FRAME_SAMPLES) {
        size_t n = count - at < FRAME_SAMPLES ? count - at : FRAME_SAMPLES;

        if (ps_process_raw(d->ps, frames + at, n, FALSE, FALSE) < 0)
            return err_set(e, -EIO, "the decoder does not take the sound");
        d->position += n;
        heard = wake_hit(d, ret);
    }
    d->piece += count;
    if (heard) {
        d->position = position + count;
        decoder_end(d);
        return 1;
    }
    quiet = !ps_get_in_speech(d->ps);
    if (d->piece >= (quiet ? WAKE_PIECE_FRAMES : WAKE_PIECE_MAX_FRAMES))
        decoder_end(d);
    return 0;
}

void decoder_wake_clear(struct decoder *d)
{
    if (d->mode == MODE_WAKE)
        decoder_end(d);
}

int decoder_utter_start(struct decoder *d, struct err *e)
{
    if (!d->has_commands)
        return err_set(e, -ENOENT, "no grammar is loaded");
    return decoder_begin(d, MODE_UTTER, SEARCH_COMMANDS, e);
}

int decoder_utter(struct decoder *d, const int16_t *frames, size_t count, struct err *e)
{
    if (d->mode != MODE_UTTER)
        return err_set(e, -EPROTO, "sound without the start of an utterance");
    if (ps_process_raw(d->ps, frames, count, FALSE, FALSE) < 0)
        return err_set(e, -EIO, "the decoder does not take the sound");
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

int decoder_result(struct decoder *d, char **text, bool *rejected, struct err *e)
{
    AUTO_STR words = STR_INIT;
    const char *best;
    char *taken;

    if (d->mode != MODE_UTTER)
        return err_set(e, -EPROTO, "the end of an utterance that did not start");
    decoder_end(d);
    *rejected = false;
    best = ps_get_hyp(d->ps, NULL);
    words_collect(&words, best ? best : "", rejected);
    phrase_drop(&words, d->phrase);
    taken = str_take(&words);
    if (!taken)
        return err_set(e, -ENOMEM, "out of memory for the sentence");
    *rejected = *rejected || taken[0] == '\0';
    *text = taken;
    return 0;
}

void decoder_drop(struct decoder *d)
{
    if (d->mode == MODE_UTTER)
        decoder_end(d);
}
