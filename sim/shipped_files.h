// SPDX-License-Identifier: Apache-2.0
// Files that come with the program: boards, firmware, boot ROM. They lie beside the program
// (build folder) or in ../share/athena (installed).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace athena::sim {

/// A board file by path or by the name of a shipped board. Throws UsageError.
[[nodiscard]] std::filesystem::path find_board(const std::string& board);

/// All shipped boards, by name.
[[nodiscard]] std::vector<std::filesystem::path> shipped_boards();

struct Program {
    std::filesystem::path elf;
    std::optional<std::filesystem::path> blob;  ///< NAME.blob of a shipped one: its default --load
};

/// A program by path or by the name of a shipped one. Throws UsageError.
[[nodiscard]] Program find_program(const std::string& firmware);

/// The boot ROM's image. Throws UsageError.
[[nodiscard]] std::filesystem::path find_boot_rom();

/// The OpenSBI that starts --kernel: Debian's. Throws UsageError, naming the package.
[[nodiscard]] std::filesystem::path find_opensbi();

}  // namespace athena::sim
