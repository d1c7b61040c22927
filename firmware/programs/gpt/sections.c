// SPDX-License-Identifier: Apache-2.0
#include "sections.h"

#include <inttypes.h>
#include <stdio.h>

static const char* const kParts[PARTS] = {
    [PART_START] = "start of the weights",
    [PART_CHECKPOINT] = "checkpoint",
    [PART_EMBEDDING] = "embedding",
    [PART_LAST_NORM] = "last layernorm",
    [PART_LOGITS] = "logits",
    [PART_LOSS] = "loss",
    [PART_LOGITS_BACKWARD] = "logits backward",
    [PART_LAST_NORM_BACKWARD] = "last layernorm backward",
    [PART_LOGITS_GRADIENT] = "logits gradient",
    [PART_EMBEDDING_GRADIENT] = "embedding gradient",
    [PART_LAST_NORM_GRADIENT] = "last layernorm gradient",
    [PART_CLIPPING] = "clipping",
    [PART_OPTIMISER] = "optimiser",
    [PART_QUANTISE] = "quantise weights",
    [PART_SAMPLE] = "sample",
};

// Layer norms are fused with the residual sums before them, and gradients of vectors with what they
// are made from.
static const char* const kLayerParts[LAYER_PARTS] = {
    [PART_NORM] = "layernorm 1",
    [PART_QKV] = "qkv",
    [PART_ATTENTION] = "attention",
    [PART_PROJECTION] = "projection",
    [PART_MLP_NORM] = "layernorm 2",
    [PART_MLP_IN] = "mlp in",
    [PART_GELU] = "gelu",
    [PART_MLP_OUT] = "mlp out",
    [PART_MLP_OUT_BACKWARD] = "mlp out backward",
    [PART_GELU_BACKWARD] = "gelu backward",
    [PART_MLP_IN_BACKWARD] = "mlp in backward",
    [PART_MLP_NORM_BACKWARD] = "layernorm 2 backward",
    [PART_PROJECTION_BACKWARD] = "projection backward",
    [PART_ATTENTION_BACKWARD] = "attention backward",
    [PART_QKV_BACKWARD] = "qkv backward",
    [PART_NORM_BACKWARD] = "layernorm 1 backward",
    [PART_QKV_GRADIENT] = "qkv gradient",
    [PART_PROJECTION_GRADIENT] = "projection gradient",
    [PART_MLP_IN_GRADIENT] = "mlp in gradient",
    [PART_MLP_OUT_GRADIENT] = "mlp out gradient",
    [PART_VECTOR_GRADIENTS] = "vector gradients",
};

void gpt_name_sections(const struct perf* perf, uint32_t layers) {
    for (uint32_t part = 0; part < PARTS; ++part) {
        perf_name_section(perf, gpt_section(part), kParts[part]);
    }
    for (uint32_t layer = 0; layer < layers; ++layer) {
        for (uint32_t part = 0; part < LAYER_PARTS; ++part) {
            char name[64];
            (void)snprintf(name, sizeof name, "layer %" PRIu32 "/%s", layer, kLayerParts[part]);
            perf_name_section(perf, gpt_layer_section(layer, part), name);
        }
    }
}
