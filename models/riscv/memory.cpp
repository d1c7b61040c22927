// SPDX-License-Identifier: Apache-2.0
// Loads, stores and atomics that the software TLB does not serve.
#include <algorithm>
#include <cstring>

#include "riscv/atomic.h"
#include "riscv/hart_core.h"

namespace athena::riscv {

const DmiRegion* HartCore::region_of(std::uint64_t physical) {
    for (const DmiRegion& region : regions_) {
        if (physical >= region.first && physical <= region.last) {
            return &region;
        }
    }
    const std::uint64_t page = physical >> kPageShift;
    std::uint64_t& known = bus_pages_[page % kBusPages];
    if (known == page) {
        return nullptr;
    }
    if (fpu_ != nullptr) {
        fpu_->suspend();
    }
    const std::optional<DmiRegion> found = bus_.dmi(physical);
    if (fpu_ != nullptr) {
        fpu_->resume();
    }
    if (!found) {
        known = page;
        return nullptr;
    }
    regions_.push_back(*found);
    return &regions_.back();
}

HartCore::MemoryStatus HartCore::bus_access(std::uint64_t physical, unsigned size, bool write,
                                            void* data) {
    if (!at_instant_) {
        return MemoryStatus::Defer;
    }
    bus_used_ = true;
    if (fpu_ != nullptr) {
        fpu_->suspend();
    }
    const BusStatus status = bus_.access(physical, size, write, data);
    if (fpu_ != nullptr) {
        fpu_->resume();
    }
    return status == BusStatus::Ok ? MemoryStatus::Ok : MemoryStatus::Trap;
}

void HartCore::note_store(std::uint64_t physical, std::uint64_t length) {
    if (!bus_.has_code(physical >> kPageShift)) {
        return;
    }
    if (fpu_ != nullptr) {
        fpu_->suspend();
    }
    bus_.code_written(physical, length);
    if (fpu_ != nullptr) {
        fpu_->resume();
    }
}

HartCore::MemoryStatus HartCore::physical_access(std::uint64_t physical, unsigned size,
                                                 Access access, void* data, std::uint64_t address) {
    const bool write = access == Access::Write;
    const DmiRegion* region = region_of(physical);
    if (region != nullptr && physical + size - 1 <= region->last && (!write || region->writable)) {
        unsigned char* host = region->host + (physical - region->first);
        write ? std::memcpy(host, data, size) : std::memcpy(data, host, size);
        if (write) {
            note_store(physical, size);
        }
        return MemoryStatus::Ok;
    }
    auto* bytes = static_cast<unsigned char*>(data);
    while (size != 0) {
        // The bus takes naturally aligned pieces.
        unsigned piece = 8;
        while (piece > size || (physical & (piece - 1)) != 0) {
            piece /= 2;
        }
        const MemoryStatus status = bus_access(physical, piece, write, bytes);
        if (status != MemoryStatus::Ok) {
            return status == MemoryStatus::Trap ? fault(access, false, address) : status;
        }
        physical += piece;
        address += piece;
        bytes += piece;
        size -= piece;
    }
    return MemoryStatus::Ok;
}

unsigned char* HartCore::plain_cell(std::uint64_t address, unsigned size, Access access,
                                    std::uint64_t& physical) {
    const bool at_instant = at_instant_;
    at_instant_ = false;  // a table on the bus would take time
    const Trap trap = trap_;
    const Privilege privilege = data_privilege();
    const Translation translation = translate(address, access, privilege, false);
    at_instant_ = at_instant;
    trap_ = trap;
    if (translation.status != MemoryStatus::Ok || translation.updates) {
        return nullptr;
    }
    physical = translation.physical;
    const DmiRegion* region = region_of(physical);
    const PmpVerdict verdict = pmp_check(state_, physical, size, privilege);
    const bool direct = region != nullptr && physical + size - 1 <= region->last &&
                        (access == Access::Read || region->writable);
    return direct && (verdict.permissions & pmp_bit(access)) != 0
               ? region->host + (physical - region->first)
               : nullptr;
}

bool HartCore::crosses_to_bus(std::uint64_t physical) {
    return region_of(physical) == nullptr;
}

void HartCore::fill_data_tlb(std::uint64_t address, const Translation& translation, Access access,
                             Privilege privilege) {
    const std::uint64_t page = translation.physical & kPageMask;
    const DmiRegion* region = region_of(page);
    if (region == nullptr || page + kPageSize - 1 > region->last) {
        return;
    }
    if (watches_page(address & kPageMask)) {
        return;
    }
    const PmpVerdict verdict = pmp_check(state_, page, kPageSize, privilege);
    const unsigned char* host = region->host + (page - region->first);
    if (access == Access::Write) {
        if (region->writable && (verdict.permissions & pmp::kWrite) != 0 &&
            !bus_.has_code(page >> kPageShift)) {
            stores_.fill(address & kPageMask, host, page);
        }
    } else if ((verdict.permissions & pmp::kRead) != 0) {
        loads_.fill(address & kPageMask, host, page);
    }
}

HartCore::MemoryStatus HartCore::access_slow(std::uint64_t address, unsigned size, Access access,
                                             void* data) {
    const WatchKind kind = access == Access::Write ? WatchKind::Write : WatchKind::Read;
    const MemoryStatus stop = check_data_stops(address, size, kind);
    if (stop != MemoryStatus::Ok) {
        return stop;
    }
    const Privilege privilege = data_privilege();
    const unsigned to_page_end =
        static_cast<unsigned>(std::min<std::uint64_t>(kPageSize - (address & ~kPageMask), size));
    const unsigned sizes[2] = {to_page_end, size - to_page_end};
    std::uint64_t physical[2] = {0, 0};
    std::uint64_t piece = address;
    code_changed_ = false;
    // All that can go wrong is looked at before anything is done.
    for (unsigned i = 0; i < 2 && sizes[i] != 0; ++i) {
        const Translation translation = translate(piece, access, privilege, true);
        if (translation.status != MemoryStatus::Ok) {
            return translation.status;
        }
        physical[i] = translation.physical;
        const PmpVerdict verdict = pmp_check(state_, physical[i], sizes[i], privilege);
        if ((verdict.permissions & pmp_bit(access)) == 0) {
            return fault(access, false, piece);
        }
        if (!at_instant_ && crosses_to_bus(physical[i])) {
            return MemoryStatus::Defer;
        }
        fill_data_tlb(piece, translation, access, privilege);
        piece += sizes[i];
    }
    auto* bytes = static_cast<unsigned char*>(data);
    MemoryStatus status = physical_access(physical[0], sizes[0], access, bytes, address);
    if (status == MemoryStatus::Ok && sizes[1] != 0) {
        status =
            physical_access(physical[1], sizes[1], access, bytes + sizes[0], address + sizes[0]);
    }
    if (status == MemoryStatus::Ok && (bus_used_ || code_changed_)) {
        return MemoryStatus::Leave;
    }
    return status;
}

HartCore::MemoryStatus HartCore::load_slow(std::uint64_t address, unsigned size,
                                           std::uint64_t& value) {
    value = 0;
    return access_slow(address, size, Access::Read, &value);
}

HartCore::MemoryStatus HartCore::store_slow(std::uint64_t address, unsigned size,
                                            std::uint64_t value) {
    return access_slow(address, size, Access::Write, &value);
}

HartCore::MemoryStatus HartCore::locate_atomic(std::uint64_t address, unsigned size, Access access,
                                               std::uint64_t& physical, unsigned char*& host) {
    if ((address & (size - 1)) != 0) {
        trap_ = {access == Access::Read ? Exception::LoadMisaligned : Exception::StoreMisaligned,
                 address};
        return MemoryStatus::Trap;
    }
    const Privilege privilege = data_privilege();
    const Translation translation = translate(address, access, privilege, true);
    if (translation.status != MemoryStatus::Ok) {
        return translation.status;
    }
    physical = translation.physical;
    const std::uint8_t needed =
        access == Access::Read ? pmp::kRead : std::uint8_t{pmp::kRead | pmp::kWrite};
    const PmpVerdict verdict = pmp_check(state_, physical, size, privilege);
    if ((verdict.permissions & needed) != needed) {
        return fault(access, false, address);
    }
    fill_data_tlb(address, translation, access, privilege);
    const DmiRegion* region = region_of(physical);
    const bool direct = region != nullptr && (access == Access::Read || region->writable);
    host = direct ? region->host + (physical - region->first) : nullptr;
    return direct || at_instant_ ? MemoryStatus::Ok : MemoryStatus::Defer;
}

HartCore::MemoryStatus HartCore::load_reserved(std::uint64_t address, unsigned size,
                                               std::uint64_t& value) {
    std::uint64_t physical = 0;
    unsigned char* host = nullptr;
    MemoryStatus status = locate_atomic(address, size, Access::Read, physical, host);
    if (status != MemoryStatus::Ok) {
        return status;
    }
    value = 0;
    status = physical_access(physical, size, Access::Read, &value, address);
    if (status != MemoryStatus::Ok) {
        return status;
    }
    if (size == 4) {
        value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
    }
    state_.reserved = true;
    state_.reserved_address = physical;
    state_.reserved_size = static_cast<std::uint8_t>(size);
    return bus_used_ ? MemoryStatus::Leave : MemoryStatus::Ok;
}

HartCore::MemoryStatus HartCore::store_conditional(std::uint64_t address, unsigned size,
                                                   std::uint64_t& value) {
    if (!state_.reserved && (address & (size - 1)) == 0) {
        value = 1;
        return MemoryStatus::Ok;
    }
    std::uint64_t physical = 0;
    unsigned char* host = nullptr;
    MemoryStatus status = locate_atomic(address, size, Access::Write, physical, host);
    if (status != MemoryStatus::Ok) {
        return status;
    }
    const bool holds =
        state_.reserved && state_.reserved_address == physical && state_.reserved_size == size;
    state_.reserved = false;
    code_changed_ = false;
    if (holds) {
        status = physical_access(physical, size, Access::Write, &value, address);
        if (status != MemoryStatus::Ok) {
            return status;
        }
    }
    value = holds ? 0 : 1;
    return bus_used_ || code_changed_ ? MemoryStatus::Leave : MemoryStatus::Ok;
}

HartCore::MemoryStatus HartCore::atomic(Operation operation, std::uint64_t address,
                                        std::uint64_t operand, std::uint64_t& old) {
    const unsigned size = operation >= Operation::LrD ? 8 : 4;
    std::uint64_t physical = 0;
    unsigned char* host = nullptr;
    MemoryStatus status = locate_atomic(address, size, Access::Write, physical, host);
    if (status != MemoryStatus::Ok) {
        return status;
    }
    std::uint64_t value = 0;
    status = physical_access(physical, size, Access::Read, &value, address);
    if (status != MemoryStatus::Ok) {
        // An atomic that faults is a store that faults (Volume II, 3.1.15).
        return status == MemoryStatus::Trap ? fault(Access::Write, false, address) : status;
    }
    std::uint64_t result = 0;
    if (size == 4) {
        result = combine<std::uint32_t, std::int32_t>(operation, static_cast<std::uint32_t>(value),
                                                      static_cast<std::uint32_t>(operand));
        value = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(value)});
    } else {
        result = combine<std::uint64_t, std::int64_t>(operation, value, operand);
    }
    code_changed_ = false;
    status = physical_access(physical, size, Access::Write, &result, address);
    if (status != MemoryStatus::Ok) {
        return status;
    }
    old = value;
    return bus_used_ || code_changed_ ? MemoryStatus::Leave : MemoryStatus::Ok;
}

}  // namespace athena::riscv
