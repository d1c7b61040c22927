// SPDX-License-Identifier: Apache-2.0
// Operands on their way from L1 to the array. Lines of A, each one row with PanelK values of k, fill one
// of two panels while the other is read by columns: the transposer. A line of B is the row of one
// k; it comes with the order to multiply that k.
module athena_tile_feed #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned PanelK    = LineBytes / 2,
  parameter int unsigned RowBits   = $clog2(2 * Rows),
  parameter int unsigned PanelBits = $clog2(PanelK)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic [8*LineBytes-1:0] line_i,
  // line_i is a row of A
  input  logic                   a_valid_i,
  input  logic                   a_panel_i,
  input  logic [RowBits-1:0]     a_row_i,
  // line_i is a row of B, to be multiplied with column b_column_i of a panel
  input  logic                   b_valid_i,
  input  logic                   b_panel_i,
  input  logic [PanelBits-1:0]   b_column_i,
  input  logic                   b_first_i,
  input  logic                   b_bank_i,
  output logic                   operands_valid_o,
  output logic                   operands_first_o,
  output logic                   operands_bank_o,
  output logic [32*Rows-1:0]     a_column_o,
  output logic [32*Cols-1:0]     b_row_o
);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      operands_valid_o <= 1'b0;
    end else begin
      operands_valid_o <= b_valid_i;
      if (b_valid_i) begin
        a_one_line: assert (!a_valid_i);
      end
    end
  end

  // The panels are private to this process. Rows are written and columns read two elements at a time.
  logic [31:0] panel [4*Rows][PanelK/2];

  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) begin
    logic [32*Rows-1:0] column;
    if (b_valid_i) begin
      for (int unsigned r = 0; r < Rows; r++) begin
        column[32*r+:32] = b_column_i[0] ?
            {panel[{b_panel_i, RowBits'(2*r+1)}][b_column_i[PanelBits-1:1]][31:16],
             panel[{b_panel_i, RowBits'(2*r)}][b_column_i[PanelBits-1:1]][31:16]} :
            {panel[{b_panel_i, RowBits'(2*r+1)}][b_column_i[PanelBits-1:1]][15:0],
             panel[{b_panel_i, RowBits'(2*r)}][b_column_i[PanelBits-1:1]][15:0]};
      end
      a_column_o       <= column;
      b_row_o          <= line_i[32*Cols-1:0];
      operands_first_o <= b_first_i;
      operands_bank_o  <= b_bank_i;
    end
    if (a_valid_i) begin
      for (int unsigned k = 0; k < PanelK / 2; k++) begin
        panel[{a_panel_i, a_row_i}][k] = line_i[32*k+:32];
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
