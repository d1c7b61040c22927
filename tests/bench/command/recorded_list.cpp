// SPDX-License-Identifier: Apache-2.0
#include "bench/command/recorded_list.h"

#include <algorithm>
#include <span>

#include "platform/memory_map.h"
#include "regs/descriptor_regs.h"

namespace athena::test {

namespace layout = regs::descriptor;

namespace {

constexpr std::uint32_t kCommands = 256;  // of a list
constexpr std::uint64_t kSpace = 256;     // bytes of shared SRAM for each engine
constexpr std::uint32_t kA = 0;           // in L1
constexpr std::uint32_t kB = 32;
constexpr std::uint32_t kC = 64;

void append(std::vector<std::byte>& bytes, std::span<const std::byte> lines) {
    bytes.insert(bytes.end(), lines.begin(), lines.end());
}

Line set_semaphore(std::uint8_t semaphore, std::uint32_t value) {
    Line line{};
    const layout::SemSetView view(line);
    view.set_opcode(layout::Opcode::SemSet);
    view.set_signal_sem(semaphore);
    view.set_value(value);
    return line;
}

}  // namespace

// Semaphores to take 1 from and to add 1 to.
struct RecordedList::Sync {
    bool used = false;
    std::uint8_t wait = 0;
    std::uint8_t signal = 0;

    void apply(const layout::DescriptorView& view) const {
        if (!used) {
            return;
        }
        view.set_wait0(true);
        view.set_wait0_sub(true);
        view.set_wait0_sem(wait);
        view.set_wait0_value(1);
        view.set_signal(true);
        view.set_signal_sem(signal);
        view.set_signal_value(1);
    }
};

Line call_line(std::uint64_t list, std::uint32_t lines) {
    Line line{};
    const layout::CallView view(line);
    view.set_opcode(layout::Opcode::Call);
    view.set_address(list);
    view.set_lines(lines);
    return line;
}

RecordedList::RecordedList(Kind kind, const platform::BoardConfig& config, std::uint64_t cluster)
    : config_(config), cluster_(cluster) {
    const std::uint64_t chains = std::min(config.tile.count, config.vector.count);
    for (std::uint32_t i = 0; i < kCommands; ++i) {
        switch (kind) {
            case Kind::Nop:
                append(bytes_, Line{});  // opcode 0
                break;
            case Kind::Copy: {
                const std::uint64_t channel = i % config.dma.channels;
                const std::uint64_t sram = platform::cluster_base(cluster) + platform::kSramOffset;
                add_copy(sram, platform::tile_base(cluster, 0) + channel * sizeof(Line), channel,
                         {});
                break;
            }
            case Kind::EmptyMatmul:
                add_matmul(0, i % config.tile.count, {});
                break;
            case Kind::Matmul:
                add_matmul(1, i % config.tile.count, {});
                break;
            case Kind::Vector:
                add_vector(i % config.vector.count, {});
                break;
            case Kind::Chain:
                if (i % 4 == 0) {
                    add_chain(i / 4 % chains, i / 4 < chains);
                }
                break;
        }
    }
}

void RecordedList::add_copy(std::uint64_t from, std::uint64_t to, std::uint64_t channel,
                            const Sync& sync) {
    Line line{};
    const layout::CopyView view(line);
    view.set_opcode(layout::Opcode::Copy);
    view.set_engine(static_cast<std::uint8_t>(channel));
    view.set_src(from);
    view.set_dst(to);
    view.set_cols(sizeof(Line));
    view.set_rows(1);
    sync.apply(layout::DescriptorView(line));
    append(bytes_, line);
}

void RecordedList::add_matmul(std::uint32_t m, std::uint64_t tile, const Sync& sync) {
    Line line{};
    const layout::MatmulView view(line);
    view.set_opcode(layout::Opcode::Matmul);
    view.set_engine(static_cast<std::uint8_t>(tile));
    view.set_m(m);
    view.set_n(1);
    view.set_k(1);
    view.set_a_addr(kA);
    view.set_b_addr(kB);
    view.set_c_addr(kC);
    view.set_a_ld(1);
    view.set_b_ld(1);
    view.set_c_ld(1);
    sync.apply(layout::DescriptorView(line));
    append(bytes_, line);
}

void RecordedList::add_vector(std::uint64_t core, const Sync& sync) {
    std::array<std::byte, 2 * sizeof(Line)> lines{};
    const layout::VectorView view(lines);
    const auto at = static_cast<std::uint32_t>(core * kSpace);
    view.set_opcode(layout::Opcode::Vector);
    view.set_engine(static_cast<std::uint8_t>(core));
    view.set_operation(layout::VectorOperation::Copy);
    view.set_rows(1);
    view.set_columns(1);
    view.set_a_addr(at);
    view.set_out_addr(at + static_cast<std::uint32_t>(kSpace / 2));
    sync.apply(layout::DescriptorView(std::span(lines).first<sizeof(Line)>()));
    append(bytes_, lines);
}

// An operand from HBM, a product of it, the product to SRAM, and an operation on that; then the
// chain's place is free for the next.
void RecordedList::add_chain(std::uint64_t number, bool first) {
    const auto free = static_cast<std::uint8_t>(4 * number);
    const auto loaded = static_cast<std::uint8_t>(free + 1);
    const auto product = static_cast<std::uint8_t>(free + 2);
    const auto stored = static_cast<std::uint8_t>(free + 3);
    if (first) {
        append(before_, set_semaphore(free, 1));
    }
    const std::uint64_t l1 = platform::tile_base(cluster_, number);
    const std::uint64_t sram = platform::cluster_base(cluster_) + platform::kSramOffset;
    add_copy(config_.hbm.base, l1 + kA, 2 * number % config_.dma.channels, {true, free, loaded});
    add_matmul(1, number, {true, loaded, product});
    add_copy(l1 + kC, sram + number * kSpace, (2 * number + 1) % config_.dma.channels,
             {true, product, stored});
    add_vector(number, {true, stored, free});
}

}  // namespace athena::test
