// SPDX-License-Identifier: Apache-2.0
// Lines beside the operands' elements, in this order: C of the block before is drained, C of the next block
// loaded, the scales of the next pass loaded. A pass is 1024 values of k: a word of scales a lane.
module athena_tile_move #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned LineBytes = 64,           // of C
  parameter int unsigned FeedBytes = 64,           // of scales
  parameter int unsigned DimBits   = 22,
  parameter int unsigned WordBits  = 15,
  parameter int unsigned RowBits   = 5,            // of the longer side of a block
  parameter int unsigned ColBits   = $clog2(2 * Cols)
) (
  input  logic                clk_i,
  input  logic                en_i,
  input  logic                init_i,              // the fields are there; the first block comes
  input  logic [DimBits-1:0]  m_i,
  input  logic [DimBits-1:0]  n_i,
  input  logic                products_i,          // K is not 0
  input  logic [WordBits-1:0] c_word_i,
  input  logic [WordBits-1:0] c_ld_i,
  input  logic [WordBits-1:0] a_scale_word_i,
  input  logic [WordBits-1:0] b_scale_word_i,
  input  logic [WordBits-1:0] a_scale_ld_i,
  input  logic [WordBits-1:0] b_scale_ld_i,
  input  logic                a_mx_i,
  input  logic                b_mx_i,
  input  logic                accumulate_i,
  input  logic [1:0]          c_format_i,
  input  logic                block_i,             // the next block becomes the one now
  input  logic                pass_i,              // a pass starts;
  input  logic                in_last_pass_i,      // a cycle later: it is its block's last
  input  logic                take_i,              // the line is moved
  output logic                next_valid_o,        // there is a block after the one now
  output logic                needs_o,
  output logic                last_line_o,         // of its kind; asked for where only one kind is left
  output logic                drain_o,             // one of these says what the line is
  output logic                load_o,
  output logic                a_scale_o,
  output logic                b_scale_o,
  output logic [WordBits-1:0] word_o,
  output logic [1:0]          shift_o,             // where it starts in its word, in 8 bytes
  output logic [RowBits-1:0]  row_o,               // of the block, or lane
  output logic                line_o,              // first or second of a row
  output logic                packed_o,            // scales of several lanes in a line
  output logic [ColBits:0]    columns_o            // of C in a drained row
);

  localparam int unsigned BlockRows = 2 * Rows;
  localparam int unsigned BlockCols = 2 * Cols;
  localparam int unsigned Banks     = FeedBytes / 32;             // of a line of scales
  localparam bit          TwoLines  = 4 * BlockCols > LineBytes;  // an FP32 row of C
  localparam int unsigned AddressBits = WordBits + 2;             // in 8 bytes

  // Blocks of C, by rows of blocks: the one now is multiplied.
  logic                   next_valid_q, now_valid_q, before_valid_q;
  logic [AddressBits-1:0] next_c_q, now_c_q, before_c_q;
  logic [AddressBits-1:0] next_c_row_q;                         // of the first block of this row
  logic [WordBits-1:0]    next_a_scale_q, next_b_scale_q;
  logic [WordBits-1:0]    a_scale_q, b_scale_q;                 // of the pass whose scales came last
  logic [DimBits-1:0]     next_rows_q, now_rows_q, before_rows_q;  // of C, from this block on
  logic [DimBits-1:0]     next_cols_q, now_cols_q, before_cols_q;

  logic fp32, bf16;
  assign fp32 = c_format_i == descriptor_regs_pkg::ResultFormatFp32[1:0];
  assign bf16 = c_format_i == descriptor_regs_pkg::ResultFormatBf16[1:0];

  logic [AddressBits-1:0] c_step, c_row_step;
  assign c_step     = fp32 ? AddressBits'(BlockCols / 2) :
                      bf16 ? AddressBits'(BlockCols / 4) : AddressBits'(BlockCols / 8);
  assign c_row_step = {c_ld_i, 2'd0} << $clog2(BlockRows);

  always_ff @(posedge clk_i) if (en_i) begin
    if (init_i) begin
      next_valid_q   <= 1'b1;
      now_valid_q    <= 1'b0;
      before_valid_q <= 1'b0;
      next_c_q       <= {c_word_i, 2'd0};
      next_c_row_q   <= {c_word_i, 2'd0};
      next_a_scale_q <= a_scale_word_i;
      next_b_scale_q <= b_scale_word_i;
      next_rows_q    <= m_i;
      next_cols_q    <= n_i;
    end else if (block_i) begin
      before_valid_q <= now_valid_q;
      before_c_q     <= now_c_q;
      before_rows_q  <= now_rows_q;
      before_cols_q  <= now_cols_q;
      now_valid_q    <= next_valid_q;
      now_c_q        <= next_c_q;
      now_rows_q     <= next_rows_q;
      now_cols_q     <= next_cols_q;
      if (next_cols_q > DimBits'(BlockCols)) begin
        next_cols_q    <= next_cols_q - DimBits'(BlockCols);
        next_c_q       <= next_c_q + c_step;
        next_b_scale_q <= next_b_scale_q + (b_scale_ld_i << $clog2(BlockCols));
      end else if (next_rows_q > DimBits'(BlockRows)) begin
        next_cols_q    <= n_i;
        next_rows_q    <= next_rows_q - DimBits'(BlockRows);
        next_c_q       <= next_c_row_q + c_row_step;
        next_c_row_q   <= next_c_row_q + c_row_step;
        next_a_scale_q <= next_a_scale_q + (a_scale_ld_i << $clog2(BlockRows));
        next_b_scale_q <= b_scale_word_i;
      end else begin
        next_valid_q <= 1'b0;
      end
    end
  end
  assign next_valid_o = next_valid_q;

  // What is still to be moved, and the line in turn
  logic pass_q, block_q, drain_q, load_q, a_scales_q, b_scales_q, first_q, line_q;
  logic [RowBits-1:0]     row_q;
  logic [AddressBits-1:0] address_q, address;

  assign needs_o   = drain_q || load_q || a_scales_q || b_scales_q;
  assign drain_o   = drain_q;
  assign load_o    = !drain_q && load_q;
  assign a_scale_o = !drain_q && !load_q && a_scales_q;
  assign b_scale_o = !drain_q && !load_q && !a_scales_q && b_scales_q;

  logic last_in_row, last_of_kind;
  assign last_line_o = last_of_kind;
  logic [RowBits-1:0] step, last_row;
  logic [AddressBits-1:0] start, distance;
  always_comb begin
    {packed_o, step, last_row, last_in_row, last_of_kind} = '0;
    {start, distance, address} = '0;
    if (needs_o) begin
      packed_o     = (a_scale_o ? a_scale_ld_i : b_scale_ld_i) == WordBits'(1);
      step         = ((a_scale_o || b_scale_o) && packed_o) ? RowBits'(Banks) : RowBits'(1);
      last_row     = RowBits'((b_scale_o ? BlockCols : BlockRows) - 32'(step));
      last_in_row  = !(drain_o || load_o) || !fp32 || !TwoLines || line_q;
      last_of_kind = last_in_row && row_q == last_row;
      start    = drain_o   ? before_c_q :
                 load_o    ? next_c_q :
                 a_scale_o ? {a_scale_q, 2'd0} : {b_scale_q, 2'd0};
      distance = packed_o && (a_scale_o || b_scale_o) ? AddressBits'(4 * Banks) :
                 {a_scale_o ? a_scale_ld_i : b_scale_o ? b_scale_ld_i : c_ld_i, 2'd0};
      address  = first_q ? start : address_q;
    end
  end

  always_ff @(posedge clk_i) if (en_i) begin
    pass_q  <= pass_i;
    block_q <= block_i;
    if (init_i) begin
      drain_q    <= 1'b0;
      load_q     <= accumulate_i;
      a_scales_q <= a_mx_i && products_i;
      b_scales_q <= b_mx_i && products_i;
      a_scale_q  <= a_scale_word_i;
      b_scale_q  <= b_scale_word_i;
      pass_q     <= 1'b0;
    end else if (pass_q) begin
      drain_q    <= block_q && before_valid_q;
      load_q     <= block_q && accumulate_i && next_valid_q;
      a_scales_q <= a_mx_i && products_i && (next_valid_q || !in_last_pass_i);
      b_scales_q <= b_mx_i && products_i && (next_valid_q || !in_last_pass_i);
      a_scale_q  <= in_last_pass_i ? next_a_scale_q : a_scale_q + 1'b1;
      b_scale_q  <= in_last_pass_i ? next_b_scale_q : b_scale_q + 1'b1;
    end else if (take_i && last_of_kind) begin
      if (drain_q) drain_q <= 1'b0;
      else if (load_q) load_q <= 1'b0;
      else if (a_scales_q) a_scales_q <= 1'b0;
      else b_scales_q <= 1'b0;
    end

    if (init_i || pass_q || (take_i && last_of_kind)) begin
      first_q <= 1'b1;
      row_q   <= '0;
      line_q  <= 1'b0;
    end else if (take_i) begin
      line_q <= !last_in_row;
      if (last_in_row) begin
        first_q   <= 1'b0;
        row_q     <= row_q + step;
        address_q <= address + distance;
      end
    end
  end

  assign {word_o, shift_o} = line_q ? address + AddressBits'(LineBytes / 8) : address;
  assign row_o             = row_q;
  assign line_o            = line_q;

  // Rows and columns of the block before that lie in C
  assign columns_o = (DimBits'(row_q) >= before_rows_q)       ? '0 :
                     (before_cols_q > DimBits'(BlockCols)) ? (ColBits + 1)'(BlockCols)
                                                           : before_cols_q[ColBits:0];

endmodule
