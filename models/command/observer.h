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
    /// Of the whole cluster: nothing of what has been told will go on. `now` in picoseconds.
    virtual void reset(std::uint64_t now) = 0;

  protected:
    ~CommandObserver() = default;
};

}  // namespace athena::command
