// SPDX-License-Identifier: Apache-2.0
#include "tile/timed_port_tile.h"

#include <algorithm>

#include "tile/cycles.h"

namespace athena::tile {

namespace {

// From the cycle behind a burst's last beat to the end of its response.
constexpr std::uint64_t kWriteEnds = kWriteCycles - 2;
constexpr std::uint64_t kReadEnds = kReadCycles - 2;

std::uint64_t beats_of(const Request& request) {
    return (request.offset + request.data.size() - 1) / kBeatBytes - request.offset / kBeatBytes +
           1;
}

}  // namespace

void TimedPortTile::reset(std::uint64_t cycle) {
    stream_.clear();
    free_ = 0;
    PortTile::reset(cycle);
}

Response TimedPortTile::access(std::uint64_t cycle, const Request& request) {
    clock_stream();
    return PortTile::access(cycle, request);
}

void TimedPortTile::begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) {
    if (stream_.empty()) {
        run_to(cycle);
    }
    const bool joins = stream_.empty() || stream_.front().request.write == request.write;
    if (!driver().idle() || !joins) {
        clock_stream();
        PortTile::begin(cycle, request, ticket);
        return;
    }
    const std::uint64_t begun = std::max(cycle, reached());
    const std::uint64_t served = std::max(begun + 1, free_);
    free_ = served + beats_of(request);
    const std::uint64_t ends = free_ + (request.write ? kWriteEnds : kReadEnds);
    stream_.push({ticket, request, begun, served, ends});
}

// From before the oldest one's first beat on; what is ahead of it has ended.
void TimedPortTile::clock_stream() {
    bool oldest = true;
    for (const Burst& burst : stream_) {
        PortTile::begin(oldest ? burst.served - 1 : burst.begun, burst.request, burst.ticket);
        oldest = false;
    }
    stream_.clear();
}

std::optional<std::uint64_t> TimedPortTile::next_end() const {
    return stream_.empty() ? PortTile::next_end() : std::optional(stream_.front().ends);
}

void TimedPortTile::advance(std::uint64_t limit) {
    if (stream_.empty()) {
        PortTile::advance(limit);
        return;
    }
    const Burst burst = stream_.front();
    if (burst.ends > limit || !outputs_.empty()) {
        return;
    }
    stream_.pop();
    const Request& request = burst.request;
    if (request.write) {
        poke(request.offset, request.data);
    } else {
        peek(request.offset, request.data);
    }
    driver().tile().served(request.write);
    outputs_.push_back(Output::ended(burst.ends, burst.ticket, true));
}

}  // namespace athena::tile
