// SPDX-License-Identifier: Apache-2.0
// Where the lines of --log go (docs/running.md, "The log").
#pragma once

#include <string>

#include "base/log.h"

namespace athena::sim {

class LogFile final : public base::LogSink {
  public:
    LogFile() = default;
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    ~LogFile() = default;

    /// Lines go to `descriptor` from now on, with those that came before; it is open as long as
    /// this lives. `buffered`: they come out in large pieces.
    void begin(int descriptor, bool buffered);

    /// Writes what has not been written. False if not all of the log could be written.
    bool finish();

    void on_line(const base::LogLine& line) override;

  private:
    static constexpr std::size_t kNoEnd = ~std::size_t{0};

    int descriptor_ = -1;
    std::size_t buffer_ = kNoEnd;  // bytes that are kept
    std::string text_;
    bool written_ = true;  // nothing has been lost yet
};

}  // namespace athena::sim
