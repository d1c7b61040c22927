// SPDX-License-Identifier: Apache-2.0
// What a ring was not granted, whoever of its cluster would access it.
#include "cluster_bench.h"

using namespace athena;
using namespace athena::test;
namespace layout = regs::descriptor;
namespace rings = regs::command;

namespace {

constexpr std::uint64_t kOpen = kHbm + 0x1000;    // ring 0 may read and write
constexpr std::uint64_t kClosed = kHbm + 0x8000;  // ring 1 may
constexpr std::uint64_t kPage = 0x1000;

std::uint64_t ring_base(std::uint32_t ring) {
    return kRam + ring * kPage;
}

struct Protected : ClusterBench {
    Protected() {
        for (std::uint32_t ring = 0; ring < 2; ++ring) {
            grant(ring, ring_base(ring), kPage, kRead | for_rings(1u << ring));
            enable(ring, ring_base(ring), 16);
        }
        grant(2, kOpen, kPage, kRead | kWrite | for_rings(1));
        grant(3, kClosed, kPage, kRead | kWrite | for_rings(2));
        grant(4, sram_base(0), kPage, kRead | kWrite | for_rings(1));
        protect();
    }
    void submit(std::uint32_t ring, std::span<const std::byte> descriptor) {
        poke(ring_base(ring) + 64 * tail[ring], descriptor);
        tail[ring] += static_cast<std::uint32_t>(descriptor.size() / 64);
        doorbell(ring, tail[ring]);
        run();
    }
    /// Ring 0 has stopped for this address, and ring 1 has not.
    void refused(std::uint64_t address) {
        CHECK(stopped(0));
        CHECK(error(0) == Status::NotGranted);
        CHECK(error_address(0) == address);
        CHECK(interrupts());
        CHECK_FALSE(stopped(1));
        Line nop{};
        submit(1, nop);
        CHECK(ring_get(1, rings::kRingCompletedOffset) == tail[1]);
    }
    std::map<std::uint32_t, std::uint32_t> tail;
};

template <typename View>
Line line_of(layout::Opcode opcode) {
    Line line{};
    View(line).set_opcode(opcode);
    return line;
}

Line copy_of(std::uint64_t source, std::uint64_t destination) {
    Line line = line_of<layout::CopyView>(layout::Opcode::Copy);
    const layout::CopyView view(line);
    view.set_src(source);
    view.set_dst(destination);
    view.set_cols(64);
    view.set_rows(1);
    return line;
}

}  // namespace

TEST_CASE("protection: what a ring was granted works as without") {
    Protected bench;
    const std::vector<std::byte> bytes(64, std::byte{0x5A});
    bench.poke(kOpen, bytes);
    bench.submit(0, copy_of(kOpen, sram_base(0)));
    Line stamp = line_of<layout::TimestampView>(layout::Opcode::Timestamp);
    layout::TimestampView(stamp).set_address(kOpen + 8);
    bench.submit(0, stamp);
    CHECK_FALSE(bench.stopped(0));
    CHECK(bench.ring_get(0, rings::kRingCompletedOffset) == 2);
    CHECK(bench.peek(sram_base(0), 64) == bytes);
    CHECK(bench.peek(kOpen + 8, 8) != std::vector<std::byte>(8, std::byte{0x5A}));
    CHECK(bench.diagnostics().guest_faults() == 0);
}

TEST_CASE("protection: a copy from or to what another ring was granted moves nothing") {
    const std::vector<std::byte> secret(64, std::byte{0x77});
    SECTION("from") {
        Protected bench;
        bench.poke(kClosed, secret);
        bench.submit(0, copy_of(kClosed, kOpen));
        bench.refused(kClosed);
        CHECK(bench.peek(kOpen, 64) == std::vector<std::byte>(64));
    }
    SECTION("to") {
        Protected bench;
        bench.poke(kClosed, secret);
        bench.submit(0, copy_of(kOpen, kClosed));
        bench.refused(kClosed);
        CHECK(bench.peek(kClosed, 64) == secret);
    }
    SECTION("to the protection itself") {
        Protected bench;
        bench.submit(0, copy_of(kOpen, ClusterBench::kIopmp));
        bench.refused(ClusterBench::kIopmp);
    }
    SECTION("to another cluster's engine, which would copy for it") {
        Protected bench;
        const std::uint64_t queue = platform::cluster_base(1) + platform::kDmaOffset + 0x8000;
        bench.poke(kOpen, copy_of(kClosed, kOpen));
        bench.poke(kClosed, secret);
        bench.submit(0, copy_of(kOpen, queue));
        bench.refused(queue);
        CHECK(bench.peek(kOpen, 64) != secret);
    }
}

TEST_CASE("protection: a multicast or a fill writes nothing when a part of it was not granted") {
    constexpr std::uint64_t kStride = platform::tile_base(0, 1) - platform::tile_base(0, 0);
    const std::vector<std::byte> before(64, std::byte{0x77});
    const std::vector<std::byte> fresh(64, std::byte{0x5A});
    Protected bench;
    bench.poke(kOpen, fresh);
    for (const std::uint64_t tile : {0, 1}) {
        bench.poke(platform::tile_base(0, tile), before);
    }
    std::array<std::byte, 128> lines{};
    const layout::CopyNdView view(lines);
    view.set_opcode(layout::Opcode::CopyNd);
    view.set_src(kOpen);
    view.set_dst(platform::tile_base(0, 0));
    view.set_cols(8);
    view.set_rows(2);
    view.set_size2(4);
    view.set_size3(1);
    view.set_size4(1);
    view.set_src_stride1(8);
    view.set_src_stride2(16);
    view.set_dst_stride1(8);
    view.set_dst_stride2(16);
    view.set_multicast(0b11);
    view.set_multicast_stride(kStride);
    bench.grant(5, platform::tile_base(0, 0), kPage, kWrite | for_rings(1));
    SECTION("the second destination") {
        bench.submit(0, lines);
        bench.refused(platform::tile_base(0, 1));
        CHECK(bench.peek(platform::tile_base(0, 0), 64) == before);
        CHECK(bench.peek(platform::tile_base(0, 1), 64) == before);
    }
    SECTION("the last block of the second destination") {
        bench.grant(6, platform::tile_base(0, 1), 0x30, kWrite | for_rings(1));
        bench.submit(0, lines);
        bench.refused(platform::tile_base(0, 1) + 0x30);
        CHECK(bench.peek(platform::tile_base(0, 0), 64) == before);
        CHECK(bench.peek(platform::tile_base(0, 1), 64) == before);
    }
    SECTION("the last block of the source") {
        bench.grant(6, platform::tile_base(0, 1), kPage, kWrite | for_rings(1));
        view.set_src_stride2(0x554);  // three of them: 4 bytes before the page's end
        bench.submit(0, lines);
        bench.refused(kOpen + kPage);
        CHECK(bench.peek(platform::tile_base(0, 0), 64) == before);
    }
    SECTION("nothing, and each tile gets it") {
        bench.grant(6, platform::tile_base(0, 1), kPage, kWrite | for_rings(1));
        bench.submit(0, lines);
        CHECK_FALSE(bench.stopped(0));
        CHECK(bench.peek(platform::tile_base(0, 0), 64) == fresh);
        CHECK(bench.peek(platform::tile_base(0, 1), 64) == fresh);
    }
    SECTION("a fill") {
        Line fill = line_of<layout::FillView>(layout::Opcode::Fill);
        layout::FillView(fill).set_pattern(0x99);
        layout::FillView(fill).set_dst(platform::tile_base(0, 0) + kPage - 64);
        layout::FillView(fill).set_cols(64);
        layout::FillView(fill).set_rows(2);
        layout::FillView(fill).set_dst_stride(64);
        bench.submit(0, fill);
        bench.refused(platform::tile_base(0, 0) + kPage);
        CHECK(bench.peek(platform::tile_base(0, 0) + kPage - 64, 64) !=
              std::vector<std::byte>(64, std::byte{0x99}));
        bench.reset(0);
        bench.tail[0] = 0;
        bench.enable(0, ring_base(0), 16);
        layout::FillView(fill).set_rows(1);
        bench.submit(0, fill);
        CHECK_FALSE(bench.stopped(0));
        CHECK(bench.peek(platform::tile_base(0, 0) + kPage - 64, 64) ==
              std::vector<std::byte>(64, std::byte{0x99}));
    }
}

TEST_CASE("protection: a ring or a list outside what was granted is not read") {
    SECTION("ring") {
        Protected bench;
        bench.reset(0);
        bench.enable(0, ring_base(1), 16);
        bench.doorbell(0, 1);
        bench.run();
        bench.refused(ring_base(1));
    }
    SECTION("list") {
        Protected bench;
        Line call = line_of<layout::CallView>(layout::Opcode::Call);
        layout::CallView(call).set_address(kClosed);
        layout::CallView(call).set_lines(4);
        bench.submit(0, call);
        bench.refused(kClosed);
    }
}

TEST_CASE("protection: a timestamp or a word outside what was granted is not written") {
    const std::vector<std::byte> before(8, std::byte{0x33});
    SECTION("timestamp") {
        Protected bench;
        bench.poke(kClosed, before);
        Line stamp = line_of<layout::TimestampView>(layout::Opcode::Timestamp);
        layout::TimestampView(stamp).set_address(kClosed);
        bench.submit(0, stamp);
        bench.refused(kClosed);
        CHECK(bench.peek(kClosed, 8) == before);
    }
    SECTION("semaphore of another cluster") {
        Protected bench;
        const std::uint64_t semaphores = platform::cluster_base(1) + rings::kSemaphoreAddOffset;
        Line notify = line_of<layout::NotifyView>(layout::Opcode::Notify);
        layout::NotifyView(notify).set_address(semaphores + 4);
        layout::NotifyView(notify).set_value(5);
        bench.submit(0, notify);
        bench.refused(semaphores + 4);
        const std::uint64_t semaphore = platform::cluster_base(1) + rings::kSemaphoreOffset + 4;
        CHECK(bench.get(semaphore) == 0);
        // The same, granted.
        bench.grant(5, semaphores + 4, 4, kWrite | for_rings(1));
        bench.reset(0);
        bench.tail[0] = 0;
        bench.enable(0, ring_base(0), 16);
        bench.submit(0, notify);
        CHECK(bench.get(semaphore) == 5);
    }
}

TEST_CASE("protection: a vector operation outside what was granted writes nothing") {
    Protected bench;
    std::array<std::byte, 128> lines{};
    const layout::VectorView view(lines);
    view.set_opcode(layout::Opcode::Vector);
    view.set_operation(layout::VectorOperation::Copy);
    view.set_rows(1);
    view.set_columns(16);
    view.set_a_ld(64);
    view.set_out_ld(64);
    view.set_out_addr(0x800);
    bench.poke(sram_base(0), std::vector<std::byte>(64, std::byte{0x44}));
    bench.submit(0, lines);
    CHECK_FALSE(bench.stopped(0));
    CHECK(bench.peek(sram_base(0) + 0x800, 1).front() == std::byte{0x44});
    view.set_out_addr(0x1000);
    bench.submit(0, lines);
    bench.refused(sram_base(0) + 0x1000);
    CHECK(bench.peek(sram_base(0) + 0x1000, 64) == std::vector<std::byte>(64));
}

TEST_CASE("protection: a product of operands that were not granted does not run") {
    Protected bench;
    const std::uint64_t l1 = platform::tile_base(0, 0);
    bench.grant(5, l1, 0x800, kRead | for_rings(1));
    bench.grant(6, l1 + 0x1000, kPage, kRead | kWrite | for_rings(1));
    Line line = line_of<layout::MatmulView>(layout::Opcode::Matmul);
    const layout::MatmulView view(line);
    view.set_m(16);
    view.set_n(16);
    view.set_k(16);
    view.set_a_ld(1);
    view.set_b_ld(1);
    view.set_c_ld(2);
    view.set_b_addr(0x400);
    view.set_c_addr(0x1000);
    const std::vector<std::byte> before(0x400, std::byte{0x3F});
    bench.poke(l1 + 0x400, before);
    bench.poke(l1 + 0x1000, before);
    bench.submit(0, line);
    CHECK_FALSE(bench.stopped(0));
    CHECK(bench.peek(l1 + 0x1000, 0x400) != before);
    SECTION("the result") {
        view.set_c_addr(0x1E00);
        bench.poke(l1 + 0x1E00, before);
        bench.submit(0, line);
        bench.refused(l1 + 0x2000);
        CHECK(bench.peek(l1 + 0x1E00, 0x400) == before);
    }
    SECTION("an operand") {
        view.set_b_addr(0x700);
        bench.submit(0, line);
        bench.refused(l1 + 0x800);
    }
    SECTION("another tile's L1") {
        view.set_engine(1);
        bench.submit(0, line);
        bench.refused(platform::tile_base(0, 1));
    }
}

TEST_CASE("protection: a hart's own command is checked as one of no ring") {
    Protected bench;
    bench.poke(kOpen, std::vector<std::byte>(64, std::byte{0x12}));
    const std::uint64_t channel = platform::cluster_base(0) + platform::kDmaOffset;
    const auto push = [&] {
        bench.write_line(channel + 0x8000, copy_of(kOpen, kClosed));
        bench.run();
        return static_cast<Status>(bench.get(channel + 0x118));
    };
    CHECK(push() == Status::NotGranted);
    CHECK(bench.peek(kClosed, 64) == std::vector<std::byte>(64));
    bench.grant(5, kHbm, kHbmSize, kRead | kWrite | regs::iopmp::kEntryCfgHartsMask);
    push();
    CHECK(bench.peek(kClosed, 1).front() == std::byte{0x12});
}
