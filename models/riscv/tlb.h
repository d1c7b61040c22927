// SPDX-License-Identifier: Apache-2.0
// Software TLB: virtual pages to host pointers, for pages that are directly addressable and whose
// permissions are the same for every byte. Never saved, never seen by the guest.
#pragma once

#include <array>
#include <cstdint>

namespace athena::riscv {

inline constexpr unsigned kPageShift = 12;
inline constexpr std::uint64_t kPageSize = 1ULL << kPageShift;
inline constexpr std::uint64_t kPageMask = ~(kPageSize - 1);

struct TlbEntry {
    std::uint64_t tag = ~0ULL;  ///< page address | key
    std::uint64_t addend = 0;   ///< host address = virtual address + addend
};

/// One direction (loads, or stores) of all data contexts. A lookup is one compare: the tag holds
/// page, context and epoch; a flush is a new epoch.
class Tlb {
  public:
    static constexpr unsigned kEntries = 4096;

    [[nodiscard]] TlbEntry& entry(std::uint64_t address) {
        return entries_[(address >> kPageShift) & (kEntries - 1)];
    }
    [[nodiscard]] const TlbEntry& entry(std::uint64_t address) const {
        return entries_[(address >> kPageShift) & (kEntries - 1)];
    }

    /// Whether the entry serves [address, address + size): false also for page crossings.
    [[nodiscard]] bool hits(const TlbEntry& entry, std::uint64_t address, unsigned size) const {
        return entry.tag == (((address + (size - 1)) & kPageMask) | key_);
    }

    void fill(std::uint64_t address, const unsigned char* host) {
        TlbEntry& slot = entry(address);
        slot.tag = (address & kPageMask) | key_;
        slot.addend = reinterpret_cast<std::uintptr_t>(host) - address;
    }

    /// context: 0 to 3.
    void set_context(unsigned context) { key_ = (key_ & ~3ULL) | context; }

    void flush() {
        key_ += 4;
        if (key_ >= kPageSize - 4) {  // the last keys would look like the tag of an empty entry
            key_ &= 3;
            entries_.fill({});
        }
    }

  private:
    std::array<TlbEntry, kEntries> entries_{};
    std::uint64_t key_ = 0;  // epoch and context, below the page bits
};

}  // namespace athena::riscv
