// SPDX-License-Identifier: Apache-2.0
// What the arithmetic instructions compute: the parts that C++ has no operator for.
#pragma once

#include <cstdint>
#include <type_traits>

namespace athena::riscv {

__extension__ using Wide = unsigned __int128;
__extension__ using SignedWide = __int128;

constexpr std::int64_t as_signed(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}
constexpr std::uint64_t as_unsigned(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}
constexpr std::uint64_t low_word(std::uint64_t value) {
    return value & 0xFFFF'FFFF;
}
constexpr std::uint64_t extend_word(std::uint64_t value) {
    return as_unsigned(static_cast<std::int32_t>(value));
}

constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(Wide{a} * b >> 64);
}
constexpr std::uint64_t multiply_high_signed(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(SignedWide{as_signed(a)} * as_signed(b) >> 64);
}
constexpr std::uint64_t multiply_high_mixed(std::uint64_t a, std::uint64_t b) {
    return static_cast<std::uint64_t>(SignedWide{as_signed(a)} * static_cast<SignedWide>(b) >> 64);
}

// Division by zero and overflow give values, not traps (Volume I, table 7.1).
template <typename Signed>
constexpr std::uint64_t divide(std::uint64_t a, std::uint64_t b) {
    const auto dividend = static_cast<Signed>(a);
    const auto divisor = static_cast<Signed>(b);
    if (divisor == 0) {
        return ~0ULL;
    }
    if (divisor == -1) {
        return as_unsigned(static_cast<Signed>(0 - a));
    }
    return as_unsigned(dividend / divisor);
}
template <typename Signed>
constexpr std::uint64_t remainder(std::uint64_t a, std::uint64_t b) {
    const auto dividend = static_cast<Signed>(a);
    const auto divisor = static_cast<Signed>(b);
    if (divisor == 0) {
        return as_unsigned(dividend);
    }
    return divisor == -1 ? 0 : as_unsigned(dividend % divisor);
}
template <typename Unsigned>
constexpr std::uint64_t divide_unsigned(std::uint64_t a, std::uint64_t b) {
    using Signed = std::make_signed_t<Unsigned>;
    const auto divisor = static_cast<Unsigned>(b);
    if (divisor == 0) {
        return ~0ULL;
    }
    return as_unsigned(static_cast<Signed>(static_cast<Unsigned>(a) / divisor));
}
template <typename Unsigned>
constexpr std::uint64_t remainder_unsigned(std::uint64_t a, std::uint64_t b) {
    using Signed = std::make_signed_t<Unsigned>;
    const auto divisor = static_cast<Unsigned>(b);
    const auto dividend = static_cast<Unsigned>(a);
    return as_unsigned(static_cast<Signed>(divisor == 0 ? dividend : dividend % divisor));
}

}  // namespace athena::riscv
