// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>

#include "matrices.h"
#include "numerics/row_operations.h"

using namespace athena;
using namespace athena::numerics;
using test::Matrix;
using test::Mix;

namespace {

constexpr std::array kReals = {VectorFormat::Fp32, VectorFormat::Bf16, VectorFormat::E4m3,
                               VectorFormat::E5m2};

// Operands of one random command.
struct Bench {
    explicit Bench(std::mt19937& source, int round)
        : random(source), mix(static_cast<Mix>(round % test::kMixes)) {
        rows = random() % 6;
        columns = random() % 2 == 0 ? random() % 300 : 16 * (random() % 20);
    }
    Matrix& real(std::size_t width, VectorFormat format) {
        matrices.push_back(std::make_unique<Matrix>(rows, width, format, random() % 3));
        matrices.back()->fill(random, mix);
        return *matrices.back();
    }
    Matrix& real() { return real(columns, kReals[random() % kReals.size()]); }
    Matrix& integers(std::int32_t least, std::int32_t most) {
        matrices.push_back(std::make_unique<Matrix>(rows, 1, VectorFormat::Int32, random() % 3));
        matrices.back()->fill_integers(random, least, most);
        return *matrices.back();
    }
    [[nodiscard]] float scale() { return std::bit_cast<float>(test::random_fp32(random, mix)); }

    std::mt19937& random;
    Mix mix;
    std::size_t rows;
    std::size_t columns;
    std::vector<std::unique_ptr<Matrix>> matrices;
    Workspace workspace;
};

template <class Case>
void repeat(const Case& run) {
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 150; ++round) {
        INFO("round " << round);
        Bench bench(random, round);
        run(bench);
    }
}

}  // namespace

TEST_CASE("rows: reductions equal the reference") {
    repeat([](Bench& b) {
        Matrix& output = b.real(1, kReals[b.random() % kReals.size()]);
        const ReduceRowsArgs args{static_cast<Reduction>(b.random() % 5),
                                  b.rows,
                                  b.columns,
                                  b.real().input(),
                                  b.real().input(),
                                  output.output()};
        test::check_equal(
            {&output}, [&] { reduce_rows_reference(args); },
            [&] { reduce_rows(args, b.workspace); });
    });
}

TEST_CASE("rows: softmax and its backward form equal the reference") {
    repeat([](Bench& b) {
        Matrix& output = b.real();
        const auto most = static_cast<std::int32_t>(b.columns) + 3;
        const VectorInput lengths = b.integers(-2, most).input(Spread::Column);
        const SoftmaxArgs args{b.rows,           b.columns, b.scale(),
                               b.real().input(), lengths,   output.output()};
        test::check_equal(
            {&output}, [&] { softmax_reference(args); }, [&] { softmax(args, b.workspace); });
        const SoftmaxBackwardArgs backward{b.rows,           b.columns,        b.scale(),
                                           b.real().input(), b.real().input(), lengths,
                                           output.output()};
        test::check_equal(
            {&output}, [&] { softmax_backward_reference(backward); },
            [&] { softmax_backward(backward, b.workspace); });
    });
}

TEST_CASE("rows: layer norm and its backward form equal the reference") {
    repeat([](Bench& b) {
        Matrix& output = b.real();
        Matrix& second = b.real();
        Matrix& statistics = b.real(2, VectorFormat::Fp32);
        const VectorInput x = b.real().input();
        const VectorInput weight = b.real().row_for_all();
        const LayerNormArgs args{b.rows, b.columns,        1e-5F,           x,
                                 weight, b.real().input(), output.output(), statistics.output()};
        test::check_equal(
            {&output, &statistics}, [&] { layer_norm_reference(args); },
            [&] { layer_norm(args, b.workspace); });
        const LayerNormBackwardArgs backward{
            b.rows, b.columns,          b.real().input(), x,
            weight, statistics.input(), output.output(),  second.output()};
        test::check_equal(
            {&output, &second}, [&] { layer_norm_backward_reference(backward); },
            [&] { layer_norm_backward(backward, b.workspace); });
    });
}

TEST_CASE("rows: cross-entropy equals the reference") {
    repeat([](Bench& b) {
        Matrix& dx = b.real();
        Matrix& loss = b.real(1, VectorFormat::Fp32);
        const auto most = static_cast<std::int32_t>(b.columns) + 1;
        const VectorInput targets = b.integers(-1, most).input(Spread::Column);
        const CrossEntropyArgs args{b.rows,  b.columns,     b.scale(),  b.real().input(),
                                    targets, loss.output(), dx.output()};
        test::check_equal(
            {&dx, &loss}, [&] { cross_entropy_reference(args); },
            [&] { cross_entropy(args, b.workspace); });
    });
}

TEST_CASE("rows: in place") {
    std::mt19937 random(test::seed_of_run());
    Workspace workspace;
    Matrix x(4, 100, VectorFormat::Fp32, 1);
    x.fill(random, Mix::Numbers);
    Matrix lengths(4, 1, VectorFormat::Int32, 0);
    lengths.fill_integers(random, 50, 100);
    const SoftmaxArgs args{4, 100, 0.5F, x.input(), lengths.input(Spread::Column), x.output()};
    test::check_equal(
        {&x}, [&] { softmax_reference(args); }, [&] { softmax(args, workspace); });
    Matrix dy(4, 100, VectorFormat::Fp32, 1);
    dy.fill(random, Mix::Numbers);
    Matrix statistics(4, 2, VectorFormat::Fp32, 0);
    statistics.fill(random, Mix::Numbers);
    const LayerNormBackwardArgs backward{
        4, 100, dy.input(), x.input(), x.input(), statistics.input(), dy.output(), x.output()};
    test::check_equal(
        {&dy, &x}, [&] { layer_norm_backward_reference(backward); },
        [&] { layer_norm_backward(backward, workspace); });
}

TEST_CASE("rows: the order of a sum is sixteen partials and a tree") {
    // Each of 2^24 and 1 alone is lost beside the other; which are depends on the order.
    constexpr float kLarge = 16'777'216.0F;
    Workspace workspace;
    const auto sum = [&](std::initializer_list<std::pair<std::size_t, float>> values) {
        Matrix x(1, 48, VectorFormat::Fp32, 0);
        for (std::size_t i = 0; i < 48; ++i) {
            x.set(0, i, 0.0F);
        }
        for (const auto& [place, value] : values) {
            x.set(0, place, value);
        }
        Matrix output(1, 1, VectorFormat::Fp32, 0);
        reduce_rows({Reduction::Sum, 1, 48, x.input(), {}, output.output()}, workspace);
        return output.at(0, 0);
    };
    // 0, 16, 32 share a partial, in ascending order.
    CHECK(sum({{0, 1.0F}, {16, kLarge}, {32, -kLarge}}) == 0.0F);
    CHECK(sum({{0, kLarge}, {16, -kLarge}, {32, 1.0F}}) == 1.0F);
    // Partials 0 and 8 come together before 0 and 4, these before 0 and 2, these before 0 and 1.
    CHECK(sum({{0, kLarge}, {8, -kLarge}, {4, 1.0F}, {12, 1.0F}}) == 2.0F);
    CHECK(sum({{0, kLarge}, {4, -kLarge}, {8, 1.0F}, {12, 1.0F}}) == 1.0F);
    CHECK(sum({{0, kLarge}, {2, -kLarge}, {4, 1.0F}, {6, 1.0F}}) == 1.0F);
    CHECK(sum({{0, kLarge}, {1, -kLarge}, {2, 1.0F}, {3, 1.0F}}) == 1.0F);
}

TEST_CASE("rows: results against a wider evaluation") {
    std::mt19937 random(test::seed_of_run());
    constexpr std::size_t kColumns = 128;
    Workspace workspace;
    Matrix x(1, kColumns, VectorFormat::Fp32, 0);
    x.fill(random, Mix::Numbers);
    Matrix y(1, kColumns, VectorFormat::Fp32, 0);
    Matrix one(1, 1, VectorFormat::Fp32, 0);
    Matrix pair(1, 2, VectorFormat::Fp32, 0);
    const auto immediate = [](std::int32_t value) {
        return VectorInput{
            {}, 0, VectorFormat::Int32, Spread::Immediate, static_cast<std::uint32_t>(value)};
    };
    double largest = -1e30;
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < kColumns; ++i) {
        largest = std::max<double>(largest, x.at(0, i));
        sum += x.at(0, i);
    }
    const double mean = sum / kColumns;
    double exponentials = 0;
    for (std::size_t i = 0; i < kColumns; ++i) {
        squares += (x.at(0, i) - mean) * (x.at(0, i) - mean);
        exponentials += std::exp(x.at(0, i) - largest);
    }
    SECTION("softmax") {
        softmax({1, kColumns, 1.0F, x.input(), immediate(kColumns), y.output()}, workspace);
        for (std::size_t i = 0; i < kColumns; ++i) {
            CHECK(y.at(0, i) ==
                  Approx(std::exp(x.at(0, i) - largest) / exponentials).epsilon(1e-6));
        }
    }
    SECTION("layer norm") {
        const VectorInput weight{{}, 0, VectorFormat::Fp32, Spread::Immediate, 0x4000'0000};  // 2
        const VectorInput bias{{}, 0, VectorFormat::Fp32, Spread::Immediate, 0x3F80'0000};    // 1
        layer_norm({1, kColumns, 1e-5F, x.input(), weight, bias, y.output(), pair.output()},
                   workspace);
        const double rstd = 1 / std::sqrt(squares / kColumns + 1e-5);
        CHECK(pair.at(0, 0) == Approx(mean).epsilon(1e-5));
        CHECK(pair.at(0, 1) == Approx(rstd).epsilon(1e-6));
        for (std::size_t i = 0; i < kColumns; ++i) {
            CHECK(y.at(0, i) == Approx((x.at(0, i) - mean) * rstd * 2 + 1).margin(1e-5));
        }
    }
    SECTION("cross-entropy") {
        cross_entropy({1, kColumns, 0.25F, x.input(), immediate(5), one.output(), y.output()},
                      workspace);
        CHECK(one.at(0, 0) == Approx(std::log(exponentials) + largest - x.at(0, 5)).epsilon(1e-6));
        for (std::size_t i = 0; i < kColumns; ++i) {
            const double share = std::exp(x.at(0, i) - largest) / exponentials;
            CHECK(y.at(0, i) == Approx((share - (i == 5 ? 1 : 0)) / 4).margin(1e-7));
        }
    }
}

TEST_CASE("rows: softmax and cross-entropy at their edges") {
    Workspace workspace;
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    Matrix x(3, 4, VectorFormat::Fp32, 0);
    Matrix y(3, 4, VectorFormat::Fp32, 0);
    Matrix lengths(3, 1, VectorFormat::Int32, 0);
    std::mt19937 random(1);
    x.fill(random, Mix::Numbers);
    x.set(1, 0, -kInfinity);
    x.set(1, 1, -kInfinity);
    x.set(2, 1, kInfinity);
    const VectorOutput out = lengths.output();
    for (std::size_t row = 0; row < 3; ++row) {
        store_bits(out, row, 0, row == 0 ? 0 : 2);
    }
    softmax({3, 4, 1.0F, x.input(), lengths.input(Spread::Column), y.output()}, workspace);
    const auto bits = [&](std::size_t row, std::size_t i) { return load_bits(y.input(), row, i); };
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(bits(0, i) == 0);
        CHECK(bits(1, i) == (i < 2 ? kCanonicalNanFp32 : 0));
        CHECK(bits(2, i) == (i < 2 ? kCanonicalNanFp32 : 0));
    }
    Matrix loss(3, 1, VectorFormat::Fp32, 0);
    const VectorInput outside{{}, 0, VectorFormat::Int32, Spread::Immediate, 4};
    cross_entropy({3, 4, 1.0F, x.input(), outside, loss.output(), y.output()}, workspace);
    CHECK(load_bits(loss.input(), 2, 0) == 0);
    CHECK(bits(1, 3) == 0);
}
