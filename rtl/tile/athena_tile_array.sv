// SPDX-License-Identifier: Apache-2.0
// The output-stationary array: Rows x Cols multiply-accumulate units of three or four stages, each with two by
// two interleaved outputs, so that a block is 2 Rows x 2 Cols outputs and every k takes four cycles, one
// for each output of a unit. Accumulators are double: one bank is multiplied into while the other
// is drained and loaded.
//
//   cycle 0        operands_valid_i: the column of A and the row of B for one k, as they are stored
//   cycle 1        decoded operands are in registers
//   cycle 1..4     slot 0..3 = quarters (upper left, upper right, lower left, lower right): multiply
//   cycle 2..5     add to the accumulator
//   cycle 3..6     round into the accumulator; with four stages one cycle later
// The next k may come in cycle 4. Its slot s reads an accumulator in cycle 6 + s that was written at the
// end of cycle 3 + s, or 4 + s.
module athena_tile_array #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned Stages    = 3,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned RowBits   = $clog2(2 * Rows)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   en_i,
  // Operands of one k
  input  logic                   operands_valid_i,
  input  logic                   operands_first_i,  // k = 0 of a sum that starts from +0
  input  logic                   operands_bank_i,
  input  logic [3:0]             a_format_i,
  input  logic [32*Rows-1:0]     a_column_i,        // elements of 2 Rows rows, 16 bits each
  input  logic [16*Rows-1:0]     a_scales_i,
  input  logic [3:0]             b_format_i,
  input  logic [32*Cols-1:0]     b_row_i,           // elements of 2 Cols columns
  input  logic [16*Cols-1:0]     b_scales_i,
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

  localparam int unsigned FmaExponent    = 8;
  localparam int unsigned FmaFraction    = 23;
  localparam int unsigned FmaSignificand = 8;
  `include "athena_fma_functions.svh"
  `include "athena_operand_functions.svh"

  localparam int unsigned LineSums = (LineBytes / 4 < 2 * Cols) ? LineBytes / 4 : 2 * Cols;

  // Control of the stages: valid, slot, bank; first means that the sum starts from +0.
  logic       issue_q, multiplied_q, added_q, held_q;
  logic [1:0] issue_slot_q, multiplied_slot_q, added_slot_q, held_slot_q;
  logic       issue_bank_q, multiplied_bank_q, added_bank_q, held_bank_q;
  logic       issue_first_q, multiplied_first_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      issue_q      <= 1'b0;
      multiplied_q <= 1'b0;
      added_q      <= 1'b0;
      held_q       <= 1'b0;
    end else if (en_i) begin
      issue_q      <= operands_valid_i || (issue_q && issue_slot_q != 2'd3);
      multiplied_q <= issue_q;
      added_q      <= multiplied_q;
      held_q       <= added_q && Stages == 4;
      if (operands_valid_i) begin
        a_no_early_operands: assert (!issue_q || issue_slot_q == 2'd3);
      end
      if (load_valid_i) begin
        a_load_other_bank: assert ((!issue_q || issue_bank_q != load_bank_i) &&
                                   (!multiplied_q || multiplied_bank_q != load_bank_i));
      end
      if (multiplied_q && added_q) begin
        a_no_forward: assert (multiplied_slot_q != added_slot_q);
      end
      if (multiplied_q && held_q) begin
        a_no_forward_held: assert (multiplied_slot_q != held_slot_q);
      end
    end
  end

  always_ff @(posedge clk_i) if (en_i) begin
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
    held_slot_q        <= added_slot_q;
    held_bank_q        <= added_bank_q;
  end

  // The registers of operands, stages and accumulators are private to the following process, which
  // keeps the stages in place, last one first: the fastest form in Verilator (docs/tile.md). Inner loops
  // run over whole rows of units.
  logic [19:0] a_operand   [2*Rows];
  logic [19:0] b_operand   [2*Cols];
  logic [28:0] product     [Rows][Cols];
  logic [31:0] sum         [Rows][Cols];
  logic [31:0] sum_tag     [Rows][Cols];
  logic [31:0] held        [Rows][Cols];  // with four stages: sums, so that rounding has two cycles
  logic [31:0] held_tag    [Rows][Cols];
  // {bank, slot, row}. No sum is read in the cycle that writes it (a_no_forward), so that synthesis may take
  // these for a memory that is read before it is written, without paths from rounding to addition.
  (* nomem2reg *)
  logic [31:0] accumulator [8*Rows][Cols];

  /* verilator lint_off BLKSEQ */
  task automatic round_sums(input logic [2:0] bank_slot);
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        accumulator[32'(bank_slot)*Rows+r][c] = fma_round(sum[r][c], sum_tag[r][c]);
      end
    end
  endtask

  task automatic hold_sums();
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        held[r][c]     = sum[r][c];
        held_tag[r][c] = sum_tag[r][c];
      end
    end
  endtask

  task automatic round_held(input logic [2:0] bank_slot);
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        accumulator[32'(bank_slot)*Rows+r][c] = fma_round(held[r][c], held_tag[r][c]);
      end
    end
  endtask

  task automatic add_products(input logic [2:0] bank_slot, input logic [31:0] keep);
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        fma_add(product[r][c], accumulator[32'(bank_slot)*Rows+r][c] & keep, sum[r][c],
                sum_tag[r][c]);
      end
    end
  endtask

  task automatic multiply_operands(input logic [1:0] slot);
    for (int unsigned r = 0; r < Rows; r++) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        product[r][c] = fma_multiply(a_operand[32'(slot[1])*Rows+r],
                                     b_operand[32'(slot[0])*Cols+c]);
      end
    end
  endtask

  // Elements to operands; each format has loops of its own.
  task automatic decode_a();
    unique case (a_format_i)
      descriptor_regs_pkg::OperandFormatBf16[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_bf16(a_column_i[16*r+:16]);
        end
      descriptor_regs_pkg::OperandFormatE4m3[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e4m3(a_column_i[16*r+:8], 8'd127);
        end
      descriptor_regs_pkg::OperandFormatE5m2[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e5m2(a_column_i[16*r+:8], 8'd127);
        end
      descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e4m3(a_column_i[16*r+:8], a_scales_i[8*r+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp8E5m2[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e5m2(a_column_i[16*r+:8], a_scales_i[8*r+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e3m2(a_column_i[16*r+:6], a_scales_i[8*r+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e2m3(a_column_i[16*r+:6], a_scales_i[8*r+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp4[3:0]:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_e2m1(a_column_i[16*r+:4], a_scales_i[8*r+:8]);
        end
      default:
        for (int unsigned r = 0; r < 2 * Rows; r++) begin
          a_operand[r] = decode_int8(a_column_i[16*r+:8], a_scales_i[8*r+:8]);
        end
    endcase
  endtask

  task automatic decode_b();
    unique case (b_format_i)
      descriptor_regs_pkg::OperandFormatBf16[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_bf16(b_row_i[16*c+:16]);
        end
      descriptor_regs_pkg::OperandFormatE4m3[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e4m3(b_row_i[16*c+:8], 8'd127);
        end
      descriptor_regs_pkg::OperandFormatE5m2[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e5m2(b_row_i[16*c+:8], 8'd127);
        end
      descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e4m3(b_row_i[16*c+:8], b_scales_i[8*c+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp8E5m2[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e5m2(b_row_i[16*c+:8], b_scales_i[8*c+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e3m2(b_row_i[16*c+:6], b_scales_i[8*c+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e2m3(b_row_i[16*c+:6], b_scales_i[8*c+:8]);
        end
      descriptor_regs_pkg::OperandFormatMxfp4[3:0]:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_e2m1(b_row_i[16*c+:4], b_scales_i[8*c+:8]);
        end
      default:
        for (int unsigned c = 0; c < 2 * Cols; c++) begin
          b_operand[c] = decode_int8(b_row_i[16*c+:8], b_scales_i[8*c+:8]);
        end
    endcase
  endtask

  // Row m of a block is row m mod Rows of two slots, for its left and its right half.
  function automatic int unsigned accumulator_row(input logic bank, input logic [RowBits-1:0] row,
                                                  input logic half);
    accumulator_row = 32'({bank, row[RowBits-1], half}) * Rows + 32'(row[RowBits-2:0]);
  endfunction

  always_ff @(posedge clk_i) if (en_i) begin
    logic [64*Cols-1:0] drained;

    if (drain_valid_i) begin
      for (int unsigned c = 0; c < Cols; c++) begin
        drained[32*c+:32] = accumulator[accumulator_row(drain_bank_i, drain_row_i, 1'b0)][c];
      end
      for (int unsigned c = 0; c < Cols; c++) begin
        drained[32*(Cols+c)+:32] = accumulator[accumulator_row(drain_bank_i, drain_row_i, 1'b1)][c];
      end
      drain_data_o <= drained;
    end

    if (Stages == 4) begin
      if (held_q) begin
        round_held({held_bank_q, held_slot_q});
      end
      if (added_q) begin
        hold_sums();
      end
    end else if (added_q) begin
      round_sums({added_bank_q, added_slot_q});
    end

    if (load_valid_i) begin
      for (int unsigned n = 0; n < LineSums; n++) begin
        accumulator[accumulator_row(load_bank_i, load_row_i, load_line_i || n >= Cols)][n%Cols] =
            load_data_i[32*n+:32];
      end
    end

    if (multiplied_q) begin
      add_products({multiplied_bank_q, multiplied_slot_q}, multiplied_first_q ? '0 : '1);
    end

    if (issue_q) begin
      multiply_operands(issue_slot_q);
    end

    if (operands_valid_i) begin
      decode_a();
      decode_b();
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
