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

  // Step 0
  logic [3:0] fields;
  logic       reserved, unsupported, scales_a, scales_b, misaligned;

  // Names of the fields as this command uses them.
  logic [31:0] m, n, k, a_addr, b_addr, c_addr;
  logic [15:0] a_ld, b_ld, c_ld;
  logic [3:0]  a_format, b_format;
  logic [1:0]  c_format;
  assign m        = line_i[descriptor_regs_pkg::MatmulMMsb:descriptor_regs_pkg::MatmulMLsb];
  assign n        = line_i[descriptor_regs_pkg::MatmulNMsb:descriptor_regs_pkg::MatmulNLsb];
  assign k        = line_i[descriptor_regs_pkg::MatmulKMsb:descriptor_regs_pkg::MatmulKLsb];
  assign a_addr   = line_i[descriptor_regs_pkg::MatmulAAddrMsb:descriptor_regs_pkg::MatmulAAddrLsb];
  assign b_addr   = line_i[descriptor_regs_pkg::MatmulBAddrMsb:descriptor_regs_pkg::MatmulBAddrLsb];
  assign c_addr   = line_i[descriptor_regs_pkg::MatmulCAddrMsb:descriptor_regs_pkg::MatmulCAddrLsb];
  assign a_ld     = line_i[descriptor_regs_pkg::MatmulALdMsb:descriptor_regs_pkg::MatmulALdLsb];
  assign b_ld     = line_i[descriptor_regs_pkg::MatmulBLdMsb:descriptor_regs_pkg::MatmulBLdLsb];
  assign c_ld     = line_i[descriptor_regs_pkg::MatmulCLdMsb:descriptor_regs_pkg::MatmulCLdLsb];
  assign a_format = line_i[descriptor_regs_pkg::MatmulAFormatMsb:descriptor_regs_pkg::MatmulAFormatLsb];
  assign b_format = line_i[descriptor_regs_pkg::MatmulBFormatMsb:descriptor_regs_pkg::MatmulBFormatLsb];
  assign c_format = line_i[descriptor_regs_pkg::MatmulCFormatMsb:descriptor_regs_pkg::MatmulCFormatLsb];

  assign scales_a = line_i[descriptor_regs_pkg::MatmulAScaleAddrMsb:
                           descriptor_regs_pkg::MatmulAScaleAddrLsb] != '0 ||
                    line_i[descriptor_regs_pkg::MatmulAScaleLdMsb:
                           descriptor_regs_pkg::MatmulAScaleLdLsb] != '0;
  assign scales_b = line_i[descriptor_regs_pkg::MatmulBScaleAddrMsb:
                           descriptor_regs_pkg::MatmulBScaleAddrLsb] != '0 ||
                    line_i[descriptor_regs_pkg::MatmulBScaleLdMsb:
                           descriptor_regs_pkg::MatmulBScaleLdLsb] != '0;
  assign reserved = (line_i & descriptor_regs_pkg::MatmulReservedMask) != '0 ||
                    (scales_a && a_format < descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0]) ||
                    (scales_b && b_format < descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0]);
  assign unsupported = a_format != descriptor_regs_pkg::OperandFormatBf16[3:0] ||
                       b_format != descriptor_regs_pkg::OperandFormatBf16[3:0] ||
                       (c_format != descriptor_regs_pkg::ResultFormatFp32[1:0] &&
                        c_format != descriptor_regs_pkg::ResultFormatBf16[1:0]) ||
                       line_i[descriptor_regs_pkg::MatmulTransposeALsb] ||
                       line_i[descriptor_regs_pkg::MatmulTransposeBLsb] ||
                       line_i[descriptor_regs_pkg::MatmulSaturateLsb];
  assign misaligned = a_addr[4:0] != '0 || b_addr[4:0] != '0 || c_addr[4:0] != '0;

  always_comb begin
    if (line_i[descriptor_regs_pkg::MatmulOpcodeMsb:descriptor_regs_pkg::MatmulOpcodeLsb] !=
        descriptor_regs_pkg::OpcodeMatmul[7:0]) begin
      fields = descriptor_regs_pkg::StatusBadOpcode[3:0];
    end else if (reserved) begin
      fields = descriptor_regs_pkg::StatusReserved[3:0];
    end else if (unsupported) begin
      fields = descriptor_regs_pkg::StatusUnsupportedFormat[3:0];
    end else if (line_i[descriptor_regs_pkg::MatmulAccumulateLsb] &&
                 c_format != descriptor_regs_pkg::ResultFormatFp32[1:0]) begin
      fields = descriptor_regs_pkg::StatusBadFlags[3:0];
    end else if (misaligned) begin
      fields = descriptor_regs_pkg::StatusBadAlignment[3:0];
    end else begin
      fields = descriptor_regs_pkg::StatusOk[3:0];
    end
  end

  // Operands of the next step's product, and the range of this step's matrix.
  logic [31:0] rows_next, rows, columns, addr;
  logic [15:0] ld_next, ld;
  logic [33:0] row_bytes;
  logic [54:0] last;  // 2^32 + 2^48 * 32 + 2^34 at most
  logic        empty, bad;
  always_comb begin
    rows_next = m;
    ld_next   = c_ld;
    rows      = m;
    columns   = n;
    addr      = c_addr;
    ld        = c_ld;
    unique case (step_q)
      3'd0: ld_next = a_ld;
      3'd1: begin
        rows_next = k;
        ld_next   = b_ld;
        columns   = k;
        addr      = a_addr;
        ld        = a_ld;
      end
      3'd2: begin
        rows      = k;
        addr      = b_addr;
        ld        = b_ld;
      end
      default: ;
    endcase
  end
  assign row_bytes = (step_q == 3'd3 && c_format == descriptor_regs_pkg::ResultFormatFp32[1:0])
                     ? {columns, 2'd0} : {1'b0, columns, 1'b0};
  assign last  = {23'd0, addr} + {2'd0, product_q, 5'd0} + {21'd0, row_bytes};
  assign empty = rows == '0 || columns == '0;
  assign bad   = !empty && ((rows != 32'd1 && row_bytes > {13'd0, ld, 5'd0}) ||
                            last > 55'(L1Bytes));

  // Ends are exclusive; that of a matrix without elements is 0, so that it meets nothing.
  logic overlap, a_meets, b_meets;
  assign a_meets = c_addr[EndBits-1:0] < a_end_q && a_addr[EndBits-1:0] < c_end_q;
  assign b_meets = c_addr[EndBits-1:0] < b_end_q && b_addr[EndBits-1:0] < c_end_q;
  assign overlap = a_meets || b_meets;

  assign done_o = run_q && step_q == 3'd4;
  always_comb begin
    if (fields_q != descriptor_regs_pkg::StatusOk[3:0]) begin
      status_o = fields_q;
    end else if (range_q) begin
      status_o = descriptor_regs_pkg::StatusBadRange[3:0];
    end else if (overlap) begin
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

  always_ff @(posedge clk_i) begin
    if (run_q) begin
      product_q <= {16'd0, rows_next - 32'd1} * {32'd0, ld_next};
      unique case (step_q)
        3'd0: begin
          fields_q <= fields;
          range_q  <= 1'b0;
        end
        3'd1: a_end_q <= empty ? '0 : last[EndBits-1:0];
        3'd2: b_end_q <= empty ? '0 : last[EndBits-1:0];
        3'd3: c_end_q <= empty ? '0 : last[EndBits-1:0];
        default: ;
      endcase
      if (step_q != 3'd0 && bad) begin
        range_q <= 1'b1;
      end
    end
  end

endmodule
