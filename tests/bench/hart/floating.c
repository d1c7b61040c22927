/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "workloads.h"

enum {
    kBodies = 8,
    kTaps = 32,
    kSamples = 256,
};

uint64_t run_floating(uint32_t rounds) {
    static double position[kBodies][3];
    static double velocity[kBodies][3];
    static double signal[kSamples];
    static double taps[kTaps];
    uint32_t random = 7;
    for (int i = 0; i < kBodies; ++i) {
        for (int d = 0; d < 3; ++d) {
            position[i][d] = 1.5 * ((i >> d) & 1) + next_random(&random) * 0x1p-28;
            velocity[i][d] = 0.0;
        }
    }
    for (int i = 0; i < kTaps; ++i) {
        taps[i] = 1.0 / (i + 2);
    }
    double checksum = 0.0;
    for (uint32_t round = 0; round < rounds; ++round) {
        for (int i = 0; i < kBodies; ++i) {
            for (int j = 0; j < i; ++j) {
                double delta[3];
                double squared = 0.0;
                for (int d = 0; d < 3; ++d) {
                    delta[d] = position[i][d] - position[j][d];
                    squared += delta[d] * delta[d];
                }
                const double inverse = 1.0 / squared;
                const double sixth = inverse * inverse * inverse;
                const double force = (sixth * sixth - 0.5 * sixth) * inverse * 1e-6;
                for (int d = 0; d < 3; ++d) {
                    velocity[i][d] += force * delta[d];
                    velocity[j][d] -= force * delta[d];
                }
            }
        }
        for (int i = 0; i < kBodies; ++i) {
            for (int d = 0; d < 3; ++d) {
                position[i][d] += velocity[i][d];
            }
        }
        for (int i = 0; i < kSamples; ++i) {
            signal[i] = 0.5 * signal[i] + (double)(int32_t)(next_random(&random) & 1023);
        }
        double filtered = 0.0;
        for (int i = 0; i + kTaps < kSamples; i += 8) {
            for (int t = 0; t < kTaps; ++t) {
                filtered += signal[i + t] * taps[t];
            }
        }
        checksum = 0.999 * checksum + filtered + position[round % kBodies][round % 3];
    }
    union {
        double value;
        uint64_t bits;
    } pun = {checksum};
    return pun.bits;
}
