// SPDX-License-Identifier: Apache-2.0
// The command processor without SystemC: rings, semaphores, dispatch to engines, completion and
// error records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/fifo.h"
#include "regs/descriptor_regs.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::command {

using Status = regs::descriptor::Status;
using Opcode = regs::descriptor::Opcode;
using Line = std::array<std::byte, 64>;
using LineView = std::span<const std::byte, 64>;

class CommandObserver;

/// One line, or two.
struct Descriptor {
    std::array<std::byte, 2 * sizeof(Line)> bytes{};
    std::uint32_t lines = 0;  ///< read so far; bytes behind them are zero

    void add(const Line& line);
    [[nodiscard]] LineView first() const { return LineView(bytes.data(), sizeof(Line)); }
    [[nodiscard]] std::span<const std::byte> all() const {
        return std::span(bytes).first(lines * sizeof(Line));
    }
    /// Whether it has the lines that its opcode asks for.
    [[nodiscard]] bool complete() const;
};

enum class EngineKind : std::uint32_t { Tile, Dma, Vector };

/// Lines that are read at once, if they lie in one block of so many.
inline constexpr std::uint32_t kBurstLines = 4;

/// Lines that a descriptor has.
[[nodiscard]] constexpr std::uint32_t lines_of(Opcode opcode) {
    return opcode == Opcode::Vector || opcode == Opcode::CopyNd ? 2 : 1;
}

/// Of the engines that run such commands; none: the command processor does them itself.
[[nodiscard]] constexpr std::optional<EngineKind> engine_kind(Opcode opcode) {
    switch (opcode) {
        case Opcode::Matmul:
            return EngineKind::Tile;
        case Opcode::Copy:
        case Opcode::CopyNd:
        case Opcode::Fill:
            return EngineKind::Dma;
        case Opcode::Vector:
            return EngineKind::Vector;
        default:
            return std::nullopt;
    }
}

/// One in-order engine queue of the cluster.
struct EngineId {
    EngineKind kind = EngineKind::Tile;
    std::uint32_t instance = 0;
};

/// How handing a command to its engine ended; of NotGranted the address.
struct HandOver {
    Status status = Status::Ok;
    std::uint64_t address = 0;
};

/// What the core asks of the module around it.
class CommandHost {
  public:
    /// fetch_lines() lines at fetch_address() are to be read; the core goes on in fetched().
    virtual void fetch(std::uint32_t ring) = 0;
    /// Hands the lines, the tag replaced by `slot`, to an engine that has room: Ok, WriteError or
    /// NotGranted.
    virtual HandOver issue(EngineId engine, std::uint32_t ring, std::uint32_t slot,
                           const Descriptor& descriptor) = 0;
    /// Writes the cycle counter, 8 bytes little endian: Ok, WriteError or NotGranted.
    virtual Status write_timestamp(std::uint32_t ring, std::uint64_t address) = 0;
    /// Writes 4 bytes: Ok, WriteError or NotGranted.
    virtual Status write_word(std::uint32_t ring, std::uint64_t address, std::uint32_t value) = 0;
    /// A ring stopped or an interrupt cause changed.
    virtual void update_outputs() = 0;
    /// Of the cluster's clock, now.
    [[nodiscard]] virtual std::uint64_t cycles() const = 0;
    /// check_timeout() of the ring is to be called at this cycle, and at no other; none: not at
    /// all.
    virtual void watch(std::uint32_t ring, std::optional<std::uint64_t> cycle) = 0;
    /// The ring is about to stop with TIMEOUT: who waits can still be seen.
    virtual void timed_out(std::uint32_t ring) = 0;
    /// The ring has stopped, and its error record says why; nobody has told the user yet.
    virtual void stopped(std::uint32_t ring) = 0;
    /// A descriptor has completed with OK.
    virtual void completed(std::uint32_t /*ring*/, std::uint32_t /*position*/,
                           const Descriptor& /*descriptor*/) {}
    /// Board time in picoseconds, for an observer.
    [[nodiscard]] virtual std::uint64_t now() const { return 0; }
    /// Whose access is being served, for an observer: base::Origin's numbers.
    struct Accessor {
        std::uint32_t initiator = kNobody;
        std::uint64_t pc = 0;
    };
    static constexpr std::uint32_t kNobody = ~std::uint32_t{0};
    [[nodiscard]] virtual Accessor accessor() const { return {}; }

  protected:
    ~CommandHost() = default;
};

/// At least `value` in a semaphore; 0: nothing is waited for.
struct Wait {
    std::uint32_t semaphore = 0;
    std::uint32_t value = 0;
};

/// When what happened to a descriptor, in picoseconds of board time; kept for an observer alone.
struct Life {
    std::uint64_t read = 0;         ///< it is the next of its ring, and read in whole or in part
    std::uint64_t queued = 0;       ///< it has left the ring
    std::uint64_t waits_since = 0;  ///< where it has waited for a semaphore
    std::uint64_t issued = 0;       ///< its engine has it; or the command processor did it
    Wait wait;                      ///< the last that it waited for; value 0: for none
};

/// What stopped a ring.
struct ErrorRecord {
    Status status = Status::Ok;
    std::uint32_t position = 0;
    std::uint32_t tag = 0;
    std::uint32_t opcode = 0;
    std::uint32_t engine = 0;
    std::uint64_t address = 0;  ///< of the access that failed
    std::uint64_t line = 0;     ///< address of the descriptor
    Wait wait{};                ///< that took too long
};

class CommandCore {
  public:
    struct Config {
        std::uint32_t rings = 1;         ///< 1 to 8
        std::uint32_t tiles = 1;         ///< 1 to 8
        std::uint32_t dma_channels = 1;  ///< 1 to 16
        std::uint32_t vector_cores = 0;  ///< 0 to 8
        std::uint32_t semaphores = 64;   ///< 1 to 64
        std::uint32_t engine_queue =
            16;  ///< descriptors that wait for one engine; then the ring waits
        std::uint32_t tile_queue_depth = 8;    ///< commands that a tile holds
        std::uint32_t dma_queue_depth = 8;     ///< commands that a DMA channel holds
        std::uint32_t vector_queue_depth = 8;  ///< commands that a vector core holds
    };

    /// Bits of RING_IRQ.
    static constexpr std::uint32_t kIrqCompletion = 1;
    static constexpr std::uint32_t kIrqError = 2;
    /// Semaphores count to this; more is SEMAPHORE_OVERFLOW.
    static constexpr std::uint32_t kSemaphoreMaximum = 0x7FFF'FFFF;

    /// A recorded list in memory, and the CALL that replays it.
    struct Call {
        Descriptor descriptor;
        std::uint32_t position = 0;  ///< of the CALL
        std::uint64_t address = 0;   ///< of the list's first line
        std::uint32_t lines = 0;
        std::uint32_t next = 0;         ///< line to be read
        std::uint32_t outstanding = 0;  ///< its commands with engines
        Life life;
    };

    struct Ring {
        std::uint64_t base = 0;
        std::uint32_t size = 0;
        bool enabled = false;
        bool stopped = false;
        bool resetting = false;
        bool fetching = false;
        std::uint32_t head = 0;
        std::uint32_t tail = 0;
        std::uint32_t completed = 0;
        std::uint32_t in_flight = 0;  ///< dispatched and not completed
        std::uint32_t irq = 0;
        std::uint32_t last_tag = 0;
        std::array<Line, kBurstLines> ahead{};  ///< read, of the ring or of `call`
        std::uint32_t ahead_first = 0;
        std::uint32_t ahead_count = 0;
        Descriptor staged;     ///< taken, in part or waiting for its turn; or without lines
        bool checked = false;  ///< `staged` is a good one
        Life life;             ///< of `staged`
        void drop_staged() {
            staged.lines = 0;
            checked = false;
        }
        /// Cycle; `staged` waits for a semaphore, or for its second line behind the tail.
        std::optional<std::uint64_t> waits_since;
        std::optional<Call> call;  ///< the list that is being read
        std::vector<Call> called;  ///< lists that have been read and not completed
        ErrorRecord error;
    };

    /// A descriptor on its way to completion, and whose it is.
    struct Pending {
        std::uint32_t ring = 0;
        std::uint32_t position = 0;
        std::uint64_t address = 0;  ///< of its first line
        bool in_call = false;       ///< of the CALL at this position
        Descriptor descriptor;
        Life life;
    };
    struct Engine {
        EngineId id;
        std::uint32_t depth = 0;                        ///< commands that the engine itself holds
        std::uint32_t issued = 0;                       ///< of them it holds now
        base::Fifo<Pending> waiting = {};               ///< its queue
        std::array<Wait, 2> waits = {};                 ///< of the first in the queue
        std::optional<std::uint64_t> waits_since = {};  ///< cycle; the first waits for a semaphore
    };
    /// A command that an engine holds.
    struct Slot {
        bool used = false;
        std::uint32_t engine = 0;
        Pending command{};
    };

    CommandCore(const Config& config, CommandHost& host);

    void reset();

    /// Tells it, too, of every descriptor from now on, as long as the core lives; of those on their
    /// way some times are 0. Saved states do not hold these times.
    void observe(CommandObserver& observer) { observers_.push_back(&observer); }

    /// Sets ENABLE. A base that is no multiple of 64, a size that is no power of two from 2 to
    /// 65536, or a ring that wraps around the address space stops the ring with BAD_RANGE.
    void enable(std::uint32_t ring, std::uint64_t base, std::uint32_t size);
    void disable(std::uint32_t ring);
    void reset_ring(std::uint32_t ring);
    /// More than `size` descriptors ahead of the head stops the ring with BAD_RANGE.
    void doorbell(std::uint32_t ring, std::uint32_t tail);
    void clear_irq(std::uint32_t ring, std::uint32_t causes);
    /// A descriptor of the ring that waits so many cycles for a semaphore, as the ring's next or as
    /// the first in an engine's queue, or for its second line, stops it with TIMEOUT; 0: none does.
    void set_timeout(std::uint32_t ring, std::uint32_t cycles);
    /// At the cycle that CommandHost::watch asked for.
    void check_timeout(std::uint32_t ring);
    void set_semaphore(std::uint32_t index, std::uint32_t value);
    /// False, and nothing is added: the sum would pass kSemaphoreMaximum.
    [[nodiscard]] bool add_semaphore(std::uint32_t index, std::uint32_t value);

    /// Answer to CommandHost::fetch: at most kBurstLines lines from fetch_address() on; none: the
    /// read of `address` failed with this status.
    void fetched(std::uint32_t ring, std::span<const Line> lines, std::uint64_t address,
                 Status failure = Status::FetchError);
    /// Of the next line of the ring, or of the list that it replays.
    [[nodiscard]] std::uint64_t fetch_address(std::uint32_t ring) const;
    /// How many from there on can be read at once: at least 1.
    [[nodiscard]] std::uint32_t fetch_lines(std::uint32_t ring) const;
    /// An engine ended the command of this slot. False: no such command is running.
    [[nodiscard]] bool complete(std::uint32_t slot, Status status, std::uint64_t address);

    /// Whose command an engine knows by this slot.
    struct Sender {
        std::uint32_t ring = 0;
        std::uint32_t tag = 0;
        std::uint32_t position = 0;
    };
    [[nodiscard]] std::optional<Sender> sender(std::uint32_t slot) const;

    [[nodiscard]] const Ring& ring(std::uint32_t index) const { return rings_[index]; }
    [[nodiscard]] std::uint32_t semaphore(std::uint32_t index) const { return semaphores_[index]; }
    [[nodiscard]] std::span<const Engine> engines() const { return engines_; }
    [[nodiscard]] std::span<const Slot> slots() const { return slots_; }
    /// The engine of a descriptor that has one, of those in engines().
    [[nodiscard]] const Engine& engine_of(LineView line) const;
    /// Of both waits of a descriptor, what they want to see: of one semaphore that both take from,
    /// the second wants their sum.
    [[nodiscard]] static std::array<Wait, 2> waits_of(LineView line);
    [[nodiscard]] bool satisfied(const Wait& wait) const {
        return wait.value == 0 || semaphores_[wait.semaphore] >= wait.value;
    }
    /// The first of its waits that is not satisfied.
    [[nodiscard]] std::optional<Wait> unmet_wait(LineView line) const;
    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] bool idle() const;
    /// Descriptors read and not completed.
    [[nodiscard]] std::uint32_t outstanding(std::uint32_t ring) const;
    [[nodiscard]] std::uint64_t descriptors_completed() const { return descriptors_completed_; }
    [[nodiscard]] std::uint64_t errors() const { return errors_; }

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    enum class Dispatch { Done, Blocked, Failed };
    enum class Moment { Queued, Issued, Ended };

    void advance();
    bool advance_ring(std::uint32_t ring);
    bool advance_engine(std::uint32_t engine);
    [[nodiscard]] bool more_to_fetch(const Ring& ring) const;
    static void forget_beyond_tail(Ring& ring);
    void take_line(std::uint32_t ring);
    Dispatch dispatch(std::uint32_t ring);
    Dispatch run_local(std::uint32_t ring);
    [[nodiscard]] Status perform(const Pending& command);
    [[nodiscard]] Status begin_call(const Pending& command);
    Dispatch hand_over(std::uint32_t ring);
    [[nodiscard]] Pending staged(std::uint32_t ring) const;
    [[nodiscard]] Status check(const Pending& command) const;
    [[nodiscard]] bool names_semaphores(LineView line) const;
    [[nodiscard]] std::uint32_t engines_of(EngineKind kind) const;
    [[nodiscard]] bool await(std::uint32_t ring, const std::array<Wait, 2>& waits,
                             std::optional<std::uint64_t>& since);
    void set(std::uint32_t semaphore, std::uint64_t value);
    void note_first(std::uint32_t engine);
    void forget_waits();
    void note_all_first();
    [[nodiscard]] std::optional<std::uint64_t> first_wait(std::uint32_t ring) const;
    void begin_wait(std::uint32_t ring, std::optional<std::uint64_t>& since);
    [[nodiscard]] bool is_observed() const { return !observers_.empty(); }
    void note_wait(Life& life, const std::array<Wait, 2>& waits) const;
    void tell(Moment moment, const Pending& command, std::optional<EngineId> engine,
              Status status = Status::Ok) const;
    void tell_semaphore(std::uint32_t semaphore) const;
    void tell_doorbell(std::uint32_t ring, std::uint32_t before, std::uint32_t tail) const;
    void watch(std::uint32_t ring);
    void take_waits(LineView line);
    void finish(const Pending& command);
    void finish_call(const Call& call, std::uint32_t ring);
    void leave_call(const Pending& command);
    enum class Told { No, Yes };
    void stop(std::uint32_t ring, std::uint32_t position, const Pending* command, Status status,
              std::uint64_t address, Told told = Told::No);
    void end_reset(std::uint32_t ring);
    void drop_waiting(std::uint32_t ring);
    [[nodiscard]] std::uint32_t engine_index(LineView line) const;
    [[nodiscard]] std::uint32_t free_slot();

    Config config_;
    CommandHost& host_;
    std::vector<CommandObserver*> observers_;
    std::vector<Ring> rings_;
    std::vector<std::uint32_t> semaphores_;
    std::vector<Engine> engines_;
    std::vector<std::uint32_t> waiters_;  // by semaphore; bit n: engine n's first waits for it
    std::uint32_t ready_ = 0;  // bit n: engine n's first may have been set free, since looked at
    std::vector<Slot> slots_;
    /// Of each ring; survives its reset.
    struct Watch {
        std::uint32_t timeout = 0;  // cycles; 0: off
        bool armed = false;         // the host has been asked
    };
    std::vector<Watch> watches_;
    bool advancing_ = false;
    std::uint64_t descriptors_completed_ = 0;
    std::uint64_t errors_ = 0;
};

}  // namespace athena::command
