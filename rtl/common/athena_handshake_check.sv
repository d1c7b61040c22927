// SPDX-License-Identifier: Apache-2.0
// The rule of every valid/ready channel: once valid, stay valid with the same payload until ready.
module athena_handshake_check #(
  parameter int unsigned Width = 1
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             en_i,
  input logic             valid_i,
  input logic             ready_i,
  input logic [Width-1:0] payload_i
);

  logic             waits_q;
  logic [Width-1:0] payload_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waits_q <= 1'b0;
    end else if (en_i) begin
      waits_q <= valid_i && !ready_i;
      if (waits_q) begin
        a_valid_stays: assert (valid_i);
        a_payload_stays: assert (!valid_i || payload_i == payload_q);
      end
    end
  end

  always_ff @(posedge clk_i) if (en_i) begin
    if (valid_i && !ready_i) begin
      payload_q <= payload_i;
    end
  end

endmodule
