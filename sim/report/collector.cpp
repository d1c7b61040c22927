// SPDX-License-Identifier: Apache-2.0
#include "sim/report/collector.h"

#include <algorithm>

#include "base/fifo.h"
#include "platform/memory_map.h"
#include "regs/command_regs.h"

namespace athena::sim {

namespace {

using command::CommandFacts;
using command::EngineKind;

constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

std::uint64_t cycles(std::uint64_t count, std::uint64_t hertz) {
    return (count * kPicosecondsPerSecond + hertz - 1) / hertz;
}

std::size_t index_of(EngineKind kind) {
    return static_cast<std::size_t>(kind);
}

}  // namespace

/// Follows the engines of one cluster. An engine works on one command at a time: from its issue, or
/// from the end of the one before, to its end.
class Collector::Cluster final : public command::CommandObserver {
  public:
    Cluster(Collector& collector, std::uint64_t index)
        : collector_(collector),
          board_(collector.board_),
          index_(index),
          stalls_(static_cast<std::uint32_t>(board_.command.rings),
                  static_cast<std::uint32_t>(board_.tile.count),
                  static_cast<std::uint32_t>(board_.command.semaphores),
                  cycles(board_.command.fetch_cycles + 1, board_.cluster.clock_hz)),
          engines_{std::vector<Engine>(board_.tile.count), std::vector<Engine>(board_.dma.channels),
                   std::vector<Engine>(board_.vector.count)} {}

    void queued(const CommandFacts& facts) override {
        engine(facts).before.push(stalls_.left_ring(facts));
    }

    void issued(const CommandFacts& facts) override {
        Engine& at = engine(facts);
        const std::uint16_t section = section_of(facts.view().tag());
        const bool was_idle = at.issued.empty();
        at.issued.push(section);
        if (was_idle && facts.engine->kind == EngineKind::Tile) {
            StallTimes times = stalls_.begins(facts.engine->instance, facts, at.before.front());
            add_idle(std::exchange(sim::at(times, Stall::None), 0));
            StallTimes& all = collector_.section(section).stalls;
            std::ranges::transform(all, times, all.begin(), std::plus<>());
        }
        at.before.pop();
        if (was_idle) {
            begin(at, section, facts.now);
        }
    }

    void ended(const CommandFacts& facts) override {
        const auto view = facts.view();
        if (!facts.engine) {
            end_own(facts);
        } else {
            end_of_engine(facts);
        }
        const bool signals = facts.status == command::Status::Ok && view.signal() != 0;
        if (signals && view.signal_sem() < board_.command.semaphores) {
            stalls_.signalled(view.signal_sem(), blame(facts));
        }
    }

    void dropped(std::uint32_t ring) override {
        for (std::vector<Engine>& kind : engines_) {
            for (Engine& engine : kind) {
                engine.before.erase_if(
                    [&](const StallTracker::Before& before) { return before.number == ring; });
            }
        }
    }

    void reset(std::uint64_t now) override {
        for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
            for (std::uint32_t number = 0; number < engines_[kind].size(); ++number) {
                give_up(static_cast<EngineKind>(kind), number, now);
            }
        }
    }

    /// Of another cluster's NOTIFY.
    void notified(std::uint32_t semaphore) {
        if (semaphore < board_.command.semaphores) {
            stalls_.signalled(semaphore, Stall::Order);
        }
    }

    void finish(std::uint64_t now) {
        reset(now);
        for (std::uint32_t tile = 0; tile < board_.tile.count; ++tile) {
            add_idle(now - stalls_.idle_since(tile));
        }
    }

    [[nodiscard]] Timeline& timeline(EngineKind kind) { return timelines_[index_of(kind)]; }

  private:
    struct Engine {
        base::Fifo<StallTracker::Before> before;  ///< of commands in its queue
        base::Fifo<std::uint16_t> issued;         ///< sections of commands that it holds
        std::uint64_t since = 0;                  ///< it works on the first of them
        std::uint64_t since_at_work = 0;          ///< Collector::at_work() then
    };

    [[nodiscard]] Engine& engine(const CommandFacts& facts) {
        return engines_[index_of(facts.engine->kind)][facts.engine->instance];
    }

    void add_idle(std::uint64_t time) { collector_.nothing_to_do_ += time; }

    void begin(Engine& engine, std::uint16_t section, std::uint64_t now) {
        engine.since = now;
        collector_.start(section, now);
        engine.since_at_work = collector_.at_work();
    }

    // The engine's work on its first command, which is not added up here.
    void end(Engine& engine, EngineKind kind, std::uint64_t now) {
        const std::uint16_t section = engine.issued.front();
        engine.issued.pop();
        collector_.stop(section, now);
        collector_.section(section).busy[index_of(kind)] += now - engine.since;
        timeline(kind).add(engine.since_at_work, collector_.at_work());
    }

    // Of what the engine works on, nothing will come.
    void give_up(EngineKind kind, std::uint32_t number, std::uint64_t now) {
        Engine& engine = engines_[index_of(kind)][number];
        engine.before.clear();
        if (engine.issued.empty()) {
            return;
        }
        end(engine, kind, now);
        engine.issued.clear();
        if (kind == EngineKind::Tile) {
            stalls_.ends(number, now);
        }
    }

    void end_of_engine(const CommandFacts& facts) {
        Engine& at = engine(facts);
        SectionTotals& section = collector_.section(at.issued.front());
        if (facts.status == command::Status::Ok) {
            section.work += work_of(*facts.descriptor, index_, board_);
        }
        end(at, facts.engine->kind, facts.now);
        if (facts.engine->kind == EngineKind::Tile) {
            stalls_.ends(facts.engine->instance, facts.now);
        }
        if (!at.issued.empty()) {
            begin(at, at.issued.front(), facts.now);
        }
    }

    // What the command processor does itself.
    void end_own(const CommandFacts& facts) {
        if (facts.view().opcode() != command::Opcode::Call) {
            (void)stalls_.left_ring(facts);
        }
        if (facts.view().opcode() == command::Opcode::Notify) {
            const regs::descriptor::NotifyConstView notify(facts.descriptor->first());
            collector_.notified(notify.address());
        }
    }

    [[nodiscard]] Stall blame(const CommandFacts& facts) const {
        if (!facts.engine) {
            return Stall::Order;
        }
        switch (facts.engine->kind) {
            case EngineKind::Tile:
                return Stall::Tile;
            case EngineKind::Vector:
                return Stall::Vector;
            case EngineKind::Dma:
                break;
        }
        return destination_of(*facts.descriptor, index_, board_) == Place::OwnL1 ? Stall::Load
                                                                                 : Stall::Store;
    }

    Collector& collector_;
    const platform::BoardConfig& board_;
    std::uint64_t index_;
    StallTracker stalls_;
    std::array<std::vector<Engine>, kEngineKinds> engines_;
    std::array<Timeline, kEngineKinds> timelines_;
};

std::string_view layer_of(std::string_view name) {
    const std::size_t slash = name.find('/');
    return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

Collector::Collector(const platform::BoardConfig& board, const perf::Sections& names)
    : board_(board), names_(names), sections_(1) {
    for (std::uint64_t index = 0; index < board.cluster.count; ++index) {
        clusters_.push_back(std::make_unique<Cluster>(*this, index));
    }
}

Collector::~Collector() = default;

command::CommandObserver& Collector::observer(std::uint64_t cluster) {
    return *clusters_.at(cluster);
}

const Timeline& Collector::timeline(std::uint64_t cluster, EngineKind kind) const {
    return clusters_.at(cluster)->timeline(kind);
}

std::uint64_t Collector::active_of_layer(std::string_view layer) const {
    const auto found = std::ranges::find(layers_, layer, &Layer::name);
    return found == layers_.end() ? 0 : found->active;
}

std::size_t Collector::find_layer(std::uint16_t number) {
    const auto name = names_.find(number);
    const std::string_view layer = name == names_.end() ? "" : layer_of(name->second);
    const auto found = std::ranges::find(layers_, layer, &Layer::name);
    if (found != layers_.end()) {
        return static_cast<std::size_t>(found - layers_.begin());
    }
    layers_.push_back({.name = std::string(layer)});
    return layers_.size() - 1;
}

SectionTotals& Collector::section(std::uint16_t number) {
    if (number >= sections_.size()) {
        sections_.resize(std::size_t{number} + 1);
    }
    return sections_[number];
}

void Collector::notified(std::uint64_t address) {
    using namespace regs::command;
    const std::uint64_t cluster = (address - platform::kApertureBase) / platform::kClusterStride;
    const std::uint64_t offset = (address - platform::kApertureBase) % platform::kClusterStride -
                                 platform::kCommandOffset - kSemaphoreAddOffset;
    if (address >= platform::kApertureBase && cluster < clusters_.size() &&
        offset < kSemaphoreAddCount * kSemaphoreAddStride) {
        clusters_[cluster]->notified(static_cast<std::uint32_t>(offset / kSemaphoreAddStride));
    }
}

// Time since the last change goes to the sections that were active; what does not divide goes to
// the first of them, a picosecond each.
void Collector::advance(std::uint64_t now) {
    const std::uint64_t passed = now - now_;
    now_ = now;
    if (passed == 0) {
        return;
    }
    if (active_.empty()) {
        idle_ += passed;
        return;
    }
    for (const Active& active : active_layers_) {
        layers_[active.number].active += passed;
    }
    const std::uint64_t part = passed / active_.size();
    std::uint64_t rest = passed % active_.size();
    for (const Active& active : active_) {
        SectionTotals& totals = sections_[active.number];
        totals.time += part + (rest != 0 ? 1 : 0);
        totals.active += passed;
        rest -= rest != 0 ? 1 : 0;
    }
}

void Collector::start(std::uint16_t number, std::uint64_t now) {
    advance(now);
    SectionTotals& totals = section(number);
    if (!totals.used) {
        totals.used = true;
        totals.first_start = now;
        totals.layer = find_layer(number);
    }
    enter(active_, number);
    enter(active_layers_, totals.layer);
}

void Collector::stop(std::uint16_t number, std::uint64_t now) {
    advance(now);
    SectionTotals& totals = section(number);
    totals.last_end = now;
    leave(active_, number);
    leave(active_layers_, totals.layer);
}

void Collector::enter(std::vector<Active>& active, std::size_t number) {
    const auto place = std::ranges::lower_bound(active, number, {}, &Active::number);
    if (place != active.end() && place->number == number) {
        ++place->engines;
    } else {
        active.insert(place, {number, 1});
    }
}

void Collector::leave(std::vector<Active>& active, std::size_t number) {
    const auto place = std::ranges::lower_bound(active, number, {}, &Active::number);
    if (--place->engines == 0) {
        active.erase(place);
    }
}

void Collector::finish(std::uint64_t now) {
    for (const auto& cluster : clusters_) {
        cluster->finish(now);
    }
    advance(now);
}

void Collector::align_timelines() {
    std::uint64_t widest = 0;
    for (const auto& cluster : clusters_) {
        for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
            widest = std::max(widest, cluster->timeline(static_cast<EngineKind>(kind)).bin());
        }
    }
    for (const auto& cluster : clusters_) {
        for (std::size_t kind = 0; kind < kEngineKinds; ++kind) {
            cluster->timeline(static_cast<EngineKind>(kind)).widen(widest);
        }
    }
}

}  // namespace athena::sim
