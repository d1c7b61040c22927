// SPDX-License-Identifier: Apache-2.0
// A FIFO whose user neither pushes into a full nor pops from an empty one, nor does either without the enable.
module fifo_proof #(
  parameter int unsigned Depth = 4
) (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       en_i,
  input logic       push_i,
  input logic [3:0] data_i,
  input logic       pop_i
);

  localparam int unsigned CountBits = $clog2(Depth + 1);

  logic [3:0]           data;
  logic [CountBits-1:0] count;
  athena_fifo #(.Width(4), .Depth(Depth)) u_fifo (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i,
    .data_i,
    .pop_i,
    .data_o (data),
    .count_o(count)
  );

  always @(*) begin
    assume (rst_ni == !$initstate);
    assume (!push_i || pop_i || count < CountBits'(Depth));
    assume (!pop_i || count != '0);
    assume (en_i || (!push_i && !pop_i));
  end

endmodule
