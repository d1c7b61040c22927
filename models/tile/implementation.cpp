// SPDX-License-Identifier: Apache-2.0
#include "tile/implementation.h"

#include "regs/tile_regs.h"

namespace athena::tile {

bool aborts(const Request& request) {
    constexpr std::uint64_t kByte =
        kRegistersWindow + regs::tile::kCtrlOffset + regs::tile::kCtrlAbortShift / 8;
    constexpr std::byte kBit{1U << regs::tile::kCtrlAbortShift % 8};
    return request.write && request.offset <= kByte &&
           kByte < request.offset + request.data.size() &&
           (request.data[kByte - request.offset] & kBit) != std::byte{0};
}

}  // namespace athena::tile
