// SPDX-License-Identifier: Apache-2.0
// Elements a second of the elementary functions and random numbers on one core, from and to level-1
// cache, beside a loop that does one FMA an element. Each row is a median of samples taken in
// turns.
#include <hwy/targets.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "numerics/gemm.h"
#include "numerics/philox_fill.h"
#include "tests/bench/elementary/fma_map.h"
#include "tests/unit/numerics/elementary_arrays.h"

namespace {

using namespace athena::numerics;
using athena::test::apply_elementary;
using athena::test::apply_elementary_reference;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kElements = 3072;  // 12 KiB read, 12 KiB written
constexpr std::size_t kSamples = 300;

struct Row {
    const char* name;
    Elementwise function;
    float low;
    float high;
};

constexpr Row kRows[] = {
    {"exp", Elementwise::Exp, -20, 20},
    {"log", Elementwise::Log, 0.01F, 100},
    {"tanh", Elementwise::Tanh, -5, 5},
    {"gelu", Elementwise::Gelu, -6, 6},
    {"gelu derivative", Elementwise::GeluBackward, -6, 6},
    {"rsqrt", Elementwise::ReciprocalSquareRoot, 0.01F, 100},
    {"reciprocal", Elementwise::Reciprocal, 0.01F, 100},
};

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Elements a second. A sample is short, so that other processes of the host disturb few of them.
template <typename Function>
double rate(Function function) {
    constexpr std::chrono::duration<double> kSample(30e-6);
    const auto start = Clock::now();
    std::chrono::duration<double> time(0);
    std::size_t calls = 0;
    do {
        function();
        ++calls;
        time = Clock::now() - start;
    } while (time < kSample);
    return static_cast<double>(calls * kElements) / time.count();
}

std::vector<float> numbers(float low, float high) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> distribution(low, high);
    std::vector<float> values(kElements);
    std::generate(values.begin(), values.end(), [&] { return distribution(random); });
    return values;
}

bool same_bits(float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

// `run` and `reference` each fill kElements numbers.
template <typename Run, typename Reference>
bool measure(const char* name, Run run, Reference reference) {
    const std::vector<float> from = numbers(-1, 1);
    std::vector<float> mapped(kElements);
    std::vector<float> to(kElements);
    std::vector<float> expected(kElements);
    std::vector<double> ours;
    std::vector<double> scalar;
    std::vector<double> bound;
    for (std::size_t sample = 0; sample < kSamples; ++sample) {
        bound.push_back(rate([&] { athena::bench::fma_map(from, mapped); }));
        scalar.push_back(rate([&] { reference(std::span<float>(expected)); }));
        ours.push_back(rate([&] { run(std::span<float>(to)); }));
    }
    const bool is_equal = std::equal(to.begin(), to.end(), expected.begin(), same_bits);
    const double our_rate = median(ours);
    const double bound_rate = median(bound);
    std::printf("%-16s  %8.3f  %8.3f  %8.3f  %6.3f  %s\n", name, bound_rate / 1e9,
                median(scalar) / 1e9, our_rate / 1e9, our_rate / bound_rate,
                is_equal ? "equal" : "DIFFERENT");
    std::fflush(stdout);
    return is_equal;
}

bool measure(const Row& row) {
    const std::vector<float> from = numbers(row.low, row.high);
    return measure(
        row.name, [&](std::span<float> to) { apply_elementary(row.function, from, to); },
        [&](std::span<float> to) { apply_elementary_reference(row.function, from, to); });
}

bool measure(const char* name, Distribution distribution) {
    const PhiloxStream stream{1, {2, 3, 4}};
    return measure(
        name, [&](std::span<float> to) { fill_random(distribution, stream, 0, to); },
        [&](std::span<float> to) { fill_random_reference(distribution, stream, 0, to); });
}

bool measure_all() {
    std::printf("kernel %s, one core; 1e9 elements a second\n", gemm_kernel_name());
    std::printf("function               fma    scalar    vector  of_fma  bits\n");
    bool is_equal = true;
    for (const Row& row : kRows) {
        is_equal = measure(row) && is_equal;
    }
    is_equal = measure("random uniform", Distribution::Uniform) && is_equal;
    return measure("random normal", Distribution::Normal) && is_equal;
}

}  // namespace

int main() {
    bool is_equal = true;
    std::set<std::string> done;
    for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
        if (done.insert(gemm_kernel_name()).second) {
            is_equal = measure_all() && is_equal;
        }
    }
    return is_equal ? 0 : 1;
}
