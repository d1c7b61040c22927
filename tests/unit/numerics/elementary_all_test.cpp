// SPDX-License-Identifier: Apache-2.0
// The elementary functions at all 2^32 numbers, on two threads. Prints what it measured.
#include <bit>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <future>
#include <optional>
#include <string_view>
#include <vector>

#include "elementary_arrays.h"
#include "elementary_wide.h"
#include "kernels.h"
#include "numerics/fp32_environment.h"

namespace {

using namespace athena::numerics;
using namespace athena::test;

constexpr std::uint64_t kEncodings = std::uint64_t{1} << 32;
constexpr std::size_t kBlock = 4096;

struct Outcome {
    Errors errors;
    std::optional<float> different;  // where the kernel is not the reference
};

// Encodings first, … end - 1.
Outcome check_range(const Promise& promise, bool measure_errors, std::uint64_t first,
                    std::uint64_t end) {
    Outcome outcome;
    std::vector<float> from(kBlock);
    std::vector<float> expected(kBlock);
    std::vector<float> to(kBlock);
    for (std::uint64_t begin = first; begin < end; begin += kBlock) {
        fill_encodings(from, begin, 1, end);
        for (std::size_t i = 0; i < kBlock; ++i) {
            expected[i] = promise.scalar(from[i]);
        }
        apply_elementary(promise.function, from, to);
        for (std::size_t i = 0; i < kBlock; ++i) {
            if (std::bit_cast<std::uint32_t>(to[i]) != std::bit_cast<std::uint32_t>(expected[i])) {
                outcome.different = from[i];
            }
        }
        for (std::size_t i = 0; measure_errors && i < kBlock; ++i) {
            outcome.errors.add(promise, from[i], expected[i]);
        }
    }
    return outcome;
}

Outcome check_all(const Promise& promise, bool measure_errors) {
    auto other = std::async(std::launch::async, check_range, std::cref(promise), measure_errors,
                            kEncodings / 2, kEncodings);
    Outcome outcome = check_range(promise, measure_errors, 0, kEncodings / 2);
    const Outcome second = other.get();
    outcome.errors.add(second.errors);
    if (second.different) {
        outcome.different = second.different;
    }
    return outcome;
}

void check(const Promise& promise) {
    const auto start = std::chrono::steady_clock::now();
    bool measure_errors = true;  // once, the reference is the same for each kernel
    for (const std::int64_t target : kernel_targets()) {
        const KernelScope scope(target);
        if (gemm_kernel_name() == std::string_view("scalar") && !measure_errors) {
            continue;  // the reference itself
        }
        const Outcome outcome = check_all(promise, measure_errors);
        CAPTURE(promise.name, gemm_kernel_name());
        if (outcome.different) {
            CAPTURE(*outcome.different, std::bit_cast<std::uint32_t>(*outcome.different));
            CHECK_FALSE(outcome.different.has_value());
        }
        if (measure_errors) {
            const Errors& errors = outcome.errors;
            std::printf("%-16s  %.4f ulp at %a", promise.name, errors.ulps,
                        static_cast<double>(errors.ulps_at));
            if (promise.zone_error > 0) {
                std::printf(", between %g and %g %.3g at %a", promise.zone_low, promise.zone_high,
                            errors.zone_error, static_cast<double>(errors.zone_error_at));
            }
            CAPTURE(errors.wrong_kind, errors.wrong_kind_at);
            CHECK(errors.keeps(promise));
            measure_errors = false;
        }
        std::printf(", %s", gemm_kernel_name());
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::printf(", %.0f s\n", time.count());
    std::fflush(stdout);
}

}  // namespace

TEST_CASE("elementary: errors are as promised and every kernel equals the reference, everywhere") {
    for (const Promise& promise : promises()) {
        DYNAMIC_SECTION(promise.name) {  // one alone: elementary_all -c gelu
            check(promise);
        }
    }
}
