// SPDX-License-Identifier: Apache-2.0
// Takes commands from the queue one after another, runs them and gives their records. The queue's head is
// checked while the command before it still runs (prefetch). A command is taken only if the completion
// stream has room for its record, so that it never waits once it has started; if it can, in the cycle in
// which the one before it completes.
module athena_tile_control #(
  parameter int unsigned L1Bytes     = 1048576,
  parameter int unsigned RecordDepth = 8,
  parameter int unsigned CountBits   = $clog2(RecordDepth + 1)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 en_i,
  // Queue
  input  logic                 waiting_i,
  input  logic [511:0]         line_i,
  input  logic                 aborted_i,
  output logic                 pop_o,
  // Sequencer
  output logic                 start_o,
  output logic [511:0]         line_o,     // the command that runs, from the cycle after start_o
  input  logic                 done_i,
  // Completion stream
  output logic                 record_valid_o,
  output logic [31:0]          record_tag_o,
  output logic [31:0]          record_status_o,
  input  logic                 record_ready_i,
  output logic [CountBits-1:0] records_o,
  // Registers
  output logic                 busy_o,
  output logic                 runs_o,       // a command runs and does not complete in this cycle
  output logic                 completes_o,  // in this cycle; the record is pushed
  output logic                 failed_o,     // it is not Ok
  output logic [31:0]          tag_o,
  output logic [31:0]          status_o,
  output logic [63:0]          cycles_o      // from the pop to this cycle
);

  typedef enum logic [1:0] {Idle, Run, Complete} state_e;

  state_e       state_q;
  logic [511:0] line_q;
  logic [3:0]   status_q;
  logic [63:0]  cycles_q;

  logic       checked;
  logic [3:0] check_status, status;
  athena_tile_check #(.L1Bytes(L1Bytes)) u_check (
    .clk_i,
    .rst_ni,
    .en_i,
    .valid_i  (waiting_i),
    .line_i,
    .take_i   (pop_o),
    .checked_o(checked),
    .status_o (check_status)
  );
  assign status = aborted_i ? descriptor_regs_pkg::StatusAborted[3:0] : check_status;

  logic no_results;
  assign no_results =
      line_i[descriptor_regs_pkg::MatmulMMsb:descriptor_regs_pkg::MatmulMLsb] == '0 ||
      line_i[descriptor_regs_pkg::MatmulNMsb:descriptor_regs_pkg::MatmulNLsb] == '0;

  assign pop_o   = state_q != Run && checked &&
                   records_o + CountBits'(state_q == Complete) < CountBits'(RecordDepth);
  assign start_o = pop_o && !no_results && status == descriptor_regs_pkg::StatusOk[3:0];
  assign line_o  = line_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else if (en_i) begin
      unique case (state_q)
        Run:     if (done_i) state_q <= Complete;
        default: state_q <= start_o ? Run : pop_o ? Complete : Idle;
      endcase
      if (done_i) begin
        a_done_runs: assert (state_q == Run);
      end
      if (checked) begin
        a_checked_waits: assert (waiting_i);
      end
    end
  end

  always_ff @(posedge clk_i) if (en_i) begin
    if (pop_o) begin
      line_q   <= line_i;
      status_q <= status;
      cycles_q <= 64'd1;
    end else if (state_q != Idle) begin
      cycles_q <= cycles_q + 64'd1;
    end
  end

  assign busy_o      = state_q != Idle;
  assign runs_o      = state_q == Run;
  assign completes_o = state_q == Complete;
  assign failed_o    = status_q != descriptor_regs_pkg::StatusOk[3:0];
  assign tag_o       = line_q[descriptor_regs_pkg::MatmulTagMsb:descriptor_regs_pkg::MatmulTagLsb];
  assign status_o    = {28'd0, status_q};
  assign cycles_o    = cycles_q;

  athena_fifo #(.Width(64), .Depth(RecordDepth)) u_records (
    .clk_i,
    .rst_ni,
    .en_i,
    .push_i (completes_o),
    .data_i ({tag_o, status_o}),
    .pop_i  (record_valid_o && record_ready_i),
    .data_o ({record_tag_o, record_status_o}),
    .count_o(records_o)
  );
  assign record_valid_o = records_o != '0;

endmodule
