// SPDX-License-Identifier: Apache-2.0
#include "decimal.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// 2^24, from where on FP32 has integers only.
static const float kFirstInteger = 16777216.0f;

// Writes digits from the right; returns the first one.
static char* put_digits(char* end, unsigned __int128 value, unsigned fewest) {
    for (unsigned count = 0; count < fewest || value != 0; ++count) {
        *--end = (char)('0' + (unsigned)(value % 10));
        value /= 10;
    }
    return end;
}

const char* decimal_text(char text[DECIMAL_BYTES], float value) {
    if (value != value) {
        return strcpy(text, "nan");
    }
    const bool negative = __builtin_signbit(value) != 0;
    const float magnitude = negative ? -value : value;
    char* at = text + DECIMAL_BYTES;
    *--at = '\0';
    if (magnitude - magnitude != 0.0f) {
        at -= 3;
        memcpy(at, "inf", 3);
    } else {
        // Below, the product is exact: 24 bits by 14.
        const bool whole = magnitude >= kFirstInteger;
        const double scaled = whole ? 0.0 : (double)magnitude * 10000.0;
        uint64_t parts = (uint64_t)scaled;
        const double rest = scaled - (double)parts;
        parts += rest > 0.5 || (rest == 0.5 && parts % 2 != 0);
        at = put_digits(at, parts % 10000, 4);
        *--at = '.';
        at = put_digits(at, whole ? (unsigned __int128)magnitude : parts / 10000, 1);
    }
    if (negative) {
        *--at = '-';
    }
    return memmove(text, at, (size_t)(text + DECIMAL_BYTES - at));
}
