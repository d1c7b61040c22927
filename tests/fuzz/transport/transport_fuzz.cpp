// SPDX-License-Identifier: Apache-2.0
// Whatever an initiator does to a block of the control subsystem: it gets a response, nothing else
// of it is touched, and nobody crashes. With the asan preset this also finds reads out of bounds.
// ATHENA_FUZZ=N goes through N seeds.
#include "devices/clint.h"
#include "devices/plic.h"
#include "devices/rtc.h"
#include "devices/syscon.h"
#include "devices/uart.h"
#include "fabric/router.h"
#include "fuzzed_block.h"
#include "perf/perf.h"
#include "regs/clint_regs.h"
#include "regs/perf_regs.h"
#include "regs/plic_regs.h"
#include "regs/rtc_regs.h"
#include "regs/syscon_regs.h"
#include "regs/uart_regs.h"
#include "regs/virtio_mmio_regs.h"
#include "virtio/entropy.h"
#include "virtio/virtio_mmio.h"

using namespace athena;
using test::Board;
using test::kMemorySize;
using test::Places;
using test::places_of;

namespace {

template <typename Make>
void fuzz(const std::string& name, const Places& places, bool with_time, Make make) {
    test::fuzz("fuzz_transport", name, places, with_time, make);
}

}  // namespace

TEST_CASE("clint: random transactions") {
    fuzz("clint", places_of(regs::clint::kRegisters, 0x1'0000), true, [](Board& board) {
        auto clint = std::make_unique<devices::Clint>("clint", devices::Clint::Config{.harts = 3},
                                                      board.events);
        board.probe.socket.bind(clint->socket);
        return clint;
    });
}

TEST_CASE("plic: random transactions") {
    fuzz("plic", places_of(regs::plic::kRegisters, 0x60'0000), false, [](Board& board) {
        auto plic = std::make_unique<devices::Plic>(
            "plic", devices::Plic::Config{.sources = 1023, .contexts = 5});
        board.probe.socket.bind(plic->socket);
        for (unsigned source = 0; source < 1024; source += 3) {
            plic->set_irq(source, true);
        }
        return plic;
    });
}

TEST_CASE("uart: random transactions") {
    fuzz("uart", places_of(regs::uart::kRegisters, 0x100), true, [](Board& board) {
        auto uart = std::make_unique<devices::Uart>("uart", devices::Uart::Config{}, board.events);
        board.probe.socket.bind(uart->socket);
        return uart;
    });
}

TEST_CASE("rtc: random transactions") {
    fuzz("rtc", places_of(regs::rtc::kRegisters, 0x1000), true, [](Board& board) {
        auto rtc = std::make_unique<devices::Rtc>("rtc", devices::Rtc::Config{}, board.events);
        board.probe.socket.bind(rtc->socket);
        return rtc;
    });
}

TEST_CASE("perf: random transactions") {
    fuzz("perf", places_of(regs::perf::kRegisters, 0x1000), false, [](Board& board) {
        auto perf = std::make_unique<perf::Perf>("perf", board.counted, board.events);
        board.probe.socket.bind(perf->socket);
        return perf;
    });
}

TEST_CASE("syscon: random transactions") {
    fuzz("syscon", places_of(regs::syscon::kRegisters, 0x1000), false, [](Board& board) {
        auto syscon = std::make_unique<devices::Syscon>("syscon", board.diagnostics, [] {});
        board.probe.socket.bind(syscon->socket);
        return syscon;
    });
}

TEST_CASE("memory: random transactions") {
    const Places places{{0, 4096, kMemorySize - 1, kMemorySize - 64}, kMemorySize};
    fuzz("memory", places, false, [](Board& board) {
        board.probe.socket.bind(board.memory("memory"));
        return 0;
    });
}

TEST_CASE("rom: random transactions") {
    const Places places{{0, kMemorySize - 1, kMemorySize - 64}, kMemorySize};
    fuzz("rom", places, false, [](Board& board) {
        board.probe.socket.bind(board.memory("rom", true));
        return 0;
    });
}

TEST_CASE("router: random transactions") {
    constexpr std::uint64_t kBase = 0x10'0000;
    constexpr std::uint64_t kLast = ~std::uint64_t{0} - kMemorySize + 1;
    const Places places{{0, kBase - 1, kBase, kBase + kMemorySize - 1, kLast}, kBase + kMemorySize};
    fuzz("router", places, false, [](Board& board) {
        auto router =
            std::make_unique<fabric::Router>("router", fabric::Router::Config{.latency = {10}});
        board.probe.socket.bind(router->add_input("in"));
        router->map("memory", {kBase}, kMemorySize).bind(board.memory("memory"));
        router->map("records", {kLast}, kMemorySize).bind(board.memory("records"));
        return router;
    });
}

namespace {

void fuzz_virtio(const std::string& name, bool empty) {
    Places places = places_of(regs::virtio_mmio::kRegisters, 0x1000);
    places.offsets.insert(places.offsets.end(), {0x100, 0x104, 0xFFC});
    fuzz(name, places, true, [&](Board& board) {
        auto device = empty ? nullptr : std::make_unique<virtio::Entropy>(1);
        auto mmio = std::make_unique<virtio::VirtioMmio>("virtio", virtio::VirtioMmio::Config{},
                                                         std::move(device), board.events,
                                                         board.diagnostics);
        board.probe.socket.bind(mmio->socket);
        mmio->memory.bind(board.memory("memory"));
        return mmio;
    });
}

}  // namespace

TEST_CASE("virtio: random transactions") {
    fuzz_virtio("virtio:", false);
}

TEST_CASE("virtio slot without a device: random transactions") {
    fuzz_virtio("virtio slot", true);
}
