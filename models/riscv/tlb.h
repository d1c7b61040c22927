// SPDX-License-Identifier: Apache-2.0
// Software TLB: virtual pages to host pointers, for pages that are directly addressable and whose
// permissions are the same for every byte. Never saved, never seen by the guest.
#pragma once

#include <array>
#include <cstddef>
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

    [[nodiscard]] TlbEntry& entry(std::uint64_t address) { return entries_[index(address)]; }
    [[nodiscard]] const TlbEntry& entry(std::uint64_t address) const {
        return entries_[index(address)];
    }

    /// Whether the entry serves [address, address + size): false also for page crossings.
    [[nodiscard]] bool hits(const TlbEntry& entry, std::uint64_t address, unsigned size) const {
        return entry.tag == (((address + (size - 1)) & kPageMask) | key_);
    }

    /// The same for an access of one naturally aligned cell; false if it is not aligned.
    [[nodiscard]] bool hits_cell(const TlbEntry& entry, std::uint64_t address,
                                 unsigned size) const {
        return entry.tag == ((address & kPageMask) | key_) && (address & (size - 1)) == 0;
    }

    /// Of an address whose entry hits.
    [[nodiscard]] std::uint64_t physical(std::uint64_t address) const {
        return physical_pages_[index(address)] | (address & ~kPageMask);
    }

    /// Pages by their first bytes.
    void fill(std::uint64_t address, const unsigned char* host, std::uint64_t physical) {
        TlbEntry& slot = entry(address);
        slot.tag = (address & kPageMask) | key_;
        slot.addend = reinterpret_cast<std::uintptr_t>(host) - address;
        physical_pages_[index(address)] = physical;
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
    static constexpr std::size_t index(std::uint64_t address) {
        return (address >> kPageShift) & (kEntries - 1);
    }

    std::array<TlbEntry, kEntries> entries_{};
    std::array<std::uint64_t, kEntries> physical_pages_{};  // what reservations ask for
    std::uint64_t key_ = 0;  // epoch and context, below the page bits
};

}  // namespace athena::riscv
