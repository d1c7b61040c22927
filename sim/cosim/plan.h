// SPDX-License-Identifier: Apache-2.0
// What a co-simulation round is to do: the contents of L1 and a list of commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cosim/commands.h"
#include "sim/cosim/operands.h"
#include "sim/cosim/random.h"
#include "sim/cosim/shape.h"
#include "tile/tile_core.h"

namespace athena::cosim {

/// What is known of a command beside its line.
struct Planned {
    std::optional<tile::Status> status;  ///< as in Command
    Fill a = Fill::Ordinary;
    Fill b = Fill::Ordinary;
};

struct Plan {
    std::vector<Line> commands;
    std::vector<Planned> planned;      ///< one for each command
    std::vector<std::byte> l1;         ///< contents at the round's beginning
    std::vector<tile::Range> touched;  ///< by any of the commands
    std::vector<tile::Range> results;  ///< of any of the commands

    /// The first byte touched that no command writes, so that it can be compared at the end.
    [[nodiscard]] std::uint64_t first_kept() const;
};

/// A status that is neither Aborted nor the planned one: a line that says so.
[[nodiscard]] std::optional<std::string> unplanned(const tile::Completion& completion,
                                                   const Planned& planned);

/// Another one, to see it found.
[[nodiscard]] constexpr std::optional<tile::Status> wrong_status(const Planned& planned) {
    return planned.status == tile::Status::Ok ? tile::Status::Overlap : tile::Status::Ok;
}

/// Commands by the distribution of docs/cosim.md, some of them wrong, some of them on each other's
/// matrices; operands of all classes of numbers. Tags are first_tag and up.
[[nodiscard]] Plan make_plan(Random& random, std::uint64_t commands, std::uint32_t first_tag,
                             const tile::TileConfig& config);

}  // namespace athena::cosim
