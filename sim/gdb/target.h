// SPDX-License-Identifier: Apache-2.0
// What the protocol asks of the machine that is debugged. A hart is a thread with the id hart + 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/gdb/registers.h"

namespace athena::sim::gdb {

/// Numbers of Z and z packets.
enum class PointKind : std::uint8_t { Software, Hardware, Write, Read, Access };

struct Point {
    PointKind kind{};
    std::uint64_t address = 0;  ///< virtual
    std::uint64_t length = 0;   ///< of what is watched; without meaning for breakpoints

    auto operator<=>(const Point&) const = default;
};

enum class Motion : std::uint8_t { Held, Run, Step };

/// How the machine is to go on.
struct Resumption {
    std::vector<Motion> motions;  ///< of each hart
    /// A hart that steps goes on doing so while its pc is in [first, end).
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

/// Why it stands.
struct Stop {
    enum class Reason { Trap, Interrupt, Software, Hardware, Write, Read, Access };
    std::size_t hart = 0;
    Reason reason = Reason::Trap;
    std::uint64_t address = 0;  ///< of the data, for the last three
};

class Target {
  public:
    virtual ~Target() = default;

    [[nodiscard]] virtual std::size_t harts() const = 0;
    /// By privilege and what it does, in words.
    [[nodiscard]] virtual std::string describe(std::size_t hart) const = 0;
    /// Those that there are.
    [[nodiscard]] virtual std::vector<Csr> csrs() = 0;
    /// Numbers of registers.h. Nothing if there is no such register.
    [[nodiscard]] virtual std::optional<std::uint64_t> read_register(std::size_t hart,
                                                                     std::uint64_t number) = 0;
    /// False: there is none, or it cannot be written.
    virtual bool write_register(std::size_t hart, std::uint64_t number, std::uint64_t value) = 0;
    /// How many bytes there are, up to the first that cannot be read. `physical`, or through the
    /// hart's MMU.
    [[nodiscard]] virtual std::size_t read_memory(std::size_t hart, bool physical,
                                                  std::uint64_t address,
                                                  std::span<std::byte> bytes) = 0;
    /// False: not all of it could be written.
    virtual bool write_memory(std::size_t hart, bool physical, std::uint64_t address,
                              std::span<const std::byte> bytes) = 0;
    /// Why nothing may be changed, if so, in words.
    [[nodiscard]] virtual std::string frozen() const = 0;
    /// A command of `monitor` that is not the protocol's own; what it says. Nothing: no such
    /// command.
    [[nodiscard]] virtual std::optional<std::string> monitor(
        std::span<const std::string_view> words) = 0;
};

}  // namespace athena::sim::gdb
