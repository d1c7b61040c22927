// SPDX-License-Identifier: Apache-2.0
// Address translation: Sv39 and Sv48 with hardware update of the A and D bits (Volume
// II, 4.3.2, 4.4 and 4.5).
#include <cstring>

#include "riscv/hart_core.h"

namespace athena::riscv {

namespace {

constexpr std::uint64_t kValid = 1 << 0;
constexpr std::uint64_t kRead = 1 << 1;
constexpr std::uint64_t kWrite = 1 << 2;
constexpr std::uint64_t kExecute = 1 << 3;
constexpr std::uint64_t kUser = 1 << 4;
constexpr std::uint64_t kAccessed = 1 << 6;
constexpr std::uint64_t kDirty = 1 << 7;
constexpr unsigned kNumberShift = 10;
constexpr std::uint64_t kReserved = 0x3FFULL << 54;  // no Svpbmt, no Svnapot
constexpr std::uint64_t kPageNumber = (1ULL << 44) - 1;
constexpr unsigned kIndexBits = 9;

unsigned levels_of(std::uint64_t satp) {
    return satp >> satp::kModeShift == satp::kSv48 ? 4 : 3;
}

bool is_canonical(std::uint64_t address, unsigned levels) {
    const auto top = static_cast<std::int64_t>(address) >> (kPageShift + levels * kIndexBits - 1);
    return top == 0 || top == -1;
}

bool leaf_permits(std::uint64_t entry, Access access, Privilege privilege, std::uint64_t status) {
    if ((entry & (kRead | kWrite)) == kWrite) {
        return false;  // reserved combinations
    }
    if ((entry & kUser) != 0) {
        const bool allowed = privilege == Privilege::User ||
                             (access != Access::Execute && (status & mstatus::kSum) != 0);
        if (!allowed) {
            return false;
        }
    } else if (privilege == Privilege::User) {
        return false;
    }
    switch (access) {
        case Access::Read:
            return (entry & kRead) != 0 ||
                   ((entry & kExecute) != 0 && (status & mstatus::kMxr) != 0);
        case Access::Write:
            return (entry & kWrite) != 0;
        default:
            return (entry & kExecute) != 0;
    }
}

}  // namespace

Privilege HartCore::data_privilege() const {
    if (state_.privilege == Privilege::Machine && (state_.mstatus & mstatus::kMprv) != 0) {
        return static_cast<Privilege>((state_.mstatus & mstatus::kMpp) >> mstatus::kMppShift);
    }
    return state_.privilege;
}

HartCore::MemoryStatus HartCore::fault(Access access, bool page_fault, std::uint64_t address) {
    switch (access) {
        case Access::Read:
            trap_.cause = page_fault ? Exception::LoadPage : Exception::LoadAccess;
            break;
        case Access::Write:
            trap_.cause = page_fault ? Exception::StorePage : Exception::StoreAccess;
            break;
        case Access::Execute:
            trap_.cause = page_fault ? Exception::FetchPage : Exception::FetchAccess;
            break;
    }
    trap_.value = address;
    return MemoryStatus::Trap;
}

HartCore::MemoryStatus HartCore::read_entry(std::uint64_t physical, std::uint64_t& entry) {
    const PmpVerdict verdict = pmp_check(state_, physical, sizeof entry, Privilege::Supervisor);
    if ((verdict.permissions & pmp::kRead) == 0) {
        return MemoryStatus::Trap;
    }
    if (const DmiRegion* region = region_of(physical)) {
        std::memcpy(&entry, region->host + (physical - region->first), sizeof entry);
        return MemoryStatus::Ok;
    }
    return bus_access(physical, sizeof entry, false, &entry);
}

HartCore::MemoryStatus HartCore::write_entry(std::uint64_t physical, std::uint64_t entry) {
    const PmpVerdict verdict = pmp_check(state_, physical, sizeof entry, Privilege::Supervisor);
    if ((verdict.permissions & pmp::kWrite) == 0) {
        return MemoryStatus::Trap;
    }
    const DmiRegion* region = region_of(physical);
    if (region != nullptr && region->writable) {
        std::memcpy(region->host + (physical - region->first), &entry, sizeof entry);
        note_store(physical, sizeof entry);
        return MemoryStatus::Ok;
    }
    return bus_access(physical, sizeof entry, true, &entry);
}

HartCore::Translation HartCore::translate(std::uint64_t address, Access access, Privilege privilege,
                                          bool side_effects) {
    if (privilege == Privilege::Machine || state_.satp >> satp::kModeShift == satp::kBare) {
        return {MemoryStatus::Ok, address};
    }
    const unsigned levels = levels_of(state_.satp);
    if (!is_canonical(address, levels)) {
        return {fault(access, true, address)};
    }
    std::uint64_t table = (state_.satp & kPageNumber) << kPageShift;
    for (unsigned level = levels; level-- > 0;) {
        const unsigned shift = kPageShift + level * kIndexBits;
        const std::uint64_t index = (address >> shift) & ((1ULL << kIndexBits) - 1);
        const std::uint64_t location = table + index * 8;
        std::uint64_t entry = 0;
        const MemoryStatus read = read_entry(location, entry);
        if (read != MemoryStatus::Ok) {
            return {read == MemoryStatus::Trap ? fault(access, false, address) : read};
        }
        const std::uint64_t number = (entry >> kNumberShift) & kPageNumber;
        if ((entry & kValid) == 0 || (entry & kReserved) != 0) {
            return {fault(access, true, address)};
        }
        if ((entry & (kRead | kWrite | kExecute)) == 0) {
            if ((entry & (kUser | kAccessed | kDirty)) != 0) {
                return {fault(access, true, address)};  // reserved in a pointer
            }
            table = number << kPageShift;
            continue;
        }
        const std::uint64_t span = (1ULL << shift) - 1;
        if (((number << kPageShift) & span) != 0 ||
            !leaf_permits(entry, access, privilege, state_.mstatus)) {
            return {fault(access, true, address)};
        }
        const std::uint64_t updated =
            entry | kAccessed | (access == Access::Write ? kDirty : std::uint64_t{0});
        if (updated != entry && side_effects) {
            const MemoryStatus written = write_entry(location, updated);
            if (written != MemoryStatus::Ok) {
                return {written == MemoryStatus::Trap ? fault(access, false, address) : written};
            }
        }
        return {MemoryStatus::Ok, (number << kPageShift) | (address & span), updated != entry};
    }
    return {fault(access, true, address)};
}

std::optional<std::uint64_t> HartCore::debug_translate(std::uint64_t address, Access access) {
    const bool at_instant = at_instant_;
    at_instant_ = false;  // a table on the bus would take time
    const Trap trap = trap_;
    const Privilege privilege = access == Access::Execute ? state_.privilege : data_privilege();
    const Translation result = translate(address, access, privilege, false);
    at_instant_ = at_instant;
    trap_ = trap;
    if (result.status != MemoryStatus::Ok) {
        return std::nullopt;
    }
    return result.physical;
}

}  // namespace athena::riscv
