// SPDX-License-Identifier: Apache-2.0
#include "numerics/indexed_rows.h"

#include <stdexcept>

#include "numerics/fp32_environment.h"
#include "numerics/vector_arguments.h"

namespace athena::numerics {

void gather(const GatherArgs& args) {
    check_real("out", args.output, {args.rows, args.columns});
    check_real("table", args.table, {args.entries, args.columns});
    check_integers("indices", args.indices, {args.rows, args.columns});
    if (args.table.format != args.output.format || args.table.spread != Spread::Matrix) {
        throw std::invalid_argument("vector operation: table and out have different formats");
    }
    const std::size_t bytes = args.columns * element_bytes(args.output.format);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::uint32_t entry = load_bits(args.indices, row, 0) - args.first;
        if (entry < args.entries && bytes != 0) {
            std::memcpy(&args.output.data[row * args.output.ld],
                        &args.table.data[entry * args.table.ld], bytes);
        }
    }
}

void scatter_add(const ScatterAddArgs& args) {
    check_real("x", args.x, {args.rows, args.columns});
    check_integers("indices", args.indices, {args.rows, args.columns});
    check_fp32("table", args.table, {args.entries, args.columns});
    const Fp32Environment environment;
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::uint32_t entry = load_bits(args.indices, row, 0) - args.first;
        if (entry >= args.entries) {
            continue;
        }
        for (std::size_t column = 0; column < args.columns; ++column) {
            store(args.table, entry, column,
                  load_fp32(args.table, entry, column) + load(args.x, row, column));
        }
    }
}

}  // namespace athena::numerics
