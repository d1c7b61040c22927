// SPDX-License-Identifier: Apache-2.0
// The specification of the optimiser's update (docs/vector-numerics.md).
#include <cmath>

#include "numerics/fp32_environment.h"
#include "numerics/optimiser.h"
#include "numerics/vector_arguments.h"

namespace athena::numerics {

void check_arguments(const AdamWArgs& args) {
    const Shape shape{args.rows, args.columns};
    check_real("gradient", args.gradient, shape);
    check_real("factors", args.factors, {1, kAdamWFactors});
    check_real("clip", args.clip, shape);
    check_fp32("p", args.p, shape);
    check_fp32("m", args.m, shape);
    check_fp32("v", args.v, shape);
}

AdamWFactors load_factors(const VectorInput& factors) {
    const auto at = [&](std::size_t index) { return load(factors, 0, index); };
    return {at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)};
}

void adamw_reference(const AdamWArgs& args) {
    check_arguments(args);
    const Fp32Environment environment;
    const AdamWFactors f = load_factors(args.factors);
    for (std::size_t row = 0; row < args.rows; ++row) {
        for (std::size_t i = 0; i < args.columns; ++i) {
            const float g = load(args.gradient, row, i) * load(args.clip, row, i);
            const float m =
                fused_multiply_add(f.beta1, load_fp32(args.m, row, i), f.one_less_beta1 * g);
            const float v =
                fused_multiply_add(f.beta2, load_fp32(args.v, row, i), f.one_less_beta2 * g * g);
            const float divisor = fused_multiply_add(std::sqrt(v), f.root_scale, f.epsilon);
            const float p =
                fused_multiply_add(-f.step, m / divisor, load_fp32(args.p, row, i) * f.decay);
            store(args.m, row, i, m);
            store(args.v, row, i, v);
            store(args.p, row, i, p);
        }
    }
}

}  // namespace athena::numerics
