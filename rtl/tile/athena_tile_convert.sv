// SPDX-License-Identifier: Apache-2.0
// A row of sums to a line of C: one rounding to the format of C, one NaN, and the bytes that lie inside C. FP32
// rows that are longer than a line are two; narrow rows may start inside a word.
module athena_tile_convert #(
  parameter int unsigned Cols      = 16,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned ColBits   = $clog2(2 * Cols)
) (
  input  logic                   clk_i,
  input  logic                   en_i,
  input  logic                   valid_i,
  input  logic                   zero_i,      // sums without products that start from +0
  input  logic [1:0]             format_i,
  input  logic                   saturate_i,  // FP8
  input  logic                   line_i,      // FP32: first or second line
  input  logic [1:0]             shift_i,     // where the row starts in its word, in 8 bytes
  input  logic [ColBits:0]       columns_i,   // of C in this row, 0 to 2 Cols
  input  logic [64*Cols-1:0]     sums_i,
  output logic [8*LineBytes-1:0] line_o,
  output logic [LineBytes-1:0]   be_o
);

  `include "athena_result_functions.svh"

  localparam int unsigned RowLength = 2 * Cols;
  localparam int unsigned LineSums  = (LineBytes / 4 < RowLength) ? LineBytes / 4 : RowLength;
  localparam bit          Shifts    = RowLength < 32;  // a row of bytes is less than a word
  localparam int unsigned ByteBits  = ColBits + 3;
  localparam logic [ByteBits-1:0] FirstLine = ByteBits'(4 * LineSums);

  // Bytes of C from the start of this line: up to 8 Cols.
  logic [ByteBits-1:0]  bytes;
  logic [LineBytes-1:0] be;
  always_comb begin
    unique case (format_i)
      descriptor_regs_pkg::ResultFormatFp32[1:0]: begin
        bytes = {columns_i, 2'd0};
        if (line_i) begin
          bytes = (bytes > FirstLine) ? bytes - FirstLine : '0;
        end
      end
      descriptor_regs_pkg::ResultFormatBf16[1:0]: bytes = {1'b0, columns_i, 1'b0};
      default:                                    bytes = {2'd0, columns_i};
    endcase
    be = (32'(bytes) >= LineBytes) ? '1 : ~({LineBytes{1'b1}} << bytes);
  end

  always_ff @(posedge clk_i) if (en_i) begin
    logic [8*LineBytes-1:0] line;
    if (valid_i) begin
      line = '0;
      if (!zero_i) begin
        unique case (format_i)
          descriptor_regs_pkg::ResultFormatFp32[1:0]: begin
            for (int unsigned n = 0; n < LineSums; n++) begin
              line[32*n+:32] = canonical_fp32(sums_i[32*(32'(line_i)*LineSums+n)+:32]);
            end
          end
          descriptor_regs_pkg::ResultFormatBf16[1:0]: begin
            for (int unsigned n = 0; n < RowLength; n++) begin
              line[16*n+:16] = round_bf16(sums_i[32*n+:32]);
            end
          end
          descriptor_regs_pkg::ResultFormatE4m3[1:0]: begin
            for (int unsigned n = 0; n < RowLength; n++) begin
              line[8*n+:8] = round_e4m3(sums_i[32*n+:32], saturate_i);
            end
          end
          default: begin
            for (int unsigned n = 0; n < RowLength; n++) begin
              line[8*n+:8] = round_e5m2(sums_i[32*n+:32], saturate_i);
            end
          end
        endcase
      end
      line_o <= Shifts ? line << {shift_i, 6'd0} : line;
      be_o   <= Shifts ? be << {shift_i, 3'd0} : be;
    end
  end

endmodule
