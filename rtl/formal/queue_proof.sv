// SPDX-License-Identifier: Apache-2.0
// The command queue as athena_tile uses it: no push when it is full, no pop when it is empty, and an abort in
// the cycle of a pop spares the line that is popped, as nothing runs then; none of them without the enable. A line is
// one bit here.
module queue_proof #(
  parameter int unsigned Depth = 4
) (
  input logic clk_i,
  input logic rst_ni,
  input logic en_i,
  input logic push_i,
  input logic abort_i,
  input logic spare_i,
  input logic pop_i
);

  localparam int unsigned CountBits = $clog2(Depth + 1);

  logic                 line;
  logic                 aborted;
  logic [CountBits-1:0] count;
  athena_tile_queue #(.Depth(Depth), .Width(1)) u_queue (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i,
    .line_i   (1'b0),
    .abort_i,
    .spare_i,
    .pop_i,
    .line_o   (line),
    .aborted_o(aborted),
    .count_o  (count)
  );

  always @(*) begin
    assume (rst_ni == !$initstate);
    assume (!push_i || count < CountBits'(Depth));
    assume (!pop_i || count != '0);
    assume (!(abort_i && pop_i) || spare_i);
    assume (en_i || (!push_i && !pop_i && !abort_i));
  end

endmodule
