// SPDX-License-Identifier: Apache-2.0
// An FP32 sum to the bits of C: one rounding to nearest even, one NaN. FP8 is that of OCP OFP8 1.0; overflow
// is judged after rounding and gives the largest number if it saturates, else what the format has for it.

  function automatic logic [31:0] canonical_fp32(input logic [31:0] x);
    canonical_fp32 = (x[30:0] > 31'h7f80_0000) ? 32'h7fc0_0000 : x;
  endfunction

  function automatic logic [15:0] round_bf16(input logic [31:0] x);
    logic up;
    up         = x[15] & (x[16] | (x[14:0] != 15'd0));
    round_bf16 = (x[30:0] > 31'h7f80_0000) ? 16'h7fc0 : x[31:16] + {15'd0, up};
  endfunction

  // Multiples of 2^-(150 - exponent - shift), of a number below the smallest normal one of the result: its
  // significand shifted right by 21 to 24 places, rounded.
  function automatic logic [3:0] round_subnormal(input logic [23:0] significand, input logic [4:0] shift);
    logic [3:0]  kept;
    logic [24:0] lost;
    kept = 4'(significand >> shift);
    lost = {significand, 1'b0} << (5'd24 - shift);  // what is shifted out, from bit 24 on
    round_subnormal = kept + {3'd0, lost[24] & (kept[0] | (lost[23:0] != 24'd0))};
  endfunction

  function automatic logic [7:0] round_e4m3(input logic [31:0] x, input logic saturate);
    logic [10:0] code;  // exponent and three bits, biased as FP32
    logic [6:0]  magnitude;
    logic        overflow;
    code     = x[30:20] + {10'd0, x[19] & (x[20] | (x[18:0] != 19'd0))};
    overflow = 1'b0;
    if (x[30:23] < 8'd117) begin
      magnitude = 7'd0;
    end else if (x[30:23] < 8'd121) begin
      magnitude = {3'd0, round_subnormal({1'b1, x[22:0]}, 5'(8'd141 - x[30:23]))};
    end else begin
      overflow  = code > 11'd1086;  // 120 * 8 + 126
      magnitude = 7'(code - 11'd960);
    end
    round_e4m3 = (x[30:0] > 31'h7f80_0000) ? 8'h7f :
                 !overflow                 ? {x[31], magnitude} :
                 saturate                  ? {x[31], 7'h7e} : 8'h7f;
  endfunction

  function automatic logic [7:0] round_e5m2(input logic [31:0] x, input logic saturate);
    logic [9:0] code;  // exponent and two bits, biased as FP32
    logic [6:0] magnitude;
    logic       overflow;
    code     = x[30:21] + {9'd0, x[20] & (x[21] | (x[19:0] != 20'd0))};
    overflow = 1'b0;
    if (x[30:23] < 8'd110) begin
      magnitude = 7'd0;
    end else if (x[30:23] < 8'd113) begin
      magnitude = {3'd0, round_subnormal({1'b1, x[22:0]}, 5'(8'd134 - x[30:23]))};
    end else begin
      overflow  = code > 10'd571;  // 112 * 4 + 123
      magnitude = 7'(code - 10'd448);
    end
    round_e5m2 = (x[30:0] > 31'h7f80_0000) ? 8'h7f :
                 !overflow                 ? {x[31], magnitude} :
                 saturate                  ? {x[31], 7'h7b} : {x[31], 7'h7c};
  endfunction
