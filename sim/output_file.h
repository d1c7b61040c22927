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

/// A file that is there keeps what it holds until all of the new is written, whatever ends the
/// program before.
class OutputFile {
  public:
    /// Creates it if it is not there. Throws UsageError if it cannot be written.
    explicit OutputFile(std::filesystem::path file);
    ~OutputFile();
    OutputFile(OutputFile&& other) noexcept;
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    OutputFile& operator=(OutputFile&&) = delete;

    /// Empties it, for who writes to the descriptor.
    int begin();

    /// These bytes are all that it holds. Throws UsageError, and it is as it was, if not all could
    /// be written; a part may be of a device or pipe, or where the folder takes no file beside it.
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

    /// Whether it held something when it was opened.
    [[nodiscard]] bool had_content() const { return had_content_; }

  private:
    [[nodiscard]] bool replace(std::span<const std::byte> bytes) const;

    std::filesystem::path file_;
    int descriptor_;
    bool regular_ = false;  ///< neither device nor pipe
    bool had_content_ = false;
};

/// A file that a run reads, and who says so.
struct ReadFile {
    std::string_view option;
    std::filesystem::path file;
};

/// `named`: what the run reads beside the files that the options give by their paths. Throws
/// UsageError if two options name one file, other than a device or pipe, for what they
/// write, or one for what the run reads and another than --save for what it writes.
void check_output_names(const RunOptions& options, const std::vector<ReadFile>& named = {});

/// Throws UsageError if a range of --save is not within one memory of the board.
void check_saves(const std::vector<Save>& saves, const platform::BoardConfig& board);

/// Little-endian 4-byte words, eight hexadecimal digits a line, as riscv-arch-test compares them.
[[nodiscard]] std::string signature_text(std::span<const std::byte> bytes);

}  // namespace athena::sim
