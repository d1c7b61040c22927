// SPDX-License-Identifier: Apache-2.0
#include "numerics/vector_operand.h"

#include <limits>
#include <stdexcept>
#include <string>

namespace athena::numerics {
namespace {

struct Place {
    const std::byte* base;
    std::size_t size;
    std::size_t ld;
    std::size_t element_bytes;
};

[[noreturn]] void reject(const char* name, const char* rule) {
    throw std::invalid_argument("vector operation: " + std::string(name) + ": " + rule);
}

void check_place(const char* name, const Place& place, std::size_t rows, std::size_t columns) {
    if (rows == 0 || columns == 0) {
        return;
    }
    if (reinterpret_cast<std::uintptr_t>(place.base) % place.element_bytes != 0 ||
        place.ld % place.element_bytes != 0) {
        reject(name, "base or ld is not a multiple of the element size");
    }
    if (columns > place.size / place.element_bytes) {
        reject(name, "a row does not fit its bytes");
    }
    const std::size_t room = place.size - columns * place.element_bytes;
    if (place.ld != 0 && rows - 1 > room / place.ld) {
        reject(name, "the rows do not fit their bytes");
    }
}

}  // namespace

void check_input(const char* name, const VectorInput& input, std::size_t rows,
                 std::size_t columns) {
    if (input.spread == Spread::Immediate) {
        return;
    }
    const std::size_t stored = input.spread == Spread::Column && columns != 0 ? 1 : columns;
    check_place(name, {input.data.data(), input.data.size(), input.ld, element_bytes(input.format)},
                rows, stored);
}

void check_output(const char* name, const VectorOutput& output, std::size_t rows,
                  std::size_t columns) {
    check_place(name,
                {output.data.data(), output.data.size(), output.ld, element_bytes(output.format)},
                rows, columns);
    if (rows > 1 && output.ld < columns * element_bytes(output.format)) {
        reject(name, "ld is shorter than a row");
    }
}

}  // namespace athena::numerics
