// SPDX-License-Identifier: Apache-2.0
// Commands that an HBM controller sends to its devices.
#pragma once

#include <cstdint>
#include <vector>

#include "memory/hbm_config.h"

namespace athena::memory {

enum class HbmCommand : std::uint8_t {
    Activate,
    Precharge,
    PrechargeAll,  // of a pseudo-channel
    Read,
    Write,
    ReadAuto,  // with auto-precharge
    WriteAuto,
    Refresh,      // all banks of a pseudo-channel
    RefreshBank,  // one bank
};

[[nodiscard]] constexpr bool is_column(HbmCommand command) {
    return command >= HbmCommand::Read && command <= HbmCommand::WriteAuto;
}

struct HbmIssued {
    HbmCycle cycle = 0;  // the first, of an activation of two
    HbmCommand command = HbmCommand::Activate;
    std::uint8_t bank = 0;  // of the channel; the first of the pseudo-channel for those of all
    std::uint32_t row = 0;  // of Activate and of column commands
    std::uint32_t column = 0;
};

/// Where a channel notes its commands if it is told to (HbmChannel::record()).
using HbmCommandLog = std::vector<HbmIssued>;

}  // namespace athena::memory
