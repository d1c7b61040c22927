// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "numerics/elementwise.h"
#include "numerics/indexed_rows.h"
#include "numerics/optimiser.h"
#include "numerics/ordered_sums.h"
#include "numerics/quantise.h"
#include "numerics/random_rows.h"
#include "numerics/row_operations.h"
#include "vector/vector_command.h"

namespace athena::vector {

namespace {

namespace layout = regs::descriptor;

// A command with its operands found in SRAM.
class Runner {
  public:
    Runner(const VectorCommand& command, std::span<std::byte> sram, numerics::Workspace& workspace)
        : command_(command), view_(command.lines), sram_(sram), workspace_(workspace) {}

    void run() {
        if (command_.operation < Operation::RowSum) {
            return run_elementwise();
        }
        switch (command_.operation) {
            case Operation::RowSum:
                return run_reduction(numerics::Reduction::Sum);
            case Operation::RowSumOfSquares:
                return run_reduction(numerics::Reduction::SumOfSquares);
            case Operation::RowDot:
                return run_reduction(numerics::Reduction::Dot);
            case Operation::RowMaximum:
                return run_reduction(numerics::Reduction::Maximum);
            case Operation::RowMinimum:
                return run_reduction(numerics::Reduction::Minimum);
            case Operation::Softmax:
                return numerics::softmax(
                    {rows(), columns(), scale(), input(kA), input(kB), output(kOut)}, workspace_);
            case Operation::SoftmaxBackward:
                return numerics::softmax_backward(
                    {rows(), columns(), scale(), input(kA), input(kB), input(kC), output(kOut)},
                    workspace_);
            case Operation::LayerNorm:
                return numerics::layer_norm({rows(), columns(), scale(), input(kA), input(kB),
                                             input(kC), output(kOut), output(kOut1)},
                                            workspace_);
            case Operation::LayerNormBackward:
                return numerics::layer_norm_backward(
                    {rows(), columns(), input(kA), input(kB), input(kC), input(kD), output(kOut),
                     output(kOut1)},
                    workspace_);
            case Operation::CrossEntropy:
                return numerics::cross_entropy(
                    {rows(), columns(), scale(), input(kA), input(kB), output(kOut1), output(kOut)},
                    workspace_);
            case Operation::ColumnSum:
                return numerics::column_sum(
                    {rows(), columns(), input(kA), output(kOut), accumulates()});
            case Operation::OrderedSum:
                return numerics::ordered_sum(
                    {rows(), columns(), input(kA), output(kOut), accumulates()});
            case Operation::AdamW:
                return numerics::adamw({rows(), columns(), input(kA), input(kB), input(kC),
                                        output(kOut), output(kOut1), output(kOut2)});
            case Operation::Quantise:
            case Operation::QuantiseColumns:
                return run_quantise();
            case Operation::Gather:
                return numerics::gather({rows(), columns(), view_.entries(), view_.offset(),
                                         input(kA), input(kB), output(kOut)});
            case Operation::ScatterAdd:
                return numerics::scatter_add({rows(), columns(), view_.entries(), view_.offset(),
                                              input(kA), input(kB), output(kOut)});
            default:
                return run_random();
        }
    }

  private:
    [[nodiscard]] std::size_t rows() const { return command_.rows; }
    [[nodiscard]] std::size_t columns() const { return command_.columns; }
    [[nodiscard]] float scale() const { return std::bit_cast<float>(view_.scale()); }
    [[nodiscard]] bool accumulates() const { return view_.accumulate() != 0; }

    [[nodiscard]] std::span<std::byte> bytes(Place place) const {
        const Range range = command_.operands[place].range();
        return sram_.subspan(range.begin, range.end - range.begin);
    }
    [[nodiscard]] numerics::VectorInput input(Place place) const {
        const Operand& operand = command_.operands[place];
        return {bytes(place), operand.ld, operand.format, operand.spread, operand.address};
    }
    [[nodiscard]] numerics::VectorOutput output(Place place) const {
        const Operand& operand = command_.operands[place];
        return {bytes(place), operand.ld, operand.format, view_.saturate() != 0};
    }

    void run_elementwise() const {
        numerics::elementwise({static_cast<numerics::Elementwise>(command_.operation),
                               rows(),
                               columns(),
                               {input(kA), input(kB), input(kC)},
                               output(kOut)});
    }

    void run_reduction(numerics::Reduction reduction) {
        numerics::reduce_rows({reduction, rows(), columns(), input(kA), input(kB), output(kOut)},
                              workspace_);
    }

    void run_quantise() const {
        numerics::quantise({static_cast<numerics::OperandFormat>(view_.mx_format()), rows(),
                            columns(), command_.operation == Operation::QuantiseColumns, input(kA),
                            bytes(kOut), command_.operands[kOut].ld, bytes(kOut1),
                            command_.operands[kOut1].ld});
    }

    void run_random() const {
        const bool normal = command_.operation == Operation::RandomNormal;
        numerics::random_rows(
            {normal ? numerics::Distribution::Normal : numerics::Distribution::Uniform, rows(),
             columns(), view_.seed(), view_.stream(), view_.first(), scale(),
             std::bit_cast<float>(view_.offset()), output(kOut)});
    }

    const VectorCommand& command_;
    layout::VectorConstView view_;
    std::span<std::byte> sram_;
    numerics::Workspace& workspace_;
};

}  // namespace

void run_vector(const VectorCommand& command, std::span<std::byte> sram,
                numerics::Workspace& workspace) {
    Runner(command, sram, workspace).run();
}

}  // namespace athena::vector
