// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "regs/descriptor_regs.h"

namespace athena::sim::trace {

namespace {

namespace layout = regs::descriptor;
using command::Opcode;

constexpr std::uint32_t kTransposes = 1;
constexpr std::uint32_t kAccumulates = 2;
constexpr std::uint32_t kTransposesToo = 4;

/// Formats and flags, four bits each.
std::uint32_t packed(auto... values) {
    std::uint32_t all = 0;
    ((all = all << 4 | static_cast<std::uint32_t>(values)), ...);
    return all;
}

template <typename Enumeration>
Enumeration unpacked(std::uint32_t all, unsigned place) {
    return static_cast<Enumeration>(all >> 4 * place & 0xF);
}

// Of places with one address at least.
template <typename View>
void set_places(NameKey& key, const View& view, std::uint64_t cluster,
                const platform::BoardConfig& board) {
    if constexpr (requires { view.src(); }) {
        key.from = place_of(view.src(), cluster, board);
    }
    key.to = place_of(view.dst(), cluster, board);
}

void take_matmul(NameKey& key, command::LineView line) {
    const layout::MatmulConstView view(line);
    key.formats = packed(view.a_format(), view.b_format(), view.c_format());
    key.more_formats = (view.transpose_a() != 0 ? kTransposes : 0) |
                       (view.accumulate() != 0 ? kAccumulates : 0) |
                       (view.transpose_b() != 0 ? kTransposesToo : 0);
    key.shape = {view.m(), view.n(), view.k()};
}

void take_vector(NameKey& key, const command::Descriptor& descriptor) {
    const layout::VectorConstView view(descriptor.bytes);
    key.formats = packed(view.a_format(), view.out_format());
    key.more_formats = static_cast<std::uint32_t>(view.operation());
    key.shape = {view.rows(), view.columns()};
}

}  // namespace

std::string_view place_name(Place place) {
    constexpr std::array<std::string_view, kPlaces> kNames = {"HBM",  "RAM",           "L1",
                                                              "SRAM", "other cluster", "elsewhere"};
    return kNames[static_cast<std::size_t>(place)];
}

NameKey name_key(const command::Descriptor& descriptor, std::uint64_t cluster,
                 const platform::BoardConfig& board) {
    const command::LineView line = descriptor.first();
    NameKey key{.opcode = layout::DescriptorConstView(line).opcode()};
    switch (key.opcode) {
        case Opcode::Matmul:
            take_matmul(key, line);
            break;
        case Opcode::Copy: {
            const layout::CopyConstView view(line);
            set_places(key, view, cluster, board);
            key.more_formats = view.transpose() != 0 ? kTransposes : 0;
            key.formats = view.element_log2();
            key.shape = {view.rows(), view.cols()};
            break;
        }
        case Opcode::CopyNd: {
            const layout::CopyNdConstView view(descriptor.bytes);
            set_places(key, view, cluster, board);
            key.more_formats = view.transpose() != 0 ? kTransposes : 0;
            key.formats = view.element_log2();
            key.shape = {view.rows(),  view.cols(),  view.size2(),
                         view.size3(), view.size4(), view.multicast()};
            break;
        }
        case Opcode::Fill: {
            const layout::FillConstView view(line);
            set_places(key, view, cluster, board);
            key.formats = view.element_log2();
            key.shape = {view.rows(), view.cols()};
            break;
        }
        case Opcode::Vector:
            take_vector(key, descriptor);
            break;
        default:
            break;
    }
    return key;
}

template <typename... Arguments>
void CommandName::add(const char* format, const Arguments&... arguments) {
    const std::size_t room = text_.size() - length_;
    const auto done =
        fmt::format_to_n(text_.data() + length_, room, fmt::runtime(format), arguments...);
    length_ += std::min(done.size, room);
}

// "LAYER_NORM" as "layer norm".
void CommandName::add_small(std::string_view name) {
    for (const char letter : name) {
        if (length_ < text_.size()) {
            text_[length_++] =
                letter == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<int>(letter)));
        }
    }
}

CommandName::CommandName(const NameKey& key) {
    add_small(layout::name_of(key.opcode));
    const auto& shape = key.shape;
    switch (key.opcode) {
        case Opcode::Matmul:
            add(" {}x{}x{} ", shape[0], shape[1], shape[2]);
            add_small(layout::name_of(unpacked<layout::OperandFormat>(key.formats, 2)));
            add("{} x ", (key.more_formats & kTransposes) != 0 ? "^T" : "");
            add_small(layout::name_of(unpacked<layout::OperandFormat>(key.formats, 1)));
            add("{} -> ", (key.more_formats & kTransposesToo) != 0 ? "^T" : "");
            add_small(layout::name_of(unpacked<layout::ResultFormat>(key.formats, 0)));
            add("{}", (key.more_formats & kAccumulates) != 0 ? " + C" : "");
            break;
        case Opcode::Copy:
        case Opcode::CopyNd:
            add(" {}x{}", shape[0], shape[1]);
            for (std::size_t loop = 2; key.opcode == Opcode::CopyNd && loop < 5; ++loop) {
                if (shape[loop] != 1) {
                    add("x{}", shape[loop]);
                }
            }
            add(" of {} B{}, {} -> {}", 1U << key.formats,
                (key.more_formats & kTransposes) != 0 ? " transposed" : "", place_name(key.from),
                place_name(key.to));
            add("{}", shape[5] != 0 ? ", multicast" : "");
            break;
        case Opcode::Fill:
            add(" {}x{} of {} B, {}", shape[0], shape[1], 1U << key.formats, place_name(key.to));
            break;
        case Opcode::Vector:
            add(" ");
            add_small(layout::name_of(static_cast<layout::VectorOperation>(key.more_formats)));
            add(" {}x{} ", shape[0], shape[1]);
            add_small(layout::name_of(unpacked<layout::VectorFormat>(key.formats, 1)));
            add(" -> ");
            add_small(layout::name_of(unpacked<layout::VectorFormat>(key.formats, 0)));
            break;
        default:
            break;
    }
}

NameTable::Found NameTable::find(const NameKey& key) {
    constexpr std::uint64_t kMultiplier = 0x9E37'79B9'7F4A'7C15;  // 2^64 over the golden ratio
    std::uint64_t hash = static_cast<std::uint64_t>(key.opcode) << 16 |
                         static_cast<std::uint64_t>(key.from) << 8 |
                         static_cast<std::uint64_t>(key.to);
    const auto take = [&](std::uint64_t value) {
        hash = (hash ^ value) * kMultiplier;
        hash ^= hash >> 32;
    };
    take(std::uint64_t{key.formats} << 32 | key.more_formats);
    for (std::size_t i = 0; i < key.shape.size(); i += 2) {
        take(std::uint64_t{key.shape[i]} << 32 | key.shape[i + 1]);
    }
    std::size_t place = hash % entries_.size();
    while (entries_[place].iid != 0) {
        if (entries_[place].key == key) {
            return {entries_[place].iid, false};
        }
        place = (place + 1) % entries_.size();
    }
    if (last_ == kMost) {
        return {};
    }
    entries_[place] = {key, ++last_};
    return {last_, true};
}

}  // namespace athena::sim::trace
