// SPDX-License-Identifier: Apache-2.0
// The functions that harts run, by the symbols of ELF files: a slice for each call.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "riscv/trace.h"
#include "sim/symbols.h"
#include "sim/trace/cluster_trace.h"

namespace athena::sim::trace {

/// A call is a jump that keeps where it came from in a link register, a return one to a link
/// register (Volume I, 2.5.1); a trap is a call of its handler. Any other jump out of a function is
/// a call in its place.
class FunctionTrace final : public riscv::TraceSink {
  public:
    FunctionTrace(Shared& shared, const Symbols& symbols, std::uint64_t harts);

    void on_instruction(const riscv::TracedInstruction& instruction) override;
    void on_trap(const riscv::TracedTrap& trap) override;

    void finish(std::uint64_t now);

  private:
    static constexpr std::size_t kDeepest = 64;  // calls within each other; deeper ones take turns

    enum class Left : std::uint8_t { No, Jump, Call, Return };
    struct Frame {
        std::uint64_t start = 0;  ///< of code; both 0: it has no symbol
        std::uint64_t end = 0;
        [[nodiscard]] bool has(std::uint64_t pc) const { return pc - start < end - start; }
    };
    struct Hart {
        Sequence sequence;
        std::vector<Frame> frames;
        Left left = Left::Call;  ///< how the last instruction went on
    };

    void enter(std::uint64_t hart, std::uint64_t pc, std::uint64_t time);
    void push(std::uint64_t hart, const Frame& frame, std::string_view name, std::uint64_t time);
    void pop(std::uint64_t hart, std::size_t left, std::uint64_t time);

    Shared& shared_;
    const Symbols& symbols_;
    std::vector<Hart> harts_;
};

}  // namespace athena::sim::trace
