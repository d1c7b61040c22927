// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <stdexcept>

#include "numerics/philox.h"

namespace athena::gpt {

namespace {

using Setter = std::function<void(const char*)>;

Setter integer(std::uint32_t& to) {
    return [&to](const char* text) {
        to = static_cast<std::uint32_t>(std::strtoul(text, nullptr, 0));
    };
}
// As the board reads it: the FP32 nearest to the FP64.
Setter real(float& to) {
    return [&to](const char* text) { to = static_cast<float>(std::strtod(text, nullptr)); };
}

void put_sequence(const std::uint8_t* symbols, std::uint32_t block, Batch& batch) {
    for (std::uint32_t t = 0; t < block; ++t) {
        batch.tokens.push_back(symbols[t]);
        batch.targets.push_back(symbols[t + 1]);
    }
}

std::uint32_t scaled(std::uint32_t word, std::uint64_t count) {
    return static_cast<std::uint32_t>((word * count) >> 32);
}

Batch random_batch(const Options& options, std::uint32_t step) {
    Batch batch;
    for (std::uint32_t b = 0; b < options.batch; ++b) {
        std::vector<std::int32_t> row;
        for (std::uint32_t t = 0; t <= options.block; ++t) {
            const auto word = draw(options.seed, kTokens, step, b * (options.block + 1) + t);
            row.push_back(static_cast<std::int32_t>(scaled(word, options.vocabulary)));
        }
        batch.tokens.insert(batch.tokens.end(), row.begin(), row.end() - 1);
        batch.targets.insert(batch.targets.end(), row.begin() + 1, row.end());
    }
    return batch;
}

}  // namespace

Options read_options(const std::vector<std::string>& words) {
    Options options;
    const std::map<std::string, Setter> setters = {
        {"layers", integer(options.layers)},
        {"heads", integer(options.heads)},
        {"channels", integer(options.channels)},
        {"block", integer(options.block)},
        {"batch", integer(options.batch)},
        {"vocabulary", integer(options.vocabulary)},
        {"seed", [&](const char* text) { options.seed = std::strtoull(text, nullptr, 0); }},
        {"clip", real(options.clip)},
        {"steps", integer(options.schedule.steps)},
        {"warmup", integer(options.schedule.warmup)},
        {"rate", real(options.schedule.rate)},
        {"rate_end", real(options.schedule.rate_end)},
        {"beta1", real(options.schedule.beta1)},
        {"beta2", real(options.schedule.beta2)},
        {"epsilon", real(options.schedule.epsilon)},
        {"decay", real(options.schedule.decay)},
        {"every", integer(options.every)},
        {"eval", integer(options.eval)},
        {"eval_every", integer(options.eval_every)},
        {"sample", integer(options.sample)},
        {"temperature", real(options.temperature)},
    };
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        const auto setter = setters.find(word.substr(0, equals));
        if (equals == std::string::npos || setter == setters.end()) {
            throw std::invalid_argument(word + ": no such option");
        }
        setter->second(word.c_str() + equals + 1);
    }
    return options;
}

Text read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path + ": cannot be read");
    }
    Text text;
    text.symbols.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    std::array<std::uint8_t, 256> symbol{};
    for (unsigned byte = 0; byte < symbol.size(); ++byte) {
        if (text.symbols.end() !=
            std::find(text.symbols.begin(), text.symbols.end(), static_cast<std::uint8_t>(byte))) {
            symbol[byte] = static_cast<std::uint8_t>(text.bytes.size());
            text.bytes.push_back(static_cast<std::uint8_t>(byte));
        }
    }
    for (std::uint8_t& value : text.symbols) {
        value = symbol[value];
    }
    text.train_length = text.symbols.size() - text.symbols.size() / 10;
    return text;
}

std::uint32_t draw(std::uint64_t seed, std::uint32_t stream, std::uint32_t step,
                   std::uint32_t index) {
    return numerics::philox({index / 4, step, stream, 0}, seed)[index % 4];
}

Batch training_batch(const Options& options, const Text& text, std::uint32_t step) {
    if (text.symbols.empty()) {
        return random_batch(options, step);
    }
    Batch batch;
    for (std::uint32_t b = 0; b < options.batch; ++b) {
        const std::uint32_t word = draw(options.seed, kStarts, step, b);
        put_sequence(&text.symbols[scaled(word, text.train_length - options.block)], options.block,
                     batch);
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
