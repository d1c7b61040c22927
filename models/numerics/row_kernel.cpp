// SPDX-License-Identifier: Apache-2.0
// The operations along rows by SIMD. They equal row_reference.cpp bit for bit: an element has a
// lane of its own, and the 16 partials of a reduction are the lanes of as many vectors as hold
// them.
#include "numerics/elementary.h"
#include "numerics/fp32_environment.h"
#include "numerics/row_operations.h"
#include "numerics/simd_targets.h"
#include "numerics/vector_arguments.h"
#include "numerics/workspace.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "numerics/row_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "numerics/elementary-inl.h"
#include "numerics/vector_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athena::numerics::HWY_NAMESPACE {
namespace {

#if HWY_NATIVE_FMA

constexpr std::size_t kVectors = kPartials / kLanes;

// Floats of scratch for a row: whole groups of kPartials.
std::size_t padded(std::size_t columns) {
    return (columns + kPartials - 1) / kPartials * kPartials;
}

// The first `count` columns of a row, followed by readable floats up to whole groups.
HWY_INLINE const float* read_row(const VectorInput& input, std::size_t row, std::size_t count,
                                 float* scratch) {
    const float* from = read_run(input, row, 0, count, scratch);
    if (from != scratch && count % kPartials != 0) {
        std::copy_n(from, count, scratch);
        return scratch;
    }
    return from;
}

// Where a row's results may be put, whole groups at a time.
HWY_INLINE float* row_target(const VectorOutput& output, std::size_t row, std::size_t count,
                             float* scratch) {
    return count % kPartials == 0 ? run_target(output, row, 0, scratch) : scratch;
}

// `value`, whose first lane is element i, with what lies beyond `count` elements replaced.
HWY_INLINE Vector keep(Vector value, std::size_t i, std::size_t count, float pad) {
    const Fp32Tag fp32;
    if (i + kLanes <= count) {
        return value;
    }
    return hn::IfThenElse(hn::FirstN(fp32, count > i ? count - i : 0), value, hn::Set(fp32, pad));
}

// Calls f(partial, i) for each vector of whole groups, whose lanes belong to that vector of
// partials.
template <class Function>
HWY_INLINE void for_vectors(std::size_t count, const Function& f) {
    for (std::size_t group = 0; group < count; group += kPartials) {
        for (std::size_t v = 0; v < kVectors; ++v) {
            f(v, group + v * kLanes);
        }
    }
}

// RowSum, a vector at a time.
class Partials {
  public:
    HWY_INLINE explicit Partials(float start) {
        for (std::size_t v = 0; v < kVectors; ++v) {
            at[v] = hn::Set(Fp32Tag(), start);
        }
    }
    /// Of `count` elements.
    HWY_INLINE float sum(std::size_t count) const {
        if (count == 0) {
            return 0.0F;
        }
        return numerics::canonical(fold([](float a, float b) { return a + b; }));
    }
    HWY_INLINE float largest() const {
        return fold([](float a, float b) { return numerics::maximum(a, b); });
    }
    HWY_INLINE float least() const {
        return fold([](float a, float b) { return numerics::minimum(a, b); });
    }

    Vector at[kVectors];

  private:
    template <class Combine>
    HWY_INLINE float fold(const Combine& combine) const {
        alignas(64) float partials[kPartials];
        for (std::size_t v = 0; v < kVectors; ++v) {
            hn::Store(at[v], Fp32Tag(), partials + v * kLanes);
        }
        for (std::size_t half = kPartials / 2; half != 0; half /= 2) {
            for (std::size_t p = 0; p < half; ++p) {
                partials[p] = combine(partials[p], partials[p + half]);
            }
        }
        return partials[0];
    }
};

HWY_INLINE Vector at(const float* row, std::size_t i) {
    return hn::LoadU(Fp32Tag(), row + i);
}
HWY_INLINE void put(Vector value, float* row, std::size_t i) {
    hn::StoreU(value, Fp32Tag(), row + i);
}

HWY_INLINE float sum_of(const float* a, std::size_t count) {
    Partials sum(-0.0F);
    for_vectors(count, [&](std::size_t v, std::size_t i) HWY_ATTR {
        sum.at[v] = hn::Add(sum.at[v], keep(at(a, i), i, count, -0.0F));
    });
    return sum.sum(count);
}

HWY_INLINE float dot(const float* a, const float* b, std::size_t count) {
    Partials sum(-0.0F);
    for_vectors(count, [&](std::size_t v, std::size_t i) HWY_ATTR {
        const Vector next = hn::MulAdd(at(a, i), at(b, i), sum.at[v]);
        sum.at[v] =
            i + kLanes <= count
                ? next
                : hn::IfThenElse(hn::FirstN(Fp32Tag(), count > i ? count - i : 0), next, sum.at[v]);
    });
    return sum.sum(count);
}

HWY_INLINE float largest_of(const float* a, std::size_t count, Vector scale) {
    Partials largest(-kInfinity);
    for_vectors(count, [&](std::size_t v, std::size_t i) HWY_ATTR {
        largest.at[v] =
            maximum(largest.at[v], keep(hn::Mul(at(a, i), scale), i, count, -kInfinity));
    });
    return largest.largest();
}

HWY_INLINE float least_of(const float* a, std::size_t count) {
    Partials least(kInfinity);
    for_vectors(count, [&](std::size_t v, std::size_t i) HWY_ATTR {
        least.at[v] = minimum(least.at[v], keep(at(a, i), i, count, kInfinity));
    });
    return least.least();
}

// exp(a * scale - largest) into `to`; their sum.
HWY_INLINE float exponentials(const float* a, std::size_t count, Vector scale, float largest,
                              float* to) {
    Partials sum(-0.0F);
    const Vector shift = hn::Set(Fp32Tag(), largest);
    for_vectors(count, [&](std::size_t v, std::size_t i) HWY_ATTR {
        const Vector e = exp_fp32(Fp32Tag(), hn::Sub(hn::Mul(at(a, i), scale), shift));
        sum.at[v] = hn::Add(sum.at[v], keep(e, i, count, -0.0F));
        put(e, to, i);
    });
    return sum.sum(count);
}

// Results of the first `count` columns that lie in `from`, and +0 behind them.
HWY_INLINE void finish_row(const VectorOutput& output, std::size_t row, std::size_t count,
                           std::size_t columns, const float* from, float* zeros) {
    write_run(output, row, 0, count, from);
    if (count < columns) {
        std::fill_n(zeros, columns - count, 0.0F);
        write_run(output, row, count, columns - count, zeros);
    }
}

void run_reduce(const ReduceRowsArgs& args, Workspace& workspace) {
    const std::size_t room = padded(args.columns);
    const auto scratch = workspace.floats(2 * room);
    const Vector one = hn::Set(Fp32Tag(), 1.0F);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const float* a = read_row(args.a, row, args.columns, scratch.data());
        float result = 0;
        switch (args.reduction) {
            case Reduction::Sum:
                result = sum_of(a, args.columns);
                break;
            case Reduction::SumOfSquares:
                result = dot(a, a, args.columns);
                break;
            case Reduction::Dot:
                result = dot(a, read_row(args.b, row, args.columns, scratch.data() + room),
                             args.columns);
                break;
            case Reduction::Maximum:
                result = largest_of(a, args.columns, one);
                break;
            case Reduction::Minimum:
                result = least_of(a, args.columns);
                break;
        }
        numerics::store(args.output, row, 0, result);
    }
}

void run_softmax(const SoftmaxArgs& args, Workspace& workspace) {
    const std::size_t room = padded(args.columns);
    const auto scratch = workspace.floats(3 * room);
    float* const e = scratch.data() + room;
    const Vector scale = hn::Set(Fp32Tag(), args.scale);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::size_t length = valid_length(args.lengths, row, args.columns);
        const float* x = read_row(args.x, row, length, scratch.data());
        const float largest = largest_of(x, length, scale);
        const float sum = exponentials(x, length, scale, largest, e);
        const Vector factor = hn::Set(Fp32Tag(), numerics::reciprocal_fp32(sum));
        float* const to = row_target(args.output, row, length, e);
        for_vectors(length, [&](std::size_t, std::size_t i)
                                HWY_ATTR { put(canonical(hn::Mul(at(e, i), factor)), to, i); });
        finish_row(args.output, row, length, args.columns, to, scratch.data() + 2 * room);
    }
}

void run_softmax_backward(const SoftmaxBackwardArgs& args, Workspace& workspace) {
    const std::size_t room = padded(args.columns);
    const auto scratch = workspace.floats(3 * room);
    float* const results = scratch.data() + 2 * room;
    const Vector scale = hn::Set(Fp32Tag(), args.scale);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::size_t length = valid_length(args.lengths, row, args.columns);
        const float* y = read_row(args.y, row, length, scratch.data());
        const float* dy = read_row(args.dy, row, length, scratch.data() + room);
        const Vector sum = hn::Set(Fp32Tag(), dot(y, dy, length));
        float* const to = row_target(args.output, row, length, results);
        for_vectors(length, [&](std::size_t, std::size_t i) HWY_ATTR {
            const Vector share = hn::Mul(hn::Sub(at(dy, i), sum), at(y, i));
            put(canonical(hn::Mul(share, scale)), to, i);
        });
        finish_row(args.output, row, length, args.columns, to, scratch.data());
    }
}

void run_layer_norm(const LayerNormArgs& args, Workspace& workspace) {
    const std::size_t count = args.columns;
    const std::size_t room = padded(count);
    const auto scratch = workspace.floats(4 * room);
    const float share = 1.0F / static_cast<float>(count);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const float* x = read_row(args.x, row, count, scratch.data());
        const float* weight = read_row(args.weight, row, count, scratch.data() + room);
        const float* bias = read_row(args.bias, row, count, scratch.data() + 2 * room);
        const float mean = sum_of(x, count) * share;
        const Vector means = hn::Set(Fp32Tag(), mean);
        Partials squares(-0.0F);
        for_vectors(count, [&](std::size_t v, std::size_t i) HWY_ATTR {
            const Vector distance = keep(hn::Sub(at(x, i), means), i, count, 0.0F);
            squares.at[v] = hn::MulAdd(distance, distance, squares.at[v]);
        });
        const float rstd = numerics::rsqrt_fp32(squares.sum(count) * share + args.epsilon);
        const Vector rstds = hn::Set(Fp32Tag(), rstd);
        float* const to = row_target(args.output, row, count, scratch.data() + 3 * room);
        for_vectors(count, [&](std::size_t, std::size_t i) HWY_ATTR {
            const Vector normal = hn::Mul(hn::Sub(at(x, i), means), rstds);
            put(canonical(hn::MulAdd(normal, at(weight, i), at(bias, i))), to, i);
        });
        write_run(args.output, row, 0, count, to);
        numerics::store(args.statistics, row, 0, mean);
        numerics::store(args.statistics, row, 1, rstd);
    }
}

void run_layer_norm_backward(const LayerNormBackwardArgs& args, Workspace& workspace) {
    const std::size_t count = args.columns;
    const std::size_t room = padded(count);
    const auto scratch = workspace.floats(7 * room);
    float* const g = scratch.data() + 3 * room;
    float* const n = scratch.data() + 4 * room;
    const float share = 1.0F / static_cast<float>(count);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const float* dy = read_row(args.dy, row, count, scratch.data());
        const float* x = read_row(args.x, row, count, scratch.data() + room);
        const float* weight = read_row(args.weight, row, count, scratch.data() + 2 * room);
        const Vector mean = hn::Set(Fp32Tag(), load(args.statistics, row, 0));
        const Vector rstd = hn::Set(Fp32Tag(), load(args.statistics, row, 1));
        for_vectors(count, [&](std::size_t, std::size_t i) HWY_ATTR {
            put(hn::Mul(at(dy, i), at(weight, i)), g, i);
            put(hn::Mul(hn::Sub(at(x, i), mean), rstd), n, i);
        });
        const Vector mean_gradient = hn::Set(Fp32Tag(), sum_of(g, count) * share);
        const Vector mean_product = hn::Set(Fp32Tag(), dot(g, n, count) * share);
        float* const dx = row_target(args.dx, row, count, scratch.data() + 5 * room);
        float* const dn = row_target(args.dn, row, count, scratch.data() + 6 * room);
        for_vectors(count, [&](std::size_t, std::size_t i) HWY_ATTR {
            const Vector normal = at(n, i);
            const Vector product = hn::Mul(at(dy, i), normal);
            const Vector rest =
                hn::NegMulAdd(normal, mean_product, hn::Sub(at(g, i), mean_gradient));
            put(canonical(hn::Mul(rest, rstd)), dx, i);
            put(canonical(product), dn, i);
        });
        write_run(args.dx, row, 0, count, dx);
        write_run(args.dn, row, 0, count, dn);
    }
}

void run_cross_entropy(const CrossEntropyArgs& args, Workspace& workspace) {
    const std::size_t count = args.columns;
    const std::size_t room = padded(count);
    const auto scratch = workspace.floats(3 * room);
    float* const e = scratch.data() + room;
    const Vector one = hn::Set(Fp32Tag(), 1.0F);
    const Vector scale = hn::Set(Fp32Tag(), args.scale);
    for (std::size_t row = 0; row < args.rows; ++row) {
        const std::uint32_t target = load_bits(args.targets, row, 0);
        if (target >= count) {
            numerics::store(args.loss, row, 0, 0.0F);
            finish_row(args.dx, row, 0, count, e, e);
            continue;
        }
        const float* x = read_row(args.x, row, count, scratch.data());
        const float largest = largest_of(x, count, one);
        const float sum = exponentials(x, count, one, largest, e);
        numerics::store(args.loss, row, 0, numerics::log_fp32(sum) - (x[target] - largest));
        const float factor = numerics::reciprocal_fp32(sum);
        const float at_target = (e[target] * factor - 1.0F) * args.scale;
        const Vector factors = hn::Set(Fp32Tag(), factor);
        float* const to = row_target(args.dx, row, count, scratch.data() + 2 * room);
        for_vectors(count, [&](std::size_t, std::size_t i) HWY_ATTR {
            // - 0 as the reference has it.
            const Vector share = hn::Sub(hn::Mul(at(e, i), factors), hn::Zero(Fp32Tag()));
            put(canonical(hn::Mul(share, scale)), to, i);
        });
        to[target] = numerics::canonical(at_target);
        write_run(args.dx, row, 0, count, to);
    }
}

#else  // no vector FMA: std::fma is exact everywhere

void run_reduce(const ReduceRowsArgs& args, Workspace&) {
    reduce_rows_reference(args);
}
void run_softmax(const SoftmaxArgs& args, Workspace&) {
    softmax_reference(args);
}
void run_softmax_backward(const SoftmaxBackwardArgs& args, Workspace&) {
    softmax_backward_reference(args);
}
void run_layer_norm(const LayerNormArgs& args, Workspace&) {
    layer_norm_reference(args);
}
void run_layer_norm_backward(const LayerNormBackwardArgs& args, Workspace&) {
    layer_norm_backward_reference(args);
}
void run_cross_entropy(const CrossEntropyArgs& args, Workspace&) {
    cross_entropy_reference(args);
}

#endif

}  // namespace
}  // namespace athena::numerics::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athena::numerics {
namespace {
HWY_EXPORT(run_reduce);
HWY_EXPORT(run_softmax);
HWY_EXPORT(run_softmax_backward);
HWY_EXPORT(run_layer_norm);
HWY_EXPORT(run_layer_norm_backward);
HWY_EXPORT(run_cross_entropy);
}  // namespace

void reduce_rows(const ReduceRowsArgs& args, Workspace& workspace) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run_reduce)(args, workspace);
}

void softmax(const SoftmaxArgs& args, Workspace& workspace) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run_softmax)(args, workspace);
}

void softmax_backward(const SoftmaxBackwardArgs& args, Workspace& workspace) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run_softmax_backward)(args, workspace);
}

void layer_norm(const LayerNormArgs& args, Workspace& workspace) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run_layer_norm)(args, workspace);
}

void layer_norm_backward(const LayerNormBackwardArgs& args, Workspace& workspace) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run_layer_norm_backward)(args, workspace);
}

void cross_entropy(const CrossEntropyArgs& args, Workspace& workspace) {
    check_arguments(args);
    const Fp32Environment environment;
    HWY_DYNAMIC_DISPATCH(run_cross_entropy)(args, workspace);
}

}  // namespace athena::numerics
#endif
