// SPDX-License-Identifier: Apache-2.0
#include "numerics/philox.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "kernels.h"
#include "numerics/fp32_environment.h"
#include "numerics/philox_fill.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

constexpr PhiloxStream kStream{0x299F'31D0'A409'3822, {0x85A3'08D3, 0x1319'8A2E, 0x0370'7344}};
constexpr std::size_t kMany = 1'000'000;

std::vector<std::uint32_t> bits(std::span<const float> values) {
    std::vector<std::uint32_t> encodings;
    for (const float value : values) {
        encodings.push_back(std::bit_cast<std::uint32_t>(value));
    }
    return encodings;
}

std::vector<float> by_reference(Distribution distribution, std::uint64_t first, std::size_t size) {
    std::vector<float> to(size);
    fill_random_reference(distribution, kStream, first, to);
    return to;
}

// n raised to a distance between distributions that one of a million samples exceeds: Kolmogorov's
// limit, 2 exp(-2 x^2) = 10^-6.
const double kKolmogorov = std::sqrt(-std::log(0.5e-6) / 2);

// sqrt(n) times the largest distance between the samples' distribution function and the given one.
template <typename DistributionFunction>
double kolmogorov_smirnov(std::vector<float> samples, DistributionFunction function) {
    std::sort(samples.begin(), samples.end());
    const auto n = static_cast<double>(samples.size());
    double distance = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double expected = function(samples[i]);
        const auto below = static_cast<double>(i);
        distance = std::max({distance, expected - below / n, (below + 1) / n - expected});
    }
    return distance * std::sqrt(n);
}

double mean_power(const std::vector<float>& samples, int power) {
    double sum = 0;
    for (const float sample : samples) {
        sum += std::pow(sample, power);
    }
    return sum / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("philox: gives Random123's known answers") {
    // Random123 1.14.0, tests/kat_vectors, lines "philox4x32 10".
    CHECK(philox({0, 0, 0, 0}, 0) ==
          PhiloxBlock{0x6627'e8d5, 0xe169'c58d, 0xbc57'ac4c, 0x9b00'dbd8});
    CHECK(philox({0xffff'ffff, 0xffff'ffff, 0xffff'ffff, 0xffff'ffff}, 0xffff'ffff'ffff'ffff) ==
          PhiloxBlock{0x408f'276d, 0x41c8'3b0e, 0xa20b'c7c6, 0x6d54'51fd});
    CHECK(philox({0x243f'6a88, 0x85a3'08d3, 0x1319'8a2e, 0x0370'7344}, 0x299f'31d0'a409'3822) ==
          PhiloxBlock{0xd16c'fe09, 0x94fd'cceb, 0x5001'e420, 0x2412'6ea1});
}

TEST_CASE("philox: unit floats are the upper 24 bits, below 1") {
    CHECK(unit_float(0) == 0.0F);
    CHECK(unit_float(0xFF) == 0.0F);
    CHECK(unit_float(0x100) == 0x1p-24F);
    CHECK(unit_float(0x8000'0000) == 0.5F);
    CHECK(unit_float(0xFFFF'FFFF) == 1.0F - 0x1p-24F);
}

TEST_CASE("philox: element i is number i mod 4 of block i / 4") {
    const std::uint64_t first = 0x243F'6A88ULL * 4;  // the block of the third known answer
    CHECK(by_reference(Distribution::Uniform, first, 4) ==
          std::vector<float>{unit_float(0xd16c'fe09), unit_float(0x94fd'cceb),
                             unit_float(0x5001'e420), unit_float(0x2412'6ea1)});
    const auto deviates = by_reference(Distribution::Normal, first, 4);
    const Fp32Environment environment;
    const auto pair = normal_pair(0x5001'e420, 0x2412'6ea1);
    CHECK(deviates[2] == pair[0]);
    CHECK(deviates[3] == pair[1]);
}

TEST_CASE("philox: every kernel equals the reference, however a range is cut") {
    for (const auto distribution : {Distribution::Uniform, Distribution::Normal}) {
        const std::vector<float> whole = by_reference(distribution, 0, 100'000);
        for (const std::int64_t target : kernel_targets()) {
            const KernelScope scope(target);
            std::vector<float> to(whole.size());
            fill_random(distribution, kStream, 0, to);
            CHECK(bits(to) == bits(whole));
            for (std::size_t first = 0; first < 80; ++first) {
                for (const std::size_t size : {0U, 1U, 3U, 5U, 8U, 64U, 150U}) {
                    std::vector<float> part(size + 1, 42.0F);
                    fill_random(distribution, kStream, first, std::span(part).first(size));
                    CHECK(part.back() == 42.0F);
                    part.pop_back();
                    CHECK(bits(part) == bits(std::span(whole).subspan(first, size)));
                }
            }
        }
    }
}

TEST_CASE("philox: ranges end at element 2^34") {
    const std::uint64_t end = std::uint64_t{1} << 34;
    std::vector<float> to(9);
    for (const std::int64_t target : kernel_targets()) {
        const KernelScope scope(target);
        fill_random(Distribution::Uniform, kStream, end - to.size(), to);
        CHECK(to == by_reference(Distribution::Uniform, end - to.size(), to.size()));
    }
    CHECK_THROWS_AS(fill_random(Distribution::Uniform, kStream, end - 8, to),
                    std::invalid_argument);
    CHECK_THROWS_AS(fill_random_reference(Distribution::Normal, kStream, end + 1, to),
                    std::invalid_argument);
}

TEST_CASE("philox: normal pairs are Box and Muller's, to 2^-22 of their radius") {
    const Fp32Environment environment;
    double largest = 0;
    const auto check = [&](std::uint32_t radius_word, std::uint32_t angle_word) {
        const double u = 1 - static_cast<double>(radius_word >> 8) * 0x1p-24;
        const double radius = std::sqrt(-2 * std::log(u));
        const double angle = 2 * std::numbers::pi * static_cast<double>(angle_word >> 8) * 0x1p-24;
        const auto pair = normal_pair(radius_word, angle_word);
        const double error = std::max(std::abs(pair[0] - radius * std::cos(angle)),
                                      std::abs(pair[1] - radius * std::sin(angle)));
        largest = std::max(largest, radius == 0 ? error * 0x1p40 : error / radius);
    };
    for (std::uint32_t step = 0; step < 2'000'000; ++step) {
        check(step * 0x9E37'79B9U, step * 0xBB67'AE85U);
    }
    for (std::uint32_t eighth = 0; eighth < 8; ++eighth) {
        for (std::uint32_t step = 0; step < 2000; ++step) {
            const std::uint32_t near = (step - 1000) << 8;
            check(0x1234'5678, (eighth << 29) + near);
            check(near, eighth << 29);
        }
    }
    INFO("largest relative error " << largest);
    CHECK(largest < 0x1p-22);
}

TEST_CASE("philox: a million uniform numbers have the moments and the distribution of [0, 1)") {
    const auto samples = by_reference(Distribution::Uniform, 0, kMany);
    CHECK(*std::min_element(samples.begin(), samples.end()) >= 0.0F);
    CHECK(*std::max_element(samples.begin(), samples.end()) < 1.0F);
    // Five standard errors: the variance of u is 1/12, of u^2 4/45.
    CHECK(std::abs(mean_power(samples, 1) - 1.0 / 2) < 5 * std::sqrt(1.0 / 12 / kMany));
    CHECK(std::abs(mean_power(samples, 2) - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / kMany));
    CHECK(kolmogorov_smirnov(samples, [](double x) { return x; }) < kKolmogorov);
}

TEST_CASE("philox: a million normal deviates have the moments and the distribution of N(0, 1)") {
    const auto samples = by_reference(Distribution::Normal, 0, kMany);
    // Five standard errors: the variance of x is 1, of x^2 2, of x^3 15, of x^4 96.
    CHECK(std::abs(mean_power(samples, 1)) < 5 * std::sqrt(1.0 / kMany));
    CHECK(std::abs(mean_power(samples, 2) - 1) < 5 * std::sqrt(2.0 / kMany));
    CHECK(std::abs(mean_power(samples, 3)) < 5 * std::sqrt(15.0 / kMany));
    CHECK(std::abs(mean_power(samples, 4) - 3) < 5 * std::sqrt(96.0 / kMany));
    const auto normal = [](double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; };
    CHECK(kolmogorov_smirnov(samples, normal) < kKolmogorov);
    // Neighbours, which share a radius or a block, do not hang together: the product's variance
    // is 1, that of the product of squares less their means 4.
    for (std::size_t distance = 1; distance <= 4; ++distance) {
        double product = 0;
        double squares = 0;
        for (std::size_t i = 0; i + distance < kMany; ++i) {
            const double x = samples[i];
            const double y = samples[i + distance];
            product += x * y;
            squares += (x * x - 1) * (y * y - 1);
        }
        CHECK(std::abs(product) < 5 * std::sqrt(kMany));
        CHECK(std::abs(squares) < 5 * std::sqrt(4.0 * kMany));
    }
}
