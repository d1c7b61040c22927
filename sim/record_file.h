// SPDX-License-Identifier: Apache-2.0
// The file of --record and --replay: text, one input a line, stamped with board time
// (docs/running.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"

namespace athena::sim {

/// What happened outside the board at one instant.
struct Input {
    base::Picoseconds at{};
    bool interrupt = false;  ///< Ctrl-C
    std::vector<std::byte> console;
    std::vector<std::vector<std::byte>> frames{};  ///< from the network, in their order
};

/// What a record belongs to: it can be replayed only with the same.
struct RecordHeader {
    std::string version;
    std::string board;
    std::uint64_t inputs = 0;  ///< hash of board, options and all files
    bool network = false;      ///< the board has one (which the hash knows): frames may come
};

/// How a run ended; a replay must end so too.
struct RecordEnd {
    base::Picoseconds at{};
    int status = 0;
    std::uint64_t instructions = 0;

    bool operator==(const RecordEnd&) const = default;
};

class RecordWriter {
  public:
    /// Throws UsageError if the file cannot be written.
    RecordWriter(const std::filesystem::path& file, const RecordHeader& header);

    void input(const Input& input);
    /// Throws UsageError if not all could be written.
    void end(const RecordEnd& end);

  private:
    std::filesystem::path file_;
    std::ofstream out_;
};

struct Record {
    std::vector<Input> inputs;  ///< by ascending time
    RecordEnd end;
};

/// Throws UsageError if the file is no record, is truncated, or belongs to another version, board
/// or other inputs.
[[nodiscard]] Record read_record(const std::filesystem::path& file, const RecordHeader& expected);

}  // namespace athena::sim
