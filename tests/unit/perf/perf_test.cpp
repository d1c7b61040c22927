// SPDX-License-Identifier: Apache-2.0
#include "perf/perf.h"

#include <string>

#include "unit/devices/device_bench.h"

using namespace athena;

namespace {

enum Offset : std::uint64_t {
    kId = 0x00,
    kCounters = 0x04,
    kCapture = 0x08,
    kSelect = 0x0C,
    kValue = 0x10,
    kTime = 0x18,
    kUnit = 0x30,
    kWork = 0x38,
    kName = 0x80,
    kNameEnd = 0x100,
    kSection = 0x40,
    kMark = 0x44,
    kSectionName = 0x100,
    kEnd = 0x140,
};

/// Two blocks, one within the other.
struct Counted : base::StatisticsSource {
    void report(base::StatisticsVisitor& visitor) const override {
        ++asked;
        visitor.counter("faults", faults);
        visitor.enter("cluster0");
        visitor.enter(inner);
        visitor.counter("bytes", bytes);
        visitor.leave();
        visitor.counter("cycles", cycles);
        visitor.leave();
    }
    std::string inner = "dma";
    std::uint64_t faults = 1;
    std::uint64_t bytes = 0x1'2345'6789'ABCD;
    std::uint64_t cycles = 7;
    mutable unsigned asked = 0;
};

struct Bench {
    std::string name() {
        std::string text;
        for (std::uint64_t offset = kName; offset < kNameEnd; ++offset) {
            text.push_back(static_cast<char>(bus.read(offset, 1)));
        }
        return text.substr(0, text.find('\0'));
    }
    std::string select(std::uint64_t index) {
        bus.write(kSelect, 4, index);
        return name() + " = " + std::to_string(bus.read(kValue, 8));
    }
    base::EventQueue events{"events"};
    Counted counted;
    perf::Perf perf{"perf", counted, events};
    test::Bus bus{perf};
};

}  // namespace

TEST_CASE("perf: nothing is counted or asked before the first capture") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.bus.read(kId, 4) == 0x41505246);
    CHECK(bench.bus.read(kCounters, 4) == 0);
    CHECK(bench.select(0) == " = 0");
    CHECK(bench.counted.asked == 0);
}

TEST_CASE("perf: a capture lists all counters by path") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kCapture, 4, 1);
    CHECK(bench.bus.read(kCounters, 4) == 3);
    CHECK(bench.select(0) == "faults = 1");
    CHECK(bench.select(1) == "cluster0.dma.bytes = 320255973501901");  // 0x123456789ABCD
    CHECK(bench.select(2) == "cluster0.cycles = 7");
    CHECK(bench.select(3) == " = 0");
    CHECK(bench.select(0xFFFF'FFFF) == " = 0");
    CHECK(bench.counted.asked == 1);
}

TEST_CASE("perf: values and time stay those of the capture until the next one") {
    test::FreshSimulation simulation;
    Bench bench;
    test::run_until(1'500);
    bench.bus.write(kSelect, 4, 2);
    bench.bus.write(kCapture, 4, 0);
    bench.counted.cycles = 8;
    test::run_until(2'500);
    CHECK(bench.bus.read(kValue, 8) == 7);
    CHECK(bench.bus.read(kTime, 8) == 1'500);
    bench.bus.write(kCapture, 4, 0);
    CHECK(bench.bus.read(kValue, 8) == 8);
    CHECK(bench.bus.debug(kValue, 8) == 8);
    CHECK(bench.bus.read(kTime, 8) == 2'500);
}

TEST_CASE("perf: a name ends after 127 characters") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.counted.inner = std::string(200, 'x');
    bench.bus.write(kCapture, 4, 1);
    CHECK(bench.select(1).starts_with("cluster0." + std::string(118, 'x') + " = "));
}

TEST_CASE("perf: a reset forgets the capture") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kCapture, 4, 1);
    bench.bus.write(kSelect, 4, 1);
    bench.perf.reset();
    CHECK(bench.bus.read(kCounters, 4) == 0);
    CHECK(bench.bus.read(kSelect, 4) == 0);
    CHECK(bench.select(1) == " = 0");
}

TEST_CASE("perf: work that software reports adds up, in the unit that it names") {
    test::FreshSimulation simulation;
    Bench bench;
    CHECK(bench.perf.work().amount == 0);
    bench.bus.write(kUnit, 8, 0x736E'656B'6F74);  // "tokens"
    bench.bus.write(kWork, 4, 768);
    bench.bus.write(kWork, 4, 0xFFFF'FFFF);
    CHECK(bench.perf.work().unit == "tokens");
    CHECK(bench.perf.work().amount == 0x1'0000'02FF);
    CHECK(bench.bus.read(kWork, 4) == 0);
    CHECK(bench.bus.read(kUnit, 8) == 0x736E'656B'6F74);
}

TEST_CASE("perf: a unit is eight printable characters at most") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kWork, 4, 1);
    CHECK(bench.perf.work().unit == "units");
    bench.bus.write(kUnit, 8, 0x6867'6665'6463'6261);
    bench.bus.write(kWork, 4, 1);
    CHECK(bench.perf.work().unit == "abcdefgh");
    bench.bus.write(kUnit, 8, 0x1B'0A62);  // 'b', line feed, escape
    bench.bus.write(kWork, 4, 1);
    CHECK(bench.perf.work().unit == "b??");
}

TEST_CASE("perf: work goes on through a reset, and through save and load") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.bus.write(kUnit, 4, 0x78);
        bench.bus.write(kWork, 4, 5);
        bench.perf.reset();
        CHECK(bench.bus.read(kUnit, 8) == 0);
        saved = test::save(bench.events, bench.perf);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.perf);
    CHECK(bench.perf.work().amount == 5);
    CHECK(bench.perf.work().unit == "x");
}

TEST_CASE("perf: a section has the last name that was given to its number") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kSectionName, 8, 0x6867'6665'6463'6261);  // "abcdefgh"
    bench.bus.write(kSectionName + 8, 8, 0x07'2F69);          // "i/", bell
    bench.bus.write(kSectionName + 16, 8, 0x78);              // "x", behind the end
    bench.bus.write(kSection, 4, 7);
    bench.bus.write(kSectionName, 8, 0x79);  // "y"
    bench.bus.write(kSection, 4, 0xFFFF);
    CHECK(bench.perf.sections() == perf::Sections{{7, "abcdefghi/?"}, {0xFFFF, "y"}});
    bench.bus.write(kSection, 4, 7);
    for (const std::uint64_t number : {0x0ull, 0x1'0000ull, 0x1'0007ull}) {
        bench.bus.write(kSection, 4, number);
    }
    CHECK(bench.perf.sections() == perf::Sections{{7, "y"}, {0xFFFF, "y"}});
    CHECK(bench.bus.read(kSection, 4) == 0);
}

TEST_CASE("perf: a name of a section has up to 64 characters") {
    test::FreshSimulation simulation;
    Bench bench;
    for (std::uint64_t element = 0; element < 8; ++element) {
        bench.bus.write(kSectionName + 8 * element, 8, 0x6161'6161'6161'6161);
    }
    bench.bus.write(kSection, 4, 1);
    CHECK(bench.perf.sections().at(1) == std::string(64, 'a'));
}

TEST_CASE("perf: sections stay over a reset, and through save and load") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.bus.write(kSectionName, 8, 0x78);
        bench.bus.write(kSection, 4, 3);
        bench.perf.reset();
        saved = test::save(bench.events, bench.perf);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.perf);
    CHECK(bench.perf.sections() == perf::Sections{{3, "x"}});
}

TEST_CASE("perf: who observes is told of each mark with its name and number") {
    struct Marks : perf::MarkObserver {
        void marked(std::string_view name, std::uint32_t number, std::uint64_t now) override {
            lines.push_back(std::string(name) + " " + std::to_string(number) + " at " +
                            std::to_string(now));
        }
        std::vector<std::string> lines;
    };
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(kSectionName, 8, 0x70'6574'73);  // "step"
    bench.bus.write(kMark, 4, 1);                    // nobody hears it
    Marks marks;
    bench.perf.observe(marks);
    bench.bus.write(kMark, 4, 3);
    bench.bus.write(kSectionName, 8, 0x07'78);  // "x", bell
    bench.bus.write(kMark, 4, 0xFFFF'FFFF);
    const std::string now = std::to_string(bench.events.now().value);
    CHECK(marks.lines == std::vector<std::string>{"step 3 at " + now, "x? 4294967295 at " + now});
    CHECK(bench.bus.read(kMark, 4) == 0);
    CHECK(bench.perf.sections().empty());
}

TEST_CASE("perf: there is nothing beyond the registers") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.refuses(kEnd, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    bench.bus.refuses(0x20, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
}

TEST_CASE("perf: saved after a capture and loaded into a fresh board, it shows the same") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.bus.write(kCapture, 4, 1);
        bench.bus.write(kSelect, 4, 1);
        saved = test::save(bench.events, bench.perf);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.perf);
    CHECK(bench.name() == "cluster0.dma.bytes");
    CHECK(bench.select(2) == "cluster0.cycles = 7");
    CHECK(bench.counted.asked == 0);
}
