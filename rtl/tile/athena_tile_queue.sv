// SPDX-License-Identifier: Apache-2.0
// Commands that wait. An abort marks those that wait at that moment: the oldest `marked` entries.
module athena_tile_queue #(
  parameter int unsigned Depth = 8,
  parameter int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 push_i,
  input  logic [511:0]         line_i,
  input  logic                 abort_i,
  input  logic                 pop_i,
  output logic [511:0]         line_o,
  output logic                 aborted_o,
  output logic [CountBits-1:0] count_o
);

  logic [CountBits-1:0] marked_q;

  athena_fifo #(.Width(512), .Depth(Depth)) u_lines (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i (line_i),
    .pop_i,
    .data_o (line_o),
    .count_o
  );

  assign aborted_o = marked_q != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      marked_q <= '0;
    end else begin
      if (abort_i) begin
        marked_q <= count_o - CountBits'(pop_i);
      end else if (pop_i && aborted_o) begin
        marked_q <= marked_q - 1'b1;
      end
      a_marked: assert (marked_q <= count_o);
    end
  end

endmodule
