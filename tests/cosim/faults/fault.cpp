// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

#include <cstdlib>

namespace athena::test {

namespace {

unsigned wanted() {
    const char* text = std::getenv("ATHENA_FAULT");
    return text == nullptr ? 0 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

}  // namespace

const unsigned kFault = wanted();

}  // namespace athena::test
