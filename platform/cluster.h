// SPDX-License-Identifier: Apache-2.0
// One cluster of the accelerator: crossbar, command processor, DMA engine, IOPMP, shared SRAM,
// vector cores, matmul tiles.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <systemc>
#include <vector>

#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/statistics.h"
#include "command/command_processor.h"
#include "dma/dma_engine.h"
#include "fabric/router.h"
#include "iopmp/iopmp.h"
#include "memory/shared_sram.h"
#include "platform/board.h"
#include "platform/board_config.h"
#include "platform/fidelity.h"
#include "tile/tile.h"
#include "vector/vector_core.h"

namespace athena::platform {

/// What every part of the board is given.
struct BoardServices {
    base::EventQueue& events;
    base::Diagnostics& diagnostics;
    base::HostThreads& threads;
    tile::TileClock& tile_clock;
    base::Backlog* backlog = nullptr;  ///< a lane for each cluster; null: works are done at once
};

/// A tile of this board, functional.
[[nodiscard]] tile::Tile::Config tile_config(const BoardConfig& config);

class Cluster : public sc_core::sc_module, public base::StatisticsSource {
  public:
    /// Binds the cluster to the system bus on both sides and to its interrupts' sink.
    Cluster(const sc_core::sc_module_name& name, std::uint64_t index, const BoardConfig& config,
            std::span<const Block> blocks, const BoardServices& services, fabric::Router& bus,
            base::IrqSink& interrupts);

    /// Of the part with that name, as tile0: now, or as soon as it is drained. False: it has none
    /// to change.
    bool set_fidelity(std::string_view part, Fidelity fidelity);

    /// Of the tiles, its path without the cluster.
    [[nodiscard]] std::optional<Diverged> diverged() const;
    /// Board::changes_to_come(), without the cluster.
    [[nodiscard]] std::vector<std::string> changes_to_come() const;

    [[nodiscard]] command::WaitSource wait_source() const { return command_.wait_source(); }
    void observe(command::CommandObserver& observer) { command_.observe(observer); }

    [[nodiscard]] const fabric::Router& crossbar() const { return *crossbar_; }
    /// Of its crossbar, as fabric::Router::log_to().
    void log_accesses(const base::Log& log);

    void reset();
    /// Counters of the parts, each under its name.
    void report(base::StatisticsVisitor& visitor) const override;

  private:
    void connect_bus(std::uint64_t index, fabric::Router& bus);
    void connect_parts(std::uint64_t index);
    void make_vector_cores(std::uint64_t index, const BoardConfig& config,
                           const BoardServices& services);
    void connect_vector_cores(std::uint64_t index);
    void connect_tiles(std::uint64_t index, base::IrqSink& interrupts);

    std::unique_ptr<fabric::Router> crossbar_;
    /// The engines' completion records come together at the command processor.
    fabric::Router completions_;
    command::CommandProcessor command_;
    dma::DmaEngine dma_;
    iopmp::Iopmp iopmp_;
    std::unique_ptr<memory::SharedSram> sram_;  ///< if the board has one
    std::vector<std::unique_ptr<vector::VectorCore>> vector_cores_;
    std::vector<std::unique_ptr<tile::Tile>> tiles_;
};

}  // namespace athena::platform
