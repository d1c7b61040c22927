// SPDX-License-Identifier: Apache-2.0
// Trains a character language model on real text (docs/charlm.md).
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "bigram.h"
#include "csr.h"
#include "decimal.h"
#include "fpmath.h"
#include "model.h"
#include "text.h"

// What no model that learns reaches: beyond it, infinity and NaN included, a run has diverged.
static const float kLargestLoss = 1e6f;

struct options {
    struct model_config model;
    uint32_t every;   // steps between two lines
    uint32_t eval;    // validation characters; 0: all
    uint32_t sample;  // characters to generate
    float temperature;
};

static void __attribute__((noreturn)) refuse(const char* text) {
    printf("charlm: %s\n", text);
    exit_with(1);
}

static struct options read_options(const struct runtime* runtime) {
    struct options options = {
        .model = {.steps = 2000,
                  .batch = 128,
                  .context = 6,
                  .embedding = 32,
                  .hidden = 256,
                  .seed = 1,
                  .rate = 0.3f,
                  .momentum = 0.9f},
        .every = 100,
        .eval = 0,
        .sample = 400,
        .temperature = 0.7f,
    };
    const struct bootarg known[] = {
        {"steps", BOOTARG_U32, &options.model.steps, 0, 1000000},
        {"batch", BOOTARG_U32, &options.model.batch, 1, 4096},
        {"ctx", BOOTARG_U32, &options.model.context, 1, 64},
        {"emb", BOOTARG_U32, &options.model.embedding, 1, 256},
        {"hidden", BOOTARG_U32, &options.model.hidden, 1, 4096},
        {"seed", BOOTARG_U64, &options.model.seed, 0, UINT64_MAX},
        {"lr", BOOTARG_FLOAT, &options.model.rate, 0, 0},
        {"momentum", BOOTARG_FLOAT, &options.model.momentum, 0, 0},
        {"every", BOOTARG_U32, &options.every, 1, 1000000},
        {"eval", BOOTARG_U32, &options.eval, 0, UINT32_MAX},
        {"sample", BOOTARG_U32, &options.sample, 0, 100000},
        {"temperature", BOOTARG_FLOAT, &options.temperature, 0, 0},
    };
    read_arguments(runtime, known, sizeof known / sizeof known[0]);
    if (!(options.temperature > 0.0f)) {
        refuse("temperature must be above 0");
    }
    if (options.model.rate < 0.0f || options.model.momentum < 0.0f ||
        !(options.model.momentum < 1.0f)) {
        refuse("lr and momentum must not be negative, momentum below 1");
    }
    return options;
}

// Four decimals, and the number's bits, by which runs are compared.
static void print_loss(const char* name, float loss) {
    char text[DECIMAL_BYTES];
    printf("%s %s [0x%08" PRIx32 "]\n", name, decimal_text(text, loss), fp_bits(loss));
}

static void check(const struct accelerator* accelerator, enum result value, const char* what) {
    if (value == RESULT_DEVICE_ERROR) {
        print_ring_error(&accelerator->ring);
    }
    require(value, what);
}

// Prints the mean of the steps' losses since the line before.
static void train(const struct options* options, struct model* model,
                  const struct accelerator* accelerator) {
    double sum = 0.0;
    uint32_t since = 0;
    for (uint32_t step = 0; step < options->model.steps; ++step) {
        float loss = 0.0f;
        check(accelerator, model_train_step(model, step, &loss), "a training step");
        if (!(loss < kLargestLoss)) {
            printf("charlm: the loss of step %" PRIu32 " is out of bounds; lower lr\n", step + 1);
            exit_with(1);
        }
        sum += (double)loss;
        ++since;
        if ((step + 1) % options->every == 0 || step + 1 == options->model.steps) {
            char name[32];
            (void)snprintf(name, sizeof name, "step %" PRIu32 " loss", step + 1);
            print_loss(name, (float)(sum / since));
            sum = 0.0;
            since = 0;
        }
    }
}

static void print_sample(const struct options* options, struct model* model,
                         const struct accelerator* accelerator, struct runtime* runtime) {
    uint8_t* const symbols = take_memory(runtime, options->sample, 1);
    check(accelerator, model_generate(model, options->temperature, options->sample, symbols),
          "generating text");
    printf("sample:\n");
    for (uint32_t i = 0; i < options->sample; ++i) {
        (void)putchar(model->text->byte[symbols[i]]);
    }
    printf("\n");
}

int program(struct runtime* runtime) {
    const struct options options = read_options(runtime);
    struct board_blob blob;
    const bool found = board_find_blob(&runtime->board, 0, &blob) == RESULT_OK;
    const struct text text = text_load(runtime, found ? &blob : NULL, "charlm");
    printf("charlm: %zu bytes of text, %" PRIu32 " different; context %" PRIu32
           ", embedding %" PRIu32 ", hidden %" PRIu32 ", batch %" PRIu32 ", %" PRIu32 " steps\n",
           text.length, text.vocabulary, options.model.context, options.model.embedding,
           options.model.hidden, options.model.batch, options.model.steps);
    if (text.length / 10 <= options.model.context) {
        printf("charlm: the text is too short for this context\n");
        return 1;
    }
    const float bigram = text_bigram_loss(runtime, &text);
    print_loss("bigram validation loss", bigram);

    static struct accelerator accelerator;
    require(accelerator_init(&accelerator, runtime), "accelerator");
    const struct product_config products = accelerator_products(&accelerator, 0, 0);
    static struct model model;
    model_init(&model, &options.model, &text, &products, runtime);
    printf("%zu parameters\n", model_parameters(&model));

    const uint64_t begin = CSR_READ(minstret);
    train(&options, &model, &accelerator);
    if (options.model.steps != 0) {
        printf("%" PRIu64 " instructions a step\n",
               (CSR_READ(minstret) - begin) / options.model.steps);
    }
    float loss = 0.0f;
    check(&accelerator, model_validate(&model, options.eval, &loss), "validation");
    print_loss("validation loss", loss);
    if (loss < bigram) {
        printf("better than the bigram table\n");
    }
    print_sample(&options, &model, &accelerator, runtime);
    return 0;
}
