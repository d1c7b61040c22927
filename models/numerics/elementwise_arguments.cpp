// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>

#include "numerics/elementwise.h"

namespace athena::numerics {

bool has_legal_formats(Elementwise operation, const std::array<VectorInput, 3>& inputs,
                       const VectorOutput& output) {
    const auto is_integer = [](VectorFormat format) { return format == VectorFormat::Int32; };
    if (operation == Elementwise::Copy) {
        return is_integer(inputs[0].format) == is_integer(output.format);
    }
    const auto taken = inputs.begin() + inputs_of(operation);
    return is_integer(output.format) == gives_integers(operation) &&
           std::all_of(inputs.begin(), taken, [&](const VectorInput& input) {
               return is_integer(input.format) == takes_integers(operation);
           });
}

void check_elementwise(const ElementwiseArgs& args) {
    static constexpr std::array<const char*, 3> kNames = {"a", "b", "c"};
    if (!has_legal_formats(args.operation, args.inputs, args.output)) {
        throw std::invalid_argument("vector operation: formats that it does not take");
    }
    for (unsigned input = 0; input < inputs_of(args.operation); ++input) {
        check_input(kNames[input], args.inputs[input], args.rows, args.columns);
    }
    check_output("out", args.output, args.rows, args.columns);
}

}  // namespace athena::numerics
