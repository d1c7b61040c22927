// SPDX-License-Identifier: Apache-2.0
// Where the lines of --log go (docs/running.md, "The log").
#pragma once

#include "base/log.h"
#include "sim/line_writer.h"

namespace athena::sim {

class LogFile final : public base::LogSink {
  public:
    LogFile() = default;
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    ~LogFile() = default;

    /// As LineWriter::begin(); a file's lines come out in large pieces, others at once.
    void begin(int descriptor, bool is_file);
    /// As LineWriter::finish().
    bool finish() { return lines_.finish(); }

    void on_line(const base::LogLine& line) override;

  private:
    LineWriter lines_;
};

}  // namespace athena::sim
