// SPDX-License-Identifier: Apache-2.0
#include "bootargs.h"

#include <stdbool.h>
#include <string.h>

static int digit_of(char character, unsigned base) {
    int digit = 99;
    if (character >= '0' && character <= '9') {
        digit = character - '0';
    } else if (character >= 'a' && character <= 'f') {
        digit = character - 'a' + 10;
    } else if (character >= 'A' && character <= 'F') {
        digit = character - 'A' + 10;
    }
    return digit < (int)base ? digit : -1;
}

static bool read_integer(const char* text, size_t length, uint64_t* value) {
    unsigned base = 10;
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
        length -= 2;
    }
    *value = 0;
    for (size_t i = 0; i < length; ++i) {
        const int digit = digit_of(text[i], base);
        if (digit < 0 || *value > (UINT64_MAX - (unsigned)digit) / base) {
            return false;
        }
        *value = *value * base + (unsigned)digit;
    }
    return length > 0;
}

// "e" and a whole number of at most two digits.
static bool read_exponent(const char* text, size_t length, int* exponent) {
    const bool sign = length > 1 && (text[1] == '-' || text[1] == '+');
    const size_t first = sign ? 2 : 1;
    if (length <= first || length > first + 2) {
        return false;
    }
    int value = 0;
    for (size_t i = first; i < length; ++i) {
        const int digit = digit_of(text[i], 10);
        if (digit < 0) {
            return false;
        }
        value = value * 10 + digit;
    }
    *exponent = text[1] == '-' ? -value : value;
    return true;
}

// Both the digits and the power of ten are exact in FP64: their quotient or product is rounded
// once.
static bool read_float(const char* text, size_t length, float* value) {
    enum { MOST_DIGITS = 15, MOST_POWER = 22 };
    const bool negative = length > 0 && text[0] == '-';
    uint64_t digits = 0;
    int power = 0;  // of ten, that the last digit counts
    unsigned count = 0;
    bool point = false;
    size_t i = negative ? 1 : 0;
    for (; i < length && text[i] != 'e' && text[i] != 'E'; ++i) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        const int digit = digit_of(text[i], 10);
        if (digit < 0 || ++count > MOST_DIGITS) {
            return false;
        }
        digits = digits * 10 + (unsigned)digit;
        power -= point ? 1 : 0;
    }
    int exponent = 0;
    if (count == 0 || (i < length && !read_exponent(text + i, length - i, &exponent))) {
        return false;
    }
    power += exponent;
    if (power < -MOST_POWER || power > MOST_POWER) {
        return false;
    }
    double scale = 1.0;
    for (int step = 0; step < (power < 0 ? -power : power); ++step) {
        scale *= 10.0;
    }
    const double magnitude = power < 0 ? (double)digits / scale : (double)digits * scale;
    *value = (float)(negative ? -magnitude : magnitude);
    return true;
}

static bool assign(const struct bootarg* argument, const char* text, size_t length) {
    if (argument->kind == BOOTARG_FLOAT) {
        return read_float(text, length, argument->target);
    }
    uint64_t value = 0;
    if (!read_integer(text, length, &value) || value < argument->minimum ||
        value > argument->maximum) {
        return false;
    }
    if (argument->kind == BOOTARG_U32) {
        *(uint32_t*)argument->target = (uint32_t)value;
    } else {
        *(uint64_t*)argument->target = value;
    }
    return true;
}

enum result bootargs_parse(const char* line, const struct bootarg* arguments, size_t count,
                           const char** culprit) {
    for (;;) {
        line += strspn(line, " \t\n");
        const size_t length = strcspn(line, " \t\n");
        if (length == 0) {
            return RESULT_OK;
        }
        const char* equal = memchr(line, '=', length);
        bool done = false;
        for (size_t i = 0; equal != NULL && i < count && !done; ++i) {
            const size_t key = strlen(arguments[i].key);
            if (key == (size_t)(equal - line) && memcmp(line, arguments[i].key, key) == 0) {
                done = assign(&arguments[i], equal + 1, length - key - 1);
                break;
            }
        }
        if (!done) {
            *culprit = line;
            return RESULT_BAD_ARGUMENT;
        }
        line += length;
    }
}
