// SPDX-License-Identifier: Apache-2.0
// The IOPMP without SystemC: entries, locks, and the record of what was refused (README.md).
#pragma once

#include <cstdint>
#include <vector>

#include "base/protection.h"
#include "regs/iopmp_regs.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::iopmp {

using ErrorType = regs::iopmp::ErrorType;

/// Bytes from `base` to before `end`, and what rings may do with them.
struct Entry {
    std::uint64_t base = 0;
    std::uint64_t end = 0;
    bool read = false;
    bool write = false;
    std::uint32_t rings = 0;  ///< bit r: about ring r
    bool harts = false;       ///< about commands of no ring
};

inline constexpr std::uint32_t kNoEntry = 0xFFFF;

/// Why an access is refused, and by which entry.
struct Verdict {
    ErrorType error = ErrorType::None;
    std::uint32_t entry = kNoEntry;

    bool operator==(const Verdict&) const = default;
};

class IopmpCore final : public base::Protection {
  public:
    struct Config {
        std::uint32_t entries = 16;  ///< 1 to 64
    };

    struct Record {
        bool valid = false;
        base::RingAccess access;
        Verdict verdict;
    };

    explicit IopmpCore(const Config& config);

    void reset();

    // False: it is locked, and nothing changed.
    bool set_enabled(bool enabled);
    bool set_entry(std::uint32_t index, const Entry& entry);

    /// Locks stay until reset: of the entries below `entries`, and of set_enabled().
    void lock(std::uint32_t entries, bool control);
    void clear_record() { record_.valid = false; }

    /// Of an enabled IOPMP: the first entry about the ring that holds a byte of the access decides,
    /// and must hold all of it.
    [[nodiscard]] Verdict judge(const base::RingAccess& access) const;

    [[nodiscard]] bool permits(const base::RingAccess& access) const override {
        return !enabled_ || judge(access).error == ErrorType::None;
    }
    void refuse(const base::RingAccess& access) override;

    [[nodiscard]] bool enabled() const { return enabled_; }
    [[nodiscard]] const Entry& entry(std::uint32_t index) const { return entries_[index]; }
    [[nodiscard]] std::uint32_t locked_entries() const { return locked_entries_; }
    [[nodiscard]] bool locked_control() const { return locked_control_; }
    [[nodiscard]] const Record& record() const { return record_; }
    /// Refused since reset.
    [[nodiscard]] std::uint64_t refused_reads() const { return refused_reads_; }
    [[nodiscard]] std::uint64_t refused_writes() const { return refused_writes_; }

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    std::vector<Entry> entries_;
    bool enabled_ = false;
    std::uint32_t locked_entries_ = 0;
    bool locked_control_ = false;
    Record record_;
    std::uint64_t refused_reads_ = 0;
    std::uint64_t refused_writes_ = 0;
};

}  // namespace athena::iopmp
