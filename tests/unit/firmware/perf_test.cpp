// SPDX-License-Identifier: Apache-2.0
// The driver of the performance counters against mock registers; offsets typed here once more.
#include "perf.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "mock_bus.h"

using athena::test::MockBus;

namespace {

constexpr std::uintptr_t kBase = 0x4000'0000;
constexpr struct fdt_region kRegion = {kBase, 0x1000};

/// Counters 0, 10, 20, … with these names.
struct Device {
    Device() {
        bus.registers[kBase] = 0x41505246;
        bus.on_write[kBase + 0x08] = [this](std::uint64_t) {
            ++captures;
            bus.registers[kBase + 0x04] = names.size();
        };
        bus.on_read[kBase + 0x10] = [this] { return 10 * bus.registers[kBase + 0x0C]; };
        for (std::size_t element = 0; element < 16; ++element) {
            bus.on_read[kBase + 0x80 + 8 * element] = [this, element] {
                std::string name = names.at(bus.registers[kBase + 0x0C]);
                name.resize(128);
                std::uint64_t word = 0;
                std::memcpy(&word, name.data() + 8 * element, 8);
                return word;
            };
        }
    }
    MockBus bus;
    unsigned captures = 0;
    std::vector<std::string> names = {"faults", "hbm.read", "hbm.reads", "hbm.rea"};
};

}  // namespace

TEST_CASE("perf: a board without counters is told apart", "[firmware]") {
    MockBus bus;
    struct perf perf {};
    const struct fdt_region none = {0, 0};
    CHECK(perf_init(&perf, &none) == RESULT_NOT_FOUND);
    CHECK(bus.accesses.empty());
    CHECK(perf_init(&perf, &kRegion) == RESULT_NOT_FOUND);
}

TEST_CASE("perf: counters are found by their whole name", "[firmware]") {
    Device device;
    struct perf perf {};
    REQUIRE(perf_init(&perf, &kRegion) == RESULT_OK);
    std::uint64_t value = 99;
    CHECK(perf_read(&perf, "faults", &value) == RESULT_NOT_FOUND);  // nothing captured
    perf_capture(&perf);
    CHECK(device.captures == 1);
    const std::vector<std::pair<const char*, std::uint64_t>> expected = {
        {"faults", 0}, {"hbm.read", 10}, {"hbm.reads", 20}, {"hbm.rea", 30}};
    for (const auto& [name, wanted] : expected) {
        CAPTURE(name);
        CHECK(perf_read(&perf, name, &value) == RESULT_OK);
        CHECK(value == wanted);
    }
    value = 99;
    for (const std::string& name : {std::string("hbm"), std::string(128, 'x'), std::string()}) {
        CAPTURE(name);
        CHECK(perf_read(&perf, name.c_str(), &value) == RESULT_NOT_FOUND);
    }
    CHECK(value == 99);
}

TEST_CASE("perf: work is reported in a unit of up to eight characters", "[firmware]") {
    Device device;
    struct perf perf {};
    REQUIRE(perf_init(&perf, &kRegion) == RESULT_OK);
    perf_name_work(&perf, "tokens");
    CHECK(device.bus.registers[kBase + 0x30] == 0x736E'656B'6F74);
    perf_name_work(&perf, "abcdefghi");
    CHECK(device.bus.registers[kBase + 0x30] == 0x6867'6665'6463'6261);
    perf_add_work(&perf, 768);
    CHECK(device.bus.registers[kBase + 0x38] == 768);
}

TEST_CASE("perf: a section is named by its whole name, then its number", "[firmware]") {
    Device device;
    struct perf perf {};
    REQUIRE(perf_init(&perf, &kRegion) == RESULT_OK);
    std::vector<std::uint64_t> numbers;
    device.bus.on_write[kBase + 0x40] = [&](std::uint64_t number) {
        numbers.push_back(number);
        std::string name;
        for (std::size_t character = 0; character < 64; ++character) {
            const std::uint64_t element = device.bus.registers[kBase + 0x100 + character / 8 * 8];
            name.push_back(static_cast<char>(element >> character % 8 * 8));
        }
        CHECK(name.substr(0, name.find('\0')) == (number == 5 ? "layer 11/attention" : "b"));
    };
    perf_name_section(&perf, 5, "layer 11/attention");
    perf_name_section(&perf, 6, "b");
    CHECK(numbers == std::vector<std::uint64_t>{5, 6});
}

TEST_CASE("perf: a mark is named by its whole name, then its number", "[firmware]") {
    Device device;
    struct perf perf {};
    REQUIRE(perf_init(&perf, &kRegion) == RESULT_OK);
    perf_name_section(&perf, 5, "layer 11/attention");
    bool marked = false;
    device.bus.on_write[kBase + 0x44] = [&](std::uint64_t number) {
        marked = true;
        CHECK(number == 70000);
        CHECK(device.bus.registers[kBase + 0x100] == 0x7065'7473);  // "step"
        CHECK(device.bus.registers[kBase + 0x108] == 0);
    };
    perf_mark(&perf, "step", 70000);
    CHECK(marked);
}
