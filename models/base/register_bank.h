// SPDX-License-Identifier: Apache-2.0
// A block's registers, made from its generated description: access rules, values, and hooks of the
// block.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/register_info.h"
#include "base/sockets.h"

namespace athena::base {

class StateReader;
class StateWriter;

/// Registers are named by their index in the generated list (k<Register>Index) and, in arrays,
/// their element. Accesses are 1, 2, 4 or 8 bytes, naturally aligned; a part of a register reads
/// and writes that part, and 8 bytes may cover two adjacent 4-byte registers. Anything else, and
/// addresses of no register, are errors.
class RegisterBank {
  public:
    /// Called with the value that a read is about to give; returns what it gives.
    using ReadHook = std::function<std::uint64_t(unsigned element, std::uint64_t value)>;
    /// Called after access rules were applied and the value stored, with the bits that were written
    /// (in place).
    using WriteHook =
        std::function<void(unsigned element, std::uint64_t value, std::uint64_t written)>;

    explicit RegisterBank(std::span<const RegisterInfo> registers);

    void on_read(unsigned index, ReadHook hook);
    void on_write(unsigned index, WriteHook hook);

    /// The block's own access: no masks, no hooks.
    [[nodiscard]] std::uint64_t get(unsigned index, unsigned element = 0) const {
        return values_[first_[index] + element];
    }
    void set(unsigned index, std::uint64_t value, unsigned element = 0) {
        values_[first_[index] + element] = value;
    }

    void reset();

    /// A guest's access; nothing if no register answers to offset and size (no effect then).
    [[nodiscard]] std::optional<std::uint64_t> read(std::uint64_t offset, unsigned size);
    [[nodiscard]] bool write(std::uint64_t offset, unsigned size, std::uint64_t value);

    /// A debugger's read: no hooks' side effects, no clearing.
    [[nodiscard]] std::optional<std::uint64_t> peek(std::uint64_t offset, unsigned size) const;

    /// Serves a payload whose address counts from the block's start and sets its response status:
    /// address error where no register answers, byte-enable error for enables.
    void transport(tlm::tlm_generic_payload& payload);
    /// The same for debug reads; returns the number of bytes given.
    unsigned transport_dbg(tlm::tlm_generic_payload& payload) const;

    void save(StateWriter& writer) const;
    void load(StateReader& reader);

  private:
    [[nodiscard]] std::uint64_t read_part(const RegisterPlace& place, unsigned size);
    void write_part(const RegisterPlace& place, unsigned size, std::uint64_t value);

    std::span<const RegisterInfo> registers_;
    std::vector<std::size_t> first_;  // by index: where its elements begin in values_
    std::vector<std::uint64_t> values_;
    std::vector<ReadHook> read_hooks_;  // by index
    std::vector<WriteHook> write_hooks_;
};

}  // namespace athena::base
