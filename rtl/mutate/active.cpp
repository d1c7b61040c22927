// SPDX-License-Identifier: Apache-2.0
// Which planted fault is active in this process: ATHENA_MUTANT, a number of faults.json, or none.
#include <cstdlib>

extern "C" int athena_mutant() {
    const char* const number = std::getenv("ATHENA_MUTANT");
    return number == nullptr ? 0 : std::atoi(number);
}
