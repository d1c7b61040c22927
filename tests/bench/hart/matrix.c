/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "workloads.h"

enum { kOrder = 96 };

uint64_t run_matrix(uint32_t rounds) {
    static double a[kOrder][kOrder];
    static double b[kOrder][kOrder];
    static double c[kOrder][kOrder];
    uint32_t random = 3;
    for (int i = 0; i < kOrder; ++i) {
        for (int j = 0; j < kOrder; ++j) {
            a[i][j] = next_random(&random) * 0x1p-24;
            b[i][j] = next_random(&random) * 0x1p-24 - 0.5;
        }
    }
    for (uint32_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < kOrder; ++i) {
            for (int j = 0; j < kOrder; ++j) {
                double sum = 0.125 * c[i][j];
                for (int k = 0; k < kOrder; ++k) {
                    sum += a[i][k] * b[k][j];
                }
                c[i][j] = sum;
            }
        }
    }
    double sum = 0;
    for (int i = 0; i < kOrder; ++i) {
        for (int j = 0; j < kOrder; ++j) {
            sum = 0.5 * sum + c[i][j];
        }
    }
    union {
        double value;
        uint64_t bits;
    } pun = {sum};
    return pun.bits;
}
