// SPDX-License-Identifier: Apache-2.0
// Decoders of the operand formats (OCP OFP8 1.0, OCP MX 1.0), to be included beside
// athena_fma_functions.svh, whose operand they give:
//   20 bits  {nan, inf, sign, exponent[8:0], significand[7:0]}
//   value = significand * 2^(exponent - 158); the significand's top bit is set unless it is 0
// A scale is E8M0; formats without scales are decoded with 127, which is 1.

  // The value sign * significand / 128 * 2^(exponent - 151) with a significand that may have up to seven
  // leading zeros; from 2^128 on it is infinity. The exponent is at most 279, and that of a zero loses seven.
  function automatic logic [19:0] normal_operand(input logic nan, input logic inf, input logic sign,
                                                 input logic [8:0] exponent, input logic [7:0] significand);
    logic [8:0] exp;
    logic [7:0] man;
    exp = exponent;
    man = significand;
    if (man[7:4] == 4'd0) begin
      man = {man[3:0], 4'd0};
      exp = exp - 9'd4;
    end
    if (man[7:6] == 2'd0) begin
      man = {man[5:0], 2'd0};
      exp = exp - 9'd2;
    end
    if (!man[7]) begin
      man = {man[6:0], 1'b0};
      exp = exp - 9'd1;
    end
    normal_operand = {nan, !nan && (inf || exp >= 9'd279), sign, man[7] ? exp : 9'd0, man};
  endfunction

  function automatic logic [19:0] decode_bf16(input logic [15:0] x);
    logic special;
    special     = x[14:7] == 8'hff;
    decode_bf16 = normal_operand(special && x[6:0] != 7'd0, special, x[15],
                                 special ? 9'd278 : {1'b0, (x[14:7] == 8'd0) ? 8'd1 : x[14:7]} + 9'd24,
                                 {x[14:7] != 8'd0, x[6:0]});
  endfunction

  function automatic logic [19:0] decode_e4m3(input logic [7:0] x, input logic [7:0] scale);
    decode_e4m3 = normal_operand(x[6:0] == 7'h7f || scale == 8'hff, 1'b0, x[7],
                                 {5'd0, (x[6:3] == 4'd0) ? 4'd1 : x[6:3]} + {1'b0, scale} + 9'd17,
                                 {x[6:3] != 4'd0, x[2:0], 4'd0});
  endfunction

  function automatic logic [19:0] decode_e5m2(input logic [7:0] x, input logic [7:0] scale);
    decode_e5m2 = normal_operand(x[6:0] > 7'h7c || scale == 8'hff, x[6:2] == 5'h1f, x[7],
                                 {4'd0, (x[6:2] == 5'd0) ? 5'd1 : x[6:2]} + {1'b0, scale} + 9'd9,
                                 {x[6:2] != 5'd0, x[1:0], 5'd0});
  endfunction

  function automatic logic [19:0] decode_e3m2(input logic [5:0] x, input logic [7:0] scale);
    decode_e3m2 = normal_operand(scale == 8'hff, 1'b0, x[5],
                                 {6'd0, (x[4:2] == 3'd0) ? 3'd1 : x[4:2]} + {1'b0, scale} + 9'd21,
                                 {x[4:2] != 3'd0, x[1:0], 5'd0});
  endfunction

  function automatic logic [19:0] decode_e2m3(input logic [5:0] x, input logic [7:0] scale);
    decode_e2m3 = normal_operand(scale == 8'hff, 1'b0, x[5],
                                 {7'd0, (x[4:3] == 2'd0) ? 2'd1 : x[4:3]} + {1'b0, scale} + 9'd23,
                                 {x[4:3] != 2'd0, x[2:0], 4'd0});
  endfunction

  function automatic logic [19:0] decode_e2m1(input logic [3:0] x, input logic [7:0] scale);
    decode_e2m1 = normal_operand(scale == 8'hff, 1'b0, x[3],
                                 {7'd0, (x[2:1] == 2'd0) ? 2'd1 : x[2:1]} + {1'b0, scale} + 9'd23,
                                 {x[2:1] != 2'd0, x[0], 6'd0});
  endfunction

  // Two's complement in 64ths; 0x80 is -2.
  function automatic logic [19:0] decode_int8(input logic [7:0] x, input logic [7:0] scale);
    decode_int8 = normal_operand(scale == 8'hff, 1'b0, x[7], {1'b0, scale} + 9'd25, x[7] ? -x : x);
  endfunction
