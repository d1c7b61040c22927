// SPDX-License-Identifier: Apache-2.0
// A tile of somebody else's: the ports of rtl/tile/athena_tile.sv, another inside. Port, queue, registers and memory are
// taken from rtl/tile; in place of array, panels and sequencer there is one unit that works serially. Rows and Cols
// are what software is told.
module athena_tile #(
  parameter int unsigned Rows       = 16,
  parameter int unsigned Cols       = 16,
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

  localparam int unsigned WordBits  = $clog2(L1Bytes / 32);
  localparam int unsigned CountBits = $clog2(QueueDepth + 1);

  // AXI port
  logic                write_l1_req, write_l1_gnt, read_l1_req, read_l1_gnt, axi_gnt;
  logic [WordBits-1:0] write_word, read_word;
  logic [511:0]        write_data;
  logic [63:0]         write_be;
  logic                write_csr_req, read_csr_req, csr_error;
  logic [15:0]         write_csr_addr, read_csr_addr;
  logic [63:0]         write_csr_data, csr_rdata;
  logic [7:0]          write_csr_be;
  logic                line_arrives, queue_full, write_idle, read_idle;

  athena_tile_axi_write #(.IdWidth(IdWidth), .L1Bytes(L1Bytes)) write_port (
    .clk_i,
    .en_i       (1'b1),
    .rst_ni,
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

  logic [511:0] l1_line;
  athena_tile_axi_read #(.IdWidth(IdWidth), .L1Bytes(L1Bytes)) read_port (
    .clk_i,
    .en_i       (1'b1),
    .rst_ni,
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
    .l1_rdata_i (l1_line),
    .csr_req_o  (read_csr_req),
    .csr_addr_o (read_csr_addr),
    .csr_gnt_i  (!write_csr_req),
    .csr_rdata_i(csr_rdata),
    .csr_error_i(csr_error),
    .idle_o     (read_idle)
  );

  // Reads and writes that both want L1 take turns.
  logic read_turn_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_turn_q <= 1'b0;
    end else if (axi_gnt && (write_l1_req || read_l1_req)) begin
      read_turn_q <= !read_l1_gnt;
    end
  end
  assign read_l1_gnt  = axi_gnt && read_l1_req && (!write_l1_req || read_turn_q);
  assign write_l1_gnt = axi_gnt && write_l1_req && !read_l1_gnt;

  // Commands
  logic                 pop, aborted, abort, start, done, busy, runs, completes, failed, refused;
  logic [511:0]         queue_line, command;
  logic [CountBits-1:0] queued, records;
  logic [31:0]          tag, status;
  logic [63:0]          command_cycles;

  assign queue_full = queued == CountBits'(QueueDepth);
  assign refused    = line_arrives && queue_full;
  athena_tile_queue #(.Depth(QueueDepth)) queue (
    .clk_i,
    .en_i       (1'b1),
    .rst_ni,
    .push_i   (line_arrives && !queue_full),
    .line_i   (write_data),
    .abort_i  (abort),
    .spare_i  (!runs),
    .pop_i    (pop),
    .line_o   (queue_line),
    .aborted_o(aborted),
    .count_o  (queued)
  );

  athena_tile_control #(.L1Bytes(L1Bytes), .RecordDepth(QueueDepth)) control (
    .clk_i,
    .en_i       (1'b1),
    .rst_ni,
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
  ) registers (
    .clk_i,
    .en_i       (1'b1),
    .rst_ni,
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

  logic                engine_req, engine_we;
  logic [WordBits-1:0] engine_word;
  logic [63:0]         engine_be;
  logic [511:0]        engine_data;
  assign axi_gnt = !engine_req;
  serial_engine #(.L1Bytes(L1Bytes)) engine (
    .clk_i,
    .rst_ni,
    .start_i   (start),
    .line_i    (command),
    .done_o    (done),
    .l1_req_o  (engine_req),
    .l1_we_o   (engine_we),
    .l1_word_o (engine_word),
    .l1_be_o   (engine_be),
    .l1_wdata_o(engine_data),
    .l1_rdata_i(l1_line)
  );

  athena_tile_l1 #(.L1Bytes(L1Bytes), .LineBytes(64)) memory (
    .clk_i,
    .en_i       (1'b1),
    .core_req_i  (engine_req),
    .core_we_i   (engine_we),
    .core_word_i (engine_word),
    .core_be_i   (engine_be),
    .core_wdata_i(engine_data),
    .axi_req_i   (write_l1_gnt || read_l1_gnt),
    .axi_we_i    (write_l1_gnt),
    .axi_word_i  (write_l1_gnt ? write_word : read_word),
    .axi_be_i    (write_be),
    .axi_wdata_i (write_data),
    .rdata_o     (l1_line)
  );

endmodule
