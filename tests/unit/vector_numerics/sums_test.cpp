// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "matrices.h"
#include "numerics/indexed_rows.h"
#include "numerics/optimiser.h"
#include "numerics/ordered_sums.h"

using namespace athena;
using namespace athena::numerics;
using test::Matrix;
using test::Mix;

TEST_CASE("sums: column sums equal the reference") {
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 100; ++round) {
        INFO("round " << round);
        const std::size_t rows = random() % 200;
        const std::size_t columns = random() % 4 == 0 ? random() % 1100 : random() % 40;
        Matrix a(rows, columns, random() % 2 == 0 ? VectorFormat::Fp32 : VectorFormat::Bf16, 1);
        a.fill(random, static_cast<Mix>(round % test::kMixes));
        Matrix output(1, columns, VectorFormat::Fp32, 0);
        output.fill(random, Mix::Numbers);
        const ColumnSumArgs args{rows, columns, a.input(), output.output(), random() % 2 == 0};
        test::check_equal(
            {&output}, [&] { column_sum_reference(args); }, [&] { column_sum(args); });
    }
}

namespace {

// The sum of one column of `rows` values, with 2^24 in some places and 1 in others.
float column(std::size_t rows, std::initializer_list<std::pair<std::size_t, float>> values,
             bool accumulate = false, float start = 0) {
    Matrix a(rows, 1, VectorFormat::Fp32, 0);
    for (std::size_t row = 0; row < rows; ++row) {
        a.set(row, 0, 0.0F);
    }
    for (const auto& [row, value] : values) {
        a.set(row, 0, value);
    }
    Matrix output(1, 1, VectorFormat::Fp32, 0);
    output.set(0, 0, start);
    column_sum({rows, 1, a.input(), output.output(), accumulate});
    return output.at(0, 0);
}

constexpr float kLarge = 16'777'216.0F;

}  // namespace

TEST_CASE("sums: the order of a column sum is chunks of 64 rows") {
    CHECK(column(128, {{0, kLarge}, {1, 1.0F}, {2, -kLarge}}) == 0.0F);
    CHECK(column(128, {{0, 1.0F}, {1, kLarge}, {2, -kLarge}}) == 0.0F);
    // The second chunk's own sum is 1 before it meets the first's.
    CHECK(column(128, {{63, kLarge}, {64, -kLarge}, {65, 1.0F}}) == 1.0F);
    CHECK(column(128, {{0, kLarge}, {64, 1.0F}, {65, 1.0F}}) == kLarge + 2.0F);
    CHECK(column(64, {{0, kLarge}, {1, 1.0F}, {2, 1.0F}}) == kLarge);
    CHECK(column(64, {{0, -kLarge}, {1, 1.0F}}, true, kLarge) == 1.0F);
    CHECK(column(0, {}, false, 5) == 0.0F);
    CHECK(column(0, {}, true, 5) == 5.0F);
}

TEST_CASE("sums: cutting a column sum at multiples of 64 rows changes nothing") {
    std::mt19937 random(test::seed_of_run());
    Matrix a(300, 20, VectorFormat::Fp32, 0);
    a.fill(random, Mix::Numbers);
    Matrix whole(1, 20, VectorFormat::Fp32, 0);
    Matrix parts(1, 20, VectorFormat::Fp32, 0);
    column_sum({300, 20, a.input(), whole.output(), false});
    VectorInput rest = a.input();
    rest.data = rest.data.subspan(128 * rest.ld);
    column_sum({128, 20, a.input(), parts.output(), false});
    column_sum({172, 20, rest, parts.output(), true});
    CHECK((whole.memory() == parts.memory()));
}

TEST_CASE("sums: an ordered sum is one chain") {
    Matrix a(2, 2, VectorFormat::Fp32, 0);
    Matrix output(1, 1, VectorFormat::Fp32, 0);
    const auto sum = [&](float first, float second, float third, float fourth, bool accumulate) {
        a.set(0, 0, first);
        a.set(0, 1, second);
        a.set(1, 0, third);
        a.set(1, 1, fourth);
        ordered_sum({2, 2, a.input(), output.output(), accumulate});
        return output.at(0, 0);
    };
    CHECK(sum(kLarge, 1.0F, 1.0F, -kLarge, false) == 0.0F);
    CHECK(sum(1.0F, 1.0F, kLarge, -kLarge, false) == 2.0F);
    CHECK(sum(0, 0, 0, 1.0F, true) == 3.0F);
    CHECK(std::signbit(sum(-0.0F, -0.0F, -0.0F, -0.0F, false)));
    ordered_sum({0, 2, a.input(), output.output(), false});
    CHECK(load_bits(output.input(), 0, 0) == 0);
}

TEST_CASE("sums: the optimiser's update equals the reference") {
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 60; ++round) {
        INFO("round " << round);
        const std::size_t rows = random() % 4;
        const std::size_t columns = random() % 600;
        const Mix mix = static_cast<Mix>(round % test::kMixes);
        std::vector<Matrix> state;
        for (int i = 0; i < 3; ++i) {
            state.emplace_back(rows, columns, VectorFormat::Fp32, i);
            state.back().fill(random, mix);
        }
        Matrix gradient(rows, columns, round % 2 == 0 ? VectorFormat::Fp32 : VectorFormat::Bf16, 0);
        gradient.fill(random, mix);
        Matrix factors(1, 8, VectorFormat::Fp32, 0);
        factors.fill(random, Mix::Numbers);
        const AdamWArgs args{
            rows,
            columns,
            gradient.input(),
            factors.input(),
            {{}, 0, VectorFormat::Fp32, Spread::Immediate, test::random_fp32(random, mix)},
            state[0].output(),
            state[1].output(),
            state[2].output()};
        test::check_equal(
            {&state[0], &state[1], &state[2]}, [&] { adamw_reference(args); },
            [&] { adamw(args); });
    }
}

TEST_CASE("sums: the optimiser's update is AdamW") {
    // One element over three steps, in doubles, as the paper's algorithm 2 has it.
    constexpr double kRate = 0.01;
    constexpr double kDecay = 0.1;
    constexpr double kBeta1 = 0.9;
    constexpr double kBeta2 = 0.99;
    constexpr double kEpsilon = 1e-8;
    constexpr double kClip = 0.5;
    double p = 1.5;
    double m = 0;
    double v = 0;
    std::vector<Matrix> state;
    for (int i = 0; i < 3; ++i) {
        state.emplace_back(1, 1, VectorFormat::Fp32, 0);
        state.back().set(0, 0, i == 0 ? 1.5F : 0.0F);
    }
    Matrix factors(1, 8, VectorFormat::Fp32, 0);
    const VectorInput clip{{}, 0, VectorFormat::Fp32, Spread::Immediate, 0x3F00'0000};
    for (int t = 1; t <= 3; ++t) {
        const double gradient = 0.3 * t - 0.5;
        const double g = gradient * kClip;
        p -= kRate * kDecay * p;
        m = kBeta1 * m + (1 - kBeta1) * g;
        v = kBeta2 * v + (1 - kBeta2) * g * g;
        const double m_hat = m / (1 - std::pow(kBeta1, t));
        const double v_hat = v / (1 - std::pow(kBeta2, t));
        p -= kRate * m_hat / (std::sqrt(v_hat) + kEpsilon);
        const std::array row = {1 - kRate * kDecay, kBeta1,
                                1 - kBeta1,         kBeta2,
                                1 - kBeta2,         1 / std::sqrt(1 - std::pow(kBeta2, t)),
                                kEpsilon,           kRate / (1 - std::pow(kBeta1, t))};
        for (std::size_t i = 0; i < row.size(); ++i) {
            factors.set(0, i, static_cast<float>(row[i]));
        }
        Matrix x(1, 1, VectorFormat::Fp32, 0);
        x.set(0, 0, static_cast<float>(gradient));
        adamw({1, 1, x.input(), factors.input(), clip, state[0].output(), state[1].output(),
               state[2].output()});
        CHECK(state[0].at(0, 0) == Approx(p).epsilon(1e-6));
        CHECK(state[1].at(0, 0) == Approx(m).epsilon(1e-5));
        CHECK(state[2].at(0, 0) == Approx(v).epsilon(1e-5));
    }
}

TEST_CASE("sums: gather and scatter-add") {
    Matrix table(4, 3, VectorFormat::Fp32, 1);
    Matrix rows(5, 3, VectorFormat::Fp32, 0);
    Matrix indices(5, 1, VectorFormat::Int32, 0);
    const std::array<std::int32_t, 5> index = {2, 7, 0, 2, -1};
    for (std::size_t row = 0; row < 5; ++row) {
        store_bits(indices.output(), row, 0, static_cast<std::uint32_t>(index[row]));
        for (std::size_t column = 0; column < 3; ++column) {
            rows.set(row, column, static_cast<float>(row) * 10 + static_cast<float>(column));
        }
    }
    for (std::size_t row = 0; row < 4; ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            table.set(row, column, static_cast<float>(row + 1) * 100);
        }
    }
    SECTION("gather leaves rows whose index is outside") {
        gather({5, 3, 4, 0, table.input(), indices.input(Spread::Column), rows.output()});
        CHECK(rows.at(0, 1) == 300.0F);
        CHECK(rows.at(1, 1) == 11.0F);
        CHECK(rows.at(2, 2) == 100.0F);
        CHECK(rows.at(3, 0) == 300.0F);
        CHECK(rows.at(4, 0) == 40.0F);
    }
    SECTION("gather from a slice") {
        gather({5, 3, 4, 5, table.input(), indices.input(Spread::Column), rows.output()});
        CHECK(rows.at(0, 1) == 1.0F);
        CHECK(rows.at(1, 1) == 300.0F);
    }
    SECTION("scatter-add in ascending position") {
        rows.set(0, 0, 1.0F);
        table.set(2, 0, kLarge);
        rows.set(3, 0, -kLarge);
        scatter_add({5, 3, 4, 0, rows.input(), indices.input(Spread::Column), table.output()});
        CHECK(table.at(2, 0) == 0.0F);  // (2^24 + 1) - 2^24
        CHECK(table.at(2, 1) == 300.0F + 1 + 31);
        CHECK(table.at(0, 1) == 100.0F + 21);
        CHECK(table.at(1, 1) == 200.0F);
        CHECK(table.at(3, 1) == 400.0F);
    }
}
