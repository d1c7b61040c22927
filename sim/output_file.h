// SPDX-License-Identifier: Apache-2.0
// Files that a run writes: made sure of before the run, so that it is not in vain.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/board_config.h"
#include "sim/options.h"

namespace athena::sim {

class OutputFile {
  public:
    /// Creates or empties the file. Throws UsageError if it cannot be written.
    explicit OutputFile(std::filesystem::path file);
    ~OutputFile();
    OutputFile(OutputFile&& other) noexcept;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    OutputFile& operator=(OutputFile&&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// Throws UsageError if not all could be written.
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  private:
    std::filesystem::path file_;
    int descriptor_;
};

/// Throws UsageError if two options name one file, other than a device or pipe, for what they
/// write.
void check_output_names(const RunOptions& options);

/// Throws UsageError if a range of --save is not within one memory of the board.
void check_saves(const std::vector<Save>& saves, const platform::BoardConfig& board);

/// Little-endian 4-byte words, eight hexadecimal digits a line, as riscv-arch-test compares them.
[[nodiscard]] std::string signature_text(std::span<const std::byte> bytes);

}  // namespace athena::sim
