// SPDX-License-Identifier: Apache-2.0
#include "numerics/elementwise.h"

#include <cmath>

#include "matrices.h"

using namespace athena;
using namespace athena::numerics;
using test::Matrix;
using test::Mix;

namespace {

constexpr std::array kReals = {VectorFormat::Fp32, VectorFormat::Bf16, VectorFormat::E4m3,
                               VectorFormat::E5m2};

VectorFormat pick_format(std::mt19937& random, bool integers) {
    return integers ? VectorFormat::Int32 : kReals[random() % kReals.size()];
}

VectorInput pick_spread(std::mt19937& random, const Matrix& matrix, Mix mix) {
    switch (random() % 8) {
        case 0:
            return matrix.input(Spread::Column);
        case 1:
            return matrix.row_for_all();
        case 2:
            return {{}, 0, matrix.format(), Spread::Immediate, test::random_fp32(random, mix)};
        default:
            return matrix.input();
    }
}

void check_random(Elementwise operation, std::mt19937& random, Mix mix) {
    const std::size_t rows = random() % 5;
    const std::size_t columns = random() % 3 == 0 ? random() % 1200 : random() % 70;
    const std::size_t gap = random() % 3;
    const bool copies_integers = operation == Elementwise::Copy && random() % 4 == 0;
    const bool integers = takes_integers(operation) || copies_integers;
    std::vector<Matrix> inputs;
    ElementwiseArgs args{.operation = operation, .rows = rows, .columns = columns};
    for (unsigned i = 0; i < 3; ++i) {
        inputs.emplace_back(rows, columns, pick_format(random, integers), gap);
        integers ? inputs[i].fill_integers(random, INT32_MIN, INT32_MAX)
                 : inputs[i].fill(random, mix);
    }
    for (unsigned i = 0; i < 3; ++i) {
        args.inputs[i] = pick_spread(random, inputs[i], mix);
    }
    Matrix output(rows, columns, pick_format(random, gives_integers(operation) || copies_integers),
                  gap);
    args.output = output.output(random() % 2 != 0);
    test::check_equal(
        {&output}, [&] { elementwise_reference(args); }, [&] { elementwise(args); });
}

}  // namespace

TEST_CASE("elementwise: kernels equal the reference on all operations, formats and spreads") {
    const unsigned seed = test::seed_of_run();
    ATHENA_REPLAY(seed);
    std::mt19937 random(seed);
    for (unsigned number = 0; number < kElementwiseOperations; ++number) {
        for (int round = 0; round < 60; ++round) {
            INFO("operation " << number << ", round " << round);
            check_random(static_cast<Elementwise>(number), random,
                         static_cast<Mix>(round % test::kMixes));
        }
    }
}

TEST_CASE("elementwise: in place") {
    std::mt19937 random(test::seed_of_run());
    Matrix a(3, 100, VectorFormat::Fp32, 1);
    a.fill(random, Mix::All);
    const ElementwiseArgs args{
        Elementwise::Multiply, 3, 100, {a.input(), a.input(), {}}, a.output()};
    test::check_equal(
        {&a}, [&] { elementwise_reference(args); }, [&] { elementwise(args); });
}

namespace {

// Of one element; bits.
std::uint32_t result_of(Elementwise operation, std::uint32_t a, std::uint32_t b = 0,
                        std::uint32_t c = 0) {
    Matrix output(1, 1, gives_integers(operation) ? VectorFormat::Int32 : VectorFormat::Fp32, 0);
    const VectorFormat format =
        takes_integers(operation) ? VectorFormat::Int32 : VectorFormat::Fp32;
    ElementwiseArgs args{operation, 1, 1, {}, output.output()};
    const std::array bits = {a, b, c};
    for (unsigned i = 0; i < 3; ++i) {
        args.inputs[i] = {{}, 0, format, Spread::Immediate, bits[i]};
    }
    elementwise_reference(args);
    return load_bits(output.input(), 0, 0);
}

constexpr std::uint32_t kNan = 0x7FC0'0000;
constexpr std::uint32_t kOne = 0x3F80'0000;
constexpr std::uint32_t kInfinity = 0x7F80'0000;
constexpr std::uint32_t kMinus = 0x8000'0000;

}  // namespace

TEST_CASE("elementwise: moves keep the bits of a NaN, arithmetic gives the one NaN") {
    const std::uint32_t odd = 0xFFA1'2345;
    CHECK(result_of(Elementwise::Copy, odd) == odd);
    CHECK(result_of(Elementwise::Negate, odd) == 0x7FA1'2345);
    CHECK(result_of(Elementwise::Abs, odd) == 0x7FA1'2345);
    CHECK(result_of(Elementwise::Select, odd, 7, 9) == 7);
    CHECK(result_of(Elementwise::Select, kMinus, 7, odd) == odd);
    for (const auto operation :
         {Elementwise::Add, Elementwise::Subtract, Elementwise::Multiply, Elementwise::Divide,
          Elementwise::Fma, Elementwise::Maximum, Elementwise::Minimum}) {
        CHECK(result_of(operation, odd, kOne, kOne) == kNan);
        CHECK(result_of(operation, kOne, odd, kOne) == kNan);
    }
    CHECK(result_of(Elementwise::Multiply, kInfinity, kMinus) == kNan);
    CHECK(result_of(Elementwise::SquareRoot, kMinus | kOne) == kNan);
    CHECK(result_of(Elementwise::SquareRoot, kMinus) == kMinus);
    CHECK(result_of(Elementwise::Less, odd, kOne) == 0);
    CHECK(result_of(Elementwise::Equal, odd, odd) == 0);
    CHECK(result_of(Elementwise::Equal, 0, kMinus) == kOne);
}

TEST_CASE("elementwise: maximum and minimum order the zeros") {
    CHECK(result_of(Elementwise::Maximum, kMinus, 0) == 0);
    CHECK(result_of(Elementwise::Maximum, 0, kMinus) == 0);
    CHECK(result_of(Elementwise::Maximum, kMinus, kMinus) == kMinus);
    CHECK(result_of(Elementwise::Minimum, 0, kMinus) == kMinus);
    CHECK(result_of(Elementwise::Minimum, kMinus, 0) == kMinus);
    CHECK(result_of(Elementwise::Minimum, 0, 0) == 0);
    CHECK(result_of(Elementwise::Maximum, kInfinity, kMinus | kInfinity) == kInfinity);
}

TEST_CASE("elementwise: integers") {
    CHECK(result_of(Elementwise::ToInteger, 0x4020'0000) == 2);            // 2.5
    CHECK(result_of(Elementwise::ToInteger, 0x4060'0000) == 4);            // 3.5
    CHECK(result_of(Elementwise::ToInteger, 0x4F00'0000) == 0x7FFF'FFFF);  // 2^31
    CHECK(result_of(Elementwise::ToInteger, 0xCF00'0000) == 0x8000'0000);
    CHECK(result_of(Elementwise::ToInteger, 0xFF80'0000) == 0x8000'0000);
    CHECK(result_of(Elementwise::ToInteger, kNan) == 0);
    CHECK(result_of(Elementwise::FromInteger, 0xFFFF'FFFF) == 0xBF80'0000);
    CHECK(result_of(Elementwise::FromInteger, 0x7FFF'FFFF) == 0x4F00'0000);
    CHECK(result_of(Elementwise::FromInteger, 16'777'217) == 0x4B80'0000);  // ties to even
    CHECK(result_of(Elementwise::IntegerSubtract, 1, 2) == 0xFFFF'FFFF);
    CHECK(result_of(Elementwise::IntegerMultiply, 0x10001, 0x10001) == 0x20001);
    CHECK(result_of(Elementwise::ShiftLeft, 3, 33) == 6);
    CHECK(result_of(Elementwise::ShiftRight, 0x8000'0000, 31) == 1);
    CHECK(result_of(Elementwise::IntegerLess, 0xFFFF'FFFF, 0) == 1);
    CHECK(result_of(Elementwise::Xor, 0xFF, 0x0F) == 0xF0);
}

TEST_CASE("elementwise: illegal formats and places are refused") {
    Matrix real(2, 4, VectorFormat::Fp32, 0);
    Matrix integer(2, 4, VectorFormat::Int32, 0);
    const auto runs = [&](Elementwise operation, VectorInput a, VectorOutput output) {
        elementwise({operation, 2, 4, {a, a, a}, output});
    };
    CHECK_THROWS_AS(runs(Elementwise::Add, integer.input(), real.output()), std::invalid_argument);
    CHECK_THROWS_AS(runs(Elementwise::Add, real.input(), integer.output()), std::invalid_argument);
    CHECK_THROWS_AS(runs(Elementwise::Copy, real.input(), integer.output()), std::invalid_argument);
    CHECK_THROWS_AS(runs(Elementwise::Xor, real.input(), integer.output()), std::invalid_argument);
    VectorInput longer = real.input();
    longer.data = longer.data.first(28);
    CHECK_THROWS_AS(runs(Elementwise::Add, longer, real.output()), std::invalid_argument);
    VectorOutput narrow = real.output();
    narrow.ld = 12;
    CHECK_THROWS_AS(runs(Elementwise::Add, real.input(), narrow), std::invalid_argument);
    CHECK_NOTHROW(runs(Elementwise::Add, real.input(), real.output()));
}
