// SPDX-License-Identifier: Apache-2.0
// Who has L1 in this cycle: the core always wins; reads and writes of the AXI port that both want what it leaves
// take turns.
module athena_tile_arbiter #(
  parameter int unsigned LongestRun = 7  // cycles that the core may take one after another
) (
  input  logic clk_i,
  input  logic rst_ni,
  input  logic en_i,
  input  logic core_req_i,
  input  logic write_req_i,
  input  logic read_req_i,
  output logic write_gnt_o,
  output logic read_gnt_o
);

  localparam int unsigned RunBits = $clog2(LongestRun + 1);

  logic               read_turn_q;
  logic [RunBits-1:0] run_q;  // cycles that the core has had before this one

  assign read_gnt_o  = !core_req_i && read_req_i && (!write_req_i || read_turn_q);
  assign write_gnt_o = !core_req_i && write_req_i && !read_gnt_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_turn_q <= 1'b0;
      run_q       <= '0;
    end else if (en_i) begin
      if (read_gnt_o || write_gnt_o) begin
        read_turn_q <= write_gnt_o;
      end
      if (core_req_i) begin
        run_q <= run_q + 1'b1;
`ifdef ATHENA_PROOF
        a_bounded_run: assume (run_q < RunBits'(LongestRun));
`else
        a_bounded_run: assert (run_q < RunBits'(LongestRun));
`endif
      end else begin
        run_q <= '0;
      end
    end
  end

`ifdef ATHENA_PROOF
  `include "arbiter_properties.svh"
`endif

endmodule
