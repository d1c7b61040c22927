// SPDX-License-Identifier: Apache-2.0
// The specification of the sums over rows (docs/vector-numerics.md).
#include <algorithm>

#include "numerics/fp32_environment.h"
#include "numerics/ordered_sums.h"
#include "numerics/vector_arguments.h"

namespace athena::numerics {

void check_arguments(const ColumnSumArgs& args) {
    check_real("a", args.a, {args.rows, args.columns});
    check_fp32("out", args.output, {1, args.columns});
}

void column_sum_reference(const ColumnSumArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    for (std::size_t column = 0; column < args.columns; ++column) {
        const auto at = [&](std::size_t row) { return load(args.a, row, column); };
        float total = args.accumulate ? load_fp32(args.output, 0, column) : 0.0F;
        for (std::size_t first = 0; first < args.rows; first += kColumnSumRows) {
            const std::size_t end = std::min(args.rows, first + kColumnSumRows);
            float chunk = at(first);
            for (std::size_t row = first + 1; row < end; ++row) {
                chunk += at(row);
            }
            total = first == 0 && !args.accumulate ? chunk : total + chunk;
        }
        store(args.output, 0, column, total);
    }
}

void ordered_sum(const OrderedSumArgs& args) {
    check_real("a", args.a, {args.rows, args.columns});
    check_fp32("out", args.output, {1, 1});
    const Fp32Environment environment;
    const bool is_empty = args.rows == 0 || args.columns == 0;
    // -0 changes no first element.
    float total = args.accumulate ? load_fp32(args.output, 0, 0) : is_empty ? 0.0F : -0.0F;
    for (std::size_t row = 0; row < args.rows; ++row) {
        for (std::size_t column = 0; column < args.columns; ++column) {
            total += load(args.a, row, column);
        }
    }
    store(args.output, 0, 0, total);
}

}  // namespace athena::numerics
