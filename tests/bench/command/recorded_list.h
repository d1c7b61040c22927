// SPDX-License-Identifier: Apache-2.0
// Lists of commands that compute next to nothing, spread over all engines of a cluster.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform/board_config.h"

namespace athena::test {

using Line = std::array<std::byte, 64>;

enum class Kind {
    Nop,
    Copy,         ///< 64 bytes from shared SRAM to L1
    EmptyMatmul,  ///< M = 0
    Matmul,       ///< M = N = K = 1
    Vector,       ///< one element
    Chain,        ///< copy, product, copy, vector operation, each waiting for the one before
};

/// Replays a list.
[[nodiscard]] Line call_line(std::uint64_t list, std::uint32_t lines);

class RecordedList {
  public:
    RecordedList(Kind kind, const platform::BoardConfig& config, std::uint64_t cluster);

    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
    [[nodiscard]] std::uint32_t lines() const {
        return static_cast<std::uint32_t>(bytes_.size() / sizeof(Line));
    }
    /// Lines that a ring needs before it replays the list for the first time.
    [[nodiscard]] const std::vector<std::byte>& before() const { return before_; }

  private:
    struct Sync;
    void add_copy(std::uint64_t from, std::uint64_t to, std::uint64_t channel, const Sync& sync);
    void add_matmul(std::uint32_t m, std::uint64_t tile, const Sync& sync);
    void add_vector(std::uint64_t core, const Sync& sync);
    void add_chain(std::uint64_t number, bool first);

    const platform::BoardConfig& config_;
    std::uint64_t cluster_;
    std::vector<std::byte> bytes_;
    std::vector<std::byte> before_;
};

}  // namespace athena::test
