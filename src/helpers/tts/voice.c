/* SPDX-License-Identifier: GPL-3.0-or-later */
/* helpers/tts/voice.c - espeak-ng: text to samples, words to phonemes. */
#include "voice.h"

#include "base/str.h"

#include <espeak-ng/speak_lib.h>
#include <string.h>

struct voice_call { /* one voice_speak() under way */
    voice_out_fn out;
    void *user;
    int stopped; /* what `out` returned when it wanted no more */
};

/* The voice that speaks a language well; others go by espeak-ng's own name of the language. */
static const struct {
    const char *language, *voice;
} voices[] = {
    { "en", "en-us" },
    { "fr", "fr-fr" },
};

/* The events carry the pointer that espeak_Synth() was given. */
static int on_synth(short *wav, int count, espeak_EVENT *events)
{
    struct voice_call *call = events->user_data;

    if (!call || call->stopped < 0)
        return 1;
    if (wav && count > 0)
        call->stopped = call->out(wav, (size_t)count, call->user);
    return call->stopped < 0;
}

int voice_open(unsigned *ret_rate_hz, struct err *e)
{
    int rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, VOICE_PIECE_MS, NULL,
                                 espeakINITIALIZE_DONT_EXIT);

    if (rate <= 0)
        return err_set(e, -ENOENT, "espeak-ng has no data; install espeak-ng-data");
    espeak_SetSynthCallback(on_synth);
    *ret_rate_hz = (unsigned)rate;
    return 0;
}

void voice_close(void)
{
    espeak_Terminate();
}

static int voice_choose(const char *voice, const char *language, struct err *e)
{
    const char *name = voice;

    for (size_t i = 0; !name[0] && i < sizeof(voices) / sizeof(voices[0]); i++)
        if (strcmp(voices[i].language, language) == 0)
            name = voices[i].voice;
    if (!name[0])
        name = language;
    if (espeak_SetVoiceByName(name) != EE_OK)
        return err_set(e, -EINVAL,
                       "no voice '%.40s'; `espeak-ng --voices` lists them (setting tts.voice)",
                       name);
    return 0;
}

static int text_check(const char *text, struct err *e)
{
    size_t len = strlen(text);

    if (len == 0 || len > VOICE_TEXT_BYTES_MAX)
        return err_set(e, -EINVAL, "text: must have 1 to %d bytes", VOICE_TEXT_BYTES_MAX);
    if (!str_is_utf8(text, len))
        return err_set(e, -EINVAL, "text: is not UTF-8");
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t')
            return err_set(e, -EINVAL, "text: control characters are not allowed");
    return 0;
}

int voice_speak(const struct voice_want *w, voice_out_fn out, void *user, struct err *e)
{
    struct voice_call call = { .out = out, .user = user };
    int r = text_check(w->text, e);

    if (r >= 0)
        r = voice_choose(w->voice, w->language, e);
    if (r < 0)
        return r;
    espeak_SetParameter(espeakRATE, w->rate_wpm, 0);
    if (espeak_Synth(w->text, strlen(w->text) + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL,
                     &call) != EE_OK)
        return err_set(e, -EIO, "espeak-ng cannot speak the text");
    if (call.stopped < 0)
        return err_set(e, -ECANCELED, "cancelled");
    return 0;
}

int voice_phonemes(char *out, size_t size, const char *word, const char *language, struct err *e)
{
    const void *rest = word;
    const char *phonemes;
    int r = text_check(word, e);

    if (r >= 0)
        r = voice_choose("", language, e);
    if (r < 0)
        return r;
    phonemes = espeak_TextToPhonemes(&rest, espeakCHARS_UTF8, 0);
    if (!phonemes || !phonemes[0])
        return err_set(e, -EINVAL, "'%.40s': no phonemes", word);
    if (!str_copy(out, size, phonemes))
        return err_set(e, -ENOSPC, "'%.40s': too many phonemes", word);
    return 0;
}
