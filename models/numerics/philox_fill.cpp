// SPDX-License-Identifier: Apache-2.0
#include "numerics/philox_fill.h"

#include <algorithm>
#include <stdexcept>

#include "numerics/fp32_environment.h"
#include "numerics/philox.h"
#include "numerics/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/philox_fill.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/philox-inl.h"

#ifndef ATHENA_NUMERICS_PHILOX_FILL_ONCE
#define ATHENA_NUMERICS_PHILOX_FILL_ONCE
namespace athena::numerics {
namespace {

constexpr std::uint64_t kPerBlock = 4;

// Writes `elements` numbers from blocks `block`, block + 1, … to a buffer.
template <typename WriteBlocks>
void fill_by(WriteBlocks write_blocks, std::uint64_t blocks_at_once, std::uint64_t first,
             std::span<float> to, float* buffer) {
    const std::uint64_t at_once = blocks_at_once * kPerBlock;
    const std::uint64_t end = first + to.size();
    for (std::uint64_t begin = first / kPerBlock * kPerBlock; begin < end; begin += at_once) {
        const auto block = static_cast<std::uint32_t>(begin / kPerBlock);
        if (begin >= first && begin + at_once <= end) {
            write_blocks(block, to.data() + (begin - first));
            continue;
        }
        write_blocks(block, buffer);
        const std::uint64_t from = std::max(begin, first);
        std::copy(buffer + (from - begin), buffer + (std::min(begin + at_once, end) - begin),
                  to.data() + (from - first));
    }
}

void run_reference(Distribution distribution, const PhiloxStream& stream, std::uint64_t first,
                   std::span<float> to) {
    const auto write = [&](std::uint32_t block, float* numbers) {
        const PhiloxBlock words =
            philox({block, stream.counter[0], stream.counter[1], stream.counter[2]}, stream.key);
        const auto values =
            distribution == Distribution::Uniform ? uniform_block(words) : normal_block(words);
        std::copy(values.begin(), values.end(), numbers);
    };
    float buffer[kPerBlock];
    fill_by(write, 1, first, to, buffer);
}

}  // namespace
}  // namespace athena::numerics
#endif

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

using Fp32Tag = hn::ScalableTag<float>;

PhiloxVectors<Fp32Tag> blocks_from(const PhiloxStream& stream, std::uint32_t block) {
    const WordTag<Fp32Tag> words;
    return philox(Fp32Tag(),
                  PhiloxVectors<Fp32Tag>{hn::Iota(words, block), hn::Set(words, stream.counter[0]),
                                         hn::Set(words, stream.counter[1]),
                                         hn::Set(words, stream.counter[2])},
                  stream.key);
}

void write_uniform(const PhiloxStream& stream, std::uint32_t block, float* numbers) {
    const Fp32Tag d;
    const auto w = blocks_from(stream, block);
    hn::StoreInterleaved4(unit_float(d, w.w0), unit_float(d, w.w1), unit_float(d, w.w2),
                          unit_float(d, w.w3), d, numbers);
}

void write_normal(const PhiloxStream& stream, std::uint32_t block, float* numbers) {
    const Fp32Tag d;
    const auto w = blocks_from(stream, block);
    const auto first = normal_pair(d, w.w0, w.w1);
    const auto second = normal_pair(d, w.w2, w.w3);
    hn::StoreInterleaved4(first.high, first.low, second.high, second.low, d, numbers);
}

void run(Distribution distribution, const PhiloxStream& stream, std::uint64_t first,
         std::span<float> to) {
    const Fp32Tag d;
    HWY_ALIGN float buffer[hn::MaxLanes(d) * kPerBlock];
    if (distribution == Distribution::Uniform) {
        const auto write = [&](std::uint32_t block, float* numbers) {
            write_uniform(stream, block, numbers);
        };
        fill_by(write, hn::Lanes(d), first, to, buffer);
    } else {
        const auto write = [&](std::uint32_t block, float* numbers) {
            write_normal(stream, block, numbers);
        };
        fill_by(write, hn::Lanes(d), first, to, buffer);
    }
}

#else  // no vector FMA: std::fma is exact everywhere

void run(Distribution distribution, const PhiloxStream& stream, std::uint64_t first,
         std::span<float> to) {
    run_reference(distribution, stream, first, to);
}

#endif

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::numerics {
namespace {

HWY_EXPORT(run);

void check_range(std::uint64_t first, std::size_t size) {
    const std::uint64_t end = kPerBlock << 32;
    if (first > end || size > end - first) {
        throw std::invalid_argument("philox: a range beyond element 2^34");
    }
}

}  // namespace

void fill_random(Distribution distribution, const PhiloxStream& stream, std::uint64_t first,
                 std::span<float> to) {
    check_range(first, to.size());
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run)(distribution, stream, first, to);
}

void fill_random_reference(Distribution distribution, const PhiloxStream& stream,
                           std::uint64_t first, std::span<float> to) {
    check_range(first, to.size());
    const Fp32Environment environment;
    run_reference(distribution, stream, first, to);
}

}  // namespace athena::numerics
#endif
