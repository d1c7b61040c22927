// SPDX-License-Identifier: Apache-2.0
// Tokens and targets of a step (docs/gpt.md, "Data").
#pragma once

#include "model.h"
#include "text.h"

// Streams of draws.
enum { STARTS = 0x80000000u, SAMPLE = 0x80000001u, RANDOM_TOKENS = 0x80000002u };

// `text` is NULL where tokens are drawn at random.
void batch_for_training(struct gpt* gpt, const struct text* text, uint32_t step);
// Number `index` of `count` validation batches.
void batch_for_validation(struct gpt* gpt, const struct text* text, uint32_t index, uint32_t count);
