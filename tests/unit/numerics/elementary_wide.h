// SPDX-License-Identifier: Apache-2.0
// The elementary functions in double, as what their FP32 forms are measured against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "numerics/elementwise.h"

namespace athena::test {

// What docs/vector-numerics.md promises of one function. Between zone_low and zone_high (both
// excluded; for most functions nothing) the error is bound as a number, elsewhere in units of the
// exact result's last place.
struct Promise {
    numerics::Elementwise function;
    const char* name;
    float (*scalar)(float);
    double (*wide)(double);
    double ulps;
    double zone_low = 0;
    double zone_high = 0;
    double zone_error = 0;
};

[[nodiscard]] std::span<const Promise> promises();

struct Errors {
    double ulps = 0;  // the largest outside the zone
    float ulps_at = 0;
    double zone_error = 0;  // the largest inside
    float zone_error_at = 0;
    // Inputs of another kind of result: NaN or not, another NaN than 0x7FC00000, the sign of zero.
    std::uint64_t wrong_kind = 0;
    float wrong_kind_at = 0;

    void add(const Promise& promise, float x, float result);
    void add(const Errors& other);
    [[nodiscard]] bool keeps(const Promise& promise) const;
};

// The FP32 numbers of encodings first, first + stride, … as long as they are below `end`, at most
// as many as fit; gives how many.
std::size_t fill_encodings(std::span<float> numbers, std::uint64_t first, std::uint64_t stride,
                           std::uint64_t end);

}  // namespace athena::test
