// SPDX-License-Identifier: Apache-2.0
// docs/gpt.md, "A step": backward of a group of sequences; then, from all of them, the gradients of
// the weights.
#include "fused.h"
#include "groups.h"
#include "products.h"
#include "sums.h"
#include "tables.h"

static void cast_and_sums(struct chip* chip, const struct tensor* a, const struct tensor* u,
                          const struct tensor* half, const struct tensor* sums) {
    record_cast_and_sums(chip, a, u, half, sums);
    chip_barrier(chip);
}

static void norm_backward(struct chip* chip, const struct norm_backward* norm) {
    record_norm_backward(chip, norm);
    chip_barrier(chip);
}

static void feed_forward_backward(struct gpt* gpt, const struct activations* at, uint32_t number) {
    struct chip* const chip = gpt->chip;
    const struct gpt_layer* const layer = &at->layer[number];
    const struct parameter* const weights = gpt_layer_parameter(gpt, number, 0);
    chip_section(chip, gpt_layer_section(number, PART_MLP_OUT_BACKWARD));
    record_input_gradient(gpt, at, &layer->d_out, &weights[OUT_W], &at->wide);
    chip_section(chip, gpt_layer_section(number, PART_GELU_BACKWARD));
    cast_and_sums(chip, &at->wide, &layer->u, &layer->d_fc, &layer->sums[FC_B]);
    chip_section(chip, gpt_layer_section(number, PART_MLP_IN_BACKWARD));
    record_input_gradient(gpt, at, &layer->d_fc, &weights[FC_W], &at->y);
    chip_section(chip, gpt_layer_section(number, PART_MLP_NORM_BACKWARD));
    norm_backward(chip, &(struct norm_backward){.dy = &at->y,
                                                .x = &layer->r,
                                                .weight = &weights[LN2_W].value,
                                                .statistics = &layer->s2,
                                                .dx = &at->dx,
                                                .adds = true,
                                                .half = &layer->d_proj,
                                                .sums_weight = &layer->sums[LN2_W],
                                                .sums_bias = &layer->sums[LN2_B],
                                                .sums_dx = &layer->sums[PROJ_B]});
}

static void projection_backward(struct gpt* gpt, const struct activations* at,
                                const struct gpt_layer* layer, const struct parameter* weight) {
    if (at->d_o.format == FP32 || !product_is_deep(gpt->chip, gpt->config.channels)) {
        record_input_gradient(gpt, at, &layer->d_proj, weight, &at->d_o);
        return;
    }
    const struct tensor d_o = tensor_columns(&at->y, 0, at->d_o.columns);
    record_input_gradient(gpt, at, &layer->d_proj, weight, &d_o);
    record_unary(gpt->chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, &d_o, &at->d_o);
    chip_barrier(gpt->chip);
}

static void scores_backward(struct gpt* gpt, const struct activations* at,
                            const struct gpt_layer* layer, const struct tensor* d_qkv) {
    if (gpt->config.mxfp8 != 0) {
        const struct mx_attention attention = gpt_mx_attention(gpt, at, layer);
        record_mx_attention_backward(gpt->chip, &attention, &at->d_o, d_qkv);
        return;
    }
    if (at->scores.rows != 0) {
        const struct wide_attention attention = gpt_wide_attention(gpt, at, layer);
        record_wide_attention_backward(gpt->chip, &attention, &at->d_o, d_qkv);
        return;
    }
    const struct attention attention = gpt_attention(gpt, at, layer);
    record_attention_backward(gpt->chip, &attention, &at->d_o, d_qkv);
    chip_barrier(gpt->chip);
}

static void attention_backward(struct gpt* gpt, const struct activations* at, uint32_t number) {
    struct chip* const chip = gpt->chip;
    const struct gpt_layer* const layer = &at->layer[number];
    const struct gpt_layer* const below = number == 0 ? NULL : &at->layer[number - 1];
    const struct parameter* const weights = gpt_layer_parameter(gpt, number, 0);
    const struct tensor wide = tensor_columns(&at->wide, 0, 3 * gpt_width(&gpt->config));
    chip_section(chip, gpt_layer_section(number, PART_PROJECTION_BACKWARD));
    projection_backward(gpt, at, layer, &weights[PROJ_W]);
    chip_section(chip, gpt_layer_section(number, PART_ATTENTION_BACKWARD));
    scores_backward(gpt, at, layer, &wide);
    chip_section(chip, gpt_layer_section(number, PART_QKV_BACKWARD));
    cast_and_sums(chip, &wide, NULL, &layer->d_qkv, &layer->sums[QKV_B]);
    record_input_gradient(gpt, at, &layer->d_qkv, &weights[QKV_W], &at->y);
    chip_section(chip, gpt_layer_section(number, PART_NORM_BACKWARD));
    norm_backward(chip,
                  &(struct norm_backward){.dy = &at->y,
                                          .x = &layer->x,
                                          .weight = &weights[LN1_W].value,
                                          .statistics = &layer->s1,
                                          .dx = &at->dx,
                                          .adds = true,
                                          .half = below == NULL ? NULL : &below->d_out,
                                          .sums_weight = &layer->sums[LN1_W],
                                          .sums_bias = &layer->sums[LN1_B],
                                          .sums_dx = below == NULL ? NULL : &below->sums[OUT_B]});
}

void record_backward(struct gpt* gpt, const struct activations* at) {
    const struct gpt_layer* const last = &at->layer[gpt->config.layers - 1];
    chip_section(gpt->chip, gpt_section(PART_LOGITS_BACKWARD));
    record_input_gradient(gpt, at, &at->dl, &gpt->parameter[WTE], &at->y);
    chip_section(gpt->chip, gpt_section(PART_LAST_NORM_BACKWARD));
    norm_backward(gpt->chip, &(struct norm_backward){.dy = &at->y,
                                                     .x = &at->x,
                                                     .weight = &gpt_last_norm(gpt, 0)->value,
                                                     .statistics = &at->sf,
                                                     .dx = &at->dx,
                                                     .half = &last->d_out,
                                                     .sums_weight = &at->sums[0],
                                                     .sums_bias = &at->sums[1],
                                                     .sums_dx = &last->sums[OUT_B]});
    for (uint32_t layer = gpt->config.layers; layer-- > 0;) {
        feed_forward_backward(gpt, at, layer);
        attention_backward(gpt, at, layer);
    }
}

// The second of the two sums.
static void vector_gradient(struct chip* chip, const struct tensor* sums,
                            const struct parameter* vector) {
    record_column_totals(chip, sums, &vector->gradient);
}

static void matrix_gradients(struct gpt* gpt) {
    const struct activations* const at = &gpt->batch;
    struct weight_gradient all[GPT_MOST_MATRICES] = {
        {&at->dl, &at->z, &gpt->parameter[WTE], gpt_section(PART_LOGITS_GRADIENT)}};
    uint32_t count = 1;
    for (uint32_t i = 0; i < gpt->config.layers; ++i) {
        const struct gpt_layer* const layer = &at->layer[i];
        const struct parameter* const weights = gpt_layer_parameter(gpt, i, 0);
        all[count++] = (struct weight_gradient){&layer->d_qkv, &layer->h, &weights[QKV_W],
                                                gpt_layer_section(i, PART_QKV_GRADIENT)};
        all[count++] = (struct weight_gradient){&layer->d_proj, &layer->o, &weights[PROJ_W],
                                                gpt_layer_section(i, PART_PROJECTION_GRADIENT)};
        all[count++] = (struct weight_gradient){&layer->d_fc, &layer->g, &weights[FC_W],
                                                gpt_layer_section(i, PART_MLP_IN_GRADIENT)};
        all[count++] = (struct weight_gradient){&layer->d_out, &layer->f, &weights[OUT_W],
                                                gpt_layer_section(i, PART_MLP_OUT_GRADIENT)};
    }
    record_matrix_gradients(gpt, all, count);
}

static void vector_gradients(struct gpt* gpt) {
    for (uint32_t layer = 0; layer < gpt->config.layers; ++layer) {
        const struct parameter* const weights = gpt_layer_parameter(gpt, layer, 0);
        chip_section(gpt->chip, gpt_layer_section(layer, PART_VECTOR_GRADIENTS));
        for (uint32_t i = 0; i < LAYER_PARAMETERS; ++i) {
            if (!weights[i].is_matrix) {
                vector_gradient(gpt->chip, &gpt->batch.layer[layer].sums[i], &weights[i]);
            }
        }
    }
    chip_section(gpt->chip, gpt_section(PART_LAST_NORM_GRADIENT));
    vector_gradient(gpt->chip, &gpt->batch.sums[0], gpt_last_norm(gpt, 0));
    vector_gradient(gpt->chip, &gpt->batch.sums[1], gpt_last_norm(gpt, 1));
}

// [N][C] as [B][T C], and [T][C] as one row.
static struct tensor as_rows(const struct tensor* tensor, uint32_t rows) {
    struct tensor view = *tensor;
    view.columns = (uint32_t)((uint64_t)tensor->rows * tensor->columns / rows);
    view.rows = rows;
    view.ld = 4ull * view.columns;
    return view;
}

void record_weight_gradients(struct gpt* gpt) {
    struct chip* const chip = gpt->chip;
    const struct activations* const at = &gpt->batch;
    const struct tensor by_sequence = as_rows(&at->dx, gpt->config.batch);
    const struct tensor positions = as_rows(&gpt->parameter[WPE].gradient, 1);
    matrix_gradients(gpt);
    chip_section(chip, gpt_section(PART_EMBEDDING_GRADIENT));
    record_column_partials(chip, &by_sequence, &gpt->position_sums);
    vector_gradients(gpt);
    chip_barrier(chip);
    chip_section(chip, gpt_section(PART_EMBEDDING_GRADIENT));
    record_column_totals(chip, &gpt->position_sums, &positions);
    record_scatter_add(chip, &at->dx, &at->tokens, &gpt->parameter[WTE].gradient);
}
