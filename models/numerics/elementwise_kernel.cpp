// SPDX-License-Identifier: Apache-2.0
// The elementwise operations by SIMD. They equal elementwise_reference() bit for bit because each
// element has a lane of its own, which runs the same operations.
#include "numerics/elementwise.h"
#include "numerics/fp32_environment.h"
#include "numerics/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/elementwise_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/elementary-inl.h"
#include "numerics/vector_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

using IntegerTag = hn::RebindToSigned<Fp32Tag>;

constexpr std::size_t kRun = 512;  // elements that are decoded at once: scratch stays in level 1

HWY_INLINE hn::Vec<BitsTag> bits_of(Vector value) {
    return hn::BitCast(BitsTag(), value);
}
HWY_INLINE Vector from_bits(hn::Vec<BitsTag> bits) {
    return hn::BitCast(Fp32Tag(), bits);
}

// As nearest_integer().
HWY_INLINE Vector to_integer(Vector value) {
    const Fp32Tag fp32;
    const IntegerTag integers;
    const auto beyond = hn::Set(fp32, 2147483648.0F);
    const auto largest = hn::BitCast(fp32, hn::Set(integers, 0x7FFF'FFFF));
    const auto least = hn::BitCast(fp32, hn::Set(BitsTag(), 0x8000'0000U));
    const auto inside = hn::And(hn::Lt(value, beyond), hn::Ge(value, hn::Neg(beyond)));
    const auto safe = hn::IfThenElseZero(inside, value);
    const auto nearest = hn::BitCast(fp32, hn::NearestInt(safe));
    const auto clamped = hn::IfThenElse(hn::Ge(value, beyond), largest, least);
    return hn::IfThenElse(inside, nearest,
                          hn::IfThenElse(hn::IsNaN(value), hn::Zero(fp32), clamped));
}

// f on each element of a run of `count`: whole vectors, then the rest in copies.
template <unsigned kInputs, class Function>
void map_run(const Function& f, const float* const (&from)[3], float* to, std::size_t count) {
    const Fp32Tag fp32;
    const auto apply = [&](const float* a, const float* b, const float* c, float* result) {
        const Vector first = hn::LoadU(fp32, a);
        const Vector second = kInputs > 1 ? hn::LoadU(fp32, b) : first;
        const Vector third = kInputs > 2 ? hn::LoadU(fp32, c) : first;
        hn::StoreU(f(first, second, third), fp32, result);
    };
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
        apply(from[0] + i, from[1] + i, from[2] + i, to + i);
    }
    if (i < count) {
        alignas(64) float rest[3][kLanes] = {};
        alignas(64) float result[kLanes];
        for (unsigned input = 0; input < kInputs; ++input) {
            std::copy(from[input] + i, from[input] + count, rest[input]);
        }
        apply(rest[0], rest[1], rest[2], result);
        std::copy(result, result + (count - i), to + i);
    }
}

template <unsigned kInputs, class Function>
void map(const ElementwiseArgs& args, const Function& f) {
    alignas(64) float scratch[3][kRun];
    alignas(64) float results[kRun];
    for (std::size_t row = 0; row < args.rows; ++row) {
        for (std::size_t begin = 0; begin < args.columns; begin += kRun) {
            const std::size_t count = std::min(kRun, args.columns - begin);
            const float* from[3] = {};
            for (unsigned input = 0; input < kInputs; ++input) {
                from[input] = read_run(args.inputs[input], row, begin, count, scratch[input]);
            }
            float* const to = run_target(args.output, row, begin, results);
            map_run<kInputs>(f, from, to, count);
            write_run(args.output, row, begin, count, to);
        }
    }
}

// Rows without gaps are one long row.
ElementwiseArgs flattened(const ElementwiseArgs& args) {
    const auto is_dense = [&](std::size_t ld, VectorFormat format) {
        return ld == args.columns * element_bytes(format);
    };
    bool dense = is_dense(args.output.ld, args.output.format);
    for (unsigned i = 0; i < inputs_of(args.operation); ++i) {
        const VectorInput& input = args.inputs[i];
        dense = dense && (input.spread == Spread::Immediate ||
                          (input.spread == Spread::Column && input.ld == 0) ||
                          (input.spread == Spread::Matrix && is_dense(input.ld, input.format)));
    }
    ElementwiseArgs result = args;
    if (dense) {
        result.columns *= result.rows;
        result.rows = 1;
    }
    return result;
}

void run_integers(const ElementwiseArgs& args) {
    const auto map_bits = [&](const auto& f) {
        map<2>(args, [&](Vector a, Vector b, Vector)
                         HWY_ATTR { return from_bits(f(bits_of(a), bits_of(b))); });
    };
    using Bits = hn::Vec<BitsTag>;
    const auto places = [](Bits b) HWY_ATTR { return hn::And(b, hn::Set(BitsTag(), 31)); };
    switch (args.operation) {
        case Elementwise::IntegerAdd:
            return map_bits([](Bits a, Bits b) HWY_ATTR { return hn::Add(a, b); });
        case Elementwise::IntegerSubtract:
            return map_bits([](Bits a, Bits b) HWY_ATTR { return hn::Sub(a, b); });
        case Elementwise::IntegerMultiply:
            return map_bits([](Bits a, Bits b) HWY_ATTR { return hn::Mul(a, b); });
        case Elementwise::And:
            return map_bits([](Bits a, Bits b) HWY_ATTR { return hn::And(a, b); });
        case Elementwise::Or:
            return map_bits([](Bits a, Bits b) HWY_ATTR { return hn::Or(a, b); });
        case Elementwise::Xor:
            return map_bits([](Bits a, Bits b) HWY_ATTR { return hn::Xor(a, b); });
        case Elementwise::ShiftLeft:
            return map_bits([&](Bits a, Bits b) HWY_ATTR { return hn::Shl(a, places(b)); });
        case Elementwise::ShiftRight:
            return map_bits([&](Bits a, Bits b) HWY_ATTR { return hn::Shr(a, places(b)); });
        default:
            return map<2>(args, [](Vector a, Vector b, Vector) HWY_ATTR {
                const IntegerTag integers;
                const auto less = hn::Lt(hn::BitCast(integers, a), hn::BitCast(integers, b));
                return hn::BitCast(Fp32Tag(), hn::IfThenElseZero(less, hn::Set(integers, 1)));
            });
    }
}

void run_moves(const ElementwiseArgs& args) {
    switch (args.operation) {
        case Elementwise::Copy:
            return map<1>(args, [](Vector a, Vector, Vector) HWY_ATTR { return a; });
        case Elementwise::Negate:
            return map<1>(args, [](Vector a, Vector, Vector)
                                    HWY_ATTR { return hn::Xor(a, hn::SignBit(Fp32Tag())); });
        case Elementwise::Abs:
            return map<1>(args, [](Vector a, Vector, Vector)
                                    HWY_ATTR { return hn::AndNot(hn::SignBit(Fp32Tag()), a); });
        case Elementwise::FromInteger:
            return map<1>(args, [](Vector a, Vector, Vector) HWY_ATTR {
                return hn::ConvertTo(Fp32Tag(), hn::BitCast(IntegerTag(), a));
            });
        case Elementwise::ToInteger:
            return map<1>(args, [](Vector a, Vector, Vector) HWY_ATTR { return to_integer(a); });
        default:
            return map<3>(args, [](Vector a, Vector b, Vector c) HWY_ATTR {
                return hn::IfThenElse(hn::Eq(a, hn::Zero(Fp32Tag())), c, b);
            });
    }
}

void run_functions(const ElementwiseArgs& args) {
    switch (args.operation) {
        case Elementwise::Reciprocal:
            return map<1>(args, [](Vector a, Vector, Vector)
                                    HWY_ATTR { return reciprocal_fp32(Fp32Tag(), a); });
        case Elementwise::ReciprocalSquareRoot:
            return map<1>(
                args, [](Vector a, Vector, Vector) HWY_ATTR { return rsqrt_fp32(Fp32Tag(), a); });
        case Elementwise::Exp:
            return map<1>(args,
                          [](Vector a, Vector, Vector) HWY_ATTR { return exp_fp32(Fp32Tag(), a); });
        case Elementwise::Log:
            return map<1>(args,
                          [](Vector a, Vector, Vector) HWY_ATTR { return log_fp32(Fp32Tag(), a); });
        case Elementwise::Tanh:
            return map<1>(
                args, [](Vector a, Vector, Vector) HWY_ATTR { return tanh_fp32(Fp32Tag(), a); });
        case Elementwise::Gelu:
            return map<1>(
                args, [](Vector a, Vector, Vector) HWY_ATTR { return gelu_fp32(Fp32Tag(), a); });
        default:
            return map<2>(args, [](Vector a, Vector b, Vector) HWY_ATTR {
                return canonical(hn::Mul(a, gelu_derivative_fp32(Fp32Tag(), b)));
            });
    }
}

void run_arithmetic(const ElementwiseArgs& args) {
    const auto one_if = [](const auto& mask)
                            HWY_ATTR { return hn::IfThenElseZero(mask, hn::Set(Fp32Tag(), 1.0F)); };
    switch (args.operation) {
        case Elementwise::Add:
            return map<2>(
                args, [](Vector a, Vector b, Vector) HWY_ATTR { return canonical(hn::Add(a, b)); });
        case Elementwise::Subtract:
            return map<2>(
                args, [](Vector a, Vector b, Vector) HWY_ATTR { return canonical(hn::Sub(a, b)); });
        case Elementwise::Multiply:
            return map<2>(
                args, [](Vector a, Vector b, Vector) HWY_ATTR { return canonical(hn::Mul(a, b)); });
        case Elementwise::Divide:
            return map<2>(
                args, [](Vector a, Vector b, Vector) HWY_ATTR { return canonical(hn::Div(a, b)); });
        case Elementwise::Fma:
            return map<3>(args, [](Vector a, Vector b, Vector c)
                                    HWY_ATTR { return canonical(hn::MulAdd(a, b, c)); });
        case Elementwise::SquareRoot:
            return map<1>(args,
                          [](Vector a, Vector, Vector) HWY_ATTR { return canonical(hn::Sqrt(a)); });
        case Elementwise::Maximum:
            return map<2>(args, [](Vector a, Vector b, Vector) HWY_ATTR { return maximum(a, b); });
        case Elementwise::Minimum:
            return map<2>(args, [](Vector a, Vector b, Vector) HWY_ATTR { return minimum(a, b); });
        case Elementwise::Less:
            return map<2>(
                args, [&](Vector a, Vector b, Vector) HWY_ATTR { return one_if(hn::Lt(a, b)); });
        default:
            return map<2>(
                args, [&](Vector a, Vector b, Vector) HWY_ATTR { return one_if(hn::Eq(a, b)); });
    }
}

void run(const ElementwiseArgs& args) {
    const ElementwiseArgs flat = flattened(args);
    if (args.operation >= Elementwise::IntegerAdd) {
        run_integers(flat);
    } else if (args.operation >= Elementwise::FromInteger ||
               args.operation <= Elementwise::Select) {
        run_moves(flat);
    } else if (args.operation >= Elementwise::Reciprocal) {
        run_functions(flat);
    } else {
        run_arithmetic(flat);
    }
}

#else  // no vector FMA: std::fma is exact everywhere

void run(const ElementwiseArgs& args) {
    elementwise_reference(args);
}

#endif

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::numerics {
namespace {
HWY_EXPORT(run);
}  // namespace

void elementwise(const ElementwiseArgs& args) {
    check_elementwise(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run)(args);
}

}  // namespace athena::numerics
#endif
