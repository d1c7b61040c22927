// SPDX-License-Identifier: Apache-2.0
// Functional coverage of random commands: every pair of values of the stated dimensions is a bin
// (docs/cosim.md, "Bins").
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "sim/cosim/plan.h"
#include "sim/cosim/replay.h"

namespace athena::cosim {

enum class Dimension : std::uint8_t {
    AFormat,
    BFormat,
    CFormat,
    TransposeA,
    TransposeB,
    Accumulate,
    Saturate,
    M,
    N,
    K,
    ABase,
    BBase,
    CBase,
    AScaleBase,
    BScaleBase,
    ALd,
    BLd,
    CLd,
    AOdd,
    BOdd,
    COdd,
    AScaleLd,
    BScaleLd,
    AFill,
    BFill,
    Queue,
    StallAw,
    StallW,
    StallB,
    StallAr,
    StallR,
    StallCompletion,
    Order,
    Status,
};
inline constexpr std::size_t kDimensions = 34;

/// What the queue held when a command's push began.
enum class Level : std::uint8_t { Idle, Empty, UpTo3, UpTo6, Last, Full };

/// Where and when a command ran.
struct Circumstances {
    Level level = Level::Idle;
    PairDriver::Stalls stalls = {};
    bool in_order = true;
    tile::Status status = tile::Status::Ok;
};

/// The level by the tile's register STATUS; of a command that was refused before it is Full.
[[nodiscard]] Level level_of(std::uint64_t status, bool refused, std::uint64_t depth);

class Bins {
  public:
    explicit Bins(const tile::TileConfig& config);

    void add(const Line& line, const Planned& planned, const Circumstances& circumstances);

    struct Count {
        std::uint64_t hit = 0;
        std::uint64_t reachable = 0;
        std::uint64_t excluded = 0;
        std::uint64_t wrong = 0;  ///< excluded ones that were hit nevertheless
    };
    [[nodiscard]] Count count() const;
    /// Every bin: its hits, or why it cannot be hit; those without hits come first.
    void write(std::ostream& out) const;

  private:
    static constexpr std::uint8_t kNone = 0xFF;  // the command has no such thing
    using Values = std::array<std::uint8_t, kDimensions>;

    [[nodiscard]] Values values_of(const Line& line, const Planned& planned,
                                   const Circumstances& circumstances) const;
    [[nodiscard]] std::uint8_t outer_class(std::uint64_t value, std::uint64_t block) const;
    [[nodiscard]] std::uint8_t depth_class(std::uint64_t k) const;
    [[nodiscard]] std::uint64_t& hits(std::size_t a, std::size_t b, std::size_t x, std::size_t y);
    void each(auto&& visit) const;

    tile::TileConfig config_;
    std::array<std::array<std::size_t, kDimensions>, kDimensions> first_{};  // of a pair's bins
    std::vector<std::uint64_t> hits_;
};

}  // namespace athena::cosim
