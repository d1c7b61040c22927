// SPDX-License-Identifier: Apache-2.0
// What is wanted: docs/gpt.md, "Parameters".
#pragma once

#include "model.h"

struct gpt_options {
    struct gpt_config model;
    uint32_t stop;  // steps at the end of the run
    uint32_t every;
    uint32_t eval;
    uint32_t eval_every;
    uint32_t sample;
    float temperature;
};

// What the files of --load are; size 0: there is none.
struct gpt_files {
    struct board_blob text;
    struct board_blob checkpoint;
};

// From the files of --load and --append. Ends the run with a line if something makes no sense.
struct gpt_options gpt_read_options(struct runtime* runtime, struct gpt_files* files);
