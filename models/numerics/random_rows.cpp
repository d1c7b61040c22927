// SPDX-License-Identifier: Apache-2.0
#include "numerics/random_rows.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "numerics/fp32_environment.h"
#include "numerics/vector_arguments.h"

namespace athena::numerics {

void random_rows(const RandomRowsArgs& args) {
    check_real("out", args.output, {args.rows, args.columns});
    if (args.first > kMostRandom || args.rows * args.columns > kMostRandom - args.first) {
        throw std::invalid_argument("vector operation: beyond the end of the random stream");
    }
    const PhiloxStream stream{.key = args.key, .counter = {args.stream, 0, 0}};
    std::array<float, 1024> deviates{};
    const Fp32Environment environment;
    for (std::size_t row = 0; row < args.rows; ++row) {
        for (std::size_t begin = 0; begin < args.columns; begin += deviates.size()) {
            const std::size_t count = std::min(deviates.size(), args.columns - begin);
            fill_random(args.distribution, stream, args.first + row * args.columns + begin,
                        std::span(deviates).first(count));
            for (std::size_t i = 0; i < count; ++i) {
                store(args.output, row, begin + i,
                      fused_multiply_add(deviates[i], args.scale, args.offset));
            }
        }
    }
}

}  // namespace athena::numerics
