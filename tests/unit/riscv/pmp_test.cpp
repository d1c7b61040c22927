// SPDX-License-Identifier: Apache-2.0
// PMP entries that are locked, which only a reset opens again (Volume II, 3.7.1); all else is
// compared with QEMU (tests/firmware/isa/pmp.py).
#include "riscv/pmp.h"

#include <catch2/catch.hpp>

using namespace athena::riscv;

namespace {

constexpr std::uint8_t kTor = 0x08;
constexpr std::uint8_t kNa4 = 0x10;
constexpr std::uint8_t kNapot = 0x18;
constexpr std::uint64_t kBase = 0x8000'0000;

std::uint8_t in_machine_mode(const HartState& state, std::uint64_t address, std::uint64_t size) {
    return pmp_check(state, address, size, Privilege::Machine).permissions;
}

}  // namespace

TEST_CASE("PMP: a locked entry keeps its configuration and address") {
    for (unsigned entry = 0; entry < kPmpEntries; ++entry) {
        HartState state;
        CHECK(write_pmpaddr(state, entry, kBase >> 2));
        CHECK(write_pmpcfg(state, entry, pmp::kLocked | kNa4 | pmp::kRead));
        CHECK_FALSE(write_pmpcfg(state, entry, 0));
        CHECK_FALSE(write_pmpaddr(state, entry, 0));
        CHECK(state.pmpcfg[entry] == (pmp::kLocked | kNa4 | pmp::kRead));
        CHECK(state.pmpaddr[entry] == kBase >> 2);
    }
}

TEST_CASE("PMP: a locked TOR entry keeps the address below it, not the configuration below it") {
    for (const std::uint8_t mode : {std::uint8_t{0}, kTor, kNa4, kNapot}) {
        HartState state;
        write_pmpaddr(state, 3, 5);
        write_pmpcfg(state, 4, static_cast<std::uint8_t>(pmp::kLocked | mode));
        CHECK(write_pmpaddr(state, 3, 9) == (mode != kTor));
        CHECK(state.pmpaddr[3] == (mode == kTor ? 5 : 9));
        CHECK(write_pmpcfg(state, 3, kNapot | pmp::kRead));
        CHECK(write_pmpaddr(state, 2, 7));
    }
}

TEST_CASE("PMP: only a locked entry binds M-mode, to its permissions") {
    for (unsigned permissions = 0; permissions < 8; ++permissions) {
        if ((permissions & 3) == pmp::kWrite) {
            continue;  // reserved
        }
        for (const std::uint8_t lock : {std::uint8_t{0}, pmp::kLocked}) {
            HartState state;
            write_pmpaddr(state, 0, kBase >> 2 | 1);  // 16 bytes
            write_pmpcfg(state, 0, static_cast<std::uint8_t>(lock | kNapot | permissions));
            CHECK(in_machine_mode(state, kBase, 8) == (lock != 0 ? permissions : 7));
            CHECK(in_machine_mode(state, kBase + 8, 8) == (lock != 0 ? permissions : 7));
            CHECK(in_machine_mode(state, kBase + 12, 8) == 0);  // in part
            CHECK(in_machine_mode(state, kBase + 16, 8) == 7);
            CHECK(pmp_check(state, kBase, 8, Privilege::User).permissions == permissions);
        }
    }
}

TEST_CASE("PMP: W without R is reserved and becomes neither") {
    HartState state;
    write_pmpcfg(state, 0, kNapot | pmp::kWrite);
    CHECK(state.pmpcfg[0] == kNapot);
    write_pmpcfg(state, 0, kNapot | pmp::kWrite | pmp::kExecute);
    CHECK(state.pmpcfg[0] == (kNapot | pmp::kExecute));
    write_pmpcfg(state, 0, 0x7F);
    CHECK(state.pmpcfg[0] == 0x1F);  // bits 5 and 6 are 0
}
