/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_front.h - the front end of microWakeWord models: 40 numbers each 10 ms, in integers.
 *
 *   480 samples (30 ms) each 160 -> window -> FFT of 512 -> 40 mel bands, 125-7500 Hz -> root
 *     -> noise taken off -> gain by the noise (PCAN) -> logarithm -> a row of 0..670
 *
 * The models were trained on exactly these numbers, so each rounding, wrap and shift is part of the
 * format; the test compares checksums of whole recordings. The noise estimate lives on across
 * detections: micro_front_init() only where the stream begins anew.
 * Source: the description of ESPMicroSpeechFeatures' arithmetic (no code); Q formats at each step.
 * Threads: tables are read only and shared; a front belongs to one owner, caller's memory, no heap.
 * What may fail: nothing. */
#ifndef JARVIS_WAKE_MICRO_FRONT_H
#define JARVIS_WAKE_MICRO_FRONT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MICRO_WINDOW = 480, MICRO_STEP = 160, MICRO_BANDS = 40,
    MICRO_FFT = 512, MICRO_HALF = MICRO_FFT / 2,
    MICRO_BIN_FIRST = 5, MICRO_BIN_END = 241, /* bins that a band holds */
    MICRO_GAINS = 33,
};

struct micro_complex {
    int16_t re, im;
};

/* 8 kB, made once by micro_tables_init(). */
struct micro_tables {
    int16_t window[MICRO_WINDOW];                  /* Q12 */
    struct micro_complex twiddle[MICRO_HALF];      /* Q15 */
    struct micro_complex unpack[MICRO_HALF / 2];   /* Q15, for k = 1.. */
    uint8_t place[MICRO_HALF];                     /* digits to base 4 turned round */
    uint8_t band[MICRO_BIN_END];                   /* 0..40 */
    int16_t falling[MICRO_BIN_END], rising[MICRO_BIN_END]; /* Q12 */
    int16_t gain[MICRO_GAINS][3];                  /* by the length of the noise: value, slope, bend */
    int16_t gain_small[3];                         /* noise of 0, 1, 2 */
    uint16_t log[130];                             /* log2(1 + i/128) - i/128 in Q16 */
};

struct micro_front {
    const struct micro_tables *tables; /* borrowed */
    uint32_t noise[MICRO_BANDS];       /* Q10 */
    int16_t heard[MICRO_WINDOW];       /* the last samples, oldest first */
    unsigned fill, every, wait;        /* a row each `every` steps; steps until the next */
};

void micro_tables_init(struct micro_tables *t);
/* A row each `every` steps of 10 ms: what the model was trained on. */
void micro_front_init(struct micro_front *f, const struct micro_tables *t, unsigned every);
/* The next MICRO_STEP samples at 16 kHz. true: `row` is filled (from the third step on). */
bool micro_front_run(struct micro_front *f, const int16_t *frames, uint16_t row[MICRO_BANDS]);
/* What a model's int8 input is fed with. */
int8_t micro_front_int8(uint16_t value);

#endif
