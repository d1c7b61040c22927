// SPDX-License-Identifier: Apache-2.0
// What registers showed when one implementation of a tile took another's place and what cannot be
// written through the port: added to, or shown instead of, what the new one holds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tile/tile_core.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::tile {

class CarriedRegisters {
  public:
    /// Counters, and values that hold until a command sets them.
    static constexpr std::size_t kCounters = 5;
    static constexpr std::size_t kValues = 2;
    static const std::array<std::uint64_t, kCounters> kCounterOffsets;
    static const std::array<std::uint64_t, kValues> kValueOffsets;

    /// The register at `offset`, a multiple of 8, of the new implementation is `found`; a guest is
    /// to go on seeing `wanted`.
    void carry(std::uint64_t offset, std::uint64_t wanted, std::uint64_t found);
    /// A counter goes on by `count`, modulo 2^64, that the implementation does not know of.
    void add(std::uint64_t offset, std::uint64_t count);
    /// A command has completed.
    void completed(Status status);

    [[nodiscard]] bool changes(std::uint64_t offset) const;
    /// What a guest sees where the implementation holds `value`.
    [[nodiscard]] std::uint64_t seen(std::uint64_t offset, std::uint64_t value) const;

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    std::array<std::uint64_t, kCounters> added_{};
    std::array<std::optional<std::uint64_t>, kValues> shown_{};
};

}  // namespace athena::tile
