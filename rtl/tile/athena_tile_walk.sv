// SPDX-License-Identifier: Apache-2.0
// Addresses of an operand's lines on their way through the blocks of C. A lane is a row of A or a column of
// B. Operands whose lanes lie side by side (A stored [k][m], B stored [k][n]) are fetched a line for each k,
// the others a line for each lane. Addresses count 8 bytes and wrap at the end of L1: lanes beyond the
// operand's are fetched too, and not used.
module athena_tile_walk #(
  parameter int unsigned Lanes       = 32,
  parameter int unsigned PanelK      = 32,
  parameter int unsigned WordBits    = 15,
  parameter int unsigned AddressBits = WordBits + 2
) (
  input  logic                   clk_i,
  input  logic                   en_i,
  input  logic                   init_i,      // the fields are there; the first panel of the first block
  input  logic [WordBits-1:0]    base_i,      // in 32 bytes
  input  logic [WordBits-1:0]    ld_i,
  input  logic                   side_by_side_i,
  input  logic                   bf16_i,      // 16 bits an element, else
  input  logic                   fp6_i,       // 6 bits, else
  input  logic                   fp4_i,       // 4 bits, else 8
  // One of these, or none:
  input  logic                   line_i,      // the next line
  input  logic                   panel_i,     // the next k of these lanes
  input  logic                   lanes_i,     // the first k of the next lanes,
  input  logic                   again_i,     // of the same ones,
  input  logic                   restart_i,   // of the first ones
  output logic [AddressBits-1:0] address_o
);

  logic [AddressBits-1:0] lanes_q, panel_q, line_q;  // lane 0: of k = 0, of the panel; the next line
  logic [AddressBits-1:0] base, ld, panel_step, lanes_step;

  assign base = {base_i, 2'd0};
  assign ld   = {ld_i, 2'd0};
  assign panel_step = side_by_side_i ? ld << $clog2(PanelK) :
                      bf16_i         ? AddressBits'(PanelK / 4) :
                      fp6_i          ? AddressBits'(3 * PanelK / 32) :
                      fp4_i          ? AddressBits'(PanelK / 16) : AddressBits'(PanelK / 8);
  assign lanes_step = !side_by_side_i ? ld << $clog2(Lanes) :
                      bf16_i          ? AddressBits'(Lanes / 4) : AddressBits'(Lanes / 8);

  /* verilator lint_off BLKSEQ */  // lanes and panel are this process's own
  always_ff @(posedge clk_i) if (en_i) begin
    logic [AddressBits-1:0] lanes, panel;
    if (init_i || panel_i || lanes_i || again_i || restart_i) begin
      lanes = (init_i || restart_i) ? base : lanes_i ? lanes_q + lanes_step : lanes_q;
      panel = panel_i ? panel_q + panel_step : lanes;
      lanes_q <= lanes;
      panel_q <= panel;
      line_q  <= panel;
    end else if (line_i) begin
      line_q <= line_q + ld;
    end
  end
  /* verilator lint_on BLKSEQ */
  assign address_o = line_q;

endmodule
