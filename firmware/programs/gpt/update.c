// SPDX-License-Identifier: Apache-2.0
// docs/gpt.md, "A step": the norm, and AdamW.
#include "fused.h"
#include "linear.h"
#include "rows.h"
#include "sums.h"

// out = operation(a, b), of one element.
static void scalar(struct chip* chip, uint8_t operation, struct operand a, struct operand b,
                   const struct tensor* out) {
    record_rows(chip, &(struct row_operation){.command = {.operation = operation},
                                              .rows = 1,
                                              .columns = 1,
                                              .in = {a, b},
                                              .out = {out}});
    chip_barrier(chip);
}

static void record_norm(struct gpt* gpt) {
    struct chip* const chip = gpt->chip;
    for (uint32_t i = 0; i < gpt->parameters; ++i) {
        const struct tensor* const gradient = &gpt->parameter[i].gradient;
        const struct tensor to = tensor_rows(&gpt->norms, gpt->parameter[i].norms, gradient->rows);
        record_rows(
            chip,
            &(struct row_operation){
                .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_ROW_SUM_OF_SQUARES},
                .rows = gradient->rows,
                .columns = gradient->columns,
                .in = {rows_of(gradient)},
                .out = {&to}});
    }
    chip_barrier(chip);
    record_ordered_sum(chip, &gpt->norms, &gpt->norm);
    chip_barrier(chip);
    const struct operand norm = rows_of(&gpt->norm);
    const struct operand clip = rows_of(&gpt->clip);
    scalar(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_SQUARE_ROOT, norm, (struct operand){0},
           &gpt->norm);
    scalar(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADD, norm, immediate(1e-6f), &gpt->clip);
    scalar(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_DIVIDE, immediate(gpt->config.clip), clip,
           &gpt->clip);
    scalar(chip, ATHENA_DESCRIPTOR_VECTOR_OPERATION_MINIMUM, clip, immediate(1.0f), &gpt->clip);
}

static void record_kind(struct gpt* gpt, enum parameter_kind kind) {
    const struct parameter* const all = &gpt->all[kind];
    // Row MATRICES (0) or VECTORS (1), as gpt.c writes them.
    const struct tensor factors = tensor_rows(&gpt->factors, kind, 1);
    if (all->half.address != 0) {
        record_adamw(gpt->chip, &(struct adamw){.gradient = &all->gradient,
                                                .factors = &factors,
                                                .clip = &gpt->clip,
                                                .value = &all->value,
                                                .m = &all->m,
                                                .v = &all->v,
                                                .half = &all->half});
        return;
    }
    record_rows(gpt->chip,
                &(struct row_operation){
                    .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADAM_W},
                    .rows = all->value.rows,
                    .columns = all->value.columns,
                    .in = {rows_of(&all->gradient), one_row(&factors), one_element(&gpt->clip)},
                    .out = {&all->value, &all->m, &all->v},
                    .updates = true});
}

void record_update(struct gpt* gpt) {
    chip_section(gpt->chip, gpt_section(PART_CLIPPING));
    record_norm(gpt);
    chip_section(gpt->chip, gpt_section(PART_OPTIMISER));
    record_kind(gpt, MATRICES);
    record_kind(gpt, VECTORS);
    if (gpt->config.mxfp8 != 0) {
        chip_barrier(gpt->chip);
        chip_section(gpt->chip, gpt_section(PART_QUANTISE));
        record_operands(gpt);
    }
}
