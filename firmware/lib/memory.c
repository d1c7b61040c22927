// SPDX-License-Identifier: Apache-2.0
// memcpy and memset by 8-byte words in place of picolibc's, which go byte by byte.
#include <stddef.h>
#include <stdint.h>

typedef uint64_t __attribute__((may_alias)) word;

// Keeps the compiler from recognising the loops and calling the very functions that they make up.
#define PLAIN_LOOPS __attribute__((optimize("no-tree-loop-distribute-patterns")))

void* memcpy(void* restrict destination, const void* restrict source, size_t count);
void* memset(void* destination, int value, size_t count);

PLAIN_LOOPS void* memcpy(void* restrict destination, const void* restrict source, size_t count) {
    uint8_t* to = destination;
    const uint8_t* from = source;
    if ((((uintptr_t)to ^ (uintptr_t)from) & 7) == 0) {
        for (; count != 0 && ((uintptr_t)to & 7) != 0; --count) {
            *to++ = *from++;
        }
        for (; count >= sizeof(word); count -= sizeof(word)) {
            *(word*)to = *(const word*)from;
            to += sizeof(word);
            from += sizeof(word);
        }
    }
    for (; count != 0; --count) {
        *to++ = *from++;
    }
    return destination;
}

PLAIN_LOOPS void* memset(void* destination, int value, size_t count) {
    uint8_t* to = destination;
    const uint8_t byte = (uint8_t)value;
    for (; count != 0 && ((uintptr_t)to & 7) != 0; --count) {
        *to++ = byte;
    }
    const uint64_t pattern = 0x0101010101010101u * byte;
    for (; count >= sizeof(word); count -= sizeof(word)) {
        *(word*)to = pattern;
        to += sizeof(word);
    }
    for (; count != 0; --count) {
        *to++ = byte;
    }
    return destination;
}
