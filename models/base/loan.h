// SPDX-License-Identifier: Apache-2.0
// Memory for the length of one call: how an engine that moves much at once, in functional fidelity,
// gets at the bytes themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <tlm>

#include "base/backlog.h"

namespace athena::memory {
class PendingUses;
}

namespace athena::base {

/// Where a loan's bytes are counted, by the target and by each crossbar on the way to it. Only this
/// is told of them, as there are no accesses.
class LoanCounters {
  public:
    void add_counter(std::uint64_t& counter) {
        if (size_ == counters_.size()) {
            throw std::logic_error("a loan passed more crossbars than there are");
        }
        counters_[size_++] = &counter;
    }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    /// By who has read or written so many.
    void count(std::uint64_t bytes) const {
        for (std::uint64_t* counter : std::span(counters_).first(size_)) {
            *counter += bytes;
        }
    }

  private:
    // A target, and two clusters' crossbars and the system bus before it.
    static constexpr std::size_t kMost = 4;
    std::array<std::uint64_t*, kMost> counters_;  // the first `size_`
    std::size_t size_ = 0;
};

/// Ignorable extension of get_direct_mem_ptr() (IEEE 1666, 11.2): the caller wants `length` bytes
/// from the payload's address, to read or to write as the payload's command says, and gives them
/// back before it returns control, or has them for a work that it adds to its lane of the board's
/// Backlog. A target that knows the extension grants just these, also where
/// it grants no other direct access, if it would serve an access of every byte of them now. A
/// target that grants nothing is asked again by accesses, which it may refuse in part.
struct Loan : tlm::tlm_extension<Loan> {
    std::uint64_t length = 0;
    /// Of the caller, Backlog::Lane::number(); 0: it only works at once.
    std::uint32_t lane = 0;
    /// Empty when the caller asks, and if the target does not know the extension.
    LoanCounters counters{};
    /// False when the caller asks. Whether the bytes may be used by a work of the caller's lane;
    /// only at once otherwise, and then Backlog::settle() comes before.
    bool may_wait = false;
    /// Of the caller: it wants no bytes, only to know whether the target would serve accesses of
    /// all of them now. Also a target that lends nothing may say so.
    bool only_asks = false;
    /// Where such a work has to be noted first, and the bytes' offset there; null: nowhere.
    memory::PendingUses* uses = nullptr;
    std::uint64_t uses_offset = 0;

    tlm_extension_base* clone() const override { return new Loan(*this); }
    void copy_from(const tlm_extension_base& other) override {
        *this = static_cast<const Loan&>(other);
    }

    /// Of a target in a cluster: its own engines' works may use the bytes later. Anybody else finds
    /// them done.
    void wait_in(const Backlog::Lane& cluster) {
        may_wait = lane != 0 && lane == cluster.number();
        if (!may_wait) {
            cluster.settle();
        }
    }
    /// What a target answers to a caller that only asks.
    static bool confirm(const tlm::tlm_generic_payload& payload, std::uint64_t length,
                        tlm::tlm_dmi& dmi) {
        dmi.set_start_address(payload.get_address());
        dmi.set_end_address(payload.get_address() + length - 1);
        dmi.set_dmi_ptr(nullptr);
        return true;
    }
    /// What a target answers: `bytes` are those from the payload's address on.
    bool grant(const tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi, std::byte* bytes,
               std::uint64_t& of_target) {
        counters.add_counter(of_target);
        dmi.set_start_address(payload.get_address());
        dmi.set_end_address(payload.get_address() + length - 1);
        dmi.set_dmi_ptr(reinterpret_cast<unsigned char*>(bytes));
        dmi.allow_read_write();
        return true;
    }
};

}  // namespace athena::base
