// SPDX-License-Identifier: Apache-2.0
// One multiply-accumulate unit with the array's stages, for unit tests and synthesis: fma_o follows
// a_i, b_i and c_i after three cycles. Operands are BF16, or with Decoded those of athena_fma_functions.svh,
// which also explains the other parameters.
module athena_fma #(
  parameter int unsigned Decoded        = 0,        // or 1
  parameter int unsigned FmaExponent    = 8,
  parameter int unsigned FmaFraction    = 23,
  parameter int unsigned FmaSignificand = 8,
  parameter int unsigned OperandBits    = (Decoded != 0) ? 20 : 16
) (
  input  logic                   clk_i,
  input  logic [OperandBits-1:0] a_i,
  input  logic [OperandBits-1:0] b_i,
  input  logic [31:0]            c_i,
  output logic [31:0]            fma_o
);

  `include "athena_fma_functions.svh"
  `include "athena_operand_functions.svh"

  logic [28:0] product_q;
  logic [31:0] addend_q, sum_q, tag_q;

  always_ff @(posedge clk_i) begin
    logic [31:0] sum, tag;
    product_q <= (Decoded != 0) ? fma_multiply(20'(a_i), 20'(b_i))
                         : fma_multiply(decode_bf16(16'(a_i)), decode_bf16(16'(b_i)));
    addend_q  <= c_i;
    fma_add(product_q, addend_q, sum, tag);
    sum_q <= sum;
    tag_q <= tag;
    fma_o <= fma_round(sum_q, tag_q);
  end

endmodule
