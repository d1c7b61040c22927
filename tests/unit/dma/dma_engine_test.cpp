// SPDX-License-Identifier: Apache-2.0
#include "dma/dma_engine.h"

#include <algorithm>

#include "command_lines.h"
#include "engine_bench.h"
#include "fresh_simulation.h"
#include "iopmp/iopmp_core.h"

using namespace athena;
using test::copy_line;
using Bench = test::EngineBench;
using Record = test::Completions::Record;

TEST_CASE("dma: commands of a channel run one after another, channels side by side, at 1 GHz") {
    test::FreshSimulation simulation;
    Bench bench;
    const auto line = [](std::uint32_t tag, std::uint32_t bytes) {
        return copy_line({.src = 0, .dst = 0x8000, .cols = bytes, .rows = 1, .tag = tag});
    };
    CHECK(bench.push(0, line(1, 640)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, line(2, 1)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(1, line(3, 128)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.reg(0x100, 4) == (2u << 8 | 1));
    sc_core::sc_start();
    // launch 10 + beats 10; then 10 + 1; channel 1: 10 + 2. Nanoseconds = cycles.
    CHECK(bench.completions.records ==
          std::vector<Record>{{12'000, 3, 0, 0}, {20'000, 1, 0, 0}, {31'000, 2, 0, 0}});
    CHECK(bench.reg(0x100, 4) == 0);
    CHECK(bench.reg(0x108, 8) == 641);
    CHECK(bench.reg(0x110, 8) == 31);
    CHECK(bench.engine.idle());
}

TEST_CASE("dma: a full queue, a short write and a missing channel are bus errors without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    const auto line = copy_line({.src = 0, .dst = 0x8000, .cols = 64, .rows = 1});
    CHECK(bench.push(0, line) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, line) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, line) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.push(2, line) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    std::array<unsigned char, 32> half{};
    CHECK(bench.probe.access(tlm::TLM_WRITE_COMMAND, 0x8080, half) ==
          tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.probe.access(tlm::TLM_READ_COMMAND, 0x8000, half) ==
          tlm::TLM_GENERIC_ERROR_RESPONSE);
    sc_core::sc_start();
    CHECK(bench.completions.records.size() == 2);
    CHECK(bench.diagnostics.guest_faults() == 4);
}

TEST_CASE("dma: COPY_ND is one write of two lines, every other command one of one") {
    test::FreshSimulation simulation;
    Bench bench;
    const auto two = test::nd_lines({.src = 0, .dst = 0x8000, .cols = 64, .tag = 1});
    const auto one = test::fill_line({.dst = 0x9000, .cols = 64, .tag = 2});
    CHECK(bench.push(0, std::span(two).first(64)) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.push(0, test::padded(one)) == tlm::TLM_GENERIC_ERROR_RESPONSE);
    CHECK(bench.push(1, two) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(1, one) == tlm::TLM_OK_RESPONSE);
    std::array<std::byte, 64> middle{};  // of channel 1's window
    CHECK(bench.probe.access(tlm::TLM_WRITE_COMMAND, 0x80C0,
                             {reinterpret_cast<unsigned char*>(middle.data()), middle.size()}) ==
          tlm::TLM_GENERIC_ERROR_RESPONSE);
    sc_core::sc_start();
    CHECK(bench.completions.records == std::vector<Record>{{11'000, 1, 0, 0}, {22'000, 2, 0, 0}});
}

TEST_CASE("dma: a queue goes round without mixing up its commands") {
    test::FreshSimulation simulation;
    Bench bench;
    std::uint32_t tag = 0;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 1 + round % 2; ++i, ++tag) {
            const auto fill = test::fill_line(
                {.pattern = tag, .dst = 0x8000 + tag, .cols = 1, .rows = 1, .tag = tag});
            CHECK(bench.push(0, fill) == tlm::TLM_OK_RESPONSE);
        }
        sc_core::sc_start();
    }
    REQUIRE(bench.completions.records.size() == tag);
    for (std::uint32_t i = 0; i < tag; ++i) {
        CHECK(bench.completions.records[i].tag == i);
        CHECK((*bench.memory.span(0x8000 + i, 1))[0] == std::byte{static_cast<std::uint8_t>(i)});
    }
}

TEST_CASE("dma: bytes are counted for each destination, beats for one") {
    test::FreshSimulation simulation;
    Bench bench;
    const auto lines = test::nd_lines({.src = 0,
                                       .dst = 0x8000,
                                       .cols = 100,
                                       .rows = 3,
                                       .src_strides = {100},
                                       .dst_strides = {100},
                                       .multicast = 0b1011,
                                       .multicast_stride = 0x1000});
    CHECK(bench.push(0, lines) == tlm::TLM_OK_RESPONSE);
    sc_core::sc_start();
    CHECK(bench.reg(0x108, 8) == 900);
    CHECK(bench.reg(0x110, 8) == 10 + 6);
}

TEST_CASE("dma: an error names status, tag, direction, ring and address") {
    test::FreshSimulation simulation;
    Bench bench;
    const std::uint64_t end = 1 << 20;
    const auto copy = [&](std::uint64_t source, std::uint64_t destination) {
        return copy_line({.src = source, .dst = destination, .cols = 4097, .rows = 1, .tag = 77});
    };
    CHECK(bench.push(1, copy(0, end - 4096)) == tlm::TLM_OK_RESPONSE);
    sc_core::sc_start();
    constexpr auto kReadError = static_cast<std::uint32_t>(dma::Status::ReadError);
    constexpr auto kWriteError = static_cast<std::uint32_t>(dma::Status::WriteError);
    REQUIRE(bench.completions.records.size() == 1);
    CHECK(bench.completions.records[0].tag == 77);
    CHECK(bench.completions.records[0].status == kWriteError);
    CHECK(bench.completions.records[0].address == end);
    CHECK(bench.reg(0x118 + 0x40, 4) == kWriteError);
    CHECK(bench.reg(0x11C + 0x40, 4) == 77);
    CHECK(bench.reg(0x120 + 0x40, 8) == end);
    CHECK(bench.reg(0x128 + 0x40, 4) == (0xFFFFu << 16 | 1u << 8 | 2));
    CHECK(bench.reg(0x108 + 0x40, 8) == 4096);
    // From a ring: its driver's tag, not that of the line.
    bench.push_for_ring(0, copy(end - 4096, 0), 3, 0xCAFE);
    sc_core::sc_start();
    CHECK(bench.completions.records.back().tag == 77);
    CHECK(bench.reg(0x118, 4) == kReadError);
    CHECK(bench.reg(0x11C, 4) == 0xCAFE);
    CHECK(bench.reg(0x120, 8) == end);
    CHECK(bench.reg(0x128, 4) == (3u << 16 | 2));
    // The second destination of a multicast.
    bench.push_for_ring(0,
                        test::nd_lines({.src = 0,
                                        .dst = end - 0x800,
                                        .cols = 64,
                                        .multicast = 0b11,
                                        .multicast_stride = 0x800}),
                        1, 5);
    sc_core::sc_start();
    CHECK(bench.reg(0x118, 4) == kWriteError);
    CHECK(bench.reg(0x120, 8) == end);
    CHECK(bench.reg(0x128, 4) == (1u << 16 | 1u << 8 | 9));
    CHECK(bench.diagnostics.guest_faults() == 3);
    CHECK(bench.log.str().find("dma: channel 0, ring 1, tag 5: write at 0x100000 was answered with "
                               "an error") != std::string::npos);
}

TEST_CASE("dma: a copy of which a row was not granted moves nothing and names the address") {
    test::FreshSimulation simulation;
    Bench bench;
    iopmp::IopmpCore protection({.entries = 2});
    // What harts may read, and what they may write, up to the middle of a page.
    REQUIRE(protection.set_entry(0, {0x1000, 0x4000, true, false, 0, true}));
    REQUIRE(protection.set_entry(1, {0x8000, 0x9800, true, true, 0, true}));
    REQUIRE(protection.set_enabled(true));
    bench.engine.connect(protection);
    const std::span<std::byte> bytes = *bench.memory.span(0, 1 << 20);
    std::ranges::fill(bytes, std::byte{0x11});
    std::ranges::fill(bytes.subspan(0x1000, 0x3000), std::byte{0x22});
    const std::vector<std::byte> before(bytes.begin(), bytes.end());
    const test::CopyFields rows{.cols = 64, .rows = 4, .src_stride = 0x400, .dst_stride = 0x1000};
    const auto run = [&](std::uint32_t tag, std::uint64_t source, std::uint64_t destination) {
        test::CopyFields fields = rows;
        fields.tag = tag;
        fields.src = source;
        fields.dst = destination;
        CHECK(bench.push(0, copy_line(fields)) == tlm::TLM_OK_RESPONSE);
        sc_core::sc_start();
    };
    constexpr auto kNotGranted = static_cast<std::uint32_t>(dma::Status::NotGranted);
    const auto refusal = [&](std::uint32_t tag, std::uint64_t address) {
        const Record& record = bench.completions.records.back();
        return record.tag == tag && record.status == kNotGranted && record.address == address &&
               std::ranges::equal(bytes, before);
    };
    run(1, 0x0F00, 0x8000);
    CHECK(refusal(1, 0x0F00));
    run(2, 0x3400, 0x8000);  // row 3 of the source is behind the entry
    CHECK(refusal(2, 0x4000));
    run(3, 0x1000, 0x8000);  // row 2 of the destination
    CHECK(refusal(3, 0xA000));
    run(4, 0x8000, 0x1000);
    CHECK(refusal(4, 0x1000));
    CHECK(bench.reg(0x118, 4) == kNotGranted);
    CHECK(bench.reg(0x120, 8) == 0x1000);
    CHECK(bench.reg(0x108, 8) == 0);
    CHECK(protection.refused_reads() == 2);
    CHECK(protection.refused_writes() == 2);
    // Rows apart from each other in what was granted, and between them what was not.
    REQUIRE(protection.set_entry(1, {0x8000, 0xC000, true, true, 0, true}));
    run(5, 0x1000, 0x8000);
    CHECK(bench.completions.records.back().status == 0);
    CHECK(bytes[0xB03F] == std::byte{0x22});
    CHECK(bytes[0xB040] == std::byte{0x11});
}

TEST_CASE("dma: what was not granted in any block or destination moves nothing") {
    test::FreshSimulation simulation;
    Bench bench;
    iopmp::IopmpCore protection({.entries = 4});
    REQUIRE(protection.set_entry(0, {0x1000, 0x2000, true, false, 0, true}));
    REQUIRE(protection.set_entry(1, {0x8000, 0xA000, false, true, 0, true}));
    REQUIRE(protection.set_entry(2, {0xB000, 0xB100, false, true, 0, true}));
    REQUIRE(protection.set_enabled(true));
    bench.engine.connect(protection);
    const std::span<std::byte> bytes = *bench.memory.span(0, 1 << 20);
    std::ranges::fill(bytes, std::byte{0x11});
    std::ranges::fill(bytes.subspan(0x1000, 0x1000), std::byte{0x22});
    const std::vector<std::byte> before(bytes.begin(), bytes.end());
    const auto refused = [&](std::span<const std::byte> lines, std::uint64_t address, bool write) {
        CHECK(bench.push(0, lines) == tlm::TLM_OK_RESPONSE);
        sc_core::sc_start();
        const Record& record = bench.completions.records.back();
        CHECK(record.status == static_cast<std::uint32_t>(dma::Status::NotGranted));
        CHECK(record.address == address);
        CHECK((bench.reg(0x128, 4) >> 8 & 1) == (write ? 1u : 0u));
        CHECK(std::ranges::equal(bytes, before));
    };
    const test::NdFields good{.src = 0x1000,
                              .dst = 0x8000,
                              .cols = 64,
                              .sizes = {2, 2, 1},
                              .src_strides = {0, 0x100, 0x400},
                              .dst_strides = {0, 0x40, 0x80},
                              .multicast = 0b1011,
                              .multicast_stride = 0x1000};
    test::NdFields fields = good;
    fields.src_strides[2] = 0xF00;  // the last block of the source
    refused(test::nd_lines(fields), 0x2000, false);
    fields = good;
    fields.multicast = 0b0111;  // the third destination
    refused(test::nd_lines(fields), 0xA000, true);
    fields = good;
    fields.dst_strides[2] = 0xC0;  // the last block of the last destination
    refused(test::nd_lines(fields), 0xB100, true);
    fields = good;
    fields.dst = 0x9000;
    fields.multicast = 0b1010;  // neither of two: the first is named
    refused(test::nd_lines(fields), 0xA000, true);
    refused(test::fill_line({.dst = 0x9F80, .cols = 64, .rows = 4, .dst_stride = 0x40}), 0xA000,
            true);
    CHECK(protection.refused_reads() == 1);
    CHECK(protection.refused_writes() == 4);
    CHECK(bench.push(0, test::nd_lines(good)) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.push(0, test::fill_line({.pattern = 0x33, .dst = 0x9F80, .cols = 128})) ==
          tlm::TLM_OK_RESPONSE);
    sc_core::sc_start();
    CHECK(bench.completions.records.back().status == 0);
    CHECK(std::ranges::count(bytes, std::byte{0x22}) == 0x1000 + 3 * 256);
    CHECK(std::ranges::count(bytes, std::byte{0x33}) == 128);
    CHECK(protection.refused_reads() + protection.refused_writes() == 5);
}
