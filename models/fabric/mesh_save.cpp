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
void save_vector(base::StateWriter& writer, const char* name, const std::vector<T>& values) {
    writer.bytes(name, std::as_bytes(std::span(values)));
}

template <typename T>
void load_vector(base::StateReader& reader, const char* name, std::vector<T>& values) {
    reader.bytes(name, std::as_writable_bytes(std::span(values)));
}

template <typename T>
void save_line(base::StateWriter& writer, const char* name, const DelayLine<T>& line) {
    for (std::size_t slot = 0; slot < line.slots(); ++slot) {
        writer.bytes(name, std::as_bytes(line.at(slot)));
    }
}

template <typename T>
void load_line(base::StateReader& reader, const char* name, DelayLine<T>& line) {
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

void save_set(base::StateWriter& writer, const char* name, const ActiveSet& set) {
    save_vector(writer, name, set.words());
}

void load_set(base::StateReader& reader, const char* name, ActiveSet& set) {
    std::vector<std::uint64_t> words = set.words();
    load_vector(reader, name, words);
    set.set_words(words);
}

// Their number is whatever the run needed.
std::vector<PacketEntry> load_packets(base::StateReader& reader) {
    const std::vector<std::byte> bytes = reader.bytes("packets");
    if (bytes.size() % sizeof(PacketEntry) != 0) {
        throw base::StateError("saved state: 'packets' has another size");
    }
    std::vector<PacketEntry> packets(bytes.size() / sizeof(PacketEntry));
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(packets)).begin());
    return packets;
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
    save_vector(writer, "routers", state_.routers);
    save_vector(writer, "input_vcs", state_.input_vcs);
    save_vector(writer, "output_vcs", state_.output_vcs);
    save_vector(writer, "rings", state_.rings);
    save_vector(writer, "terminals", state_.terminals);
    save_vector(writer, "source_credits", state_.source_credits);
    save_vector(writer, "held", state_.held);
    save_vector(writer, "packets", state_.packets);
    save_vector(writer, "node_counters", state_.node_counters);
    save_set(writer, "active_routers", state_.active_routers);
    save_set(writer, "asking_routers", state_.asking_routers);
    save_set(writer, "active_sources", state_.active_sources);
    save_set(writer, "emptying", state_.emptying);
    save_line(writer, "bodies", state_.flits[kBodies]);
    save_line(writer, "heads", state_.flits[kHeads]);
    save_line(writer, "to_nodes", state_.flits[kToNodes]);
    save_line(writer, "credits", state_.credits[kCreditsOfRouters]);
    save_line(writer, "credits_of_sources", state_.credits[kCreditsOfNodes]);
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
    load_vector(reader, "routers", state_.routers);
    load_vector(reader, "input_vcs", state_.input_vcs);
    load_vector(reader, "output_vcs", state_.output_vcs);
    load_vector(reader, "rings", state_.rings);
    load_vector(reader, "terminals", state_.terminals);
    load_vector(reader, "source_credits", state_.source_credits);
    load_vector(reader, "held", state_.held);
    state_.packets = load_packets(reader);
    load_vector(reader, "node_counters", state_.node_counters);
    load_set(reader, "active_routers", state_.active_routers);
    load_set(reader, "asking_routers", state_.asking_routers);
    load_set(reader, "active_sources", state_.active_sources);
    load_set(reader, "emptying", state_.emptying);
    load_line(reader, "bodies", state_.flits[kBodies]);
    load_line(reader, "heads", state_.flits[kHeads]);
    load_line(reader, "to_nodes", state_.flits[kToNodes]);
    load_line(reader, "credits", state_.credits[kCreditsOfRouters]);
    load_line(reader, "credits_of_sources", state_.credits[kCreditsOfNodes]);
    reader.end();
    deliveries_.clear();
    departures_.clear();
}

}  // namespace athena::fabric
