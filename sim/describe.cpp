// SPDX-License-Identifier: Apache-2.0
#include "sim/describe.h"

#include <fmt/core.h>
#include <fmt/ostream.h>

#include <array>
#include <span>

#include "platform/board_fields.h"
#include "platform/board_file.h"
#include "platform/memory_map.h"
#include "sim/shipped_files.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

using platform::Block;
using platform::BoardConfig;
using platform::Region;

constexpr std::uint64_t kMega = 1'000'000;

/// What a board file says about a block, by the last part of its path.
std::string facts_of(const std::string& path, const BoardConfig& board) {
    for (const BoardConfig::Device& device : board.devices) {
        if (device.name == path) {
            return device.kind +
                   (device.interrupt == 0 ? "" : fmt::format(", interrupt {}", device.interrupt));
        }
    }
    const std::string part = path.substr(path.find('.') + 1);
    const auto is = [&](std::string_view kind) { return part.starts_with(kind); };
    if (is("hart")) {
        return fmt::format("RV64GC, M/S/U, Sv39, Sv48, {} MHz", board.harts.clock_hz / kMega);
    }
    if (is("ram")) {
        return fmt::format("{}, {} ns", size_text(board.ram.size), board.ram.latency_ns);
    }
    if (is("hbm")) {
        return fmt::format("{}, {} ns, {} MB/s", size_text(board.hbm.size), board.hbm.latency_ns,
                           board.hbm.bytes_per_second / kMega);
    }
    if (is("bus")) {
        return fmt::format("{} ns", board.bus.latency_ns);
    }
    if (is("crossbar")) {
        return fmt::format("{} ns", board.cluster.latency_ns);
    }
    if (is("command")) {
        return fmt::format("{} rings, {} semaphores, interrupt {}", board.command.rings,
                           board.command.semaphores,
                           platform::kCommandIrq + std::stoul(path.substr(7)));
    }
    if (is("dma")) {
        return fmt::format("{} channels of {} commands, {} bytes a cycle", board.dma.channels,
                           board.dma.queue_depth, board.dma.bytes_per_cycle);
    }
    if (is("iopmp")) {
        return fmt::format("{} entries", board.iopmp.entries);
    }
    if (is("sram")) {
        return fmt::format("{}, {} ns", size_text(board.sram.size), board.sram.latency_ns);
    }
    if (is("vector")) {
        return fmt::format("{} FP32 lanes, {} commands, {} MHz", board.vector.lanes,
                           board.vector.queue_depth, board.vector.clock_hz / kMega);
    }
    if (is("tile")) {
        return fmt::format("{}x{} array, L1 {}, {} commands, {} MHz", board.tile.rows,
                           board.tile.cols, size_text(board.tile.l1_bytes), board.tile.queue_depth,
                           board.tile.clock_hz / kMega);
    }
    const std::array<std::pair<std::string_view, std::string>, 8> kFixed = {
        {{"rom", fmt::format("boot ROM, {}; reset address", size_text(platform::kRomSize))},
         {"clint",
          fmt::format("timer {} MHz and software interrupts", platform::kTimebaseHz / kMega)},
         {"plic", fmt::format("{} interrupts", platform::plic_sources(board))},
         {"uart0", fmt::format("NS16550A, interrupt {}", platform::kUartIrq)},
         {"syscon", "finisher: power off, fail, reset"},
         {"rtc", fmt::format("Goldfish RTC, interrupt {}", platform::kRtcIrq)},
         {"flash0", fmt::format("CFI flash, {}", size_text(platform::kFlashSize))},
         {"flash1", fmt::format("CFI flash, {}", size_text(platform::kFlashSize))}}};
    for (const auto& [name, text] : kFixed) {
        if (name == path) {
            return text;
        }
    }
    return "";
}

/// All fidelities that a block has, the chosen one in brackets if there is a choice.
std::string fidelities_of(const Block& block) {
    std::string text;
    for (const platform::Fidelity fidelity : block.has) {
        const auto name = platform::to_string(fidelity);
        const bool marked = fidelity == block.chosen && block.has.size() > 1;
        text += text.empty() ? "" : "|";
        text += marked ? fmt::format("[{}]", name) : std::string(name);
    }
    return text;
}

struct Line {
    unsigned depth = 0;
    std::string path;
    std::string fidelities;
    std::string facts;
};

/// Harts stand beside the bus, all else behind it.
std::vector<Line> tree_of(const std::vector<Block>& blocks, const BoardConfig& board) {
    std::vector<Line> lines;
    std::string cluster;
    for (const Block& block : blocks) {
        const std::size_t dot = block.path.find('.');
        const bool behind = dot == std::string::npos;
        if (!behind && block.path.substr(0, dot) != cluster) {
            cluster = block.path.substr(0, dot);
            lines.push_back(
                {1, cluster, "", fmt::format("{} MHz", board.cluster.clock_hz / kMega)});
        }
        const bool top = block.path == "bus" || block.path.starts_with("hart");
        lines.push_back({top      ? 0u
                         : behind ? 1u
                                  : 2u,
                         block.path, fidelities_of(block), facts_of(block.path, board)});
    }
    return lines;
}

/// A line below `from` has this depth, and none before it is less deep.
bool goes_on(std::span<const Line> lines, std::size_t from, unsigned depth) {
    for (const Line& line : lines.subspan(from + 1)) {
        if (line.depth <= depth) {
            return line.depth == depth;
        }
    }
    return false;
}

void print_tree(std::span<const Line> lines, std::ostream& out) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        std::string branches;
        for (unsigned depth = 0; depth < line.depth; ++depth) {
            branches += goes_on(lines, i, depth) ? "│  " : "   ";
        }
        branches += goes_on(lines, i, line.depth) ? "├─ " : "└─ ";
        fmt::print(out, "{}{:<{}}{:<28} {}\n", branches, line.path, 25 - 3 * line.depth,
                   line.fidelities, line.facts);
    }
}

/// Three significant digits and the prefix of a power of 1000, as in "49.2 T".
std::string rate_text(double rate) {
    constexpr std::array<std::string_view, 6> kPrefixes = {"", "k", "M", "G", "T", "P"};
    std::size_t prefix = 0;
    while (prefix + 1 < kPrefixes.size() && rate >= 1000) {
        rate /= 1000;
        ++prefix;
    }
    return fmt::format("{:.3g} {}", rate, kPrefixes[prefix]);
}

/// Peaks and capacities of the whole accelerator. The ridge is where a roofline bends: the work for
/// each byte of HBM traffic from which on the arrays, not HBM, are the bound.
void print_capacities(const BoardConfig& board, std::ostream& out) {
    const auto real = [](std::uint64_t value) { return static_cast<double>(value); };
    const std::uint64_t tiles = board.cluster.count * board.tile.count;
    const std::uint64_t cores = board.cluster.count * board.vector.count;
    const std::uint64_t channels = board.cluster.count * board.dma.channels;
    const double peak =
        2 * real(tiles * board.tile.rows * board.tile.cols) * real(board.tile.clock_hz);
    fmt::print(out, "\nrates and capacities\n");
    fmt::print(out, "  matmul {:>10}FLOP/s  {} tiles, any operand format\n", rate_text(peak),
               tiles);
    fmt::print(out, "  vector {:>10}op/s    {} cores, FP32\n",
               rate_text(real(cores * board.vector.lanes) * real(board.vector.clock_hz)), cores);
    fmt::print(out, "  DMA    {:>10}B/s     {} channels\n",
               rate_text(real(channels * board.dma.bytes_per_cycle) * real(board.cluster.clock_hz)),
               channels);
    fmt::print(out, "  HBM    {:>10}B/s     {}\n", rate_text(real(board.hbm.bytes_per_second)),
               size_text(board.hbm.size));
    fmt::print(out, "  L1     {:>10}         of tiles\n", size_text(tiles * board.tile.l1_bytes));
    fmt::print(out, "  SRAM   {:>10}         of clusters\n",
               size_text(board.cluster.count * board.sram.size));
    fmt::print(out, "  ridge  {:>10.3g} FLOP for each byte of HBM traffic\n",
               peak / real(board.hbm.bytes_per_second));
}

void print_region(const Region& region, unsigned indent, std::ostream& out) {
    fmt::print(out, "{:<{}}0x{:010x} to 0x{:010x} {:>9}  {}\n", "", indent, region.base,
               region.last(), size_text(region.size), region.name);
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (unit + 1 < kUnits.size() && bytes != 0 && bytes % 1024 == 0) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{} {}", bytes, kUnits[unit]);
}

BoardConfig load_board(const BoardOptions& options) {
    std::vector<std::string> overrides = options.set;
    const auto add = [&](const char* option, const char* path,
                         const std::optional<std::string>& value) {
        const platform::BoardField& field = *platform::find_board_field(path);
        if (value) {
            const auto given = platform::parse_number(*value);
            if (!given || !field.accepts(*given)) {
                throw UsageError(
                    fmt::format("{} {}: expected {}", option, *value, field.expected()));
            }
            overrides.push_back(std::string(path) + "=" + *value);
        }
    };
    add("--memory", "ram.size", options.memory);
    add("--harts", "harts.count", options.harts);
    try {
        return platform::load_board_file(find_board(options.board), overrides);
    } catch (const platform::BoardFileError& error) {
        throw UsageError(error.what());
    }
}

std::vector<Block> choose_blocks(const BoardOptions& options, const BoardConfig& board) {
    std::vector<Block> blocks = platform::blocks_of(board);
    try {
        for (const std::string& setting : options.fidelity) {
            platform::choose_fidelity(blocks, setting);
        }
    } catch (const platform::FidelityError& error) {
        throw UsageError(error.what());
    }
    return blocks;
}

void describe(const DescribeOptions& options, std::ostream& out) {
    const BoardConfig board = load_board(options.board);
    const std::vector<Block> blocks = choose_blocks(options.board, board);
    fmt::print(out, "{}{}{}\n\nblocks: path (for --fidelity), fidelities, what it is\n", board.name,
               board.description.empty() ? "" : ": ", board.description);
    print_tree(tree_of(blocks, board), out);
    print_capacities(board, out);
    fmt::print(out, "\nmemory map\n");
    for (const Region& region : platform::memory_map(board)) {
        print_region(region, 2, out);
        if (region.name.starts_with("cluster")) {
            for (const Region& part :
                 platform::cluster_map(board, std::stoul(region.name.substr(7)))) {
                print_region(part, 4, out);
            }
        }
    }
    fmt::print(out, "\nnumbers of the board file (--set path=value)\n");
    BoardConfig values = board;
    for (const platform::BoardField& field : platform::board_fields()) {
        fmt::print(out, "  {:<22} {:>15}  {}\n", field.path(), field.in(values), field.meaning);
    }
    for (const platform::BoardList& list : platform::board_lists()) {
        fmt::print(out, "  {:<22} {}\n{:41}{}\n", list.path(), fmt::join(list.in(values), ","), "",
                   list.meaning);
    }
}

void print_boards(std::ostream& out) {
    for (const std::filesystem::path& file : shipped_boards()) {
        const BoardConfig board = platform::load_board_file(file, {});
        fmt::print(out, "{:<16} {}\n", file.stem().string(), board.description);
    }
}

}  // namespace athena::sim
