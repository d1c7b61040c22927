// SPDX-License-Identifier: Apache-2.0
// The scratchpad: banks of 32-byte words, word w in bank w mod Banks. A line is one word of each bank
// at consecutive word addresses, so it may start at any multiple of 32 bytes and still takes one cycle.
module athena_tile_l1 #(
  parameter int unsigned L1Bytes   = 1048576,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned WordBits  = $clog2(L1Bytes / 32)
) (
  input  logic                   clk_i,
  input  logic                   en_i,
  // Core: a line. Data are on rdata_o one cycle after a read.
  input  logic                   core_req_i,
  input  logic                   core_we_i,
  input  logic [WordBits-1:0]    core_word_i,
  input  logic [LineBytes-1:0]   core_be_i,
  input  logic [8*LineBytes-1:0] core_wdata_i,
  // AXI, in cycles without the core: 64 bytes. Data are in the low half kilobit of rdata_o one cycle after a read.
  input  logic                   axi_req_i,
  input  logic                   axi_we_i,
  input  logic [WordBits-1:0]    axi_word_i,
  input  logic [63:0]            axi_be_i,
  input  logic [511:0]           axi_wdata_i,
  output logic [8*LineBytes-1:0] rdata_o
);

  localparam int unsigned Banks = LineBytes / 32;
  localparam int unsigned Words = L1Bytes / 32;

  // A byte's offset in L1 is its offset in this array, so that a simulator can copy it as a whole.
  logic [255:0] l1_q [Words] /* verilator public_flat_rw */;

  initial begin
    for (int unsigned i = 0; i < Words; i++) begin
      l1_q[i] = 256'd0;
    end
  end

  // Words of l1_q are private to this process, hence the blocking assignments. At most one
  // access to each bank a cycle: a line's words lie in different banks.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) if (en_i) begin
    logic [8*LineBytes-1:0] line;
    logic [WordBits-1:0]    word;
    if (core_req_i && core_we_i) begin
      for (int unsigned j = 0; j < Banks; j++) begin
        word = core_word_i + WordBits'(j);
        if (&core_be_i[32*j+:32]) begin
          l1_q[word] = core_wdata_i[256*j+:256];
        end else begin
          for (int unsigned b = 0; b < 32; b++) begin
            if (core_be_i[32*j+b]) begin
              l1_q[word][8*b+:8] = core_wdata_i[256*j+8*b+:8];
            end
          end
        end
      end
    end else if (core_req_i) begin
      for (int unsigned j = 0; j < Banks; j++) begin
        line[256*j+:256] = l1_q[core_word_i+WordBits'(j)];
      end
      rdata_o <= line;
    end else if (axi_req_i && axi_we_i) begin
      for (int unsigned j = 0; j < 2; j++) begin
        word = axi_word_i + WordBits'(j);
        if (&axi_be_i[32*j+:32]) begin
          l1_q[word] = axi_wdata_i[256*j+:256];
        end else begin
          for (int unsigned b = 0; b < 32; b++) begin
            if (axi_be_i[32*j+b]) begin
              l1_q[word][8*b+:8] = axi_wdata_i[256*j+8*b+:8];
            end
          end
        end
      end
    end else if (axi_req_i) begin
      line = '0;
      for (int unsigned j = 0; j < 2; j++) begin
        line[256*j+:256] = l1_q[axi_word_i+WordBits'(j)];
      end
      rdata_o <= line;
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
