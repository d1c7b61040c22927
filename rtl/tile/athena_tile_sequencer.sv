// SPDX-License-Identifier: Apache-2.0
// Runs one command: says cycle by cycle who uses L1 and where. It never waits for anybody, so the
// cycles of a command depend on its fields only (docs/tile.md derives the formula).
//
// Time is cut into frames of eight cycles, counted from the command's start:
//   phase      0  1  2  3  4  5  6  7
//   multiply   B  C  A  C  B  C  A  -     B: row of B of one k. A: a row of A for the next panel, which
//                                         takes B's place too when the panel's k are used up. C: a line of
//                                         C is drained from, or loaded into, the other accumulators.
//   first, last x  x  x  x  x  x  x  -     C of the first block and its first panel of A; C of the last
// Phase 7 and whatever is not used belong to the AXI port.
module athena_tile_sequencer #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned L1Bytes   = 1048576,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned PanelK    = LineBytes / 2,
  parameter int unsigned DimBits   = $clog2(L1Bytes),
  parameter int unsigned WordBits  = $clog2(L1Bytes / 32),
  parameter int unsigned RowBits   = $clog2(2 * Rows),
  parameter int unsigned ColBits   = $clog2(2 * Cols),
  parameter int unsigned PanelBits = $clog2(PanelK)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  // The command; its fields stay until done_o. M and N are not 0. Addresses and leading
  // dimensions are in words of 32 bytes.
  input  logic                 start_i,
  input  logic [DimBits-1:0]   m_i,
  input  logic [DimBits-1:0]   n_i,
  input  logic [DimBits-1:0]   k_i,
  input  logic [WordBits-1:0]  a_word_i,
  input  logic [WordBits-1:0]  b_word_i,
  input  logic [WordBits-1:0]  c_word_i,
  input  logic [WordBits-1:0]  a_ld_i,
  input  logic [WordBits-1:0]  b_ld_i,
  input  logic [WordBits-1:0]  c_ld_i,
  input  logic                 accumulate_i,
  input  logic                 bf16_i,
  output logic                 done_o,          // the last result reaches L1 in this cycle
  // Array and converter: a row of sums, then the line of it that is wanted
  output logic                 drain_valid_o,
  output logic                 drain_bank_o,
  output logic [RowBits-1:0]   drain_row_o,
  output logic                 convert_valid_o,
  output logic                 convert_zero_o,
  output logic                 convert_line_o,
  output logic [ColBits:0]     convert_columns_o,
  // L1
  output logic                 l1_req_o,
  output logic                 l1_we_o,
  output logic [WordBits-1:0]  l1_word_o,
  // What the line is that L1 shows now
  output logic                 a_valid_o,
  output logic                 b_valid_o,
  output logic                 load_valid_o,
  output logic                 panel_o,
  output logic [RowBits-1:0]   row_o,
  output logic [PanelBits-1:0] column_o,
  output logic                 first_o,
  output logic                 bank_o,
  output logic                 line_o
);

  localparam int unsigned LineWords  = LineBytes / 32;
  localparam int unsigned BlockRows  = 2 * Rows;
  localparam int unsigned BlockCols  = 2 * Cols;
  localparam bit          TwoLines   = 4 * BlockCols > LineBytes;  // an FP32 row of C
  localparam logic [WordBits-1:0] BBlockWords     = WordBits'(2 * BlockCols / 32);
  localparam logic [WordBits-1:0] CBlockWordsBf16 = WordBits'(2 * BlockCols / 32);
  localparam logic [WordBits-1:0] CBlockWordsFp32 = WordBits'(4 * BlockCols / 32);
  localparam logic [RowBits-1:0]  LastRow         = RowBits'(BlockRows - 1);

  typedef enum logic [2:0] {Idle, Setup, First, Multiply, Last, Done} state_e;
  typedef enum logic [1:0] {None, Drain, Load} move_e;

  state_e     state_q;
  logic [2:0] phase_q;

  // Blocks of C, by rows of blocks: the next one, the one that is multiplied, the one before it.
  logic                next_valid_q, now_valid_q, before_valid_q;
  logic [WordBits-1:0] next_a_q, now_a_q;                  // first row of A
  logic [WordBits-1:0] next_b_q;                           // first column of B
  logic [WordBits-1:0] next_c_q, now_c_q, before_c_q;      // first element of C
  logic [WordBits-1:0] next_c_row_q;                       // the same in the first block of this row
  logic [DimBits-1:0]  next_rows_q, now_rows_q, before_rows_q;  // of C, from this block on
  logic [DimBits-1:0]  next_cols_q, now_cols_q, before_cols_q;
  logic                bank_q;                             // accumulators of the block now

  // Products: k of the block that no panel has taken yet, k of the panel to come.
  logic [DimBits-1:0]   k_left_q;
  logic [PanelBits:0]   panel_left_q;
  logic [PanelBits-1:0] column_q;
  logic [WordBits-1:0]  b_word_q;
  logic                 first_q, panel_q, panel_starts_q;
  logic [WordBits-1:0]  chunk_q;                           // where the panel starts in a row of A

  // Rows of A for the other panel
  logic [RowBits:0]    fill_left_q;
  logic [RowBits-1:0]  fill_row_q;
  logic [WordBits-1:0] fill_word_q;

  // Lines of C
  move_e               move_q;
  logic                move_waits_q, move_line_q;
  logic [RowBits-1:0]  move_row_q;
  logic [WordBits-1:0] move_word_q;

  // Who has L1 in this slot
  logic slot_a, slot_b, slot_c;
  always_comb begin
    slot_a = 1'b0;
    slot_b = 1'b0;
    slot_c = 1'b0;
    unique case (state_q)
      First, Last: begin
        slot_c = phase_q != 3'd7 && move_q != None;
        slot_a = phase_q != 3'd7 && move_q == None && fill_left_q != '0;
      end
      Multiply: begin
        slot_c = phase_q[0] && phase_q != 3'd7 && move_q != None;
        slot_b = phase_q[1:0] == 2'd0 && panel_left_q != '0;
        slot_a = !phase_q[0] && !slot_b && fill_left_q != '0;
      end
      default: ;
    endcase
  end

  // What happens at the end of a frame
  logic move_work, moves_done, panel_done, frame_end;
  logic start_block, start_panel, advance, multiply_ends;
  assign move_work     = before_valid_q || (accumulate_i && next_valid_q);
  assign moves_done    = move_q == None && !(move_waits_q && move_work);
  assign panel_done    = panel_left_q == '0 && fill_left_q == '0;
  assign frame_end     = phase_q == 3'd7;
  assign multiply_ends = state_q == Multiply && frame_end && panel_done && k_left_q == '0 && moves_done;
  assign start_block   = (state_q == First && frame_end && panel_done && moves_done) ||
                         (multiply_ends && next_valid_q);
  assign start_panel   = (start_block && k_i != '0) ||
                         (state_q == Multiply && frame_end && panel_done && k_left_q != '0);
  assign advance       = state_q == Setup || multiply_ends;

  logic [DimBits-1:0] k_base;
  logic [PanelBits:0] panel_size;
  assign k_base     = start_block ? k_i : k_left_q;
  assign panel_size = (k_base > DimBits'(PanelK)) ? (PanelBits + 1)'(PanelK)
                                                  : k_base[PanelBits:0];

  logic last_line, last_move;
  assign last_line = bf16_i || !TwoLines || move_line_q;
  assign last_move = last_line && move_row_q == LastRow;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      unique case (state_q)
        Idle:     if (start_i) state_q <= Setup;
        Setup:    state_q <= First;
        First:    if (start_block) state_q <= Multiply;
        Multiply: if (multiply_ends && !next_valid_q) state_q <= Last;
        Last:     if (moves_done) state_q <= Done;
        Done:     state_q <= Idle;
        default:  state_q <= Idle;
      endcase
      if (slot_a || slot_b || slot_c) begin
        a_one_user: assert (32'(slot_a) + 32'(slot_b) + 32'(slot_c) == 1);
        a_axi_slot: assert (!frame_end);
      end
      if (start_i) begin
        a_start_idle: assert (state_q == Idle);
      end
    end
  end
  assign done_o = state_q == Done;

  always_ff @(posedge clk_i) begin
    phase_q <= (state_q == Setup || state_q == Idle) ? 3'd0 : phase_q + 1'b1;

    if (start_i) begin
      next_valid_q   <= 1'b1;
      next_a_q       <= a_word_i;
      next_b_q       <= b_word_i;
      next_c_q       <= c_word_i;
      next_c_row_q   <= c_word_i;
      next_rows_q    <= m_i;
      next_cols_q    <= n_i;
      now_valid_q    <= 1'b0;
      before_valid_q <= 1'b0;
      bank_q         <= 1'b1;
      panel_q        <= 1'b1;
      panel_left_q   <= '0;
      k_left_q       <= '0;
      panel_starts_q <= 1'b0;
    end

    if (advance) begin
      before_valid_q <= now_valid_q;
      before_c_q     <= now_c_q;
      before_rows_q  <= now_rows_q;
      before_cols_q  <= now_cols_q;
      now_valid_q    <= next_valid_q;
      now_a_q        <= next_a_q;
      now_c_q        <= next_c_q;
      now_rows_q     <= next_rows_q;
      now_cols_q     <= next_cols_q;
      b_word_q       <= next_b_q;
      bank_q         <= !bank_q;
      if (next_cols_q > DimBits'(BlockCols)) begin
        next_cols_q <= next_cols_q - DimBits'(BlockCols);
        next_b_q    <= next_b_q + BBlockWords;
        next_c_q    <= next_c_q + (bf16_i ? CBlockWordsBf16 : CBlockWordsFp32);
      end else if (next_rows_q > DimBits'(BlockRows)) begin
        next_cols_q  <= n_i;
        next_rows_q  <= next_rows_q - DimBits'(BlockRows);
        next_a_q     <= next_a_q + (a_ld_i << RowBits);
        next_b_q     <= b_word_i;
        next_c_q     <= next_c_row_q + (c_ld_i << RowBits);
        next_c_row_q <= next_c_row_q + (c_ld_i << RowBits);
      end else begin
        next_valid_q <= 1'b0;
      end
    end

    // Products
    panel_starts_q <= start_panel;
    if (start_block) begin
      first_q <= !accumulate_i;
    end
    if (start_panel) begin
      panel_q      <= !panel_q;
      panel_left_q <= panel_size;
      k_left_q     <= k_base - DimBits'(panel_size);
      column_q     <= '0;
      chunk_q      <= start_block ? '0 : chunk_q + WordBits'(LineWords);
    end
    if (slot_b) begin
      panel_left_q <= panel_left_q - 1'b1;
      column_q     <= column_q + 1'b1;
      b_word_q     <= b_word_q + b_ld_i;
      first_q      <= 1'b0;
    end

    // Rows of A for the first panel, then always for the panel after the one that is multiplied
    if (state_q == Setup) begin
      fill_left_q <= (k_i == '0) ? '0 : (RowBits + 1)'(BlockRows);
      fill_row_q  <= '0;
      fill_word_q <= next_a_q;
    end else if (panel_starts_q && k_left_q != '0) begin
      fill_left_q <= (RowBits + 1)'(BlockRows);
      fill_row_q  <= '0;
      fill_word_q <= now_a_q + chunk_q + WordBits'(LineWords);
    end else if (panel_starts_q && next_valid_q) begin
      fill_left_q <= (RowBits + 1)'(BlockRows);
      fill_row_q  <= '0;
      fill_word_q <= next_a_q;
    end else if (slot_a) begin
      fill_left_q <= fill_left_q - 1'b1;
      fill_row_q  <= fill_row_q + 1'b1;
      fill_word_q <= fill_word_q + a_ld_i;
    end

    // C: the block before is drained, then the next one loaded, one frame after the block's start, when
    // the last sums of the block before are there.
    if (start_block || multiply_ends) begin
      move_waits_q <= 1'b1;
    end else if (frame_end) begin
      move_waits_q <= 1'b0;
    end
    if (state_q == Setup) begin
      move_q      <= accumulate_i ? Load : None;
      move_word_q <= next_c_q;
      move_row_q  <= '0;
      move_line_q <= 1'b0;
      move_waits_q <= 1'b0;
    end else if ((frame_end && move_waits_q && state_q != First) || (slot_c && last_move)) begin
      move_row_q  <= '0;
      move_line_q <= 1'b0;
      if (move_waits_q && before_valid_q) begin
        move_q      <= Drain;
        move_word_q <= before_c_q;
      end else if (state_q == Multiply && accumulate_i && next_valid_q && move_q != Load) begin
        move_q      <= Load;
        move_word_q <= next_c_q;
      end else begin
        move_q <= None;
      end
    end else if (slot_c) begin
      move_line_q <= !last_line;
      if (last_line) begin
        move_row_q  <= move_row_q + 1'b1;
        move_word_q <= move_word_q + c_ld_i;
      end
    end
  end

  // Rows and columns of the block before that lie in C
  logic row_in_c;
  logic [ColBits:0] columns_in_c;
  assign row_in_c     = DimBits'(move_row_q) < before_rows_q;
  assign columns_in_c = !row_in_c ? '0 :
                        (before_cols_q > DimBits'(BlockCols)) ? (ColBits + 1)'(BlockCols)
                                                              : before_cols_q[ColBits:0];

  logic move_bank;
  assign move_bank     = (state_q == First) ? bank_q : !bank_q;
  assign drain_valid_o = slot_c && move_q == Drain && !move_line_q;
  assign drain_bank_o  = move_bank;
  assign drain_row_o   = move_row_q;

  // The slot's access on its way: decided (1), at L1 (2), its line there (3).
  logic                 req1_q, req2_q, a1_q, a2_q, a3_q, b1_q, b2_q, b3_q;
  logic                 load1_q, load2_q, load3_q, drain1_q, drain2_q;
  logic [WordBits-1:0]  word1_q, word2_q;
  logic                 panel1_q, panel2_q, panel3_q, first1_q, first2_q, first3_q;
  logic                 bank1_q, bank2_q, bank3_q, line1_q, line2_q, line3_q;
  logic [RowBits-1:0]   row1_q, row2_q, row3_q;
  logic [PanelBits-1:0] column1_q, column2_q, column3_q;
  logic [ColBits:0]     columns1_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {req1_q, a1_q, b1_q, load1_q, drain1_q} <= '0;
      {req2_q, a2_q, b2_q, load2_q, drain2_q} <= '0;
      {a3_q, b3_q, load3_q}                   <= '0;
    end else begin
      req1_q   <= slot_a || slot_b || slot_c;
      a1_q     <= slot_a;
      b1_q     <= slot_b;
      load1_q  <= slot_c && move_q == Load;
      drain1_q <= slot_c && move_q == Drain;
      {req2_q, a2_q, b2_q, load2_q, drain2_q} <= {req1_q, a1_q, b1_q, load1_q, drain1_q};
      {a3_q, b3_q, load3_q}                   <= {a2_q, b2_q, load2_q};
    end
  end

  always_ff @(posedge clk_i) begin
    if (slot_a || slot_b || slot_c) begin
      word1_q    <= slot_a ? fill_word_q : slot_b ? b_word_q :
                    move_word_q + (move_line_q ? WordBits'(LineWords) : '0);
      panel1_q   <= slot_a ? !panel_q : panel_q;
      row1_q     <= slot_a ? fill_row_q : move_row_q;
      column1_q  <= column_q;
      first1_q   <= first_q;
      bank1_q    <= slot_b ? bank_q : move_bank;
      line1_q    <= move_line_q;
      columns1_q <= columns_in_c;
    end
    if (req1_q) begin
      {word2_q, panel2_q, row2_q, column2_q}  <= {word1_q, panel1_q, row1_q, column1_q};
      {first2_q, bank2_q, line2_q}            <= {first1_q, bank1_q, line1_q};
    end
    if (req2_q) begin
      {panel3_q, row3_q, column3_q, first3_q} <= {panel2_q, row2_q, column2_q, first2_q};
      {bank3_q, line3_q}                      <= {bank2_q, line2_q};
    end
  end

  assign convert_valid_o   = drain1_q;
  assign convert_zero_o    = k_i == '0 && !accumulate_i;
  assign convert_line_o    = line1_q;
  assign convert_columns_o = columns1_q;
  assign l1_req_o          = req2_q;
  assign l1_we_o           = drain2_q;
  assign l1_word_o         = word2_q;
  assign a_valid_o         = a3_q;
  assign b_valid_o         = b3_q;
  assign load_valid_o      = load3_q;
  assign panel_o           = panel3_q;
  assign row_o             = row3_q;
  assign column_o          = column3_q;
  assign first_o           = first3_q;
  assign bank_o            = bank3_q;
  assign line_o            = line3_q;

endmodule
