// SPDX-License-Identifier: Apache-2.0
#include "dma/deferred_transfer.h"

#include <vector>

#include "dma/mover.h"

namespace athena::dma {

namespace {

/// At least, on one thread of the host.
constexpr std::uint64_t kBytesPerNanosecond = 8;

/// What most are.
struct PlainWork {
    HostRows rows;

    void run(base::HostThreads& /*threads*/) const { rows.copy(); }
};

struct AnyWork {
    Transfer transfer;
    const std::byte* source;  // of the extents' first bytes
    std::byte* destination;

    void run(base::HostThreads& /*threads*/) const {
        thread_local std::vector<std::byte> buffer;
        transfer_directly(transfer, source, destination, buffer);
    }
};

}  // namespace

void defer_transfer(const Transfer& transfer, const std::byte* source, std::byte* destination,
                    const base::Backlog::Lane& lane) {
    const std::uint64_t cost = transfer.bytes() / kBytesPerNanosecond;
    if (transfer.transpose || transfer.fills() || transfer.blocks() != 1) {
        lane.add<AnyWork>(cost, transfer, source, destination);
        return;
    }
    lane.add<PlainWork>(
        cost, HostRows{source + (transfer.source - transfer.source_extent.first),
                       destination + (transfer.destination - transfer.destination_extent.first),
                       std::uint64_t{transfer.columns} * transfer.element_bytes, transfer.rows,
                       transfer.source_stride, transfer.destination_stride});
}

}  // namespace athena::dma
