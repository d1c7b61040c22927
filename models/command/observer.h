// SPDX-License-Identifier: Apache-2.0
// What becomes of each descriptor, told to whoever makes a report or a timeline of it.
#pragma once

#include <cstdint>
#include <optional>

#include "command/command_core.h"

namespace athena::command {

/// One descriptor on its way; times are the board's, in picoseconds. `descriptor` lives as long as
/// the call.
struct CommandFacts {
    const Descriptor* descriptor = nullptr;
    std::uint32_t ring = 0;
    std::uint32_t position = 0;      ///< in the ring; of a list's descriptor that of its CALL
    std::optional<EngineId> engine;  ///< none: the command processor does it itself
    Life life;
    std::uint64_t now = 0;
    Status status = Status::Ok;  ///< of one that has ended

    [[nodiscard]] regs::descriptor::DescriptorConstView view() const {
        return regs::descriptor::DescriptorConstView(descriptor->first());
    }
};

/// Somebody has written a ring's tail.
struct Doorbell {
    std::uint32_t ring = 0;
    std::uint32_t before = 0;  ///< the tail that it had: the first position that is new
    std::uint32_t tail = 0;
    std::uint32_t initiator = 0;  ///< base::Origin's, or CommandHost::kNobody
    std::uint64_t pc = 0;         ///< of a hart
    std::uint64_t now = 0;
};

/// Of one command processor. Calls come in the order of their times; those of one descriptor are
/// queued, issued, ended, each of them once. What the command processor does itself, and a CALL, is
/// only told of when it ends. An observer changes nothing.
class CommandObserver {
  public:
    /// It has left its ring for the queue of its engine.
    virtual void queued(const CommandFacts& facts) = 0;
    /// Its engine has it now, and begins with it once it has ended those before.
    virtual void issued(const CommandFacts& facts) = 0;
    /// Before its signal is given.
    virtual void ended(const CommandFacts& facts) = 0;
    /// The ring has stopped or is reset: its descriptors that are queued will not be issued.
    virtual void dropped(std::uint32_t ring) = 0;
    /// Before what is behind it is read.
    virtual void rung(const Doorbell& /*doorbell*/) {}
    /// A semaphore has this value from `now` on; several times in an instant where it passes
    /// through more than one.
    virtual void counted(std::uint32_t /*semaphore*/, std::uint32_t /*value*/,
                         std::uint64_t /*now*/) {}
    /// Of the whole cluster: nothing of what has been told will go on. `now` in picoseconds.
    virtual void reset(std::uint64_t now) = 0;

  protected:
    ~CommandObserver() = default;
};

}  // namespace athena::command
