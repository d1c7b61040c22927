// SPDX-License-Identifier: Apache-2.0
// The parts of a run by which `athena run --report` tells time, bytes and energy (docs/report.md).
#pragma once

#include "chip.h"
#include "perf.h"

enum gpt_part {
    PART_START,
    PART_CHECKPOINT,
    PART_EMBEDDING,
    PART_LAST_NORM,
    PART_LOGITS,
    PART_LOSS,
    PART_LOGITS_BACKWARD,
    PART_LAST_NORM_BACKWARD,
    PART_LOGITS_GRADIENT,
    PART_EMBEDDING_GRADIENT,
    PART_LAST_NORM_GRADIENT,
    PART_CLIPPING,
    PART_OPTIMISER,
    PART_QUANTISE,
    PART_SAMPLE,
    PARTS
};

enum gpt_layer_part {
    PART_NORM,
    PART_QKV,
    PART_ATTENTION,
    PART_PROJECTION,
    PART_MLP_NORM,
    PART_MLP_IN,
    PART_GELU,
    PART_MLP_OUT,
    PART_MLP_OUT_BACKWARD,
    PART_GELU_BACKWARD,
    PART_MLP_IN_BACKWARD,
    PART_MLP_NORM_BACKWARD,
    PART_PROJECTION_BACKWARD,
    PART_ATTENTION_BACKWARD,
    PART_QKV_BACKWARD,
    PART_NORM_BACKWARD,
    PART_QKV_GRADIENT,
    PART_PROJECTION_GRADIENT,
    PART_MLP_IN_GRADIENT,
    PART_MLP_OUT_GRADIENT,
    PART_VECTOR_GRADIENTS,
    LAYER_PARTS
};

// Numbers of sections.
static inline uint16_t gpt_section(enum gpt_part part) {
    return (uint16_t)(1 + part);
}
static inline uint16_t gpt_layer_section(uint32_t layer, enum gpt_layer_part part) {
    return (uint16_t)(1 + PARTS + layer * LAYER_PARTS + part);
}

// Tells the board the names of all.
void gpt_name_sections(const struct perf* perf, uint32_t layers);
