// SPDX-License-Identifier: Apache-2.0
// One main for tests with and without SystemC: libsystemc's elaboration runs sc_main if it is
// linked.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

namespace sc_core {
__attribute__((weak)) extern int sc_elab_and_sim(int argc, char* argv[]);
}

extern "C" int sc_main(int argc, char* argv[]);
extern "C" int sc_main(int argc, char* argv[]) {
    return Catch::Session().run(argc, argv);
}

// Kernels of test::FreshSimulation are left alive on purpose; the leak checker is told so.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libsystemc\nleak:athena::test::FreshSimulation\n";
}

int main(int argc, char* argv[]) {
    return sc_core::sc_elab_and_sim != nullptr ? sc_core::sc_elab_and_sim(argc, argv)
                                               : sc_main(argc, argv);
}
