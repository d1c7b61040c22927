// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/trace_summary.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <map>

#include "sim/report/quantities.h"
#include "sim/tell.h"
#include "sim/trace/causes.h"

namespace athena::sim::trace {

namespace {

constexpr std::size_t kStallsShown = 5;
constexpr std::size_t kNamesShown = 8;

struct Busy {
    std::uint64_t engines = 0;
    std::uint64_t commands = 0;
    std::uint64_t time = 0;
    std::uint64_t bytes = 0;
};

Busy busy_of(const Recording& recording, const TracedEngine& engine) {
    Busy busy{.engines = 1, .commands = engine.commands.size()};
    for (const Index index : engine.commands) {
        const TracedCommand& command = recording.commands[index];
        busy.time += command.end - command.begin;
        busy.bytes += command.unfinished ? 0 : command.bytes;
    }
    return busy;
}

void print_row(std::ostream& out, const std::string& name, const Busy& busy, std::uint64_t time) {
    fmt::print(out, "  {:<20} {:>9} {:>12} {:>8}{}\n", name, busy.commands, time_text(busy.time),
               percent(busy.time, time * busy.engines),
               busy.bytes != 0 ? "  " + bytes_text(busy.bytes) : "");
}

void print_utilisation(std::ostream& out, const Recording& recording) {
    fmt::print(out, "engines                 commands         busy  of time\n");
    constexpr std::array<std::pair<TrackKind, const char*>, 3> kKinds = {
        {{TrackKind::Tile, "tiles"},
         {TrackKind::Dma, "DMA channels"},
         {TrackKind::Vector, "vector cores"}}};
    for (const auto& [kind, name] : kKinds) {
        Busy all;
        for (const TracedEngine& engine : recording.engines) {
            if (engine.kind == kind) {
                const Busy busy = busy_of(recording, engine);
                all = {all.engines + 1, all.commands + busy.commands, all.time + busy.time,
                       all.bytes + busy.bytes};
            }
        }
        if (all.engines != 0) {
            print_row(out, fmt::format("all {} {}", all.engines, name), all, recording.end);
        }
    }
    for (const TracedEngine& engine : recording.engines) {
        if (!engine.commands.empty()) {
            print_row(out, engine.name, busy_of(recording, engine), recording.end);
        }
    }
}

void print_path(std::ostream& out, const Recording& recording, const Causes& causes,
                bool each_link) {
    const std::vector<Link> links = causes.critical_path();
    if (links.empty()) {
        return;
    }
    std::array<std::uint64_t, kSpent> spent{};
    std::map<std::string, std::uint64_t> names;
    std::uint64_t commands = 0;
    for (const Link& link : links) {
        spent[static_cast<std::size_t>(link.spent)] += link.end - link.begin;
        if (link.command != kNothing) {
            const TracedCommand& command = recording.commands[link.command];
            const std::uint32_t section = command.section;
            names[recording.texts[section != 0 ? section : command.name]] += link.end - link.begin;
            ++commands;
        }
    }
    const std::uint64_t whole = links.front().end;
    fmt::print(out, "\ncritical path: {} commands, up to the end of {} at {}\n", commands,
               causes.name_of(links.front().command), time_text(whole));
    for (std::size_t kind = 0; kind < kSpent; ++kind) {
        if (spent[kind] != 0) {
            fmt::print(out, "  {:<30} {:>12} {:>8}\n", kSpentNames[kind], time_text(spent[kind]),
                       percent(spent[kind], whole));
        }
    }
    std::vector<std::pair<std::string, std::uint64_t>> largest(names.begin(), names.end());
    std::ranges::stable_sort(largest, std::greater(), [](const auto& name) { return name.second; });
    largest.resize(std::min(largest.size(), kNamesShown));
    fmt::print(out, "on it, most of the engines' time:\n");
    for (const auto& [name, time] : largest) {
        fmt::print(out, "  {:<30} {:>12} {:>8}\n", name, time_text(time), percent(time, whole));
    }
    for (auto link = links.rbegin(); each_link && link != links.rend(); ++link) {
        fmt::print(out, "  {} ps, {} ps long: {}\n", link->begin, link->end - link->begin,
                   link->command != kNothing
                       ? causes.name_of(link->command)
                       : std::string(kSpentNames[static_cast<std::size_t>(link->spent)]));
    }
}

void print_stalls(std::ostream& out, const Recording& recording, const Causes& causes) {
    const Pauses pauses = causes.pauses();
    fmt::print(out, "\nno engine at work: {} (pauses: {}, the longest {} from {} on)\n",
               time_text(pauses.time), pauses.count, time_text(pauses.longest),
               time_text(pauses.longest_at));
    std::vector<StallGroup> stalls = causes.stalls();
    stalls.resize(std::min(stalls.size(), kStallsShown));
    fmt::print(out, "largest stalls of engines with something to do, those alike together:\n");
    for (const StallGroup& stall : stalls) {
        const std::string times = stall.count == 1 ? ""
                                                   : fmt::format(", {} times, {} in all",
                                                                 stall.count, time_text(stall.all));
        fmt::print(out, "  {} from {} on{}: {}\n      before {}\n      waited for {}\n",
                   time_text(stall.length), time_text(stall.begin), times,
                   recording.engines[stall.engine].name, causes.name_of(stall.next),
                   causes.cause_of(stall));
    }
    if (stalls.empty()) {
        fmt::print(out, "  none\n");
    }
}

}  // namespace

void summarise(const SummaryOptions& options, std::ostream& out) {
    const Recording recording = read_recording(options.file);
    if (!recording.is_whole) {
        tell("athena: {}: the run has not ended it; what was under way is left out\n",
             options.file.string());
    }
    const Causes causes(recording);
    fmt::print(out, "{}: {} of board time, {} commands\n\n", recording.board,
               time_text(recording.end), recording.commands.size());
    print_utilisation(out, recording);
    print_path(out, recording, causes, options.path);
    print_stalls(out, recording, causes);
}

}  // namespace athena::sim::trace
