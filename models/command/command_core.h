// SPDX-License-Identifier: Apache-2.0
// The command processor without SystemC: rings, semaphores, dispatch to engines, completion and
// error records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "regs/descriptor_regs.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::command {

using Status = regs::descriptor::Status;
using Opcode = regs::descriptor::Opcode;
using Line = std::array<std::byte, 64>;

enum class EngineKind : std::uint32_t { Tile, Dma };

/// One in-order engine queue of the cluster.
struct EngineId {
    EngineKind kind = EngineKind::Tile;
    std::uint32_t instance = 0;
};

/// What the core asks of the module around it.
class CommandHost {
  public:
    /// The descriptor at this physical address is to be read; the core goes on in fetched().
    virtual void fetch(std::uint32_t ring, std::uint64_t address) = 0;
    /// Hands the line, its tag replaced by `slot`, to an engine that has room. False: the engine
    /// answered with an error.
    virtual bool issue(EngineId engine, std::uint32_t ring, std::uint32_t slot,
                       const Line& line) = 0;
    /// Writes the cycle counter, 8 bytes little endian. False: the write was answered with an
    /// error.
    virtual bool write_timestamp(std::uint32_t ring, std::uint64_t address) = 0;
    /// A ring stopped or an interrupt cause changed.
    virtual void update_outputs() = 0;

  protected:
    ~CommandHost() = default;
};

/// What stopped a ring.
struct ErrorRecord {
    Status status = Status::Ok;
    std::uint32_t position = 0;
    std::uint32_t tag = 0;
    std::uint32_t opcode = 0;
    std::uint32_t engine = 0;
    std::uint64_t address = 0;
};

class CommandCore {
  public:
    struct Config {
        std::uint32_t rings = 1;         ///< 1 to 8
        std::uint32_t tiles = 1;         ///< 1 to 8
        std::uint32_t dma_channels = 1;  ///< 1 to 16
        std::uint32_t semaphores = 64;   ///< 1 to 64
        std::uint32_t engine_queue =
            16;  ///< descriptors that wait for one engine; then the ring waits
        std::uint32_t tile_queue_depth = 8;  ///< commands that a tile holds
        std::uint32_t dma_queue_depth = 8;   ///< commands that a DMA channel holds
    };

    /// Bits of RING_IRQ.
    static constexpr std::uint32_t kIrqCompletion = 1;
    static constexpr std::uint32_t kIrqError = 2;
    /// Semaphores count to this; more is SEMAPHORE_OVERFLOW.
    static constexpr std::uint32_t kSemaphoreMaximum = 0x7FFF'FFFF;

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
        std::optional<Line> staged;  ///< read, waiting for its turn; its position is head - 1
        ErrorRecord error;
    };

    CommandCore(const Config& config, CommandHost& host);

    void reset();

    /// Sets ENABLE. A base that is no multiple of 64 or a size that is no power of two from 2 to
    /// 65536 stops the ring with BAD_RANGE.
    void enable(std::uint32_t ring, std::uint64_t base, std::uint32_t size);
    void disable(std::uint32_t ring);
    void reset_ring(std::uint32_t ring);
    /// More than `size` descriptors ahead of the head stops the ring with BAD_RANGE.
    void doorbell(std::uint32_t ring, std::uint32_t tail);
    void clear_irq(std::uint32_t ring, std::uint32_t causes);
    void set_semaphore(std::uint32_t index, std::uint32_t value);

    /// Answer to CommandHost::fetch; no line: the read was answered with an error at `address`.
    void fetched(std::uint32_t ring, const std::optional<Line>& line, std::uint64_t address);
    /// An engine ended the command of this slot. False: no such command is running.
    [[nodiscard]] bool complete(std::uint32_t slot, Status status, std::uint64_t address);

    [[nodiscard]] const Ring& ring(std::uint32_t index) const { return rings_[index]; }
    [[nodiscard]] std::uint32_t semaphore(std::uint32_t index) const { return semaphores_[index]; }
    [[nodiscard]] const Config& config() const { return config_; }
    [[nodiscard]] bool idle() const;
    /// Descriptors read and not completed.
    [[nodiscard]] std::uint32_t outstanding(std::uint32_t ring) const;
    [[nodiscard]] std::uint64_t descriptors_completed() const { return descriptors_completed_; }
    [[nodiscard]] std::uint64_t errors() const { return errors_; }

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Pending {
        std::uint32_t ring;
        std::uint32_t position;
        Line line;
    };
    struct Engine {
        EngineId id;
        std::uint32_t depth;  // commands that the engine itself holds
        std::uint32_t issued = 0;
        std::deque<Pending> waiting;
    };
    struct Slot {
        bool used = false;
        std::uint32_t engine = 0;
        Pending command{};
    };
    enum class Dispatch { Done, Blocked, Failed };

    void advance();
    bool advance_ring(std::uint32_t ring);
    bool advance_engine(std::uint32_t engine);
    Dispatch dispatch(std::uint32_t ring, const Line& line);
    Dispatch run_local(std::uint32_t ring, const Line& line);
    Dispatch hand_over(std::uint32_t ring, const Line& line);
    [[nodiscard]] Status check(const Line& line) const;
    [[nodiscard]] bool waits_satisfied(const Line& line) const;
    void take_waits(const Line& line);
    void finish(std::uint32_t ring, std::uint32_t position, const Line& line);
    void stop(std::uint32_t ring, std::uint32_t position, const Line* line, Status status,
              std::uint64_t address);
    void end_reset(std::uint32_t ring);
    void drop_waiting(std::uint32_t ring);
    [[nodiscard]] std::uint32_t engine_index(Opcode opcode, std::uint32_t instance) const;
    [[nodiscard]] std::uint32_t free_slot();

    Config config_;
    CommandHost& host_;
    std::vector<Ring> rings_;
    std::vector<std::uint32_t> semaphores_;
    std::vector<Engine> engines_;
    std::vector<Slot> slots_;
    bool advancing_ = false;
    std::uint64_t descriptors_completed_ = 0;
    std::uint64_t errors_ = 0;
};

}  // namespace athena::command
