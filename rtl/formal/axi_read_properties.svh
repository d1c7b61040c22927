// SPDX-License-Identifier: Apache-2.0
// Inside athena_tile_axi_read: a beat is asked for only if there is room for its answer, answers stay until they are
// taken, a request has one target and stays until it is granted.
logic                answer_waits_q, request_waits_q;
logic [IdWidth+1:0]  answer_q;
logic [WordBits-1:0] word_q;

always_ff @(posedge clk_i or negedge rst_ni) begin
  if (!rst_ni) begin
    answer_waits_q  <= 1'b0;
    request_waits_q <= 1'b0;
  end else begin
    answer_waits_q  <= rvalid_o && !rready_i;
    request_waits_q <= l1_req_o && !l1_gnt_i;
  end
end
always_ff @(posedge clk_i) begin
  answer_q <= {rid_o, rresp_o[1], rlast_o};
  word_q   <= l1_word_o;
end

always @(*) begin
  assume (rst_ni == !$initstate);
  assume (en_i || (idle_o && !arvalid_i));  // as athena_tile enables it
  if (rst_ni) begin
    p_room:    assert (r_count + 3'(arrives_q) <= 3'(Depth));
    p_answer:  assert (!answer_waits_q || (rvalid_o && {rid_o, rresp_o[1], rlast_o} == answer_q));
    p_request: assert (!request_waits_q || (l1_req_o && l1_word_o == word_q));
    p_target:  assert (!l1_req_o || !csr_req_o);
    p_pairs:   assert (rdata_count == r_count);
    p_idle:    assert (!idle_o || (!rvalid_o && !arrives_q && !l1_req_o && !csr_req_o));
  end
end
