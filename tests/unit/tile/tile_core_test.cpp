// SPDX-License-Identifier: Apache-2.0
#include "tile/tile_core.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "base/state.h"
#include "matmul_line.h"
#include "tile/functional_tile.h"

using namespace athena;
using test::matmul_line;
using tile::Completion;
using tile::Status;
using tile::TileCore;

namespace {

// Offsets and bits by the published register list, not by the generated names.
constexpr std::uint64_t kCtrl = 0x10;
constexpr std::uint64_t kStatus = 0x18;
constexpr std::uint64_t kIrq = 0x20;
constexpr std::uint64_t kLastError = 0x28;

constexpr test::MatmulFields kGood{.m = 1, .n = 1, .k = 1, .b = 0x100, .c = 0x200};

test::Line good(std::uint32_t tag) {
    auto fields = kGood;
    fields.tag = tag;
    return matmul_line(fields);
}

test::Line misaligned(std::uint32_t tag) {
    auto fields = kGood;
    fields.tag = tag;
    fields.a = 1;
    return matmul_line(fields);
}

void set_bf16(TileCore& core, std::size_t at, std::uint16_t bits) {
    std::memcpy(&core.l1()[at], &bits, 2);
}

std::uint32_t word(const TileCore& core, std::size_t at) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &core.l1()[at], 4);
    return bits;
}

}  // namespace

TEST_CASE("tile core: reset values of all registers") {
    TileCore core({.rows = 8, .columns = 4, .l1_bytes = 0x4'0000, .queue_depth = 3});
    CHECK(core.read(0x00, 8, 0) == 0x0001'0000'4154'494Cu);
    CHECK(core.read(0x08, 8, 0) == 0x0004'0000'0003'0408u);
    CHECK(core.read(kStatus, 8, 0) == 2u);
    for (const std::uint64_t offset : {0x10, 0x20, 0x28, 0x40, 0x48, 0x50, 0x58, 0x60, 0x68}) {
        CAPTURE(offset);
        CHECK(core.read(offset, 8, 0) == 0u);
    }
}

TEST_CASE("tile core: parts of registers are read aligned; holes and odd places are errors") {
    TileCore core({});
    CHECK(core.read(0x00, 4, 0) == 0x4154'494Cu);
    CHECK(core.read(0x06, 2, 0) == 1u);
    CHECK(core.read(0x03, 1, 0) == 0x41u);
    for (const std::uint64_t hole : {0x30, 0x38, 0x70, 0x78, 0x1000}) {
        CHECK_FALSE(core.read(hole, 8, 0));
        CHECK_FALSE(core.write(hole, 8, 0));
    }
    CHECK_FALSE(core.read(0x04, 8, 0));
    CHECK_FALSE(core.read(0x02, 4, 0));
    CHECK_FALSE(core.read(0x01, 2, 0));
    CHECK_FALSE(core.read(0x00, 3, 0));
}

TEST_CASE("tile core: writes reach CTRL's enables only; other registers take them without effect") {
    TileCore core({});
    for (std::uint64_t offset = 0; offset <= 0x68; offset += 8) {
        if (offset == 0x30 || offset == 0x38) {
            continue;
        }
        CAPTURE(offset);
        const auto before = core.read(offset, 8, 0);
        CHECK(core.write(offset, 8, ~std::uint64_t{0}));
        CHECK(core.read(offset, 8, 0) == (offset == kCtrl ? 3u : before));
    }
}

TEST_CASE("tile core: commands run in order and counters follow") {
    TileCore core({});
    set_bf16(core, 0, 0x4000);
    set_bf16(core, 0x100, 0x4040);
    CHECK(core.push(good(11)));
    CHECK(core.push(misaligned(12)));
    CHECK(core.read(kStatus, 8, 5) == 2u << 8);
    core.start(10);
    CHECK(core.read(kStatus, 8, 10) == (1u << 8 | 1));
    CHECK(core.read(0x48, 8, 14) == 4u);
    CHECK(core.finish(30) == Completion{11, Status::Ok});
    CHECK(word(core, 0x200) == 0x40C0'0000);  // 2 · 3 = 6
    CHECK(core.read(0x68, 8, 30) == 20u);
    CHECK(core.read(kIrq, 8, 30) == 1u);
    core.start(31);
    CHECK(core.finish(35) == Completion{12, Status::BadAlignment});
    CHECK(core.read(kStatus, 8, 35) == 2u);
    CHECK(core.read(0x40, 8, 35) == 35u);
    CHECK(core.read(0x48, 8, 35) == 24u);
    CHECK(core.read(0x50, 8, 35) == 2u);
    CHECK(core.read(0x58, 8, 35) == 1u);
    CHECK(core.read(0x68, 8, 35) == 4u);
    CHECK(core.read(kLastError, 8, 35) == (std::uint64_t{5} << 32 | 12));
    CHECK(core.read(kIrq, 8, 35) == 3u);
}

TEST_CASE("tile core: the queue holds its depth besides the running command") {
    TileCore core({.queue_depth = 2});
    CHECK(core.push(good(1)));
    core.start(0);
    CHECK(core.push(good(2)));
    CHECK(core.push(good(3)));
    CHECK_FALSE(core.push(good(4)));
    CHECK_FALSE(core.push(good(5)));
    CHECK(core.read(0x60, 8, 0) == 2u);
    CHECK(core.finish(1).tag == 1);
    CHECK_FALSE(core.push(good(6)));
    core.start(2);
    CHECK(core.push(good(7)));
    CHECK(core.finish(3).tag == 2);
}

TEST_CASE("tile core: abort ends what waits, not what runs and not what comes later") {
    TileCore core({});
    set_bf16(core, 0, 0x3F80);
    set_bf16(core, 0x100, 0x3F80);
    CHECK(core.push(good(1)));
    CHECK(core.push(good(2)));
    CHECK(core.push(misaligned(3)));
    core.start(0);
    CHECK(core.write(kCtrl + 1, 1, 1));
    CHECK(core.read(kCtrl, 8, 0) == 0u);
    CHECK(core.push(good(4)));
    CHECK(core.finish(1) == Completion{1, Status::Ok});
    CHECK(word(core, 0x200) == 0x3F80'0000);
    std::ranges::fill(core.l1().subspan(0x200, 4), std::byte{0x77});
    core.start(2);
    CHECK(core.oldest_cycles() == tile::kNothingCycles);
    CHECK(core.finish(3) == Completion{2, Status::Aborted});
    core.start(4);
    CHECK(core.finish(5) == Completion{3, Status::Aborted});
    CHECK(word(core, 0x200) == 0x7777'7777);
    CHECK(core.read(kLastError, 8, 5) == (std::uint64_t{8} << 32 | 3));
    core.start(6);
    CHECK(core.finish(7) == Completion{4, Status::Ok});
    CHECK(word(core, 0x200) == 0x3F80'0000);
}

TEST_CASE("tile core: the interrupt is the OR of enabled causes; writing ones clears them") {
    TileCore core({});
    const auto complete = [&](const test::Line& line) {
        CHECK(core.push(line));
        core.start(0);
        (void)core.finish(1);
    };
    complete(good(1));
    CHECK_FALSE(core.irq());
    CHECK(core.write(kCtrl, 4, 2));
    CHECK_FALSE(core.irq());
    CHECK(core.write(kCtrl, 4, 1));
    CHECK(core.irq());
    CHECK(core.write(kIrq, 4, 2));
    CHECK(core.irq());
    CHECK(core.write(kIrq, 4, 1));
    CHECK_FALSE(core.irq());
    CHECK(core.read(kIrq, 4, 0) == 0u);
    CHECK(core.write(kCtrl, 4, 2));
    complete(good(2));
    CHECK_FALSE(core.irq());
    complete(misaligned(3));
    CHECK(core.irq());
    core.reset();
    CHECK_FALSE(core.irq());
}

TEST_CASE("tile core: reset drops commands and keeps L1") {
    TileCore core({});
    core.l1()[77] = std::byte{0xAB};
    CHECK(core.push(good(1)));
    core.start(0);
    CHECK(core.push(good(2)));
    core.reset();
    CHECK_FALSE(core.running());
    CHECK(core.queued() == 0);
    CHECK(core.read(kStatus, 8, 0) == 2u);
    CHECK(core.l1()[77] == std::byte{0xAB});
}

TEST_CASE("tile core: saved in mid-command and loaded into another core, it ends equally") {
    TileCore core({.l1_bytes = 4096});
    set_bf16(core, 0, 0x4000);
    set_bf16(core, 0x100, 0x4040);
    CHECK(core.write(kCtrl, 1, 3));
    CHECK(core.push(good(1)));
    CHECK(core.push(good(2)));
    core.start(100);
    CHECK(core.write(kCtrl + 1, 1, 1));
    CHECK(core.push(good(3)));
    base::StateWriter writer;
    core.save(writer);

    TileCore other({.l1_bytes = 4096});
    base::StateReader reader(writer.data());
    other.load(reader);
    CHECK(other.read(kCtrl, 8, 0) == 3u);
    CHECK(other.read(0x48, 8, 107) == 7u);
    CHECK(other.finish(120) == Completion{1, Status::Ok});
    CHECK(word(other, 0x200) == 0x40C0'0000);
    other.start(121);
    CHECK(other.finish(125) == Completion{2, Status::Aborted});
    other.start(126);
    CHECK(other.finish(140) == Completion{3, Status::Ok});
    CHECK(other.irq());

    TileCore smaller({.l1_bytes = 2048});
    base::StateReader again(writer.data());
    CHECK_THROWS_AS(smaller.load(again), base::StateError);
}
