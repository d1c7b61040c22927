// SPDX-License-Identifier: Apache-2.0
// Turns of a loop that change nothing but what can be computed: the hart takes them at once. Other
// than spin.h, which reads code, this follows the hart from where it is, with all that it has in
// its registers and finds in memory: through calls, branches, atomics, stores of what is there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "riscv/hart_core.h"

namespace athena::riscv {

/// A register along the turns of a loop.
struct Course {
    enum class Kind : std::uint8_t {
        Linear,  ///< at + k * step in turn k
        Time,    ///< at + (mtime where turn k reads it - mtime where the first turn does)
        Unknown,
    };
    std::uint64_t at = 0;    ///< in the first turn
    std::uint64_t step = 0;  ///< of Linear
    Kind kind = Kind::Linear;
    std::uint64_t cycle = 0;  ///< of Time: the hart's clock cycle in which the first turn reads it

    [[nodiscard]] bool is_fixed() const { return kind == Kind::Linear && step == 0; }
};

enum class Relation : std::uint8_t { Equal, Less, LessUnsigned };

/// How many turns, the first one included, the relation between two linear courses is as it is in
/// the first one; rather too few. 0: not known.
[[nodiscard]] std::uint64_t turns_unchanged(Relation relation, const Course& a, const Course& b);

class Turns {
  public:
    /// At the program counter, with no interrupt to take and cycles and instructions up to date.
    explicit Turns(HartCore& core);

    /// Of `budget` cycles, each an instruction, takes whole turns of the loop that the hart is in
    /// and sets its registers to what they are then; leaves at least one whole turn to be run,
    /// which does everything else that the turns taken do as well. Cycles taken; 0 if there is
    /// nothing to take.
    std::uint64_t take(std::uint64_t budget);

  private:
    static constexpr unsigned kMost = 64;  // instructions of a turn
    static constexpr std::uint64_t kNever = ~0ULL;

    bool walk();
    [[nodiscard]] bool comes_back() const;
    [[nodiscard]] std::uint64_t at_turn(unsigned index, std::uint64_t turn) const;
    /// From one turn to the next.
    [[nodiscard]] bool is_carried(unsigned index) const {
        return ((seen_ & written_) >> index & 1) != 0;
    }
    [[nodiscard]] const Block* block_at(std::uint64_t pc) const;

    // False: not to be followed.
    bool step(const DecodedOp& op);
    bool branch(const DecodedOp& op);
    bool load(const DecodedOp& op);
    bool store(const DecodedOp& op);
    bool load_reserved(const DecodedOp& op, unsigned size);
    bool store_conditional(const DecodedOp& op, unsigned size);
    bool atomic(const DecodedOp& op, unsigned size);
    bool csr(const DecodedOp& op);
    bool wait();
    bool arithmetic(const DecodedOp& op);
    bool compare(const DecodedOp& op, Relation relation, const Course& a, const Course& b);
    [[nodiscard]] Course moving(Operation operation, const Course& a, const Course& b);
    [[nodiscard]] Course word(const Course& course);

    const Course& read(unsigned index);
    void write(unsigned index, const Course& course);
    void write_fixed(unsigned index, std::uint64_t value) { write(index, {value}); }
    /// Whether the relation holds now; from turn `bound_` on it may be another. False: not known.
    bool relate(Relation relation, const Course& a, const Course& b, bool& holds);
    void limit(std::uint64_t turns) { bound_ = turns < bound_ ? turns : bound_; }
    /// The host's bytes at a virtual address, nothing if an access there does more than access
    /// them.
    unsigned char* cell(std::uint64_t address, unsigned size, Access access,
                        std::uint64_t& physical);

    struct Reservation {
        bool held = false;
        std::uint8_t size = 0;
        std::uint64_t address = 0;
        bool operator==(const Reservation&) const = default;
    };

    HartCore& core_;
    std::uint64_t start_;
    std::array<Course, 33> x_{};
    std::array<std::uint64_t, kDiscard> steps_{};    // what each turn adds to the register
    std::array<std::uint64_t, kDiscard> read_at_{};  // not 0: it is a time, of this clock cycle
    std::uint64_t seen_ = 0;     // registers that are read before they are written
    std::uint64_t written_ = 0;  // a bit each
    Reservation reservation_;
    bool reservation_seen_ = false;
    bool reservation_set_ = false;
    std::uint64_t bound_ = kNever;  // turns that go the same way
    std::uint64_t period_ = 0;      // instructions of a turn; 0: not known yet
    bool counts_ = false;           // reads time or a counter
    unsigned count_ = 0;            // instructions so far
    std::uint64_t base_ = 0;        // of the present block
    std::uint64_t next_ = 0;        // where the present instruction leads
};

}  // namespace athena::riscv
