// SPDX-License-Identifier: Apache-2.0
// What may stand behind the tile's TLM front: the functional model, the Verilated RTL, or both. One
// virtual call an access or a batch of cycles, none a beat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tile/difference.h"
#include "tile/tile_core.h"
#include "tile/tile_ports.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::tile {

class PortHistory;

/// An access that the front has found to be legal but for what only the tile's state can tell: L1
/// inside its size, registers 1 to 8 bytes aligned, or one line to the command queue.
struct Request {
    std::uint64_t offset = 0;
    bool write = false;
    std::span<std::byte> data;                    ///< read into, or written from
    std::span<const unsigned char> enables = {};  ///< of a write: as `data`, 0 is off; empty: all
};

/// Whether it is a write of registers that sets CTRL.ABORT.
[[nodiscard]] bool aborts(const Request& request);

struct Response {
    bool ok = false;
    std::uint64_t cycle = 0;  ///< of the last response beat
};

/// What comes out of the tile by itself.
struct Output {
    enum class Kind : std::uint8_t { Completion, Irq, Transfer };
    std::uint64_t cycle = 0;
    Kind kind = Kind::Completion;
    Completion completion{};   ///< Kind::Completion
    bool irq_level = false;    ///< Kind::Irq
    std::uint32_t ticket = 0;  ///< Kind::Transfer: begin()'s
    bool ok = false;           ///< Kind::Transfer

    static Output completed(std::uint64_t cycle, Completion completion) {
        return {.cycle = cycle, .kind = Kind::Completion, .completion = completion};
    }
    static Output interrupt(std::uint64_t cycle, bool level) {
        return {.cycle = cycle, .kind = Kind::Irq, .irq_level = level};
    }
    static Output ended(std::uint64_t cycle, std::uint32_t ticket, bool ok) {
        return {.cycle = cycle, .kind = Kind::Transfer, .ticket = ticket, .ok = ok};
    }
};

/// Cycles are those of the tile's clock since the board's start. Calls come in time order.
class Implementation {
  public:
    virtual ~Implementation() = default;

    /// Everything but L1; the tile's CYCLES start with 0 at `cycle`.
    virtual void reset(std::uint64_t cycle) = 0;
    /// What happened at cycle n happened at n + `cycles`, and so on from here; modulo 2^64.
    virtual void shift(std::uint64_t cycles) = 0;

    /// Serves an access that reaches the port at `cycle`, or as soon as the port is free.
    virtual Response access(std::uint64_t cycle, const Request& request) = 0;

    /// As access(), but does not wait: for a burst of L1 inside 4 KiB without byte enables, behind
    /// those of its direction that are under way. An output with `ticket` tells of its end; until
    /// then, or reset(), its data stay where they are.
    virtual void begin(std::uint64_t cycle, const Request& request, std::uint32_t ticket) = 0;
    /// The first cycle that may bring the end of one; nothing if none is under way.
    [[nodiscard]] virtual std::optional<std::uint64_t> next_end() const { return std::nullopt; }

    /// The first cycle that may bring an output, nothing if none will come before another access.
    [[nodiscard]] virtual std::optional<std::uint64_t> next_output() const = 0;
    /// Runs up to and with cycle `limit`, or to the first cycle with an output.
    virtual void advance(std::uint64_t limit) = 0;

    /// Outputs of the calls so far, in order of their cycles; the caller empties it.
    [[nodiscard]] std::vector<Output>& outputs() { return outputs_; }

    /// Why the simulation cannot be trusted from here on: one line, empty while all is well.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// Likewise, with all that is known of it.
    [[nodiscard]] virtual Difference failure_details() const { return failure_; }
    /// What repeats the failure; null if the tile does not keep it.
    [[nodiscard]] virtual const PortHistory* history() const { return nullptr; }

    /// Until `oldest`, the oldest command that has not completed, has done so, nobody writes what
    /// it reads, or touches what it writes. May be told more than once.
    virtual void begin_kernel(const Matmul& /*oldest*/) {}

    /// L1 itself, of a tile that takes effect at once; else nothing.
    [[nodiscard]] virtual std::span<std::byte> cells() { return {}; }
    /// Back door to L1, inside its size: no time, no checks.
    virtual void peek(std::uint64_t offset, std::span<std::byte> data) = 0;
    virtual void poke(std::uint64_t offset, std::span<const std::byte> data) = 0;
    /// A register without side effects and time; nothing where there is none.
    [[nodiscard]] virtual std::optional<std::uint64_t> peek_register(std::uint64_t offset,
                                                                     unsigned size,
                                                                     std::uint64_t cycle) = 0;
    [[nodiscard]] virtual std::uint64_t busy_cycles(std::uint64_t cycle) const = 0;

    virtual void save(base::StateWriter& writer) const = 0;
    virtual void load(base::StateReader& reader) = 0;

  protected:
    std::vector<Output> outputs_;
    std::string failure_;
};

}  // namespace athena::tile
