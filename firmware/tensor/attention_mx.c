// SPDX-License-Identifier: Apache-2.0
#include "attention_mx.h"

#include "product_batch.h"
#include "rows.h"

enum { Q, K, V };

static uint32_t rows_of_batch(const struct mx_attention* attention) {
    return attention->sequences * attention->length;
}

// Columns of a head of a part (Q, K, V) of rows of three parts, or of rows of one (0).
static struct tensor head_of(const struct mx_attention* attention, const struct tensor* tensor,
                             uint32_t part, uint32_t head) {
    return tensor_columns(tensor, (part * attention->heads + head) * attention->width,
                          attention->width);
}

// A head of a sequence.
struct place {
    uint32_t sequence, head;
    uint32_t number;
};

static struct place place_of(const struct mx_attention* attention, uint32_t number) {
    return (struct place){number / attention->heads, number % attention->heads, number};
}

static struct tensor part_of(const struct mx_attention* attention, const struct tensor* tensor,
                             uint32_t part, struct place place) {
    const struct tensor head = head_of(attention, tensor, part, place.head);
    return tensor_rows(&head, place.sequence * attention->length, attention->length);
}

static struct tensor square_of(const struct mx_attention* attention, const struct tensor* tensor,
                               struct place place) {
    return tensor_rows(tensor, place.number * attention->length, attention->length);
}

static struct mx_tensor mx_square_of(const struct mx_attention* attention, struct place place,
                                     uint8_t format) {
    const struct mx_tensor all = mx_columns(attention->squares, attention->length, format);
    return mx_rows(&all, place.number * attention->length, attention->length);
}

// Of a head's columns as rows.
static struct mx_tensor mx_columns_of(const struct mx_attention* attention, struct place place,
                                      uint8_t format) {
    const struct mx_tensor all = mx_columns(attention->columns, attention->length, format);
    return mx_rows(&all, place.number * attention->width, attention->width);
}

static struct mx_tensor mx_head_of(const struct mx_attention* attention, uint32_t part,
                                   uint32_t head, uint8_t format) {
    const struct mx_tensor all = mx_columns(attention->heads_rows, attention->width, format);
    const uint32_t rows = rows_of_batch(attention);
    return mx_rows(&all, (part * attention->heads + head) * rows, rows);
}

// Part `from` of a tensor, along its rows, to part `to` of heads_rows.
static void quantise_heads(struct chip* chip, const struct mx_attention* attention,
                           const struct tensor* tensor, uint32_t from, uint32_t to,
                           uint8_t format) {
    for (uint32_t head = 0; head < attention->heads; ++head) {
        const struct tensor columns = head_of(attention, tensor, from, head);
        const struct mx_tensor rows = mx_head_of(attention, to, head, format);
        record_quantise(chip, &columns, &rows);
    }
}

static void quantise_columns(struct chip* chip, const struct mx_attention* attention,
                             const struct tensor* tensor, uint32_t part, uint8_t format) {
    for (uint32_t i = 0; i < attention->sequences * attention->heads; ++i) {
        const struct place place = place_of(attention, i);
        const struct tensor from = part_of(attention, tensor, part, place);
        const struct mx_tensor to = mx_columns_of(attention, place, format);
        record_quantise_columns(chip, &from, &to);
    }
}

static void quantise_squares(struct chip* chip, const struct mx_attention* attention,
                             const struct tensor* tensor, uint8_t format) {
    const struct mx_tensor to = mx_columns(attention->squares, attention->length, format);
    record_quantise(chip, tensor, &to);
}

static void quantise_square_columns(struct chip* chip, const struct mx_attention* attention,
                                    const struct tensor* tensor, uint8_t format) {
    for (uint32_t i = 0; i < attention->sequences * attention->heads; ++i) {
        const struct place place = place_of(attention, i);
        const struct tensor from = square_of(attention, tensor, place);
        const struct mx_tensor to = mx_square_of(attention, place, format);
        record_quantise_columns(chip, &from, &to);
    }
}

// scores = a b^T, of parts of heads_rows.
static void multiply_heads(struct chip* chip, const struct mx_attention* attention, uint32_t part_a,
                           uint8_t format_a, uint32_t part_b) {
    struct product_batch list;
    product_batch_begin(&list, chip);
    for (uint32_t i = 0; i < attention->sequences * attention->heads; ++i) {
        const struct place place = place_of(attention, i);
        const uint32_t row = place.sequence * attention->length;
        const struct mx_tensor all_a = mx_head_of(attention, part_a, place.head, format_a);
        const struct mx_tensor all_b =
            mx_head_of(attention, part_b, place.head, attention->forward);
        const struct mx_tensor a = mx_rows(&all_a, row, attention->length);
        const struct mx_tensor b = mx_rows(&all_b, row, attention->length);
        const struct tensor c = square_of(attention, attention->scores, place);
        product_batch_add(&list, &(struct tensor_product){.mx_a = &a, .mx_b = &b, .c = &c});
    }
    product_batch_end(&list);
    chip_barrier(chip);
}

// A part of `out` = squares times columns.
static void multiply_squares(struct chip* chip, const struct mx_attention* attention,
                             uint8_t format_a, uint8_t format_b, const struct tensor* out,
                             uint32_t part) {
    struct product_batch list;
    chip_barrier(chip);
    product_batch_begin(&list, chip);
    for (uint32_t i = 0; i < attention->sequences * attention->heads; ++i) {
        const struct place place = place_of(attention, i);
        const struct mx_tensor a = mx_square_of(attention, place, format_a);
        const struct mx_tensor b = mx_columns_of(attention, place, format_b);
        const struct tensor c = part_of(attention, out, part, place);
        product_batch_add(&list, &(struct tensor_product){.mx_a = &a, .mx_b = &b, .c = &c});
    }
    product_batch_end(&list);
    chip_barrier(chip);
}

static struct row_operation softmax_of(const struct mx_attention* attention, uint8_t operation) {
    return (struct row_operation){
        .command = {.operation = operation, .scale = fp_bits(attention->scale)},
        .rows = rows_of_batch(attention) * attention->heads,
        .columns = attention->length};
}

void record_mx_attention(struct chip* chip, const struct mx_attention* attention,
                         const struct tensor* o) {
    quantise_heads(chip, attention, attention->qkv, Q, Q, attention->forward);
    quantise_heads(chip, attention, attention->qkv, K, K, attention->forward);
    chip_barrier(chip);
    multiply_heads(chip, attention, Q, attention->forward, K);
    struct row_operation softmax =
        softmax_of(attention, ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX);
    softmax.in[0] = rows_of(attention->scores);
    softmax.in[1] = column_of(attention->lengths);
    softmax.out[0] = attention->probabilities;
    record_rows(chip, &softmax);
    chip_barrier(chip);
    quantise_squares(chip, attention, attention->probabilities, attention->forward);
    quantise_columns(chip, attention, attention->qkv, V, attention->forward);
    multiply_squares(chip, attention, attention->forward, attention->forward, o, 0);
}

void record_mx_attention_backward(struct chip* chip, const struct mx_attention* attention,
                                  const struct tensor* d_o, const struct tensor* d_qkv) {
    quantise_heads(chip, attention, d_o, 0, Q, attention->gradient);
    quantise_heads(chip, attention, attention->qkv, V, V, attention->forward);
    chip_barrier(chip);
    multiply_heads(chip, attention, Q, attention->gradient, V);
    struct row_operation softmax =
        softmax_of(attention, ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX_BACKWARD);
    softmax.in[0] = rows_of(attention->probabilities);
    softmax.in[1] = rows_of(attention->scores);
    softmax.in[2] = column_of(attention->lengths);
    softmax.out[0] = attention->scores;
    record_rows(chip, &softmax);
    chip_barrier(chip);
    quantise_squares(chip, attention, attention->scores, attention->gradient);  // dq = dS k
    quantise_columns(chip, attention, attention->qkv, K, attention->forward);
    multiply_squares(chip, attention, attention->gradient, attention->forward, d_qkv, Q);
    quantise_square_columns(chip, attention, attention->scores,
                            attention->gradient);  // dk = dS^T q
    quantise_columns(chip, attention, attention->qkv, Q, attention->forward);
    multiply_squares(chip, attention, attention->gradient, attention->forward, d_qkv, K);
    quantise_square_columns(chip, attention, attention->probabilities,
                            attention->forward);  // dv = P^T d_o
    quantise_columns(chip, attention, d_o, 0, attention->gradient);
    multiply_squares(chip, attention, attention->forward, attention->gradient, d_qkv, V);
}
