// SPDX-License-Identifier: Apache-2.0
// Synthetic traffic of a mesh, and the point of a latency-load curve that it leads to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fabric/mesh_config.h"
#include "tests/unit/mesh/random.h"

namespace athena::test {

/// Destinations by source (x, y) or node number n of W x H = N nodes, as in Dally and Towles,
/// "Principles and Practices of Interconnection Networks", section 3.2.
enum class Pattern {
    Uniform,        ///< every node alike, the source too
    Neighbor,       ///< ((x + 1) mod W, (y + 1) mod H)
    Transpose,      ///< (y, x); needs W = H
    BitComplement,  ///< N - 1 - n
    BitReverse,     ///< n's bits in reverse order; needs a power of two
    Shuffle,        ///< n's bits rotated left; needs a power of two
    Tornado,        ///< ((x + (W + 1) / 2 - 1) mod W, (y + (H + 1) / 2 - 1) mod H)
    Hotspot,        ///< a fifth of the packets to node (W / 2, H / 2), the rest uniform
};

struct PatternName {
    Pattern pattern;
    const char* name;
};
inline constexpr PatternName kPatterns[] = {
    {Pattern::Uniform, "uniform"},     {Pattern::Neighbor, "neighbor"},
    {Pattern::Transpose, "transpose"}, {Pattern::BitComplement, "bitcomp"},
    {Pattern::BitReverse, "bitrev"},   {Pattern::Shuffle, "shuffle"},
    {Pattern::Tornado, "tornado"},     {Pattern::Hotspot, "hotspot"},
};
std::optional<Pattern> pattern_named(std::string_view name);
const char* name_of(Pattern pattern);
/// Why the pattern does not fit the mesh, or nothing.
std::optional<std::string> misfit(Pattern pattern, const fabric::MeshConfig& mesh);

std::uint32_t destination(Pattern pattern, const fabric::MeshConfig& mesh, std::uint32_t source,
                          Random& random);
/// Of all packets of `source`, the share that goes to each node.
std::vector<double> shares(Pattern pattern, const fabric::MeshConfig& mesh, std::uint32_t source);

struct Load {
    Pattern pattern = Pattern::Uniform;
    std::uint32_t packet_flits = 1;
    double offered = 0.1;  ///< flits a node and cycle
    std::uint64_t seed = 1;
    std::uint64_t warm_up = 30000;  ///< cycles
    std::uint64_t measured = 60000;
};

struct Point {
    double accepted;         ///< flits a node and cycle, while measured
    double packet_latency;   ///< mean, from creation to the tail's arrival
    double network_latency;  ///< mean, from the head's departure
    double links;            ///< mean of the packets
    bool is_saturated;       ///< mean latency above 500 cycles: it grows with the run
    std::uint64_t cycles;    ///< simulated in all
    std::uint64_t flit_hops;
};

/// Each node starts a packet in a cycle with probability offered / packet_flits. Those created
/// while measured count, however long they take. Throws std::runtime_error if a flit was lost.
Point measure(const fabric::MeshConfig& mesh, const Load& load);

/// What no network with XY routing can exceed: offered load, in flits a node and cycle, at which
/// the first link or ejection channel is always busy.
double channel_bound(Pattern pattern, const fabric::MeshConfig& mesh);
/// Mean of (h + 1) r + h l + 3 + (L - 1) over all packets (models/fabric/README.md).
double zero_load_latency(const Load& load, const fabric::MeshConfig& mesh);

}  // namespace athena::test
