// SPDX-License-Identifier: Apache-2.0
// SystemC's library wants it; libFuzzer's main is the one that runs.
extern "C" int sc_main(int, char*[]);
extern "C" int sc_main(int, char*[]) {
    return 1;
}

// As tests/test_main.cpp.
extern "C" const char* __lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libsystemc\nleak:athena::test::FreshSimulation\n";
}
