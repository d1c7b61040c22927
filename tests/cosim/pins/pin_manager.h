// SPDX-License-Identifier: Apache-2.0
// A manager of the tile's port that drives pins: whole bursts, legal and illegal, each channel by
// itself with stalls of its own. What is valid stays until it is taken, data may come before their
// address (IHI 0022, A3.2 and A3.3).
#pragma once

#include <array>
#include <deque>

#include "pin_commands.h"
#include "pin_random.h"
#include "tile/tile_ports.h"

namespace athena::pins {

/// Percent of cycles in which a channel does not move.
struct Stalls {
    unsigned aw = 0, w = 0, b = 0, ar = 0, r = 0, completion = 0;
    bool holds = false;  ///< completions for thousands of cycles, so that their stream fills
};

class PinManager {
  public:
    PinManager(Random& random, const Commands& commands, const Stalls& stalls,
               std::uint32_t l1_bytes)
        : random_(random), commands_(commands), stalls_(stalls), l1_bytes_(l1_bytes) {}

    /// Bursts to come; each may add some.
    void start_write();
    void start_read();
    /// The next command, if there is one.
    void start_push();
    void start_abort();

    /// Sets the inputs of the next cycle, and takes what its outputs hand over.
    void drive(tile::TileInputs& inputs);
    void take(tile::TileInputs& inputs, const tile::TileOutputs& outputs);

    /// Completions are not taken until the hold that the round drew has passed.
    [[nodiscard]] bool holds() const { return holds_; }
    [[nodiscard]] std::size_t unanswered() const { return writes_ + reads_; }
    [[nodiscard]] bool all_pushed() const { return next_ == commands_.lines.size(); }

  private:
    [[nodiscard]] tile::AxiAddress l1_address();
    [[nodiscard]] tile::AxiAddress register_address();
    [[nodiscard]] tile::AxiAddress illegal_address(bool write);
    [[nodiscard]] tile::AxiAddress any_address(bool write);
    void write(const tile::AxiAddress& address);
    [[nodiscard]] std::uint64_t lanes(const tile::AxiAddress& address, unsigned beat) const;

    struct WriteBeat {
        tile::Beat data;
        std::uint64_t strobe;
        bool last;
    };

    Random& random_;
    const Commands& commands_;
    Stalls stalls_;
    std::uint32_t l1_bytes_;
    std::size_t next_ = 0;  // command
    std::deque<tile::AxiAddress> aw_;
    std::deque<WriteBeat> w_;
    std::deque<tile::AxiAddress> ar_;
    bool holds_ = false;
    std::size_t writes_ = 0;  // bursts without their response
    std::size_t reads_ = 0;
};

}  // namespace athena::pins
