// SPDX-License-Identifier: Apache-2.0
// Runs a command with one multiply-accumulate unit: outputs row by row, each with all of its k, an element of A, one of
// B and their scales read from L1 one after another. Seven cycles a multiply-accumulate.
module serial_engine #(
  parameter int unsigned L1Bytes  = 1048576,
  parameter int unsigned WordBits = $clog2(L1Bytes / 32)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                start_i,
  input  logic [511:0]        line_i,   // the command, from the cycle after start_i
  output logic                done_o,   // all results are in L1
  // L1: 64 bytes from a multiple of 32; data one cycle after a read
  output logic                l1_req_o,
  output logic                l1_we_o,
  output logic [WordBits-1:0] l1_word_o,
  output logic [63:0]         l1_be_o,
  output logic [511:0]        l1_wdata_o,
  input  logic [511:0]        l1_rdata_i
);

  localparam int unsigned FmaSignificand = 8;  // bits of an operand; the sum is FP32
  localparam int unsigned FmaExponent    = 8;
  localparam int unsigned FmaFraction    = 23;
  `include "athena_fma_functions.svh"
  `include "athena_operand_functions.svh"
  `include "athena_result_functions.svh"

  localparam int unsigned AddressBits = $clog2(L1Bytes);
  typedef logic [AddressBits-1:0] address_t;

  localparam logic [3:0] Idle = 4'd0, Begin = 4'd1, ReadC = 4'd2, TakeC = 4'd3, ReadA = 4'd4, ReadB = 4'd5,
                         ReadAScale = 4'd6, ReadBScale = 4'd7, Multiply = 4'd8, Add = 4'd9, Round = 4'd10,
                         Store = 4'd11, Done = 4'd12;

  logic [3:0]  state_q;
  logic [31:0] row_q, column_q, k_q;

  logic [31:0] m, n, k;
  logic [3:0]  a_format, b_format;
  logic [1:0]  c_format;
  logic        accumulate, transpose_a, transpose_b, saturate, last_k;
  assign m           = line_i[descriptor_regs_pkg::MatmulMLsb+:32];
  assign n           = line_i[descriptor_regs_pkg::MatmulNLsb+:32];
  assign k           = line_i[descriptor_regs_pkg::MatmulKLsb+:32];
  assign a_format    = line_i[descriptor_regs_pkg::MatmulAFormatLsb+:4];
  assign b_format    = line_i[descriptor_regs_pkg::MatmulBFormatLsb+:4];
  assign c_format    = line_i[descriptor_regs_pkg::MatmulCFormatLsb+:2];
  assign accumulate  = line_i[descriptor_regs_pkg::MatmulAccumulateLsb];
  assign transpose_a = line_i[descriptor_regs_pkg::MatmulTransposeALsb];
  assign transpose_b = line_i[descriptor_regs_pkg::MatmulTransposeBLsb];
  assign saturate    = line_i[descriptor_regs_pkg::MatmulSaturateLsb];
  assign last_k      = k_q + 32'd1 == k;

  function automatic logic has_scales(input logic [3:0] format);
    has_scales = format >= descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0];
  endfunction

  // Bits before an element of a row
  function automatic logic [35:0] bits_before(input logic [3:0] format, input logic [31:0] elements);
    unique case (format)
      descriptor_regs_pkg::OperandFormatBf16[3:0]:       bits_before = {elements, 4'd0};
      descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0],
      descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]:  bits_before = 36'(elements) * 36'd6;
      descriptor_regs_pkg::OperandFormatMxfp4[3:0]:      bits_before = {2'd0, elements, 2'd0};
      default:                                           bits_before = {1'b0, elements, 3'd0};
    endcase
  endfunction

  function automatic logic [19:0] decode(input logic [3:0] format, input logic [15:0] code, input logic [7:0] e8m0);
    logic [7:0] scale;
    scale = has_scales(format) ? e8m0 : 8'd127;
    unique case (format)
      descriptor_regs_pkg::OperandFormatBf16[3:0]:       decode = decode_bf16(code);
      descriptor_regs_pkg::OperandFormatE4m3[3:0],
      descriptor_regs_pkg::OperandFormatMxfp8E4m3[3:0]:  decode = decode_e4m3(code[7:0], scale);
      descriptor_regs_pkg::OperandFormatE5m2[3:0],
      descriptor_regs_pkg::OperandFormatMxfp8E5m2[3:0]:  decode = decode_e5m2(code[7:0], scale);
      descriptor_regs_pkg::OperandFormatMxfp6E3m2[3:0]:  decode = decode_e3m2(code[5:0], scale);
      descriptor_regs_pkg::OperandFormatMxfp6E2m3[3:0]:  decode = decode_e2m3(code[5:0], scale);
      descriptor_regs_pkg::OperandFormatMxfp4[3:0]:      decode = decode_e2m1(code[3:0], scale);
      default:                                           decode = decode_int8(code[7:0], scale);
    endcase
  endfunction

  // The byte of this state's access, and the first bit in it
  /* verilator lint_off UNUSEDSIGNAL */  // a checked command stays inside L1: upper bits are 0
  logic [31:0] base, line;
  logic [15:0] ld;
  logic [35:0] bits;
  /* verilator lint_on UNUSEDSIGNAL */
  address_t    address;
  always_comb begin
    unique case (state_q)
      ReadA: begin
        base = line_i[descriptor_regs_pkg::MatmulAAddrLsb+:32];
        ld   = line_i[descriptor_regs_pkg::MatmulALdLsb+:16];
        line = transpose_a ? k_q : row_q;
        bits = bits_before(a_format, transpose_a ? row_q : k_q);
      end
      ReadB: begin
        base = line_i[descriptor_regs_pkg::MatmulBAddrLsb+:32];
        ld   = line_i[descriptor_regs_pkg::MatmulBLdLsb+:16];
        line = transpose_b ? column_q : k_q;
        bits = bits_before(b_format, transpose_b ? k_q : column_q);
      end
      ReadAScale: begin
        base = line_i[descriptor_regs_pkg::MatmulAScaleAddrLsb+:32];
        ld   = line_i[descriptor_regs_pkg::MatmulAScaleLdLsb+:16];
        line = row_q;
        bits = {6'd0, k_q[31:5], 3'd0};
      end
      ReadBScale: begin
        base = line_i[descriptor_regs_pkg::MatmulBScaleAddrLsb+:32];
        ld   = line_i[descriptor_regs_pkg::MatmulBScaleLdLsb+:16];
        line = column_q;
        bits = {6'd0, k_q[31:5], 3'd0};
      end
      default: begin
        base = line_i[descriptor_regs_pkg::MatmulCAddrLsb+:32];
        ld   = line_i[descriptor_regs_pkg::MatmulCLdLsb+:16];
        line = row_q;
        bits = (c_format == descriptor_regs_pkg::ResultFormatFp32[1:0]) ? 36'({column_q, 5'd0}) :
               (c_format == descriptor_regs_pkg::ResultFormatBf16[1:0]) ? {column_q, 4'd0}
                                                                        : {1'b0, column_q, 3'd0};
      end
    endcase
    address = base[AddressBits-1:0] + AddressBits'(line * {11'd0, ld, 5'd0}) + bits[AddressBits+2:3];
  end

  // What was read a cycle ago, from its first bit on
  logic [8:0]  place_q;
  logic [31:0] found;
  assign found = 32'(l1_rdata_i >> place_q);

  logic [15:0] a_q, b_q;
  logic [7:0]  a_scale_q;
  logic [31:0] sum_q, magnitude_q, tag_q, result;
  logic [28:0] product_q;

  always_comb begin
    unique case (c_format)
      descriptor_regs_pkg::ResultFormatFp32[1:0]: result = canonical_fp32(sum_q);
      descriptor_regs_pkg::ResultFormatBf16[1:0]: result = {16'd0, round_bf16(sum_q)};
      descriptor_regs_pkg::ResultFormatE4m3[1:0]: result = {24'd0, round_e4m3(sum_q, saturate)};
      default:                                    result = {24'd0, round_e5m2(sum_q, saturate)};
    endcase
  end

  assign l1_req_o   = state_q == ReadC || state_q == ReadA || state_q == ReadB || state_q == ReadAScale ||
                      state_q == ReadBScale || state_q == Store;
  assign l1_we_o    = state_q == Store;
  assign l1_word_o  = address[AddressBits-1:5];
  assign l1_be_o    = ((c_format == descriptor_regs_pkg::ResultFormatFp32[1:0]) ? 64'hf :
                       (c_format == descriptor_regs_pkg::ResultFormatBf16[1:0]) ? 64'h3 : 64'h1) << address[4:0];
  assign l1_wdata_o = 512'(result) << {address[4:0], 3'd0};
  assign done_o     = state_q == Done;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      row_q    <= '0;
      column_q <= '0;
      k_q      <= '0;
    end else begin
      unique case (state_q)
        Idle: begin
          row_q    <= '0;
          column_q <= '0;
          if (start_i) begin
            state_q <= Begin;
          end
        end
        Begin: begin
          k_q     <= '0;
          state_q <= accumulate ? ReadC : (k == '0) ? Store : ReadA;
        end
        TakeC: state_q <= (k == '0) ? Store : ReadA;
        Round: begin
          k_q     <= k_q + 32'd1;
          state_q <= last_k ? Store : ReadA;
        end
        Store: begin
          column_q <= column_q + 32'd1;
          state_q  <= Begin;
          if (column_q + 32'd1 == n) begin
            column_q <= '0;
            row_q    <= row_q + 32'd1;
            state_q  <= (row_q + 32'd1 == m) ? Done : Begin;
          end
        end
        Done:    state_q <= Idle;
        default: state_q <= state_q + 4'd1;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    logic [31:0] magnitude, tag;
    place_q <= {1'b0, address[4:0], bits[2:0]};
    unique case (state_q)
      Begin:      sum_q <= '0;
      TakeC:      sum_q <= found;
      ReadB:      a_q <= found[15:0];
      ReadAScale: b_q <= found[15:0];
      ReadBScale: a_scale_q <= found[7:0];
      Multiply:   product_q <= fma_multiply(decode(a_format, a_q, a_scale_q), decode(b_format, b_q, found[7:0]));
      Add: begin
        fma_add(product_q, sum_q, magnitude, tag);
        magnitude_q <= magnitude;
        tag_q       <= tag;
      end
      Round:      sum_q <= fma_round(magnitude_q, tag_q);
      default: ;
    endcase
  end

endmodule
