// SPDX-License-Identifier: Apache-2.0
// `athena run --gdb PORT`: one client at a time debugs the board (docs/debugger.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "platform/board.h"
#include "sim/gdb/board_target.h"
#include "sim/gdb/connection.h"
#include "sim/gdb/stub.h"
#include "sim/outside.h"
#include "sim/session.h"

namespace athena::sim::gdb {

class Server final : public Holder {
  public:
    struct Config {
        std::uint16_t port = 0;
        bool waits = true;   ///< the run begins with a client
        std::string frozen;  ///< why a client may change nothing, or empty
    };

    /// Throws UsageError if the port cannot be had. Says on standard error where it listens.
    Server(platform::Board& board, OutsidePort& outside, const Config& config);

    void between_steps() override;
    void paused() override;
    /// Tells the client how the run has ended.
    void ended(int status);

  private:
    void take_clients();
    void stop(const Stop& stop);
    void hold();
    /// Everything that has come from the client.
    void serve();
    void serve(const PacketReader::Event& event);
    void answer(std::string_view payload);
    void send(std::string_view text);
    void tell_refusal(const Stub::Reaction& reaction);
    void obey(Stub::Then then);
    void end_run(const std::string& why);
    /// The board goes on without a client.
    void let_go();

    platform::Board& board_;
    OutsidePort& outside_;
    Listener listener_;
    BoardTarget target_;
    Stub stub_;
    PacketReader reader_;
    std::optional<Connection> client_;
    std::string last_answer_;
    bool lost_ = false;      // the client has gone
    bool standing_ = false;  // the board
    bool waiting_ = false;   // for the first client
    bool refusal_told_ = false;
};

}  // namespace athena::sim::gdb
