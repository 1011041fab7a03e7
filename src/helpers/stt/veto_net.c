/* SPDX-License-Identifier: Apache-2.0 */
/* helpers/stt/veto_net.c - the numbers of the veto's network; what they are and how good: decision 33. */
#include "veto.h"

#include "base/must.h"
#include "veto_net.inc"

must_const(sizeof(wide) == SMALL_NET_HIDDEN * VETO_INPUTS);
must_const(sizeof(scale) == SMALL_NET_HIDDEN * sizeof(float) && sizeof(bias) == sizeof(scale));
must_const(sizeof(out) == sizeof(scale) && sizeof(out_bias) == sizeof(float));

const struct small_net veto_net = { VETO_INPUTS, 1, wide, scale, bias, out, out_bias };
