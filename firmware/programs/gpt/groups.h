// SPDX-License-Identifier: Apache-2.0
// Activations, whole and as parts: docs/gpt.md, "How the chip does it".
#pragma once

#include "attention.h"
#include "attention_mx.h"
#include "attention_wide.h"
#include "linear.h"
#include "model.h"

void make_activations(struct gpt* gpt, struct activations* at, uint32_t sequences, bool trains);
// Cuts the batch over clusters, and on each into groups that go through the model one after the
// other while their rows are near. If that would leave most clusters idle and operations are
// long, the batch is one group, of which each operation is spread over all of them.
void make_groups(struct gpt* gpt);

struct attention gpt_attention(const struct gpt* gpt, const struct activations* at,
                               const struct gpt_layer* layer);
// By at->scores, if there are any.
struct wide_attention gpt_wide_attention(const struct gpt* gpt, const struct activations* at,
                                         const struct gpt_layer* layer);
struct mx_attention gpt_mx_attention(const struct gpt* gpt, const struct activations* at,
                                     const struct gpt_layer* layer);
