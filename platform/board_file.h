// SPDX-License-Identifier: Apache-2.0
// Reads board files (docs/boards.md) and the overrides of --set.
#pragma once

#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>

#include "base/one_line.h"
#include "fabric/mesh_config.h"
#include "platform/board_config.h"

namespace athena::platform {

/// A board that cannot be built as asked: one line, "WHERE: what, expected what", where WHERE is
/// FILE:LINE or the override.
class BoardFileError : public std::runtime_error {
  public:
    explicit BoardFileError(const std::string& text) : std::runtime_error(base::one_line(text)) {}
};

/// `overrides`: "path=value" each, applied in order after the file was read; the ranges of the
/// result must not overlap. Throws BoardFileError.
[[nodiscard]] BoardConfig load_board_file(const std::filesystem::path& file,
                                          std::span<const std::string> overrides);

/// The same for text that is in memory; `name` stands in messages.
[[nodiscard]] BoardConfig parse_board(const std::string& text, const std::string& name,
                                      std::span<const std::string> overrides);

/// The mesh's own part of it.
[[nodiscard]] fabric::MeshConfig mesh_config(const BoardConfig::Mesh& mesh);

}  // namespace athena::platform
