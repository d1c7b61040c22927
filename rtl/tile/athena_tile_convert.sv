// SPDX-License-Identifier: Apache-2.0
// A row of sums to a line of C: one NaN, FP32 or BF16, and the bytes that lie inside C. FP32 rows of
// arrays with 16 or more columns are two lines.
module athena_tile_convert #(
  parameter int unsigned Cols      = 16,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned ColBits   = $clog2(2 * Cols)
) (
  input  logic                   clk_i,
  input  logic                   valid_i,
  input  logic                   zero_i,     // sums without products that start from +0
  input  logic                   bf16_i,
  input  logic                   line_i,     // FP32: first or second line
  input  logic [ColBits:0]       columns_i,  // of C in this row, 0 to 2 Cols
  input  logic [64*Cols-1:0]     sums_i,
  output logic [8*LineBytes-1:0] line_o,
  output logic [LineBytes-1:0]   be_o
);

  `include "athena_fma_functions.svh"

  localparam int unsigned RowLength = 2 * Cols;
  localparam int unsigned LineSums  = (LineBytes / 4 < RowLength) ? LineBytes / 4 : RowLength;

  // Bytes of C from the start of this line: up to 8 Cols.
  logic [ColBits+2:0] bytes;
  localparam logic [ColBits+2:0] FirstLine = (ColBits + 3)'(4 * LineSums);
  assign bytes = bf16_i ? {1'b0, columns_i, 1'b0} :
                 line_i ? (({columns_i, 2'd0} > FirstLine) ? {columns_i, 2'd0} - FirstLine : '0) :
                          {columns_i, 2'd0};

  always_ff @(posedge clk_i) begin
    logic [8*LineBytes-1:0] line;
    if (valid_i) begin
      line = '0;
      if (!zero_i && bf16_i) begin
        for (int unsigned n = 0; n < RowLength; n++) begin
          line[16*n+:16] = round_bf16(sums_i[32*n+:32]);
        end
      end else if (!zero_i) begin
        for (int unsigned n = 0; n < LineSums; n++) begin
          line[32*n+:32] = canonical_fp32(sums_i[32*(32'(line_i)*LineSums+n)+:32]);
        end
      end
      line_o <= line;
      be_o   <= (32'(bytes) >= LineBytes) ? '1 : ~({LineBytes{1'b1}} << bytes);
    end
  end

endmodule
