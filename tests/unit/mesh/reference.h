// SPDX-License-Identifier: Apache-2.0
// Latency and throughput of a mesh in a published simulator: BookSim 2, commit 28f4329 of
// 2017-06-27. 4x4 mesh, XY routing, 4 VCs of 8 flits, any VC at every hop, credit delay 1 + 1
// cycle, VCs free again when the tail has left, VC and switch allocation iSLIP with one iteration,
// not speculative, speedup 1, link and terminal channels 1 cycle, Bernoulli sources with endless
// queues.
#pragma once

#include <cstdint>

#include "tests/unit/mesh/traffic.h"

namespace athena::test {

struct ReferencePoint {
    Pattern pattern;
    std::uint32_t packet_flits;
    std::uint32_t router_cycles;
    double offered;         // flits a node and cycle
    double accepted;        // the same
    double packet_latency;  // cycles, mean; 0: above 500
    double network_latency;
};

inline constexpr ReferencePoint kReference[] = {
    {Pattern::Neighbor, 1, 4, 0.01, 0.0100, 21.97, 21.97},
    {Pattern::Neighbor, 1, 4, 0.05, 0.0500, 21.98, 21.98},
    {Pattern::Neighbor, 1, 4, 0.1, 0.1002, 22.00, 22.00},
    {Pattern::Neighbor, 1, 4, 0.2, 0.2004, 22.00, 22.00},
    {Pattern::Neighbor, 1, 4, 0.3, 0.3001, 22.05, 22.05},
    {Pattern::Neighbor, 1, 4, 0.4, 0.3999, 22.15, 22.15},
    {Pattern::Neighbor, 1, 4, 0.5, 0.5000, 22.34, 22.34},
    {Pattern::Neighbor, 1, 4, 0.6, 0.6002, 22.65, 22.65},
    {Pattern::Neighbor, 1, 4, 0.7, 0.6999, 23.13, 23.13},
    {Pattern::Neighbor, 1, 4, 0.75, 0.7499, 23.47, 23.47},
    {Pattern::Neighbor, 1, 4, 0.8, 0.8003, 23.79, 23.79},
    {Pattern::Neighbor, 1, 4, 0.85, 0.8502, 24.16, 24.16},
    {Pattern::Neighbor, 1, 4, 0.9, 0.9000, 24.28, 24.28},
    {Pattern::Neighbor, 1, 4, 0.95, 0.9501, 24.92, 24.92},
    {Pattern::Neighbor, 1, 4, 1.0, 1.0000, 26.56, 26.56},
    {Pattern::Neighbor, 4, 4, 0.01, 0.0103, 24.95, 24.93},
    {Pattern::Neighbor, 4, 4, 0.05, 0.0503, 25.04, 24.97},
    {Pattern::Neighbor, 4, 4, 0.1, 0.0999, 25.11, 24.94},
    {Pattern::Neighbor, 4, 4, 0.2, 0.2001, 25.31, 24.94},
    {Pattern::Neighbor, 4, 4, 0.3, 0.2993, 25.60, 24.96},
    {Pattern::Neighbor, 4, 4, 0.4, 0.4009, 26.04, 25.04},
    {Pattern::Neighbor, 4, 4, 0.5, 0.5010, 26.51, 24.99},
    {Pattern::Neighbor, 4, 4, 0.6, 0.6017, 27.30, 25.01},
    {Pattern::Neighbor, 4, 4, 0.7, 0.7019, 28.50, 25.01},
    {Pattern::Neighbor, 4, 4, 0.75, 0.7521, 29.57, 25.04},
    {Pattern::Neighbor, 4, 4, 0.8, 0.7977, 30.78, 24.97},
    {Pattern::Neighbor, 4, 4, 0.85, 0.8486, 33.41, 25.06},
    {Pattern::Neighbor, 4, 4, 0.9, 0.8993, 38.08, 25.03},
    {Pattern::Neighbor, 4, 4, 0.95, 0.9488, 51.03, 24.98},
    {Pattern::Neighbor, 4, 4, 1.0, 0.9944, 229.24, 25.38},
    {Pattern::Uniform, 1, 4, 0.01, 0.0100, 19.46, 19.46},
    {Pattern::Uniform, 1, 4, 0.05, 0.0500, 19.59, 19.59},
    {Pattern::Uniform, 1, 4, 0.1, 0.1002, 19.70, 19.70},
    {Pattern::Uniform, 1, 4, 0.2, 0.2004, 19.95, 19.95},
    {Pattern::Uniform, 1, 4, 0.3, 0.3001, 20.38, 20.38},
    {Pattern::Uniform, 1, 4, 0.4, 0.3999, 20.96, 20.96},
    {Pattern::Uniform, 1, 4, 0.5, 0.5001, 22.01, 22.01},
    {Pattern::Uniform, 1, 4, 0.55, 0.5502, 22.92, 22.92},
    {Pattern::Uniform, 1, 4, 0.6, 0.6002, 24.43, 24.43},
    {Pattern::Uniform, 1, 4, 0.65, 0.6496, 27.21, 27.21},
    {Pattern::Uniform, 1, 4, 0.7, 0.6999, 33.29, 33.29},
    {Pattern::Uniform, 1, 4, 0.75, 0.7461, 373.23, 73.21},
    {Pattern::Uniform, 1, 4, 0.8, 0.7491, 0, 0},
    {Pattern::Uniform, 1, 4, 0.85, 0.7471, 0, 0},
    {Pattern::Uniform, 1, 4, 1.0, 0.7467, 0, 0},
    {Pattern::Uniform, 4, 4, 0.01, 0.0102, 22.87, 22.86},
    {Pattern::Uniform, 4, 4, 0.05, 0.0503, 22.69, 22.62},
    {Pattern::Uniform, 4, 4, 0.1, 0.0999, 23.18, 23.02},
    {Pattern::Uniform, 4, 4, 0.2, 0.2000, 24.17, 23.80},
    {Pattern::Uniform, 4, 4, 0.3, 0.3005, 25.48, 24.83},
    {Pattern::Uniform, 4, 4, 0.4, 0.4009, 27.50, 26.51},
    {Pattern::Uniform, 4, 4, 0.5, 0.5010, 30.69, 29.16},
    {Pattern::Uniform, 4, 4, 0.55, 0.5516, 33.03, 31.16},
    {Pattern::Uniform, 4, 4, 0.6, 0.6018, 36.45, 34.10},
    {Pattern::Uniform, 4, 4, 0.65, 0.6519, 42.13, 39.02},
    {Pattern::Uniform, 4, 4, 0.7, 0.7011, 55.97, 49.71},
    {Pattern::Uniform, 4, 4, 0.75, 0.7421, 0, 0},
    {Pattern::Uniform, 4, 4, 0.8, 0.7447, 0, 0},
    {Pattern::Uniform, 4, 4, 1.0, 0.7439, 0, 0},
    {Pattern::Uniform, 4, 3, 0.01, 0.0101, 19.15, 19.13},
    {Pattern::Uniform, 4, 3, 0.05, 0.0502, 19.15, 19.06},
    {Pattern::Uniform, 4, 3, 0.1, 0.0991, 19.74, 19.56},
    {Pattern::Uniform, 4, 3, 0.2, 0.1994, 20.89, 20.51},
    {Pattern::Uniform, 4, 3, 0.3, 0.2993, 22.26, 21.62},
    {Pattern::Uniform, 4, 3, 0.4, 0.3999, 24.28, 23.25},
    {Pattern::Uniform, 4, 3, 0.5, 0.4996, 27.53, 26.03},
    {Pattern::Uniform, 4, 3, 0.55, 0.5496, 29.88, 28.05},
    {Pattern::Uniform, 4, 3, 0.6, 0.5986, 33.49, 31.24},
    {Pattern::Uniform, 4, 3, 0.65, 0.6507, 39.77, 36.67},
    {Pattern::Uniform, 4, 3, 0.7, 0.7001, 56.29, 48.27},
    {Pattern::Uniform, 4, 3, 0.75, 0.7309, 0, 0},
    {Pattern::Uniform, 4, 3, 0.8, 0.7422, 0, 0},
    {Pattern::Uniform, 4, 3, 1.0, 0.7443, 0, 0},
};

}  // namespace athena::test
