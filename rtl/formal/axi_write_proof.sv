// SPDX-License-Identifier: Apache-2.0
// The write half of the port under a manager that puts WLAST where AW says (assumed there) and any user behind it:
// answers come in the order of AW, with its ID, each after its burst's last beat.
module axi_write_proof (
  input logic         clk_i,
  input logic         rst_ni,
  input logic         en_i,
  input logic         awid_i,
  input logic [23:0]  awaddr_i,
  input logic [7:0]   awlen_i,
  input logic [2:0]   awsize_i,
  input logic [1:0]   awburst_i,
  input logic         awvalid_i,
  input logic [63:0]  wstrb_i,
  input logic         wlast_i,
  input logic         wvalid_i,
  input logic         bready_i,
  input logic         l1_gnt_i,
  input logic         csr_error_i,
  input logic         full_i
);

  logic         awready, wready, bid, bvalid, l1_req, csr_req, push, idle;
  logic [1:0]   bresp;
  logic [6:0]   l1_word;
  logic [15:0]  csr_addr;
  logic [63:0]  csr_wdata, be;
  logic [7:0]   csr_be;
  logic [511:0] wdata;
  athena_tile_axi_write #(.IdWidth(1), .L1Bytes(4096)) u_write (
    .clk_i, .rst_ni, .en_i,
    .awid_i, .awaddr_i, .awlen_i, .awsize_i, .awburst_i, .awvalid_i, .awready_o(awready),
    .wdata_i(512'd0), .wstrb_i, .wlast_i, .wvalid_i, .wready_o(wready),
    .bid_o(bid), .bresp_o(bresp), .bvalid_o(bvalid), .bready_i,
    .l1_req_o(l1_req), .l1_word_o(l1_word), .l1_gnt_i,
    .csr_req_o(csr_req), .csr_addr_o(csr_addr), .csr_wdata_o(csr_wdata), .csr_be_o(csr_be), .csr_error_i,
    .push_o(push), .full_i, .wdata_o(wdata), .be_o(be), .idle_o(idle)
  );

  // IDs of bursts not yet answered, oldest first, and last beats beyond those of answered bursts
  logic [7:0] ids_q;
  logic [3:0] bursts_q, lasts_q;
  logic       take, beat, answer;
  assign take   = awvalid_i && awready;
  assign beat   = wvalid_i && wready;
  assign answer = bvalid && bready_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bursts_q <= '0;
      lasts_q  <= '0;
      ids_q    <= '0;
    end else begin
      bursts_q <= bursts_q + 4'(take) - 4'(answer);
      lasts_q  <= lasts_q + 4'(beat && wlast_i) - 4'(answer);
      if (answer) begin
        ids_q <= (ids_q >> 1) | ({7'd0, take && awid_i} << (bursts_q - 4'd1));
      end else begin
        ids_q <= ids_q | ({7'd0, take && awid_i} << bursts_q);
      end
    end
  end

  always @(*) begin
    assume (rst_ni == !$initstate);
    if (rst_ni && bvalid) begin
      p_after_address: assert (bursts_q != '0);
      p_after_data:    assert (lasts_q != '0);
      p_id:            assert (bid == ids_q[0]);
      p_response:      assert (bresp[0] == 1'b0);
    end
  end

endmodule
