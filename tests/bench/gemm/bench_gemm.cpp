// SPDX-License-Identifier: Apache-2.0
// The rate of gemm() on one core against two bounds measured in the same run: FP32 FMAs that stay
// in registers, and OpenBLAS sgemm on the same values as FP32. Ours starts from BF16 in memory, so
// decoding and packing count. Fails only if bits differ from gemm_reference().
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <span>
#include <vector>

#include "numerics/bf16.h"
#include "numerics/gemm.h"
#include "numerics/gemm_kernel.h"
#include "tests/bench/gemm/fma_peak.h"

namespace {

using athena::numerics::GemmArgs;
using athena::numerics::OperandFormat;
using athena::numerics::ResultFormat;
using athena::numerics::Workspace;
using Clock = std::chrono::steady_clock;

struct Shape {
    std::size_t m;
    std::size_t n;
    std::size_t k;
    ResultFormat format;
    double seconds;  // of measuring, shared by the three contestants
};

constexpr Shape kShapes[] = {
    {512, 512, 512, ResultFormat::Fp32, 0.9}, {512, 512, 512, ResultFormat::Bf16, 0.3},
    {64, 256, 192, ResultFormat::Fp32, 0.2},  {192, 256, 64, ResultFormat::Fp32, 0.2},
    {64, 65, 256, ResultFormat::Fp32, 0.2},   {16, 16, 256, ResultFormat::Fp32, 0.2},
    {1, 512, 512, ResultFormat::Fp32, 0.2},
};

class Problem {
  public:
    explicit Problem(const Shape& shape)
        : shape_(shape), a_(shape.m * shape.k), b_(shape.k * shape.n), c_(shape.m * shape.n) {
        std::mt19937 random(1);
        std::normal_distribution<float> normal;
        fill(a_, a_fp32_, random, normal);
        fill(b_, b_fp32_, random, normal);
        c_fp32_.resize(c_.size());
        args_ = {shape.m,
                 shape.n,
                 shape.k,
                 {std::as_bytes(std::span(a_)), shape.k * 2},
                 {std::as_bytes(std::span(b_)), shape.n * 2},
                 {std::as_writable_bytes(std::span(c_)),
                  shape.n * athena::numerics::element_bytes(shape.format), shape.format}};
    }

    void run_ours() { athena::numerics::gemm(args_, workspace_); }

    void run_sgemm() {
        const auto m = static_cast<blasint>(shape_.m);
        const auto n = static_cast<blasint>(shape_.n);
        const auto k = static_cast<blasint>(shape_.k);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0F, a_fp32_.data(), k,
                    b_fp32_.data(), n, 0.0F, c_fp32_.data(), n);
    }

    bool equals_reference() {
        run_ours();
        const std::vector<float> ours = c_;
        std::fill(c_.begin(), c_.end(), 0.0F);
        athena::numerics::gemm_reference(args_);
        const std::size_t bytes = shape_.m * args_.c.ld;
        return std::memcmp(ours.data(), c_.data(), bytes) == 0;
    }

    double operations() const { return 2.0 * static_cast<double>(shape_.m * shape_.n * shape_.k); }

  private:
    static void fill(std::vector<std::uint16_t>& bf16, std::vector<float>& fp32,
                     std::mt19937& random, std::normal_distribution<float>& normal) {
        for (auto& element : bf16) {
            element = athena::numerics::bf16_from_fp32(normal(random));
            fp32.push_back(athena::numerics::fp32_from_bf16(element));
        }
    }

    Shape shape_;
    std::vector<std::uint16_t> a_;
    std::vector<std::uint16_t> b_;
    std::vector<float> c_;  // room for either format
    std::vector<float> a_fp32_;
    std::vector<float> b_fp32_;
    std::vector<float> c_fp32_;
    GemmArgs args_;
    Workspace workspace_;
};

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Seconds of one call, averaged over `calls`.
template <typename Function>
double time_calls(std::size_t calls, Function function) {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < calls; ++i) {
        function();
    }
    return seconds_since(start) / static_cast<double>(calls);
}

bool measure(const Shape& shape) {
    Problem problem(shape);
    const bool is_equal = problem.equals_reference();
    problem.run_sgemm();
    // A sample is long enough for the clock, and short enough that all three see the same
    // frequency.
    const double once = time_calls(1, [&] { problem.run_ours(); });
    const auto calls = static_cast<std::size_t>(1 + 0.002 / once);
    const auto fma_iterations =
        static_cast<std::uint64_t>(0.002 * 1e11 / (12 * 2 * 16)) + 1;  // about 2 ms
    std::vector<double> ours;
    std::vector<double> sgemm;
    std::vector<double> peak;
    for (const auto start = Clock::now();
         seconds_since(start) < shape.seconds || ours.size() < 5;) {
        peak.push_back(1.0 / time_calls(1, [&] { athena::bench::run_fma_loop(fma_iterations); }));
        sgemm.push_back(problem.operations() / time_calls(calls, [&] { problem.run_sgemm(); }));
        ours.push_back(problem.operations() / time_calls(calls, [&] { problem.run_ours(); }));
    }
    const auto loop_operations =
        static_cast<double>(athena::bench::run_fma_loop(fma_iterations).operations);
    const double peak_rate = median(peak) * loop_operations;
    const double sgemm_rate = median(sgemm);
    const double rate = median(ours);
    std::printf("%4zu x %4zu x %4zu  %-4s  %8.1f  %8.1f  %8.1f  %11.2f  %8.2f  %s\n", shape.m,
                shape.n, shape.k, shape.format == ResultFormat::Fp32 ? "FP32" : "BF16",
                peak_rate / 1e9, sgemm_rate / 1e9, rate / 1e9, rate / peak_rate, rate / sgemm_rate,
                is_equal ? "equal" : "DIFFERENT");
    std::fflush(stdout);
    return is_equal;
}

// C = A x B of one format, B transposed as MX needs it.
class FormatProblem {
  public:
    explicit FormatProblem(OperandFormat format) : c_(kFormatSide * kFormatSide) {
        const std::size_t ld = athena::numerics::row_bytes(format, kFormatSide);
        std::mt19937 random(1);
        a_.resize(kFormatSide * ld);
        b_.resize(kFormatSide * ld);
        for (std::size_t i = 0; i < a_.size(); ++i) {
            // Moderate numbers, of BF16 from 0.5 to 2.
            const bool upper = format == OperandFormat::Bf16 && i % 2 != 0;
            a_[i] = upper ? std::byte{0x3F} : static_cast<std::byte>(random() & 0x3F);
            b_[i] = upper ? std::byte{0x3F} : static_cast<std::byte>(random() & 0x3F);
        }
        if (athena::numerics::has_scales(format)) {
            scales_.resize(kFormatSide * kFormatSide / 32, std::byte{127});
        }
        args_.m = args_.n = args_.k = kFormatSide;
        args_.a = {.data = a_, .ld = ld, .format = format, .scales = scales_, .scale_ld = kScaleLd};
        args_.b = {.data = b_,
                   .ld = ld,
                   .format = format,
                   .transposed = true,
                   .scales = scales_,
                   .scale_ld = kScaleLd};
        args_.c = {std::as_writable_bytes(std::span(c_)), kFormatSide * 4};
    }

    void run() { athena::numerics::gemm(args_, workspace_); }

  private:
    static constexpr std::size_t kFormatSide = 256;
    static constexpr std::size_t kScaleLd = kFormatSide / 32;

    std::vector<std::byte> a_;
    std::vector<std::byte> b_;
    std::vector<std::byte> scales_;
    std::vector<float> c_;
    GemmArgs args_;
    Workspace workspace_;
};

// Each format beside BF16, in turns.
void measure_formats() {
    constexpr const char* kNames[] = {"BF16",       "E4M3",       "E5M2",
                                      "MXFP8 E4M3", "MXFP8 E5M2", "MXFP6 E3M2",
                                      "MXFP6 E2M3", "MXFP4",      "MXINT8"};
    constexpr std::size_t kSamples = 40;
    FormatProblem bf16(OperandFormat::Bf16);
    std::printf("both operands of    256 x 256 x 256, rate of BF16\n");
    for (unsigned format = 1; format < athena::numerics::kOperandFormats; ++format) {
        FormatProblem other(static_cast<OperandFormat>(format));
        std::vector<double> ratios;
        for (std::size_t sample = 0; sample < kSamples; ++sample) {
            const double ours = time_calls(2, [&] { other.run(); });
            ratios.push_back(time_calls(2, [&] { bf16.run(); }) / ours);
        }
        std::printf("%-18s  %5.2f\n", kNames[format], median(ratios));
    }
}

}  // namespace

int main() {
    openblas_set_num_threads(1);
    std::printf("kernel %s%s, OpenBLAS %s, one core; GFLOP/s, medians of interleaved samples\n",
                athena::numerics::gemm_kernel_name(),
                athena::numerics::gemm_has_pairs() ? " by pairs" : "", openblas_get_corename());
    std::printf(
        "   m x    n x    k  C     fma_peak     sgemm      gemm  of_fma_peak  of_sgemm  bits\n");
    bool is_equal = true;
    for (const Shape& shape : kShapes) {
        is_equal = measure(shape) && is_equal;
    }
    measure_formats();
    return is_equal ? 0 : 1;
}
