// SPDX-License-Identifier: Apache-2.0
// Write half of the AXI4 port: bursts one after another, a beat a cycle where L1 is free. A burst that
// is not legal as a whole has no effect and is answered with SLVERR.
module athena_tile_axi_write #(
  parameter int unsigned IdWidth  = 4,
  parameter int unsigned L1Bytes  = 1048576,
  parameter int unsigned WordBits = $clog2(L1Bytes / 32)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                en_i,

  input  logic [IdWidth-1:0]  awid_i,
  input  logic [23:0]         awaddr_i,
  input  logic [7:0]          awlen_i,
  input  logic [2:0]          awsize_i,
  input  logic [1:0]          awburst_i,
  input  logic                awvalid_i,
  output logic                awready_o,
  input  logic [511:0]        wdata_i,
  input  logic [63:0]         wstrb_i,
  input  logic                wlast_i,
  input  logic                wvalid_i,
  output logic                wready_o,
  output logic [IdWidth-1:0]  bid_o,
  output logic [1:0]          bresp_o,
  output logic                bvalid_o,
  input  logic                bready_i,

  // L1, registers, command queue: at most one request a cycle.
  output logic                l1_req_o,
  output logic [WordBits-1:0] l1_word_o,
  input  logic                l1_gnt_i,
  output logic                csr_req_o,
  output logic [15:0]         csr_addr_o,  // multiple of 8
  output logic [63:0]         csr_wdata_o,
  output logic [7:0]          csr_be_o,
  input  logic                csr_error_i,
  output logic                push_o,      // a line arrives, full or not
  input  logic                full_i,
  output logic [511:0]        wdata_o,     // of the request, with its bytes
  output logic [63:0]         be_o,
  output logic                idle_o
);

  localparam int unsigned AddressWidth = IdWidth + 24 + 8 + 3 + 2;

  logic [1:0] aw_count, w_count, b_count;
  logic       aw_pop, w_pop, b_push;

  logic [IdWidth-1:0] id;
  logic [23:0]        address;
  logic [7:0]         len;
  logic [2:0]         size;
  logic [1:0]         burst;
  logic               last_flag;
  logic [63:0]        strobes;

  assign awready_o = aw_count != 2'd2;
  assign wready_o  = w_count != 2'd2;
  assign bvalid_o  = b_count != 2'd0;

  athena_fifo #(.Width(AddressWidth), .Depth(2)) u_aw (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (awvalid_i && awready_o),
    .data_i ({awid_i, awaddr_i, awlen_i, awsize_i, awburst_i}),
    .pop_i  (aw_pop),
    .data_o ({id, address, len, size, burst}),
    .count_o(aw_count)
  );

  athena_fifo #(.Width(65), .Depth(2)) u_w (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (wvalid_i && wready_o),
    .data_i ({wlast_i, wstrb_i}),
    .pop_i  (w_pop),
    .data_o ({last_flag, strobes}),
    .count_o(w_count)
  );

  logic [1:0] wdata_count;
  athena_fifo #(.Width(512), .Depth(2)) u_wdata (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (wvalid_i && wready_o),
    .data_i (wdata_i),
    .pop_i  (w_pop),
    .data_o (wdata_o),
    .count_o(wdata_count)
  );

  logic error;
  athena_fifo #(.Width(IdWidth + 1), .Depth(2)) u_b (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (b_push),
    .data_i ({id, error}),
    .pop_i  (bvalid_o && bready_i),
    .data_o ({bid_o, bresp_o[1]}),
    .count_o(b_count)
  );
  assign bresp_o[0] = 1'b0;

  // The burst's address and beat; the address queue keeps the burst until its last beat.
  logic [7:0]  beat_q;
  logic        ok, to_l1, to_csr, to_queue;
  logic [63:0] lanes;
  athena_tile_axi_burst #(.L1Bytes(L1Bytes)) u_burst (
    .valid_i  (aw_count != 2'd0),
    .address_i(address),
    .len_i    (len),
    .size_i   (size),
    .burst_i  (burst),
    .beat_i   (beat_q),
    .l1_o     (to_l1),
    .csr_o    (to_csr),
    .queue_o  (to_queue),
    .ok_o     (ok),
    .l1_word_o,
    .csr_offset_o(csr_addr_o),
    .lanes_o  (lanes)
  );

  // A beat with data, and room for the response if it is the last one.
  logic beat, last_beat, whole_line;
  assign last_beat  = beat_q == len;
  assign beat       = aw_count != 2'd0 && w_count != 2'd0 && (!last_beat || b_count != 2'd2);
  assign be_o       = strobes & lanes;
  assign whole_line = &strobes;

  assign l1_req_o    = beat && ok && to_l1;
  assign csr_req_o   = beat && ok && to_csr;
  assign csr_wdata_o = wdata_o[{csr_addr_o[5:3], 6'd0}+:64];
  assign csr_be_o    = be_o[{csr_addr_o[5:3], 3'd0}+:8];
  assign push_o      = beat && ok && to_queue && whole_line;

  assign w_pop  = beat && (!l1_req_o || l1_gnt_i);
  assign aw_pop = w_pop && last_beat;
  assign b_push = aw_pop;
  assign error  = !ok || (to_csr && csr_error_i) || (to_queue && (!whole_line || full_i));
  assign idle_o = aw_count == 2'd0 && w_count == 2'd0 && b_count == 2'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q <= '0;
    end else if (w_pop) begin
      beat_q <= last_beat ? '0 : beat_q + 1'b1;
`ifdef ATHENA_PROOF
      a_wlast: assume (last_flag == last_beat);
`else
      a_wlast: assert (last_flag == last_beat);
`endif
      a_one_w: assert (wdata_count == w_count);
`ifndef ATHENA_PROOF
      a_lanes: assert ((strobes & ~lanes) == '0 || !ok);
`endif
    end
  end

`ifdef ATHENA_PROOF
  `include "axi_write_properties.svh"
`endif

endmodule
