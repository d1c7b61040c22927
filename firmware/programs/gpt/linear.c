// SPDX-License-Identifier: Apache-2.0
#include "linear.h"

#include "products.h"
#include "rows.h"

static uint32_t larger(uint32_t a, uint32_t b) {
    return a > b ? a : b;
}

uint32_t gpt_widest(const struct gpt* gpt) {
    const struct gpt_config* const config = &gpt->config;
    return larger(config->vocabulary, larger(config->channels, gpt_hidden(config)));
}

void make_operands(struct gpt* gpt, struct parameter* parameter, uint64_t first) {
    const uint32_t rows = parameter->value.rows;
    const uint32_t columns = parameter->value.columns;
    if (gpt->config.mxfp8 == 0) {
        parameter->half = tensor_elements(&gpt->all[MATRICES].half, first, rows, columns);
        return;
    }
    parameter->by_rows = chip_mx_tensor(gpt->chip, "weights in MXFP8", rows, columns);
    parameter->by_columns = chip_mx_tensor(gpt->chip, "weights in MXFP8", columns, rows);
    const uint32_t n = gpt->config.batch * gpt->config.block;
    parameter->dy_columns = chip_mx_tensor(gpt->chip, "operands", rows, n);
    parameter->dy_columns.format = gpt_gradient_format(gpt);
    parameter->x_columns = chip_mx_tensor(gpt->chip, "operands", columns, n);
}

void record_operands(struct gpt* gpt) {
    if (gpt->config.mxfp8 == 0) {
        const struct parameter* const all = &gpt->all[MATRICES];
        record_unary(gpt->chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, &all->value, &all->half);
        return;
    }
    for (uint32_t i = 0; i < gpt->parameters; ++i) {
        const struct parameter* const at = &gpt->parameter[i];
        if (at->by_rows.elements.address != 0) {
            record_quantise(gpt->chip, &at->value, &at->by_rows);
            record_quantise_columns(gpt->chip, &at->value, &at->by_columns);
        }
    }
}

// `a`, quantised along its rows.
static struct mx_tensor left_of(struct gpt* gpt, const struct activations* at,
                                const struct tensor* a, uint8_t format) {
    const struct mx_tensor left = mx_columns(&at->left, a->columns, format);
    record_quantise(gpt->chip, a, &left);
    chip_barrier(gpt->chip);
    return left;
}

void record_linear(struct gpt* gpt, const struct activations* at, const struct tensor* x,
                   const struct parameter* weight, const struct parameter* bias,
                   const struct tensor* out) {
    struct tensor_product product = {.initial = bias == NULL ? NULL : &bias->value, .c = out};
    struct mx_tensor left;
    if (gpt->config.mxfp8 != 0) {
        left = left_of(gpt, at, x, GPT_FORWARD_FORMAT);
        product.mx_a = &left;
        product.mx_b = &weight->by_rows;
    } else {
        product.a = x;
        product.b = &weight->half;
        product.b_transposed = true;
    }
    record_product(gpt->chip, &product);
    chip_barrier(gpt->chip);
}

void record_input_gradient(struct gpt* gpt, const struct activations* at, const struct tensor* dy,
                           const struct parameter* weight, const struct tensor* dx) {
    struct tensor_product product = {.c = dx};
    struct mx_tensor left;
    if (gpt->config.mxfp8 != 0) {
        left = left_of(gpt, at, dy, gpt_gradient_format(gpt));
        product.mx_a = &left;
        product.mx_b = &weight->by_columns;
    } else {
        product.a = dy;
        product.b = &weight->half;
    }
    record_product(gpt->chip, &product);
    chip_barrier(gpt->chip);
}

// All at once, as the weights' gradients share no operand.
static void quantise_operands(struct gpt* gpt, const struct weight_gradient* all, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        chip_section(gpt->chip, all[i].section);
        record_quantise_columns(gpt->chip, all[i].dy, &all[i].weight->dy_columns);
        record_quantise_columns(gpt->chip, all[i].x, &all[i].weight->x_columns);
    }
    chip_barrier(gpt->chip);
}

void record_matrix_gradients(struct gpt* gpt, const struct weight_gradient* all, uint32_t count) {
    const bool is_mx = gpt->config.mxfp8 != 0;
    struct tensor_product products[GPT_MOST_MATRICES];
    if (is_mx) {
        quantise_operands(gpt, all, count);
    }
    for (uint32_t i = 0; i < count; ++i) {
        const struct parameter* const weight = all[i].weight;
        products[i] = (struct tensor_product){.c = &weight->gradient, .section = all[i].section};
        if (is_mx) {
            products[i].mx_a = &weight->dy_columns;
            products[i].mx_b = &weight->x_columns;
        } else {
            products[i].a = all[i].dy;
            products[i].a_transposed = true;
            products[i].b = all[i].x;
        }
    }
    record_products(gpt->chip, products, count);
}
