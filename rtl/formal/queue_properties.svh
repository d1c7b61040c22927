// SPDX-License-Identifier: Apache-2.0
// Inside athena_tile_queue: any one line is followed, and what an abort makes of it (models/tile/README.md): it is
// marked if it waits, unless it is the oldest and is spared. Its mark is shown when it is the oldest.
(* anyseq *) logic    choose;
logic                 follows_q, mark_q;
logic [CountBits-1:0] before_q;
logic                 hit;
assign hit = abort_i && !(spare_i && before_q == '0);

always_ff @(posedge clk_i or negedge rst_ni) begin
  if (!rst_ni) begin
    follows_q <= 1'b0;
  end else if (!follows_q) begin
    follows_q <= push_i && choose;
    before_q  <= count_o - CountBits'(pop_i);
    mark_q    <= 1'b0;
  end else begin
    mark_q <= mark_q || hit;
    if (pop_i) begin
      follows_q <= before_q != '0;
      before_q  <= before_q - 1'b1;
    end
  end
end

always @(*) begin
  if (rst_ni) begin
    p_marks: assert ((marks_q & ~waiting) == '0);
  end
  if (rst_ni && follows_q) begin
    p_kept:  assert (before_q < count_o);
    p_mark:  assert (marks_q[before_q] == mark_q);
    p_shown: assert (before_q != '0 || aborted_o == mark_q);
  end
end
