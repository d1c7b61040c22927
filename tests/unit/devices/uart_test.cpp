// SPDX-License-Identifier: Apache-2.0
// The uart's registers, data paths and errors. Expected values: PC16550D data sheet.
#include "uart_bench.h"

using namespace athena;
using namespace athena::test;

TEST_CASE("uart: reset values and writable bits of each register") {
    FreshSimulation simulation;
    UartBench bench;
    struct Row {
        UartOffset offset;
        std::uint8_t reset, after_ones;
    };
    for (const Row& row : {Row{kIer, 0x00, 0x0F}, Row{kMcr, 0x00, 0x1F}, Row{kLsr, 0x60, 0x60},
                           Row{kScr, 0x00, 0xFF}, Row{kLcr, 0x00, 0xFF}}) {
        CAPTURE(row.offset);
        CHECK(bench.read(row.offset) == row.reset);
        bench.write(row.offset, 0xFF);
        CHECK(bench.read(row.offset) == row.after_ones);
    }
    bench.uart.reset();
    for (const auto& [offset, value] : {std::pair{kIer, 0x00U},
                                        {kIir, 0x01U},
                                        {kLcr, 0x00U},
                                        {kMcr, 0x00U},
                                        {kLsr, 0x60U},
                                        {kMsr, 0xB0U}}) {
        CAPTURE(offset);
        CHECK(bench.read(offset) == value);
    }
    CHECK(bench.read(kScr) == 0xFF);  // master reset leaves it alone
}

TEST_CASE("uart: the divisor latches lie under DLAB and survive a reset") {
    FreshSimulation simulation;
    UartBench bench;
    bench.set_divisor(0x1234, 0x80);
    CHECK(bench.read(kDll) == 0x34);
    CHECK(bench.read(kDlm) == 0x12);
    bench.write(kLcr, 0x03);
    CHECK(bench.read(kIer) == 0);
    CHECK(bench.output().empty());
    bench.uart.reset();
    bench.write(kLcr, 0x80);
    CHECK(bench.read(kDll) == 0x34);
    CHECK(bench.read(kDlm) == 0x12);
}

TEST_CASE("uart: bytes go out in order and THR is empty again at once") {
    FreshSimulation simulation;
    UartBench bench;
    for (const char character : std::string_view("hello\n")) {
        CHECK((bench.read(kLsr) & 0x60) == 0x60);
        bench.write(kThr, static_cast<std::uint8_t>(character));
    }
    CHECK(bench.output() == "hello\n");
    CHECK(bench.output().empty());
}

TEST_CASE("uart: IIR tells whether the FIFOs are on; FCR without its bit 0 does nothing else") {
    FreshSimulation simulation;
    UartBench bench;
    CHECK(bench.read(kIir) == 0x01);
    bench.write(kFcr, 0xC0);
    CHECK(bench.read(kIir) == 0x01);
    bench.write(kFcr, 0x01);
    CHECK(bench.read(kIir) == 0xC1);
    bench.write(kFcr, 0x00);
    CHECK(bench.read(kIir) == 0x01);
}

TEST_CASE("uart: the FIFO holds 16 bytes, keeps them on an overrun, and LSR tells of it once") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kFcr, 0x01);
    CHECK(bench.uart.room() == 16);
    bench.send_in("0123456789abcdef");
    CHECK(bench.uart.room() == 0);
    CHECK(bench.read(kLsr) == 0x61);
    bench.send_in("x");
    CHECK(bench.read(kLsr) == 0x63);
    CHECK(bench.read(kLsr) == 0x61);
    CHECK(bench.drain() == "0123456789abcdef");
    CHECK(bench.read(kRbr) == 0);
}

TEST_CASE("uart: without FIFOs one byte is held, and an overrun replaces it") {
    FreshSimulation simulation;
    UartBench bench;
    CHECK(bench.uart.room() == 1);
    bench.send_in("ab");
    CHECK(bench.read(kLsr) == 0x63);
    CHECK(bench.read(kRbr) == 'b');
    CHECK(bench.read(kLsr) == 0x60);
}

TEST_CASE("uart: the FIFO is emptied by its reset bit, and by switching FIFOs on or off") {
    FreshSimulation simulation;
    UartBench bench;
    for (const std::uint8_t control : std::initializer_list<std::uint8_t>{0x03, 0x00, 0x01}) {
        bench.send_in("a");
        CHECK((bench.read(kLsr) & 1) == 1);
        bench.write(kFcr, control);
        CHECK((bench.read(kLsr) & 1) == 0);
    }
    bench.send_in("b");
    bench.write(kFcr, 0x01);  // no change
    bench.write(kFcr, 0x05);  // transmitter only
    CHECK(bench.drain() == "b");
}

TEST_CASE("uart: in loopback what is sent is received, and the line is cut off") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kFcr, 0x01);
    bench.write(kMcr, 0x10);
    bench.write(kThr, 'q');
    CHECK(bench.uart.room() == 0);
    bench.send_in("z");
    CHECK(bench.drain() == "q");
    CHECK(bench.output().empty());
    bench.write(kMcr, 0x00);
    bench.send_in("z");
    CHECK(bench.drain() == "z");
}

TEST_CASE("uart: in loopback the modem outputs are its inputs, and changes show once") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kMcr, 0x10);
    CHECK(bench.read(kMsr) == 0x0B);  // CTS, DSR and DCD have gone
    struct Row {
        std::uint8_t control, first, second;
    };
    // DTR gives DSR, RTS gives CTS, OUT1 gives RI, OUT2 gives DCD; RI tells of its fall only.
    for (const Row& row : {Row{0x11, 0x22, 0x20}, Row{0x12, 0x13, 0x10}, Row{0x14, 0x41, 0x40},
                           Row{0x18, 0x8C, 0x80}, Row{0x1F, 0xF3, 0xF0}, Row{0x10, 0x0F, 0x00}}) {
        CAPTURE(row.control);
        bench.write(kMcr, row.control);
        CHECK(bench.read(kMsr) == row.first);
        CHECK(bench.read(kMsr) == row.second);
    }
}

TEST_CASE("uart: what it does not answer is an error without effect") {
    FreshSimulation simulation;
    UartBench bench;
    bench.send_in("k");
    for (const unsigned size : {2U, 4U, 8U}) {
        bench.bus.refuses(0, size, tlm::TLM_BURST_ERROR_RESPONSE);
    }
    bench.bus.refuses(8, 1, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    std::uint8_t data = 0;
    std::uint8_t enable = 0xFF;
    bench.bus.probe.prepare(tlm::TLM_READ_COMMAND, 0, {&data, 1});
    bench.bus.probe.payload.set_byte_enable_ptr(&enable);
    bench.bus.probe.payload.set_byte_enable_length(1);
    bench.bus.probe.socket->b_transport(bench.bus.probe.payload, bench.bus.probe.delay);
    CHECK(bench.bus.probe.payload.get_response_status() == tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    bench.bus.probe.payload.set_byte_enable_ptr(nullptr);
    CHECK(bench.drain() == "k");
    CHECK(bench.output().empty());
}

TEST_CASE("uart: a debugger reads all registers without side effects") {
    FreshSimulation simulation;
    UartBench bench;
    bench.send_in("ab");
    for (int look = 0; look < 2; ++look) {
        // RBR 'b', IER 0, IIR 1, LCR 0, MCR 0, LSR data and overrun, MSR, SCR 0.
        CHECK(bench.bus.debug(0, 8) == 0x00B0'6300'0001'0062U);
    }
    CHECK(bench.bus.debug(7, 1) == 0U);
    CHECK_FALSE(bench.bus.debug(7, 2).has_value());
}

TEST_CASE("uart: saved with bytes in both directions and a timeout running, it goes on equally") {
    std::vector<std::byte> saved;
    {
        FreshSimulation simulation;
        UartBench bench;
        bench.set_divisor(2, 0x03);
        bench.write(kFcr, 0x81);
        bench.write(kIer, 0x01);
        bench.write(kThr, 'o');
        bench.send_in("in");
        run_until(47'222'222);
        saved = save(bench.events, bench.uart);
    }
    FreshSimulation simulation;
    UartBench bench;
    load(saved, bench.events, bench.uart);
    CHECK(bench.output() == "o");
    sc_core::sc_start();
    CHECK(bench.wires.changes == std::vector<Wires::Change>{{300'000'000, 10, true}});
    CHECK(bench.read(kIir) == 0xCC);
    CHECK(bench.drain() == "in");
}
