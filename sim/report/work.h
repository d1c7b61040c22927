// SPDX-License-Identifier: Apache-2.0
// What one command asks of the chip: multiplications, elements, and bytes of each memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "command/command_core.h"
#include "platform/board_config.h"

namespace athena::sim {

/// Number formats that multiplications are counted and paid by; of two the dearer one, which is
/// the first here.
enum class MacFormat : std::uint8_t { Bf16, Mxint8, Fp8, Mxfp8, Mxfp6, Mxfp4 };
inline constexpr std::size_t kMacFormats = 6;
inline constexpr std::array<std::string_view, kMacFormats> kMacFormatNames = {
    "bf16", "mxint8", "fp8", "mxfp8", "mxfp6", "mxfp4"};

/// Where a DMA engine's bytes come from or go to, as seen from its cluster.
enum class Place : std::uint8_t { Hbm, Ram, OwnL1, OwnSram, OtherCluster, Elsewhere };
inline constexpr std::size_t kPlaces = 6;
inline constexpr std::array<std::string_view, kPlaces> kPlaceNames = {
    "hbm", "ram", "own_l1", "own_sram", "other_cluster", "elsewhere"};

struct Work {
    std::uint64_t commands = 0;
    std::array<std::uint64_t, kMacFormats> macs{};
    std::uint64_t vector_elements = 0;
    std::uint64_t vector_operations = 0;  ///< elements times the passes that each takes
    /// Of DMA engines, read once and written to each destination; a FILL reads nothing.
    std::array<std::uint64_t, kPlaces> read{};
    std::array<std::uint64_t, kPlaces> written{};
    std::uint64_t tile_l1_bytes = 0;      ///< between a tile's array and its L1
    std::uint64_t vector_sram_bytes = 0;  ///< between vector cores and shared SRAM

    Work& operator+=(const Work& other);

    [[nodiscard]] std::uint64_t all_macs() const;
    /// As the DMA engines' `bytes` count.
    [[nodiscard]] std::uint64_t dma_bytes() const;
    [[nodiscard]] std::uint64_t hbm_bytes() const;
    /// Into clusters, and out of them.
    [[nodiscard]] std::uint64_t link_in() const;
    [[nodiscard]] std::uint64_t link_out() const;
};

/// Of a command that an engine of this cluster has done.
[[nodiscard]] Work work_of(const command::Descriptor& descriptor, std::uint64_t cluster,
                           const platform::BoardConfig& board);

/// Whose memory a DMA command writes to; of a multicast, where its `dst` is.
[[nodiscard]] Place destination_of(const command::Descriptor& descriptor, std::uint64_t cluster,
                                   const platform::BoardConfig& board);

/// Of an address, as the DMA engine of `cluster` sees it.
[[nodiscard]] Place place_of(std::uint64_t address, std::uint64_t cluster,
                             const platform::BoardConfig& board);

}  // namespace athena::sim
