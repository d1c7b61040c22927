// SPDX-License-Identifier: Apache-2.0
// What the blocks of a board tell of their work, by subsystem and level, where somebody asked for
// it (docs/running.md, "The log").
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/units.h"

namespace athena::base {

class EventQueue;

/// A level holds those before it.
enum class LogLevel : std::uint8_t { Off, Warning, Info, Debug, Trace };

enum class LogSubsystem : std::uint8_t { Board, Bus, Command, Guest, Hart, Virtio };

/// By their values, as users write them.
inline constexpr std::array<std::string_view, 5> kLogLevels = {"off", "warning", "info", "debug",
                                                               "trace"};
inline constexpr std::array<std::string_view, 6> kLogSubsystems = {"board", "bus",  "command",
                                                                   "guest", "hart", "virtio"};

/// Of each subsystem.
using LogLevels = std::array<LogLevel, kLogSubsystems.size()>;

struct LogLine {
    Picoseconds time;  ///< board time; a hart's own, where it is ahead
    LogSubsystem subsystem{};
    LogLevel level{};
    std::string_view block;  ///< hierarchical name
    std::string_view text;
};

class LogSink {
  public:
    virtual void on_line(const LogLine& line) = 0;

  protected:
    ~LogSink() = default;
};

/// One for each board. A text is a function that makes it: what nobody wants costs a comparison.
class Log {
  public:
    /// Before the board's other parts are made: they may look at the levels once.
    void open(const LogLevels& levels, LogSink& sink, const EventQueue& clock);

    [[nodiscard]] bool on(LogSubsystem subsystem, LogLevel level) const {
        return level <= levels_[static_cast<std::size_t>(subsystem)];
    }

    /// At the present instant; nothing if the level is not on.
    template <typename Text>
    void write(LogSubsystem subsystem, LogLevel level, std::string_view block,
               const Text& text) const {
        if (on(subsystem, level)) {
            add(now(), subsystem, level, block, text());
        }
    }
    /// At the instant of a hart that is ahead of the board.
    template <typename Text>
    void write_at(Picoseconds time, LogSubsystem subsystem, LogLevel level, std::string_view block,
                  const Text& text) const {
        if (on(subsystem, level)) {
            add(time, subsystem, level, block, text());
        }
    }

  private:
    [[nodiscard]] Picoseconds now() const;
    void add(Picoseconds time, LogSubsystem subsystem, LogLevel level, std::string_view block,
             const std::string& text) const;

    LogLevels levels_{};
    LogSink* sink_ = nullptr;
    const EventQueue* clock_ = nullptr;
};

}  // namespace athena::base
