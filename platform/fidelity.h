// SPDX-License-Identifier: Apache-2.0
// The board's blocks by path, the fidelities that each has, and the choice of --fidelity.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "platform/board_config.h"

namespace athena::platform {

enum class Fidelity : std::uint8_t { Functional, Timed, Rtl, Lockstep, LockstepData };

[[nodiscard]] std::string_view to_string(Fidelity fidelity);

/// Another fidelity from the block's command `command` on, counted from 0.
struct FidelityChange {
    std::uint64_t command = 0;
    Fidelity fidelity = Fidelity::Functional;

    bool operator==(const FidelityChange&) const = default;
};

struct Block {
    std::string path;           ///< as in `athena describe`: cluster0.tile0
    std::vector<Fidelity> has;  ///< the first one is the default
    Fidelity chosen = Fidelity::Functional;
    std::string lacks{};                    ///< why it has less than its kind may have, if so
    std::vector<FidelityChange> changes{};  ///< on the way, by ascending command
};

class FidelityError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// All blocks of the board in the order of `athena describe`.
[[nodiscard]] std::vector<Block> blocks_of(const BoardConfig& config);

/// Applies "[PATH=]X[,X@N]…": without PATH or with a glob (* and ?), X is set on every matched
/// block that has it, and so are the changes to another X from the block's command N on, or +N: N
/// after the change before. Returns the paths of the blocks that it was set on. Throws
/// FidelityError, which lists what there is, if none has it, or if an exact PATH names no block or
/// one that lacks X, and if the changes are not in order or the blocks take no commands.
std::vector<std::string> choose_fidelity(std::span<Block> blocks, const std::string& setting);

/// Whether the block of this path may change its fidelity in the midst of a run: tiles may.
[[nodiscard]] bool changes_on_the_way(std::string_view path);

/// The choice of one block. Throws std::out_of_range for an unknown path.
[[nodiscard]] Fidelity fidelity_of(std::span<const Block> blocks, std::string_view path);

/// One block. Throws std::out_of_range for an unknown path.
[[nodiscard]] const Block& block_at(std::span<const Block> blocks, std::string_view path);

}  // namespace athena::platform
