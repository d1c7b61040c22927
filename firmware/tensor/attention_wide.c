// SPDX-License-Identifier: Apache-2.0
#include "attention_wide.h"

#include "product_batch.h"

enum { Q, K, V };

// A head's columns of a part of rows of several parts, in one sequence.
static struct tensor columns_of(const struct attention* attention, const struct tensor* tensor,
                                uint32_t part, uint32_t number) {
    const uint32_t sequence = number / attention->heads;
    const uint32_t head = number % attention->heads;
    const struct tensor rows = tensor_rows(tensor, sequence * attention->length, attention->length);
    return tensor_columns(&rows, (part * attention->heads + head) * attention->width,
                          attention->width);
}

static struct tensor square_of(const struct attention* attention, const struct tensor* tensor,
                               uint32_t number) {
    return tensor_rows(tensor, number * attention->length, attention->length);
}

static uint32_t count_of(const struct attention* attention) {
    return attention->sequences * attention->heads;
}

// scores = a b^T of all heads.
static void multiply_rows(struct chip* chip, const struct wide_attention* wide,
                          const struct tensor* a, uint32_t part_a, const struct tensor* b,
                          uint32_t part_b) {
    const struct attention* const attention = &wide->attention;
    struct product_batch list;
    product_batch_begin(&list, chip);
    for (uint32_t i = 0; i < count_of(attention); ++i) {
        const struct tensor rows = columns_of(attention, a, part_a, i);
        const struct tensor columns = columns_of(attention, b, part_b, i);
        const struct tensor square = square_of(attention, wide->scores, i);
        product_batch_add(&list,
                          &(struct tensor_product){
                              .a = &rows, .b = &columns, .b_transposed = true, .c = &square});
    }
    product_batch_end(&list);
    chip_barrier(chip);
}

// Part `to` of `out` = squares (transposed or not) times part `from` of `columns`, of all heads.
static void multiply_squares(const struct attention* attention, struct product_batch* list,
                             const struct tensor* squares, bool transposed,
                             const struct tensor* columns, uint32_t from, const struct tensor* out,
                             uint32_t to) {
    for (uint32_t i = 0; i < count_of(attention); ++i) {
        const struct tensor a = square_of(attention, squares, i);
        const struct tensor b = columns_of(attention, columns, from, i);
        const struct tensor c = columns_of(attention, out, to, i);
        product_batch_add(
            list, &(struct tensor_product){.a = &a, .a_transposed = transposed, .b = &b, .c = &c});
    }
}

static struct row_operation softmax_of(const struct attention* attention, uint8_t operation) {
    return (struct row_operation){
        .command = {.operation = operation, .scale = fp_bits(attention->scale)},
        .rows = count_of(attention) * attention->length,
        .columns = attention->length};
}

void record_wide_attention(struct chip* chip, const struct wide_attention* wide,
                           const struct tensor* o) {
    const struct attention* const attention = &wide->attention;
    multiply_rows(chip, wide, attention->qkv, Q, attention->qkv, K);
    struct row_operation softmax =
        softmax_of(attention, ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX);
    softmax.in[0] = rows_of(wide->scores);
    softmax.in[1] = column_of(attention->lengths);
    softmax.out[0] = attention->probabilities;
    record_rows(chip, &softmax);
    chip_barrier(chip);
    const bool deep = product_is_deep(chip, attention->length);
    struct product_batch list;
    product_batch_begin(&list, chip);
    multiply_squares(attention, &list, attention->probabilities, false, attention->qkv, V,
                     deep ? &wide->o_fp32 : o, 0);
    product_batch_end(&list);
    chip_barrier(chip);
    if (deep) {
        record_unary(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, &wide->o_fp32, o);
        chip_barrier(chip);
    }
}

void record_wide_attention_backward(struct chip* chip, const struct wide_attention* wide,
                                    const struct tensor* d_o, const struct tensor* d_qkv) {
    const struct attention* const attention = &wide->attention;
    multiply_rows(chip, wide, d_o, 0, attention->qkv, V);  // dP = d_o v^T
    // dS takes the first half of its row of dP.
    struct tensor d_scores = *wide->scores;
    d_scores.format = BF16;
    struct row_operation softmax =
        softmax_of(attention, ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX_BACKWARD);
    softmax.in[0] = rows_of(attention->probabilities);
    softmax.in[1] = rows_of(wide->scores);
    softmax.in[2] = column_of(attention->lengths);
    softmax.out[0] = &d_scores;
    record_rows(chip, &softmax);
    chip_barrier(chip);
    struct product_batch list;
    product_batch_begin(&list, chip);
    multiply_squares(attention, &list, &d_scores, false, attention->qkv, K, d_qkv, Q);
    multiply_squares(attention, &list, &d_scores, true, attention->qkv, Q, d_qkv, K);
    multiply_squares(attention, &list, attention->probabilities, true, d_o, 0, d_qkv, V);
    product_batch_end(&list);
    chip_barrier(chip);
}
