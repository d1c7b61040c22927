// SPDX-License-Identifier: Apache-2.0
// Accesses of the tile's port that go beside its commands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <vector>

#include "sim/cosim/plan.h"
#include "sim/cosim/random.h"
#include "tile/axi_driver.h"

namespace athena::cosim {

/// What an access is for, and so what is expected of it.
enum class Kind : std::uint8_t {
    Push,      ///< a command into the queue
    L1Write,   ///< where no command in flight reads or writes
    L1Read,    ///< where none writes
    Constant,  ///< read of a register that does not change meanwhile
    Counter,   ///< read of COMMANDS
    Control,   ///< write of CTRL
    Illegal,   ///< legal AXI that the tile answers with an error and no effect
};

/// An access on its way. It may be moved, not copied: its transfer points into its vectors.
struct Access {
    Access(Kind purpose, bool write, std::uint64_t address, std::uint64_t bytes)
        : kind(purpose), data(bytes) {
        transfer.write = write;
        transfer.address = static_cast<std::uint32_t>(address);
        transfer.data = data;
    }
    Access(Access&&) = default;
    Access& operator=(Access&&) = default;
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;
    ~Access() = default;

    void enable(std::vector<unsigned char> bytes) {
        enables = std::move(bytes);
        transfer.enables = enables;
    }

    Kind kind;
    std::vector<std::byte> data;
    std::vector<unsigned char> enables;
    tile::AxiTransfer transfer;
    std::uint64_t expected = 0;   ///< Constant: the value; Counter: the lowest one
    std::size_t outstanding = 0;  ///< Push: commands at its start
    bool completed = false;       ///< Push: the record came before the response
};

/// Ranges of commands that have not completed.
class InFlight {
  public:
    void add(const Line& line, std::uint64_t l1_bytes);
    /// What a read, or a write, must not meet.
    [[nodiscard]] const std::vector<tile::Range>& of(bool write) const {
        return write ? all_ : results_;
    }
    /// Whether an access of the range would be in flight.
    [[nodiscard]] bool meets(tile::Range range, bool write) const;
    void keep(tile::Range range) { all_.push_back(range); }

  private:
    std::vector<tile::Range> all_;
    std::vector<tile::Range> results_;
};

/// A burst inside L1 of any size and alignment, a write often with byte enables. It meets no range
/// in flight, no write of `pending`, and, if it writes, no read; nothing if no room was found.
[[nodiscard]] std::optional<Access> make_l1_access(Random& random, bool write, const Plan& plan,
                                                   const InFlight& in_flight,
                                                   const std::list<Access>& pending);

[[nodiscard]] Access make_illegal_access(Random& random, std::uint64_t l1_bytes);

}  // namespace athena::cosim
