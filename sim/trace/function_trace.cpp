// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/function_trace.h"

#include <algorithm>
#include <string>
#include <utility>

namespace athena::sim::trace {

namespace {

using riscv::Operation;

std::uint64_t functions_track(std::uint64_t hart) {
    return track(TrackKind::HartFunctions, 0, hart);
}

bool is_link(unsigned number) {
    constexpr unsigned kRa = 1;
    constexpr unsigned kT0 = 5;
    return number == kRa || number == kT0;
}

}  // namespace

FunctionTrace::FunctionTrace(Shared& shared, const Symbols& symbols, std::uint64_t harts)
    : shared_(shared), symbols_(symbols) {
    for (std::uint64_t hart = 0; hart < harts; ++hart) {
        declare(shared.out, functions_track(hart), track(TrackKind::Harts),
                "hart" + std::to_string(hart) + " functions");
        harts_.push_back({.sequence = shared.new_sequence(), .frames = {}});
        harts_.back().frames.reserve(kDeepest);
    }
}

void FunctionTrace::on_instruction(const riscv::TracedInstruction& traced) {
    Hart& hart = harts_[traced.hart];
    const Left left = hart.left;
    const bool inside = !hart.frames.empty() && hart.frames.back().has(traced.pc);
    // A call of itself begins at its start.
    if (!inside || (left == Left::Call && traced.pc == hart.frames.back().start)) {
        enter(traced.hart, traced.pc, traced.time.value);
    }
    const riscv::Instruction& instruction = *traced.instruction;
    switch (instruction.operation) {
        case Operation::Jal:
            hart.left = is_link(instruction.rd) ? Left::Call : Left::Jump;
            break;
        case Operation::Jalr:
            hart.left = is_link(instruction.rd)    ? Left::Call
                        : is_link(instruction.rs1) ? Left::Return
                                                   : Left::Jump;
            break;
        case Operation::Mret:
        case Operation::Sret:
            hart.left = Left::Return;
            break;
        default:
            hart.left = Left::No;
            break;
    }
}

void FunctionTrace::on_trap(const riscv::TracedTrap& trap) {
    harts_[trap.hart].left = Left::Call;
}

void FunctionTrace::enter(std::uint64_t hart, std::uint64_t pc, std::uint64_t time) {
    std::vector<Frame>& frames = harts_[hart].frames;
    const auto place = symbols_.find(pc);
    const Frame frame = place ? Frame{place->start, place->end} : Frame{};
    const std::string_view name = place ? place->name : "no symbol";
    const bool is_same = !frames.empty() && frames.back().start == frame.start;
    switch (harts_[hart].left) {
        case Left::Call:
            if (is_same && !place) {
                return;
            }
            break;
        case Left::Return: {
            const auto caller = std::find_if(frames.rbegin(), frames.rend(), [&](const Frame& at) {
                return at.start == frame.start;
            });
            pop(hart, static_cast<std::size_t>(frames.rend() - caller), time);
            if (!frames.empty()) {
                return;
            }
            break;
        }
        case Left::No:
        case Left::Jump:
            if (is_same) {
                return;
            }
            pop(hart, frames.empty() ? 0 : frames.size() - 1, time);
            break;
    }
    if (frames.size() == kDeepest) {
        pop(hart, kDeepest - 1, time);
    }
    push(hart, frame, name, time);
}

void FunctionTrace::push(std::uint64_t hart, const Frame& frame, std::string_view name,
                         std::uint64_t time) {
    Event event(shared_.out, harts_[hart].sequence, time, EventType::SliceBegin,
                functions_track(hart));
    event.name(name).note(Note::BeginPs, time);
    harts_[hart].frames.push_back(frame);
}

void FunctionTrace::pop(std::uint64_t hart, std::size_t left, std::uint64_t time) {
    std::vector<Frame>& frames = harts_[hart].frames;
    for (; frames.size() > left; frames.pop_back()) {
        Event(shared_.out, harts_[hart].sequence, time, EventType::SliceEnd, functions_track(hart));
    }
}

void FunctionTrace::finish(std::uint64_t now) {
    for (std::uint64_t hart = 0; hart < harts_.size(); ++hart) {
        pop(hart, 0, now);
    }
}

}  // namespace athena::sim::trace
