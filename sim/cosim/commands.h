// SPDX-License-Identifier: Apache-2.0
// Random MATMUL lines by the stated distribution (docs/cosim.md), each with the status that it was
// made for. Uses no check of the model: a third opinion beside RTL and model.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/cosim/random.h"
#include "sim/cosim/shape.h"
#include "tile/matmul.h"
#include "tile/tile_config.h"

namespace athena::cosim {

struct Command {
    Line line{};
    std::optional<tile::Status> status;  ///< unless it is aborted; nothing if that is not known
};

class CommandMaker {
  public:
    CommandMaker(Random& random, const tile::TileConfig& config);

    /// One in seven is wrong in one way, or of any bits.
    [[nodiscard]] Command make(std::uint32_t tag);

  private:
    using View = regs::descriptor::MatmulView;

    void formats(const View& view);
    void dimensions(const View& view);
    std::uint64_t dimension(std::uint64_t block, std::uint64_t half, std::uint64_t most);
    std::uint64_t depth();
    [[nodiscard]] std::uint64_t work(std::uint64_t m, std::uint64_t n, std::uint64_t k) const;
    bool places(Line& line);
    std::uint16_t leading(const Part& part);
    std::optional<std::uint32_t> place(const Part& part);
    std::optional<std::uint32_t> place_result(const Line& line);

    [[nodiscard]] std::optional<tile::Status> spoil(Line& line);
    [[nodiscard]] std::optional<tile::Status> spoil_as(Line& line, tile::Status status);
    void spoil_reserved(Line& line);
    void spoil_flags(const View& view);
    void spoil_alignment(const Line& line, const View& view);
    bool spoil_range(Line& line);
    bool spoil_overlap(Line& line);

    Random& random_;
    tile::TileConfig config_;
    std::uint64_t block_rows_;
    std::uint64_t block_columns_;
    std::uint64_t panel_;
    std::uint64_t arena_base_ = 0;
    std::uint64_t arena_ = 0;
    std::vector<std::uint32_t> addresses_;  // of the commands before
};

}  // namespace athena::cosim
