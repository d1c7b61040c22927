// SPDX-License-Identifier: Apache-2.0
#include "result.h"

const char* result_name(enum result value) {
    switch (value) {
        case RESULT_OK:
            return "ok";
        case RESULT_BAD_ARGUMENT:
            return "bad argument";
        case RESULT_NOT_FOUND:
            return "not found";
        case RESULT_MALFORMED:
            return "malformed";
        case RESULT_NO_MEMORY:
            return "no memory";
        case RESULT_FULL:
            return "full";
        case RESULT_TIMEOUT:
            return "timeout";
        case RESULT_DEVICE_ERROR:
            return "device error";
    }
    return "unknown result";
}
