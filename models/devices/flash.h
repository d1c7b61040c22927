// SPDX-License-Identifier: Apache-2.0
// A bank of NOR flash: two 16-bit chips side by side, with the command set 0001 (Intel basic) and
// the query of JEDEC JESD68.01 "Common Flash Memory Interface"; the numbers of QEMU's `virt`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <systemc>
#include <vector>

#include "base/sockets.h"
#include "base/statistics.h"
#include "memory/sparse_storage.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::devices {

/// Where the contents are kept beyond a run. Calls return false where the host fails; nothing may
/// throw.
class FlashFile {
  public:
    virtual ~FlashFile() = default;
    [[nodiscard]] virtual bool read_only() const = 0;
    /// All of the bank.
    [[nodiscard]] virtual bool read(std::span<std::byte> bytes) = 0;
    [[nodiscard]] virtual bool write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
};

class Flash : public sc_core::sc_module, public base::StatisticsSource, private base::Target {
  public:
    static constexpr std::uint64_t kBlockBytes = 256 * 1024;  ///< of both chips together

    struct Config {
        std::uint64_t size = 32ULL << 20;  ///< bytes, a multiple of kBlockBytes
    };

    base::TargetSocket socket;  ///< the bank's bytes

    /// Without `file` the bank is erased and forgets at the end. Throws std::runtime_error if the
    /// file cannot be read.
    Flash(const sc_core::sc_module_name& name, const Config& config,
          std::unique_ptr<FlashFile> file);

    /// Back to reading the array; no block is locked; contents stay.
    void reset();

    void report(base::StatisticsVisitor& visitor) const override;
    /// All but the contents.
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

    /// Bits of a chip's status register (28F256P30 data sheet, table 16).
    enum Status : std::uint8_t {
        kLocked = 1 << 1,  ///< the block is locked, or the bank is read-only
        kProgramFailed = 1 << 4,
        kEraseFailed = 1 << 5,  ///< with kProgramFailed: a sequence of commands that is none
        kReady = 1 << 7,
    };

  private:
    static constexpr unsigned kChips = 2;
    static constexpr unsigned kChipBytes = 2;  // of a chip's bus
    static constexpr unsigned kBankBytes = 4;  // of the bank's bus
    static constexpr unsigned kBufferWords = 1024;

    enum class Mode : std::uint8_t { Array, Status, Identifier, Query };
    /// What the next write is.
    enum class Await : std::uint8_t { Command, Word, EraseConfirm, Lock, Count, Data, Confirm };

    struct Write {
        std::uint32_t address;  // from the bank's start
        std::uint32_t length;   // bytes: 1, 2 or 4
        std::uint32_t value;
    };
    /// All that the chips' state machines must keep; both do the same.
    struct State {
        Mode mode = Mode::Array;
        Await await = Await::Command;
        std::uint8_t status = kReady;
        std::uint32_t block = 0;           // that a sequence of commands is for
        std::uint32_t writes_to_come = 0;  // to the buffer
        std::vector<Write> buffer;
    };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;

    [[nodiscard]] std::uint8_t read(std::uint32_t address) const;
    /// Of a chip, by the number of its 16-bit word.
    [[nodiscard]] std::uint16_t identifier(std::uint32_t word) const;
    [[nodiscard]] std::uint16_t query(std::uint32_t word) const;
    void write(const Write& write);
    void command(const Write& write);
    void lock(std::uint8_t code);
    void program(std::span<const Write> writes);
    void erase();
    [[nodiscard]] bool may_change(std::uint8_t failure);
    void keep(std::uint64_t first, std::uint64_t end, std::uint8_t failure);
    void refuse();
    void finish(std::uint8_t status);
    [[nodiscard]] static std::uint32_t block_of(std::uint32_t address) {
        return address / static_cast<std::uint32_t>(kBlockBytes);
    }

    Config config_;
    std::unique_ptr<FlashFile> file_;
    memory::SparseStorage inverted_;  // so that pages that are erased take no memory
    State state_;
    std::vector<bool> locked_;  // by block
    std::uint64_t programmed_bytes_ = 0;
    std::uint64_t erased_blocks_ = 0;
    std::uint64_t errors_ = 0;
};

}  // namespace athena::devices
