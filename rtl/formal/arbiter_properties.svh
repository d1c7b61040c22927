// SPDX-License-Identifier: Apache-2.0
// Inside athena_tile_arbiter, under a core that leaves a cycle after at most LongestRun (assumed there): the core
// always wins, no two have L1 in one cycle, L1 is not left unused, and a request that stays is granted within two of
// the runs.
localparam int unsigned Bound = 2 * LongestRun + 1;

logic [15:0] write_waits_q, read_waits_q;
always_ff @(posedge clk_i or negedge rst_ni) begin
  if (!rst_ni) begin
    write_waits_q <= '0;
    read_waits_q  <= '0;
  end else begin
    write_waits_q <= (write_req_i && !write_gnt_o) ? write_waits_q + 1'b1 : '0;
    read_waits_q  <= (read_req_i && !read_gnt_o) ? read_waits_q + 1'b1 : '0;
  end
end

always @(*) begin
  assume (rst_ni == !$initstate);
  assume (en_i || (!core_req_i && !write_req_i && !read_req_i));
end

always @(*) begin
  if (rst_ni) begin
    p_core_wins:   assert (!core_req_i || (!write_gnt_o && !read_gnt_o));
    p_one:         assert (!write_gnt_o || !read_gnt_o);
    p_asked:       assert ((!write_gnt_o || write_req_i) && (!read_gnt_o || read_req_i));
    p_no_waste:    assert (core_req_i || write_gnt_o || read_gnt_o || (!write_req_i && !read_req_i));
    p_run:         assert (run_q <= RunBits'(LongestRun));
    // Whose turn it is not has waited in this run only, the other at most for a run and a grant more.
    p_write_waits: assert (write_waits_q <= 16'(run_q) + (read_turn_q ? 16'd0 : 16'(LongestRun + 1)));
    p_read_waits:  assert (read_waits_q <= 16'(run_q) + (read_turn_q ? 16'(LongestRun + 1) : 16'd0));
    p_bound:       assert (write_waits_q <= 16'(Bound) && read_waits_q <= 16'(Bound));
  end
end
