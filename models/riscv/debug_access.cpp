// SPDX-License-Identifier: Apache-2.0
// What a debugger asks of a hart that stands between two instructions.
#include "riscv/csr_numbers.h"
#include "riscv/hart_core.h"

namespace athena::riscv {

namespace {

constexpr bool is_read_only(unsigned number) {
    return number >> 10 == 3;
}

}  // namespace

std::optional<std::uint64_t> HartCore::debug_csr(unsigned number) {
    std::uint64_t value = 0;
    if (number == 0 || !read_csr(number, value)) {
        return std::nullopt;
    }
    return value;
}

bool HartCore::debug_set_csr(unsigned number, std::uint64_t value) {
    if (is_read_only(number) || !debug_csr(number)) {
        return false;
    }
    // What a write to a counter reckons with, the instruction that writes, is not there.
    state_.cycles -= 1;
    state_.instructions -= 1;
    const bool written = write_csr(number, value);
    state_.cycles += 1;
    state_.instructions += 1;
    return written;
}

void HartCore::debug_set_float(unsigned index, std::uint64_t bits) {
    state_.f[index] = bits;
    state_.fp_dirty = true;
}

void HartCore::debug_set_privilege(Privilege privilege) {
    state_.privilege = privilege;
    update_context();
}

std::optional<std::uint64_t> HartCore::debug_view(std::uint64_t address) {
    const std::uint64_t status = state_.mstatus;
    const Privilege privilege = state_.privilege;
    if (privilege == Privilege::User) {
        state_.privilege = Privilege::Supervisor;  // which with SUM reads pages of both
    }
    state_.mstatus |= mstatus::kSum | mstatus::kMxr;
    auto physical = debug_translate(address, Access::Read);
    if (!physical) {
        physical = debug_translate(address, Access::Execute);
    }
    state_.mstatus = status;
    state_.privilege = privilege;
    return physical;
}

}  // namespace athena::riscv
