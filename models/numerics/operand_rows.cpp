// SPDX-License-Identifier: Apache-2.0
#include "numerics/operand_rows.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace athena::numerics {
namespace {

// Each encoding of a format of 8 bits or less as FP32.
template <OperandFormat kFormat>
constexpr auto make_table() {
    std::array<float, 1U << element_bits(kFormat)> table{};
    for (std::size_t bits = 0; bits < table.size(); ++bits) {
        table[bits] = fp32_from_element(kFormat, static_cast<std::uint16_t>(bits));
    }
    return table;
}
template <OperandFormat kFormat>
constexpr auto kTable = make_table<kFormat>();

// Both elements of each byte of MXFP4.
constexpr auto kMxfp4Pairs = [] {
    std::array<std::array<float, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
        pairs[byte] = {kTable<OperandFormat::Mxfp4>[byte % 16],
                       kTable<OperandFormat::Mxfp4>[byte / 16]};
    }
    return pairs;
}();

// `count` elements that begin on a byte. A group is what fills whole bytes: one element of 8 bits,
// four of 6, two of 4.
template <OperandFormat kFormat>
void decode(const std::byte* from, std::size_t count, float* to) {
    constexpr std::uint32_t kBits = element_bits(kFormat);
    constexpr std::uint32_t kGroup = kBits == 8 ? 1 : kBits == 6 ? 4 : 2;
    const auto group = [&](std::size_t bytes) {
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            bits |= std::to_integer<std::uint32_t>(from[i]) << 8 * i;
        }
        return bits;
    };
    const auto value = [](std::uint32_t bits, std::uint32_t index) {
        return kTable<kFormat>[bits >> index * kBits & ((1U << kBits) - 1)];
    };
    std::size_t done = 0;
    for (; done + kGroup <= count; done += kGroup, from += kGroup * kBits / 8) {
        const std::uint32_t bits = group(kGroup * kBits / 8);
        if constexpr (kFormat == OperandFormat::Mxfp4) {
            std::memcpy(to + done, &kMxfp4Pairs[bits], sizeof kMxfp4Pairs[bits]);
        } else {
            for (std::uint32_t i = 0; i < kGroup; ++i) {
                to[done + i] = value(bits, i);
            }
        }
    }
    const auto rest = static_cast<std::uint32_t>(count - done);
    const std::uint32_t bits = group((rest * kBits + 7) / 8);
    for (std::uint32_t i = 0; i < rest; ++i) {
        to[done + i] = value(bits, i);
    }
}

using Decode = void (*)(const std::byte* from, std::size_t count, float* to);

constexpr std::array<Decode, kOperandFormats> kDecoders = {
    nullptr,
    &decode<OperandFormat::E4m3>,
    &decode<OperandFormat::E5m2>,
    &decode<OperandFormat::Mxfp8E4m3>,
    &decode<OperandFormat::Mxfp8E5m2>,
    &decode<OperandFormat::Mxfp6E3m2>,
    &decode<OperandFormat::Mxfp6E2m3>,
    &decode<OperandFormat::Mxfp4>,
    &decode<OperandFormat::Mxint8>,
};

}  // namespace

void decode_run(const Operand& operand, std::size_t row, std::size_t begin, std::size_t count,
                float* to) {
    const Decode decode_format = kDecoders[static_cast<std::size_t>(operand.format)];
    const std::byte* from =
        operand.data.data() + row * operand.ld + begin / 8 * element_bits(operand.format);
    if (!has_scales(operand.format)) {
        decode_format(from + begin % 8, count, to);  // a byte each
        return;
    }
    decode_format(from, count, to);
    const std::byte* scale = operand.scales.data() + row * operand.scale_ld + begin / kMxBlock;
    for (std::size_t done = 0; done < count; done += kMxBlock, ++scale) {
        const float factor = fp32_from_e8m0(std::to_integer<std::uint8_t>(*scale));
        float* const end = to + std::min(count, done + kMxBlock);
        for (float* element = to + done; element != end; ++element) {
            *element *= factor;
        }
    }
}

}  // namespace athena::numerics
