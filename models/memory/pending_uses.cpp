// SPDX-License-Identifier: Apache-2.0
#include "memory/pending_uses.h"

#include <algorithm>

namespace athena::memory {

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr unsigned kBlockShift = 10;
constexpr unsigned kLineShift = 8;

std::uint64_t table_bytes(std::uint64_t size, unsigned shift) {
    const std::uint64_t bytes = (size >> shift) * sizeof(std::uint32_t);
    return (bytes + kPage - 1) / kPage * kPage;
}

/// Calls visit(first, last) for each row, or once if there are no gaps, until it returns false.
template <typename Visit>
bool each_row(const base::Rows& rows, const Visit& visit) {
    if (rows.stride == static_cast<std::int64_t>(rows.row_bytes)) {
        return visit(rows.first, rows.first + rows.count * rows.row_bytes - 1);
    }
    std::uint64_t first = rows.first;
    for (std::uint64_t row = 0; row < rows.count; ++row) {
        if (!visit(first, first + rows.row_bytes - 1)) {
            return false;
        }
        first += static_cast<std::uint64_t>(rows.stride);
    }
    return true;
}

/// Likewise, but once for rows that lie close to each other, with the bytes between them.
template <typename Visit>
void each_run(const base::Rows& rows, const Visit& visit) {
    constexpr std::int64_t kLongestStride = std::int64_t{8} << kBlockShift;
    if (rows.stride >= 0 && rows.stride <= kLongestStride) {
        const std::uint64_t reach = (rows.count - 1) * static_cast<std::uint64_t>(rows.stride);
        visit(rows.first, rows.first + reach + rows.row_bytes - 1);
    } else {
        each_row(rows, visit);
    }
}

}  // namespace

PendingUses::Table::Table(std::uint64_t size, unsigned log2_bytes, const std::string& name)
    : shift(log2_bytes), storage(table_bytes(size, log2_bytes), name) {}

std::span<PendingUses::Entry> PendingUses::Table::at(std::uint64_t first, std::uint64_t last) {
    auto* const all = reinterpret_cast<Entry*>(storage.bytes().data());
    return {all + (first >> shift), (last >> shift) - (first >> shift) + 1};
}

PendingUses::PendingUses(std::uint64_t size, const std::string& name, base::Backlog& backlog)
    : backlog_(backlog), blocks_(size, kBlockShift, name), lines_(size, kLineShift, name) {}

// Where entries have it, and never 0, as in an entry that nobody has noted. All are cleared before
// it comes round.
PendingUses::Entry PendingUses::epoch() {
    constexpr std::uint64_t kEpochs = (std::uint64_t{1} << (32 - 2 * kLaneBits)) - 1;
    const std::uint64_t epoch = backlog_.epoch();
    if (epoch / kEpochs != age_) {
        age_ = epoch / kEpochs;
        blocks_.storage.clear();
        lines_.storage.clear();
    }
    return static_cast<Entry>(1 + epoch % kEpochs) << 2 * kLaneBits;
}

bool PendingUses::is_used(bool write, std::uint64_t offset, std::uint64_t length) {
    const Entry now = epoch();
    const Entry users = kLaneMask << kLaneBits | (write ? kLaneMask : 0);
    return std::ranges::any_of(blocks_.at(offset, offset + length - 1), [&](Entry entry) {
        return (entry ^ now) >> 2 * kLaneBits == 0 && (entry & users) != 0;
    });
}

bool PendingUses::note(std::uint32_t lane, bool write, const base::Rows& rows) {
    if (rows.count == 0 || rows.row_bytes == 0) {
        return true;
    }
    Entry others = 0;
    each_run(rows, [&](std::uint64_t first, std::uint64_t last) {
        others |= note_blocks(lane, write, first, last);
        return true;
    });
    if (!write) {
        return others >> kLaneBits == 0 ||
               each_row(rows, [&](std::uint64_t first, std::uint64_t last) {
                   return !meets_lines(lane, first, last);
               });
    }
    return (others & kLaneMask) == 0 &&
           each_row(rows, [&](std::uint64_t first, std::uint64_t last) {
               return note_lines(lane, first, last);
           });
}

// Without branches, for the host's vectors.
PendingUses::Entry PendingUses::note_blocks(std::uint32_t lane, bool write, std::uint64_t first,
                                            std::uint64_t last) {
    const Entry now = epoch();
    const Entry writes = write ? lane : 0;
    const Entry reads = write ? 0 : lane;
    Entry met = 0;
    for (Entry& entry : blocks_.at(first, last)) {
        const Entry fresh = (entry ^ now) >> 2 * kLaneBits == 0 ? entry : 0;
        const Entry writer = fresh >> kLaneBits & kLaneMask;
        const Entry reader = fresh & kLaneMask;
        const Entry other_writer = writer == lane ? 0 : writer;
        const Entry other_reader = reader == lane ? 0 : reader;
        met |= other_writer << kLaneBits | other_reader;
        const Entry new_writer = writes == 0 ? writer : other_writer == 0 ? lane : kSeveral;
        const Entry new_reader = reads == 0 ? reader : other_reader == 0 ? lane : kSeveral;
        entry = now | new_writer << kLaneBits | new_reader;
    }
    return met;
}

bool PendingUses::meets_lines(std::uint32_t lane, std::uint64_t first, std::uint64_t last) {
    const Entry now = epoch();
    return std::ranges::any_of(lines_.at(first, last), [&](Entry entry) {
        return (entry ^ now) >> 2 * kLaneBits == 0 && (entry & kLaneMask) != lane;
    });
}

bool PendingUses::note_lines(std::uint32_t lane, std::uint64_t first, std::uint64_t last) {
    const Entry now = epoch();
    Entry met = 0;
    for (Entry& entry : lines_.at(first, last)) {
        met |= (entry ^ now) >> 2 * kLaneBits == 0 ? entry ^ lane : 0;
        entry = now | lane;
    }
    return (met & kLaneMask) == 0;
}

}  // namespace athena::memory
