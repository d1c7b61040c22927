// SPDX-License-Identifier: Apache-2.0
#include "sim/log_file.h"

#include <fmt/format.h>

#include <iterator>

#include "base/one_line.h"

namespace athena::sim {

namespace {

constexpr std::size_t kKept = 1 << 16;

}  // namespace

void LogFile::begin(int descriptor, bool is_file) {
    lines_.begin(descriptor, is_file ? kKept : 0);
}

void LogFile::on_line(const base::LogLine& line) {
    fmt::format_to(std::back_inserter(lines_.text()), "{} {} {} {}: {}", line.time.value,
                   base::kLogSubsystems[static_cast<std::size_t>(line.subsystem)],
                   base::kLogLevels[static_cast<std::size_t>(line.level)], line.block,
                   base::one_line(line.text));
    lines_.end_line();
}

}  // namespace athena::sim
