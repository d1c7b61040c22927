// SPDX-License-Identifier: Apache-2.0
// The register file with what it shows: counters, the last error, the interrupt.
module athena_tile_registers #(
  parameter int unsigned Rows       = 16,
  parameter int unsigned Cols       = 16,
  parameter int unsigned L1Bytes    = 1048576,
  parameter int unsigned QueueDepth = 8
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        en_i,
  input  logic        req_i,
  input  logic        we_i,
  input  logic [15:0] addr_i,
  input  logic [63:0] wdata_i,
  input  logic [7:0]  be_i,
  output logic [63:0] rdata_o,
  output logic        error_o,
  input  logic        busy_i,
  input  logic        idle_i,
  input  logic [7:0]  queued_i,
  input  logic [7:0]  records_i,
  input  logic        completes_i,
  input  logic        failed_i,
  input  logic [31:0] tag_i,
  input  logic [31:0] status_i,
  input  logic [63:0] command_cycles_i,
  input  logic        refused_i,
  output logic        abort_o,
  output logic        irq_o
);

  // The simulator may stop an idle tile's clock and add the cycles here. The rest is public for
  // debuggers, which read registers without a clock.
  logic [63:0] cycle_q          /* verilator public_flat_rw */;
  logic [63:0] busy_cycles_q    /* verilator public_flat_rd */;
  logic [63:0] commands_q       /* verilator public_flat_rd */;
  logic [63:0] errors_q         /* verilator public_flat_rd */;
  logic [63:0] refused_q        /* verilator public_flat_rd */;
  logic [63:0] command_cycles_q /* verilator public_flat_rd */;
  logic [63:0] last_error_q     /* verilator public_flat_rd */;  // {status, tag}
  logic [63:0] status           /* verilator public_flat_rd */;  // as STATUS, CTRL and IRQ show it
  logic [1:0]  enables          /* verilator public_flat_rd */;
  logic [1:0]  causes           /* verilator public_flat_rd */;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycle_q <= '0;
    end else begin
      cycle_q <= cycle_q + 64'd1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      busy_cycles_q    <= '0;
      commands_q       <= '0;
      errors_q         <= '0;
      refused_q        <= '0;
      command_cycles_q <= '0;
      last_error_q     <= '0;
    end else if (en_i) begin
      if (busy_i) begin
        busy_cycles_q <= busy_cycles_q + 64'd1;
      end
      if (completes_i) begin
        commands_q       <= commands_q + 64'd1;
        command_cycles_q <= command_cycles_i;
      end
      if (completes_i && failed_i) begin
        errors_q     <= errors_q + 64'd1;
        last_error_q <= {status_i, tag_i};
      end
      if (refused_i) begin
        refused_q <= refused_q + 64'd1;
      end
    end
  end

  logic irq_completion, irq_error, enable_completion, enable_error, abort, abort_we;
  logic unused_completion_we, unused_error_we;
  tile_csr u_csr (
    .clk_i,
    .rst_ni,
    .req_i,
    .we_i,
    .addr_i                  ({16'd0, addr_i}),
    .wdata_i,
    .be_i,
    .rdata_o,
    .error_o,
    .id_magic_i              (tile_regs_pkg::IdReset[tile_regs_pkg::IdMagicMsb:
                                                     tile_regs_pkg::IdMagicLsb]),
    .id_version_i            (tile_regs_pkg::IdReset[tile_regs_pkg::IdVersionMsb:
                                                     tile_regs_pkg::IdVersionLsb]),
    .caps_rows_i             (8'(Rows)),
    .caps_cols_i             (8'(Cols)),
    .caps_queue_depth_i      (8'(QueueDepth)),
    .caps_l1_bytes_i         (L1Bytes),
    .ctrl_irq_completion_o   (enable_completion),
    .ctrl_irq_completion_we_o(unused_completion_we),
    .ctrl_irq_error_o        (enable_error),
    .ctrl_irq_error_we_o     (unused_error_we),
    .ctrl_abort_o            (abort),
    .ctrl_abort_we_o         (abort_we),
    .status_busy_i           (busy_i),
    .status_idle_i           (idle_i),
    .status_queued_i         (queued_i),
    .status_completions_i    (records_i),
    .irq_completion_o        (irq_completion),
    .irq_completion_set_i    (completes_i),
    .irq_error_o             (irq_error),
    .irq_error_set_i         (completes_i && failed_i),
    .last_error_tag_i        (last_error_q[31:0]),
    .last_error_status_i     (last_error_q[63:32]),
    .cycles_i                (cycle_q),
    .busy_cycles_i           (busy_cycles_q),
    .commands_i              (commands_q),
    .errors_i                (errors_q),
    .refused_i               (refused_q),
    .command_cycles_i        (command_cycles_q)
  );

  assign status  = {40'd0, records_i, queued_i, 6'd0, idle_i, busy_i};
  assign enables = {enable_error, enable_completion};
  assign causes  = {irq_error, irq_completion};
  assign abort_o = abort && abort_we;
  assign irq_o   = (causes & enables) != '0;

endmodule
