// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a multiply-accumulate unit, one part a pipeline stage, to be included in the module that
// holds the registers: acc' = fma(a, b, acc) in FP32, round to nearest even, subnormals kept, a and b
// with at most 8 significant bits.
//
// Values are flat vectors and intermediates whole words, selected without branches: a compiler of the
// Verilated model then works on many units at once (docs/tile.md, "Speed"). Synthesis drops the constant bits.
// The module gives the shape of the result and of the operands as constants, in the tile those of FP32 and 8:
//   FmaExponent, FmaFraction   bits of the result's exponent and fraction; a number is sign, exponent, fraction
//   FmaSignificand             bits of an operand's significand, at most (FmaFraction + 7) / 2
// Narrower ones are the same arithmetic small enough to be tested with all numbers. Below are the tile's
// numbers; in general 127 is the bias of FmaExponent bits, 158 is bias + 23 + FmaSignificand, 156 is
// bias + FmaFraction + 6, and values stand in the low bits.
//   operand    20 bits  {nan, inf, sign, exponent[8:0], significand[7:0]}
//              value = significand * 2^(exponent - 158); the significand's top bit is set unless it is 0
//   product    29 bits  {nan, inf, sign, exponent[9:0], significand[15:0]}
//              value = significand * 2^(exponent - 316); exponent 0 if the significand is 0
//   sum        two words: magnitude[30:0], and {nan, inf, sign, 20'd0, exponent[8:0]}
//              value = magnitude * 2^(exponent - 156), lowest bit sticky; exponent >= 1

  localparam int unsigned FmaSign   = FmaExponent + FmaFraction;
  localparam int unsigned FmaBias   = (1 << (FmaExponent - 1)) - 1;
  localparam int unsigned FmaOffset = FmaBias + 47;               // 174
  localparam int unsigned FmaAlign  = FmaFraction + 7 - 2 * FmaSignificand;
  localparam int unsigned FmaSpare  = 23 - FmaFraction;           // bits that narrow numbers leave
  localparam logic [31:0] FmaInf    = 32'(((1 << FmaExponent) - 1) << FmaFraction);
  localparam logic [31:0] FmaNan    = FmaInf | 32'(1 << (FmaFraction - 1));
  // Lowest bit of the result, and all below it but the highest.
  localparam logic [31:0] FmaUneven = 32'((1 << (8 + FmaSpare)) - 1 - (1 << (6 + FmaSpare)));

  // Words of which some bits are always 0, see above.
  /* verilator lint_off UNUSEDSIGNAL */
  function automatic logic [28:0] fma_multiply(input logic [19:0] a, input logic [19:0] b);
    logic [31:0] man, exp, flags;
    man = {24'd0, a[7:0]} * {24'd0, b[7:0]};
    // A zero product must not shift the addend away.
    exp = (man == 32'd0) ? 32'd0 : {23'd0, a[16:8]} + {23'd0, b[16:8]};
    // nan, inf, sign; zero times infinity is NaN.
    flags = {29'd0, (a[19:17] | b[19:17]) & 3'b110} | {31'd0, a[17] ^ b[17]};
    flags = flags | ((man == 32'd0) ? (flags & 32'd2) << 1 : 32'd0);
    fma_multiply = {flags[2:0], exp[9:0], man[15:0]};
  endfunction

  // The operand with the larger exponent stays, the other shifts right into six guard bits, of which
  // the last is sticky: after cancellation by more than one place nothing has been shifted out.
  task automatic fma_add(input logic [28:0] p, input logic [31:0] c,
                         output logic [31:0] magnitude, output logic [31:0] tag);
    logic [31:0] p_exp, c_exp, p_man, c_man, big_man, small_man, shift, shifted, sum;
    logic [31:0] base, sign, nan, inf;
    p_exp = {22'd0, p[25:16]};
    p_man = {16'd0, p[15:0]} << FmaAlign;
    // Both exponents count from 2^-174 times the weight of the lowest bit of C's significand.
    c_exp = (c[FmaFraction+:FmaExponent] == '0) ? FmaOffset + 32'd1
                                                : 32'(c[FmaFraction+:FmaExponent]) + FmaOffset;
    c_man = 32'({(c[FmaFraction+:FmaExponent] == '0) ? 1'b0 : 1'b1, c[FmaFraction-1:0], 6'd0});

    base      = ((p_exp >= c_exp) ? p_exp : c_exp) - FmaOffset;
    shift     = (p_exp >= c_exp) ? p_exp - c_exp : c_exp - p_exp;
    shift     = (shift > 32'd31) ? 32'd31 : shift;
    big_man   = (p_exp >= c_exp) ? p_man : c_man;
    small_man = (p_exp >= c_exp) ? c_man : p_man;
    shifted   = small_man >> shift[4:0];
    shifted   = shifted | (((shifted << shift[4:0]) != small_man) ? 32'd1 : 32'd0);

    sum       = (p[26] != c[FmaSign]) ? big_man - shifted : big_man + shifted;
    sign      = (p_exp >= c_exp) ? {31'd0, p[26]} : {31'd0, c[FmaSign]};
    sign      = sign ^ {31'd0, sum[31]};
    magnitude = sum[31] ? 32'd0 - sum : sum;
    // Exact zero is +0 unless both terms are negative.
    sign = (sum == 32'd0) ? {31'd0, p[26] & c[FmaSign]} : sign;
    inf  = (32'(c[FmaSign-1:0]) == FmaInf) ? 32'd1 : 32'd0;
    nan  = {31'd0, p[28]} | ((32'(c[FmaSign-1:0]) > FmaInf) ? 32'd1 : 32'd0) |
           (inf & {31'd0, p[27]} & {31'd0, p[26] ^ c[FmaSign]});
    sign = (inf != 32'd0) ? {31'd0, c[FmaSign]} : sign;
    sign = p[27] ? {31'd0, p[26]} : sign;
    inf  = inf | {31'd0, p[27]};
    tag  = nan << 31 | inf << 30 | sign << 29 | base;
  endtask

  function automatic logic [31:0] fma_round(input logic [31:0] magnitude, input logic [31:0] tag);
    logic [31:0] mag, exp, probe, zeros, bits;
    probe = magnitude << 1;
    zeros = (probe[31:16] == 16'd0) ? 32'd16 : 32'd0;
    probe = (probe[31:16] == 16'd0) ? probe << 16 : probe;
    zeros = (probe[31:24] == 8'd0) ? zeros + 32'd8 : zeros;
    probe = (probe[31:24] == 8'd0) ? probe << 8 : probe;
    zeros = (probe[31:28] == 4'd0) ? zeros + 32'd4 : zeros;
    probe = (probe[31:28] == 4'd0) ? probe << 4 : probe;
    zeros = (probe[31:30] == 2'd0) ? zeros + 32'd2 : zeros;
    probe = (probe[31:30] == 2'd0) ? probe << 2 : probe;
    zeros = probe[31] ? zeros : zeros + 32'd1;
    // Bit 30 is to be the leading one, but the exponent not to fall below that of subnormals.
    exp   = {23'd0, tag[8:0]};
    zeros = (zeros > exp + FmaSpare) ? exp + FmaSpare : zeros;
    mag   = magnitude << zeros[4:0];
    exp   = mag[30] ? exp + (FmaSpare + 32'd1) - zeros : 32'd0;
    // Rounding may carry into the exponent, as it should.
    bits = 32'({exp[8:0], mag[29-:FmaFraction]}) +
           ((mag[29-FmaFraction] && (mag & FmaUneven) != 32'd0) ? 32'd1 : 32'd0);
    bits = (tag[30] || bits >= FmaInf) ? FmaInf : bits;
    fma_round = tag[31] ? FmaNan : 32'({tag[29], bits[FmaSign-1:0]});
  endfunction

  /* verilator lint_on UNUSEDSIGNAL */
