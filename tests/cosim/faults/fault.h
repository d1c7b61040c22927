// SPDX-License-Identifier: Apache-2.0
// Which fault of plant.py is on: ATHENA_FAULT, none without it. Test builds only.
#pragma once

namespace athena::test {

extern const unsigned kFault;

[[nodiscard]] inline bool fault(unsigned number) {
    return number == kFault;
}

}  // namespace athena::test
