// SPDX-License-Identifier: Apache-2.0
// A transfer between host memories as a work of a base::Backlog.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/backlog.h"
#include "dma/transfer.h"

namespace athena::dma {

/// transfer_directly(transfer, source, destination) becomes a work of the lane.
void defer_transfer(const Transfer& transfer, const std::byte* source, std::byte* destination,
                    const base::Backlog::Lane& lane);

}  // namespace athena::dma
