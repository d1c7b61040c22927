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

enum class Fidelity : std::uint8_t { Functional, Timed, Rtl, Lockstep };

[[nodiscard]] std::string_view to_string(Fidelity fidelity);

struct Block {
    std::string path;           ///< as in `athena describe`: cluster0.tile0
    std::vector<Fidelity> has;  ///< the first one is the default
    Fidelity chosen = Fidelity::Functional;
    std::string lacks{};  ///< why it has less than its kind may have, if so
};

class FidelityError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// All blocks of the board in the order of `athena describe`.
[[nodiscard]] std::vector<Block> blocks_of(const BoardConfig& config);

/// Applies "[PATH=]X": without PATH or with a glob (* and ?), X is set on every matched block that
/// has it. Throws FidelityError, which lists what there is, if none has it, or if an exact PATH
/// names no block or one that lacks X.
void choose_fidelity(std::span<Block> blocks, const std::string& setting);

/// The choice of one block. Throws std::out_of_range for an unknown path.
[[nodiscard]] Fidelity fidelity_of(std::span<const Block> blocks, std::string_view path);

}  // namespace athena::platform
