// SPDX-License-Identifier: Apache-2.0
#include "command/wait_report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace athena::command {

namespace {

namespace layout = regs::descriptor;

constexpr std::size_t kMostLines = 32;
constexpr std::size_t kMostCycles = 8;
/// Descriptors that have not been read are looked through up to this number of lines a ring.
constexpr std::uint32_t kMostPeeks = 1 << 16;

/// A ring or an engine of one of the command processors.
struct Party {
    std::size_t source = 0;
    bool is_engine = false;
    std::size_t index = 0;

    bool operator==(const Party&) const = default;
};

/// A descriptor that is yet to signal, and where it is held up.
struct Signaller {
    Party holder;
    std::uint32_t tag = 0;
    bool runs = false;  ///< in the engine
};

struct Waiter {
    Party who;
    std::string text;
    std::optional<Party> on;  ///< whom the text names
};

class WaitReport {
  public:
    WaitReport(std::span<const WaitSource> sources, const Peek& peek)
        : sources_(sources), peek_(peek) {
        // A descriptor that has come further is named before one that has not.
        for (std::size_t source = 0; source < sources_.size(); ++source) {
            look_at_engines(source);
        }
        for (std::size_t source = 0; source < sources_.size(); ++source) {
            for (std::uint32_t ring = 0; ring < core(source).config().rings; ++ring) {
                look_at_ring(source, ring);
            }
        }
        for (std::size_t source = 0; source < sources_.size(); ++source) {
            find_waiters(source);
        }
    }

    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> lines;
        for (const Waiter& waiter : waiters_) {
            if (lines.size() == kMostLines) {
                lines.push_back(std::to_string(waiters_.size() - kMostLines) + " more wait");
                break;
            }
            lines.push_back(sources_[waiter.who.source].name + ": " + waiter.text);
        }
        add_cycles(lines);
        return lines;
    }

  private:
    [[nodiscard]] const CommandCore& core(std::size_t source) const {
        return sources_[source].core;
    }

    // As seen from a line about `source`.
    [[nodiscard]] std::string name(const Party& party, std::size_t source) const {
        static constexpr std::array kKinds = {"tile", "dma", "vector"};
        std::string text = party.source == source ? "" : sources_[party.source].name + " ";
        if (!party.is_engine) {
            return text + "ring " + std::to_string(party.index);
        }
        const EngineId id = core(party.source).engines()[party.index].id;
        return text + kKinds[static_cast<std::size_t>(id.kind)] + std::to_string(id.instance);
    }

    [[nodiscard]] Party engine_of(std::size_t source, LineView line) const {
        const CommandCore& of = core(source);
        return {source, true, static_cast<std::size_t>(&of.engine_of(line) - of.engines().data())};
    }

    // What the descriptor will do to semaphores, its own cluster's or by NOTIFY another's.
    void look_at(const Signaller& signaller, LineView line) {
        const layout::DescriptorConstView header(line);
        const std::size_t source = signaller.holder.source;
        const auto add = [&](std::size_t target, std::uint64_t semaphore) {
            Signaller found = signaller;
            found.tag = header.tag();
            signallers_.try_emplace({target, semaphore}, found);
        };
        if (header.signal() != 0 || header.opcode() == Opcode::SemSet) {
            add(source, header.signal_sem());
        }
        if (header.opcode() == Opcode::Notify) {
            const std::uint64_t address = layout::NotifyConstView(line).address();
            for (std::size_t target = 0; target < sources_.size(); ++target) {
                const std::uint64_t offset = address - sources_[target].semaphore_add;
                if (offset / sizeof(std::uint32_t) < core(target).config().semaphores) {
                    add(target, offset / sizeof(std::uint32_t));
                }
            }
        }
    }

    void look_at_engines(std::size_t source) {
        for (const CommandCore::Slot& slot : core(source).slots()) {
            if (slot.used) {
                look_at({{source, true, slot.engine}, 0, true}, slot.command.descriptor.first());
            }
        }
        const auto engines = core(source).engines();
        for (std::size_t index = 0; index < engines.size(); ++index) {
            for (const CommandCore::Pending& pending : engines[index].waiting) {
                look_at({{source, true, index}}, pending.descriptor.first());
            }
        }
    }

    void look_at_ring(std::size_t source, std::uint32_t index) {
        const CommandCore::Ring& ring = core(source).ring(index);
        const Signaller held{{source, false, index}};
        for (const CommandCore::Call& call : ring.called) {
            look_at({holder_of(source, index, call)}, call.descriptor.first());
        }
        std::uint32_t second_lines = 0;  // of a descriptor that has been read in part
        if (ring.staged.lines != 0) {
            look_at(held, ring.staged.first());
            second_lines = ring.staged.complete() ? 0 : 1;
        }
        peeks_left_ = kMostPeeks;
        if (ring.call) {
            look_at_list(held, ring.call->address, std::exchange(second_lines, 0) + ring.call->next,
                         ring.call->lines);
            look_at(held, ring.call->descriptor.first());
        }
        // What an error has dropped had been read.
        const std::uint32_t first = ring.stopped ? ring.error.position : ring.head + second_lines;
        for (std::uint32_t at = first; at != ring.tail && ring.size != 0;) {
            const auto line = read(ring.base + sizeof(Line) * (at % ring.size));
            if (!line) {
                return;
            }
            look_at(held, *line);
            const layout::CallConstView call(*line);
            const Opcode opcode = layout::DescriptorConstView(*line).opcode();
            if (opcode == Opcode::Call) {
                look_at_list(held, call.address(), 0, call.lines());
            }
            at += at + 1 != ring.tail ? lines_of(opcode) : 1;
        }
    }

    void look_at_list(const Signaller& held, std::uint64_t address, std::uint64_t next,
                      std::uint32_t lines) {
        while (next < lines) {
            const auto line = read(address + sizeof(Line) * next);
            if (!line) {
                return;
            }
            look_at(held, *line);
            next += lines_of(layout::DescriptorConstView(*line).opcode());
        }
    }

    std::optional<Line> read(std::uint64_t address) {
        Line line;
        if (peeks_left_ == 0 || !peek_(address, line)) {
            return std::nullopt;
        }
        --peeks_left_;
        return line;
    }

    // The engine that still has a command of the list.
    [[nodiscard]] Party holder_of(std::size_t source, std::uint32_t ring,
                                  const CommandCore::Call& call) const {
        const auto engine = first_engine(source, [&](const CommandCore::Pending& pending) {
            return pending.ring == ring && pending.in_call && pending.position == call.position;
        });
        return engine.value_or(Party{source, false, ring});
    }

    // The first engine that has such a command, waiting rather than running.
    template <typename Is>
    [[nodiscard]] std::optional<Party> first_engine(std::size_t source, const Is& is) const {
        const auto engines = core(source).engines();
        for (std::size_t index = 0; index < engines.size(); ++index) {
            if (std::ranges::any_of(engines[index].waiting, is)) {
                return Party{source, true, index};
            }
        }
        for (const CommandCore::Slot& slot : core(source).slots()) {
            if (slot.used && is(slot.command)) {
                return Party{source, true, slot.engine};
            }
        }
        return std::nullopt;
    }

    void find_waiters(std::size_t source) {
        for (std::uint32_t index = 0; index < core(source).config().rings; ++index) {
            const CommandCore::Ring& ring = core(source).ring(index);
            if (ring.enabled && !ring.stopped && ring.staged.lines != 0 && !ring.fetching) {
                add_ring({source, false, index}, ring.staged);
            }
        }
        const auto engines = core(source).engines();
        for (std::size_t index = 0; index < engines.size(); ++index) {
            const CommandCore::Engine& engine = engines[index];
            if (!engine.waiting.empty() && engine.issued < engine.depth) {
                add_semaphore_wait({source, true, index},
                                   engine.waiting.front().descriptor.first());
            }
        }
    }

    void add_ring(const Party& who, const Descriptor& descriptor) {
        const LineView line = descriptor.first();
        const Opcode opcode = layout::DescriptorConstView(line).opcode();
        if (!descriptor.complete()) {
            waiters_.push_back(
                {who, subject(who, line) + " waits for its second line, which the tail is before",
                 std::nullopt});
        } else if (engine_kind(opcode)) {
            const Party engine = engine_of(who.source, line);
            waiters_.push_back(
                {who,
                 subject(who, line) + " waits for room in the queue of " + name(engine, who.source),
                 engine});
        } else if (!add_semaphore_wait(who, line) && opcode == Opcode::Fence) {
            const auto engine = first_engine(who.source, [&](const CommandCore::Pending& pending) {
                return pending.ring == who.index;
            });
            std::string text = subject(who, line) + " is a FENCE and waits for earlier ones";
            if (engine) {
                text += ", as in " + name(*engine, who.source);
            }
            waiters_.push_back({who, text, engine});
        }
    }

    [[nodiscard]] std::string subject(const Party& who, LineView line) const {
        return name(who, who.source) + "'s descriptor with tag " +
               std::to_string(layout::DescriptorConstView(line).tag());
    }

    bool add_semaphore_wait(const Party& who, LineView line) {
        const CommandCore& of = core(who.source);
        std::string text;
        std::optional<Party> on;
        for (const Wait& wait : CommandCore::waits_of(line)) {
            if (of.satisfied(wait)) {
                continue;
            }
            text += (text.empty() ? subject(who, line) + " waits for semaphore "
                                  : std::string(", and for semaphore ")) +
                    std::to_string(wait.semaphore) + " >= " + std::to_string(wait.value) + " (is " +
                    std::to_string(of.semaphore(wait.semaphore)) + "), which ";
            const auto found = signallers_.find({who.source, wait.semaphore});
            if (found == signallers_.end()) {
                text += "nothing in sight signals";
                continue;
            }
            text += sentence(found->second, who.source);
            if (!on) {
                on = found->second.holder;
            }
        }
        if (!text.empty()) {
            waiters_.push_back({who, text, on});
        }
        return !text.empty();
    }

    [[nodiscard]] std::string sentence(const Signaller& by, std::size_t source) const {
        std::string text = name(by.holder, source) + "'s descriptor with tag " +
                           std::to_string(by.tag) + " should signal";
        if (by.runs) {
            return text + ", which has not ended";
        }
        if (!by.holder.is_engine) {
            const CommandCore::Ring& ring =
                core(by.holder.source).ring(static_cast<std::uint32_t>(by.holder.index));
            if (ring.stopped) {
                text += ", but an error has stopped that ring (status " +
                        std::to_string(static_cast<std::uint32_t>(ring.error.status)) + ")";
            } else if (!ring.enabled) {
                text += ", but that ring is not enabled";
            }
        }
        return text;
    }

    // Each waits for at most one: following that one from each ends, or goes round.
    void add_cycles(std::vector<std::string>& lines) const {
        std::vector<std::size_t> seen(waiters_.size(), 0);  // in the walk of this number
        std::size_t cycles = 0;
        for (std::size_t start = 0; start < waiters_.size() && cycles < kMostCycles; ++start) {
            std::optional<std::size_t> at = start;
            while (at && seen[*at] == 0) {
                seen[*at] = start + 1;
                at = next(*at);
            }
            if (at && seen[*at] == start + 1) {
                lines.push_back(cycle_from(*at));
                ++cycles;
            }
        }
    }

    [[nodiscard]] std::optional<std::size_t> next(std::size_t waiter) const {
        const auto found = waiters_[waiter].on
                               ? std::ranges::find(waiters_, *waiters_[waiter].on, &Waiter::who)
                               : waiters_.end();
        return found == waiters_.end()
                   ? std::nullopt
                   : std::optional(static_cast<std::size_t>(found - waiters_.begin()));
    }

    [[nodiscard]] std::string cycle_from(std::size_t first) const {
        const std::size_t source = waiters_[first].who.source;
        std::string text = sources_[source].name + ": a cycle: ";
        std::size_t at = first;
        do {
            text += name(waiters_[at].who, source) + " waits for ";
            at = *next(at);
        } while (at != first);
        return text + name(waiters_[first].who, source);
    }

    std::span<const WaitSource> sources_;
    const Peek& peek_;
    std::map<std::pair<std::size_t, std::uint64_t>, Signaller> signallers_;
    std::vector<Waiter> waiters_;
    std::uint32_t peeks_left_ = 0;
};

}  // namespace

std::vector<std::string> report_waits(std::span<const WaitSource> sources, const Peek& peek) {
    return WaitReport(sources, peek).lines();
}

}  // namespace athena::command
