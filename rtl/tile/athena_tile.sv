// SPDX-License-Identifier: Apache-2.0
// The matmul tile: L1, commands, array, registers behind one AXI4 subordinate port, with a completion
// stream and an interrupt (docs/tile.md, models/tile/README.md). A pure target: it starts no access.
module athena_tile #(
  parameter int unsigned Rows       = 16,
  parameter int unsigned Cols       = 16,
  parameter int unsigned Stages     = 3,        // of a multiply-accumulate unit, 3 or 4
  parameter int unsigned L1Bytes    = 1048576,
  parameter int unsigned QueueDepth = 8,
  parameter int unsigned IdWidth    = 4
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [IdWidth-1:0] s_axi_awid_i,
  input  logic [23:0]        s_axi_awaddr_i,
  input  logic [7:0]         s_axi_awlen_i,
  input  logic [2:0]         s_axi_awsize_i,
  input  logic [1:0]         s_axi_awburst_i,
  input  logic               s_axi_awvalid_i,
  output logic               s_axi_awready_o,
  input  logic [511:0]       s_axi_wdata_i,
  input  logic [63:0]        s_axi_wstrb_i,
  input  logic               s_axi_wlast_i,
  input  logic               s_axi_wvalid_i,
  output logic               s_axi_wready_o,
  output logic [IdWidth-1:0] s_axi_bid_o,
  output logic [1:0]         s_axi_bresp_o,
  output logic               s_axi_bvalid_o,
  input  logic               s_axi_bready_i,
  input  logic [IdWidth-1:0] s_axi_arid_i,
  input  logic [23:0]        s_axi_araddr_i,
  input  logic [7:0]         s_axi_arlen_i,
  input  logic [2:0]         s_axi_arsize_i,
  input  logic [1:0]         s_axi_arburst_i,
  input  logic               s_axi_arvalid_i,
  output logic               s_axi_arready_o,
  output logic [IdWidth-1:0] s_axi_rid_o,
  output logic [511:0]       s_axi_rdata_o,
  output logic [1:0]         s_axi_rresp_o,
  output logic               s_axi_rlast_o,
  output logic               s_axi_rvalid_o,
  input  logic               s_axi_rready_i,

  output logic               completion_valid_o,
  output logic [31:0]        completion_tag_o,
  output logic [31:0]        completion_status_o,
  input  logic               completion_ready_i,

  output logic               irq_o,
  // Nothing queued, running or pending on any port: the clock may stop without any effect but on CYCLES.
  output logic               idle_o
);

  // What a feed takes of a line holds PanelK BF16: a panel of PanelK values of k, multiplied in 4 PanelK cycles,
  // has at most 2 PanelK lines. C, which grows with the array's area, is moved by whole lines.
  localparam int unsigned Widest    = (Rows > Cols) ? Rows : Cols;
  localparam int unsigned FeedBytes = (4 * Widest > 64) ? 4 * Widest : 64;
  localparam int unsigned LineBytes = (Rows * Cols / 4 > FeedBytes) ? Rows * Cols / 4 : FeedBytes;
  localparam int unsigned PanelK    = FeedBytes / 2;
  localparam int unsigned LinesOfC  = 2 * Rows * ((8 * Cols + LineBytes - 1) / LineBytes);  // a block of FP32
  localparam int unsigned WordBits  = $clog2(L1Bytes / 32);
  localparam int unsigned RowBits   = $clog2(2 * Rows);
  localparam int unsigned ColBits   = $clog2(2 * Cols);
  localparam int unsigned PanelBits = $clog2(PanelK);
  localparam int unsigned LaneBits  = (RowBits > ColBits) ? RowBits : ColBits;
  localparam int unsigned IndexBits = (LaneBits > PanelBits) ? LaneBits : PanelBits;
  localparam int unsigned CountBits = $clog2(QueueDepth + 1);

  // Enables the clock of everything but CYCLES: nothing else would change while the tile is idle and no address or
  // data arrive.
  logic active;
  assign active = !idle_o || s_axi_awvalid_i || s_axi_wvalid_i || s_axi_arvalid_i;

  // AXI port
  logic                core_req, write_l1_req, write_l1_gnt, read_l1_req, read_l1_gnt;
  logic [WordBits-1:0] write_word, read_word;
  logic [511:0]        write_data;
  logic [63:0]         write_be;
  logic                write_csr_req, read_csr_req, csr_error;
  logic [15:0]         write_csr_addr, read_csr_addr;
  logic [63:0]         write_csr_data, csr_rdata;
  logic [7:0]          write_csr_be;
  logic                line_arrives, queue_full, write_idle, read_idle;

  athena_tile_axi_write #(.IdWidth(IdWidth), .L1Bytes(L1Bytes)) u_write (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .awid_i     (s_axi_awid_i),
    .awaddr_i   (s_axi_awaddr_i),
    .awlen_i    (s_axi_awlen_i),
    .awsize_i   (s_axi_awsize_i),
    .awburst_i  (s_axi_awburst_i),
    .awvalid_i  (s_axi_awvalid_i),
    .awready_o  (s_axi_awready_o),
    .wdata_i    (s_axi_wdata_i),
    .wstrb_i    (s_axi_wstrb_i),
    .wlast_i    (s_axi_wlast_i),
    .wvalid_i   (s_axi_wvalid_i),
    .wready_o   (s_axi_wready_o),
    .bid_o      (s_axi_bid_o),
    .bresp_o    (s_axi_bresp_o),
    .bvalid_o   (s_axi_bvalid_o),
    .bready_i   (s_axi_bready_i),
    .l1_req_o   (write_l1_req),
    .l1_word_o  (write_word),
    .l1_gnt_i   (write_l1_gnt),
    .csr_req_o  (write_csr_req),
    .csr_addr_o (write_csr_addr),
    .csr_wdata_o(write_csr_data),
    .csr_be_o   (write_csr_be),
    .csr_error_i(csr_error),
    .push_o     (line_arrives),
    .full_i     (queue_full),
    .wdata_o    (write_data),
    .be_o       (write_be),
    .idle_o     (write_idle)
  );

  logic [8*LineBytes-1:0] l1_line;
  athena_tile_axi_read #(.IdWidth(IdWidth), .L1Bytes(L1Bytes)) u_read (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .arid_i     (s_axi_arid_i),
    .araddr_i   (s_axi_araddr_i),
    .arlen_i    (s_axi_arlen_i),
    .arsize_i   (s_axi_arsize_i),
    .arburst_i  (s_axi_arburst_i),
    .arvalid_i  (s_axi_arvalid_i),
    .arready_o  (s_axi_arready_o),
    .rid_o      (s_axi_rid_o),
    .rdata_o    (s_axi_rdata_o),
    .rresp_o    (s_axi_rresp_o),
    .rlast_o    (s_axi_rlast_o),
    .rvalid_o   (s_axi_rvalid_o),
    .rready_i   (s_axi_rready_i),
    .l1_req_o   (read_l1_req),
    .l1_word_o  (read_word),
    .l1_gnt_i   (read_l1_gnt),
    .l1_rdata_i (l1_line[511:0]),
    .csr_req_o  (read_csr_req),
    .csr_addr_o (read_csr_addr),
    .csr_gnt_i  (!write_csr_req),
    .csr_rdata_i(csr_rdata),
    .csr_error_i(csr_error),
    .idle_o     (read_idle)
  );

  // The core's longest run: C, scales and the first panel of a command, and a line of the next one.
  athena_tile_arbiter #(
    .LongestRun(LinesOfC + 2 * (Rows + Cols) + 2 * PanelK + 1)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .core_req_i (core_req),
    .write_req_i(write_l1_req),
    .read_req_i (read_l1_req),
    .write_gnt_o(write_l1_gnt),
    .read_gnt_o (read_l1_gnt)
  );

  // Commands
  logic                 pop, aborted, abort, start, done, busy, runs, completes, failed, refused;
  logic [511:0]         queue_line, command;
  logic [CountBits-1:0] queued, records;
  logic [31:0]          tag, status;
  logic [63:0]          command_cycles;

  assign queue_full = queued == CountBits'(QueueDepth);
  assign refused    = line_arrives && queue_full;
  athena_tile_queue #(.Depth(QueueDepth)) u_queue (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .push_i   (line_arrives && !queue_full),
    .line_i   (write_data),
    .abort_i  (abort),
    .spare_i  (!runs),
    .pop_i    (pop),
    .line_o   (queue_line),
    .aborted_o(aborted),
    .count_o  (queued)
  );

  athena_tile_control #(.L1Bytes(L1Bytes), .RecordDepth(QueueDepth)) u_control (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .waiting_i      (queued != '0),
    .line_i         (queue_line),
    .aborted_i      (aborted),
    .pop_o          (pop),
    .start_o        (start),
    .line_o         (command),
    .done_i         (done),
    .record_valid_o (completion_valid_o),
    .record_tag_o   (completion_tag_o),
    .record_status_o(completion_status_o),
    .record_ready_i (completion_ready_i),
    .records_o      (records),
    .busy_o         (busy),
    .runs_o         (runs),
    .completes_o    (completes),
    .failed_o       (failed),
    .tag_o          (tag),
    .status_o       (status),
    .cycles_o       (command_cycles)
  );

  logic commands_idle;
  assign commands_idle = !busy && queued == '0 && records == '0;
  assign idle_o        = commands_idle && write_idle && read_idle;
  athena_tile_registers #(
    .Rows(Rows), .Cols(Cols), .L1Bytes(L1Bytes), .QueueDepth(QueueDepth)
  ) u_registers (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .req_i           (write_csr_req || read_csr_req),
    .we_i            (write_csr_req),
    .addr_i          (write_csr_req ? write_csr_addr : read_csr_addr),
    .wdata_i         (write_csr_data),
    .be_i            (write_csr_be),
    .rdata_o         (csr_rdata),
    .error_o         (csr_error),
    .busy_i          (busy),
    .idle_i          (commands_idle),
    .queued_i        (8'(queued)),
    .records_i       (8'(records)),
    .completes_i     (completes),
    .failed_i        (failed),
    .tag_i           (tag),
    .status_i        (status),
    .command_cycles_i(command_cycles),
    .refused_i       (refused),
    .abort_o         (abort),
    .irq_o
  );

  // Data path
  logic                 drain_valid, drain_bank, convert_valid, convert_zero, convert_line;
  logic [1:0]           convert_shift, shift;
  logic [RowBits-1:0]   drain_row;
  logic [ColBits:0]     convert_columns;
  logic                 core_we, a_valid, b_valid, a_scale_valid, b_scale_valid, load_valid;
  logic                 panel, packed_scales, scale_bank, bank, line;
  logic [IndexBits-1:0] index;
  logic [WordBits-1:0]  core_word;
  logic                 step, step_panel, step_scales, step_scale_bank, step_first, step_bank;
  logic [PanelBits-1:0] step_column;
  logic [4:0]           step_scale;

  athena_tile_sequencer #(
    .Rows(Rows), .Cols(Cols), .L1Bytes(L1Bytes), .LineBytes(LineBytes), .FeedBytes(FeedBytes)
  ) u_sequencer (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .start_i          (start),
    .line_i           (command),
    .done_o           (done),
    .drain_valid_o    (drain_valid),
    .drain_bank_o     (drain_bank),
    .drain_row_o      (drain_row),
    .convert_valid_o  (convert_valid),
    .convert_zero_o   (convert_zero),
    .convert_line_o   (convert_line),
    .convert_shift_o  (convert_shift),
    .convert_columns_o(convert_columns),
    .l1_req_o         (core_req),
    .l1_we_o          (core_we),
    .l1_word_o        (core_word),
    .a_valid_o        (a_valid),
    .b_valid_o        (b_valid),
    .a_scale_valid_o  (a_scale_valid),
    .b_scale_valid_o  (b_scale_valid),
    .load_valid_o     (load_valid),
    .panel_o          (panel),
    .index_o          (index),
    .shift_o          (shift),
    .packed_o         (packed_scales),
    .scale_bank_o     (scale_bank),
    .bank_o           (bank),
    .line_o           (line),
    .step_valid_o     (step),
    .step_panel_o     (step_panel),
    .step_column_o    (step_column),
    .step_scales_o    (step_scales),
    .step_scale_bank_o(step_scale_bank),
    .step_scale_o     (step_scale),
    .step_first_o     (step_first),
    .step_bank_o      (step_bank)
  );

  logic [8*LineBytes-1:0] result_line;
  logic [LineBytes-1:0]   result_be;
  athena_tile_l1 #(.L1Bytes(L1Bytes), .LineBytes(LineBytes)) u_l1 (
    .clk_i,
    .en_i(active),
    .core_req_i  (core_req),
    .core_we_i   (core_we),
    .core_word_i (core_word),
    .core_be_i   (result_be),
    .core_wdata_i(result_line),
    .axi_req_i   (write_l1_gnt || read_l1_gnt),
    .axi_we_i    (write_l1_gnt),
    .axi_word_i  (write_l1_gnt ? write_word : read_word),
    .axi_be_i    (write_be),
    .axi_wdata_i (write_data),
    .rdata_o     (l1_line)
  );

  logic [3:0]         a_format, b_format;
  logic [32*Rows-1:0] a_column;
  logic [32*Cols-1:0] b_row;
  logic [16*Rows-1:0] a_scales;
  logic [16*Cols-1:0] b_scales;
  assign a_format = command[descriptor_regs_pkg::MatmulAFormatLsb+:4];
  assign b_format = command[descriptor_regs_pkg::MatmulBFormatLsb+:4];

  athena_tile_feed #(
    .Lanes(2 * Rows), .FeedBytes(FeedBytes), .IndexBits(IndexBits)
  ) u_feed_a (
    .clk_i,
    .en_i(active),
    .line_i           (l1_line[8*FeedBytes-1:0]),
    .format_i         (a_format),
    .side_by_side_i   (command[descriptor_regs_pkg::MatmulTransposeALsb]),
    .fill_i           (a_valid),
    .fill_panel_i     (panel),
    .fill_index_i     (index),
    .fill_shift_i     (shift),
    .scale_i          (a_scale_valid),
    .scale_bank_i     (scale_bank),
    .scale_packed_i   (packed_scales),
    .scale_lane_i     (index[RowBits-1:0]),
    .step_i           (step),
    .step_panel_i     (step_panel),
    .step_column_i    (step_column),
    .step_scales_i    (step_scales),
    .step_scale_bank_i(step_scale_bank),
    .step_scale_i     (step_scale),
    .codes_o          (a_column),
    .scales_o         (a_scales)
  );
  athena_tile_feed #(
    .Lanes(2 * Cols), .FeedBytes(FeedBytes), .IndexBits(IndexBits)
  ) u_feed_b (
    .clk_i,
    .en_i(active),
    .line_i           (l1_line[8*FeedBytes-1:0]),
    .format_i         (b_format),
    .side_by_side_i   (!command[descriptor_regs_pkg::MatmulTransposeBLsb]),
    .fill_i           (b_valid),
    .fill_panel_i     (panel),
    .fill_index_i     (index),
    .fill_shift_i     (shift),
    .scale_i          (b_scale_valid),
    .scale_bank_i     (scale_bank),
    .scale_packed_i   (packed_scales),
    .scale_lane_i     (index[ColBits-1:0]),
    .step_i           (step),
    .step_panel_i     (step_panel),
    .step_column_i    (step_column),
    .step_scales_i    (step_scales),
    .step_scale_bank_i(step_scale_bank),
    .step_scale_i     (step_scale),
    .codes_o          (b_row),
    .scales_o         (b_scales)
  );

  logic operands_valid, operands_first, operands_bank;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      operands_valid <= 1'b0;
    end else if (active) begin
      operands_valid <= step;
    end
  end
  always_ff @(posedge clk_i) if (active) begin
    if (step) begin
      operands_first <= step_first;
      operands_bank  <= step_bank;
    end
  end

  logic [64*Cols-1:0] sums;
  athena_tile_array #(.Rows(Rows), .Cols(Cols), .Stages(Stages), .LineBytes(LineBytes)) u_array (
    .clk_i,
    .rst_ni,
    .en_i(active),
    .operands_valid_i(operands_valid),
    .operands_first_i(operands_first),
    .operands_bank_i (operands_bank),
    .a_format_i      (a_format),
    .a_column_i      (a_column),
    .a_scales_i      (a_scales),
    .b_format_i      (b_format),
    .b_row_i         (b_row),
    .b_scales_i      (b_scales),
    .load_valid_i    (load_valid),
    .load_bank_i     (bank),
    .load_row_i      (index[RowBits-1:0]),
    .load_line_i     (line),
    .load_data_i     (l1_line),
    .drain_valid_i   (drain_valid),
    .drain_bank_i    (drain_bank),
    .drain_row_i     (drain_row),
    .drain_data_o    (sums)
  );

  athena_tile_convert #(.Cols(Cols), .LineBytes(LineBytes)) u_convert (
    .clk_i,
    .en_i(active),
    .valid_i   (convert_valid),
    .zero_i    (convert_zero),
    .format_i  (command[descriptor_regs_pkg::MatmulCFormatLsb+:2]),
    .saturate_i(command[descriptor_regs_pkg::MatmulSaturateLsb]),
    .line_i    (convert_line),
    .shift_i   (convert_shift),
    .columns_i (convert_columns),
    .sums_i    (sums),
    .line_o    (result_line),
    .be_o      (result_be)
  );

  // An idle tile wants nothing. Until it wakes it stays as it is, so this is seen then.
  always_ff @(posedge clk_i) if (active) begin
    if (idle_o) begin
      a_nothing_wanted: assert (!core_req && !write_l1_req && !read_l1_req && !write_csr_req &&
                                !read_csr_req && !line_arrives && !pop && !step && !done);
    end
  end

  // AXI rules, of the manager and of this port
  logic [IdWidth+36:0] aw_payload, ar_payload;
  always_comb begin
    {aw_payload, ar_payload} = '0;
    if (s_axi_awvalid_i) begin
      aw_payload = {s_axi_awid_i, s_axi_awaddr_i, s_axi_awlen_i, s_axi_awsize_i, s_axi_awburst_i};
    end
    if (s_axi_arvalid_i) begin
      ar_payload = {s_axi_arid_i, s_axi_araddr_i, s_axi_arlen_i, s_axi_arsize_i, s_axi_arburst_i};
    end
  end
  athena_handshake_check #(.Width(IdWidth + 37)) u_aw_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_awvalid_i), .ready_i(s_axi_awready_o),
    .payload_i(aw_payload)
  );
  athena_handshake_check #(.Width(512)) u_wdata_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_wvalid_i), .ready_i(s_axi_wready_o), .payload_i(s_axi_wdata_i)
  );
  athena_handshake_check #(.Width(65)) u_w_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_wvalid_i), .ready_i(s_axi_wready_o),
    .payload_i({s_axi_wlast_i, s_axi_wstrb_i})
  );
  athena_handshake_check #(.Width(IdWidth + 2)) u_b_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_bvalid_o), .ready_i(s_axi_bready_i),
    .payload_i({s_axi_bid_o, s_axi_bresp_o})
  );
  athena_handshake_check #(.Width(IdWidth + 37)) u_ar_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_arvalid_i), .ready_i(s_axi_arready_o),
    .payload_i(ar_payload)
  );
  athena_handshake_check #(.Width(512)) u_rdata_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_rvalid_o), .ready_i(s_axi_rready_i), .payload_i(s_axi_rdata_o)
  );
  athena_handshake_check #(.Width(IdWidth + 3)) u_r_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(s_axi_rvalid_o), .ready_i(s_axi_rready_i),
    .payload_i({s_axi_rid_o, s_axi_rresp_o, s_axi_rlast_o})
  );
  athena_axi_burst_check #(.IdWidth(IdWidth)) u_write_check (
    .clk_i, .rst_ni, .en_i(active),
    .address_i    (s_axi_awvalid_i && s_axi_awready_o),
    .id_i         (s_axi_awid_i),
    .len_i        (8'd0),
    .refuse_i     (s_axi_awburst_i != 2'd1 || s_axi_awsize_i == 3'd7),
    .data_i       (s_axi_wvalid_i && s_axi_wready_o && s_axi_wlast_i),
    .valid_i      (s_axi_bvalid_o),
    .ready_i      (s_axi_bready_i),
    .response_id_i(s_axi_bid_o),
    .response_i   (s_axi_bresp_o),
    .last_i       (1'b1)
  );
  athena_axi_burst_check #(.IdWidth(IdWidth)) u_read_check (
    .clk_i, .rst_ni, .en_i(active),
    .address_i    (s_axi_arvalid_i && s_axi_arready_o),
    .id_i         (s_axi_arid_i),
    .len_i        (s_axi_arlen_i),
    .refuse_i     (s_axi_arburst_i != 2'd1 || s_axi_arsize_i == 3'd7),
    .data_i       (s_axi_arvalid_i && s_axi_arready_o),
    .valid_i      (s_axi_rvalid_o),
    .ready_i      (s_axi_rready_i),
    .response_id_i(s_axi_rid_o),
    .response_i   (s_axi_rresp_o),
    .last_i       (s_axi_rlast_o)
  );
  athena_handshake_check #(.Width(64)) u_completion_check (
    .clk_i, .rst_ni, .en_i(active), .valid_i(completion_valid_o), .ready_i(completion_ready_i),
    .payload_i({completion_tag_o, completion_status_o})
  );

endmodule
