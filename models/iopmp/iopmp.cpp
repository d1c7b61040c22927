// SPDX-License-Identifier: Apache-2.0
#include "iopmp/iopmp.h"

#include <array>
#include <sstream>
#include <string>

#include "base/hexadecimal.h"
#include "base/origin.h"
#include "base/state.h"

namespace athena::iopmp {

namespace {

namespace regs = athena::regs::iopmp;

constexpr std::uint32_t kStateVersion = 1;
constexpr std::uint64_t kRead = 1;
constexpr std::uint64_t kWrite = 2;

std::string text_of(const base::RingAccess& access, const Verdict& verdict) {
    static constexpr std::array<const char*, 6> kReasons = {
        "", " permits no reads", " permits no writes", "", " holds a part of it only", ""};
    std::ostringstream text;
    text << (access.write ? "write" : "read") << " of " << base::hexadecimal(access.first) << " to "
         << base::hexadecimal(access.last) << " by ";
    if (access.ring == base::Origin::kNoRing) {
        text << "a hart's command";
    } else {
        text << "ring " << access.ring;
    }
    text << " refused: ";
    if (verdict.entry == kNoEntry) {
        text << "no entry holds a byte of it";
    } else {
        text << "entry " << verdict.entry << kReasons[static_cast<std::size_t>(verdict.error)];
    }
    return text.str();
}

}  // namespace

Iopmp::Iopmp(const sc_core::sc_module_name& name, const Config& config,
             base::Diagnostics& diagnostics)
    : sc_core::sc_module(name),
      socket("socket", *this),
      config_(config),
      diagnostics_(diagnostics),
      registers_(regs::kRegisters),
      core_(config.core) {
    bind_registers();
    reset();
}

void Iopmp::reset() {
    reads_before_reset_ += core_.refused_reads();
    writes_before_reset_ += core_.refused_writes();
    core_.reset();
    registers_.reset();
    registers_.set(regs::kCapsIndex, config_.core.entries << regs::kCapsEntriesShift |
                                         config_.rings << regs::kCapsRingsShift);
}

void Iopmp::bind_registers() {
    registers_.on_write(regs::kCtrlIndex, [this](unsigned, std::uint64_t, std::uint64_t) {
        if (!core_.set_enabled((registers_.get(regs::kCtrlIndex) & regs::kCtrlEnableMask) != 0)) {
            report_locked("CTRL", 0);
        }
        show_control();
    });
    registers_.on_write(regs::kLockIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        core_.lock(
            static_cast<std::uint32_t>((value & regs::kLockEntriesMask) >> regs::kLockEntriesShift),
            (value & regs::kLockCtrlMask) != 0);
        show_control();
    });
    for (const unsigned index :
         {regs::kEntryBaseIndex, regs::kEntryEndIndex, regs::kEntryCfgIndex}) {
        registers_.on_write(
            index, [this](unsigned entry, std::uint64_t, std::uint64_t) { write_entry(entry); });
    }
    registers_.on_write(regs::kErrInfoIndex, [this](unsigned, std::uint64_t value, std::uint64_t) {
        if ((value & regs::kErrInfoVMask) != 0) {
            core_.clear_record();
        }
    });
    registers_.on_read(regs::kErrInfoIndex, [this](unsigned, std::uint64_t) -> std::uint64_t {
        const IopmpCore::Record& record = core_.record();
        if (!record.valid) {
            return 0;
        }
        return regs::kErrInfoVMask |
               (record.access.write ? kWrite : kRead) << regs::kErrInfoTtypeShift |
               static_cast<std::uint64_t>(record.verdict.error) << regs::kErrInfoEtypeShift;
    });
    registers_.on_read(regs::kErrReqidIndex, [this](unsigned, std::uint64_t) {
        const IopmpCore::Record& record = core_.record();
        return (record.access.ring & regs::kErrReqidRridMask) | std::uint64_t{record.verdict.entry}
                                                                    << regs::kErrReqidEidShift;
    });
    registers_.on_read(regs::kErrReqaddrIndex,
                       [this](unsigned, std::uint64_t) { return core_.record().access.first; });
    registers_.on_read(regs::kRefusedIndex, [this](unsigned, std::uint64_t) {
        return core_.refused_reads() + core_.refused_writes();
    });
}

void Iopmp::write_entry(unsigned index) {
    if (index < config_.core.entries) {
        const std::uint64_t permission = registers_.get(regs::kEntryCfgIndex, index);
        const Entry entry{
            .base = registers_.get(regs::kEntryBaseIndex, index),
            .end = registers_.get(regs::kEntryEndIndex, index),
            .read = (permission & regs::kEntryCfgRMask) != 0,
            .write = (permission & regs::kEntryCfgWMask) != 0,
            .rings = static_cast<std::uint32_t>((permission & regs::kEntryCfgRingsMask) >>
                                                regs::kEntryCfgRingsShift),
            .harts = (permission & regs::kEntryCfgHartsMask) != 0,
        };
        if (!core_.set_entry(index, entry)) {
            report_locked("entry", index);
        }
    }
    show_entry(index);
}

// The registers hold what the core does, also after a write that had no effect.
void Iopmp::show_entry(unsigned index) {
    const Entry entry = index < config_.core.entries ? core_.entry(index) : Entry{};
    registers_.set(regs::kEntryBaseIndex, entry.base, index);
    registers_.set(regs::kEntryEndIndex, entry.end, index);
    registers_.set(regs::kEntryCfgIndex,
                   (entry.read ? regs::kEntryCfgRMask : 0u) |
                       (entry.write ? regs::kEntryCfgWMask : 0u) |
                       entry.rings << regs::kEntryCfgRingsShift |
                       (entry.harts ? regs::kEntryCfgHartsMask : 0u),
                   index);
}

void Iopmp::show_control() {
    registers_.set(regs::kCtrlIndex, core_.enabled() ? regs::kCtrlEnableMask : 0u);
    registers_.set(regs::kLockIndex, core_.locked_entries() << regs::kLockEntriesShift |
                                         (core_.locked_control() ? regs::kLockCtrlMask : 0u));
}

void Iopmp::report_locked(const char* what, unsigned index) {
    diagnostics_.guest_fault(
        name(), std::string("write to locked ") + what + " " + std::to_string(index) + " ignored");
}

void Iopmp::b_transport(unsigned /*port*/, tlm::tlm_generic_payload& payload,
                        sc_core::sc_time& /*delay*/) {
    registers_.transport(payload);
}

unsigned Iopmp::transport_dbg(unsigned /*port*/, tlm::tlm_generic_payload& payload) {
    return registers_.transport_dbg(payload);
}

void Iopmp::refuse(const base::RingAccess& access) {
    core_.refuse(access);
    diagnostics_.guest_fault(name(), text_of(access, core_.judge(access)));
}

void Iopmp::report(base::StatisticsVisitor& visitor) const {
    visitor.counter("refused_reads", reads_before_reset_ + core_.refused_reads());
    visitor.counter("refused_writes", writes_before_reset_ + core_.refused_writes());
}

void Iopmp::save(base::StateWriter& writer) const {
    core_.save(writer);
    writer.begin("iopmp_module", kStateVersion);
    writer.value("reads_before_reset", reads_before_reset_);
    writer.value("writes_before_reset", writes_before_reset_);
    writer.end();
}

void Iopmp::load(base::StateReader& reader) {
    core_.load(reader);
    reader.begin("iopmp_module", kStateVersion);
    reads_before_reset_ = reader.value("reads_before_reset");
    writes_before_reset_ = reader.value("writes_before_reset");
    reader.end();
    show_control();
    for (unsigned index = 0; index < config_.core.entries; ++index) {
        show_entry(index);
    }
}

}  // namespace athena::iopmp
