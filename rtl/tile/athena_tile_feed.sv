// SPDX-License-Identifier: Apache-2.0
// One operand on its way from L1 to the array. Lines fill one of two panels, Lanes x PanelK elements, while the
// other one is read, the lanes of one k at a time: the transposer. Beside them, a word of 32 scales for each
// lane, also twice.
module athena_tile_feed #(
  parameter int unsigned Lanes     = 32,   // rows of A or columns of B
  parameter int unsigned FeedBytes = 64,   // of a line of L1, its first ones
  parameter int unsigned PanelK    = FeedBytes / 2,
  parameter int unsigned LaneBits  = $clog2(Lanes),
  parameter int unsigned PanelBits = $clog2(PanelK),
  parameter int unsigned IndexBits = 5
) (
  input  logic                   clk_i,
  input  logic                   en_i,
  input  logic [8*FeedBytes-1:0] line_i,
  input  logic [3:0]             format_i,
  input  logic                   side_by_side_i,  // a line has the lanes of one k, else k of one lane
  // line_i has elements
  input  logic                   fill_i,
  input  logic                   fill_panel_i,
  input  logic [IndexBits-1:0]   fill_index_i,    // k or lane
  input  logic [1:0]             fill_shift_i,    // the first one's place, in 8 bytes
  // line_i has scales
  input  logic                   scale_i,
  input  logic                   scale_bank_i,
  input  logic                   scale_packed_i,  // a word for each of the next lanes, else for one
  input  logic [LaneBits-1:0]    scale_lane_i,
  // One k for the array
  input  logic                   step_i,
  input  logic                   step_panel_i,
  input  logic [PanelBits-1:0]   step_column_i,
  input  logic                   step_scales_i,   // other scales from now on
  input  logic                   step_scale_bank_i,
  input  logic [4:0]             step_scale_i,
  output logic [16*Lanes-1:0]    codes_o,         // elements as they are, upper bits 0
  output logic [8*Lanes-1:0]     scales_o
);

  localparam int unsigned Elements = (PanelK > Lanes) ? PanelK : Lanes;
  localparam int unsigned Banks    = FeedBytes / 32;

  // Private to this process, hence the blocking assignments.
  logic [15:0]  panel [2*PanelK*Lanes];  // {panel, k, lane}
  logic [255:0] words [2*Lanes];         // {bank, lane}

  /* verilator lint_off BLKSEQ */
  task automatic store(input logic [16*Elements-1:0] codes);
    if (side_by_side_i) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        panel[(32'(fill_panel_i)*PanelK+32'(fill_index_i))*Lanes+l] = codes[16*l+:16];
      end
    end else begin
      for (int unsigned k = 0; k < PanelK; k++) begin
        panel[(32'(fill_panel_i)*PanelK+k)*Lanes+32'(fill_index_i[LaneBits-1:0])] = codes[16*k+:16];
      end
    end
  endtask

  always_ff @(posedge clk_i) if (en_i) begin
    logic [8*FeedBytes-1:0]  line;
    logic [16*Elements-1:0]  codes;
    logic [16*Lanes-1:0]     column;
    logic [8*Lanes-1:0]      scales;
    logic [255:0]            word;

    if (step_i) begin
      for (int unsigned l = 0; l < Lanes; l++) begin
        column[16*l+:16] = panel[(32'(step_panel_i)*PanelK+32'(step_column_i))*Lanes+l];
      end
      codes_o <= column;
      if (step_scales_i) begin
        for (int unsigned l = 0; l < Lanes; l++) begin
          word = words[32'(step_scale_bank_i)*Lanes+l];
          scales[8*l+:8] = word[{step_scale_i, 3'd0}+:8];
        end
        scales_o <= scales;
      end
    end

    if (fill_i) begin
      line  = line_i >> {fill_shift_i, 6'd0};
      codes = '0;
      unique case (format_i)
        descriptor_regs_pkg::OperandFormatBf16[3:0]: begin
          for (int unsigned e = 0; e < Elements; e++) begin
            codes[16*e+:16] = line[16*e+:16];
          end
        end
        descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0],
        descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]: begin
          for (int unsigned e = 0; e < Elements; e++) begin
            codes[16*e+:16] = {10'd0, line[6*e+:6]};
          end
        end
        descriptor_regs_pkg::OperandFormatMxfp4[3:0]: begin
          for (int unsigned e = 0; e < Elements; e++) begin
            codes[16*e+:16] = {12'd0, line[4*e+:4]};
          end
        end
        default: begin
          for (int unsigned e = 0; e < Elements; e++) begin
            codes[16*e+:16] = {8'd0, line[8*e+:8]};
          end
        end
      endcase
      store(codes);
    end

    if (scale_i) begin
      for (int unsigned j = 0; j < Banks; j++) begin
        if (j == 0 || scale_packed_i) begin
          words[32'(scale_bank_i)*Lanes+32'(scale_lane_i)+j] = line_i[256*j+:256];
        end
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
