// SPDX-License-Identifier: Apache-2.0
// What a mesh network is made of, and whether it can be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace athena::fabric {

/// All times are in cycles of the mesh's clock. The defaults are those of the reference
/// (models/fabric/README.md, "Mesh").
struct MeshConfig {
    std::uint32_t width = 4;         ///< routers in x; node n is at x = n mod width
    std::uint32_t height = 4;        ///< routers in y; node n is at y = n / width
    std::uint32_t vcs = 4;           ///< virtual channels of a port, 1 to kMaxVcs
    std::uint32_t buffer_flits = 8;  ///< of a virtual channel of an input port, private
    /// 4: route, VC allocation, switch allocation, crossbar; 3: the route is known on arrival.
    std::uint32_t router_cycles = 4;
    std::uint32_t link_cycles = 1;      ///< between routers
    std::uint32_t terminal_cycles = 1;  ///< of the channels between a router and its node
    std::uint32_t credit_cycles = 1;    ///< from a credit's arrival at a router to its use
    /// A credit's way back along a link; 0: as long as the link.
    std::uint32_t credit_link_cycles = 0;
    /// advance() also stops when a packet has left its source queue (Mesh::departures()).
    bool report_departures = false;

    static constexpr std::uint32_t kMaxVcs = 12;  // 5 ports' VCs in 64 bits
    static constexpr std::uint32_t kMaxNodes = 4096;
    static constexpr std::uint32_t kMaxBufferFlits = 1024;
    static constexpr std::uint32_t kMaxChannelCycles = 60;
    static constexpr std::uint64_t kMaxStoredFlits = std::uint64_t{1} << 25;

    [[nodiscard]] std::uint32_t nodes() const { return width * height; }
    /// Why no mesh can be built like this, naming the field, its value and what is allowed; nothing
    /// if one can.
    [[nodiscard]] std::optional<std::string> check() const;
};

}  // namespace athena::fabric
