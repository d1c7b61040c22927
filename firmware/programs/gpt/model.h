// SPDX-License-Identifier: Apache-2.0
// The GPT of docs/gpt.md as tensors in HBM, and the lists of commands that train it.
#pragma once

#include "quantise.h"
#include "schedule.h"
#include "sections.h"

enum {
    GPT_MOST_LAYERS = 48,
    GPT_MOST_MATRICES = 1 + 4 * GPT_MOST_LAYERS,
    GPT_HEADER_BYTES = 4096,  // of a checkpoint
};

struct gpt_config {
    uint32_t layers, heads, channels, block, batch, vocabulary;
    uint32_t shares;  // of a layer, each for a chip; this one has the first
    uint64_t seed;
    uint32_t mxfp8;  // not 0: operands of products are in MXFP8, not BF16
    uint32_t e5m2;   // not 0: then those that are gradients have E5M2 elements, not E4M3
    float clip;
    struct gpt_schedule schedule;
    uint32_t keep;  // steps between two states that are kept; 0: there is no place for one
    uint64_t text;  // its checksum; 0: tokens are drawn at random
};

// Of this chip's share of a layer: heads; columns of their q, k, v or o; columns of the hidden
// layer.
static inline uint32_t gpt_heads(const struct gpt_config* config) {
    return config->heads / config->shares;
}
static inline uint32_t gpt_width(const struct gpt_config* config) {
    return config->channels / config->shares;
}
static inline uint32_t gpt_hidden(const struct gpt_config* config) {
    return 4 * gpt_width(config);
}

// A parameter and what belongs to it, or all of a kind: views of the same arrays, in which matrices
// come first, then vectors, each in the order of the page's table.
struct parameter {
    struct tensor value;
    struct tensor gradient;
    struct tensor m;  // of all of a kind only
    struct tensor v;
    // The operands that a matrix is in products: its BF16 copy, or [rows][columns] and transposed.
    struct tensor half;
    struct mx_tensor by_rows, by_columns;
    // Of its gradient in MXFP8, columns as rows: dy [rows][N] and x [columns][N].
    struct mx_tensor dy_columns, x_columns;
    bool is_matrix;
    float start;     // the scale of a matrix's normal start; a vector's constant
    uint32_t norms;  // row of the first of its partials of the norm
};

enum {
    LN1_W,
    LN1_B,
    QKV_W,
    QKV_B,
    PROJ_W,
    PROJ_B,
    LN2_W,
    LN2_B,
    FC_W,
    FC_B,
    OUT_W,
    OUT_B,
    LAYER_PARAMETERS
};
enum { WTE, WPE, FIRST_LAYER };
enum parameter_kind { MATRICES, VECTORS, PARAMETER_KINDS };

// What one part of the step leaves for another, for N rows: forward for backward, and both for the
// gradients of the weights. What products take, which is not said to be FP32, is in BF16, or in
// FP32 where it is to be quantised. Sums are those of 64 rows each.
struct gpt_layer {
    struct tensor x;  // before the layer
    struct tensor h, s1, qkv, p, o;
    struct tensor r;  // after attention
    struct tensor g, s2, u, f;
    struct tensor d_out, d_fc, d_proj, d_qkv;  // gradients of the results of products
    struct tensor sums[LAYER_PARAMETERS];      // of gradients of the vectors
};
struct activations {
    uint32_t sequences;
    struct gpt_layer layer[GPT_MOST_LAYERS];
    struct tensor x;  // behind the last layer
    struct tensor z, sf, logits, losses, dl;
    struct tensor tokens, targets, lengths;
    struct tensor dx;       // the gradient of the residual stream
    struct tensor sums[2];  // of the last layer norm's
    struct tensor wide;     // FP32 [N][gpt_hidden()], between two commands
    struct tensor y;        // [N][C], likewise
    struct tensor d_o;      // [N][gpt_width()], likewise
    // Of attention product by product, in either format (attention_mx.h, attention_wide.h).
    struct tensor scores;
    // Of products in MXFP8, likewise: the left one; and attention's.
    struct mx_tensor left;
    struct mx_tensor heads_rows, columns, squares;
};

// The part of one cluster and time: sequences that go through the whole model one group after the
// other.
struct gpt_group {
    uint32_t cluster;  // CHIP_CLUSTERS: all
    struct activations at;
};

struct gpt {
    struct gpt_config config;
    struct chip* chip;
    uint32_t parameters;
    uint64_t elements;  // of all parameters
    struct parameter* parameter;
    struct parameter all[PARAMETER_KINDS];  // as rows of gpt_width() elements
    struct tensor values;                   // of all
    // A checkpoint is one piece: the header, the live state, which is values, m and v, and the kept
    // one.
    struct tensor header;
    struct tensor kept;
    uint64_t state_bytes;
    uint32_t fallback;  // the state that is whole while a step runs (checkpoint.c)
    struct chip_list keep;
    struct activations batch;
    uint32_t groups;
    struct gpt_group* group;  // of the batch
    struct activations one;   // a single sequence
    struct tensor position_sums;
    struct tensor norms, loss, norm, clip, factors;
    struct tensor probabilities, all_symbols;  // of the next character
    float inverse_temperature;
    struct chip_list train, evaluate, sample;
};

static inline struct parameter* gpt_layer_parameter(const struct gpt* gpt, uint32_t layer,
                                                    uint32_t which) {
    return &gpt->parameter[FIRST_LAYER + layer * LAYER_PARAMETERS + which];
}
static inline struct parameter* gpt_last_norm(const struct gpt* gpt, uint32_t which) {
    return &gpt->parameter[FIRST_LAYER + gpt->config.layers * LAYER_PARAMETERS + which];
}

// Makes tensors and starts the weights, on the chip. Ends the run with a line if something does not
// fit.
void gpt_init(struct gpt* gpt, const struct gpt_config* config, struct chip* chip);
// Records the lists; `temperature` is that of the text.
void gpt_record(struct gpt* gpt, float temperature);

// Parts of lists. The first three are for a group: none needs another one's rows.
void record_forward(struct gpt* gpt, const struct activations* at);
void record_losses(struct gpt* gpt, const struct activations* at);
void record_backward(struct gpt* gpt, const struct activations* at);
// These are for the whole batch.
void record_loss(struct gpt* gpt);
void record_weight_gradients(struct gpt* gpt);
void record_update(struct gpt* gpt);

// FP32 numbers of one element that the chip has written.
float gpt_read(const struct tensor* tensor);
