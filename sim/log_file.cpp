// SPDX-License-Identifier: Apache-2.0
#include "sim/log_file.h"

#include <fmt/format.h>

#include <iterator>
#include <span>

#include "base/one_line.h"
#include "sim/terminal.h"

namespace athena::sim {

namespace {

constexpr std::size_t kBuffer = 1 << 16;

}  // namespace

void LogFile::begin(int descriptor, bool buffered) {
    descriptor_ = descriptor;
    buffer_ = buffered ? kBuffer : 0;
    if (text_.size() > buffer_) {
        finish();
    }
}

void LogFile::on_line(const base::LogLine& line) {
    fmt::format_to(std::back_inserter(text_), "{} {} {} {}: {}\n", line.time.value,
                   base::kLogSubsystems[static_cast<std::size_t>(line.subsystem)],
                   base::kLogLevels[static_cast<std::size_t>(line.level)], line.block,
                   base::one_line(line.text));
    if (text_.size() >= buffer_) {
        finish();
    }
}

bool LogFile::finish() {
    written_ = written_ && write_all(descriptor_, std::as_bytes(std::span(text_)));
    text_.clear();
    return written_;
}

}  // namespace athena::sim
