// SPDX-License-Identifier: Apache-2.0
// Weights and optimiser in one piece of HBM that `--save` writes and `--load` gives back
// (docs/gpt.md, "Checkpoints").
#pragma once

#include "model.h"

// Whether a file is one.
bool is_checkpoint(const struct board_blob* blob);

// Before a step, and behind it with the number of steps done.
void checkpoint_open(struct gpt* gpt);
void checkpoint_close(struct gpt* gpt, uint32_t steps, const struct gpt_powers* powers);

// Address and length for --save.
void checkpoint_print(const struct gpt* gpt);

// Takes weights and optimiser from the file, by DMA; returns the steps done. Ends the run with a
// line if it is cut short, of another shape, or of the middle of a step.
uint32_t checkpoint_load(struct gpt* gpt, const struct board_blob* blob, struct gpt_powers* powers);
