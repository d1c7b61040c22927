// SPDX-License-Identifier: Apache-2.0
// Files as bytes, and ELF programs as their loadable segments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace athena::sim {

/// Throws UsageError if it is a directory, a pipe, a device; what does not exist is the reader's to
/// find.
void require_file(const std::filesystem::path& file);

/// Throws UsageError.
[[nodiscard]] std::vector<std::byte> read_file(const std::filesystem::path& file);

/// Whether the bytes begin as an ELF file does.
[[nodiscard]] bool is_elf(const std::vector<std::byte>& bytes);

struct ElfSegment {
    std::uint64_t address = 0;
    std::vector<std::byte> bytes;
    std::uint64_t memory_size = 0;  ///< the rest is zeros
};

/// Addresses are physical, also those of entry and symbols.
struct ElfProgram {
    std::uint64_t entry = 0;
    std::vector<ElfSegment> segments;
    /// tohost, begin_signature, end_signature: those that there are.
    std::map<std::string, std::uint64_t> symbols;
};

/// A 64-bit little-endian RISC-V program. `file` stands in messages. Throws UsageError.
[[nodiscard]] ElfProgram parse_elf(const std::filesystem::path& file, std::vector<std::byte> bytes);

}  // namespace athena::sim
