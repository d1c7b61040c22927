// SPDX-License-Identifier: Apache-2.0
// What athena_tile_axi_burst says of each beat of a burst, byte by byte against the definition (AXI4, A3.4.1).
// Without state: one step proves it for all inputs.
module burst_proof (
  input logic        clk_i,
  input logic [23:0] address_i,
  input logic [7:0]  len_i,
  input logic [2:0]  size_i,
  input logic [1:0]  burst_i,
  input logic [7:0]  beat_i
);

  localparam int unsigned L1Bytes = 1048576;

  logic        l1, csr, queue, ok;
  logic [14:0] l1_word;
  logic [15:0] csr_offset;
  logic [63:0] lanes;
  athena_tile_axi_burst #(.L1Bytes(L1Bytes)) dut (
    .valid_i(1'b1), .address_i, .len_i, .size_i, .burst_i, .beat_i,
    .l1_o(l1), .csr_o(csr), .queue_o(queue), .ok_o(ok),
    .l1_word_o(l1_word), .csr_offset_o(csr_offset), .lanes_o(lanes)
  );

  // First byte of the beat, first byte behind it, any byte of the bus line that holds it.
  logic [24:0] first, behind, byte_address;
  logic [5:0]  lane;
  assign lane         = $anyconst;
  assign behind       = (((25'(address_i) >> size_i) + 25'(beat_i) + 25'd1) << size_i);
  assign first        = (beat_i == '0) ? 25'(address_i) : behind - (25'd1 << size_i);
  assign byte_address = {first[24:6], lane};

  always_ff @(posedge clk_i) begin
    a_one_target: assert (!(l1 && csr) && !(l1 && queue) && !(csr && queue));
    a_incr: assert (!ok || (burst_i == 2'd1 && size_i != 3'd7 && (l1 || csr || queue)));
    if (ok && beat_i <= len_i) begin
      a_lanes: assert (lanes[lane] == (byte_address >= first && byte_address < behind));
      a_inside: assert (!l1 || behind <= 25'(L1Bytes));
      a_word: assert (!l1 || {l1_word, 5'd0} == {first[19:6], 6'd0});
      a_csr: assert (!csr || (first[23:16] == 8'h80 && csr_offset == {first[15:3], 3'd0} &&
                              behind - first <= 25'd8 && len_i == '0));
      a_line: assert (!queue || (first[23:16] == 8'h81 && behind - first == 25'd64 && len_i == '0));
    end
    // Legal INCR bursts inside L1 are accepted.
    a_accepts: assert (ok || burst_i != 2'd1 || size_i == 3'd7 || address_i[23] ||
                       ((25'(address_i) >> size_i) + 25'(len_i) + 25'd1) << size_i > 25'(L1Bytes));
  end

endmodule
