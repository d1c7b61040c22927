// SPDX-License-Identifier: Apache-2.0
// docs/gpt.md, "A step": forward, of a group of sequences. Barriers are for groups that are spread
// over all clusters.
#include "fused.h"
#include "groups.h"
#include "sums.h"
#include "tables.h"

static void unary(struct chip* chip, uint8_t operation, const struct tensor* a,
                  const struct tensor* out) {
    record_unary(chip, operation, a, out);
    chip_barrier(chip);
}

static void residual_norm(struct chip* chip, const struct residual_norm* norm) {
    record_residual_norm(chip, norm);
    chip_barrier(chip);
}

static void embed(struct gpt* gpt, const struct activations* at, const struct tensor* x) {
    chip_section(gpt->chip, gpt_section(PART_EMBEDDING));
    record_gather(gpt->chip, &gpt->parameter[WTE].value, &at->tokens, x);
    chip_barrier(gpt->chip);
    for (uint32_t sequence = 0; sequence < at->sequences; ++sequence) {
        const struct tensor rows = tensor_rows(x, sequence * gpt->config.block, gpt->config.block);
        record_binary(gpt->chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADD, &rows,
                      &gpt->parameter[WPE].value, &rows);
    }
}

static void first_norm(struct gpt* gpt, const struct activations* at) {
    const struct gpt_layer* const layer = &at->layer[0];
    const struct parameter* const weights = gpt_layer_parameter(gpt, 0, 0);
    chip_section(gpt->chip, gpt_layer_section(0, PART_NORM));
    record_rows(gpt->chip,
                &(struct row_operation){
                    .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_LAYER_NORM,
                                .scale = fp_bits(kNormEpsilon)},
                    .rows = layer->x.rows,
                    .columns = layer->x.columns,
                    .in = {rows_of(&layer->x), one_row(&weights[LN1_W].value),
                           one_row(&weights[LN1_B].value)},
                    .out = {&layer->h, &layer->s1}});
}

static void attention_forward(struct gpt* gpt, const struct activations* at,
                              const struct gpt_layer* layer) {
    if (gpt->config.mxfp8 != 0) {
        const struct mx_attention attention = gpt_mx_attention(gpt, at, layer);
        record_mx_attention(gpt->chip, &attention, &layer->o);
        return;
    }
    if (at->scores.rows != 0) {
        const struct wide_attention attention = gpt_wide_attention(gpt, at, layer);
        record_wide_attention(gpt->chip, &attention, &layer->o);
        return;
    }
    const struct attention attention = gpt_attention(gpt, at, layer);
    record_attention(gpt->chip, &attention, &layer->o);
    chip_barrier(gpt->chip);
}

// To the layer norm of the next layer, or the last one.
static void layer_forward(struct gpt* gpt, const struct activations* at, uint32_t number) {
    struct chip* const chip = gpt->chip;
    const struct gpt_layer* const layer = &at->layer[number];
    const struct parameter* const weights = gpt_layer_parameter(gpt, number, 0);
    const struct tensor wide = tensor_columns(&at->wide, 0, 3 * gpt_width(&gpt->config));
    chip_section(chip, gpt_layer_section(number, PART_QKV));
    record_linear(gpt, at, &layer->h, &weights[QKV_W], &weights[QKV_B], &wide);
    unary(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_COPY, &wide, &layer->qkv);
    chip_section(chip, gpt_layer_section(number, PART_ATTENTION));
    attention_forward(gpt, at, layer);
    chip_section(chip, gpt_layer_section(number, PART_PROJECTION));
    record_linear(gpt, at, &layer->o, &weights[PROJ_W], &weights[PROJ_B], &at->y);
    chip_section(chip, gpt_layer_section(number, PART_MLP_NORM));
    residual_norm(chip, &(struct residual_norm){.y = &at->y,
                                                .x = &layer->x,
                                                .weight = &weights[LN2_W].value,
                                                .bias = &weights[LN2_B].value,
                                                .r = &layer->r,
                                                .out = &layer->g,
                                                .statistics = &layer->s2});
    chip_section(chip, gpt_layer_section(number, PART_MLP_IN));
    record_linear(gpt, at, &layer->g, &weights[FC_W], &weights[FC_B], &layer->u);
    chip_section(chip, gpt_layer_section(number, PART_GELU));
    unary(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_GELU, &layer->u, &layer->f);
    chip_section(chip, gpt_layer_section(number, PART_MLP_OUT));
    record_linear(gpt, at, &layer->f, &weights[OUT_W], &weights[OUT_B], &at->y);
    const bool is_last = number + 1 == gpt->config.layers;
    const struct gpt_layer* const next = &at->layer[number + 1];
    const struct parameter* const norm =
        is_last ? gpt_last_norm(gpt, 0) : gpt_layer_parameter(gpt, number + 1, LN1_W);
    chip_section(chip,
                 is_last ? gpt_section(PART_LAST_NORM) : gpt_layer_section(number + 1, PART_NORM));
    residual_norm(chip, &(struct residual_norm){.y = &at->y,
                                                .x = &layer->r,
                                                .weight = &norm[0].value,
                                                .bias = &norm[1].value,
                                                .r = is_last ? &at->x : &next->x,
                                                .out = is_last ? &at->z : &next->h,
                                                .statistics = is_last ? &at->sf : &next->s1});
}

void record_forward(struct gpt* gpt, const struct activations* at) {
    embed(gpt, at, &at->layer[0].x);
    chip_barrier(gpt->chip);
    first_norm(gpt, at);
    chip_barrier(gpt->chip);
    for (uint32_t layer = 0; layer < gpt->config.layers; ++layer) {
        layer_forward(gpt, at, layer);
    }
    chip_section(gpt->chip, gpt_section(PART_LOGITS));
    record_linear(gpt, at, &at->z, &gpt->parameter[WTE], NULL, &at->logits);
}

static float share_of_row(const struct gpt* gpt) {
    return 1.0f / (float)gpt->batch.losses.rows;
}

void record_losses(struct gpt* gpt, const struct activations* at) {
    chip_section(gpt->chip, gpt_section(PART_LOSS));
    record_rows(gpt->chip,
                &(struct row_operation){
                    .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_CROSS_ENTROPY,
                                .scale = fp_bits(share_of_row(gpt))},
                    .rows = at->logits.rows,
                    .columns = at->logits.columns,
                    .in = {rows_of(&at->logits), column_of(&at->targets)},
                    .out = {&at->dl, &at->losses}});
    chip_barrier(gpt->chip);
}

void record_loss(struct gpt* gpt) {
    chip_section(gpt->chip, gpt_section(PART_LOSS));
    record_ordered_sum(gpt->chip, &gpt->batch.losses, &gpt->loss);
    chip_barrier(gpt->chip);
    record_rows(gpt->chip,
                &(struct row_operation){
                    .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_MULTIPLY},
                    .rows = 1,
                    .columns = 1,
                    .in = {rows_of(&gpt->loss), immediate(share_of_row(gpt))},
                    .out = {&gpt->loss}});
}
