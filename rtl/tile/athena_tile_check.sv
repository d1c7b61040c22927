// SPDX-License-Identifier: Apache-2.0
// Checks the command at the queue's head (models/tile/README.md says what, and in which order), always in
// the same number of cycles. One multiplier serves the five matrices in turn:
//   step 0     what the line says by itself; rows of A times their distance
//   step 1..5  the range of A, B, C, scales of A, scales of B; the product for the next one
//   step 6     overlap, the result
module athena_tile_check #(
  parameter int unsigned L1Bytes = 1048576
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic         en_i,
  input  logic         valid_i,    // line_i is there, until take_i
  input  logic [511:0] line_i,
  input  logic         take_i,
  output logic         checked_o,  // status_o is that of line_i
  output logic [3:0]   status_o
);

  localparam int unsigned EndBits = $clog2(L1Bytes) + 1;
  localparam logic [3:0]  FirstMx = descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0];
  localparam logic [3:0]  LastFormat = descriptor_regs_pkg::OperandFormatMxint8[3:0];
  localparam logic [1:0]  Fp32 = descriptor_regs_pkg::ResultFormatFp32[1:0];
  localparam logic [1:0]  Bf16 = descriptor_regs_pkg::ResultFormatBf16[1:0];

  logic [2:0]  step_q;
  logic        checked_q;
  logic [3:0]  fields_q;   // status from step 0
  logic        range_q;    // a range was bad
  logic [47:0] product_q;  // (rows - 1) * leading dimension in 32 bytes
  logic [EndBits-1:0] end_q [5];  // exclusive; 0 of a matrix without elements, so that it meets nothing

  // Names of the fields as this command uses them.
  logic [31:0] m, n, k, a_addr, b_addr, c_addr, a_scale_addr, b_scale_addr;
  logic [15:0] a_ld, b_ld, c_ld, a_scale_ld, b_scale_ld;
  logic [3:0]  a_format, b_format;
  logic [1:0]  c_format;
  logic        accumulate, transpose_a, transpose_b, saturate, a_mx, b_mx;
  assign m            = line_i[descriptor_regs_pkg::MatmulMLsb+:32];
  assign n            = line_i[descriptor_regs_pkg::MatmulNLsb+:32];
  assign k            = line_i[descriptor_regs_pkg::MatmulKLsb+:32];
  assign a_addr       = line_i[descriptor_regs_pkg::MatmulAAddrLsb+:32];
  assign b_addr       = line_i[descriptor_regs_pkg::MatmulBAddrLsb+:32];
  assign c_addr       = line_i[descriptor_regs_pkg::MatmulCAddrLsb+:32];
  assign a_scale_addr = line_i[descriptor_regs_pkg::MatmulAScaleAddrLsb+:32];
  assign b_scale_addr = line_i[descriptor_regs_pkg::MatmulBScaleAddrLsb+:32];
  assign a_ld         = line_i[descriptor_regs_pkg::MatmulALdLsb+:16];
  assign b_ld         = line_i[descriptor_regs_pkg::MatmulBLdLsb+:16];
  assign c_ld         = line_i[descriptor_regs_pkg::MatmulCLdLsb+:16];
  assign a_scale_ld   = line_i[descriptor_regs_pkg::MatmulAScaleLdLsb+:16];
  assign b_scale_ld   = line_i[descriptor_regs_pkg::MatmulBScaleLdLsb+:16];
  assign a_format     = line_i[descriptor_regs_pkg::MatmulAFormatLsb+:4];
  assign b_format     = line_i[descriptor_regs_pkg::MatmulBFormatLsb+:4];
  assign c_format     = line_i[descriptor_regs_pkg::MatmulCFormatLsb+:2];
  assign accumulate   = line_i[descriptor_regs_pkg::MatmulAccumulateLsb];
  assign transpose_a  = line_i[descriptor_regs_pkg::MatmulTransposeALsb];
  assign transpose_b  = line_i[descriptor_regs_pkg::MatmulTransposeBLsb];
  assign saturate     = line_i[descriptor_regs_pkg::MatmulSaturateLsb];
  assign a_mx         = a_format >= FirstMx;
  assign b_mx         = b_format >= FirstMx;

  logic has_a_scales, has_b_scales, misaligned;
  assign has_a_scales = a_scale_addr != '0 || a_scale_ld != '0;
  assign has_b_scales = b_scale_addr != '0 || b_scale_ld != '0;
  assign misaligned   = a_addr[4:0] != '0 || b_addr[4:0] != '0 || c_addr[4:0] != '0 ||
                        (a_mx && a_scale_addr[4:0] != '0) || (b_mx && b_scale_addr[4:0] != '0);

  // What the line says by itself
  function automatic logic [3:0] line_status(input logic [511:0] line);
    line_status = descriptor_regs_pkg::StatusOk[3:0];
    if (line[descriptor_regs_pkg::MatmulOpcodeLsb+:8] != descriptor_regs_pkg::OpcodeMatmul[7:0]) begin
      line_status = descriptor_regs_pkg::StatusBadOpcode[3:0];
    end else if ((line & descriptor_regs_pkg::MatmulReservedMask) != '0 ||
                 (has_a_scales && !a_mx) || (has_b_scales && !b_mx)) begin
      line_status = descriptor_regs_pkg::StatusReserved[3:0];
    end else if (a_format > LastFormat || b_format > LastFormat) begin
      line_status = descriptor_regs_pkg::StatusUnsupportedFormat[3:0];
    end else if ((accumulate && c_format != Fp32) ||
                 (saturate && (c_format == Fp32 || c_format == Bf16)) ||
                 (a_mx && transpose_a) || (b_mx && !transpose_b)) begin
      line_status = descriptor_regs_pkg::StatusBadFlags[3:0];
    end else if (misaligned) begin
      line_status = descriptor_regs_pkg::StatusBadAlignment[3:0];
    end
  endfunction

  // Bytes of a row of so many elements, the last one rounded up
  function automatic logic [33:0] operand_bytes(input logic [3:0] format, input logic [31:0] elements);
    unique case (format)
      descriptor_regs_pkg::OperandFormatBf16[3:0]: operand_bytes = {1'b0, elements, 1'b0};
      descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0],
      descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]:
        operand_bytes = ({2'd0, elements} + {1'b0, elements, 1'b0} + 34'd3) >> 2;
      descriptor_regs_pkg::OperandFormatMxfp4[3:0]: operand_bytes = ({2'd0, elements} + 34'd1) >> 1;
      default: operand_bytes = {2'd0, elements};
    endcase
  endfunction

  logic meets;
  assign meets = (c_addr[EndBits-1:0] < end_q[0] && a_addr[EndBits-1:0] < end_q[2]) ||
                 (c_addr[EndBits-1:0] < end_q[1] && b_addr[EndBits-1:0] < end_q[2]) ||
                 (c_addr[EndBits-1:0] < end_q[3] && a_scale_addr[EndBits-1:0] < end_q[2]) ||
                 (c_addr[EndBits-1:0] < end_q[4] && b_scale_addr[EndBits-1:0] < end_q[2]);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      step_q    <= '0;
      checked_q <= 1'b0;
    end else if (take_i) begin
      step_q    <= '0;
      checked_q <= 1'b0;
      a_take_checked: assert (checked_q);
    end else if (valid_i && !checked_q) begin
      step_q    <= step_q + 1'b1;
      checked_q <= step_q == 3'd6;
    end
  end
  assign checked_o = checked_q;

  // Values of a step are private to this process, hence the blocking assignments.
  /* verilator lint_off BLKSEQ */
  always_ff @(posedge clk_i) if (en_i) begin
    logic [31:0] rows, addr, rows_next;  // of the matrix of this step, and what the next step's product needs
    logic [15:0] ld, ld_next;
    logic [33:0] row_bytes, scale_bytes;
    logic        elements;
    logic [54:0] last;                   // exclusive; 2^32 + 2^48 * 32 + 2^34 at most
    if (valid_i && !checked_q) begin
      unique case (step_q)
        3'd0:    {rows_next, ld_next} = {transpose_a ? k : m, a_ld};
        3'd1:    {rows_next, ld_next} = {transpose_b ? n : k, b_ld};
        3'd2:    {rows_next, ld_next} = {m, c_ld};
        3'd3:    {rows_next, ld_next} = {m, a_scale_ld};
        default: {rows_next, ld_next} = {n, b_scale_ld};
      endcase
      scale_bytes = ({2'd0, k} + 34'd31) >> 5;
      unique case (step_q)
        3'd1: begin
          {rows, addr, ld} = {transpose_a ? k : m, a_addr, a_ld};
          row_bytes        = operand_bytes(a_format, transpose_a ? m : k);
          elements         = m != '0 && k != '0;
        end
        3'd2: begin
          {rows, addr, ld} = {transpose_b ? n : k, b_addr, b_ld};
          row_bytes        = operand_bytes(b_format, transpose_b ? k : n);
          elements         = n != '0 && k != '0;
        end
        3'd3: begin
          {rows, addr, ld} = {m, c_addr, c_ld};
          row_bytes        = (c_format == Fp32) ? {n, 2'd0} :
                             (c_format == Bf16) ? {1'b0, n, 1'b0} : {2'd0, n};
          elements         = m != '0 && n != '0;
        end
        3'd4: begin
          {rows, addr, ld} = {m, a_scale_addr, a_scale_ld};
          row_bytes        = scale_bytes;
          elements         = a_mx && m != '0 && k != '0;
        end
        default: begin
          {rows, addr, ld} = {n, b_scale_addr, b_scale_ld};
          row_bytes        = scale_bytes;
          elements         = b_mx && n != '0 && k != '0;
        end
      endcase
      last = {23'd0, addr} + {2'd0, product_q, 5'd0} + {21'd0, row_bytes};

      product_q <= {16'd0, rows_next - 32'd1} * {32'd0, ld_next};
      if (step_q == 3'd0) begin
        fields_q <= line_status(line_i);
        range_q  <= 1'b0;
      end else if (step_q == 3'd6) begin
        status_o <= (fields_q != descriptor_regs_pkg::StatusOk[3:0]) ? fields_q :
                    range_q ? descriptor_regs_pkg::StatusBadRange[3:0] :
                    meets   ? descriptor_regs_pkg::StatusOverlap[3:0]
                            : descriptor_regs_pkg::StatusOk[3:0];
      end else begin
        if (elements &&
            ((rows != 32'd1 && row_bytes > {13'd0, ld, 5'd0}) || last > 55'(L1Bytes))) begin
          range_q <= 1'b1;
        end
        end_q[step_q-3'd1] <= elements ? last[EndBits-1:0] : '0;
      end
    end
  end
  /* verilator lint_on BLKSEQ */

endmodule
