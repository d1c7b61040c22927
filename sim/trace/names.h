// SPDX-License-Identifier: Apache-2.0
// What commands are called in a timeline.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "command/command_core.h"
#include "platform/board_config.h"
#include "sim/report/work.h"

namespace athena::sim::trace {

/// "hbm", "own L1", "cluster 3".
[[nodiscard]] std::string_view place_name(Place place);

/// All of a command that its name says.
struct NameKey {
    command::Opcode opcode{};
    Place from = Place::Elsewhere;  ///< of a DMA command
    Place to = Place::Elsewhere;
    std::uint32_t formats = 0;  ///< bits of the descriptor: formats, flags, element, operation
    std::uint32_t more_formats = 0;
    std::array<std::uint32_t, 6> shape{};

    bool operator==(const NameKey&) const = default;
};
[[nodiscard]] NameKey name_key(const command::Descriptor& descriptor, std::uint64_t cluster,
                               const platform::BoardConfig& board);

/// "matmul 64x64x128 bf16 x bf16 -> fp32 + C", "copy 48 x 256 B hbm -> own L1",
/// "vector layer norm 96 x 128 fp32 -> fp32".
class CommandName {
  public:
    explicit CommandName(const NameKey& key);
    [[nodiscard]] std::string_view text() const { return {text_.data(), length_}; }

  private:
    template <typename... Arguments>
    void add(const char* format, const Arguments&... arguments);
    void add_small(std::string_view name);

    std::array<char, 160> text_{};
    std::size_t length_ = 0;
};

/// Numbers for names, so that each is told once; as many as there is room for.
class NameTable {
  public:
    static constexpr std::size_t kMost = 2048;

    NameTable() : entries_(2 * kMost) {}

    struct Found {
        std::uint32_t iid = 0;  ///< 0: it has none, and gets none
        bool is_new = false;
    };
    [[nodiscard]] Found find(const NameKey& key);

  private:
    struct Entry {
        NameKey key;
        std::uint32_t iid = 0;
    };
    std::vector<Entry> entries_;
    std::uint32_t last_ = 0;
};

}  // namespace athena::sim::trace
