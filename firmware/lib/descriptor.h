// SPDX-License-Identifier: Apache-2.0
// Builds descriptors, the commands of ring, tile, DMA and vector core
// (models/command/descriptor.regs.toml): one line of 64 bytes, or two.
#pragma once

#include <stdalign.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct descriptor {
    alignas(64) uint8_t bytes[64];
};

// What every descriptor may carry besides its work. {0} waits for nothing; a count of 0 is no wait.
struct descriptor_sync {
    uint32_t tag;
    struct {
        uint8_t semaphore;
        uint16_t value;    // proceed when the semaphore has at least this; 0: no wait
        uint8_t subtract;  // not 0: then take `value` off it
    } wait[2];
    struct {
        uint8_t semaphore;
        uint16_t value;  // added at completion; 0: nothing
    } signal;
    uint8_t interrupt;  // not 0: interrupt at completion
};

// C[m][n] = (accumulate ? C : +0) + A[m][k] B[k][n], all in the tile's L1. Offsets and leading
// dimensions in bytes, multiples of 32, leading dimensions below 2 MiB. Formats are
// ATHENA_DESCRIPTOR_OPERAND_FORMAT_…, 0 is BF16; scales, [m] or [n][ceil(k / 32)], belong to MX
// formats, which A takes as it is only and B only transposed.
struct matmul_command {
    uint8_t tile;
    uint8_t accumulate;
    uint8_t result_bf16;   // not 0: C is BF16
    uint8_t a_transposed;  // not 0: A is stored [k][m]
    uint8_t b_transposed;  // not 0: B is stored [n][k]
    uint32_t m, n, k;
    uint32_t a, b, c;
    uint32_t a_ld, b_ld, c_ld;
    uint8_t a_format, b_format;
    uint32_t a_scales, b_scales;
    uint32_t a_scales_ld, b_scales_ld;
};

// destination row r = source row r; transposed: destination[c][r] = source[r][c].
struct copy_command {
    uint8_t channel;
    uint8_t log2_element;  // 0..3: elements of 1, 2, 4 or 8 bytes
    uint8_t transpose;
    uint64_t source;
    uint64_t destination;
    uint32_t columns;       // elements a source row
    uint32_t rows;          // source rows
    int64_t source_stride;  // bytes between rows
    int64_t destination_stride;
};

// As a copy_command, in loops over up to three more dimensions, the last the slowest; a size is 1
// where there is no such dimension, and 0 moves nothing. Strides are those of rows, then of the
// sizes. Bit i of `multicast` names a destination i * multicast_stride bytes behind `destination`;
// 0: there is but that one.
struct copy_nd_command {
    uint8_t channel;
    uint8_t log2_element;
    uint8_t transpose;
    uint64_t source;
    uint64_t destination;
    uint32_t columns;
    uint32_t rows;
    uint32_t size[3];
    int64_t source_stride[4];  // bytes
    int64_t destination_stride[4];
    uint32_t multicast;
    uint32_t multicast_stride;
};

// Every element of the block becomes the pattern, which has no bits beyond its size.
struct fill_command {
    uint8_t channel;
    uint8_t log2_element;
    uint64_t pattern;
    uint64_t destination;
    uint32_t columns;
    uint32_t rows;
    int64_t destination_stride;
};

// Formats and spreads are ATHENA_DESCRIPTOR_VECTOR_FORMAT_… and ATHENA_DESCRIPTOR_SPREAD_….
struct vector_operand {
    uint32_t address;  // in shared SRAM, or an immediate's bits
    uint32_t ld;       // bytes between rows
    uint8_t format;
    uint8_t spread;
};

// An operation of a vector core; what it does not take is zero (docs/vector-numerics.md).
struct vector_command {
    uint8_t core;
    uint8_t operation;  // ATHENA_DESCRIPTOR_VECTOR_OPERATION_…
    uint8_t accumulate;
    uint8_t saturate;
    uint8_t mx_format;  // ATHENA_DESCRIPTOR_OPERAND_FORMAT_… of a quantisation
    uint32_t rows, columns, entries;
    struct vector_operand a, b, c, d, out, out1, out2;
    uint32_t scale;   // bits of an FP32
    uint32_t offset;  // likewise, or the first index of a table
    uint64_t seed;
    uint64_t first;
    uint32_t stream;
};

enum { DESCRIPTOR_VECTOR_LINES = 2, DESCRIPTOR_COPY_ND_LINES = 2 };

struct descriptor descriptor_nop(const struct descriptor_sync* sync);
struct descriptor descriptor_fence(const struct descriptor_sync* sync);
struct descriptor descriptor_matmul(const struct matmul_command* command,
                                    const struct descriptor_sync* sync);
struct descriptor descriptor_copy(const struct copy_command* command,
                                  const struct descriptor_sync* sync);
void descriptor_copy_nd(const struct copy_nd_command* command, const struct descriptor_sync* sync,
                        struct descriptor lines[DESCRIPTOR_COPY_ND_LINES]);
struct descriptor descriptor_fill(const struct fill_command* command,
                                  const struct descriptor_sync* sync);
void descriptor_vector(const struct vector_command* command, const struct descriptor_sync* sync,
                       struct descriptor lines[DESCRIPTOR_VECTOR_LINES]);
// Replays `lines` lines at `address`, a multiple of 64.
struct descriptor descriptor_call(uint64_t address, uint32_t lines,
                                  const struct descriptor_sync* sync);
// Writes 4 bytes, such as to a semaphore of another cluster (SEMAPHORE_ADD).
struct descriptor descriptor_notify(uint64_t address, uint32_t value,
                                    const struct descriptor_sync* sync);
// Sets a semaphore; the sync's own signal must be unused.
struct descriptor descriptor_set_semaphore(uint8_t semaphore, uint32_t value,
                                           const struct descriptor_sync* sync);
// Writes the cluster's cycle count, 8 bytes, to an address that is a multiple of 8.
struct descriptor descriptor_timestamp(uint64_t address, const struct descriptor_sync* sync);

#ifdef __cplusplus
}
#endif
