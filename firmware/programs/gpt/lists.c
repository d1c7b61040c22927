// SPDX-License-Identifier: Apache-2.0
// The lists that a run replays.
#include "model.h"
#include "rows.h"

static void record_groups(struct gpt* gpt, bool trains) {
    for (uint32_t i = 0; i < gpt->groups; ++i) {
        const struct gpt_group* const group = &gpt->group[i];
        chip_use(gpt->chip, group->cluster);
        record_forward(gpt, &group->at);
        record_losses(gpt, &group->at);
        if (trains) {
            record_backward(gpt, &group->at);
        }
    }
    chip_use(gpt->chip, CHIP_CLUSTERS);
    chip_fence(gpt->chip);
}

static void record_train(struct chip* chip, void* context) {
    struct gpt* const gpt = context;
    record_groups(gpt, true);
    record_loss(gpt);
    record_weight_gradients(gpt);
    chip_fence(chip);
    record_update(gpt);
}

static void record_evaluate(struct chip* chip, void* context) {
    (void)chip;
    record_groups(context, false);
    record_loss(context);
}

// The last row's logits over the temperature, by softmax.
static void record_sample(struct chip* chip, void* context) {
    struct gpt* const gpt = context;
    chip_use(chip, 0);
    record_forward(gpt, &gpt->one);
    chip_section(chip, gpt_section(PART_SAMPLE));
    const struct tensor last = tensor_rows(&gpt->one.logits, gpt->config.block - 1, 1);
    record_rows(chip, &(struct row_operation){
                          .command = {.operation = ATHENA_DESCRIPTOR_VECTOR_OPERATION_SOFTMAX,
                                      .scale = fp_bits(gpt->inverse_temperature)},
                          .rows = 1,
                          .columns = gpt->config.vocabulary,
                          .in = {rows_of(&last), column_of(&gpt->all_symbols)},
                          .out = {&gpt->probabilities}});
    chip_use(chip, CHIP_CLUSTERS);
}

void gpt_record(struct gpt* gpt, float temperature) {
    gpt->inverse_temperature = 1.0f / temperature;
    gpt->all_symbols = chip_tensor(gpt->chip, "lengths", 1, 1, INT32);
    *(volatile uint32_t*)(uintptr_t)gpt->all_symbols.address = gpt->config.vocabulary;
    chip_record(gpt->chip, &gpt->train, "a training step", record_train, gpt);
    chip_record(gpt->chip, &gpt->evaluate, "a validation step", record_evaluate, gpt);
    chip_record(gpt->chip, &gpt->sample, "a step of text", record_sample, gpt);
}
