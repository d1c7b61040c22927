// SPDX-License-Identifier: Apache-2.0
// What a board file may say: each number's path, range and meaning. File, --set and docs go by it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/board_config.h"

namespace athena::platform {

struct BoardField {
    enum class Grain { Any, PowerOfTwo, Page };  ///< Page: a multiple of 4096

    std::string_view section;
    std::string_view key;
    std::uint64_t& (*in)(BoardConfig&);
    std::uint64_t least;
    std::uint64_t most;
    Grain grain;
    std::string_view meaning;

    [[nodiscard]] std::string path() const;
    /// As in "a whole number from 1 to 8".
    [[nodiscard]] std::string expected() const;
    [[nodiscard]] bool accepts(std::uint64_t value) const;
};

/// A list of numbers, as the nodes of clusters.
struct BoardList {
    std::string_view section;
    std::string_view key;
    std::vector<std::uint64_t>& (*in)(BoardConfig&);
    std::uint64_t most;  ///< of a number
    std::string_view meaning;

    [[nodiscard]] std::string path() const;
    /// As in "a list of whole numbers from 0 to 8".
    [[nodiscard]] std::string expected() const;
};
[[nodiscard]] std::span<const BoardList> board_lists();
[[nodiscard]] const BoardList* find_board_list(std::string_view path);

/// All of them, section by section.
[[nodiscard]] std::span<const BoardField> board_fields();

/// The one of this path ("ram.size"), or nullptr.
[[nodiscard]] const BoardField* find_board_field(std::string_view path);

/// A number as people write it: decimal, 0x…, with _ or ' between digits, and one suffix K, M, G or
/// T (optionally KiB…) for powers of 1024. Nothing if it is none or does not fit 64 bits.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace athena::platform
