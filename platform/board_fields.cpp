// SPDX-License-Identifier: Apache-2.0
#include "platform/board_fields.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "fabric/mesh_config.h"
#include "platform/memory_map.h"

namespace athena::platform {

namespace {

constexpr std::uint64_t kKilo = 1000;
constexpr std::uint64_t kMega = kKilo * kKilo;
constexpr std::uint64_t kGiga = kMega * kKilo;
constexpr std::uint64_t kMebi = 1ULL << 20;
constexpr std::uint64_t kMostTime = kMega;  // 1 ms, in nanoseconds
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kMostNodes = fabric::MeshConfig::kMaxNodes;
constexpr std::uint64_t kAddressSpace = 1ULL << 56;  // Sv39 has 56-bit physical addresses

#define AT(member) (+[](BoardConfig& config) -> std::uint64_t& { return config.member; })
constexpr auto kAny = BoardField::Grain::Any;
constexpr auto kPages = BoardField::Grain::Page;
constexpr auto kPower = BoardField::Grain::PowerOfTwo;

constexpr BoardField kFields[] = {
    {"harts", "count", AT(harts.count), 1, kMostHarts, kAny, "RV64GC harts"},
    {"harts", "clock_hz", AT(harts.clock_hz), kMega, 10 * kGiga, kAny,
     "instructions a second of a hart"},
    {"bus", "latency_ns", AT(bus.latency_ns), 0, kMostTime, kAny,
     "system bus, there and back together"},
    {"ram", "base", AT(ram.base), 0, kAddressSpace - kPage, kPages, "board RAM"},
    {"ram", "size", AT(ram.size), 16 * kMebi, 1ULL << 42, kPages, "bytes; --memory replaces it"},
    {"ram", "latency_ns", AT(ram.latency_ns), 0, kMostTime, kAny,
     "an access of anybody but the harts, who address RAM directly"},
    {"hbm", "base", AT(hbm.base), 0, kAddressSpace - kPage, kPages, "accelerator memory"},
    {"hbm", "size", AT(hbm.size), kMebi, 1ULL << 42, kPages, "bytes"},
    {"hbm", "latency_ns", AT(hbm.latency_ns), 0, kMostTime, kAny, "an access"},
    {"hbm", "bytes_per_second", AT(hbm.bytes_per_second), kMega, 1'000'000 * kGiga, kAny,
     "streaming rate of an access"},
    {"mesh", "width", AT(mesh.width), 1, 64, kAny, "routers in x"},
    {"mesh", "height", AT(mesh.height), 1, 64, kAny, "routers in y"},
    {"mesh", "clock_hz", AT(mesh.clock_hz), kMega, 10 * kGiga, kAny, "clock of the routers"},
    {"mesh", "flit_bytes", AT(mesh.flit_bytes), 1, 4096, kPower, "data of a flit"},
    {"mesh", "vcs", AT(mesh.vcs), 1, fabric::MeshConfig::kMaxVcs, kAny,
     "virtual channels of a link"},
    {"mesh", "buffer_flits", AT(mesh.buffer_flits), 1, fabric::MeshConfig::kMaxBufferFlits, kAny,
     "buffer of a virtual channel"},
    {"mesh", "router_cycles", AT(mesh.router_cycles), 3, 4, kAny, "a head's through a router"},
    {"mesh", "link_cycles", AT(mesh.link_cycles), 1, fabric::MeshConfig::kMaxChannelCycles, kAny,
     "between two routers"},
    {"mesh", "source_queue", AT(mesh.source_queue), 1, 1024, kAny,
     "requests that wait to enter at a node"},
    {"mesh", "target_queue", AT(mesh.target_queue), 1, 1024, kAny,
     "requests that a node holds for a target"},
    {"mesh", "control", AT(mesh.control), 0, kMostNodes - 1, kAny,
     "node of harts, RAM and devices"},
    {"crossbar", "bytes_per_cycle", AT(crossbar.bytes_per_cycle), 1, 4096, kPower,
     "a beat of each port, each direction"},
    {"crossbar", "request_cycles", AT(crossbar.request_cycles), 1, kKilo, kAny,
     "a request's way to its target"},
    {"crossbar", "response_cycles", AT(crossbar.response_cycles), 1, kKilo, kAny,
     "a response's way back"},
    {"crossbar", "queue", AT(crossbar.queue), 1, 1024, kAny, "requests on their way to a target"},
    {"cluster", "count", AT(cluster.count), 1, kMostClusters, kAny, "clusters"},
    {"cluster", "clock_hz", AT(cluster.clock_hz), kMega, 4 * kGiga, kAny,
     "clock of command processor and DMA engine"},
    {"cluster", "latency_ns", AT(cluster.latency_ns), 0, kMostTime, kAny,
     "crossbar, there and back together"},
    {"tile", "count", AT(tile.count), 1, kMostTiles, kAny, "matmul tiles of each cluster"},
    {"tile", "clock_hz", AT(tile.clock_hz), kMega, 10 * kGiga, kAny, "clock of a tile"},
    {"tile", "rows", AT(tile.rows), 1, 128, kPower, "rows of the array"},
    {"tile", "cols", AT(tile.cols), 1, 128, kPower, "columns of the array"},
    {"tile", "l1_bytes", AT(tile.l1_bytes), kPage, 8 * kMebi, kPower, "L1 scratchpad of a tile"},
    {"tile", "queue_depth", AT(tile.queue_depth), 1, 64, kAny, "commands that a tile holds"},
    {"sram", "size", AT(sram.size), 0, kSramMost, kPages, "shared SRAM of each cluster; 0: none"},
    {"sram", "latency_ns", AT(sram.latency_ns), 0, kMostTime, kAny, "an access"},
    {"vector", "count", AT(vector.count), 0, kMostVectorCores, kAny,
     "vector cores of each cluster"},
    {"vector", "clock_hz", AT(vector.clock_hz), kMega, 10 * kGiga, kAny, "clock of a vector core"},
    {"vector", "lanes", AT(vector.lanes), 1, 1024, kPower, "FP32 lanes of a vector core"},
    {"vector", "queue_depth", AT(vector.queue_depth), 1, 255, kAny,
     "commands that a vector core holds"},
    {"vector", "launch_cycles", AT(vector.launch_cycles), 0, kMega, kAny,
     "from a command's start to its first vector"},
    {"dma", "channels", AT(dma.channels), 1, 16, kAny, "channels of each cluster's DMA engine"},
    {"dma", "queue_depth", AT(dma.queue_depth), 1, 255, kAny, "commands that a channel holds"},
    {"dma", "launch_cycles", AT(dma.launch_cycles), 0, kMega, kAny,
     "from a command's start to its first beat"},
    {"dma", "bytes_per_cycle", AT(dma.bytes_per_cycle), 1, 4096, kPower,
     "a channel moves; timed: all channels in turn, in each direction"},
    {"dma", "start_cycles", AT(dma.start_cycles), 0, kMega, kAny,
     "timed: from a command's start to its first burst"},
    {"dma", "outstanding", AT(dma.outstanding), 1, 4096, kAny,
     "timed: bursts of a channel on their way"},
    {"iopmp", "entries", AT(iopmp.entries), 1, 64, kAny,
     "regions that a cluster's protection can tell apart"},
    {"command", "rings", AT(command.rings), 1, 8, kAny, "descriptor rings of a command processor"},
    {"command", "semaphores", AT(command.semaphores), 1, 64, kAny, "semaphores of a cluster"},
    {"command", "engine_queue", AT(command.engine_queue), 1, 1024, kAny,
     "descriptors that wait for one engine before their ring waits"},
    {"command", "fetch_cycles", AT(command.fetch_cycles), 0, kMega, kAny, "to read a descriptor"},
    {"energy", "mac_bf16_fj", AT(energy.mac_bf16_fj), 0, kMega, kAny,
     "femtojoules of a multiply-add of BF16 operands"},
    {"energy", "mac_fp8_fj", AT(energy.mac_fp8_fj), 0, kMega, kAny, "of FP8 operands"},
    {"energy", "mac_mxfp8_fj", AT(energy.mac_mxfp8_fj), 0, kMega, kAny, "of MXFP8 operands"},
    {"energy", "mac_mxfp6_fj", AT(energy.mac_mxfp6_fj), 0, kMega, kAny, "of MXFP6 operands"},
    {"energy", "mac_mxfp4_fj", AT(energy.mac_mxfp4_fj), 0, kMega, kAny, "of MXFP4 operands"},
    {"energy", "mac_mxint8_fj", AT(energy.mac_mxint8_fj), 0, kMega, kAny, "of MXINT8 operands"},
    {"energy", "vector_operation_fj", AT(energy.vector_operation_fj), 0, kMega, kAny,
     "femtojoules of a vector lane's pass"},
    {"energy", "l1_fj_per_byte", AT(energy.l1_fj_per_byte), 0, kMega, kAny, "L1, read or written"},
    {"energy", "sram_fj_per_byte", AT(energy.sram_fj_per_byte), 0, kMega, kAny,
     "shared SRAM, read or written"},
    {"energy", "crossbar_fj_per_byte", AT(energy.crossbar_fj_per_byte), 0, kMega, kAny,
     "a cluster's crossbar, once a byte that a DMA engine reads or writes"},
    {"energy", "mesh_fj_per_byte_hop", AT(energy.mesh_fj_per_byte_hop), 0, kMega, kAny,
     "a link of the fabric between clusters, where the board has such links"},
    {"energy", "hbm_fj_per_byte", AT(energy.hbm_fj_per_byte), 0, kMega, kAny,
     "HBM, read or written"},
    {"energy", "ram_fj_per_byte", AT(energy.ram_fj_per_byte), 0, kMega, kAny,
     "board RAM, read or written"},
    {"energy", "static_mw", AT(energy.static_mw), 0, kMega, kAny,
     "milliwatts of the whole chip, busy or not"},
};
#undef AT

#define AT(member) \
    (+[](BoardConfig& config) -> std::vector<std::uint64_t>& { return config.member; })
constexpr BoardList kLists[] = {
    {"mesh", "clusters", AT(mesh.clusters), kMostNodes - 1,
     "node of each cluster; again from the first if there are more"},
    {"mesh", "hbm", AT(mesh.hbm), kMostNodes - 1, "nodes of HBM, each of as many channels"},
};
#undef AT

template <typename Entry>
const Entry* find_by_path(std::span<const Entry> entries, std::string_view path) {
    const auto found =
        std::ranges::find_if(entries, [&](const Entry& entry) { return entry.path() == path; });
    return found == entries.end() ? nullptr : &*found;
}

std::string spelled(std::uint64_t value) {
    if (value >= kPage && std::has_single_bit(value)) {
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.begin(), digits.end(), value, 16).ptr;
        return "0x" + std::string(digits.begin(), end);
    }
    return std::to_string(value);
}

}  // namespace

std::string BoardField::path() const {
    return std::string(section) + "." + std::string(key);
}

std::string BoardField::expected() const {
    static constexpr std::string_view kNames[] = {"a whole number", "a power of two",
                                                  "a multiple of 4096"};
    return std::string(kNames[static_cast<std::size_t>(grain)]) + " from " + spelled(least) +
           " to " + spelled(most);
}

bool BoardField::accepts(std::uint64_t value) const {
    const bool fits = grain == Grain::Any || (grain == Grain::Page && value % kPage == 0) ||
                      (grain == Grain::PowerOfTwo && std::has_single_bit(value));
    return fits && least <= value && value <= most;
}

std::string BoardList::path() const {
    return std::string(section) + "." + std::string(key);
}

std::string BoardList::expected() const {
    return "a list of whole numbers from 0 to " + spelled(most);
}

std::span<const BoardList> board_lists() {
    return kLists;
}

const BoardList* find_board_list(std::string_view path) {
    return find_by_path(board_lists(), path);
}

std::span<const BoardField> board_fields() {
    return kFields;
}

const BoardField* find_board_field(std::string_view path) {
    return find_by_path(board_fields(), path);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    unsigned shift = 0;
    for (const std::string_view unit : {"iB", "B"}) {
        if (text.ends_with(unit) && !text.starts_with("0x")) {
            text.remove_suffix(unit.size());
            break;
        }
    }
    constexpr std::string_view kSuffixes = "KMGT";
    if (!text.empty() && kSuffixes.find(text.back()) != std::string_view::npos) {
        shift = 10 * static_cast<unsigned>(kSuffixes.find(text.back()) + 1);
        text.remove_suffix(1);
        while (text.ends_with(' ')) {
            text.remove_suffix(1);
        }
    }
    const int base = text.starts_with("0x") ? 16 : 10;
    std::string digits;
    for (const char character : text.substr(base == 16 ? 2 : 0)) {
        if (character != '_' && character != '\'') {
            digits += character;
        }
    }
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto result = std::from_chars(digits.data(), end, value, base);
    if (digits.empty() || result.ec != std::errc() || result.ptr != end ||
        value > std::numeric_limits<std::uint64_t>::max() >> shift) {
        return std::nullopt;
    }
    return value << shift;
}

}  // namespace athena::platform
