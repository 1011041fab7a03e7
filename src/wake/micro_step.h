/* SPDX-License-Identifier: Apache-2.0 */
/* wake/micro_step.h - what a net consists of once it is read: steps in order. Inside of micro_net. */
#ifndef JARVIS_WAKE_MICRO_STEP_H
#define JARVIS_WAKE_MICRO_STEP_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

enum { MICRO_VARIABLES = 24, MICRO_STEPS = 160, MICRO_VARIABLE_NAME = 48 };

enum micro_kind { MICRO_MOVE, MICRO_CONV, MICRO_DEEP, MICRO_TABLE };

/* `times` pieces of n bytes. */
struct micro_move {
    const int8_t *from;
    int8_t *to;
    size_t n, times, from_step, to_step;
};

/* A convolution in time: output row t sees `taps` rows from t * stride on. */
struct micro_conv {
    const int8_t *in, *weights; /* CONV: [out][taps][in]; DEEP: [taps][channels] */
    int8_t *out;
    const int32_t *bias;        /* what the input's zero point adds is in it */
    const int32_t *factor;      /* Q31, an output channel */
    const int8_t *shift;        /* to the left; negative: to the right */
    uint32_t rows, taps, stride, channels_in, channels_out;
    int32_t zero;
    int8_t low;                 /* where ReLU cuts */
};

struct micro_table {
    const int8_t *in;
    int8_t *out;
    size_t n;
    const int8_t *table; /* of 256, from -128 on */
};

struct micro_step {
    enum micro_kind kind;
    union {
        struct micro_move move;
        struct micro_conv conv;
        struct micro_table table;
    };
};

struct micro_variable {
    char name[MICRO_VARIABLE_NAME];
    int8_t *now;         /* n bytes; NULL: nobody has read it yet */
    const int8_t *first; /* borrowed from the file; NULL: nobody said */
    size_t n;
};

struct micro_net {
    struct arena arena;  /* owns all that follows */
    const uint8_t *file; /* a copy */
    struct micro_step steps[MICRO_STEPS];
    size_t steps_n;
    struct micro_variable variables[MICRO_VARIABLES];
    size_t variables_n;
    int8_t *input;
    const uint8_t *output;
    unsigned rows;
    size_t macs, moved; /* of one run: multiply-adds, bytes */
};

#endif
