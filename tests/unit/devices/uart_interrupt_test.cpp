// SPDX-License-Identifier: Apache-2.0
// The uart's interrupts. Expected values: PC16550D data sheet, "Interrupt Control Functions" and
// "FIFO Interrupt Mode Operation".
#include "uart_bench.h"

using namespace athena;
using namespace athena::test;
using Changes = std::vector<Wires::Change>;

TEST_CASE("uart: IIR gives the most urgent cause, and each ends by its own remedy") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kFcr, 0x01);
    bench.write(kIer, 0x0F);             // THR is empty
    bench.send_in("0123456789abcdefg");  // received, and an overrun
    bench.write(kMcr, 0x10);             // the modem inputs change
    CHECK(bench.read(kIir) == 0xC6);
    CHECK(bench.read(kIir) == 0xC6);
    CHECK(bench.read(kLsr) == 0x63);
    CHECK(bench.read(kIir) == 0xC4);
    CHECK(bench.drain() == "0123456789abcdef");
    CHECK(bench.read(kIir) == 0xC2);  // reading it is the remedy
    CHECK(bench.read(kIir) == 0xC0);
    CHECK(bench.uart.irq.level());
    CHECK(bench.read(kMsr) == 0x0B);
    CHECK(bench.read(kIir) == 0xC1);
    CHECK_FALSE(bench.uart.irq.level());
}

TEST_CASE("uart: each cause interrupts only if its bit of IER is set") {
    struct Row {
        std::uint8_t enable, identification;
    };
    for (const Row& row :
         {Row{0x00, 0xC1}, Row{0x01, 0xC4}, Row{0x02, 0xC2}, Row{0x04, 0xC6}, Row{0x08, 0xC0}}) {
        CAPTURE(row.enable);
        FreshSimulation simulation;
        UartBench bench;
        bench.write(kFcr, 0x01);
        bench.send_in("0123456789abcdefg");
        bench.write(kMcr, 0x10);
        bench.write(kIer, row.enable);
        CHECK(bench.uart.irq.level() == (row.enable != 0));
        CHECK(bench.uart.receive_interrupt_enabled() == (row.enable == 0x01));
        CHECK(bench.read(kIir) == row.identification);
    }
}

TEST_CASE("uart: received data interrupts from the trigger level on, until below it") {
    for (const auto& [control, level] :
         {std::pair{0x01, 1U}, {0x41, 4U}, {0x81, 8U}, {0xC1, 14U}}) {
        CAPTURE(level);
        FreshSimulation simulation;
        UartBench bench;
        bench.set_divisor(1, 0x03);
        bench.write(kFcr, static_cast<std::uint8_t>(control));
        bench.write(kIer, 0x01);
        for (unsigned count = 1; count < level; ++count) {
            bench.send_in("x");
            CHECK_FALSE(bench.uart.irq.level());
        }
        bench.send_in("x");
        CHECK(bench.uart.irq.level());
        CHECK(bench.read(kIir) == 0xC4);
        (void)bench.read(kRbr);
        CHECK_FALSE(bench.uart.irq.level());
    }
}

TEST_CASE("uart: the character timeout comes 4 characters after the last byte") {
    struct Row {
        unsigned divisor;
        std::uint8_t line_control;
        std::uint64_t picoseconds;
    };
    // 4 * bits * 16 * divisor / 3686400 Hz: 8N1 is 10 bits, 8E2 is 12, 5N1 is 7.
    for (const Row& row : {Row{2, 0x03, 347'222'222}, Row{24, 0x1F, 5'000'000'000},
                           Row{24, 0x00, 2'916'666'666}, Row{0, 0x03, 0}}) {
        CAPTURE(row.divisor, row.line_control);
        FreshSimulation simulation;
        UartBench bench;
        bench.set_divisor(row.divisor, row.line_control);
        bench.write(kFcr, 0x41);
        bench.write(kIer, 0x01);
        bench.send_in("ab");
        sc_core::sc_start();
        CHECK(bench.wires.changes == Changes{{row.picoseconds, 10, true}});
        CHECK(bench.read(kIir) == 0xCC);
        (void)bench.read(kRbr);  // ends it, and it starts anew for the other byte
        CHECK(bench.read(kIir) == 0xC1);
        sc_core::sc_start();
        CHECK(bench.wires.changes.size() == 3);
        CHECK(bench.drain() == "b");
        sc_core::sc_start();
        CHECK(bench.wires.changes == Changes{{row.picoseconds, 10, true},
                                             {row.picoseconds, 10, false},
                                             {2 * row.picoseconds, 10, true},
                                             {2 * row.picoseconds, 10, false}});
    }
}

TEST_CASE("uart: a byte that comes or is read puts the character timeout off") {
    FreshSimulation simulation;
    UartBench bench;
    bench.set_divisor(24, 0x1F);  // 5 ms
    bench.write(kFcr, 0xC1);
    bench.write(kIer, 0x01);
    bench.send_in("a");
    run_until(4'000'000'000);
    bench.send_in("bc");
    run_until(8'000'000'000);
    (void)bench.read(kRbr);
    sc_core::sc_start();
    CHECK(bench.wires.changes == Changes{{13'000'000'000, 10, true}});
}

TEST_CASE("uart: without FIFOs there is no character timeout") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kIer, 0x01);
    bench.send_in("a");
    CHECK(bench.read(kIir) == 0x04);
    CHECK(bench.events.next_time() == base::kNever);
}

TEST_CASE("uart: the transmitter's interrupt comes again after each byte and each enabling") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kIer, 0x02);
    CHECK(bench.read(kIir) == 0x02);
    CHECK(bench.read(kIir) == 0x01);
    bench.write(kThr, 'x');
    CHECK(bench.uart.irq.level());
    CHECK(bench.read(kIir) == 0x02);
    bench.write(kIer, 0x02);  // no change
    CHECK(bench.read(kIir) == 0x01);
    bench.write(kIer, 0x00);
    bench.write(kIer, 0x02);
    CHECK(bench.read(kIir) == 0x02);
}

TEST_CASE("uart: a reset ends all interrupts") {
    FreshSimulation simulation;
    UartBench bench;
    bench.write(kIer, 0x0F);
    bench.send_in("ab");
    CHECK(bench.uart.irq.level());
    bench.uart.reset();
    CHECK_FALSE(bench.uart.irq.level());
    CHECK(bench.read(kLsr) == 0x60);
    bench.write(kIer, 0x0F);
    CHECK(bench.read(kIir) == 0x02);
}
