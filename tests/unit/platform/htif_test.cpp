// SPDX-License-Identifier: Apache-2.0
// The watch on `tohost`, between an initiator and a memory.
#include "platform/htif.h"

#include <array>
#include <catch2/catch.hpp>
#include <sstream>

#include "memory/memory.h"
#include "platform/simulation.h"
#include "unit/memory/probe.h"

namespace {

using athena::base::ExitStatus;
using athena::base::Picoseconds;

constexpr std::uint64_t kBase = 0x8000'0000;
constexpr std::uint64_t kWord = 0x2000;  // offset of tohost in the memory

struct Bench {
    Bench() {
        probe.socket.bind(htif.in);
        htif.out.bind(memory.socket);
    }

    void write(std::uint64_t offset, std::uint64_t value, unsigned size) {
        std::array<unsigned char, 8> bytes{};
        for (unsigned i = 0; i < size; ++i) {
            bytes[i] = static_cast<unsigned char>(value >> 8 * i);
        }
        CHECK(probe.access(tlm::TLM_WRITE_COMMAND, offset, std::span(bytes).first(size)) ==
              tlm::TLM_OK_RESPONSE);
    }
    [[nodiscard]] std::optional<ExitStatus> status() const {
        const auto& stop = diagnostics.stopped();
        return stop ? std::optional(stop->status) : std::nullopt;
    }
    struct Grant {
        bool granted;
        std::uint64_t first;
        std::uint64_t last;
        bool write;
        std::ptrdiff_t host;  // of `first`, from the memory's start
    };
    Grant dmi(std::uint64_t address, tlm::tlm_command command) {
        tlm::tlm_dmi dmi;
        probe.payload.set_command(command);
        probe.payload.set_address(address);
        const bool granted = probe.socket->get_direct_mem_ptr(probe.payload, dmi);
        auto* start = reinterpret_cast<unsigned char*>(memory.span(0, 1)->data());
        return {granted, dmi.get_start_address(), dmi.get_end_address(), dmi.is_write_allowed(),
                dmi.get_dmi_ptr() - start};
    }

    athena::platform::Simulation simulation;
    athena::platform::Simulation::Scope scope{simulation};
    std::ostringstream log;
    athena::base::Diagnostics diagnostics{log};
    athena::base::CodePages code_pages;
    athena::base::EventQueue events{"events"};
    athena::memory::Memory memory{"memory", {.base = {kBase}, .size = 0x1'0000}, code_pages};
    athena::platform::HtifWatch htif{"htif", {kBase}, events, diagnostics};
    athena::test::Probe probe{"probe"};
};

TEST_CASE("htif: nothing is watched until a word is named") {
    Bench bench;
    bench.write(kWord, 1, 8);
    CHECK_FALSE(bench.status());
    const auto all = bench.dmi(kWord, tlm::TLM_WRITE_COMMAND);
    CHECK(all.granted);
    CHECK(all.first == 0);
    CHECK(all.last == 0xFFFF);
}

TEST_CASE("htif: values of tohost") {
    struct Case {
        std::uint64_t value;
        std::optional<ExitStatus> status;
        std::optional<std::uint64_t> code;
    };
    const std::uint64_t largest = (std::uint64_t{1} << 48) - 1;
    for (const Case& one :
         {Case{0, std::nullopt, std::nullopt}, Case{1, ExitStatus::Passed, std::nullopt},
          Case{3, ExitStatus::GuestFailed, 1}, Case{largest, ExitStatus::GuestFailed, largest >> 1},
          Case{2, ExitStatus::Simulator, std::nullopt},
          Case{std::uint64_t{1} << 48 | 1, ExitStatus::Simulator, std::nullopt}}) {
        CAPTURE(one.value);
        Bench bench;
        bench.htif.watch({kBase + kWord});
        bench.write(kWord, one.value, 8);
        CHECK(bench.status() == one.status);
        CHECK(bench.htif.failure() == one.code);
    }
}

TEST_CASE("htif: a write that covers the word counts, one beside it does not") {
    Bench bench;
    bench.htif.watch({kBase + kWord});
    bench.write(kWord - 8, 1, 8);
    bench.write(kWord + 8, 1, 8);
    CHECK_FALSE(bench.status());
    std::array<unsigned char, 64> block{};
    block[24] = 1;
    CHECK(bench.probe.access(tlm::TLM_WRITE_COMMAND, kWord - 24, block) == tlm::TLM_OK_RESPONSE);
    CHECK(bench.status() == ExitStatus::Passed);
}

TEST_CASE("htif: halves count with the high one, whichever value it has") {
    Bench bench;
    bench.htif.watch({kBase + kWord});
    bench.write(kWord, 9, 4);
    CHECK_FALSE(bench.status());
    bench.write(kWord + 4, 0, 4);
    CHECK(bench.htif.failure() == 4u);
}

TEST_CASE("htif: a low half alone counts a microsecond later") {
    Bench bench;
    bench.htif.watch({kBase + kWord});
    bench.write(kWord, 5, 4);
    sc_core::sc_start(sc_core::sc_time::from_value(999'999));
    CHECK_FALSE(bench.status());
    sc_core::sc_start(sc_core::sc_time::from_value(2));
    CHECK(bench.htif.failure() == 2u);
}

TEST_CASE("htif: a reset forgets a half word") {
    Bench bench;
    bench.htif.watch({kBase + kWord});
    bench.write(kWord, 5, 4);
    bench.htif.reset();
    CHECK(bench.events.next_time() == athena::base::kNever);
}

TEST_CASE("htif: the word's page is granted for direct reads, its neighbours for all") {
    Bench bench;
    bench.htif.watch({kBase + kWord});
    const auto below = bench.dmi(kWord - 1, tlm::TLM_WRITE_COMMAND);
    CHECK(below.granted);
    CHECK(below.first == 0);
    CHECK(below.last == kWord - 1);
    CHECK(below.write);
    const auto page = bench.dmi(kWord + 8, tlm::TLM_READ_COMMAND);
    CHECK(page.granted);
    CHECK(page.first == kWord);
    CHECK(page.last == kWord + 4095);
    CHECK(page.host == kWord);
    CHECK_FALSE(page.write);
    CHECK_FALSE(bench.dmi(kWord, tlm::TLM_WRITE_COMMAND).granted);
    const auto above = bench.dmi(kWord + 4096, tlm::TLM_WRITE_COMMAND);
    CHECK(above.granted);
    CHECK(above.first == kWord + 4096);
    CHECK(above.last == 0xFFFF);
    CHECK(above.host == kWord + 4096);
    CHECK(above.write);
}

}  // namespace
