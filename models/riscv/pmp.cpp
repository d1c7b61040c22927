// SPDX-License-Identifier: Apache-2.0
#include "riscv/pmp.h"

#include <bit>

namespace athena::riscv {

namespace {

enum Mode : unsigned { kOff = 0, kTor = 1, kNa4 = 2, kNapot = 3 };

constexpr std::uint64_t kAddressMask = (1ULL << 54) - 1;
constexpr std::uint8_t kWritable = 0x9F;  // bits 5 and 6 are reserved

unsigned mode_of(std::uint8_t config) {
    return (config >> 3) & 3;
}

struct Range {
    std::uint64_t first;
    std::uint64_t last;  // inclusive
    bool empty;
};

Range range_of(const HartState& state, unsigned entry) {
    const std::uint64_t address = state.pmpaddr[entry];
    switch (mode_of(state.pmpcfg[entry])) {
        case kTor: {
            const std::uint64_t low = entry == 0 ? 0 : state.pmpaddr[entry - 1];
            return {low << 2, (address << 2) - 1, low >= address};
        }
        case kNa4:
            return {address << 2, (address << 2) + 3, false};
        case kNapot: {
            const unsigned ones = static_cast<unsigned>(std::countr_one(address));
            if (ones >= 54) {
                return {0, ~0ULL, false};
            }
            const std::uint64_t base = (address & ~((1ULL << ones) - 1)) << 2;
            return {base, base + (1ULL << (ones + 3)) - 1, false};
        }
        default:
            return {0, 0, true};
    }
}

}  // namespace

PmpVerdict pmp_check(const HartState& state, std::uint64_t address, std::uint64_t length,
                     Privilege privilege) {
    constexpr std::uint8_t kAll = pmp::kRead | pmp::kWrite | pmp::kExecute;
    const std::uint64_t last = address + length - 1;
    for (unsigned entry = 0; entry < kPmpEntries; ++entry) {
        const Range range = range_of(state, entry);
        if (range.empty || last < range.first || address > range.last) {
            continue;
        }
        if (address < range.first || last > range.last) {
            return {0, false};
        }
        const std::uint8_t config = state.pmpcfg[entry];
        if (privilege == Privilege::Machine && (config & pmp::kLocked) == 0) {
            return {kAll, true};
        }
        return {static_cast<std::uint8_t>(config & kAll), true};
    }
    return {privilege == Privilege::Machine ? kAll : std::uint8_t{0}, true};
}

bool write_pmpcfg(HartState& state, unsigned entry, std::uint8_t value) {
    value &= kWritable;
    if ((value & pmp::kRead) == 0) {
        value = static_cast<std::uint8_t>(value & ~pmp::kWrite);  // R = 0, W = 1 is reserved
    }
    if ((state.pmpcfg[entry] & pmp::kLocked) != 0 || state.pmpcfg[entry] == value) {
        return false;
    }
    state.pmpcfg[entry] = value;
    return true;
}

bool write_pmpaddr(HartState& state, unsigned entry, std::uint64_t value) {
    const bool next_locks = entry + 1 < kPmpEntries &&
                            (state.pmpcfg[entry + 1] & pmp::kLocked) != 0 &&
                            mode_of(state.pmpcfg[entry + 1]) == kTor;
    if ((state.pmpcfg[entry] & pmp::kLocked) != 0 || next_locks) {
        return false;
    }
    state.pmpaddr[entry] = value & kAddressMask;
    return true;
}

}  // namespace athena::riscv
