// SPDX-License-Identifier: Apache-2.0
// Why engines stood still.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/trace/causes.h"

namespace athena::sim::trace {

Causes::Cause Causes::semaphore_cause(const TracedCommand& of) const {
    const std::uint32_t cluster = recording_.engines[of.engine].cluster;
    if (const Index by = signaller(cluster, of.wait.semaphore, of.issued); by != kNothing) {
        return {StallCause::Semaphore, by};
    }
    const Index by_ring = ring_signaller(cluster, of.wait.semaphore, of.issued);
    return by_ring != kNothing ? Cause{StallCause::RingSemaphore, by_ring}
                               : Cause{StallCause::OutsideSemaphore};
}

// What kept the ring from reading this one earlier, since then, for the most part; nothing: the
// ring was empty.
std::optional<Causes::Cause> Causes::ring_cause(Index index, std::uint64_t since) const {
    std::uint64_t most = 0;
    std::optional<Cause> cause = Cause{StallCause::Reading};
    for (;; index = dispatch(index).before) {
        const Dispatch& of = dispatch(index);
        const std::uint64_t left_before = of.before == kNothing ? 0 : dispatch(of.before).queued;
        const std::uint64_t free = std::max(left_before, since);
        if (of.rung > free && of.rung - free > most) {
            most = of.rung - free;
            cause.reset();
        }
        if (of.before == kNothing || left_before <= since) {
            return cause;
        }
        const Dispatch& held = dispatch(of.before);
        const std::uint64_t from = std::max(held.read, since);
        if (held.queued > from && held.queued - from > most) {
            most = held.queued - from;
            cause = held.command != kNothing ? Cause{StallCause::FullQueue, held.command}
                                             : Cause{StallCause::Ring, of.before};
        }
    }
}

/// Adds up those that are alike.
class Causes::Stalls {
  public:
    explicit Stalls(const Causes& causes) : causes_(causes) {}

    // Between two commands of an engine.
    void take(Index next) {
        const TracedCommand& of = causes_.command(next);
        const std::uint64_t since = causes_.command(of.before).end;
        if (of.begin <= since || of.dispatch == kNothing) {
            return;
        }
        const Dispatch& way = causes_.dispatch(of.dispatch);
        const std::uint64_t read = std::clamp(way.read, since, of.begin);
        const std::uint64_t queued = std::clamp(way.queued, read, of.begin);
        if (read > since) {
            if (const auto cause = causes_.ring_cause(of.dispatch, since)) {
                add(next, since, read, *cause);
            }
        }
        if (queued > read) {
            add(next, read, queued, {StallCause::OwnQueue});
        }
        if (of.begin > queued) {
            const bool waited = of.wait.value != 0;
            add(next, queued, of.begin,
                waited ? causes_.semaphore_cause(of) : Cause{StallCause::InQueue});
        }
    }

    [[nodiscard]] std::vector<StallGroup> by_length() const {
        std::vector<StallGroup> all;
        for (const auto& [key, group] : groups_) {
            all.push_back(group);
        }
        std::ranges::stable_sort(all, std::greater(), &StallGroup::length);
        return all;
    }

  private:
    // Engine, name and section of the next; and of the cause.
    using Key = std::array<std::uint32_t, 7>;

    [[nodiscard]] Key key_of(const TracedCommand& next, const Cause& cause) const {
        Key key = {next.engine, next.name, next.section, static_cast<std::uint32_t>(cause.kind)};
        if (cause.kind == StallCause::Semaphore || cause.kind == StallCause::FullQueue) {
            const TracedCommand& by = causes_.command(cause.by);
            key[4] = by.engine;
            key[5] = by.name;
            key[6] = by.section;
        } else if (cause.by != kNothing) {
            key[4] = causes_.dispatch(cause.by).ring;
            key[5] = causes_.dispatch(cause.by).opcode;
        }
        return key;
    }

    void add(Index next, std::uint64_t begin, std::uint64_t end, const Cause& cause) {
        const TracedCommand& of = causes_.command(next);
        StallGroup& group = groups_[key_of(of, cause)];
        ++group.count;
        group.all += end - begin;
        if (end - begin > group.length) {
            const std::uint64_t count = group.count;
            const std::uint64_t all = group.all;
            group = {.engine = of.engine,
                     .cause = cause.kind,
                     .by = cause.by,
                     .next = next,
                     .begin = begin,
                     .length = end - begin,
                     .count = count,
                     .all = all};
        }
    }

    const Causes& causes_;
    std::map<Key, StallGroup> groups_;
};

std::vector<StallGroup> Causes::stalls() const {
    Stalls stalls(*this);
    for (Index index = 0; index < recording_.commands.size(); ++index) {
        if (command(index).before != kNothing) {
            stalls.take(index);
        }
    }
    return stalls.by_length();
}

std::string Causes::cause_of(const StallGroup& stall) const {
    const SemaphoreWait& wait = command(stall.next).wait;
    const std::string semaphore =
        fmt::format("semaphore {} >= {}, signalled by ", wait.semaphore, wait.value);
    const auto ring = [&] {
        const Dispatch& by = dispatch(stall.by);
        return recording_.rings[by.ring].name + ": " + recording_.texts[by.opcode];
    };
    switch (stall.cause) {
        case StallCause::Semaphore:
            return semaphore + name_of(stall.by);
        case StallCause::RingSemaphore:
            return semaphore + ring();
        case StallCause::OutsideSemaphore:
            return semaphore + "a hart, or nobody seen";
        case StallCause::InQueue:
            return "those before it in its queue";
        case StallCause::OwnQueue:
            return "room in its own queue";
        case StallCause::FullQueue:
            return "its ring, which stood before a full queue with " + name_of(stall.by);
        case StallCause::Ring:
            return "its ring, which stood at " + ring();
        case StallCause::Reading:
            break;
    }
    return "its ring, which was reading";
}

}  // namespace athena::sim::trace
