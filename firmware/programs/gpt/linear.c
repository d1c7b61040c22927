// SPDX-License-Identifier: Apache-2.0
#include "linear.h"

#include "products.h"
#include "rows.h"

uint32_t gpt_widest_layer(const struct gpt* gpt) {
    const uint32_t hidden = gpt_hidden(&gpt->config);
    return gpt->config.channels > hidden ? gpt->config.channels : hidden;
}

uint32_t gpt_widest(const struct gpt* gpt) {
    const uint32_t wide = gpt_widest_layer(gpt);
    return gpt->config.vocabulary > wide ? gpt->config.vocabulary : wide;
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

// The columns of `a` as rows of a part of `all`.
static struct mx_tensor columns_of(struct gpt* gpt, const struct mx_tensor* all,
                                   const struct tensor* a, uint8_t format) {
    const struct mx_tensor rows = mx_rows(all, 0, a->columns);
    const struct mx_tensor to = mx_columns(&rows, a->rows, format);
    record_quantise_columns(gpt->chip, a, &to);
    return to;
}

static void record_mx_gradient(struct gpt* gpt, const struct weight_gradient* of) {
    chip_section(gpt->chip, of->section);
    const struct mx_tensor a = columns_of(gpt, &gpt->dy_columns, of->dy, gpt_gradient_format(gpt));
    const struct mx_tensor b = columns_of(gpt, &gpt->x_columns, of->x, GPT_FORWARD_FORMAT);
    chip_barrier(gpt->chip);
    record_product(gpt->chip,
                   &(struct tensor_product){.mx_a = &a, .mx_b = &b, .c = &of->weight->gradient});
    chip_barrier(gpt->chip);
}

// Their operands in MXFP8 have one place, so one product follows the other.
static void record_mx_gradients(struct gpt* gpt, const struct weight_gradient* all,
                                uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        record_mx_gradient(gpt, &all[i]);
    }
}

void record_matrix_gradients(struct gpt* gpt, const struct weight_gradient* all, uint32_t count) {
    if (gpt->config.mxfp8 != 0) {
        record_mx_gradients(gpt, all, count);
        return;
    }
    struct tensor_product products[GPT_MOST_MATRICES];
    for (uint32_t i = 0; i < count; ++i) {
        products[i] = (struct tensor_product){.a = all[i].dy,
                                              .a_transposed = true,
                                              .b = all[i].x,
                                              .c = &all[i].weight->gradient,
                                              .section = all[i].section};
    }
    record_products(gpt->chip, products, count);
}
