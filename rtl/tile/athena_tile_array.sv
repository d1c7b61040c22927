// SPDX-License-Identifier: Apache-2.0
// The output-stationary array: Rows x Cols multiply-accumulate units of three stages, each with two by
// two interleaved outputs, so that a block is 2 Rows x 2 Cols outputs and every k takes four cycles, one
// for each output of a unit. Accumulators are double: one bank is multiplied into while the other
// is drained and loaded.
//
//   cycle 0        operands_valid_i: the column of A and the row of B for one k
//   cycle 1        decoded operands are in registers
//   cycle 1..4     slot 0..3 = quarters (upper left, upper right, lower left, lower right): multiply
//   cycle 2..5     add to the accumulator
//   cycle 3..6     round into the accumulator
// The next k may come in cycle 4. Its slot s reads an accumulator in cycle 6 + s that was written at the
// end of cycle 3 + s.
module athena_tile_array #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned RowBits   = $clog2(2 * Rows)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  // Operands of one k
  input  logic                   operands_valid_i,
  input  logic                   operands_first_i,  // k = 0 of a sum that starts from +0
  input  logic                   operands_bank_i,
  input  logic [32*Rows-1:0]     a_column_i,        // BF16 of 2 Rows rows
  input  logic [32*Cols-1:0]     b_row_i,           // BF16 of 2 Cols columns
  // Initial values of C: a line, the first or second of a row
  input  logic                   load_valid_i,
  input  logic                   load_bank_i,
  input  logic [RowBits-1:0]     load_row_i,
  input  logic                   load_line_i,
  input  logic [8*LineBytes-1:0] load_data_i,
  // A row of sums, on drain_row_o one cycle later
  input  logic                   drain_valid_i,
  input  logic                   drain_bank_i,
  input  logic [RowBits-1:0]     drain_row_i,
  output logic [64*Cols-1:0]     drain_data_o
);

  `include "athena_fma_functions.svh"

  localparam int unsigned Units     = Rows * Cols;
  localparam int unsigned Outputs   = 4 * Units;   // of a block
  localparam int unsigned RowLength = 2 * Cols;    // outputs of a block's row
  localparam int unsigned LineSums  = LineBytes / 4;

  // Control of the stages: valid, slot, bank; first means that the sum starts from +0.
  logic       issue_q, multiplied_q, added_q;
  logic [1:0] issue_slot_q, multiplied_slot_q, added_slot_q;
  logic       issue_bank_q, multiplied_bank_q, added_bank_q;
  logic       issue_first_q, multiplied_first_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      issue_q      <= 1'b0;
      multiplied_q <= 1'b0;
      added_q      <= 1'b0;
    end else begin
      issue_q      <= operands_valid_i || (issue_q && issue_slot_q != 2'd3);
      multiplied_q <= issue_q;
      added_q      <= multiplied_q;
      a_no_early_operands: assert (!(operands_valid_i && issue_q && issue_slot_q != 2'd3));
      a_load_other_bank: assert (!(load_valid_i && issue_q && issue_bank_q == load_bank_i));
    end
  end

  always_ff @(posedge clk_i) begin
    issue_slot_q <= operands_valid_i ? 2'd0 : issue_slot_q + {1'b0, issue_q};
    if (operands_valid_i) begin
      issue_bank_q  <= operands_bank_i;
      issue_first_q <= operands_first_i;
    end
    multiplied_slot_q  <= issue_slot_q;
    multiplied_bank_q  <= issue_bank_q;
    multiplied_first_q <= issue_first_q;
    added_slot_q       <= multiplied_slot_q;
    added_bank_q       <= multiplied_bank_q;
  end

  // The registers of operands, stages and accumulators are private to the following process, which
  // keeps the stages in place, last one first: the fastest form in Verilator (docs/tile.md).
  logic [19:0] a_operand   [2*Rows];
  logic [19:0] b_operand   [RowLength];
  logic [28:0] product     [Units];
  logic [42:0] sum         [Units];
  logic [31:0] accumulator [2*Outputs];

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    int unsigned base;
    logic [64*Cols-1:0] drained;

    if (drain_valid_i) begin
      base = 32'(drain_bank_i) * Outputs + 32'(drain_row_i) * RowLength;
      for (int unsigned n = 0; n < RowLength; n++) begin
        drained[32*n+:32] = accumulator[base+n];
      end
      drain_data_o <= drained;
    end

    if (added_q) begin
      base = 32'(added_bank_q) * Outputs + 32'(added_slot_q[1]) * (Rows * RowLength) +
             32'(added_slot_q[0]) * Cols;
      for (int unsigned r = 0; r < Rows; r++) begin
        for (int unsigned c = 0; c < Cols; c++) begin
          accumulator[base+r*RowLength+c] = fma_round(sum[r*Cols+c]);
        end
      end
    end

    if (load_valid_i) begin
      base = 32'(load_bank_i) * Outputs + 32'(load_row_i) * RowLength +
             32'(load_line_i) * LineSums;
      for (int unsigned n = 0; n < LineSums && n < RowLength; n++) begin
        accumulator[base+n] = load_data_i[32*n+:32];
      end
    end

    if (multiplied_q) begin
      base = 32'(multiplied_bank_q) * Outputs + 32'(multiplied_slot_q[1]) * (Rows * RowLength) +
             32'(multiplied_slot_q[0]) * Cols;
      for (int unsigned r = 0; r < Rows; r++) begin
        for (int unsigned c = 0; c < Cols; c++) begin
          sum[r*Cols+c] = fma_add(product[r*Cols+c],
                                  multiplied_first_q ? 32'd0 : accumulator[base+r*RowLength+c]);
        end
      end
    end

    if (issue_q) begin
      for (int unsigned r = 0; r < Rows; r++) begin
        for (int unsigned c = 0; c < Cols; c++) begin
          product[r*Cols+c] = fma_multiply(a_operand[32'(issue_slot_q[1])*Rows+r],
                                           b_operand[32'(issue_slot_q[0])*Cols+c]);
        end
      end
    end

    if (operands_valid_i) begin
      for (int unsigned r = 0; r < 2 * Rows; r++) begin
        a_operand[r] = decode_bf16(a_column_i[16*r+:16]);
      end
      for (int unsigned c = 0; c < RowLength; c++) begin
        b_operand[c] = decode_bf16(b_row_i[16*c+:16]);
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
