// SPDX-License-Identifier: Apache-2.0
// Who caused a transaction: protection, error records, trace and statistics read it.
#pragma once

#include <cstdint>
#include <tlm>

namespace athena::base {

/// Ignorable extension of every transaction, kept by every bridge and split (IEEE 1666, 14.21).
struct Origin : tlm::tlm_extension<Origin> {
    static constexpr std::uint32_t kNoRing = 0xFFFF'FFFF;

    std::uint32_t initiator = 0;   ///< id from the board, unique for each initiator
    std::uint32_t ring = kNoRing;  ///< ring of the command processor that caused it
    std::uint32_t tag = 0;         ///< command tag, where there is a ring
    std::uint64_t pc = 0;          ///< program counter, where the initiator is a hart

    tlm_extension_base* clone() const override { return new Origin(*this); }
    void copy_from(const tlm_extension_base& other) override {
        *this = static_cast<const Origin&>(other);
    }
};

}  // namespace athena::base
