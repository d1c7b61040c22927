// SPDX-License-Identifier: Apache-2.0
#include "iopmp/iopmp_core.h"

#include <algorithm>

#include "base/origin.h"
#include "base/state.h"

namespace athena::iopmp {

namespace {

constexpr std::uint32_t kStateVersion = 1;

bool is_about(const Entry& entry, std::uint32_t ring) {
    return ring == base::Origin::kNoRing ? entry.harts
                                         : ring < 32 && (entry.rings >> ring & 1) != 0;
}

std::uint32_t take(base::StateReader& reader, const char* name) {
    return static_cast<std::uint32_t>(reader.value(name));
}

}  // namespace

IopmpCore::IopmpCore(const Config& config) : entries_(config.entries) {}

void IopmpCore::reset() {
    std::ranges::fill(entries_, Entry{});
    enabled_ = false;
    locked_entries_ = 0;
    locked_control_ = false;
    record_ = {};
    refused_reads_ = 0;
    refused_writes_ = 0;
}

bool IopmpCore::set_enabled(bool enabled) {
    if (locked_control_) {
        return false;
    }
    enabled_ = enabled;
    return true;
}

bool IopmpCore::set_entry(std::uint32_t index, const Entry& entry) {
    if (index < locked_entries_) {
        return false;
    }
    entries_[index] = entry;
    return true;
}

void IopmpCore::lock(std::uint32_t entries, bool control) {
    const auto count = static_cast<std::uint32_t>(entries_.size());
    locked_entries_ = std::max(locked_entries_, std::min(entries, count));
    locked_control_ |= control;
}

Verdict IopmpCore::judge(const base::RingAccess& access) const {
    for (std::uint32_t index = 0; index < entries_.size(); ++index) {
        const Entry& entry = entries_[index];
        const bool holds_some =
            entry.base < entry.end && access.first < entry.end && entry.base <= access.last;
        if (!holds_some || !is_about(entry, access.ring)) {
            continue;
        }
        if (access.first < entry.base || access.last >= entry.end) {
            return {ErrorType::PartialHit, index};
        }
        if (access.write) {
            return {entry.write ? ErrorType::None : ErrorType::IllegalWrite, index};
        }
        return {entry.read ? ErrorType::None : ErrorType::IllegalRead, index};
    }
    return {ErrorType::NotHit, kNoEntry};
}

void IopmpCore::refuse(const base::RingAccess& access) {
    ++(access.write ? refused_writes_ : refused_reads_);
    if (!record_.valid) {
        record_ = {true, access, judge(access)};
    }
}

void IopmpCore::save(base::StateWriter& writer) const {
    writer.begin("iopmp", kStateVersion);
    writer.value("entries", entries_.size());
    for (const Entry& entry : entries_) {
        writer.value("base", entry.base);
        writer.value("end", entry.end);
        writer.value("read", entry.read);
        writer.value("write", entry.write);
        writer.value("rings", entry.rings);
        writer.value("harts", entry.harts);
    }
    writer.value("enabled", enabled_);
    writer.value("locked_entries", locked_entries_);
    writer.value("locked_control", locked_control_);
    writer.value("valid", record_.valid);
    writer.value("ring", record_.access.ring);
    writer.value("is_write", record_.access.write);
    writer.value("first", record_.access.first);
    writer.value("last", record_.access.last);
    writer.value("error", static_cast<std::uint64_t>(record_.verdict.error));
    writer.value("entry", record_.verdict.entry);
    writer.value("refused_reads", refused_reads_);
    writer.value("refused_writes", refused_writes_);
    writer.end();
}

void IopmpCore::load(base::StateReader& reader) {
    reader.begin("iopmp", kStateVersion);
    if (reader.value("entries") != entries_.size()) {
        throw base::StateError("iopmp: saved with another number of entries");
    }
    for (Entry& entry : entries_) {
        entry.base = reader.value("base");
        entry.end = reader.value("end");
        entry.read = reader.value("read") != 0;
        entry.write = reader.value("write") != 0;
        entry.rings = take(reader, "rings");
        entry.harts = reader.value("harts") != 0;
    }
    enabled_ = reader.value("enabled") != 0;
    locked_entries_ = take(reader, "locked_entries");
    locked_control_ = reader.value("locked_control") != 0;
    record_.valid = reader.value("valid") != 0;
    record_.access.ring = take(reader, "ring");
    record_.access.write = reader.value("is_write") != 0;
    record_.access.first = reader.value("first");
    record_.access.last = reader.value("last");
    record_.verdict.error = static_cast<ErrorType>(reader.value("error"));
    record_.verdict.entry = take(reader, "entry");
    refused_reads_ = reader.value("refused_reads");
    refused_writes_ = reader.value("refused_writes");
    reader.end();
}

}  // namespace athena::iopmp
