// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <array>
#include <cstdint>
#include <stdexcept>

#include "firmware/lib/bootargs.h"

namespace athena::gpt {

namespace {

void put_sequence(const std::uint8_t* symbols, std::uint32_t block, Batch& batch) {
    for (std::uint32_t t = 0; t < block; ++t) {
        batch.tokens.push_back(symbols[t]);
        batch.targets.push_back(symbols[t + 1]);
    }
}

Batch random_batch(const Options& options, std::uint32_t step) {
    Batch batch;
    for (std::uint32_t b = 0; b < options.batch; ++b) {
        std::vector<std::int32_t> row;
        for (std::uint32_t t = 0; t <= options.block; ++t) {
            const auto word =
                training::draw(options.seed, kTokens, step, b * (options.block + 1) + t);
            row.push_back(static_cast<std::int32_t>(training::scaled(word, options.vocabulary)));
        }
        batch.tokens.insert(batch.tokens.end(), row.begin(), row.end() - 1);
        batch.targets.insert(batch.targets.end(), row.begin() + 1, row.end());
    }
    return batch;
}

void require(bool good, const char* what) {
    if (!good) {
        throw std::invalid_argument(what);
    }
}

void check(const Options& options) {
    const gpt_schedule& schedule = options.schedule;
    require(options.channels % (16 * options.heads) == 0,
            "channels must be a multiple of 16 times heads");
    require(options.heads % options.shares == 0, "heads must be a multiple of shares");
    require(options.block % 16 == 0, "block must be a multiple of 16");
    require(options.temperature > 0 && options.clip > 0 && schedule.epsilon > 0 &&
                schedule.beta1 < 1 && schedule.beta2 < 1,
            "temperature, clip and epsilon must be above 0, beta1 and beta2 below 1");
    require(schedule.rate >= 0 && schedule.rate_end >= 0 && schedule.decay >= 0 &&
                schedule.beta1 >= 0 && schedule.beta2 >= 0,
            "rate, rate_end, decay, beta1 and beta2 must not be negative");
    require(std::uint64_t{options.batch} * options.block <= UINT32_MAX / 16 / options.channels,
            "batch times block times channels is too large");
    require(options.stop <= schedule.steps, "stop must not be above steps");
}

}  // namespace

Options read_options(const std::vector<std::string>& words) {
    Options options;
    gpt_schedule& schedule = options.schedule;
    const std::array known{
        bootarg{"layers", BOOTARG_U32, &options.layers, 1, 48},
        bootarg{"heads", BOOTARG_U32, &options.heads, 1, 256},
        bootarg{"channels", BOOTARG_U32, &options.channels, 16, 16384},
        bootarg{"block", BOOTARG_U32, &options.block, 16, 65536},
        bootarg{"batch", BOOTARG_U32, &options.batch, 1, 65536},
        bootarg{"vocabulary", BOOTARG_U32, &options.vocabulary, 0, 1000000},
        bootarg{"shares", BOOTARG_U32, &options.shares, 1, 256},
        bootarg{"mxfp8", BOOTARG_U32, &options.mxfp8, 0, 1},
        bootarg{"e5m2", BOOTARG_U32, &options.e5m2, 0, 1},
        bootarg{"seed", BOOTARG_U64, &options.seed, 0, UINT64_MAX},
        bootarg{"clip", BOOTARG_FLOAT, &options.clip, 0, 0},
        bootarg{"steps", BOOTARG_U32, &schedule.steps, 0, 100000000},
        bootarg{"warmup", BOOTARG_U32, &schedule.warmup, 0, 100000000},
        bootarg{"rate", BOOTARG_FLOAT, &schedule.rate, 0, 0},
        bootarg{"rate_end", BOOTARG_FLOAT, &schedule.rate_end, 0, 0},
        bootarg{"beta1", BOOTARG_FLOAT, &schedule.beta1, 0, 0},
        bootarg{"beta2", BOOTARG_FLOAT, &schedule.beta2, 0, 0},
        bootarg{"epsilon", BOOTARG_FLOAT, &schedule.epsilon, 0, 0},
        bootarg{"decay", BOOTARG_FLOAT, &schedule.decay, 0, 0},
        bootarg{"stop", BOOTARG_U32, &options.stop, 0, 100000000},
        bootarg{"keep", BOOTARG_U32, &options.keep, 0, 100000000},
        bootarg{"every", BOOTARG_U32, &options.every, 1, 100000000},
        bootarg{"eval", BOOTARG_U32, &options.eval, 0, 1000000},
        bootarg{"eval_every", BOOTARG_U32, &options.eval_every, 1, 100000000},
        bootarg{"sample", BOOTARG_U32, &options.sample, 0, 1000000},
        bootarg{"temperature", BOOTARG_FLOAT, &options.temperature, 0, 0},
    };
    for (const std::string& word : words) {
        const char* culprit = nullptr;
        if (bootargs_parse(word.c_str(), known.data(), known.size(), &culprit) != RESULT_OK) {
            throw std::invalid_argument('"' + word + "\" is unknown or out of range");
        }
    }
    check(options);
    options.stop = options.stop == 0 ? schedule.steps : options.stop;
    return options;
}

Batch training_batch(const Options& options, const Text& text, std::uint32_t step) {
    if (text.symbols.empty()) {
        return random_batch(options, step);
    }
    Batch batch;
    for (std::uint32_t b = 0; b < options.batch; ++b) {
        const std::uint32_t word = training::draw(options.seed, kStarts, step, b);
        put_sequence(&text.symbols[training::scaled(word, text.train_length - options.block)],
                     options.block, batch);
    }
    return batch;
}

Batch validation_batch(const Options& options, const Text& text, std::uint32_t index) {
    const std::uint64_t places = text.symbols.size() - text.train_length - options.block - 1;
    Batch batch;
    for (std::uint64_t b = 0; b < options.batch; ++b) {
        const std::uint64_t start = (std::uint64_t{index} * options.batch + b) * places /
                                    (std::uint64_t{options.eval} * options.batch);
        put_sequence(&text.symbols[text.train_length + start], options.block, batch);
    }
    return batch;
}

}  // namespace athena::gpt
