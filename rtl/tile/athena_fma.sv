// SPDX-License-Identifier: Apache-2.0
// One multiply-accumulate unit with the array's stages, for unit tests and synthesis: fma_o follows
// a_i, b_i and c_i after three cycles.
module athena_fma (
  input  logic        clk_i,
  input  logic [15:0] a_i,
  input  logic [15:0] b_i,
  input  logic [31:0] c_i,
  output logic [31:0] fma_o
);

  `include "athena_fma_functions.svh"
  `include "athena_operand_functions.svh"

  logic [28:0] product_q;
  logic [31:0] addend_q, sum_q, tag_q;

  always_ff @(posedge clk_i) begin
    logic [31:0] sum, tag;
    product_q <= fma_multiply(decode_bf16(a_i), decode_bf16(b_i));
    addend_q  <= c_i;
    fma_add(product_q, addend_q, sum, tag);
    sum_q <= sum;
    tag_q <= tag;
    fma_o <= fma_round(sum_q, tag_q);
  end

endmodule
