// SPDX-License-Identifier: Apache-2.0
#include "platform/fidelity.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <optional>

#include "platform/board_fields.h"
#include "platform/cluster.h"

namespace athena::platform {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"functional", "timed", "rtl", "lockstep",
                                                    "lockstep-data"};

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

struct Choice {
    Fidelity first = Fidelity::Functional;
    std::vector<FidelityChange> changes;
};

/// Only blocks with a choice can change on the way.
bool has(const Block& block, const Choice& choice) {
    return has(block, choice.first) && (choice.changes.empty() || changes_on_the_way(block.path)) &&
           std::ranges::all_of(choice.changes, [&](const FidelityChange& change) {
               return has(block, change.fidelity);
           });
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

/// What follows PATH= in a setting.
class Parser {
  public:
    Parser(const std::string& place, std::span<const Block> blocks)
        : place_(place), blocks_(blocks) {}

    [[nodiscard]] Choice parse(const std::string& text) const {
        Choice choice;
        std::size_t begin = 0;
        for (bool first = true; begin <= text.size(); first = false) {
            const std::size_t comma = std::min(text.find(',', begin), text.size());
            const std::string part = text.substr(begin, comma - begin);
            begin = comma + 1;
            if (first) {
                choice.first = fidelity(part);
            } else {
                choice.changes.push_back(change(part, choice.changes));
            }
        }
        return choice;
    }

  private:
    [[nodiscard]] Fidelity fidelity(const std::string& name) const {
        const auto found = athena::platform::parse(name);
        if (!found) {
            throw FidelityError(place_ + "unknown fidelity '" + name + "'; " +
                                what_there_is(blocks_));
        }
        return *found;
    }

    [[nodiscard]] FidelityChange change(const std::string& part,
                                        std::span<const FidelityChange> before) const {
        const std::size_t at = part.find('@');
        if (at == std::string::npos) {
            throw FidelityError(place_ + "'" + part + "': expected X@N, X from command N on");
        }
        const bool further = part.substr(at + 1).starts_with('+');
        const std::uint64_t last = before.empty() ? 0 : before.back().command;
        const std::string digits = part.substr(at + (further ? 2 : 1));
        const bool is_decimal = digits.find_first_not_of("0123456789") == std::string::npos;
        const auto number = is_decimal ? parse_number(digits) : std::nullopt;
        constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
        if (!number || *number > kMost) {
            throw FidelityError(
                place_ + "'" + part +
                "': expected the number of a command, at most 2^62, or +N, after @");
        }
        const std::uint64_t command = further ? last + *number : *number;
        if (command == 0) {
            throw FidelityError(place_ + "'" + part +
                                "': the fidelity at command 0 is the one that stands first");
        }
        if (!before.empty() && command <= last) {
            throw FidelityError(place_ + "'" + part + "': is not behind command " +
                                std::to_string(last) + ", the change before");
        }
        return {command, fidelity(part.substr(0, at))};
    }

    const std::string& place_;
    std::span<const Block> blocks_;
};

void add_tiles(const BoardConfig& config, const std::string& cluster, std::vector<Block>& blocks) {
    Block tile;
    tile.has = {Fidelity::Functional, Fidelity::Timed};
    if (tile::Tile::has_rtl(tile_config(config))) {
        tile.has.insert(tile.has.end(),
                        {Fidelity::Rtl, Fidelity::Lockstep, Fidelity::LockstepData});
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
    const std::vector<Fidelity> kFunctional{Fidelity::Functional};
    const std::vector<Fidelity> kBoth{Fidelity::Functional, Fidelity::Timed};
    const auto is_timed = [](std::string_view part) {
        return part == "bus" || part == "hbm" || part == "crossbar" || part == "dma";
    };
    std::vector<Block> blocks;
    const auto add = [&](const std::string& path, std::vector<Fidelity> fidelities) {
        blocks.push_back({path, std::move(fidelities)});
    };
    for (std::uint64_t hart = 0; hart < config.harts.count; ++hart) {
        add("hart" + std::to_string(hart), {Fidelity::Functional});
    }
    for (const char* path : {"bus", "rom", "ram", "clint", "plic", "uart0", "syscon", "rtc",
                             "flash0", "flash1", "hbm"}) {
        add(path, is_timed(path) ? kBoth : kFunctional);
    }
    for (std::uint64_t cluster = 0; cluster < config.cluster.count; ++cluster) {
        const std::string path = "cluster" + std::to_string(cluster);
        for (const char* part : {"crossbar", "command", "dma", "iopmp"}) {
            add(path + "." + part, is_timed(part) ? kBoth : kFunctional);
        }
        if (config.sram.size != 0) {
            add(path + ".sram", {Fidelity::Functional});
        }
        for (std::uint64_t core = 0; core < config.vector.count; ++core) {
            add(path + ".vector" + std::to_string(core), {Fidelity::Functional});
        }
        add_tiles(config, path, blocks);
    }
    for (const BoardConfig::Device& device : config.devices) {
        add(device.name, kFunctional);
    }
    return blocks;
}

std::vector<std::string> choose_fidelity(std::span<Block> blocks, const std::string& setting) {
    const std::size_t equals = setting.find('=');
    const bool everywhere = equals == std::string::npos;
    const std::string path = everywhere ? "*" : setting.substr(0, equals);
    const std::string place = "--fidelity " + setting + ": ";
    const Choice choice =
        Parser(place, blocks).parse(everywhere ? setting : setting.substr(equals + 1));
    const bool glob = path.find_first_of("*?[") != std::string::npos;
    bool matched = false;
    std::vector<std::string> applied;
    for (Block& block : blocks) {
        if (fnmatch(path.c_str(), block.path.c_str(), 0) != 0) {
            continue;
        }
        matched = true;
        if (has(block, choice)) {
            block.chosen = choice.first;
            block.changes = choice.changes;
            applied.push_back(block.path);
        }
    }
    if (!matched) {
        throw FidelityError(place + "no block " + (glob ? "matches '" : "is named '") + path +
                            "'; " + what_there_is(blocks));
    }
    if (applied.empty()) {
        throw FidelityError(place +
                            (glob ? "no block that matches '" + path + "' has it; "
                                  : "'" + path + "' does not have it; ") +
                            what_there_is(blocks));
    }
    return applied;
}

bool changes_on_the_way(std::string_view path) {
    return path.find(".tile") != std::string_view::npos;
}

const Block& block_at(std::span<const Block> blocks, std::string_view path) {
    for (const Block& block : blocks) {
        if (block.path == path) {
            return block;
        }
    }
    throw std::out_of_range("no block " + std::string(path));
}

Fidelity fidelity_of(std::span<const Block> blocks, std::string_view path) {
    return block_at(blocks, path).chosen;
}

}  // namespace athena::platform
