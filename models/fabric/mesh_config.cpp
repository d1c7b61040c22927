// SPDX-License-Identifier: Apache-2.0
#include "fabric/mesh_config.h"

namespace athena::fabric {

namespace {

std::optional<std::string> range(const char* name, std::uint32_t value, std::uint32_t least,
                                 std::uint32_t most) {
    if (least <= value && value <= most) {
        return std::nullopt;
    }
    return std::string("mesh: ") + name + " is " + std::to_string(value) + ", must be " +
           std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

std::optional<std::string> MeshConfig::check() const {
    const struct {
        const char* name;
        std::uint32_t value;
        std::uint32_t least;
        std::uint32_t most;
    } fields[] = {
        {"width", width, 1, kMaxNodes},
        {"height", height, 1, kMaxNodes},
        {"vcs", vcs, 1, kMaxVcs},
        {"buffer_flits", buffer_flits, 1, kMaxBufferFlits},
        {"router_cycles", router_cycles, 3, 4},
        {"link_cycles", link_cycles, 1, kMaxChannelCycles},
        {"terminal_cycles", terminal_cycles, 1, kMaxChannelCycles},
        {"credit_cycles", credit_cycles, 0, kMaxChannelCycles},
        {"credit_link_cycles", credit_link_cycles, 0, kMaxChannelCycles},
    };
    for (const auto& field : fields) {
        if (auto reason = range(field.name, field.value, field.least, field.most)) {
            return reason;
        }
    }
    if (width * height > kMaxNodes) {
        return "mesh: " + std::to_string(width) + " x " + std::to_string(height) + " are " +
               std::to_string(width * height) + " nodes, at most " + std::to_string(kMaxNodes) +
               " are possible";
    }
    if (std::uint64_t{5} * nodes() * vcs * buffer_flits > kMaxStoredFlits) {
        return "mesh: the buffers of all " + std::to_string(nodes()) + " routers hold more than " +
               std::to_string(kMaxStoredFlits) + " flits (vcs " + std::to_string(vcs) +
               ", buffer_flits " + std::to_string(buffer_flits) + ")";
    }
    return std::nullopt;
}

}  // namespace athena::fabric
