// SPDX-License-Identifier: Apache-2.0
// Inside athena_tile_axi_write: every burst taken is either at work or answered, answers stay until they are taken,
// a request has one target and stays until it is granted.
logic [2:0]          bursts_q;  // taken on AW and not yet answered on B
logic                answer_waits_q, request_waits_q;
logic [IdWidth:0]    answer_q;
logic [WordBits-1:0] word_q;
logic [63:0]         be_q;

always_ff @(posedge clk_i or negedge rst_ni) begin
  if (!rst_ni) begin
    bursts_q        <= '0;
    answer_waits_q  <= 1'b0;
    request_waits_q <= 1'b0;
  end else begin
    bursts_q        <= bursts_q + 3'(awvalid_i && awready_o) - 3'(bvalid_o && bready_i);
    answer_waits_q  <= bvalid_o && !bready_i;
    request_waits_q <= l1_req_o && !l1_gnt_i;
  end
end
always_ff @(posedge clk_i) begin
  answer_q <= {bid_o, bresp_o[1]};
  word_q   <= l1_word_o;
  be_q     <= be_o;
end

always @(*) begin
  assume (rst_ni == !$initstate);
  assume (en_i || (idle_o && !awvalid_i && !wvalid_i));  // as athena_tile enables it
  if (rst_ni) begin
    p_bursts:  assert (bursts_q == 3'(aw_count) + 3'(b_count));
    p_answer:  assert (!answer_waits_q || (bvalid_o && {bid_o, bresp_o[1]} == answer_q));
    p_request: assert (!request_waits_q || (l1_req_o && l1_word_o == word_q && be_o == be_q));
    p_target:  assert (32'(l1_req_o) + 32'(csr_req_o) + 32'(push_o) <= 1);
    p_pairs:   assert (wdata_count == w_count);
    p_idle:    assert (!idle_o || (bursts_q == '0 && !bvalid_o && !l1_req_o && !csr_req_o && !push_o));
  end
end
