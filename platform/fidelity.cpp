// SPDX-License-Identifier: Apache-2.0
#include "platform/fidelity.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <optional>

#include "platform/cluster.h"

namespace athena::platform {

namespace {

constexpr std::array<std::string_view, 4> kNames = {"functional", "timed", "rtl", "lockstep"};

std::optional<Fidelity> parse(std::string_view name) {
    const auto found = std::ranges::find(kNames, name);
    if (found == kNames.end()) {
        return std::nullopt;
    }
    return static_cast<Fidelity>(found - kNames.begin());
}

bool has(const Block& block, Fidelity fidelity) {
    return std::ranges::find(block.has, fidelity) != block.has.end();
}

/// The blocks that leave a choice, "path: functional rtl", and those that do not though others of
/// their kind do; the rest, which have one fidelity, is summed up.
std::string what_there_is(std::span<const Block> blocks) {
    std::string text;
    for (const Block& block : blocks) {
        if (block.has.size() > 1 || !block.lacks.empty()) {
            text += "; " + block.path + ":";
            for (const Fidelity fidelity : block.has) {
                text += " " + std::string(to_string(fidelity));
            }
            text += block.lacks.empty() ? "" : " (" + block.lacks + ")";
        }
    }
    return "there is functional for every block" + text;
}

void add_tiles(const BoardConfig& config, const std::string& cluster, std::vector<Block>& blocks) {
    Block tile;
    tile.has = {Fidelity::Functional};
    if (tile::Tile::has_rtl(tile_config(config))) {
        tile.has.insert(tile.has.end(), {Fidelity::Rtl, Fidelity::Lockstep});
    } else {
        tile.lacks = "no Verilated build has " + std::to_string(config.tile.rows) + " rows, " +
                     std::to_string(config.tile.cols) + " cols, " +
                     std::to_string(config.tile.l1_bytes) + " l1_bytes, " +
                     std::to_string(config.tile.queue_depth) + " queue_depth";
    }
    for (std::uint64_t number = 0; number < config.tile.count; ++number) {
        tile.path = cluster + ".tile" + std::to_string(number);
        blocks.push_back(tile);
    }
}

}  // namespace

std::string_view to_string(Fidelity fidelity) {
    return kNames[static_cast<std::size_t>(fidelity)];
}

std::vector<Block> blocks_of(const BoardConfig& config) {
    std::vector<Block> blocks;
    const auto add = [&](const std::string& path, std::vector<Fidelity> fidelities) {
        blocks.push_back({path, std::move(fidelities)});
    };
    for (std::uint64_t hart = 0; hart < config.harts.count; ++hart) {
        add("hart" + std::to_string(hart), {Fidelity::Functional});
    }
    for (const char* path :
         {"bus", "rom", "ram", "clint", "plic", "uart0", "syscon", "rtc", "hbm"}) {
        add(path, {Fidelity::Functional});
    }
    for (std::uint64_t cluster = 0; cluster < config.cluster.count; ++cluster) {
        const std::string path = "cluster" + std::to_string(cluster);
        for (const char* part : {".crossbar", ".command", ".dma"}) {
            add(path + part, {Fidelity::Functional});
        }
        add_tiles(config, path, blocks);
    }
    return blocks;
}

void choose_fidelity(std::span<Block> blocks, const std::string& setting) {
    const std::size_t equals = setting.find('=');
    const bool everywhere = equals == std::string::npos;
    const std::string path = everywhere ? "*" : setting.substr(0, equals);
    const std::string name = everywhere ? setting : setting.substr(equals + 1);
    const std::string place = "--fidelity " + setting + ": ";
    const auto fidelity = parse(name);
    if (!fidelity) {
        throw FidelityError(place + "unknown fidelity '" + name + "'; " + what_there_is(blocks));
    }
    const bool glob = path.find_first_of("*?[") != std::string::npos;
    bool matched = false;
    bool applied = false;
    for (Block& block : blocks) {
        if (fnmatch(path.c_str(), block.path.c_str(), 0) == 0) {
            matched = true;
            if (has(block, *fidelity)) {
                block.chosen = *fidelity;
                applied = true;
            }
        }
    }
    if (!matched) {
        throw FidelityError(place + "no block " + (glob ? "matches '" : "is named '") + path +
                            "'; " + what_there_is(blocks));
    }
    if (!applied) {
        throw FidelityError(place +
                            (glob ? "no block that matches '" + path + "' has it; "
                                  : "'" + path + "' does not have it; ") +
                            what_there_is(blocks));
    }
}

Fidelity fidelity_of(std::span<const Block> blocks, std::string_view path) {
    for (const Block& block : blocks) {
        if (block.path == path) {
            return block.chosen;
        }
    }
    throw std::out_of_range("no block " + std::string(path));
}

}  // namespace athena::platform
