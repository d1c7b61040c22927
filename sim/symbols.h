// SPDX-License-Identifier: Apache-2.0
// Names of a guest's code: the symbol tables of ELF files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athena::sim {

/// Functions and labels in executable sections, at the addresses for which the files are linked.
class Symbols {
  public:
    struct Place {
        std::string_view name;  ///< as in the file; good as long as nothing is added
        std::uint64_t offset = 0;
        std::uint64_t start = 0;
        std::uint64_t end = 0;  ///< exclusive
    };

    /// Adds those of an ELF file. Where files name one address, the one added first counts. Throws
    /// UsageError if it cannot be read, is no ELF file, or has no symbols of code.
    void add(const std::filesystem::path& file);

    /// The function or label that `address` belongs to.
    [[nodiscard]] std::optional<Place> find(std::uint64_t address) const;

    /// "<main+0x10>", "<main>", or nothing.
    [[nodiscard]] std::string text(std::uint64_t address) const;

    [[nodiscard]] bool empty() const { return entries_.empty(); }

  private:
    struct Entry {
        std::uint64_t start;
        std::uint64_t end;  // exclusive
        std::string name;
    };
    std::vector<Entry> entries_;  // by ascending start; they do not overlap within a file
};

}  // namespace athena::sim
