// SPDX-License-Identifier: Apache-2.0
// The remote protocol in all-stop mode: what a packet asks, and what is answered. No sockets, no
// board: what it says is done to a Target, and by whoever owns the stub.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/gdb/packet.h"
#include "sim/gdb/target.h"

namespace athena::sim::gdb {

class Stub {
  public:
    enum class Then {
        Stay,    ///< the machine stands on
        Go,      ///< it goes on as resumption() says; an answer comes when it stops
        Detach,  ///< it goes on without the client
        Kill,    ///< the run is to end
    };
    struct Reaction {
        std::vector<std::string> packets;  ///< payloads, to be sent in this order
        Then then = Then::Stay;
    };

    explicit Stub(Target& target) : target_(target) {}

    /// Forgets the client before.
    void attach();
    /// To a packet while the machine stands.
    [[nodiscard]] Reaction handle(std::string_view payload);
    /// The machine stands: the answer to the packet that let it go, or to nothing.
    [[nodiscard]] std::string stopped(const Stop& stop);
    /// The run has ended with this status of the program.
    [[nodiscard]] static std::string exited(int status);

    [[nodiscard]] const Resumption& resumption() const { return resumption_; }
    [[nodiscard]] const std::set<Point>& points() const { return points_; }
    /// Packets need no + any more: true after the answer to the one that said so.
    [[nodiscard]] bool no_acknowledgements() const { return no_acknowledgements_; }

  private:
    using Handler = void (Stub::*)(Fields);
    struct Command {
        std::string_view prefix;
        Handler handler;
    };
    static const Command kCommands[];

    // stub.cpp
    void answer(std::string text) { reaction_.packets.push_back(std::move(text)); }
    void supported(Fields fields);
    void start_no_acknowledgements(Fields fields);
    void stop_reason(Fields fields);
    void thread_list(Fields fields);
    void thread_list_end(Fields fields);
    void thread_text(Fields fields);
    void current_thread(Fields fields);
    void attached(Fields fields);
    void symbols(Fields fields);
    void features(Fields fields);
    void set_thread(Fields fields);
    void thread_alive(Fields fields);
    void physical_mode(Fields fields);
    void set_physical_mode(Fields fields);
    void run_command(Fields fields);
    void say(const std::string& text);
    [[nodiscard]] std::optional<std::string> own_command(std::span<const std::string_view> words);
    void detach(Fields fields);
    void kill(Fields fields);
    void kill_process(Fields fields);

    // access.cpp
    [[nodiscard]] bool may_change();
    void read_registers(Fields fields);
    void write_registers(Fields fields);
    void read_register(Fields fields);
    void write_register(Fields fields);
    void read_memory(Fields fields);
    void write_memory(Fields fields);
    void write_binary(Fields fields);
    void write(std::uint64_t address, std::uint64_t length, const std::optional<std::string>& data);

    // motion.cpp
    void resume_actions(Fields fields);
    void resume_kinds(Fields fields);
    void resume_all(Fields fields);
    void step_one(Fields fields);
    void resume_signal(Fields fields);
    void step_signal(Fields fields);
    void resume_simply(Fields fields, Motion motion);
    bool act(std::string_view action, const std::optional<std::vector<std::size_t>>& harts,
             std::vector<bool>& told);
    [[nodiscard]] std::optional<std::vector<std::size_t>> parse_threads(Fields& fields) const;
    void insert_point(Fields fields);
    void remove_point(Fields fields);
    void change_point(Fields fields, bool insert);

    Target& target_;
    Reaction reaction_;
    Resumption resumption_;
    std::set<Point> points_;
    std::string features_;
    Stop stop_;
    std::size_t current_ = 0;               // hart of register and memory packets
    std::optional<std::size_t> continued_;  // of c and s; nothing: all
    bool physical_ = false;
    bool no_acknowledgements_ = false;
};

}  // namespace athena::sim::gdb
