// SPDX-License-Identifier: Apache-2.0
// Descriptors and their ways, typed by hand.
#pragma once

#include "command/observer.h"
#include "platform/memory_map.h"
#include "regs/descriptor_regs.h"
#include "sim/report/collector.h"
#include "unit/platform/mini_board.h"

namespace athena::test {

namespace layout = regs::descriptor;
using command::Descriptor;
using command::EngineKind;

inline constexpr std::uint64_t kHbm = 0x80'0000'0000;  // of athena-mini
inline constexpr std::uint64_t kRam = 0x8000'0000;

inline std::span<std::byte, 64> first_line(Descriptor& descriptor) {
    return std::span<std::byte, 64>(descriptor.bytes.data(), 64);
}

inline Descriptor empty(layout::Opcode opcode, std::uint32_t tag) {
    Descriptor descriptor;
    descriptor.lines = command::lines_of(opcode);
    layout::DescriptorView view(first_line(descriptor));
    view.set_opcode(opcode);
    view.set_tag(tag);
    return descriptor;
}

/// 16 x 16 x 16: rows of A and B have 32 bytes, of C 64.
inline Descriptor matmul(std::uint32_t tag,
                         layout::OperandFormat format = layout::OperandFormat::Bf16) {
    Descriptor descriptor = empty(layout::Opcode::Matmul, tag);
    layout::MatmulView view(first_line(descriptor));
    view.set_a_format(format);
    view.set_b_format(format);
    view.set_b_addr(512);
    view.set_c_addr(1024);
    view.set_m(16);
    view.set_n(16);
    view.set_k(16);
    view.set_a_ld(1);
    view.set_b_ld(1);
    view.set_c_ld(2);
    return descriptor;
}

/// One row of bytes.
inline Descriptor copy(std::uint32_t tag, std::uint64_t from, std::uint64_t to,
                       std::uint32_t bytes) {
    Descriptor descriptor = empty(layout::Opcode::Copy, tag);
    layout::CopyView view(first_line(descriptor));
    view.set_src(from);
    view.set_dst(to);
    view.set_cols(bytes);
    view.set_rows(1);
    return descriptor;
}

/// exp of four FP32 elements.
inline Descriptor exponential(std::uint32_t tag) {
    Descriptor descriptor = empty(layout::Opcode::Vector, tag);
    layout::VectorView view(std::span<std::byte, 128>(descriptor.bytes));
    view.set_operation(layout::VectorOperation::Exp);
    view.set_rows(1);
    view.set_columns(4);
    view.set_a_ld(16);
    view.set_out_addr(64);
    view.set_out_ld(16);
    return descriptor;
}

inline Descriptor signals(Descriptor descriptor, std::uint8_t semaphore) {
    layout::DescriptorView view(first_line(descriptor));
    view.set_signal(1);
    view.set_signal_sem(semaphore);
    view.set_signal_value(1);
    return descriptor;
}

inline std::uint32_t tag_of(std::uint16_t section) {
    return std::uint32_t{section} << 16 | 7;
}

/// Tells a collector of commands on their way.
class Story {
  public:
    explicit Story(const std::vector<std::string>& overrides = {}, perf::Sections sections = {})
        : board(mini_board(overrides)), names(std::move(sections)), collector(board, names) {}

    struct Way {
        std::uint64_t read = 0;
        std::uint64_t queued = 0;
        std::uint64_t issued = 0;
        std::uint32_t semaphore = 0;  ///< that it waited for, if `waited`
        bool waited = false;
    };

    /// Queued and issued; nothing happens between.
    void issue(EngineKind kind, std::uint32_t instance, const Descriptor& descriptor,
               const Way& way, std::uint64_t cluster = 0) {
        queue(kind, instance, descriptor, way, cluster);
        hand_over(kind, instance, descriptor, way, cluster);
    }
    /// At once.
    void start(EngineKind kind, std::uint32_t instance, const Descriptor& descriptor,
               std::uint64_t now, std::uint64_t cluster = 0) {
        issue(kind, instance, descriptor, {.read = now, .queued = now, .issued = now}, cluster);
    }
    void queue(EngineKind kind, std::uint32_t instance, const Descriptor& descriptor,
               const Way& way, std::uint64_t cluster = 0) {
        collector.observer(cluster).queued(facts({{kind, instance}}, descriptor, way, way.queued));
    }
    void hand_over(EngineKind kind, std::uint32_t instance, const Descriptor& descriptor,
                   const Way& way, std::uint64_t cluster = 0) {
        collector.observer(cluster).issued(facts({{kind, instance}}, descriptor, way, way.issued));
    }
    void end(EngineKind kind, std::uint32_t instance, const Descriptor& descriptor,
             std::uint64_t now, std::uint64_t cluster = 0,
             command::Status status = command::Status::Ok) {
        command::CommandFacts told = facts({{kind, instance}}, descriptor, {}, now);
        told.status = status;
        collector.observer(cluster).ended(told);
    }
    /// By the command processor.
    void own(const Descriptor& descriptor, std::uint64_t read, std::uint64_t done,
             std::uint64_t cluster = 0) {
        collector.observer(cluster).ended(
            facts({}, descriptor, {.read = read, .queued = done, .issued = done}, done));
    }

    platform::BoardConfig board;
    perf::Sections names;
    sim::Collector collector;

  private:
    command::CommandFacts facts(std::optional<command::EngineId> engine,
                                const Descriptor& descriptor, const Way& way, std::uint64_t now) {
        return {.descriptor = &descriptor,
                .ring = 0,
                .position = position_++,
                .engine = engine,
                .life = {.read = way.read,
                         .queued = way.queued,
                         .waits_since = way.queued,
                         .issued = way.issued,
                         .wait = {way.semaphore, way.waited ? 1U : 0U}},
                .now = now,
                .status = command::Status::Ok};
    }

    std::uint32_t position_ = 0;
};

}  // namespace athena::test
