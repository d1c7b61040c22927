// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "base/event_queue.h"

namespace athena::base {

void Log::open(const LogLevels& levels, LogSink& sink, const EventQueue& clock) {
    levels_ = levels;
    sink_ = &sink;
    clock_ = &clock;
}

Picoseconds Log::now() const {
    return clock_->now();
}

void Log::add(Picoseconds time, LogSubsystem subsystem, LogLevel level, std::string_view block,
              const std::string& text) const {
    sink_->on_line({time, subsystem, level, block, text});
}

}  // namespace athena::base
