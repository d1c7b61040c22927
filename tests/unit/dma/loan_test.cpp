// SPDX-License-Identifier: Apache-2.0
// Commands by borrowed memory against the same ones burst by burst: bytes, records, statistics.
#include "base/loan.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <sstream>
#include <string>

#include "command_lines.h"
#include "counters.h"
#include "dma/dma_engine.h"
#include "fabric/router.h"
#include "fresh_simulation.h"
#include "memory/memory.h"
#include "memory/shared_sram.h"
#include "unit/memory/probe.h"

using namespace athena;

namespace {

constexpr std::uint64_t kSram = 0x10000;  // behind the memory
constexpr std::uint64_t kRom = 0x20000;
constexpr std::uint64_t kSize = 0x10000;

// Between engine and router: hands everything on, loans only if it may.
struct Gate : sc_core::sc_module, base::Target, base::Initiator {
    Gate(const sc_core::sc_module_name& name, bool lends_them)
        : sc_core::sc_module(name), in("in", *this), out("out", *this), lends(lends_them) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override {
        ++accesses;
        out->b_transport(payload, delay);
    }
    bool get_direct_mem_ptr(unsigned, tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi) override {
        return lends && out->get_direct_mem_ptr(payload, dmi);
    }
    base::TargetSocket in;
    base::InitiatorSocket out;
    bool lends;
    std::uint64_t accesses = 0;
};

struct Records : sc_core::sc_module, base::Target {
    explicit Records(const sc_core::sc_module_name& name)
        : sc_core::sc_module(name), socket("socket", *this) {}
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        text << sc_core::sc_time_stamp().value();
        for (unsigned i = 0; i < payload.get_data_length(); ++i) {
            text << ' ' << unsigned{payload.get_data_ptr()[i]};
        }
        text << '\n';
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
    base::TargetSocket socket;
    std::ostringstream text;
};

struct Bench {
    explicit Bench(bool lends) : gate("gate", lends) {
        probe.socket.bind(engine.socket);
        engine.fabric.bind(gate.in);
        engine.completion.bind(records.socket);
        gate.out.bind(router.add_input("in"));
        router.map("memory", {0}, kSize).bind(memory.socket);
        router.map("sram", {kSram}, kSize).bind(sram.socket);
        router.map("rom", {kRom}, kSize).bind(rom.socket);
        std::mt19937 random(7);
        for (auto bytes : {*memory.span(0, kSize), sram.bytes(), *rom.span(0, kSize)}) {
            for (std::byte& byte : bytes) {
                byte = static_cast<std::byte>(random());
            }
        }
        const memory::SharedSram::Claim claims[] = {{0x4000, 0x4100, false},
                                                    {0x8000, 0x8040, true}};
        REQUIRE(sram.claim(0, claims));
        code.mark({0x6000}, 64);
    }
    void run(std::span<const std::byte> command) {
        std::vector<std::byte> line(command.begin(), command.end());
        REQUIRE(probe.access(tlm::TLM_WRITE_COMMAND, 0x8000,
                             {reinterpret_cast<unsigned char*>(line.data()), line.size()}) ==
                tlm::TLM_OK_RESPONSE);
        sc_core::sc_start();
    }
    // All that a guest or a reader of statistics can see.
    std::string state() {
        std::string all;
        const base::StatisticsSource* const blocks[] = {&memory, &sram, &rom, &router, &engine};
        for (const base::StatisticsSource* block : blocks) {
            for (const auto& [name, value] : test::Counters(*block).values) {
                all += name + ' ' + std::to_string(value) + '\n';
            }
        }
        all += records.text.str() + log.str() + (code.has(6) ? "watched" : "not watched");
        const auto bytes = *memory.span(0, kSize);
        all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        all.append(reinterpret_cast<const char*>(sram.bytes().data()), kSize);
        return all;
    }

    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    base::CodePages code;
    memory::Memory memory{"memory", {.size = kSize}, code};
    memory::SharedSram sram{"sram", {.size = kSize}, diagnostics};
    memory::Memory rom{"rom", {.base = {kRom}, .size = kSize, .read_only = true}, code};
    fabric::Router router{"router", {}};
    dma::DmaEngine engine{"dma", {}, events, diagnostics};
    Gate gate;
    Records records{"records"};
    test::Probe probe{"probe"};
};

// Mostly inside one memory; now and then across its end, into a claim, or beyond all.
class Commands {
  public:
    explicit Commands(std::uint32_t seed) : random_(seed) {}

    std::vector<std::byte> next(std::uint32_t tag) {
        switch (below(3)) {
            case 0:
                return bytes(copy(tag));
            case 1:
                return bytes(nd(tag));
            default:
                return bytes(fill(tag));
        }
    }

  private:
    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
    std::uint32_t size(std::uint64_t limit) { return static_cast<std::uint32_t>(below(limit)); }
    std::uint64_t place() { return below(3) * kSize + below(kSize - (below(8) != 0 ? 0x3000 : 0)); }
    std::int64_t stride(std::uint64_t bytes) {
        const auto row = static_cast<std::int64_t>(bytes);
        return below(4) == 0 ? -row : row + static_cast<std::int64_t>(below(3) * 40);
    }
    template <std::size_t kBytes>
    static std::vector<std::byte> bytes(const std::array<std::byte, kBytes>& lines) {
        return {lines.begin(), lines.end()};
    }

    test::Line copy(std::uint32_t tag) {
        test::CopyFields fields{.tag = tag};
        fields.element_log2 = size(4);
        fields.transpose = below(4) == 0;
        fields.cols = size(100);
        fields.rows = size(40);
        fields.src = place();
        fields.dst = place();
        fields.src_stride =
            below(8) == 0 ? 0 : stride(std::uint64_t{fields.cols} << fields.element_log2);
        fields.dst_stride = stride(std::uint64_t{fields.transpose ? fields.rows : fields.cols}
                                   << fields.element_log2);
        return test::copy_line(fields);
    }
    test::TwoLines nd(std::uint32_t tag) {
        test::NdFields fields{.tag = tag};
        fields.element_log2 = size(4);
        fields.transpose = below(4) == 0;
        fields.cols = size(40);
        fields.rows = size(8);
        fields.src = place();
        fields.dst = place();
        for (std::size_t i = 0; i < 4; ++i) {
            fields.src_strides[i] = static_cast<std::int64_t>(below(600)) - 200;
            fields.dst_strides[i] = stride(below(400));
        }
        for (std::uint32_t& count : fields.sizes) {
            count = below(16) == 0 ? 0 : 1 + size(3);
        }
        if (below(2) == 0) {
            fields.multicast = size(64);
            fields.multicast_stride =
                fields.multicast == 0 ? 0 : size(below(4) == 0 ? 2 * kSize : 0x2000);
        }
        return test::nd_lines(fields);
    }
    test::Line fill(std::uint32_t tag) {
        test::FillFields fields{.pattern = below(256), .tag = tag};
        fields.element_log2 = size(4);
        fields.cols = size(200);
        fields.rows = size(40);
        fields.dst = place();
        fields.dst_stride = stride(below(400));
        return test::fill_line(fields);
    }

    std::mt19937 random_;
};

// After each command on a bench of its own, as only one simulation lives at a time.
std::vector<std::string> states(bool lends, std::uint32_t seed, std::uint64_t& accesses) {
    test::FreshSimulation simulation;
    Bench bench(lends);
    Commands commands(seed);
    std::vector<std::string> all;
    for (std::uint32_t tag = 0; tag < 120; ++tag) {
        bench.run(commands.next(tag));
        all.push_back(bench.state());
    }
    accesses += bench.gate.accesses;
    return all;
}

}  // namespace

TEST_CASE(
    "dma: a command by loans is the command by bursts, in bytes, records, faults and statistics") {
    std::uint64_t by_bursts = 0;
    std::uint64_t by_loans = 0;
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        const auto slow = states(false, seed, by_bursts);
        const auto fast = states(true, seed, by_loans);
        const bool same = slow == fast;
        CHECK(same);
    }
    CHECK(by_loans < by_bursts / 2);  // and most of them are
    CHECK(by_loans != 0);
}
