// SPDX-License-Identifier: Apache-2.0
// The character model of docs/charlm.md and its training: products on the tile, the rest here.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "product.h"
#include "text.h"

struct model_config {
    uint32_t steps;  // of the whole training, for the rate's schedule
    uint32_t batch;
    uint32_t context;
    uint32_t embedding;
    uint32_t hidden;
    uint64_t seed;
    float rate;
    float momentum;
};

// A parameter, its gradient and the optimiser's velocity; `rounded` is the value in BF16 for the
// tile, or NULL.
struct tensor {
    size_t count;
    float* value;
    float* gradient;
    float* velocity;
    uint16_t* rounded;
};

struct model {
    struct model_config config;
    const struct text* text;
    struct product_config products;
    uint32_t inputs;  // context * embedding

    struct tensor embedding;  // [vocabulary][embedding]
    struct tensor weight1;    // [inputs][hidden]
    struct tensor bias1;      // [hidden]
    struct tensor weight2;    // [hidden][vocabulary]
    struct tensor bias2;      // [vocabulary]

    uint32_t* positions;  // [batch] of the characters to be predicted
    uint16_t* x;          // [batch][inputs]
    float* z1;            // [batch][hidden]
    uint16_t* a1;         // [batch][hidden]
    float* logits;        // [batch][vocabulary], becomes exp(logit - max)
    float* row_sum;       // [batch]
    uint16_t* dlogits;    // [batch][vocabulary]
    float* da1;           // [batch][hidden]
    uint16_t* dz1;        // [batch][hidden]
    float* dx;            // [batch][inputs]
};

void model_init(struct model* model, const struct model_config* config, const struct text* text,
                const struct product_config* products, struct runtime* runtime);

size_t model_parameters(const struct model* model);

// One step; *loss is that of its batch before the update, in nats a character.
MUST_USE enum result model_train_step(struct model* model, uint32_t step, float* loss);

// Mean loss over `count` characters spread evenly over the last tenth, over all of them for 0.
MUST_USE enum result model_validate(struct model* model, uint32_t count, float* loss);

// Writes the `count` symbols that the model draws after the first `context` ones of the last tenth.
MUST_USE enum result model_generate(struct model* model, float temperature, uint32_t count,
                                    uint8_t* symbols);
