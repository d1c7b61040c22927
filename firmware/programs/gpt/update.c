// SPDX-License-Identifier: Apache-2.0
// docs/gpt.md, "A step": the norm, and AdamW.
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

void record_update(struct gpt* gpt) {
    struct chip* const chip = gpt->chip;
    record_norm(gpt);
    for (uint32_t kind = 0; kind < PARAMETER_KINDS; ++kind) {
        const struct parameter* const at = &gpt->all[kind];
        const struct tensor factors = tensor_rows(&gpt->factors, at->is_matrix ? 0 : 1, 1);
        record_rows(chip,
                    &(struct row_operation){
                        .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_ADAM_W},
                        .rows = at->value.rows,
                        .columns = at->value.columns,
                        .in = {rows_of(&at->gradient), one_row(&factors), one_element(&gpt->clip)},
                        .out = {&at->value, &at->m, &at->v},
                        .updates = true});
    }
    chip_barrier(chip);
    record_operands(gpt);
}
