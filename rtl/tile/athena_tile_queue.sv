// SPDX-License-Identifier: Apache-2.0
// Commands that wait. An abort marks those that wait at that moment. While nothing runs, the oldest one
// counts as running and is spared.
module athena_tile_queue #(
  parameter int unsigned Depth = 8,
  parameter int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 push_i,
  input  logic [511:0]         line_i,
  input  logic                 abort_i,
  input  logic                 running_i,  // a command that has been taken
  input  logic                 pop_i,
  output logic [511:0]         line_o,
  output logic                 aborted_o,  // with line_o
  output logic [CountBits-1:0] count_o
);

  logic [CountBits-1:0] marked_q;  // this many of the oldest, the spared one left out
  logic                 spared_q;  // the oldest one is not among them

  athena_fifo #(.Width(512), .Depth(Depth)) u_lines (
    .clk_i,
    .rst_ni,
    .push_i,
    .data_i (line_i),
    .pop_i,
    .data_o (line_o),
    .count_o
  );

  assign aborted_o = (marked_q != '0 && !spared_q) || (abort_i && running_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      marked_q <= '0;
      spared_q <= 1'b0;
    end else begin
      if (abort_i) begin
        marked_q <= count_o - CountBits'(count_o != '0 && (pop_i || !running_i));
        spared_q <= count_o != '0 && !pop_i && !running_i;
      end else if (pop_i) begin
        marked_q <= marked_q - CountBits'(aborted_o);
        spared_q <= 1'b0;
      end
      if (marked_q != '0) begin
        a_marked: assert (marked_q + CountBits'(spared_q) <= count_o);
      end
    end
  end

endmodule
