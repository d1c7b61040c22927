// SPDX-License-Identifier: Apache-2.0
// Trains a GPT on the chip (docs/gpt.md). The hart draws positions, computes the step's scalars,
// submits the recorded lists and prints.
#include <inttypes.h>
#include <stdio.h>

#include "batches.h"
#include "checkpoint.h"
#include "decimal.h"
#include "fpmath.h"
#include "options.h"
#include "perf.h"
#include "philox.h"

// What no model that learns reaches: beyond it, infinity and NaN included, a run has diverged.
static const float kLargestLoss = 1e6f;

struct run {
    struct gpt_options options;
    struct runtime* runtime;
    struct chip chip;
    struct gpt gpt;
    struct text text;
    bool has_text;
    struct gpt_powers powers;
    struct perf perf;
    bool tells;     // the board takes what has been done
    uint32_t done;  // steps, by a checkpoint
};

// Four decimals, and the number's bits, by which runs are compared.
static void print_number(const char* name, float value) {
    char text[DECIMAL_BYTES];
    printf("%s %s 0x%08" PRIx32, name, decimal_text(text, value), fp_bits(value));
}

static void put_factors(struct run* run, uint32_t step) {
    struct gpt_factors factors;
    gpt_step_factors(&run->options.model.schedule, &run->powers, step, &factors);
    volatile float* const to = (volatile float*)(uintptr_t)run->gpt.factors.address;
    for (uint32_t i = 0; i < GPT_FACTORS; ++i) {
        to[i] = factors.matrix[i];
        to[GPT_FACTORS + i] = factors.vector[i];
    }
}

// ", 12345 tokens/s, 17 ms left", in board time.
static void print_speed(const struct run* run, uint64_t since, uint32_t steps, uint32_t left) {
    const uint64_t tokens = (uint64_t)steps * run->options.model.batch * run->options.model.block;
    const uint64_t cycles = chip_cycles(&run->chip) - since;
    const uint64_t hertz = run->chip.cluster[0].board.clock_hertz;
    const double seconds = (double)cycles / (double)hertz;
    printf(", %" PRIu64 " tokens/s, %" PRIu64 " ms left\n",
           seconds > 0.0 ? (uint64_t)((double)tokens / seconds) : 0,
           (uint64_t)(seconds / steps * left * 1000.0));
}

static void validate(struct run* run, uint32_t steps) {
    const uint32_t count = run->options.eval;
    if (!run->has_text || count == 0) {
        return;
    }
    float sum = 0.0f;
    for (uint32_t i = 0; i < count; ++i) {
        batch_for_validation(&run->gpt, &run->text, i, count);
        chip_run(&run->chip, &run->gpt.evaluate);
        const float loss = gpt_read(&run->gpt.loss);
        sum = i == 0 ? loss : sum + loss;
    }
    char name[40];
    (void)snprintf(name, sizeof name, "validation %" PRIu32 " loss", steps);
    print_number(name, sum * (1.0f / (float)count));
    printf("\n");
}

static void train(struct run* run) {
    const struct gpt_options* const options = &run->options;
    const uint32_t end = options->stop;
    const uint32_t keep = options->model.keep;
    const uint32_t tokens = options->model.batch * options->model.block;
    uint64_t since = chip_cycles(&run->chip);
    uint32_t printed = run->done;
    for (uint32_t step = run->done; step < end; ++step) {
        if (run->tells) {
            perf_mark(&run->perf, "step", step);
        }
        batch_for_training(&run->gpt, run->has_text ? &run->text : NULL, step);
        put_factors(run, step);
        checkpoint_open(&run->gpt);
        chip_run(&run->chip, &run->gpt.train);
        checkpoint_close(&run->gpt, step + 1);
        if (keep != 0 && (step + 1) % keep == 0 && step + 1 != end) {
            checkpoint_keep(&run->gpt, step + 1);
        }
        if (run->tells) {
            perf_add_work(&run->perf, tokens);
        }
        const float loss = gpt_read(&run->gpt.loss);
        if (step % options->every == 0 || step + 1 == end) {
            char name[32];
            (void)snprintf(name, sizeof name, "step %" PRIu32 " loss", step);
            print_number(name, loss);
            print_number(" norm", gpt_read(&run->gpt.norm));
            print_speed(run, since, step + 1 - printed, end - step - 1);
            since = chip_cycles(&run->chip);
            printed = step + 1;
        }
        if (!(loss < kLargestLoss)) {
            printf("gpt: the loss of step %" PRIu32 " is out of bounds; lower rate\n", step);
            exit_with(1);
        }
        if ((step + 1) % options->eval_every == 0 || step + 1 == end) {
            validate(run, step + 1);
            since = chip_cycles(&run->chip);
            printed = step + 1;
        }
    }
}

static uint32_t choose(const struct run* run, uint32_t number) {
    const float limit = philox_unit(philox_draw(run->options.model.seed, SAMPLE, 0, number));
    const volatile float* const row =
        (const volatile float*)(uintptr_t)run->gpt.probabilities.address;
    float sum = 0.0f;
    uint32_t symbol = 0;
    for (; symbol + 1 < run->options.model.vocabulary; ++symbol) {
        sum += row[symbol];
        if (sum > limit) {
            break;
        }
    }
    return symbol;
}

static void write_text(struct run* run) {
    if (!run->has_text || run->options.sample == 0) {
        return;
    }
    const uint32_t block = run->options.model.block;
    volatile uint32_t* const tokens = (volatile uint32_t*)(uintptr_t)run->gpt.one.tokens.address;
    for (uint32_t t = 0; t < block; ++t) {
        tokens[t] = run->text.symbols[run->text.train_length + t];
    }
    printf("sample:\n");
    for (uint32_t i = 0; i < run->options.sample; ++i) {
        chip_run(&run->chip, &run->gpt.sample);
        const uint32_t symbol = choose(run, i);
        (void)putchar(run->text.byte[symbol]);
        for (uint32_t t = 0; t + 1 < block; ++t) {
            tokens[t] = tokens[t + 1];
        }
        tokens[block - 1] = symbol;
    }
    printf("\n");
}

static void take_text(struct run* run, const struct gpt_files* files) {
    struct gpt_config* const model = &run->options.model;
    if (model->vocabulary != 0) {
        return;
    }
    run->text = text_load(run->runtime, &files->text, "gpt");
    run->has_text = true;
    model->vocabulary = run->text.vocabulary;
    model->text = run->text.checksum;
    if (run->text.length / 10 < 2ull * model->block) {
        printf("gpt: the text is too short for this block\n");
        exit_with(1);
    }
}

int program(struct runtime* runtime) {
    static struct run run;
    struct gpt_files files;
    run.runtime = runtime;
    run.options = gpt_read_options(runtime, &files);
    take_text(&run, &files);
    const struct gpt_config* const model = &run.options.model;
    run.tells = perf_init(&run.perf, &runtime->board.perf) == RESULT_OK;
    if (run.tells) {
        perf_name_work(&run.perf, "tokens");
        gpt_name_sections(&run.perf, model->layers);
    }
    chip_init(&run.chip, runtime);
    gpt_init(&run.gpt, model, &run.chip);
    gpt_record(&run.gpt, run.options.temperature);
    printf("gpt: %" PRIu32 " layers, %" PRIu32 " heads, %" PRIu32 " channels, block %" PRIu32
           ", batch %" PRIu32 ", vocabulary %" PRIu32 ": %" PRIu64 " parameters\n",
           model->layers, model->heads, model->channels, model->block, model->batch,
           model->vocabulary, run.gpt.elements);
    if (model->shares != 1) {
        printf("gpt: one of %" PRIu32 " shares of each layer, whose sums are of this share alone\n",
               model->shares);
    }
    checkpoint_print(&run.gpt);
    if (files.checkpoint.region.size != 0) {
        run.done = checkpoint_load(&run.gpt, &files.checkpoint, run.options.stop);
        printf("gpt: goes on after %" PRIu32 " steps\n", run.done);
    }
    run.powers = gpt_powers_after(&model->schedule, run.done);
    checkpoint_begin(&run.gpt, run.done);
    train(&run);
    write_text(&run);
    return 0;
}
