// SPDX-License-Identifier: Apache-2.0
// A shipped board whose command processors do nothing but replay a recorded list: its hart hands
// each cluster's ring CALLs of the list, and sleeps.
#pragma once

#include <cstdint>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/board_program.h"
#include "bench/command/recorded_list.h"
#include "platform/board.h"
#include "platform/board_file.h"

namespace athena::test {

class ReplayingBoard {
  public:
    ReplayingBoard(const std::string& name, Kind kind)
        : config_(platform::load_board_file(ATHENA_BOARDS "/" + name + ".toml", {})) {
        board_ = std::make_unique<platform::Board>(
            config_, platform::BoardOptions{.blocks = platform::blocks_of(config_)}, log_);
        load_program(*board_, program());
        for (std::uint64_t cluster = 0; cluster < config_.cluster.count; ++cluster) {
            const RecordedList list(kind, config_, cluster);
            board_->load(list_at(cluster), list.bytes(), 0);
            std::vector<std::byte> ring = list.before();
            const std::uint32_t lines = list.lines();
            while (ring.size() < kEntries * sizeof(Line)) {
                const Line call = call_line(list_at(cluster), lines);
                ring.insert(ring.end(), call.begin(), call.end());
            }
            board_->load(ring_at(cluster), std::move(ring), 0);
        }
        replay(1);
    }

    /// Replays until so many commands more have completed; returns how many have. Throws if one
    /// failed.
    std::uint64_t replay(std::uint64_t wanted) {
        const std::uint64_t before = counters().completed;
        std::uint64_t completed = 0;
        while (completed < wanted) {
            board_->run_until(board_->now() + kStep);
            const Counters now = counters();
            if (now.errors != 0 || board_->stopped()) {
                throw std::runtime_error("a command failed: " + log_.str());
            }
            completed = now.completed - before;
        }
        return completed;
    }

  private:
    static constexpr std::uint64_t kRings = kRam + 0x10'0000;
    static constexpr std::uint32_t kEntries = 4096;
    static constexpr base::Picoseconds kStep{50'000'000};

    static std::uint64_t ring_at(std::uint64_t cluster) {
        return kRings + cluster * 2 * kEntries * sizeof(Line);
    }
    static std::uint64_t list_at(std::uint64_t cluster) {
        return ring_at(cluster) + kEntries * sizeof(Line);
    }

    // Of all command processors together. Read often: no names are kept.
    struct Counters : base::StatisticsVisitor {
        void counter(std::string_view name, std::uint64_t value) override {
            completed += name == "descriptors_completed" ? value : 0;
            errors += name == "errors" ? value : 0;
        }
        void enter(std::string_view /*name*/) override {}
        void leave() override {}
        std::uint64_t completed = 0;
        std::uint64_t errors = 0;
    };
    [[nodiscard]] Counters counters() const {
        Counters counters;
        board_->report(counters);
        return counters;
    }

    [[nodiscard]] Program program() const {
        Program program;
        for (std::uint64_t cluster = 0; cluster < config_.cluster.count; ++cluster) {
            start_ring(program, cluster, ring_at(cluster), kEntries);
        }
        sleep_forever(program);
        return program;
    }

    std::ostringstream log_;
    platform::BoardConfig config_;
    std::unique_ptr<platform::Board> board_;
};

}  // namespace athena::test
