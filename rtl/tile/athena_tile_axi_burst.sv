// SPDX-License-Identifier: Apache-2.0
// Where a burst goes, whether it is legal as a whole, and the place of one of its beats.
//   L1         INCR bursts of any size and length inside L1
//   registers  one beat of 1, 2, 4 or 8 bytes, naturally aligned
//   queue      one beat of 64 bytes at a multiple of 64
module athena_tile_axi_burst #(
  parameter int unsigned L1Bytes  = 1048576,
  parameter int unsigned WordBits = $clog2(L1Bytes / 32)
) (
  input  logic                valid_i,      // else everything is 0
  input  logic [23:0]         address_i,
  input  logic [7:0]          len_i,
  input  logic [2:0]          size_i,
  input  logic [1:0]          burst_i,
  input  logic [7:0]          beat_i,
  output logic                l1_o,         // exactly one of these three, or none
  output logic                csr_o,
  output logic                queue_o,
  output logic                ok_o,
  // Of the beat:
  output logic [WordBits-1:0] l1_word_o,    // of 32 bytes, always an even one
  output logic [15:0]         csr_offset_o,  // multiple of 8
  output logic [63:0]         lanes_o       // its bytes among the 64
);

  localparam logic [1:0] BurstIncr = 2'd1;

  // Only the first beat may be unaligned; it has the bytes from its address to the boundary.
  logic [23:0] address, mask, aligned, end_address;
  logic [6:0]  past;
  logic        incr, single;
  always_comb begin
    {address, mask, aligned, end_address, past, incr, single} = '0;
    {l1_o, csr_o, queue_o, ok_o, l1_word_o, csr_offset_o, lanes_o} = '0;
    if (valid_i) begin
      mask        = (24'd1 << size_i) - 24'd1;
      aligned     = address_i & ~mask;
      end_address = aligned + (({16'd0, len_i} + 24'd1) << size_i);  // exclusive
      incr        = burst_i == BurstIncr && size_i <= 3'd6;
      single      = len_i == 8'd0 && address_i == aligned;

      l1_o    = !address_i[23];
      csr_o   = address_i[23:16] == 8'h80;
      queue_o = address_i[23:16] == 8'h81;
      ok_o    = incr && ((l1_o && end_address <= 24'(L1Bytes)) ||
                         (csr_o && single && size_i <= 3'd3) ||
                         (queue_o && single && size_i == 3'd6));

      address      = (beat_i == 8'd0) ? address_i : aligned + ({16'd0, beat_i} << size_i);
      l1_word_o    = {address[WordBits+4:6], 1'b0};
      csr_offset_o = {address[15:3], 3'd0};
      past         = {1'b0, address[5:0] & ~mask[5:0]} + 7'd1 + {1'b0, mask[5:0]};
      lanes_o      = (past[6] ? 64'hffff_ffff_ffff_ffff : (64'd1 << past[5:0]) - 64'd1) &
                     (64'hffff_ffff_ffff_ffff << address[5:0]);
    end
  end

  logic unused;
  assign unused = ^address[23:WordBits+5];

endmodule
