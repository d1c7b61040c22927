// SPDX-License-Identifier: Apache-2.0
#include "matrices.h"

#include <cstring>

#include "operands.h"

namespace athena::test {
namespace {

ValueClass draw(std::mt19937& random, Mix mix) {
    const auto roll = static_cast<int>(random() % 1000);
    switch (mix) {
        case Mix::Numbers:
            return roll < 20 ? ValueClass::Zero : ValueClass::Middle;
        case Mix::Subnormal:
            return roll < 500 ? ValueClass::Subnormal : ValueClass::Middle;
        case Mix::Large:
            return roll < 30 ? ValueClass::Large : ValueClass::Middle;
        case Mix::Finite:
            return ValueClass{roll % kFiniteClasses};
        case Mix::All:
            break;
    }
    // Few enough of them that not all chains end in NaN.
    return roll < 4 ? ValueClass{kFiniteClasses + roll % (kClasses - kFiniteClasses)}
                    : ValueClass{roll % kFiniteClasses};
}

std::size_t elements(std::size_t rows, std::size_t ld) {
    return rows * ld;
}

}  // namespace

Product::Product(std::mt19937& random, const Shape& shape, Mix mix, std::size_t gap)
    : a_(elements(shape.m, shape.k + gap)), b_(elements(shape.k, shape.n + gap)) {
    for (auto& element : a_) {
        element = random_bf16(random, draw(random, mix));
    }
    for (auto& element : b_) {
        element = random_bf16(random, draw(random, mix));
    }
    const std::size_t element_bytes = numerics::element_bytes(shape.format);
    const std::size_t ld = (shape.n + gap) * element_bytes;
    const std::size_t guard = 64;
    for (std::size_t i = 0; i < shape.m * (shape.n + gap); ++i) {
        const std::uint32_t element = random_fp32(random, draw(random, mix));
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&element);
        old_c_.insert(old_c_.end(), bytes, bytes + element_bytes);
    }
    old_c_.resize(old_c_.size() + guard, 0xA5);
    c_ = old_c_;
    args_ = {shape.m,
             shape.n,
             shape.k,
             {std::as_bytes(std::span(a_)), (shape.k + gap) * 2},
             {std::as_bytes(std::span(b_)), (shape.n + gap) * 2},
             {std::as_writable_bytes(std::span(c_)), ld, shape.format},
             shape.accumulate};
}

std::uint16_t Product::a(std::size_t m, std::size_t k) const {
    return a_[m * args_.a.ld / 2 + k];
}

std::uint16_t Product::b(std::size_t k, std::size_t n) const {
    return b_[k * args_.b.ld / 2 + n];
}

std::uint32_t Product::old_c(std::size_t m, std::size_t n) const {
    std::uint32_t encoding = 0;
    std::memcpy(&encoding, &old_c_[m * args_.c.ld + n * 4], 4);
    return encoding;
}

std::uint32_t Product::c(std::size_t m, std::size_t n) const {
    const std::size_t element_bytes = numerics::element_bytes(args_.c.format);
    std::uint32_t encoding = 0;
    std::memcpy(&encoding, &c_[m * args_.c.ld + n * element_bytes], element_bytes);
    return encoding;
}

}  // namespace athena::test
