// SPDX-License-Identifier: Apache-2.0
#include "sim/backtrace.h"

#include <fmt/core.h>

#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "riscv/decode.h"
#include "riscv/trap_names.h"

namespace athena::sim {

namespace {

constexpr unsigned kRa = 1;
constexpr unsigned kSp = 2;
constexpr unsigned kFp = 8;
constexpr unsigned kMostCallers = 16;          // of a hart
constexpr std::uint64_t kScanned = 4096;       // bytes of the stack
constexpr std::uint64_t kMostFrame = 1 << 20;  // bytes from one frame to the next
constexpr std::uint64_t kInterruptBit = 1ULL << 63;

class Walk {
  public:
    Walk(platform::DebugPort& board, const Symbols& symbols, std::size_t hart)
        : board_(board), symbols_(symbols), hart_(hart), state_(board.state(hart)) {}

    std::vector<std::string> lines() {
        lines_.push_back(fmt::format("hart{} in {}-mode at {}, {}", hart_,
                                     privilege_letter(state_.privilege), place(state_.pc),
                                     last_trap()));
        if (!follow_frames()) {
            const std::uint64_t ra = state_.x[kRa];
            if (follows_call(ra) && !same_function(ra, state_.pc)) {
                add_caller(ra, true);
            }
            scan_stack();
        }
        return std::move(lines_);
    }

  private:
    [[nodiscard]] std::string place(std::uint64_t address) const {
        const std::string symbol = symbols_.text(address);
        return fmt::format("{:#x}{}{}", address, symbol.empty() ? "" : " ", symbol);
    }

    [[nodiscard]] std::string last_trap() const {
        if (state_.exceptions + state_.interrupts == 0) {
            return "no trap before";
        }
        const bool machine = state_.privilege == riscv::Privilege::Machine || state_.scause == 0;
        const std::uint64_t cause = machine ? state_.mcause : state_.scause;
        return fmt::format("last trap: {}, tval {:#x}, at {}",
                           riscv::trap_name((cause & kInterruptBit) != 0, cause & ~kInterruptBit),
                           machine ? state_.mtval : state_.stval,
                           place(machine ? state_.mepc : state_.sepc));
    }

    void add_caller(std::uint64_t address, bool sure) {
        if (callers_ < kMostCallers && address != last_) {
            lines_.push_back(fmt::format("  called from {}{}", place(address), sure ? "" : " ?"));
            last_ = address;
            ++callers_;
        }
    }

    template <typename Value>
    [[nodiscard]] std::optional<Value> read(std::uint64_t address) const {
        std::array<std::byte, sizeof(Value)> bytes{};
        if (board_.read_virtual(hart_, address, bytes) != bytes.size()) {
            return std::nullopt;
        }
        Value value = 0;
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }

    /// Before `address` is an instruction that leaves it in ra.
    [[nodiscard]] bool follows_call(std::uint64_t address) const {
        const auto calls = [](std::optional<std::uint32_t> bits, unsigned length) {
            if (!bits) {
                return false;
            }
            const riscv::Instruction instruction = riscv::decode(*bits);
            return instruction.length == length && instruction.rd == kRa &&
                   (instruction.operation == riscv::Operation::Jal ||
                    instruction.operation == riscv::Operation::Jalr);
        };
        return address % 2 == 0 && address >= 4 &&
               (symbols_.empty() || symbols_.find(address - 1)) &&
               (calls(read<std::uint32_t>(address - 4), 4) ||
                calls(read<std::uint16_t>(address - 2), 2));
    }

    [[nodiscard]] bool same_function(std::uint64_t a, std::uint64_t b) const {
        const auto first = symbols_.find(a);
        const auto second = symbols_.find(b);
        return first && second && first->start == second->start;
    }

    /// A frame pointer is above the stack pointer, and above the one before.
    [[nodiscard]] static bool is_frame(std::uint64_t frame, std::uint64_t below) {
        return frame % 16 == 0 && frame > below && frame - below < kMostFrame;
    }

    /// The return address is at -8 of a frame pointer and the caller's frame pointer at -16
    /// ("RISC-V ABIs Specification" 1.0, frame pointer convention); a function that calls none has
    /// only the latter, at -8. False: there is no such chain.
    bool follow_frames() {
        std::uint64_t below = state_.x[kSp];
        std::uint64_t frame = state_.x[kFp];
        bool any = false;
        for (unsigned i = 0; i < kMostCallers && is_frame(frame, below); ++i) {
            const auto saved = read<std::uint64_t>(frame - 8);
            const auto next = read<std::uint64_t>(frame - 16);
            const bool calls = saved && follows_call(*saved);
            if (calls) {
                if (!any && follows_call(state_.x[kRa]) &&
                    !same_function(state_.x[kRa], state_.pc) &&
                    !same_function(*saved, state_.x[kRa])) {
                    // Before the function has set up its own frame.
                    add_caller(state_.x[kRa], true);
                }
                add_caller(*saved, true);
                any = true;
            } else if (i == 0 && saved && is_frame(*saved, frame) && follows_call(state_.x[kRa])) {
                add_caller(state_.x[kRa], true);
            } else {
                break;
            }
            below = frame;
            frame = calls ? next.value_or(0) : *saved;
        }
        return any;
    }

    void scan_stack() {
        const std::uint64_t first = (state_.x[kSp] + 7) & ~7ULL;
        for (std::uint64_t offset = 0; offset < kScanned; offset += 8) {
            const auto value = read<std::uint64_t>(first + offset);
            if (!value) {
                return;
            }
            if (follows_call(*value)) {
                add_caller(*value, false);
            }
        }
    }

    platform::DebugPort& board_;
    const Symbols& symbols_;
    std::size_t hart_;
    const riscv::HartState& state_;
    std::vector<std::string> lines_;
    unsigned callers_ = 0;
    std::uint64_t last_ = 0;
};

}  // namespace

std::vector<std::string> backtraces(platform::DebugPort& board, const Symbols& symbols) {
    std::vector<std::string> lines;
    for (std::size_t hart = 0; hart < board.harts(); ++hart) {
        for (std::string& line : Walk(board, symbols, hart).lines()) {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

}  // namespace athena::sim
