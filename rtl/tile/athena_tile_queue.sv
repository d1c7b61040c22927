// SPDX-License-Identifier: Apache-2.0
// Commands that wait, oldest first. An abort marks those that wait at that moment; the oldest one is spared
// if it is the next to run: it keeps the mark that it has.
module athena_tile_queue #(
  parameter int unsigned Depth = 8,
  parameter int unsigned Width = 512,
  parameter int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,
  input  logic                 push_i,
  input  logic [Width-1:0]     line_i,
  input  logic                 abort_i,
  input  logic                 spare_i,    // with abort_i: nothing runs
  input  logic                 pop_i,
  output logic [Width-1:0]     line_o,     // the oldest one
  output logic                 aborted_o,  // its mark
  output logic [CountBits-1:0] count_o
);

  localparam logic [Depth-1:0] Oldest = Depth'(1);

  // Bit i belongs to the i-th oldest line; bits beyond the last line are 0.
  logic [Depth-1:0] marks_q, waiting, marked;

  athena_fifo #(.Width(Width), .Depth(Depth)) u_lines (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i,
    .data_i (line_i),
    .pop_i,
    .data_o (line_o),
    .count_o
  );

  assign waiting   = ~({Depth{1'b1}} << count_o);
  assign marked    = !abort_i ? marks_q :
                     spare_i  ? (waiting & ~Oldest) | (marks_q & Oldest) : waiting;
  assign aborted_o = marks_q[0];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      marks_q <= '0;
    end else if (en_i) begin
      marks_q <= pop_i ? marked >> 1 : marked;
      a_marks_wait: assert ((marks_q & ~waiting) == '0);
      if (abort_i && pop_i) begin
        a_popped_spared: assert (spare_i);
      end
    end
  end

`ifdef ATHENA_PROOF
  `include "queue_properties.svh"
`endif

endmodule
