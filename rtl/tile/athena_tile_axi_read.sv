// SPDX-License-Identifier: Apache-2.0
// Read half of the AXI4 port: bursts one after another, a beat a cycle where L1 is free. Every beat of
// a burst that is not legal as a whole is answered with SLVERR and zeros.
module athena_tile_axi_read #(
  parameter int unsigned IdWidth  = 4,
  parameter int unsigned L1Bytes  = 1048576,
  parameter int unsigned WordBits = $clog2(L1Bytes / 32)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                en_i,

  input  logic [IdWidth-1:0]  arid_i,
  input  logic [23:0]         araddr_i,
  input  logic [7:0]          arlen_i,
  input  logic [2:0]          arsize_i,
  input  logic [1:0]          arburst_i,
  input  logic                arvalid_i,
  output logic                arready_o,
  output logic [IdWidth-1:0]  rid_o,
  output logic [511:0]        rdata_o,
  output logic [1:0]          rresp_o,
  output logic                rlast_o,
  output logic                rvalid_o,
  input  logic                rready_i,

  output logic                l1_req_o,
  output logic [WordBits-1:0] l1_word_o,
  input  logic                l1_gnt_i,
  input  logic [511:0]        l1_rdata_i,   // one cycle after the grant
  output logic                csr_req_o,
  output logic [15:0]         csr_addr_o,   // multiple of 8
  input  logic                csr_gnt_i,
  input  logic [63:0]         csr_rdata_i,  // with the grant
  input  logic                csr_error_i,
  output logic                idle_o
);

  localparam int unsigned AddressWidth = IdWidth + 24 + 8 + 3 + 2;
  localparam int unsigned Depth = 4;  // beats on their way or waiting for the manager

  logic [1:0] ar_count;
  logic [2:0] r_count;
  logic       ar_pop;

  logic [IdWidth-1:0] id;
  logic [23:0]        address;
  logic [7:0]         len;
  logic [2:0]         size;
  logic [1:0]         burst;

  assign arready_o = ar_count != 2'd2;

  athena_fifo #(.Width(AddressWidth), .Depth(2)) u_ar (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (arvalid_i && arready_o),
    .data_i ({arid_i, araddr_i, arlen_i, arsize_i, arburst_i}),
    .pop_i  (ar_pop),
    .data_o ({id, address, len, size, burst}),
    .count_o(ar_count)
  );

  logic [7:0]  beat_q;
  logic        ok, to_l1, to_csr, to_queue;
  logic [63:0] unused_lanes;  // L1 is read by lines, a register as a whole
  athena_tile_axi_burst #(.L1Bytes(L1Bytes)) u_burst (
    .valid_i  (ar_count != 2'd0),
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
    .lanes_o  (unused_lanes)
  );

  // The beat that was issued in the last cycle and now has its data.
  logic               arrives_q, from_l1_q, from_csr_q, last_q, error_q;
  logic [IdWidth-1:0] id_q;
  logic [63:0]        csr_rdata_q;

  logic beat, issue, error, last_beat;
  assign last_beat  = beat_q == len;
  assign beat       = ar_count != 2'd0 && r_count + 3'(arrives_q) < 3'(Depth);
  assign l1_req_o   = beat && ok && to_l1;
  assign csr_req_o  = beat && ok && to_csr;
  assign issue      = beat && (!l1_req_o || l1_gnt_i) && (!csr_req_o || csr_gnt_i);
  assign error      = !ok || to_queue || (to_csr && csr_error_i);
  assign ar_pop     = issue && last_beat;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q    <= '0;
      arrives_q <= 1'b0;
    end else if (en_i) begin
      arrives_q <= issue;
      if (issue) begin
        beat_q <= last_beat ? '0 : beat_q + 1'b1;
        a_one_r: assert (rdata_count == r_count);
      end
    end
  end

  always_ff @(posedge clk_i) if (en_i) begin
    if (issue) begin
      from_l1_q   <= to_l1 && ok;
      from_csr_q  <= to_csr && !error;
      last_q      <= last_beat;
      error_q     <= error;
      id_q        <= id;
      csr_rdata_q <= csr_rdata_i;
    end
  end

  logic [511:0] arriving;
  assign arriving = from_l1_q ? l1_rdata_i : from_csr_q ? {8{csr_rdata_q}} : '0;

  athena_fifo #(.Width(IdWidth + 2), .Depth(Depth)) u_r (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (arrives_q),
    .data_i ({id_q, error_q, last_q}),
    .pop_i  (rvalid_o && rready_i),
    .data_o ({rid_o, rresp_o[1], rlast_o}),
    .count_o(r_count)
  );

  logic [2:0] rdata_count;
  athena_fifo #(.Width(512), .Depth(Depth)) u_rdata (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (arrives_q),
    .data_i (arriving),
    .pop_i  (rvalid_o && rready_i),
    .data_o (rdata_o),
    .count_o(rdata_count)
  );
  assign rresp_o[0] = 1'b0;
  assign rvalid_o   = r_count != 3'd0;
  assign idle_o     = ar_count == 2'd0 && r_count == 3'd0 && !arrives_q;

`ifdef ATHENA_PROOF
  `include "axi_read_properties.svh"
`endif

endmodule
