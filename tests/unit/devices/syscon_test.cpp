// SPDX-License-Identifier: Apache-2.0
#include "devices/syscon.h"

#include <sstream>

#include "device_bench.h"

using namespace athena;

namespace {

struct Bench {
    std::ostringstream log;
    base::Diagnostics diagnostics{log};
    base::EventQueue events{"events"};
    int resets = 0;
    devices::Syscon syscon{"syscon", diagnostics, [this] { ++resets; }};
    test::Bus bus{syscon};
};

}  // namespace

TEST_CASE("syscon: 0x5555 ends the run as passed") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(0, 4, 0x5555);
    REQUIRE(bench.diagnostics.stopped());
    CHECK(bench.diagnostics.stopped()->status == base::ExitStatus::Passed);
    CHECK_FALSE(bench.syscon.failure_code().has_value());
}

TEST_CASE("syscon: 0x3333 ends the run as failed, with the code of the high half") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(0, 4, 0xFFFE'3333);
    REQUIRE(bench.diagnostics.stopped());
    CHECK(bench.diagnostics.stopped()->status == base::ExitStatus::GuestFailed);
    CHECK(bench.diagnostics.stopped()->reason == "the guest failed with code 65534");
    CHECK(bench.syscon.failure_code() == 65534U);
}

TEST_CASE("syscon: a 2-byte write has code 0") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(0, 2, 0x3333);
    CHECK(bench.syscon.failure_code() == 0U);
}

TEST_CASE("syscon: 0x7777 asks for a reset, and the run goes on") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.write(0, 4, 0x7777);
    bench.bus.write(0, 4, 0x7777);
    CHECK(bench.resets == 2);
    CHECK_FALSE(bench.diagnostics.stopped().has_value());
    CHECK(bench.bus.read(0, 4) == 0);
}

TEST_CASE("syscon: any other value is a guest fault without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    for (const std::uint32_t value : {0U, 1U, 0x5554U, 0x1'0000U}) {
        bench.bus.write(0, 4, value);
    }
    CHECK(bench.diagnostics.guest_faults() == 4);
    CHECK(bench.log.str().find("syscon: FINISHER: unknown command 0x5554\n") != std::string::npos);
    CHECK_FALSE(bench.diagnostics.stopped().has_value());
    CHECK(bench.resets == 0);
}

TEST_CASE("syscon: what it does not answer is an error without effect") {
    test::FreshSimulation simulation;
    Bench bench;
    bench.bus.refuses(0, 1, tlm::TLM_BURST_ERROR_RESPONSE);
    bench.bus.refuses(0, 8, tlm::TLM_BURST_ERROR_RESPONSE);
    bench.bus.refuses(2, 2, tlm::TLM_BURST_ERROR_RESPONSE);
    bench.bus.refuses(4, 4, tlm::TLM_ADDRESS_ERROR_RESPONSE);
    CHECK(bench.diagnostics.guest_faults() == 0);
}

TEST_CASE("syscon: saved and loaded") {
    std::vector<std::byte> saved;
    {
        test::FreshSimulation simulation;
        Bench bench;
        bench.bus.write(0, 4, 0x7777);
        saved = test::save(bench.events, bench.syscon);
    }
    test::FreshSimulation simulation;
    Bench bench;
    test::load(saved, bench.events, bench.syscon);
    CHECK(test::save(bench.events, bench.syscon) == saved);
}
