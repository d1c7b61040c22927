// SPDX-License-Identifier: Apache-2.0
// Where Verilator's runtime prints: the runtime is built with print() in the place of printf
// (verilated.h, VL_PRINTF), so that a failed assertion is told by whoever runs the model, once,
// and not on the standard output, which is the guest's console.
#pragma once

#include <string>

namespace athena::rtl {

/// From now on this thread's errors go to `first`, without Verilator's frame, and only if it is
/// empty: the first one stays. All else, and with null errors too, goes to standard output.
void capture_error(std::string* first);

[[gnu::format(printf, 1, 2)]] int print(const char* format, ...);

}  // namespace athena::rtl
