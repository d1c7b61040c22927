// SPDX-License-Identifier: Apache-2.0
#include "model.h"

#include <math.h>
#include <string.h>

#include "groups.h"
#include "rows.h"
#include "sums.h"

float gpt_read(const struct tensor* tensor) {
    return *(const volatile float*)(uintptr_t)tensor->address;
}

// How a parameter starts: a matrix at random with a scale, a vector as a constant.
struct shape {
    uint32_t rows, columns;
    float start;
    bool is_matrix;
};

static struct shape matrix(uint32_t rows, uint32_t columns, float scale) {
    return (struct shape){rows, columns, scale, true};
}

static struct shape vector(uint32_t columns, float constant) {
    return (struct shape){1, columns, constant, false};
}

static void list_shapes(const struct gpt_config* config, struct shape* shapes) {
    const uint32_t c = config->channels;
    const uint32_t width = gpt_width(config);
    const uint32_t hidden = gpt_hidden(config);
    const float deep = 0.02f * (1.0f / sqrtf((float)(2 * config->layers)));
    *shapes++ = matrix(config->vocabulary, c, 0.02f);
    *shapes++ = matrix(config->block, c, 0.02f);
    for (uint32_t layer = 0; layer < config->layers; ++layer) {
        const struct shape of_layer[LAYER_PARAMETERS] = {
            [LN1_W] = vector(c, 1.0f),
            [LN1_B] = vector(c, 0.0f),
            [QKV_W] = matrix(3 * width, c, 0.02f),
            [QKV_B] = vector(3 * width, 0.0f),
            [PROJ_W] = matrix(c, width, deep),
            [PROJ_B] = vector(c, 0.0f),
            [LN2_W] = vector(c, 1.0f),
            [LN2_B] = vector(c, 0.0f),
            [FC_W] = matrix(hidden, c, 0.02f),
            [FC_B] = vector(hidden, 0.0f),
            [OUT_W] = matrix(c, hidden, deep),
            [OUT_B] = vector(c, 0.0f),
        };
        memcpy(shapes, of_layer, sizeof of_layer);
        shapes += LAYER_PARAMETERS;
    }
    *shapes++ = vector(c, 1.0f);
    *shapes++ = vector(c, 0.0f);
}

// Arrays larger than 2^32 elements would not be tensors.
static struct tensor array(struct gpt* gpt, const char* name, uint64_t elements) {
    const uint32_t columns = gpt_width(&gpt->config);  // of which all are whole rows
    return chip_tensor(gpt->chip, name, (uint32_t)(elements / columns), columns, FP32);
}

static void make_arrays(struct gpt* gpt, const uint64_t elements[PARAMETER_KINDS]) {
    const uint32_t c = gpt_width(&gpt->config);
    gpt->elements = elements[MATRICES] + elements[VECTORS];
    gpt->header = chip_tensor(gpt->chip, "header", 1, GPT_HEADER_BYTES / 4, INT32);
    gpt->values = array(gpt, "parameters", gpt->elements);
    const struct tensor m = array(gpt, "first moments", gpt->elements);
    const struct tensor v = array(gpt, "second moments", gpt->elements);
    const uint64_t line = 64;  // a tensor takes whole ones
    gpt->state_bytes = (v.address + v.rows * v.ld - gpt->values.address + line - 1) / line * line;
    if (gpt->config.keep != 0) {
        gpt->kept = chip_tensor(gpt->chip, "a state to keep (keep=0 does without)",
                                (uint32_t)(gpt->state_bytes / line), (uint32_t)line / 4, FP32);
    }
    const struct tensor gradients = array(gpt, "gradients", gpt->elements);
    uint64_t first = 0;
    for (uint32_t kind = 0; kind < PARAMETER_KINDS; ++kind) {
        const uint32_t rows = (uint32_t)(elements[kind] / c);
        gpt->all[kind] = (struct parameter){.value = tensor_elements(&gpt->values, first, rows, c),
                                            .gradient = tensor_elements(&gradients, first, rows, c),
                                            .m = tensor_elements(&m, first, rows, c),
                                            .v = tensor_elements(&v, first, rows, c),
                                            .is_matrix = kind == MATRICES};
        first += elements[kind];
    }
    if (gpt->config.mxfp8 == 0) {
        gpt->all[MATRICES].half =
            chip_tensor(gpt->chip, "weights in BF16", gpt->all[MATRICES].value.rows, c, BF16);
    }
}

static void make_parameters(struct gpt* gpt) {
    gpt->parameters = FIRST_LAYER + gpt->config.layers * LAYER_PARAMETERS + 2;
    gpt->parameter = take_memory(gpt->chip->runtime, gpt->parameters, sizeof *gpt->parameter);
    struct shape* const shapes = take_memory(gpt->chip->runtime, gpt->parameters, sizeof *shapes);
    list_shapes(&gpt->config, shapes);
    uint64_t elements[PARAMETER_KINDS] = {0};
    for (uint32_t i = 0; i < gpt->parameters; ++i) {
        elements[shapes[i].is_matrix ? MATRICES : VECTORS] +=
            (uint64_t)shapes[i].rows * shapes[i].columns;
    }
    make_arrays(gpt, elements);
    uint64_t first[PARAMETER_KINDS] = {0};
    uint32_t norms = 0;
    for (uint32_t i = 0; i < gpt->parameters; ++i) {
        struct parameter* const at = &gpt->parameter[i];
        const struct shape* const shape = &shapes[i];
        const uint32_t kind = shape->is_matrix ? MATRICES : VECTORS;
        const struct parameter* const all = &gpt->all[kind];
        const uint64_t begin = first[kind];
        at->value = tensor_elements(&all->value, begin, shape->rows, shape->columns);
        at->gradient = tensor_elements(&all->gradient, begin, shape->rows, shape->columns);
        at->gradient.buffer = take_memory(gpt->chip->runtime, 1, sizeof(struct buffer));
        at->is_matrix = shape->is_matrix;
        at->start = shape->start;
        at->norms = norms;
        if (at->is_matrix && i != WPE) {
            make_operands(gpt, at, begin);
        }
        first[kind] += (uint64_t)shape->rows * shape->columns;
        norms += shape->rows;
    }
    gpt->norms = chip_tensor(gpt->chip, "partials of the norm", norms, 1, FP32);
}

// A constant is a random number of scale 0.
static void start_parameter(struct gpt* gpt, uint32_t number) {
    const struct parameter* const at = &gpt->parameter[number];
    record_rows(gpt->chip,
                &(struct row_operation){
                    .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_RANDOM_NORMAL,
                                .scale = fp_bits(at->is_matrix ? at->start : 0.0f),
                                .offset = fp_bits(at->is_matrix ? 0.0f : at->start),
                                .seed = gpt->config.seed,
                                .stream = number},
                    .rows = at->value.rows,
                    .columns = at->value.columns,
                    .out = {&at->value}});
}

static void record_start(struct chip* chip, void* context) {
    struct gpt* const gpt = context;
    chip_section(chip, gpt_section(PART_START));
    for (uint32_t i = 0; i < gpt->parameters; ++i) {
        start_parameter(gpt, i);
    }
    chip_barrier(chip);
    record_operands(gpt);
}

void gpt_init(struct gpt* gpt, const struct gpt_config* config, struct chip* chip) {
    *gpt = (struct gpt){.config = *config, .chip = chip};
    make_parameters(gpt);
    make_activations(gpt, &gpt->batch, config->batch, true);
    make_activations(gpt, &gpt->one, 1, false);
    gpt->position_sums = chip_tensor(chip, "partial sums", column_partials(config->batch),
                                     config->block * config->channels, FP32);
    make_groups(gpt);
    gpt->loss = chip_tensor(chip, "scalars", 1, 1, FP32);
    gpt->norm = chip_tensor(chip, "scalars", 1, 1, FP32);
    gpt->clip = chip_tensor(chip, "scalars", 1, 1, FP32);
    gpt->factors = chip_tensor(chip, "scalars", 2, GPT_FACTORS, FP32);
    gpt->probabilities = chip_tensor(chip, "probabilities", 1, config->vocabulary, FP32);
    struct chip_list start;
    chip_record(chip, &start, "the start of the weights", record_start, gpt);
    chip_run(chip, &start);
}
