// SPDX-License-Identifier: Apache-2.0
// Checks a command (models/tile/README.md says which, and in which order), always in the same number of
// cycles. One multiplier serves the three matrices in turn:
//   step 0     what the line says by itself; rows of A times their distance
//   step 1..3  the range of A, B, C; the product for the next one
//   step 4     overlap, the result
module athena_tile_check #(
  parameter int unsigned L1Bytes = 1048576
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         start_i,   // line_i is there from the next cycle until done_o
  input  logic [511:0] line_i,
  output logic         done_o,    // for one cycle, with status_o
  output logic [3:0]   status_o
);

  localparam int unsigned EndBits = $clog2(L1Bytes) + 1;

  logic        run_q;
  logic [2:0]  step_q;
  logic [3:0]  fields_q;   // status from step 0
  logic        range_q;    // a range was bad
  logic [47:0] product_q;  // (rows - 1) * leading dimension in 32 bytes
  logic [EndBits-1:0] a_end_q, b_end_q, c_end_q;

  // Names of the fields as this command uses them.
  logic [31:0] m, n, k, a_addr, b_addr, c_addr;
  logic [15:0] a_ld, b_ld, c_ld;
  logic [3:0]  a_format, b_format;
  logic [1:0]  c_format;
  assign m        = line_i[descriptor_regs_pkg::MatmulMLsb+:32];
  assign n        = line_i[descriptor_regs_pkg::MatmulNLsb+:32];
  assign k        = line_i[descriptor_regs_pkg::MatmulKLsb+:32];
  assign a_addr   = line_i[descriptor_regs_pkg::MatmulAAddrLsb+:32];
  assign b_addr   = line_i[descriptor_regs_pkg::MatmulBAddrLsb+:32];
  assign c_addr   = line_i[descriptor_regs_pkg::MatmulCAddrLsb+:32];
  assign a_ld     = line_i[descriptor_regs_pkg::MatmulALdLsb+:16];
  assign b_ld     = line_i[descriptor_regs_pkg::MatmulBLdLsb+:16];
  assign c_ld     = line_i[descriptor_regs_pkg::MatmulCLdLsb+:16];
  assign a_format = line_i[descriptor_regs_pkg::MatmulAFormatLsb+:4];
  assign b_format = line_i[descriptor_regs_pkg::MatmulBFormatLsb+:4];
  assign c_format = line_i[descriptor_regs_pkg::MatmulCFormatLsb+:2];

  logic scales_a, scales_b;
  assign scales_a = line_i[descriptor_regs_pkg::MatmulAScaleAddrLsb+:32] != '0 ||
                    line_i[descriptor_regs_pkg::MatmulAScaleLdLsb+:16] != '0;
  assign scales_b = line_i[descriptor_regs_pkg::MatmulBScaleAddrLsb+:32] != '0 ||
                    line_i[descriptor_regs_pkg::MatmulBScaleLdLsb+:16] != '0;

  // Ends are exclusive; that of a matrix without elements is 0, so that it meets nothing.
  logic a_meets, b_meets;
  assign a_meets = c_addr[EndBits-1:0] < a_end_q && a_addr[EndBits-1:0] < c_end_q;
  assign b_meets = c_addr[EndBits-1:0] < b_end_q && b_addr[EndBits-1:0] < c_end_q;

  assign done_o = run_q && step_q == 3'd4;
  always_comb begin
    if (fields_q != descriptor_regs_pkg::StatusOk[3:0]) begin
      status_o = fields_q;
    end else if (range_q) begin
      status_o = descriptor_regs_pkg::StatusBadRange[3:0];
    end else if (a_meets || b_meets) begin
      status_o = descriptor_regs_pkg::StatusOverlap[3:0];
    end else begin
      status_o = descriptor_regs_pkg::StatusOk[3:0];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      run_q  <= 1'b0;
      step_q <= '0;
    end else if (start_i) begin
      run_q  <= 1'b1;
      step_q <= '0;
    end else if (run_q) begin
      step_q <= step_q + 1'b1;
      run_q  <= !done_o;
    end
  end

  // What the line says by itself
  always_ff @(posedge clk_i) begin
    if (run_q && step_q == 3'd0) begin
      if (line_i[descriptor_regs_pkg::MatmulOpcodeLsb+:8] !=
          descriptor_regs_pkg::OpcodeMatmul[7:0]) begin
        fields_q <= descriptor_regs_pkg::StatusBadOpcode[3:0];
      end else if ((line_i & descriptor_regs_pkg::MatmulReservedMask) != '0 ||
                   (scales_a && a_format < descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0]) ||
                   (scales_b && b_format < descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0])) begin
        fields_q <= descriptor_regs_pkg::StatusReserved[3:0];
      end else if (a_format != descriptor_regs_pkg::OperandFormatBf16[3:0] ||
                   b_format != descriptor_regs_pkg::OperandFormatBf16[3:0] ||
                   (c_format != descriptor_regs_pkg::ResultFormatFp32[1:0] &&
                    c_format != descriptor_regs_pkg::ResultFormatBf16[1:0]) ||
                   line_i[descriptor_regs_pkg::MatmulTransposeALsb] ||
                   line_i[descriptor_regs_pkg::MatmulTransposeBLsb] ||
                   line_i[descriptor_regs_pkg::MatmulSaturateLsb]) begin
        fields_q <= descriptor_regs_pkg::StatusUnsupportedFormat[3:0];
      end else if (line_i[descriptor_regs_pkg::MatmulAccumulateLsb] &&
                   c_format != descriptor_regs_pkg::ResultFormatFp32[1:0]) begin
        fields_q <= descriptor_regs_pkg::StatusBadFlags[3:0];
      end else if (a_addr[4:0] != '0 || b_addr[4:0] != '0 || c_addr[4:0] != '0) begin
        fields_q <= descriptor_regs_pkg::StatusBadAlignment[3:0];
      end else begin
        fields_q <= descriptor_regs_pkg::StatusOk[3:0];
      end
    end
  end

  // The range of this step's matrix, and the product for the next one's
  always_ff @(posedge clk_i) begin
    logic [31:0] rows_next, rows, columns, addr;
    logic [15:0] ld_next, ld;
    logic [33:0] row_bytes;
    logic [54:0] last;  // exclusive; 2^32 + 2^48 * 32 + 2^34 at most
    if (run_q) begin
      rows_next = (step_q == 3'd1) ? k : m;
      ld_next   = (step_q == 3'd0) ? a_ld : (step_q == 3'd1) ? b_ld : c_ld;
      product_q <= {16'd0, rows_next - 32'd1} * {32'd0, ld_next};

      rows      = (step_q == 3'd2) ? k : m;
      columns   = (step_q == 3'd1) ? k : n;
      addr      = (step_q == 3'd1) ? a_addr : (step_q == 3'd2) ? b_addr : c_addr;
      ld        = (step_q == 3'd1) ? a_ld : (step_q == 3'd2) ? b_ld : c_ld;
      row_bytes = (step_q == 3'd3 && c_format == descriptor_regs_pkg::ResultFormatFp32[1:0])
                  ? {columns, 2'd0} : {1'b0, columns, 1'b0};
      last      = {23'd0, addr} + {2'd0, product_q, 5'd0} + {21'd0, row_bytes};
      if (step_q == 3'd0) begin
        range_q <= 1'b0;
      end else if (rows != '0 && columns != '0 &&
                   ((rows != 32'd1 && row_bytes > {13'd0, ld, 5'd0}) || last > 55'(L1Bytes))) begin
        range_q <= 1'b1;
      end
      if (rows == '0 || columns == '0) begin
        last = '0;
      end
      unique case (step_q)
        3'd1:    a_end_q <= last[EndBits-1:0];
        3'd2:    b_end_q <= last[EndBits-1:0];
        3'd3:    c_end_q <= last[EndBits-1:0];
        default: ;
      endcase
    end
  end

endmodule
