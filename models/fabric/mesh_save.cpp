// SPDX-License-Identifier: Apache-2.0
// A mesh's state, saved in mid-operation.
#include <algorithm>

#include "base/state.h"
#include "fabric/mesh.h"

namespace athena::fabric {

using namespace mesh;

namespace {

constexpr std::uint32_t kStateVersion = 2;

template <typename T>
void save_part(base::StateWriter& writer, const char* name, const std::vector<T>& values) {
    writer.bytes(name, std::as_bytes(std::span(values)));
}

template <typename T>
void load_part(base::StateReader& reader, const char* name, std::vector<T>& values) {
    reader.bytes(name, std::as_writable_bytes(std::span(values)));
}

template <typename T>
void save_part(base::StateWriter& writer, const char* name, const DelayLine<T>& line) {
    for (std::size_t slot = 0; slot < line.slots(); ++slot) {
        writer.bytes(name, std::as_bytes(line.at(slot)));
    }
}

template <typename T>
void load_part(base::StateReader& reader, const char* name, DelayLine<T>& line) {
    for (std::size_t slot = 0; slot < line.slots(); ++slot) {
        const std::vector<std::byte> bytes = reader.bytes(name);
        if (bytes.size() % sizeof(T) != 0 || bytes.size() / sizeof(T) > line.capacity()) {
            throw base::StateError(std::string("saved state: '") + name + "' has another size");
        }
        std::vector<T> things(bytes.size() / sizeof(T));
        std::ranges::copy(bytes, std::as_writable_bytes(std::span(things)).begin());
        line.clear(slot);
        for (const T& thing : things) {
            line.put(slot, thing);
        }
    }
}

void save_part(base::StateWriter& writer, const char* name, const ActiveSet& set) {
    save_part(writer, name, set.words());
}

void load_part(base::StateReader& reader, const char* name, ActiveSet& set) {
    std::vector<std::uint64_t> words = set.words();
    load_part(reader, name, words);
    set.set_words(words);
}

// Their number is whatever the run needed.
void load_part(base::StateReader& reader, const char* name, std::vector<PacketEntry>& packets) {
    const std::vector<std::byte> bytes = reader.bytes(name);
    if (bytes.size() % sizeof(PacketEntry) != 0) {
        throw base::StateError(std::string("saved state: '") + name + "' has another size");
    }
    packets.resize(bytes.size() / sizeof(PacketEntry));
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(packets)).begin());
}

/// Calls `visit(name, part)` for all that a mesh's state has beside numbers.
template <typename Parts, typename Visit>
void visit_parts(Parts& state, const Visit& visit) {
    visit("routers", state.routers);
    visit("input_vcs", state.input_vcs);
    visit("output_vcs", state.output_vcs);
    visit("rings", state.rings);
    visit("terminals", state.terminals);
    visit("source_credits", state.source_credits);
    visit("held", state.held);
    visit("packets", state.packets);
    visit("node_counters", state.node_counters);
    visit("active_routers", state.active_routers);
    visit("asking_routers", state.asking_routers);
    visit("active_sources", state.active_sources);
    visit("emptying", state.emptying);
    visit("bodies", state.flits[kBodies]);
    visit("heads", state.flits[kHeads]);
    visit("to_nodes", state.flits[kToNodes]);
    visit("credits", state.credits[kCreditsOfRouters]);
    visit("credits_of_sources", state.credits[kCreditsOfNodes]);
}

// What two meshes must have in common, by name.
struct Field {
    const char* name;
    std::uint32_t value;
};

std::vector<Field> fields(const MeshConfig& config) {
    return {{"width", config.width},
            {"height", config.height},
            {"vcs", config.vcs},
            {"buffer_flits", config.buffer_flits},
            {"router_cycles", config.router_cycles},
            {"link_cycles", config.link_cycles},
            {"terminal_cycles", config.terminal_cycles},
            {"credit_cycles", config.credit_cycles},
            {"credit_link_cycles", config.credit_link_cycles}};
}

}  // namespace

void Mesh::save(base::StateWriter& writer) const {
    writer.begin("mesh", kStateVersion);
    for (const Field& field : fields(config_)) {
        writer.value(field.name, field.value);
    }
    writer.value("now", state_.now);
    writer.value("in_flight", state_.in_flight);
    writer.value("free_packet", state_.free_packet);
    visit_parts(state_, [&](const char* name, const auto& part) { save_part(writer, name, part); });
    writer.end();
}

void Mesh::load(base::StateReader& reader) {
    reader.begin("mesh", kStateVersion);
    for (const Field& field : fields(config_)) {
        const std::uint64_t saved = reader.value(field.name);
        if (saved != field.value) {
            throw base::StateError(std::string("saved state: the mesh's ") + field.name + " is " +
                                   std::to_string(saved) + ", not " + std::to_string(field.value));
        }
    }
    state_.now = reader.value("now");
    state_.in_flight = reader.value("in_flight");
    state_.free_packet = static_cast<std::uint32_t>(reader.value("free_packet"));
    visit_parts(state_, [&](const char* name, auto& part) { load_part(reader, name, part); });
    reader.end();
    deliveries_.clear();
    departures_.clear();
}

}  // namespace athena::fabric
