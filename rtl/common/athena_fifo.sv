// SPDX-License-Identifier: Apache-2.0
// First in, first out, with its oldest entry always shown. A push into a full or a pop from an empty
// one is a mistake of the user, which the assertions catch.
module athena_fifo #(
  parameter int unsigned Width = 1,
  parameter int unsigned Depth = 2,
  parameter int unsigned CountBits = $clog2(Depth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,
  input  logic                 push_i,
  input  logic [Width-1:0]     data_i,
  input  logic                 pop_i,
  output logic [Width-1:0]     data_o,
  output logic [CountBits-1:0] count_o
);

  localparam int unsigned IndexBits = (Depth > 1) ? $clog2(Depth) : 1;
  localparam logic [IndexBits-1:0] LastIndex = IndexBits'(Depth - 1);

  logic [Width-1:0]     entries_q [Depth];
  logic [IndexBits-1:0] write_q, read_q;
  logic [CountBits-1:0] count_q;

  assign data_o  = entries_q[read_q];
  assign count_o = count_q;

  always_ff @(posedge clk_i) if (en_i) begin
    if (push_i) begin
      entries_q[write_q] <= data_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else if (en_i) begin
      if (push_i) begin
        write_q <= (write_q == LastIndex) ? '0 : write_q + 1'b1;
        a_no_overflow: assert (pop_i || count_q < CountBits'(Depth));
      end
      if (pop_i) begin
        read_q <= (read_q == LastIndex) ? '0 : read_q + 1'b1;
        a_no_underflow: assert (count_q != '0);
      end
      if (push_i != pop_i) begin
        count_q <= push_i ? count_q + 1'b1 : count_q - 1'b1;
      end
    end
  end

`ifdef ATHENA_PROOF
  `include "fifo_properties.svh"
`endif

endmodule
