// SPDX-License-Identifier: Apache-2.0
// The read half of the port with any manager before and any user behind it: answers come in the order of AR, with
// its ID, as many beats as it asks for, RLAST on the last one.
module axi_read_proof (
  input logic         clk_i,
  input logic         rst_ni,
  input logic         en_i,
  input logic         arid_i,
  input logic [23:0]  araddr_i,
  input logic [7:0]   arlen_i,
  input logic [2:0]   arsize_i,
  input logic [1:0]   arburst_i,
  input logic         arvalid_i,
  input logic         rready_i,
  input logic         l1_gnt_i,
  input logic         csr_gnt_i,
  input logic         csr_error_i
);

  logic         arready, rid, rlast, rvalid, l1_req, csr_req, idle;
  logic [1:0]   rresp;
  logic [511:0] rdata;
  logic [6:0]   l1_word;
  logic [15:0]  csr_addr;
  athena_tile_axi_read #(.IdWidth(1), .L1Bytes(4096)) u_read (
    .clk_i, .rst_ni, .en_i,
    .arid_i, .araddr_i, .arlen_i, .arsize_i, .arburst_i, .arvalid_i, .arready_o(arready),
    .rid_o(rid), .rdata_o(rdata), .rresp_o(rresp), .rlast_o(rlast), .rvalid_o(rvalid), .rready_i,
    .l1_req_o(l1_req), .l1_word_o(l1_word), .l1_gnt_i, .l1_rdata_i(512'd0),
    .csr_req_o(csr_req), .csr_addr_o(csr_addr), .csr_gnt_i, .csr_rdata_i(64'd0),
    .csr_error_i, .idle_o(idle)
  );

  // One burst, any one, is followed from AR on: bursts before it, its ID and beats.
  (* anyseq *) logic choose;
  logic       follows_q, id_q;
  logic [3:0] bursts_q, before_q;
  logic [7:0] left_q;
  logic       take, beat;
  assign take = arvalid_i && arready;
  assign beat = rvalid && rready_i;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      bursts_q  <= '0;
      follows_q <= 1'b0;
    end else begin
      bursts_q <= bursts_q + 4'(take) - 4'(beat && rlast);
      if (!follows_q) begin
        follows_q <= take && choose;
        before_q  <= bursts_q - 4'(beat && rlast);
        id_q      <= arid_i;
        left_q    <= arlen_i;
      end else if (beat && before_q == '0) begin
        follows_q <= !rlast;
        left_q    <= left_q - 8'd1;
      end else if (beat && rlast) begin
        before_q <= before_q - 4'd1;
      end
    end
  end

  always @(*) begin
    assume (rst_ni == !$initstate);
    if (rst_ni && rvalid) begin
      p_after_address: assert (bursts_q != '0);
      p_response:      assert (rresp[0] == 1'b0);
    end
    if (rst_ni && rvalid && follows_q && before_q == '0) begin
      p_id:   assert (rid == id_q);
      p_last: assert (rlast == (left_q == '0));
    end
  end

endmodule
