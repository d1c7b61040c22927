// SPDX-License-Identifier: Apache-2.0
// Which lines of A and B fill the panel to come: panel after panel of a block, block after block, by rows of
// blocks. A panel is PanelK values of k of 2 Rows rows of A and 2 Cols columns of B. K is cut into passes
// of 32 scales, 1024 values of k.
module athena_tile_fill #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned PanelK    = 32,
  parameter int unsigned DimBits   = 22,
  parameter int unsigned WordBits  = 15,
  parameter int unsigned SizeBits  = $clog2(PanelK + 1),
  parameter int unsigned IndexBits = 5
) (
  input  logic                 clk_i,
  input  logic                 en_i,
  input  logic                 init_i,            // the fields are there; the first panel comes
  input  logic [DimBits-1:0]   m_i,
  input  logic [DimBits-1:0]   n_i,
  input  logic [DimBits-1:0]   k_i,
  input  logic [WordBits-1:0]  a_word_i,
  input  logic [WordBits-1:0]  b_word_i,
  input  logic [WordBits-1:0]  a_ld_i,
  input  logic [WordBits-1:0]  b_ld_i,
  input  logic [3:0]           a_format_i,
  input  logic [3:0]           b_format_i,
  input  logic                 transpose_a_i,
  input  logic                 transpose_b_i,
  input  logic                 advance_i,         // the panel is full and used now: the next one
  input  logic                 take_i,            // the line is fetched
  // The panel
  output logic [SizeBits-1:0]  size_o,            // values of k, 0 if K is
  output logic                 last_of_pass_o,
  output logic                 in_last_pass_o,    // of its block
  output logic                 last_of_block_o,
  // Lines that it still needs, and the next one
  output logic                 needs_o,
  output logic                 last_line_o,
  output logic                 line_b_o,          // of B, else of A
  output logic [WordBits-1:0]  line_word_o,
  output logic [1:0]           line_shift_o,      // where it starts in its word, in 8 bytes
  output logic [IndexBits-1:0] line_index_o       // lane, or k if lanes lie side by side
);

  localparam int unsigned BlockRows  = 2 * Rows;
  localparam int unsigned BlockCols  = 2 * Cols;
  localparam int unsigned PassPanels = 1024 / PanelK;
  localparam int unsigned PassBits   = $clog2(PassPanels);
  localparam int unsigned LeftBits   = IndexBits + 1;

  logic                valid_q;                // there is such a panel
  logic [DimBits-1:0]  rows_q, cols_q, k_q;    // of C and of the block's products, from this panel on
  logic [PassBits-1:0] in_pass_q;              // panels of the pass before it
  logic [LeftBits-1:0] a_left_q, b_left_q;     // lines
  logic [IndexBits-1:0] index_q;

  // The panel after it
  logic next_col, next_row, lane_a, lane_b;
  assign last_of_block_o = k_q <= DimBits'(PanelK);
  assign last_of_pass_o  = last_of_block_o || in_pass_q == PassBits'(PassPanels - 1);
  assign in_last_pass_o  = k_q <= DimBits'(1024);
  assign size_o          = last_of_block_o ? k_q[SizeBits-1:0] : SizeBits'(PanelK);
  assign next_col        = last_of_block_o && cols_q > DimBits'(BlockCols);
  assign next_row        = last_of_block_o && !next_col;

  assign lane_a = !transpose_a_i;  // a line is a lane
  assign lane_b = transpose_b_i;

  assign needs_o      = a_left_q != '0 || b_left_q != '0;
  assign last_line_o  = a_left_q + b_left_q == LeftBits'(1);
  assign line_b_o     = a_left_q == '0;
  assign line_index_o = index_q;

  /* verilator lint_off BLKSEQ */  // values of the next panel are this process's own
  always_ff @(posedge clk_i) if (en_i) begin
    logic                valid_d;
    logic [DimBits-1:0]  k_d;
    logic [SizeBits-1:0] size_d;
    if (init_i || advance_i) begin
      valid_d = init_i ? k_i != '0 : valid_q && (!next_row || rows_q > DimBits'(BlockRows));
      k_d     = (init_i || last_of_block_o) ? k_i : k_q - DimBits'(PanelK);
      size_d  = (k_d > DimBits'(PanelK)) ? SizeBits'(PanelK) : k_d[SizeBits-1:0];
      valid_q   <= valid_d;
      k_q       <= k_d;
      in_pass_q <= (init_i || last_of_pass_o) ? '0 : in_pass_q + 1'b1;
      a_left_q  <= !valid_d ? '0 : lane_a ? LeftBits'(BlockRows) : LeftBits'(size_d);
      b_left_q  <= !valid_d ? '0 : lane_b ? LeftBits'(BlockCols) : LeftBits'(size_d);
      index_q   <= '0;
      if (init_i) begin
        rows_q <= m_i;
        cols_q <= n_i;
      end else if (next_col) begin
        cols_q <= cols_q - DimBits'(BlockCols);
      end else if (next_row) begin
        rows_q <= rows_q - DimBits'(BlockRows);
        cols_q <= n_i;
      end
    end else if (take_i && !line_b_o) begin
      a_left_q <= a_left_q - 1'b1;
      index_q  <= (a_left_q == LeftBits'(1)) ? '0 : index_q + 1'b1;
    end else if (take_i) begin
      b_left_q <= b_left_q - 1'b1;
      index_q  <= index_q + 1'b1;
    end
  end
  /* verilator lint_on BLKSEQ */

  logic [WordBits+1:0] a_address, b_address;
  athena_tile_walk #(.Lanes(BlockRows), .PanelK(PanelK), .WordBits(WordBits)) u_walk_a (
    .clk_i,
    .en_i,
    .init_i,
    .base_i        (a_word_i),
    .ld_i          (a_ld_i),
    .side_by_side_i(transpose_a_i),
    .bf16_i        (a_format_i == descriptor_regs_pkg::OperandFormatBf16[3:0]),
    .fp6_i         (a_format_i == descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0] ||
                    a_format_i == descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]),
    .fp4_i         (a_format_i == descriptor_regs_pkg::OperandFormatMxfp4[3:0]),
    .line_i        (take_i && !line_b_o),
    .panel_i       (advance_i && !last_of_block_o),
    .lanes_i       (advance_i && next_row),
    .again_i       (advance_i && next_col),
    .restart_i     (1'b0),
    .address_o     (a_address)
  );
  athena_tile_walk #(.Lanes(BlockCols), .PanelK(PanelK), .WordBits(WordBits)) u_walk_b (
    .clk_i,
    .en_i,
    .init_i,
    .base_i        (b_word_i),
    .ld_i          (b_ld_i),
    .side_by_side_i(!transpose_b_i),
    .bf16_i        (b_format_i == descriptor_regs_pkg::OperandFormatBf16[3:0]),
    .fp6_i         (b_format_i == descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0] ||
                    b_format_i == descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]),
    .fp4_i         (b_format_i == descriptor_regs_pkg::OperandFormatMxfp4[3:0]),
    .line_i        (take_i && line_b_o),
    .panel_i       (advance_i && !last_of_block_o),
    .lanes_i       (advance_i && next_col),
    .again_i       (1'b0),
    .restart_i     (advance_i && next_row),
    .address_o     (b_address)
  );
  assign {line_word_o, line_shift_o} = line_b_o ? b_address : a_address;

endmodule
