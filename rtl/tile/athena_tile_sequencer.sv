// SPDX-License-Identifier: Apache-2.0
// Runs one command: says cycle by cycle who uses L1 and where. It never waits for anybody, so the
// cycles of a command depend on its fields only (docs/tile.md derives the formula).
//
//   First     every cycle a line: C of the first block, its scales, its first panel of A and B
//   Multiply  frames of eight cycles
//     phase   0    1    2    3    4    5    6    7
//             fill move fill move fill move fill -     fill: a line for the next panel; move: a line of C or
//             step                step                 scales; step: one k is multiplied, from the panels
//   Settle    eight cycles until the last sums are there
//   Last      every cycle a line: C of the last block
// Phase 7 and whatever is not used belong to the AXI port.
module athena_tile_sequencer #(
  parameter int unsigned Rows      = 16,
  parameter int unsigned Cols      = 16,
  parameter int unsigned L1Bytes   = 1048576,
  parameter int unsigned LineBytes = 64,
  parameter int unsigned FeedBytes = 64,           // of a line of A, B or scales
  parameter int unsigned PanelK    = FeedBytes / 2,
  parameter int unsigned WordBits  = $clog2(L1Bytes / 32),
  parameter int unsigned RowBits   = $clog2(2 * Rows),
  parameter int unsigned ColBits   = $clog2(2 * Cols),
  parameter int unsigned PanelBits = $clog2(PanelK),
  parameter int unsigned LaneBits  = (RowBits > ColBits) ? RowBits : ColBits,
  parameter int unsigned IndexBits = (LaneBits > PanelBits) ? LaneBits : PanelBits
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,
  input  logic                 start_i,
  input  logic [511:0]         line_i,          // the command, from the cycle after start_i until done_o
  output logic                 done_o,          // the last result has reached L1
  // Array and converter: a row of sums, then the line of it that is wanted
  output logic                 drain_valid_o,
  output logic                 drain_bank_o,
  output logic [RowBits-1:0]   drain_row_o,
  output logic                 convert_valid_o,
  output logic                 convert_zero_o,
  output logic                 convert_line_o,
  output logic [1:0]           convert_shift_o,
  output logic [ColBits:0]     convert_columns_o,
  // L1
  output logic                 l1_req_o,
  output logic                 l1_we_o,
  output logic [WordBits-1:0]  l1_word_o,
  // What the line is that L1 shows now
  output logic                 a_valid_o,
  output logic                 b_valid_o,
  output logic                 a_scale_valid_o,
  output logic                 b_scale_valid_o,
  output logic                 load_valid_o,
  output logic                 panel_o,
  output logic [IndexBits-1:0] index_o,         // of a and b: lane or k; else row of the block, or lane
  output logic [1:0]           shift_o,
  output logic                 packed_o,
  output logic                 scale_bank_o,
  output logic                 bank_o,
  output logic                 line_o,
  // One k, in the same cycle
  output logic                 step_valid_o,
  output logic                 step_panel_o,
  output logic [PanelBits-1:0] step_column_o,
  output logic                 step_scales_o,   // it is the first one of its scales
  output logic                 step_scale_bank_o,
  output logic [4:0]           step_scale_o,
  output logic                 step_first_o,    // of a sum that starts from +0
  output logic                 step_bank_o
);

  localparam int unsigned DimBits  = $clog2(L1Bytes) + 2;  // 4-bit elements
  localparam int unsigned SizeBits = $clog2(PanelK + 1);

  typedef enum logic [2:0] {Idle, Setup, First, Multiply, Settle, Last, Flush, Done} state_e;
  state_e     state_q;
  logic [2:0] phase_q;

  logic [DimBits-1:0] m, n, k;
  logic               accumulate, a_mx, b_mx;
  assign m          = line_i[descriptor_regs_pkg::MatmulMLsb+:DimBits];
  assign n          = line_i[descriptor_regs_pkg::MatmulNLsb+:DimBits];
  assign k          = line_i[descriptor_regs_pkg::MatmulKLsb+:DimBits];
  assign accumulate = line_i[descriptor_regs_pkg::MatmulAccumulateLsb];
  assign a_mx       = line_i[descriptor_regs_pkg::MatmulAFormatLsb+:4] >=
                      descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0];
  assign b_mx       = line_i[descriptor_regs_pkg::MatmulBFormatLsb+:4] >=
                      descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0];

  // The panel that is multiplied
  logic [SizeBits-1:0]  left_q;         // values of k
  logic [PanelBits-1:0] column_q;
  logic [4:0]           scale_q;        // 32 values of k of the pass
  logic                 last_of_pass_q, last_of_block_q, in_last_pass_q;
  logic                 first_q, waits_q;
  logic                 panel_q, scale_bank_q, bank_q;  // of panels, scales, accumulators

  // Who has L1 in this slot, and what ends in this cycle
  logic fill_needs, fill_last, fill_b, move_needs, move_last;
  logic slot_fill, slot_move, step;
  logic first_ends, panel_ends, pass_ends, multiply_ends, next_valid;
  always_comb begin
    {slot_fill, slot_move, step} = '0;
    {first_ends, panel_ends, pass_ends, multiply_ends} = '0;
    unique case (state_q)
      First: begin
        slot_move = move_needs;
        slot_fill = !move_needs && fill_needs;
        first_ends = move_needs ? move_last && !fill_needs : !fill_needs || fill_last;
      end
      Multiply: begin
        slot_move = phase_q[0] && phase_q != 3'd7 && move_needs && !waits_q;
        slot_fill = !phase_q[0] && fill_needs;
        step = phase_q[1:0] == 2'd0 && left_q != '0;
        panel_ends = phase_q == 3'd7 && left_q == '0 && !fill_needs;
        pass_ends = panel_ends && last_of_pass_q && !move_needs;
        multiply_ends = pass_ends && last_of_block_q && !next_valid;
      end
      Last:    slot_move = move_needs;
      default: ;
    endcase
  end

  logic start_panel, start_pass, start_block, moves_pass;
  assign start_block = first_ends || (pass_ends && last_of_block_q && next_valid);
  assign start_pass  = first_ends || (pass_ends && !multiply_ends);
  assign start_panel = start_pass || (panel_ends && !last_of_pass_q);
  assign moves_pass  = first_ends || pass_ends;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else if (en_i) begin
      unique case (state_q)
        Idle:     if (start_i) state_q <= Setup;
        Setup:    state_q <= First;
        First:    if (first_ends) state_q <= Multiply;
        Multiply: if (multiply_ends) state_q <= Settle;
        Settle:   if (phase_q == 3'd7) state_q <= Last;
        Last:     if (move_last) state_q <= Flush;
        Flush:    state_q <= Done;
        Done:     state_q <= Idle;
      endcase
      a_one_user: assert (!slot_fill || !slot_move);
      if (state_q == Multiply && phase_q == 3'd7) begin
        a_port_slot: assert (!slot_fill && !slot_move);
      end
      if (start_i) begin
        a_start_idle: assert (state_q == Idle);
      end
      if (state_q == Last) begin
        a_last_drains: assert (slot_move && drain_slot);
      end
    end
  end
  assign done_o = state_q == Done;

  always_ff @(posedge clk_i) if (en_i) begin
    phase_q <= (state_q == Multiply || state_q == Settle) ? phase_q + 1'b1 : 3'd0;

    if (state_q == Setup) begin
      panel_q      <= 1'b1;
      scale_bank_q <= 1'b1;
      bank_q       <= 1'b1;
    end
    if (start_panel) begin
      left_q          <= fill_size;
      column_q        <= '0;
      last_of_pass_q  <= fill_last_of_pass;
      last_of_block_q <= fill_last_of_block;
      in_last_pass_q  <= fill_in_last_pass;
      panel_q         <= !panel_q;
    end else if (step) begin
      left_q   <= left_q - 1'b1;
      column_q <= column_q + 1'b1;
    end
    if (start_pass) begin
      scale_bank_q <= !scale_bank_q;
    end
    if (start_pass) begin
      scale_q <= '0;
    end else if (step && &column_q[4:0]) begin
      scale_q <= scale_q + 1'b1;
    end
    if (start_block || multiply_ends) begin
      bank_q <= !bank_q;
    end
    if (start_block) begin
      first_q <= !accumulate;
    end else if (step) begin
      first_q <= 1'b0;
    end
    // Lines are moved from the pass's second frame on, when the last sums of the block before are there.
    if (start_pass) begin
      waits_q <= 1'b1;
    end else if (phase_q == 3'd7) begin
      waits_q <= 1'b0;
    end
  end

  logic [SizeBits-1:0]  fill_size;
  logic                 fill_last_of_pass, fill_last_of_block, fill_in_last_pass;
  logic [WordBits-1:0]  fill_word, move_word;
  logic [1:0]           fill_shift, move_shift;
  logic [IndexBits-1:0] fill_index;
  logic [LaneBits-1:0]  move_row;
  logic                 drain_slot, load_slot, a_scale_slot, b_scale_slot, move_line, move_packed;
  logic [ColBits:0]     move_columns;

  athena_tile_fill #(
    .Rows(Rows), .Cols(Cols), .PanelK(PanelK), .DimBits(DimBits), .WordBits(WordBits),
    .IndexBits(IndexBits)
  ) u_fill (
    .clk_i,
    .en_i,
    .init_i         (state_q == Setup),
    .m_i            (m),
    .n_i            (n),
    .k_i            (k),
    .a_word_i       (line_i[descriptor_regs_pkg::MatmulAAddrLsb+5+:WordBits]),
    .b_word_i       (line_i[descriptor_regs_pkg::MatmulBAddrLsb+5+:WordBits]),
    .a_ld_i         (WordBits'(line_i[descriptor_regs_pkg::MatmulALdLsb+:16])),
    .b_ld_i         (WordBits'(line_i[descriptor_regs_pkg::MatmulBLdLsb+:16])),
    .a_format_i     (line_i[descriptor_regs_pkg::MatmulAFormatLsb+:4]),
    .b_format_i     (line_i[descriptor_regs_pkg::MatmulBFormatLsb+:4]),
    .transpose_a_i  (line_i[descriptor_regs_pkg::MatmulTransposeALsb]),
    .transpose_b_i  (line_i[descriptor_regs_pkg::MatmulTransposeBLsb]),
    .advance_i      (start_panel),
    .take_i         (slot_fill),
    .size_o         (fill_size),
    .last_of_pass_o (fill_last_of_pass),
    .in_last_pass_o (fill_in_last_pass),
    .last_of_block_o(fill_last_of_block),
    .needs_o        (fill_needs),
    .last_line_o    (fill_last),
    .line_b_o       (fill_b),
    .line_word_o    (fill_word),
    .line_shift_o   (fill_shift),
    .line_index_o   (fill_index)
  );

  athena_tile_move #(
    .Rows(Rows), .Cols(Cols), .LineBytes(LineBytes), .FeedBytes(FeedBytes), .DimBits(DimBits),
    .WordBits(WordBits), .RowBits(LaneBits)
  ) u_move (
    .clk_i,
    .en_i,
    .init_i         (state_q == Setup),
    .m_i            (m),
    .n_i            (n),
    .products_i     (k != '0),
    .c_word_i       (line_i[descriptor_regs_pkg::MatmulCAddrLsb+5+:WordBits]),
    .c_ld_i         (WordBits'(line_i[descriptor_regs_pkg::MatmulCLdLsb+:16])),
    .a_scale_word_i (line_i[descriptor_regs_pkg::MatmulAScaleAddrLsb+5+:WordBits]),
    .b_scale_word_i (line_i[descriptor_regs_pkg::MatmulBScaleAddrLsb+5+:WordBits]),
    .a_scale_ld_i   (WordBits'(line_i[descriptor_regs_pkg::MatmulAScaleLdLsb+:16])),
    .b_scale_ld_i   (WordBits'(line_i[descriptor_regs_pkg::MatmulBScaleLdLsb+:16])),
    .a_mx_i         (a_mx),
    .b_mx_i         (b_mx),
    .accumulate_i   (accumulate),
    .c_format_i     (line_i[descriptor_regs_pkg::MatmulCFormatLsb+:2]),
    .block_i        (start_block || multiply_ends),
    .pass_i         (moves_pass),
    .in_last_pass_i (in_last_pass_q),
    .take_i         (slot_move),
    .next_valid_o   (next_valid),
    .needs_o        (move_needs),
    .last_line_o    (move_last),
    .drain_o        (drain_slot),
    .load_o         (load_slot),
    .a_scale_o      (a_scale_slot),
    .b_scale_o      (b_scale_slot),
    .word_o         (move_word),
    .shift_o        (move_shift),
    .row_o          (move_row),
    .line_o         (move_line),
    .packed_o       (move_packed),
    .columns_o      (move_columns)
  );

  assign drain_valid_o = slot_move && drain_slot && !move_line;
  assign drain_bank_o  = !bank_q;
  assign drain_row_o   = move_row[RowBits-1:0];

  // The slot's access on its way: decided (1), at L1 (2), its line there (3).
  typedef struct packed {
    logic a;
    logic b;
    logic a_scale;
    logic b_scale;
    logic load;
  } kind_t;
  kind_t                kind, kind1_q, kind2_q, kind3_q;
  logic                 req1_q, req2_q, drain1_q, drain2_q;
  logic [WordBits-1:0]  word1_q, word2_q;
  logic [1:0]           shift1_q, shift2_q, shift3_q;
  logic [IndexBits-1:0] index1_q, index2_q, index3_q;
  logic [4:0]           flags1_q, flags2_q, flags3_q;  // panel, packed, scale bank, bank, line
  logic [ColBits:0]     columns1_q;

  assign kind.a       = slot_fill && !fill_b;
  assign kind.b       = slot_fill && fill_b;
  assign kind.a_scale = slot_move && a_scale_slot;
  assign kind.b_scale = slot_move && b_scale_slot;
  assign kind.load    = slot_move && load_slot;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {kind1_q, req1_q, drain1_q, kind2_q, req2_q, drain2_q, kind3_q} <= '0;
    end else if (en_i) begin
      kind1_q  <= kind;
      req1_q   <= slot_fill || slot_move;
      drain1_q <= slot_move && drain_slot;
      {kind2_q, req2_q, drain2_q} <= {kind1_q, req1_q, drain1_q};
      kind3_q  <= kind2_q;
    end
  end

  always_ff @(posedge clk_i) if (en_i) begin
    if (slot_fill || slot_move) begin
      word1_q    <= slot_fill ? fill_word : move_word;
      shift1_q   <= slot_fill ? fill_shift : move_shift;
      index1_q   <= slot_fill ? fill_index : IndexBits'(move_row);
      flags1_q   <= {!panel_q, move_packed, !scale_bank_q, !bank_q, move_line};
      columns1_q <= move_columns;
    end
    if (req1_q) begin
      {word2_q, shift2_q, index2_q, flags2_q} <= {word1_q, shift1_q, index1_q, flags1_q};
    end
    if (req2_q) begin
      {shift3_q, index3_q, flags3_q} <= {shift2_q, index2_q, flags2_q};
    end
  end

  assign convert_valid_o   = drain1_q;
  assign convert_zero_o    = k == '0 && !accumulate;
  assign convert_line_o    = flags1_q[0];
  assign convert_shift_o   = shift1_q;
  assign convert_columns_o = columns1_q;
  assign l1_req_o          = req2_q;
  assign l1_we_o           = drain2_q;
  assign l1_word_o         = word2_q;
  assign a_valid_o         = kind3_q.a;
  assign b_valid_o         = kind3_q.b;
  assign a_scale_valid_o   = kind3_q.a_scale;
  assign b_scale_valid_o   = kind3_q.b_scale;
  assign load_valid_o      = kind3_q.load;
  assign shift_o           = shift3_q;
  assign index_o           = index3_q;
  assign {panel_o, packed_o, scale_bank_o, bank_o, line_o} = flags3_q;

  // The step keeps pace with the lines.
  localparam int unsigned StepBits = PanelBits + 10;
  logic [2:0]          step_q;
  logic [StepBits-1:0] step1_q, step2_q, step3_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q <= '0;
    end else if (en_i) begin
      step_q <= {step_q[1:0], step};
    end
  end
  always_ff @(posedge clk_i) if (en_i) begin
    if (step) begin
      step1_q <= {panel_q, column_q, column_q[4:0] == '0, scale_bank_q, scale_q, first_q, bank_q};
    end
    if (step_q[0]) step2_q <= step1_q;
    if (step_q[1]) step3_q <= step2_q;
  end
  assign step_valid_o = step_q[2];
  assign {step_panel_o, step_column_o, step_scales_o, step_scale_bank_o, step_scale_o, step_first_o,
          step_bank_o} = step3_q;

endmodule
