// SPDX-License-Identifier: Apache-2.0
// A uart with its bus, its wire and the other end of its line.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "device_bench.h"
#include "devices/uart.h"

namespace athena::test {

/// PC16550D data sheet, table "Summary of Registers".
enum UartOffset : std::uint64_t {
    kRbr = 0,
    kThr = 0,
    kDll = 0,
    kIer = 1,
    kDlm = 1,
    kIir = 2,
    kFcr = 2,
    kLcr = 3,
    kMcr = 4,
    kLsr = 5,
    kMsr = 6,
    kScr = 7,
};

struct UartBench {
    UartBench() { uart.irq.connect(wires, 10); }

    std::uint64_t read(std::uint64_t offset) { return bus.read(offset, 1); }
    void write(std::uint64_t offset, std::uint8_t value) { bus.write(offset, 1, value); }
    void send_in(std::string_view text) {
        uart.receive(std::as_bytes(std::span(text.data(), text.size())));
    }
    std::string output() {
        const auto bytes = uart.take_output();
        std::string text(bytes.size(), ' ');
        std::ranges::transform(bytes, text.begin(),
                               [](std::byte byte) { return static_cast<char>(byte); });
        return text;
    }
    std::string drain() {
        std::string text;
        while ((read(kLsr) & 1) != 0) {
            text += static_cast<char>(read(kRbr));
        }
        return text;
    }
    void set_divisor(unsigned divisor, std::uint8_t line_control) {
        write(kLcr, 0x80);
        write(kDll, static_cast<std::uint8_t>(divisor));
        write(kDlm, static_cast<std::uint8_t>(divisor >> 8));
        write(kLcr, line_control);
    }

    base::EventQueue events{"events"};
    devices::Uart uart{"uart", {.clock_hz = 3'686'400}, events};
    Wires wires;
    Bus bus{uart};
};

}  // namespace athena::test
