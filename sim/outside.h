// SPDX-License-Identifier: Apache-2.0
// The one port through which anything from outside reaches the board: it stamps input with board
// time, records it, and replays it (DESIGN section 3 "The outside").
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "base/units.h"
#include "sim/host_network.h"
#include "sim/record_file.h"
#include "sim/terminal.h"

namespace athena::sim {

/// What the board can take at present.
struct Room {
    std::size_t console = 0;  ///< bytes
    std::size_t frames = 0;
};

/// Where input comes from: a person or a file.
class InputSource {
  public:
    virtual ~InputSource() = default;

    /// What has come by `now`, as far as there is room.
    [[nodiscard]] virtual Input take(base::Picoseconds now, const Room& room) = 0;
    /// Somebody may still type something, nobody knows when.
    [[nodiscard]] virtual bool live() const = 0;
    /// A frame may still come, nobody knows when.
    [[nodiscard]] virtual bool network_live() const = 0;
    /// A frame of the guest, which was sent up to `now`.
    virtual void send(std::span<const std::byte> frame, base::Picoseconds now) = 0;
    /// When the next input is due; kNever if there is none, or if only wall time will tell.
    [[nodiscard]] virtual base::Picoseconds next_input() const = 0;
    /// As next_input(), or when a recorded run ended.
    [[nodiscard]] virtual base::Picoseconds next() const = 0;
    /// Waits for the next input of a live source, not longer than `time`.
    virtual void wait(std::chrono::nanoseconds time) = 0;
};

/// The host's standard input (or nothing), its network (or none), and Ctrl-C while somebody has an
/// InterruptGuard. On a terminal Ctrl-A is the escape: x ends the run as Ctrl-C does, c sends
/// Ctrl-C, Ctrl-A sends Ctrl-A.
class LiveInput final : public InputSource {
  public:
    explicit LiveInput(std::optional<int> descriptor,
                       std::unique_ptr<HostNetwork> network = nullptr);

    [[nodiscard]] Input take(base::Picoseconds now, const Room& room) override;
    [[nodiscard]] bool live() const override { return descriptor_ || !held_.empty(); }
    [[nodiscard]] bool network_live() const override { return network_ != nullptr; }
    void send(std::span<const std::byte> frame, base::Picoseconds now) override;
    [[nodiscard]] base::Picoseconds next_input() const override { return base::kNever; }
    [[nodiscard]] base::Picoseconds next() const override { return base::kNever; }
    void wait(std::chrono::nanoseconds time) override;

  private:
    void read_more();

    std::optional<int> descriptor_;
    std::unique_ptr<RawTerminal> terminal_;
    std::unique_ptr<HostNetwork> network_;
    base::Picoseconds now_{};      ///< of the last call
    std::vector<std::byte> held_;  ///< read, and waiting for room
    bool escaped_ = false;
    bool quit_ = false;
};

/// A recorded run. Its end counts as something that is due: until then the board may wait for input
/// as it did.
class ReplayInput final : public InputSource {
  public:
    explicit ReplayInput(Record record) : record_(std::move(record)) {}

    [[nodiscard]] Input take(base::Picoseconds now, const Room& room) override;
    [[nodiscard]] bool live() const override { return false; }
    [[nodiscard]] bool network_live() const override { return false; }
    void send(std::span<const std::byte> /*frame*/, base::Picoseconds /*now*/) override {}
    [[nodiscard]] base::Picoseconds next_input() const override;
    [[nodiscard]] base::Picoseconds next() const override;
    void wait(std::chrono::nanoseconds time) override;

  private:
    Record record_;
    std::size_t taken_ = 0;
    bool ended_ = false;
};

/// The input of one run, recorded if asked for.
class OutsidePort {
  public:
    OutsidePort(std::unique_ptr<InputSource> source, std::unique_ptr<RecordWriter> record)
        : source_(std::move(source)), record_(std::move(record)) {}

    /// The caller hands it to the board at once.
    [[nodiscard]] Input poll(base::Picoseconds now, const Room& room);
    void send(std::span<const std::byte> frame, base::Picoseconds now) {
        source_->send(frame, now);
    }

    [[nodiscard]] bool live() const { return source_->live(); }
    [[nodiscard]] bool network_live() const { return source_->network_live(); }
    [[nodiscard]] base::Picoseconds next_input() const { return source_->next_input(); }
    [[nodiscard]] base::Picoseconds next() const { return source_->next(); }
    void wait(std::chrono::nanoseconds time) { source_->wait(time); }

    /// The next poll() is one with Ctrl-C: somebody on the host wants the run to end.
    void ask_to_interrupt() { interrupt_asked_ = true; }
    [[nodiscard]] bool interrupt_asked() const { return interrupt_asked_; }

    void end(const RecordEnd& end);

  private:
    std::unique_ptr<InputSource> source_;
    std::unique_ptr<RecordWriter> record_;
    bool interrupt_asked_ = false;
};

}  // namespace athena::sim
