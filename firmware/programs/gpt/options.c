// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "checkpoint.h"

static const char kName[] = "athena-gpt ";
enum { LARGEST_FILE = 65536 };

static void __attribute__((noreturn)) refuse(const char* text) {
    printf("gpt: %s\n", text);
    exit_with(1);
}

// The first line of a parameter file: its name and version 1. Returns the place behind them.
static size_t check_version(const struct board_blob* blob) {
    const char* const text = (const char*)(uintptr_t)blob->region.address;
    const size_t begin = sizeof kName - 1;
    size_t end = begin;
    while (end < blob->region.size && end < begin + 16 && !isspace((unsigned char)text[end])) {
        ++end;
    }
    if (end != begin + 1 || text[begin] != '1') {
        printf("gpt: %s: a parameter file of version \"%.*s\", expected 1\n", blob->name,
               (int)(end - begin), text + begin);
        exit_with(1);
    }
    return end;
}

// Lines "key = value" as words "key=value"; '#' begins a comment.
static const char* words_of(struct runtime* runtime, const struct board_blob* blob) {
    const char* const text = (const char*)(uintptr_t)blob->region.address;
    if (blob->region.size > LARGEST_FILE) {
        refuse("the parameter file is larger than 64 KiB");
    }
    char* const words = take_memory(runtime, blob->region.size + 1, 1);
    size_t count = 0;
    bool comment = false;
    bool joins = false;  // behind '=': blanks are left out
    for (size_t i = check_version(blob); i < blob->region.size; ++i) {
        const char c = text[i];
        comment = c == '\n' ? false : comment || c == '#';
        if (comment) {
            continue;
        }
        if (c == '=') {
            while (count > 0 && words[count - 1] == ' ') {
                --count;
            }
            words[count++] = c;
            joins = true;
        } else if (isspace((unsigned char)c)) {
            if (!joins || c == '\n') {
                words[count++] = ' ';
            }
        } else {
            words[count++] = iscntrl((unsigned char)c) ? '?' : c;  // it may be printed
            joins = false;
        }
    }
    words[count] = '\0';
    return words;
}

static bool is_parameter_file(const struct board_blob* blob) {
    return blob->region.size >= sizeof kName - 1 &&
           memcmp((const void*)(uintptr_t)blob->region.address, kName, sizeof kName - 1) == 0;
}

static void read_words(const char* words, const struct bootarg* known, size_t count) {
    const char* culprit = NULL;
    if (bootargs_parse(words, known, count, &culprit) != RESULT_OK) {
        printf("gpt: parameter file: \"%.*s\" is unknown or out of range\n",
               (int)strcspn(culprit, " "), culprit);
        exit_with(1);
    }
}

static void check(const struct gpt_options* options) {
    const struct gpt_config* const model = &options->model;
    if (model->channels % (16 * model->heads) != 0) {
        refuse("channels must be a multiple of 16 times heads");
    }
    if (model->heads % model->shares != 0) {
        refuse("heads must be a multiple of shares");
    }
    if (model->block % 16 != 0) {
        refuse("block must be a multiple of 16");
    }
    if (!(options->temperature > 0.0f) || !(model->clip > 0.0f) ||
        !(model->schedule.beta1 < 1.0f) || !(model->schedule.beta2 < 1.0f) ||
        !(model->schedule.epsilon > 0.0f)) {
        refuse("temperature, clip and epsilon must be above 0, beta1 and beta2 below 1");
    }
    if (model->schedule.rate < 0.0f || model->schedule.rate_end < 0.0f ||
        model->schedule.decay < 0.0f || model->schedule.beta1 < 0.0f ||
        model->schedule.beta2 < 0.0f) {
        refuse("rate, rate_end, decay, beta1 and beta2 must not be negative");
    }
    if (options->stop > model->schedule.steps) {
        refuse("stop must not be above steps");
    }
    if ((uint64_t)model->batch * model->block > UINT32_MAX / 16 / model->channels) {
        refuse("batch times block times channels is too large");
    }
}

struct gpt_options gpt_read_options(struct runtime* runtime, struct gpt_files* files) {
    struct gpt_options options = {
        .model = {.layers = 4,
                  .heads = 4,
                  .channels = 128,
                  .block = 64,
                  .batch = 12,
                  .shares = 1,
                  .seed = 1,
                  .e5m2 = 1,
                  .clip = 1.0f,
                  .keep = 100,
                  .schedule = {.rate = 1e-3f,
                               .rate_end = 1e-4f,
                               .warmup = 100,
                               .steps = 2000,
                               .beta1 = 0.9f,
                               .beta2 = 0.99f,
                               .epsilon = 1e-8f,
                               .decay = 0.1f}},
        .every = 100,
        .eval = 20,
        .eval_every = 500,
        .sample = 400,
        .temperature = 0.8f,
    };
    struct gpt_config* const model = &options.model;
    struct gpt_schedule* const schedule = &model->schedule;
    const struct bootarg known[] = {
        {"layers", BOOTARG_U32, &model->layers, 1, GPT_MOST_LAYERS},
        {"heads", BOOTARG_U32, &model->heads, 1, 256},
        {"channels", BOOTARG_U32, &model->channels, 16, 16384},
        {"block", BOOTARG_U32, &model->block, 16, 65536},
        {"batch", BOOTARG_U32, &model->batch, 1, 65536},
        {"vocabulary", BOOTARG_U32, &model->vocabulary, 0, 1000000},
        {"shares", BOOTARG_U32, &model->shares, 1, 256},
        {"steps", BOOTARG_U32, &schedule->steps, 0, 100000000},
        {"stop", BOOTARG_U32, &options.stop, 0, 100000000},
        {"keep", BOOTARG_U32, &model->keep, 0, 100000000},
        {"rate", BOOTARG_FLOAT, &schedule->rate, 0, 0},
        {"rate_end", BOOTARG_FLOAT, &schedule->rate_end, 0, 0},
        {"warmup", BOOTARG_U32, &schedule->warmup, 0, 100000000},
        {"beta1", BOOTARG_FLOAT, &schedule->beta1, 0, 0},
        {"beta2", BOOTARG_FLOAT, &schedule->beta2, 0, 0},
        {"epsilon", BOOTARG_FLOAT, &schedule->epsilon, 0, 0},
        {"decay", BOOTARG_FLOAT, &schedule->decay, 0, 0},
        {"clip", BOOTARG_FLOAT, &model->clip, 0, 0},
        {"mxfp8", BOOTARG_U32, &model->mxfp8, 0, 1},
        {"e5m2", BOOTARG_U32, &model->e5m2, 0, 1},
        {"seed", BOOTARG_U64, &model->seed, 0, UINT64_MAX},
        {"every", BOOTARG_U32, &options.every, 1, 100000000},
        {"eval", BOOTARG_U32, &options.eval, 0, 1000000},
        {"eval_every", BOOTARG_U32, &options.eval_every, 1, 100000000},
        {"sample", BOOTARG_U32, &options.sample, 0, 1000000},
        {"temperature", BOOTARG_FLOAT, &options.temperature, 0, 0},
    };
    const size_t count = sizeof known / sizeof known[0];
    *files = (struct gpt_files){0};
    struct board_blob blob;
    for (uint32_t i = 0; board_find_blob(&runtime->board, i, &blob) == RESULT_OK; ++i) {
        if (is_parameter_file(&blob)) {
            read_words(words_of(runtime, &blob), known, count);
        } else if (is_checkpoint(&blob)) {
            if (files->checkpoint.region.size != 0) {
                printf("gpt: more than one checkpoint: %s and %s\n", files->checkpoint.name,
                       blob.name);
                exit_with(1);
            }
            files->checkpoint = blob;
        } else if (files->text.region.size == 0) {
            files->text = blob;
        } else {
            printf("gpt: more than one text: %s and %s\n", files->text.name, blob.name);
            exit_with(1);
        }
    }
    read_arguments(runtime, known, count);
    check(&options);
    options.stop = options.stop == 0 ? schedule->steps : options.stop;
    return options;
}
