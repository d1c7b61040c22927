// SPDX-License-Identifier: Apache-2.0
// Descriptors and rings that a driver gets wrong, by what Random says, and what must hold then.
#pragma once

#include <functional>

#include "command/command_core.h"
#include "fuzz/guided/random.h"
#include "marked_board.h"
#include "tile/matmul.h"
#include "vector/vector_command.h"

namespace athena::test {

namespace layout = regs::descriptor;
namespace rings = regs::command;
using layout::Opcode;
using Lines = std::array<std::byte, 128>;

constexpr std::uint32_t kSemaphores = 64;

/// A descriptor that does what it says, of each opcode.
inline Lines good(Opcode opcode) {
    Lines lines{};
    const std::span<std::byte, 64> line(lines.data(), 64);
    layout::DescriptorView(line).set_opcode(opcode);
    layout::DescriptorView(line).set_tag(77);
    if (opcode == Opcode::Matmul) {
        const layout::MatmulView view(line);
        view.set_b_addr(0x400);
        view.set_c_addr(0x800);
        view.set_m(16);
        view.set_n(16);
        view.set_k(16);
        view.set_a_ld(1);
        view.set_b_ld(1);
        view.set_c_ld(2);
    } else if (opcode == Opcode::Copy) {
        const layout::CopyView view(line);
        view.set_element_log2(2);
        view.set_src(MarkedBoard::kOpen[0].base);
        view.set_dst(MarkedBoard::kOpen[2].base + 0x1000);
        view.set_cols(16);
        view.set_rows(4);
        view.set_src_stride(256);
        view.set_dst_stride(128);
    } else if (opcode == Opcode::CopyNd) {
        const layout::CopyNdView view(lines);
        view.set_element_log2(1);
        view.set_src(MarkedBoard::kOpen[0].base);
        view.set_dst(MarkedBoard::kOpen[2].base + 0x1000);
        view.set_cols(16);
        view.set_rows(3);
        view.set_size2(2);
        view.set_size3(2);
        view.set_size4(2);
        view.set_src_stride1(32);
        view.set_src_stride2(256);
        view.set_src_stride3(512);
        view.set_src_stride4(1024);
        view.set_dst_stride1(64);
        view.set_dst_stride2(192);
        view.set_dst_stride3(384);
        view.set_dst_stride4(768);
        view.set_multicast(0b101);
        view.set_multicast_stride(0x800);
    } else if (opcode == Opcode::Fill) {
        const layout::FillView view(line);
        view.set_element_log2(2);
        view.set_pattern(0x0102'0304);
        view.set_dst(MarkedBoard::kOpen[2].base + 0x1000);
        view.set_cols(16);
        view.set_rows(4);
        view.set_dst_stride(128);
    } else if (opcode == Opcode::SemSet) {
        layout::SemSetView(line).set_value(9);
    } else if (opcode == Opcode::Timestamp) {
        layout::TimestampView(line).set_address(MarkedBoard::kOpen[1].base);
    } else if (opcode == Opcode::Vector) {
        const layout::VectorView view(lines);
        view.set_operation(layout::VectorOperation::Add);
        view.set_rows(4);
        view.set_columns(16);
        view.set_a_addr(0x2000);
        view.set_b_addr(0x3000);
        view.set_out_addr(0x4000);
        view.set_a_ld(64);
        view.set_b_ld(64);
        view.set_out_ld(64);
    } else if (opcode == Opcode::Call) {
        layout::CallView(line).set_address(MarkedBoard::kLists);
        layout::CallView(line).set_lines(4);
    } else if (opcode == Opcode::Notify) {
        layout::NotifyView(line).set_address(MarkedBoard::kOpen[3].base);
        layout::NotifyView(line).set_value(3);
    }
    return lines;
}

inline std::size_t bytes_of(const Lines& lines) {
    return std::size_t{64} * command::lines_of(static_cast<Opcode>(lines[0]));
}

inline void clear_reserved(Lines& lines) {
    std::span<const std::uint8_t> mask = layout::kDescriptorReserved;
    switch (static_cast<Opcode>(lines[0])) {
        case Opcode::Matmul:
            mask = layout::kMatmulReserved;
            break;
        case Opcode::Copy:
            mask = layout::kCopyReserved;
            break;
        case Opcode::SemSet:
            mask = layout::kSemSetReserved;
            break;
        case Opcode::Timestamp:
            mask = layout::kTimestampReserved;
            break;
        case Opcode::Vector:
            mask = layout::kVectorReserved;
            break;
        case Opcode::Call:
            mask = layout::kCallReserved;
            break;
        case Opcode::Notify:
            mask = layout::kNotifyReserved;
            break;
        case Opcode::CopyNd:
            mask = layout::kCopyNdReserved;
            break;
        case Opcode::Fill:
            mask = layout::kFillReserved;
            break;
        default:
            break;
    }
    for (std::size_t at = 0; at < mask.size(); ++at) {
        lines[at] &= static_cast<std::byte>(~mask[at]);
    }
}

inline void tame(const layout::CopyNdView& view) {
    constexpr double kMostWork = 1 << 20;
    constexpr double kRefused = 1 << 28;  // rows
    const double rows = double{1} * view.rows() * view.size2() * view.size3() * view.size4();
    if (rows * view.cols() > kMostWork && rows <= kRefused) {
        view.set_cols(view.cols() % 0x400);
        view.set_rows(view.rows() % 8);
        view.set_size2(view.size2() % 4);
        view.set_size3(view.size3() % 4);
        view.set_size4(view.size4() % 4);
    }
}

/// What is right but long takes as long as it says: such sizes are cut. Engines 1 are the driver's.
inline void tame(Lines& lines) {
    constexpr std::uint64_t kMostWork = 1 << 20;
    const std::span<std::byte, 64> line(lines.data(), 64);
    const layout::DescriptorView header(line);
    if (header.engine() == 1) {
        header.set_engine(0);
    }
    if (header.opcode() == Opcode::Copy) {
        const layout::CopyView view(line);
        if (std::uint64_t{view.cols()} * view.rows() > kMostWork) {
            (view.cols() > view.rows() ? view.set_rows(view.rows() % 16)
                                       : view.set_cols(view.cols() % 16));
            (view.cols() > view.rows() ? view.set_cols(view.cols() % 0x10'0000)
                                       : view.set_rows(view.rows() % 0x10'0000));
        }
    } else if (header.opcode() == Opcode::Fill) {
        const layout::FillView view(line);
        if (std::uint64_t{view.cols()} * view.rows() > kMostWork) {
            view.set_cols(view.cols() % 0x4000);
            view.set_rows(view.rows() % 16);
        }
    } else if (header.opcode() == Opcode::CopyNd) {
        tame(layout::CopyNdView(lines));
    } else if (header.opcode() == Opcode::Matmul) {
        const layout::MatmulView view(line);
        if (__uint128_t{view.m()} * std::max(view.n(), 1u) * std::max(view.k(), 1u) > kMostWork) {
            view.set_m(view.m() % 64);
            view.set_n(view.n() % 64);
            view.set_k(view.k() % 256);
        }
    } else if (header.opcode() == Opcode::Vector) {
        const layout::VectorView view(lines);
        if (std::uint64_t{view.rows()} * view.columns() > kMostWork) {
            view.set_rows(view.rows() % 64);
            view.set_columns(view.columns() % 0x4000);
        }
    }
}

class DescriptorFuzzer {
  public:
    explicit DescriptorFuzzer(Random random) : random_(random) {}

    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    [[nodiscard]] std::uint64_t address() {
        const auto& open = MarkedBoard::kOpen[below(std::size(MarkedBoard::kOpen))];
        switch (below(8)) {
            case 0:
                return random_();
            case 1:
                return ~std::uint64_t{0} - below(0x2000);
            case 2:
                return kHbm + below(kHbmSize + 64);
            case 3:
                return kRam + below(kRamSize + 64);
            case 4:
                return platform::cluster_base(below(2)) +
                       std::array<std::uint64_t, 5>{
                           0, platform::kDmaOffset + 0x8000, platform::kIopmpOffset + 0x100,
                           platform::kVectorOffset + 0x8000, rings::kSemaphoreAddOffset}[below(5)];
            case 5:
                return open.end() - 64 + below(128);
            default:
                return open.base + below(open.size) / 64 * 64;
        }
    }
    [[nodiscard]] std::uint64_t value() {
        switch (below(6)) {
            case 0:
                return below(17);
            case 1:
                return ~std::uint64_t{0} << below(64);
            case 2:
                return (std::uint64_t{1} << below(64)) - below(2);
            case 3:
                return address();
            case 4:
                return below(0x1'0000) * 32;
            default:
                return random_();
        }
    }

    /// Good but for a few fields; or nothing but noise.
    [[nodiscard]] Lines descriptor() {
        Lines lines = good(static_cast<Opcode>(below(11)));
        const layout::DescriptorView header(std::span<std::byte, 64>(lines.data(), 64));
        if (below(3) == 0) {
            synchronise(header);
        }
        place_elsewhere(lines);
        for (std::uint64_t times = below(4); times != 0; --times) {
            const std::size_t width = std::size_t{1} << below(4);
            const std::size_t header_bytes = below(8) == 0 ? 0 : 0x12;
            const std::size_t at =
                (header_bytes + below(bytes_of(lines) - header_bytes)) / width * width;
            const std::uint64_t changed = value();
            std::memcpy(&lines[at], &changed, width);
        }
        if (below(8) == 0) {  // one address for two operands
            const std::size_t from = 0x20 + below(12) * 4;
            const std::size_t to = 0x20 + below(12) * 4;
            std::memmove(&lines[to], &lines[from], below(2) == 0 ? 4 : 8);
        }
        if (below(4) != 0) {
            clear_reserved(lines);
        }
        if (below(50) == 0) {
            std::ranges::generate(lines, [&] { return static_cast<std::byte>(random_()); });
        }
        tame(lines);
        return lines;
    }

    /// Lines, of which a two-line descriptor may be the last, and then is cut.
    [[nodiscard]] std::vector<std::byte> list(std::uint32_t count) {
        std::vector<std::byte> bytes;
        while (bytes.size() < std::size_t{count} * 64) {
            const Lines lines = descriptor();
            bytes.insert(bytes.end(), lines.begin(),
                         lines.begin() + static_cast<std::ptrdiff_t>(bytes_of(lines)));
        }
        bytes.resize(std::size_t{count} * 64);
        return bytes;
    }

  private:
    /// Often where a read is permitted and nothing answers it.
    [[nodiscard]] std::uint64_t source() {
        const Area& nothing = MarkedBoard::kOpen[std::size(MarkedBoard::kOpen) - 1];
        return below(4) == 0 ? nothing.base + below(nothing.size / 2) : address();
    }
    /// Good descriptors too are about more than good() has.
    void place_elsewhere(Lines& lines) {
        const std::span<std::byte, 64> line(lines.data(), 64);
        const layout::DescriptorView header(line);
        if (below(32) == 0) {
            header.set_engine(static_cast<std::uint8_t>(below(10)));
        }
        switch (below(4) == 0 ? header.opcode() : Opcode::Nop) {
            case Opcode::Copy:
                layout::CopyView(line).set_src(source());
                if (below(2) == 0) {
                    layout::CopyView(line).set_dst(address());
                }
                break;
            case Opcode::CopyNd:
                layout::CopyNdView(lines).set_src(source());
                layout::CopyNdView(lines).set_multicast(static_cast<std::uint32_t>(value()));
                if (below(2) == 0) {
                    layout::CopyNdView(lines).set_dst(address());
                }
                break;
            case Opcode::Fill:
                layout::FillView(line).set_dst(address());
                break;
            case Opcode::SemSet:
                header.set_signal_sem(semaphore());
                layout::SemSetView(line).set_value(0x7FFF'FFFF -
                                                   static_cast<std::uint32_t>(below(0x1'0000)));
                break;
            case Opcode::Timestamp:
                layout::TimestampView(line).set_address(address() / 8 * 8);
                break;
            case Opcode::Vector:
                layout::VectorView(lines).set_operation(
                    static_cast<layout::VectorOperation>(below(0x44)));
                break;
            case Opcode::Call:
                layout::CallView(line).set_address(address() / 64 * 64);
                break;
            case Opcode::Notify:
                layout::NotifyView(line).set_address(address() / 4 * 4);
                break;
            default:
                break;
        }
    }

    /// Of few, so that descriptors meet; or any, or none.
    [[nodiscard]] std::uint8_t semaphore() {
        return static_cast<std::uint8_t>(below(8) == 0 ? below(kSemaphores + 2) : below(3));
    }
    void synchronise(const layout::DescriptorView& header) {
        header.set_irq(static_cast<std::uint16_t>(below(2)));
        if (below(2) != 0) {
            header.set_wait0(1);
            header.set_wait0_sem(semaphore());
            header.set_wait0_value(static_cast<std::uint16_t>(below(4)));
            header.set_wait0_sub(static_cast<std::uint16_t>(below(2)));
        }
        if (below(2) != 0 && header.opcode() != Opcode::SemSet) {
            header.set_signal(1);
            header.set_signal_sem(semaphore());
            header.set_signal_value(static_cast<std::uint16_t>(random_()));
        }
    }

    Random random_;
};

/// The fuzzed rings end: each has stopped with a status, or done all that it was told. Semaphores
/// are given what is waited for, and rings the second line of a descriptor that the doorbell cut.
inline void settle(MarkedBoard& board) {
    const auto ended = [&](std::uint32_t ring) { return board.stopped(ring) || board.idle(ring); };
    const auto all_ended = [&] { return ended(0) && ended(1) && ended(2); };
    static_assert(MarkedBoard::kFuzzed == 3);
    board.run();
    for (int tries = 0; !all_ended() && tries < 400; ++tries) {
        for (std::uint32_t ring = 0; ring < MarkedBoard::kFuzzed; ++ring) {
            const std::uint32_t head = board.ring_get(ring, rings::kRingHeadOffset);
            if (!ended(ring) && head == board.ring_get(ring, rings::kRingTailOffset)) {
                board.doorbell(ring, head + 1);
            }
        }
        for (std::uint32_t semaphore = 0; semaphore < kSemaphores; ++semaphore) {
            board.set(platform::cluster_base(0) + rings::kSemaphoreOffset + 4 * semaphore,
                      0x4000'0000);
        }
        board.run(500);
    }
    REQUIRE(all_ended());
}

inline std::map<Status, int> check_rings(MarkedBoard& board) {
    std::map<Status, int> seen;
    for (std::uint32_t ring = 0; ring < MarkedBoard::kFuzzed; ++ring) {
        const Status status = board.error(ring);
        ++seen[status];
        CHECK(board.stopped(ring) == (status != Status::Ok));
        CHECK(status <= Status::NotGranted);
        if (status == Status::NotGranted) {
            CHECK((board.ring_get(ring, rings::kRingIrqOffset) & rings::kRingIrqErrorMask) != 0);
            CHECK(board.interrupts());
        }
    }
    return seen;
}

inline void end_round(MarkedBoard& board) {
    for (std::uint32_t ring = 0; ring < MarkedBoard::kFuzzed; ++ring) {
        board.reset(ring);
    }
    board.run(2000);
    for (std::uint32_t ring = 0; ring < MarkedBoard::kFuzzed; ++ring) {
        REQUIRE((board.ring_get(ring, rings::kRingCtrlOffset) & rings::kRingCtrlResetMask) == 0);
    }
    const auto changed = board.changed();
    INFO("first changed byte: 0x" << std::hex << changed.value_or(0));
    REQUIRE_FALSE(changed.has_value());
    REQUIRE(board.get(ClusterBench::kIopmp + regs::iopmp::kCtrlOffset) == 1);
    REQUIRE((!board.diagnostics().stopped() ||
             board.diagnostics().stopped()->status != base::ExitStatus::Simulator));
}

inline std::uint64_t ring_place(DescriptorFuzzer& fuzzer, std::uint32_t ring) {
    switch (fuzzer.below(12)) {
        case 0:
            return fuzzer.address();
        case 1:
            return fuzzer.address() / 64 * 64;
        case 2:  // into another ring
            return MarkedBoard::ring_base(static_cast<std::uint32_t>(fuzzer.below(4))) + 0x200;
        default:
            return MarkedBoard::ring_base(ring);
    }
}

/// Until the fuzzed rings have ended; the driver's ring does `work` meanwhile.
inline void fuzz_round(MarkedBoard& board, DescriptorFuzzer& fuzzer, std::byte work) {
    board.place(MarkedBoard::kLists, fuzzer.list(MarkedBoard::kListLines));
    board.start_work(work);
    for (std::uint32_t ring = 0; ring < MarkedBoard::kFuzzed; ++ring) {
        board.place(MarkedBoard::ring_base(ring), fuzzer.list(MarkedBoard::kRingSize));
        const bool odd = fuzzer.below(12) == 0;
        board.enable(ring, ring_place(fuzzer, ring),
                     odd ? static_cast<std::uint32_t>(fuzzer.value()) : MarkedBoard::kRingSize);
        board.doorbell(ring, fuzzer.below(12) == 0 ? static_cast<std::uint32_t>(fuzzer.value())
                                                   : static_cast<std::uint32_t>(fuzzer.below(17)));
    }
    board.run(20);
    // A ring that waits for a semaphore keeps nobody else from work on other engines.
    REQUIRE(board.work_is_done());
    settle(board);
}

}  // namespace athena::test
