// SPDX-License-Identifier: Apache-2.0
// Rules of one direction of an AXI4 port that answers bursts in order, as assertions: a response comes only
// after its burst, has its id and its number of beats, and is OKAY or SLVERR, and SLVERR if it has to be.
module athena_axi_burst_check #(
  parameter int unsigned IdWidth = 4,
  parameter int unsigned Depth   = 8      // bursts open at a time, a power of two
) (
  input logic               clk_i,
  input logic               rst_ni,
  input logic               en_i,
  // A burst's address was taken; `refuse_i`: no such burst may succeed.
  input logic               address_i,
  input logic [IdWidth-1:0] id_i,
  input logic [7:0]         len_i,        // beats of the response - 1
  input logic               refuse_i,
  input logic               data_i,       // the last of its data was taken; of reads, address_i
  // Its response
  input logic               valid_i,
  input logic               ready_i,
  input logic [IdWidth-1:0] response_id_i,
  input logic [1:0]         response_i,
  input logic               last_i
);

  localparam int unsigned IndexBits = $clog2(Depth);

  logic [IdWidth+8:0]   bursts_q [Depth];
  logic [IndexBits-1:0] newest_q, oldest_q;
  logic [IndexBits:0]   open_q, complete_q;  // addresses, and data, not answered
  logic [7:0]           beat_q;

  logic [IdWidth-1:0] id;
  logic [7:0]         len;
  logic               refuse, answered;
  assign {id, len, refuse} = bursts_q[oldest_q];
  assign answered = valid_i && ready_i && last_i;

  always_ff @(posedge clk_i) if (en_i) begin
    if (address_i) begin
      bursts_q[newest_q] <= {id_i, len_i, refuse_i};
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      newest_q   <= '0;
      oldest_q   <= '0;
      open_q     <= '0;
      complete_q <= '0;
      beat_q     <= '0;
    end else if (en_i) begin
      if (address_i) begin
        newest_q <= newest_q + 1'b1;
        a_burst_room: assert (open_q != (IndexBits + 1)'(Depth));
      end
      if (address_i != answered) begin
        open_q <= address_i ? open_q + 1'b1 : open_q - 1'b1;
      end
      if (data_i != answered) begin
        complete_q <= data_i ? complete_q + 1'b1 : complete_q - 1'b1;
      end
      if (valid_i) begin
        a_after_burst: assert (open_q != '0 && complete_q != '0);
        a_response_id: assert (response_id_i == id);
        a_last_beat: assert (last_i == (beat_q == len));
        a_response: assert (!response_i[0]);
        a_refused: assert (!refuse || response_i == 2'd2);
        if (ready_i) begin
          beat_q   <= last_i ? '0 : beat_q + 1'b1;
          oldest_q <= oldest_q + IndexBits'(last_i);
        end
      end
    end
  end

endmodule
