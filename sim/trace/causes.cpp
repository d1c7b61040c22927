// SPDX-License-Identifier: Apache-2.0
#include "sim/trace/causes.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace athena::sim::trace {

namespace {

Spent spent_of(TrackKind kind) {
    return kind == TrackKind::Tile  ? Spent::Tile
           : kind == TrackKind::Dma ? Spent::Dma
                                    : Spent::Vector;
}

}  // namespace

Causes::Causes(const Recording& recording) : recording_(recording) {
    for (Index index = 0; index < recording.commands.size(); ++index) {
        const TracedCommand& of = command(index);
        by_end_.push_back(index);
        if (of.signals && !of.unfinished) {
            ends_.emplace(of.end, index);
        }
    }
    std::ranges::stable_sort(by_end_, {}, [&](Index index) { return command(index).end; });
    for (Index index = 0; index < recording.dispatches.size(); ++index) {
        if (dispatch(index).command == kNothing) {
            locals_.emplace(dispatch(index).queued, index);
        }
    }
}

std::string Causes::name_of(Index index) const {
    const TracedCommand& of = command(index);
    const std::string& section = recording_.texts[of.section];
    return fmt::format("{}: {}{}", recording_.engines[of.engine].name, recording_.texts[of.name],
                       section.empty() ? "" : " (" + section + ")");
}

Index Causes::signaller(std::uint32_t cluster, std::uint32_t semaphore, std::uint64_t time) const {
    Index last = kNothing;
    for (auto [found, end] = ends_.equal_range(time); found != end; ++found) {
        const TracedCommand& of = command(found->second);
        if (of.signals == semaphore && recording_.engines[of.engine].cluster == cluster) {
            last = last == kNothing ? found->second : std::max(last, found->second);
        }
    }
    return last;
}

// In its own cluster by a signal; from another by a NOTIFY.
Index Causes::ring_signaller(std::uint32_t cluster, std::uint32_t semaphore,
                             std::uint64_t time) const {
    for (auto [found, end] = locals_.equal_range(time); found != end; ++found) {
        const Dispatch& of = dispatch(found->second);
        const bool is_own = recording_.rings[of.ring].cluster == cluster;
        if (is_own ? of.signals == semaphore : recording_.texts[of.opcode] == "NOTIFY") {
            return found->second;
        }
    }
    return kNothing;
}

Index Causes::last_ended(std::uint64_t time) const {
    const auto after = std::ranges::upper_bound(by_end_, time, {},
                                                [&](Index index) { return command(index).end; });
    return after == by_end_.begin() ? kNothing : *std::prev(after);
}

// On an engine, in the order of their issue.
Index Causes::issued_at(Index engine, std::uint64_t time, Index not_this) const {
    const std::vector<Index>& commands = recording_.engines[engine].commands;
    const auto after = std::ranges::upper_bound(commands, time, {},
                                                [&](Index index) { return command(index).issued; });
    for (auto found = after; found != commands.begin();) {
        --found;
        if (command(*found).issued != time) {
            break;
        }
        if (*found != not_this && *found < not_this) {
            return *found;
        }
    }
    return kNothing;
}

/// Goes back in time, link by link.
class Causes::Path {
  public:
    explicit Path(const Causes& causes) : causes_(causes) {}

    [[nodiscard]] std::vector<Link> from(Index last) {
        time_ = causes_.command(last).end;
        command_ = last;
        // Of each command and each descriptor at most once at one time.
        std::size_t left =
            4 * (causes_.recording_.commands.size() + causes_.recording_.dispatches.size());
        while ((command_ != kNothing || dispatch_ != kNothing) && left-- != 0) {
            if (command_ != kNothing) {
                pass_command();
            } else {
                pass_dispatch();
            }
        }
        add(Spent::Firmware, 0, kNothing);
        return std::move(links_);
    }

  private:
    void add(Spent spent, std::uint64_t begin, Index command) {
        begin = std::min(begin, time_);
        if (begin != time_) {
            links_.push_back({spent, begin, time_, command});
            time_ = begin;
        }
    }

    void pass_command() {
        const Index index = std::exchange(command_, kNothing);
        const TracedCommand& command = causes_.command(index);
        const Index engine = command.engine;
        add(spent_of(causes_.recording_.engines[engine].kind), command.begin, index);
        if (command.before != kNothing && causes_.command(command.before).end == command.begin) {
            command_ = command.before;
        } else {
            pass_issue(index);
        }
    }

    // Issued when it began. Those before it in the queue may have held it up.
    void pass_issue(Index index) {
        const TracedCommand* command = &causes_.command(index);
        while (!waited(*command) && command->before != kNothing &&
               causes_.command(command->before).issued == command->issued) {
            command = &causes_.command(command->before);
        }
        const std::uint32_t cluster = causes_.recording_.engines[command->engine].cluster;
        if (waited(*command)) {
            const std::uint32_t semaphore = command->wait.semaphore;
            command_ = causes_.signaller(cluster, semaphore, command->issued);
            if (command_ != kNothing) {
                return;
            }
            dispatch_ = causes_.ring_signaller(cluster, semaphore, command->issued);
            if (dispatch_ != kNothing) {
                return;
            }
            add(Spent::Wait, command->wait.since, kNothing);
        }
        dispatch_ = command->dispatch;
    }

    // It was not in its ring any more, or its ring's turn came only so.
    [[nodiscard]] static bool waited(const TracedCommand& command) {
        return command.wait.value != 0;
    }

    void pass_dispatch() {
        const Index index = std::exchange(dispatch_, kNothing);
        const Dispatch& of = causes_.dispatch(index);
        add(Spent::Ring, of.queued, kNothing);
        if (of.queued > of.read && of.command != kNothing) {
            // Before a full queue: what made room was the issue of one that was in it.
            const Index made_room =
                causes_.issued_at(causes_.command(of.command).engine, of.queued, of.command);
            if (made_room != kNothing) {
                time_ = std::min(time_, of.queued);
                pass_made_room(made_room);
                return;
            }
        }
        if (of.queued > of.read && of.wait.value != 0) {
            const std::uint32_t cluster = causes_.recording_.rings[of.ring].cluster;
            command_ = causes_.signaller(cluster, of.wait.semaphore, of.queued);
            if (command_ != kNothing) {
                return;
            }
        }
        if (of.queued > of.read) {
            // A fence: for the last of its ring, or nearly so.
            const Index ended = causes_.last_ended(of.queued);
            if (ended != kNothing && causes_.command(ended).end == of.queued) {
                command_ = ended;
                return;
            }
        }
        add(Spent::Ring, of.read, kNothing);
        const bool was_empty =
            of.before == kNothing || causes_.dispatch(of.before).queued <= of.rung;
        if (!was_empty) {
            dispatch_ = of.before;
            return;
        }
        // The firmware rang once it had seen something end, as far as that can be told.
        add(Spent::Ring, of.rung, kNothing);
        const Index ended = causes_.last_ended(of.rung);
        if (ended != kNothing) {
            add(Spent::Firmware, causes_.command(ended).end, kNothing);
            command_ = ended;
        }
    }

    // It was issued because the one before it ended, or was in its turn free to go.
    void pass_made_room(Index index) {
        const TracedCommand& command = causes_.command(index);
        if (waited(command)) {
            pass_issue(index);
            return;
        }
        const auto& commands = causes_.recording_.engines[command.engine].commands;
        const auto found = std::ranges::lower_bound(
            commands, command.issued, {}, [&](Index other) { return causes_.command(other).end; });
        if (found != commands.end() && causes_.command(*found).end == command.issued) {
            command_ = *found;
        } else {
            pass_issue(index);
        }
    }

    const Causes& causes_;
    std::uint64_t time_ = 0;
    Index command_ = kNothing;   // that ended at `time_`, or
    Index dispatch_ = kNothing;  // that left its ring then
    std::vector<Link> links_;
};

std::vector<Link> Causes::critical_path() const {
    return by_end_.empty() ? std::vector<Link>() : Path(*this).from(by_end_.back());
}

Pauses Causes::pauses() const {
    std::vector<Index> by_begin(recording_.commands.size());
    for (Index index = 0; index < by_begin.size(); ++index) {
        by_begin[index] = index;
    }
    std::ranges::stable_sort(by_begin, {}, [&](Index index) { return command(index).begin; });
    Pauses pauses;
    std::uint64_t until = 0;
    const auto pause = [&](std::uint64_t begin) {
        if (begin > until) {
            ++pauses.count;
            pauses.time += begin - until;
            if (begin - until > pauses.longest) {
                pauses.longest = begin - until;
                pauses.longest_at = until;
            }
        }
    };
    for (const Index index : by_begin) {
        pause(command(index).begin);
        until = std::max(until, command(index).end);
    }
    pause(recording_.end);
    return pauses;
}

}  // namespace athena::sim::trace
