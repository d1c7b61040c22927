// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a multiply-accumulate unit, one function a pipeline stage, to be included in the
// module that holds the registers: acc' = fma(a, b, acc) in FP32, round to nearest even, subnormals
// kept, a and b with at most 8 significant bits.
//
// Flat vectors instead of structs: Verilator then works on machine words (docs/tile.md, "Speed").
//   operand  20 bits  {nan, inf, sign, exponent[8:0], significand[7:0]}
//            value = significand * 2^(exponent - 142); the significand's top bit is set unless it is zero
//   product  29 bits  {nan, inf, sign, exponent[9:0], significand[15:0]}
//   sum      43 bits  {nan, inf, sign, exponent[8:0], magnitude[30:0]}
//            value = magnitude * 2^(exponent - 156), lowest bit sticky; exponent >= 1

  // Subnormals are normalised here, once for a row or column instead of in each unit.
  function automatic logic [19:0] decode_bf16(input logic [15:0] x);
    logic [7:0] man;
    logic [8:0] exp;
    logic       nan, inf;
    nan = 1'b0;
    inf = 1'b0;
    exp = {1'b0, x[14:7]} + 9'd8;
    man = {1'b1, x[6:0]};
    if (x[14:7] == 8'hff) begin
      nan = x[6:0] != 7'd0;
      inf = x[6:0] == 7'd0;
    end else if (x[14:7] == 8'd0) begin
      // 2^-126 * x[6:0] / 128: shift left until the top bit is set, at most 7 places.
      exp = 9'd9;
      man = {1'b0, x[6:0]};
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
      if (x[6:0] == 7'd0) begin
        exp = 9'd0;
      end
    end
    decode_bf16 = {nan, inf, x[15], exp, man};
  endfunction

  function automatic logic [28:0] fma_multiply(input logic [19:0] a, input logic [19:0] b);
    logic [15:0] man;
    logic [9:0]  exp;
    logic        nan, inf;
    man = {8'd0, a[7:0]} * {8'd0, b[7:0]};
    exp = {1'b0, a[16:8]} + {1'b0, b[16:8]};
    nan = a[19] | b[19] | (a[18] & (b[7:0] == 8'd0)) | (b[18] & (a[7:0] == 8'd0));
    inf = a[18] | b[18];
    // A zero product must not shift the addend away.
    if (man == 16'd0) begin
      exp = 10'd0;
    end
    fma_multiply = {nan, inf, a[17] ^ b[17], exp, man};
  endfunction

  // The operand with the larger exponent stays, the other shifts right into six guard bits, of which
  // the last is sticky: after cancellation by more than one place nothing has been shifted out.
  function automatic logic [42:0] fma_add(input logic [28:0] p, input logic [31:0] c);
    logic [31:0] big_man, small_man, shifted, lost, mag;
    logic [9:0]  p_exp, c_exp, distance;
    logic [8:0]  base;
    logic [4:0]  shift;
    logic        p_sign, c_sign, big_sign, sign, nan, inf;
    p_exp  = p[25:16];
    p_sign = p[26];
    c_sign = c[31];
    // Both exponents count from 2^-142 times the weight of the lowest FP32 significand bit.
    c_exp  = ((c[30:23] == 8'd0) ? 10'd1 : {2'd0, c[30:23]}) + 10'd142;
    nan    = p[28] | ((c[30:23] == 8'hff) & (c[22:0] != 23'd0));
    inf    = (c[30:23] == 8'hff) & (c[22:0] == 23'd0);
    nan    = nan | (p[27] & inf & (p_sign ^ c_sign));
    if (p_exp >= c_exp) begin
      base      = p_exp[8:0] - 9'd142;
      distance  = p_exp - c_exp;
      big_man   = {2'd0, p[15:0], 14'd0};
      small_man = {2'd0, c[30:23] != 8'd0, c[22:0], 6'd0};
      big_sign  = p_sign;
    end else begin
      base      = c_exp[8:0] - 9'd142;
      distance  = c_exp - p_exp;
      big_man   = {2'd0, c[30:23] != 8'd0, c[22:0], 6'd0};
      small_man = {2'd0, p[15:0], 14'd0};
      big_sign  = c_sign;
    end
    shift   = (distance > 10'd31) ? 5'd31 : distance[4:0];
    shifted = small_man >> shift;
    lost    = small_man & ((32'd1 << shift) - 32'd1);
    shifted = shifted | {31'd0, lost != 32'd0};
    if (p_sign == c_sign) begin
      mag  = big_man + shifted;
      sign = p_sign;
    end else if (big_man >= shifted) begin
      mag  = big_man - shifted;
      sign = big_sign;
    end else begin
      mag  = shifted - big_man;
      sign = !big_sign;
    end
    // Exact zero is +0 unless both terms are negative.
    if (mag == 32'd0) begin
      sign = p_sign & c_sign;
    end
    if (inf) begin
      sign = c_sign;
    end
    if (p[27]) begin
      sign = p_sign;
    end
    fma_add = {nan, inf | p[27], sign, base, mag[30:0]};
  endfunction

  function automatic logic [31:0] fma_round(input logic [42:0] s);
    logic [31:0] mag, packed_value, probe;
    logic [8:0]  exp;
    logic [4:0]  zeros;
    logic        up;
    mag   = {1'b0, s[30:0]};
    probe = {s[30:0], 1'b0};
    zeros = 5'd0;
    if (probe[31:16] == 16'd0) begin
      zeros = zeros + 5'd16;
      probe = {probe[15:0], 16'd0};
    end
    if (probe[31:24] == 8'd0) begin
      zeros = zeros + 5'd8;
      probe = {probe[23:0], 8'd0};
    end
    if (probe[31:28] == 4'd0) begin
      zeros = zeros + 5'd4;
      probe = {probe[27:0], 4'd0};
    end
    if (probe[31:30] == 2'd0) begin
      zeros = zeros + 5'd2;
      probe = {probe[29:0], 2'd0};
    end
    if (!probe[31]) begin
      zeros = zeros + 5'd1;
    end
    // Bit 30 is to be the leading one, but the exponent not to fall below that of subnormals.
    if ({4'd0, zeros} > s[39:31]) begin
      zeros = s[35:31];
    end
    mag = mag << zeros;
    exp = mag[30] ? s[39:31] + 9'd1 - {4'd0, zeros} : 9'd0;
    // Rounding may carry into the exponent, as it should.
    up           = mag[6] & (mag[7] | (mag[5:0] != 6'd0));
    packed_value = {exp, mag[29:7]} + {31'd0, up};
    if (s[41] || packed_value >= 32'h7f80_0000) begin
      packed_value = 32'h7f80_0000;
    end
    fma_round = s[42] ? 32'h7fc0_0000 : {s[40], packed_value[30:0]};
  endfunction

  // FP32 result to the bits of C: one rounding to nearest even, one NaN.
  function automatic logic [31:0] canonical_fp32(input logic [31:0] x);
    canonical_fp32 = (x[30:0] > 31'h7f80_0000) ? 32'h7fc0_0000 : x;
  endfunction

  function automatic logic [15:0] round_bf16(input logic [31:0] x);
    logic up;
    up         = x[15] & (x[16] | (x[14:0] != 15'd0));
    round_bf16 = (x[30:0] > 31'h7f80_0000) ? 16'h7fc0 : x[31:16] + {15'd0, up};
  endfunction
