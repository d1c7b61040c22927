// SPDX-License-Identifier: Apache-2.0
// Inside athena_fifo: pointers and count agree, and what was pushed as the n-th, any one, is shown as the n-th.
localparam logic [CountBits-1:0] Full = CountBits'(Depth);

(* anyseq *) logic    choose;     // when to begin
logic                 follows_q;  // an entry is followed: its value, and how many are before it
logic [Width-1:0]     value_q;
logic [CountBits-1:0] before_q;

// Index of the entry with so many before it, and of the next one pushed
logic [CountBits:0]   followed, next;
logic [IndexBits-1:0] followed_index, next_index;
assign followed       = {1'b0, before_q} + (CountBits + 1)'(read_q);
assign next           = {1'b0, count_q} + (CountBits + 1)'(read_q);
assign followed_index = IndexBits'(followed >= {1'b0, Full} ? followed - {1'b0, Full} : followed);
assign next_index     = IndexBits'(next >= {1'b0, Full} ? next - {1'b0, Full} : next);

always_ff @(posedge clk_i or negedge rst_ni) begin
  if (!rst_ni) begin
    follows_q <= 1'b0;
  end else if (!follows_q) begin
    follows_q <= push_i && choose;
    value_q   <= data_i;
    before_q  <= count_q - CountBits'(pop_i);
  end else if (pop_i) begin
    follows_q <= before_q != '0;
    before_q  <= before_q - 1'b1;
  end
end

always @(*) begin
  if (rst_ni) begin
    p_count:    assert (count_q <= Full);
    p_read:     assert (read_q <= LastIndex);
    p_pointers: assert (write_q == next_index);
    // Wide ones are proved narrow.
    if (follows_q && Width <= 8) begin
      p_kept:  assert (before_q < count_q);
      p_value: assert (entries_q[followed_index] == value_q);
      p_shown: assert (before_q != '0 || data_o == value_q);
    end
  end
end
