// SPDX-License-Identifier: Apache-2.0
// charlm_reference FILE [key=value …]: trains on the host and prints the lines that the board's
// charlm prints for the same text and arguments (docs/charlm.md). With float64=N it prints instead
// how far the losses of the first N steps are from float64.
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>

#include "deviation.h"
#include "reference.h"

namespace {

using athena::charlm::Options;

struct Arguments {
    Options options;
    std::uint32_t float64 = 0;
};

void set_argument(Arguments& arguments, const std::string& key, const std::string& value) {
    Options& options = arguments.options;
    const auto integer = [&](std::uint32_t& target) {
        target = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    };
    const auto real = [&](float& target) {
        target = static_cast<float>(std::strtod(value.c_str(), nullptr));
    };
    const std::map<std::string, std::function<void()>> keys = {
        {"steps", [&] { integer(options.steps); }},
        {"batch", [&] { integer(options.batch); }},
        {"ctx", [&] { integer(options.context); }},
        {"emb", [&] { integer(options.embedding); }},
        {"hidden", [&] { integer(options.hidden); }},
        {"seed", [&] { options.seed = std::strtoull(value.c_str(), nullptr, 10); }},
        {"lr", [&] { real(options.rate); }},
        {"momentum", [&] { real(options.momentum); }},
        {"every", [&] { integer(options.every); }},
        {"eval", [&] { integer(options.eval); }},
        {"sample", [&] { integer(options.sample); }},
        {"temperature", [&] { real(options.temperature); }},
        {"float64", [&] { integer(arguments.float64); }},
    };
    const auto found = keys.find(key);
    if (found == keys.end()) {
        std::fprintf(stderr, "charlm_reference: unknown argument %s\n", key.c_str());
        std::exit(2);
    }
    found->second();
}

void print_loss(const char* name, float loss) {
    std::printf("%s %.4f [0x%08x]\n", name, static_cast<double>(loss),
                std::bit_cast<std::uint32_t>(loss));
}

void train(const Options& options, athena::charlm::Reference& model) {
    double sum = 0.0;
    std::uint32_t since = 0;
    for (std::uint32_t step = 0; step < options.steps; ++step) {
        sum += static_cast<double>(model.train_step(step));
        ++since;
        if ((step + 1) % options.every == 0 || step + 1 == options.steps) {
            const std::string name = "step " + std::to_string(step + 1) + " loss";
            print_loss(name.c_str(), static_cast<float>(sum / since));
            sum = 0.0;
            since = 0;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: charlm_reference FILE [key=value …]\n");
        return 2;
    }
    Arguments arguments;
    for (int i = 2; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::size_t equal = argument.find('=');
        set_argument(arguments, argument.substr(0, equal),
                     equal == std::string::npos ? "" : argument.substr(equal + 1));
    }
    const Options& options = arguments.options;
    const athena::charlm::Text text = athena::training::read_text(argv[1]);
    if (arguments.float64 != 0) {
        const auto found = athena::charlm::measure_deviation(options, text, arguments.float64);
        const auto print = [](const char* name, const athena::charlm::Distance& distance) {
            std::printf("%s: largest distance %.2g nats, of the mean loss %.2g nats\n", name,
                        distance.largest, distance.mean);
        };
        print("float64, operands rounded to BF16", found.same_rounding);
        print("float64, nothing rounded", found.no_rounding);
        return 0;
    }
    athena::charlm::Reference model(options, text);
    print_loss("bigram validation loss", athena::charlm::bigram_loss(text));
    train(options, model);
    print_loss("validation loss", model.validate(options.eval));
    std::printf("sample:\n%s\n", model.generate(options.sample).c_str());
    return 0;
}
