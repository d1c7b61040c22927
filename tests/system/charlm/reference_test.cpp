// SPDX-License-Identifier: Apache-2.0
// The host's reference of charlm: against float64, float64's gradients against finite differences,
// and what training on the King James text must reach (docs/charlm.md).
#include "reference.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "deviation.h"
#include "float64.h"

namespace charlm = athena::charlm;

namespace {

charlm::Text king_james() {
    return athena::training::read_text(ATHENA_CHARLM_TEXT);
}

charlm::Text text_of(const std::string& content) {
    return athena::training::text_from({content.begin(), content.end()});
}

charlm::Options small_options() {
    charlm::Options options;
    options.context = 3;
    options.embedding = 4;
    options.hidden = 10;
    options.batch = 6;
    return options;
}

}  // namespace

TEST_CASE("charlm: float64's gradients are the slopes of its loss", "[charlm]") {
    const charlm::Text text =
        text_of("the quick brown fox jumps over the lazy dog, again and again");
    charlm::Float64 model(small_options(), text, charlm::Rounding::None);
    const std::vector<std::uint32_t> positions{3, 9, 14, 20, 33, 41};
    (void)model.loss_and_gradient(positions);
    constexpr double kStep = 1e-5;
    for (charlm::Float64::Tensor* tensor :
         {&model.embedding, &model.weight1, &model.bias1, &model.weight2, &model.bias2}) {
        for (std::size_t i = 0; i < tensor->value.at.size(); ++i) {
            double& parameter = tensor->value.at[i];
            const double kept = parameter;
            parameter = kept + kStep;
            const double above = model.loss(positions);
            parameter = kept - kStep;
            const double below = model.loss(positions);
            parameter = kept;
            const double slope = (above - below) / (2 * kStep);
            CHECK(std::abs(slope - tensor->gradient.at[i]) < 1e-8);
        }
    }
}

TEST_CASE("charlm: losses are float64's with the same operand rounding, while no rounding flips",
          "[charlm]") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        CAPTURE(seed);
        charlm::Options options;
        options.seed = seed;
        const charlm::Deviation found = charlm::measure_deviation(options, king_james(), 8);
        CHECK(found.same_rounding.largest < 2e-5);
        CHECK(found.no_rounding.largest < 1e-3);
    }
}

TEST_CASE("charlm: losses of 40 steps are float64's within the tolerance", "[charlm]") {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        CAPTURE(seed);
        charlm::Options options;
        options.seed = seed;
        const charlm::Deviation found = charlm::measure_deviation(options, king_james(), 40);
        CHECK(found.same_rounding.largest < 0.02);
        CHECK(found.no_rounding.largest < 0.02);
        CHECK(found.same_rounding.mean < 1e-3);
        CHECK(found.no_rounding.mean < 1e-3);
    }
}

// 90 of 100 characters are counted: "ab" pairs 45 times, "ba" 44 times; each of the last ten costs
// log((45 + 2) / (45 + 1)) after an a, log((44 + 2) / (44 + 1)) after a b. Character 90 is an a.
TEST_CASE("charlm: the bigram table is smoothed by one", "[charlm]") {
    std::string content;
    for (int i = 0; i < 50; ++i) {
        content += "ab";
    }
    const double expected = 0.5 * (std::log(47.0 / 46.0) + std::log(46.0 / 45.0));
    CHECK(static_cast<double>(charlm::bigram_loss(text_of(content))) ==
          Approx(expected).epsilon(1e-5));
}

TEST_CASE("charlm: the bigram table has 2.45 nats a character on the King James text", "[charlm]") {
    CHECK(static_cast<double>(charlm::bigram_loss(king_james())) == Approx(2.45).margin(0.005));
}

TEST_CASE("charlm: the default run falls and ends below the bigram table", "[charlm]") {
    const charlm::Text text = king_james();
    const charlm::Options options;
    charlm::Reference model(options, text);
    std::vector<double> means;
    for (std::uint32_t step = 0; step < options.steps; ++step) {
        if (step % 200 == 0) {
            means.push_back(0.0);
        }
        means.back() += static_cast<double>(model.train_step(step)) / 200.0;
    }
    CHECK(std::is_sorted(means.rbegin(), means.rend()));
    CHECK(model.validate(0) < 0.75f * charlm::bigram_loss(text));
}

TEST_CASE("charlm: a seed gives the same bits again, another seed others", "[charlm]") {
    const charlm::Text text = king_james();
    charlm::Options options;
    const auto losses = [&](std::uint64_t seed) {
        options.seed = seed;
        charlm::Reference model(options, text);
        return std::vector<float>{model.train_step(0), model.train_step(1), model.train_step(2)};
    };
    const std::vector<float> first = losses(1);
    CHECK(losses(1) == first);
    CHECK(losses(2) != first);
}
