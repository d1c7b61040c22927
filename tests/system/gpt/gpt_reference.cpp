// SPDX-License-Identifier: Apache-2.0
// Prints what gpt prints on the board: gpt_reference [--dump FILE] TEXT key=value …; TEXT is -
// where vocabulary= is given. The dump holds, for each step, the parameters before it, the
// gradients and the loss, as FP32 in the order that docs/gpt.md gives for files.
#include <bit>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "reference.h"

namespace {

using namespace athena::gpt;

void print_number(const char* name, float value) {
    std::printf("%s %.4f 0x%08x", name, static_cast<double>(value),
                std::bit_cast<std::uint32_t>(value));
}

void write(std::ofstream& dump, Reference& reference, bool gradients) {
    for (const bool matrices : {true, false}) {
        for (const Parameter& parameter : reference.parameters()) {
            if (parameter.is_matrix == matrices) {
                const auto& bytes = gradients ? parameter.gradient.bytes : parameter.value.bytes;
                dump.write(reinterpret_cast<const char*>(bytes.data()),
                           static_cast<std::streamsize>(bytes.size()));
            }
        }
    }
}

void validate(const Options& options, const Text& text, Reference& reference, std::uint32_t steps) {
    if (text.symbols.empty() || options.eval == 0) {
        return;
    }
    float sum = 0;
    for (std::uint32_t i = 0; i < options.eval; ++i) {
        const float loss = reference.loss(validation_batch(options, text, i));
        sum = i == 0 ? loss : sum + loss;
    }
    const std::string name = "validation " + std::to_string(steps) + " loss";
    print_number(name.c_str(), sum * (1.0F / static_cast<float>(options.eval)));
    std::printf("\n");
}

void train(const Options& options, const Text& text, Reference& reference, std::ofstream& dump) {
    const std::uint32_t steps = options.stop;
    for (std::uint32_t step = 0; step < steps; ++step) {
        if (dump.is_open()) {
            write(dump, reference, false);
        }
        const float loss = reference.gradients(training_batch(options, text, step));
        if (dump.is_open()) {
            write(dump, reference, true);
            dump.write(reinterpret_cast<const char*>(&loss), sizeof loss);
        }
        reference.update(step);
        if (step % options.every == 0 || step + 1 == steps) {
            print_number(("step " + std::to_string(step) + " loss").c_str(), loss);
            print_number(" norm", reference.norm());
            std::printf("\n");
        }
        if ((step + 1) % options.eval_every == 0 || step + 1 == steps) {
            validate(options, text, reference, step + 1);
        }
        std::fflush(stdout);
    }
}

void sample(const Options& options, const Text& text, Reference& reference) {
    if (text.symbols.empty() || options.sample == 0) {
        return;
    }
    std::vector<std::int32_t> tokens;
    for (std::uint32_t t = 0; t < options.block; ++t) {
        tokens.push_back(text.symbols[text.train_length + t]);
    }
    std::printf("sample:\n");
    for (std::uint32_t i = 0; i < options.sample; ++i) {
        const Matrix row = reference.next_symbol(tokens);
        const float limit =
            athena::numerics::unit_float(athena::training::draw(options.seed, kSample, 0, i));
        float sum = 0;
        std::uint32_t symbol = 0;
        for (; symbol + 1 < options.vocabulary; ++symbol) {
            sum += row.floats()[symbol];
            if (sum > limit) {
                break;
            }
        }
        std::putchar(text.bytes[symbol]);
        tokens.erase(tokens.begin());
        tokens.push_back(static_cast<std::int32_t>(symbol));
    }
    std::printf("\n");
}

// None where tokens are drawn at random; the vocabulary is that of the text.
Text take_text(const std::string& path, Options& options) {
    if (options.vocabulary != 0) {
        return {};
    }
    if (path == "-") {
        throw std::invalid_argument("vocabulary must be given where there is no text");
    }
    Text text = athena::training::read_text(path);
    if (text.symbols.size() / 10 < 2 * std::size_t{options.block}) {
        throw std::invalid_argument("the text is too short for this block");
    }
    options.vocabulary = static_cast<std::uint32_t>(text.vocabulary());
    return text;
}

int run(std::vector<std::string> words) {
    std::ofstream dump;
    if (words.size() > 2 && words[0] == "--dump") {
        dump.open(words[1], std::ios::binary);
        if (!dump) {
            throw std::runtime_error(words[1] + ": cannot be written");
        }
        words.erase(words.begin(), words.begin() + 2);
    }
    if (words.empty()) {
        std::fprintf(stderr, "usage: gpt_reference [--dump FILE] TEXT|- key=value ...\n");
        return 2;
    }
    Options options = read_options({words.begin() + 1, words.end()});
    const Text text = take_text(words[0], options);
    Reference reference(options);
    std::printf(
        "gpt: %u layers, %u heads, %u channels, block %u, batch %u, vocabulary %u: %llu "
        "parameters\n",
        options.layers, options.heads, options.channels, options.block, options.batch,
        options.vocabulary, static_cast<unsigned long long>(reference.elements()));
    if (options.shares != 1) {
        std::printf("gpt: one of %u shares of each layer, whose sums are of this share alone\n",
                    options.shares);
    }
    train(options, text, reference, dump);
    sample(options, text, reference);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "gpt_reference: %s\n", error.what());
        return 2;
    }
}
