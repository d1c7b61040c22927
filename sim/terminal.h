// SPDX-License-Identifier: Apache-2.0
// The host's side of the console: raw terminal mode, waiting, and Ctrl-C.
#pragma once

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace athena::sim {

/// Whether reading from the descriptor works: not for the terminal of a program in the background,
/// which would be stopped.
[[nodiscard]] bool may_read(int descriptor);

/// Single characters without echo while it lives, if the descriptor is a terminal; Ctrl-C stays a
/// signal.
class RawTerminal {
  public:
    explicit RawTerminal(int descriptor);
    ~RawTerminal();
    RawTerminal(const RawTerminal&) = delete;
    RawTerminal& operator=(const RawTerminal&) = delete;

    [[nodiscard]] bool active() const { return saved_.has_value(); }

  private:
    int descriptor_;
    std::optional<termios> saved_;
};

/// Notes SIGINT and SIGTERM instead of ending the program, while it lives; a second one ends it at
/// once.
class InterruptGuard {
  public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

    /// A signal has come since the guard was made. False without one.
    [[nodiscard]] static bool interrupted();
};

/// Waits until the descriptor has something to read (or its writer has gone), a signal comes, or
/// the time has passed.
void wait_for_input(std::optional<int> descriptor, std::chrono::nanoseconds time);

/// Reads what is there, without waiting. Nothing: the writer has gone.
[[nodiscard]] std::optional<std::size_t> read_available(int descriptor,
                                                        std::span<std::byte> buffer);

/// Writes all of it. False: the reader has gone or the device is full.
[[nodiscard]] bool write_all(int descriptor, std::span<const std::byte> bytes);

/// No file that the program opens later takes the place of standard input, output or error: where
/// one of them is closed, it stays one on which every access fails.
void hold_standard_descriptors();

}  // namespace athena::sim
