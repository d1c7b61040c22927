// SPDX-License-Identifier: Apache-2.0
// Weights and optimiser in one piece of HBM that `--save` writes and `--load` gives back
// (docs/gpt.md, "Checkpoints"): a header, the live state, and with config.keep a copy of an
// earlier one. At every moment, in the middle of a step too, the header names a state that is
// whole, as the run may be ended there.
#pragma once

#include "model.h"

// Whether a file is one, or the start of one.
bool is_checkpoint(const struct board_blob* blob);

// Takes the state from the file, by DMA; returns the steps that it has. Ends the run with a line
// if it is cut short, has no whole state, was made with other parameters that decide about bits, or
// has more steps than `most`.
uint32_t checkpoint_load(struct gpt* gpt, const struct board_blob* blob, uint32_t most);

// Before training: writes the header, and keeps a state that has been loaded. `steps` are done.
void checkpoint_begin(struct gpt* gpt, uint32_t steps);
// Before a step changes the live state, and behind it with the number of steps done.
void checkpoint_open(struct gpt* gpt);
void checkpoint_close(struct gpt* gpt, uint32_t steps);
// Copies the live state, of so many steps.
void checkpoint_keep(struct gpt* gpt, uint32_t steps);

// Address and length for --save.
void checkpoint_print(const struct gpt* gpt);
