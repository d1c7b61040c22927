// SPDX-License-Identifier: Apache-2.0
// What every function of the library that can fail returns.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

enum result {
    RESULT_OK = 0,
    RESULT_BAD_ARGUMENT,
    RESULT_NOT_FOUND,
    RESULT_MALFORMED,  // device tree or arguments cannot be read
    RESULT_NO_MEMORY,
    RESULT_FULL,          // no free place in a queue
    RESULT_TIMEOUT,       // a bounded wait ran out; wait_report() has named it
    RESULT_DEVICE_ERROR,  // the device reports an error; its record says which
};

#define MUST_USE __attribute__((warn_unused_result))

// "ok", "timeout", …
const char* result_name(enum result value);

#ifdef __cplusplus
}
#endif
