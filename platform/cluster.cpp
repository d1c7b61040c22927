// SPDX-License-Identifier: Apache-2.0
#include "platform/cluster.h"

#include <limits>
#include <string>
#include <string_view>

#include "fabric/crossbar.h"
#include "platform/memory_map.h"
#include "regs/dma_regs.h"
#include "regs/vector_regs.h"

namespace athena::platform {

namespace {

constexpr std::uint64_t kPicosecondsPerNanosecond = 1000;
/// Initiators of the clusters are numbered from here, so many for each cluster; harts come before.
constexpr std::uint32_t kFirstInitiator = 16;
constexpr std::uint32_t kInitiators = 16;
constexpr std::uint64_t kRecordSize = 16;

std::uint32_t initiator_id(std::uint64_t cluster, std::uint32_t part) {
    return kFirstInitiator + static_cast<std::uint32_t>(cluster) * kInitiators + part;
}

command::CommandProcessor::Config command_config(std::uint64_t index, const BoardConfig& config) {
    command::CommandProcessor::Config result;
    result.core.rings = static_cast<std::uint32_t>(config.command.rings);
    result.core.tiles = static_cast<std::uint32_t>(config.tile.count);
    result.core.dma_channels = static_cast<std::uint32_t>(config.dma.channels);
    result.core.semaphores = static_cast<std::uint32_t>(config.command.semaphores);
    result.core.engine_queue = static_cast<std::uint32_t>(config.command.engine_queue);
    result.core.tile_queue_depth = static_cast<std::uint32_t>(config.tile.queue_depth);
    result.core.dma_queue_depth = static_cast<std::uint32_t>(config.dma.queue_depth);
    result.core.vector_cores = static_cast<std::uint32_t>(config.vector.count);
    result.core.vector_queue_depth = static_cast<std::uint32_t>(config.vector.queue_depth);
    result.clock_hz = config.cluster.clock_hz;
    result.fetch_cycles = static_cast<std::uint32_t>(config.command.fetch_cycles);
    result.initiator_id = initiator_id(index, 0);
    result.l1_bytes = config.tile.l1_bytes;
    result.registers = {cluster_base(index) + kCommandOffset};
    for (std::uint64_t tile = 0; tile < config.tile.count; ++tile) {
        result.tile_queues.push_back({tile_base(index, tile) + kTileQueue});
        result.tile_l1.push_back({tile_base(index, tile)});
    }
    for (std::uint64_t channel = 0; channel < config.dma.channels; ++channel) {
        result.dma_queues.push_back({cluster_base(index) + kDmaOffset + regs::dma::kQueueOffset +
                                     channel * regs::dma::kQueueStride});
    }
    for (std::uint64_t core = 0; core < config.vector.count; ++core) {
        result.vector_queues.push_back({vector_base(index, core) + regs::vector::kQueueOffset});
    }
    return result;
}

bool is_timed(std::span<const Block> blocks, std::uint64_t cluster, const char* part) {
    return fidelity_of(blocks, "cluster" + std::to_string(cluster) + "." + part) == Fidelity::Timed;
}

std::unique_ptr<fabric::Router> make_crossbar(const BoardConfig& config, bool timed,
                                              base::EventQueue& events) {
    if (!timed) {
        return std::make_unique<fabric::Router>(
            "crossbar", fabric::Router::Config{
                            .latency = {config.cluster.latency_ns * kPicosecondsPerNanosecond}});
    }
    return std::make_unique<fabric::Crossbar>(
        "crossbar",
        fabric::Crossbar::Config{
            .clock_hz = config.cluster.clock_hz,
            .bytes_per_cycle = static_cast<std::uint32_t>(config.crossbar.bytes_per_cycle),
            .request_cycles = static_cast<std::uint32_t>(config.crossbar.request_cycles),
            .response_cycles = static_cast<std::uint32_t>(config.crossbar.response_cycles),
            .queue = static_cast<std::uint32_t>(config.crossbar.queue)},
        events);
}

dma::DmaEngine::Config dma_config(std::uint64_t index, const BoardConfig& config, bool timed) {
    return {
        .channels = static_cast<std::uint32_t>(config.dma.channels),
        .queue_depth = static_cast<std::uint32_t>(config.dma.queue_depth),
        .clock_hz = config.cluster.clock_hz,
        .launch_cycles = static_cast<std::uint32_t>(config.dma.launch_cycles),
        .bytes_per_cycle = static_cast<std::uint32_t>(config.dma.bytes_per_cycle),
        .timed = timed,
        .start_cycles = static_cast<std::uint32_t>(config.dma.start_cycles),
        .outstanding = static_cast<std::uint32_t>(config.dma.outstanding),
        .initiator_id = initiator_id(index, 1),
    };
}

tile::Tile::Mode mode_of(Fidelity fidelity) {
    switch (fidelity) {
        case Fidelity::Timed:
            return tile::Tile::Mode::Timed;
        case Fidelity::Rtl:
            return tile::Tile::Mode::Rtl;
        case Fidelity::Lockstep:
            return tile::Tile::Mode::Lockstep;
        case Fidelity::LockstepData:
            return tile::Tile::Mode::LockstepData;
        default:
            return tile::Tile::Mode::Functional;
    }
}

std::string tile_name(std::uint64_t tile) {
    return "tile" + std::to_string(tile);
}

std::string vector_name(std::uint64_t core) {
    return "vector" + std::to_string(core);
}

}  // namespace

tile::Tile::Config tile_config(const BoardConfig& config) {
    return {
        .rows = static_cast<std::uint32_t>(config.tile.rows),
        .cols = static_cast<std::uint32_t>(config.tile.cols),
        .l1_bytes = static_cast<std::uint32_t>(config.tile.l1_bytes),
        .queue_depth = static_cast<std::uint32_t>(config.tile.queue_depth),
        .clock_hz = config.tile.clock_hz,
        .mode = tile::Tile::Mode::Functional,
        .changes = {},
    };
}

base::Backlog::Lane lane_of(const BoardServices& services, std::uint64_t cluster) {
    return services.backlog == nullptr
               ? base::Backlog::Lane{}
               : base::Backlog::Lane(*services.backlog, static_cast<std::uint32_t>(cluster));
}

Cluster::Cluster(const sc_core::sc_module_name& name, std::uint64_t index,
                 const BoardConfig& config, std::span<const Block> blocks,
                 const BoardServices& services, fabric::Router& bus, base::IrqSink& interrupts)
    : sc_core::sc_module(name),
      crossbar_(make_crossbar(config, is_timed(blocks, index, "crossbar"), services.events)),
      completions_("completions", {}),
      command_("command", command_config(index, config), services.events, services.diagnostics),
      dma_("dma", dma_config(index, config, is_timed(blocks, index, "dma")), services.events,
           services.diagnostics, lane_of(services, index)),
      iopmp_("iopmp",
             {.core = {.entries = static_cast<std::uint32_t>(config.iopmp.entries)},
              .rings = static_cast<std::uint32_t>(config.command.rings)},
             services.diagnostics) {
    for (std::uint64_t number = 0; number < config.tile.count; ++number) {
        const std::string part = tile_name(number);
        const std::string path = "cluster" + std::to_string(index) + "." + part;
        tile::Tile::Config tile = tile_config(config);
        const Block& block = block_at(blocks, path);
        tile.mode = mode_of(block.chosen);
        for (const FidelityChange& change : block.changes) {
            tile.changes.push_back({change.command, mode_of(change.fidelity)});
        }
        tiles_.push_back(std::make_unique<tile::Tile>(
            part.c_str(), tile, services.events, services.diagnostics, services.threads,
            &services.tile_clock, lane_of(services, index)));
    }
    make_vector_cores(index, config, services);
    connect_bus(index, bus);
    connect_parts(index);
    connect_vector_cores(index);
    connect_tiles(index, interrupts);
    command_.irq.connect(interrupts, command_irq(index));
}

void Cluster::connect_bus(std::uint64_t index, fabric::Router& bus) {
    const std::uint64_t first = cluster_base(index);
    const std::uint64_t end = first + kClusterStride;
    const std::string name = "cluster" + std::to_string(index);
    bus.map(name, {first}, kClusterStride, false).bind(crossbar_->add_input("from_bus"));
    // What is not this cluster's own goes out to the bus.
    crossbar_->map("below", {0}, first, false).bind(bus.add_input(name + "_below"));
    crossbar_->map("above", {end}, std::numeric_limits<std::uint64_t>::max() - end + 1, false)
        .bind(bus.add_input(name + "_above"));
}

void Cluster::connect_parts(std::uint64_t index) {
    const base::PhysAddr base{cluster_base(index)};
    crossbar_->map("to_command", base + base::PhysAddr{kCommandOffset}, kCommandSize)
        .bind(command_.socket);
    crossbar_->map("to_dma", base + base::PhysAddr{kDmaOffset}, kDmaSize).bind(dma_.socket);
    crossbar_->map("to_iopmp", base + base::PhysAddr{kIopmpOffset}, kIopmpSize).bind(iopmp_.socket);
    command_.connect(iopmp_);
    dma_.connect(iopmp_);
    command_.fabric.bind(crossbar_->add_input("from_command"));
    dma_.fabric.bind(crossbar_->add_input("from_dma"));
    dma_.completion.bind(completions_.add_input("from_dma"));
    completions_.map("records", {0}, kRecordSize).bind(command_.completions);
}

void Cluster::make_vector_cores(std::uint64_t index, const BoardConfig& config,
                                const BoardServices& services) {
    if (config.sram.size == 0) {
        return;
    }
    sram_ = std::make_unique<memory::SharedSram>(
        "sram",
        memory::SharedSram::Config{.size = config.sram.size,
                                   .latency = {config.sram.latency_ns * kPicosecondsPerNanosecond},
                                   .owners = static_cast<std::uint32_t>(config.vector.count)},
        services.diagnostics, lane_of(services, index));
    for (std::uint64_t number = 0; number < config.vector.count; ++number) {
        const vector::VectorCore::Config core{
            .lanes = static_cast<std::uint32_t>(config.vector.lanes),
            .queue_depth = static_cast<std::uint32_t>(config.vector.queue_depth),
            .clock_hz = config.vector.clock_hz,
            .launch_cycles = static_cast<std::uint32_t>(config.vector.launch_cycles),
            .owner = static_cast<std::uint32_t>(number)};
        vector_cores_.push_back(std::make_unique<vector::VectorCore>(
            vector_name(number).c_str(), core, *sram_, services.events, services.diagnostics,
            services.threads));
    }
}

void Cluster::connect_vector_cores(std::uint64_t index) {
    if (sram_ == nullptr) {
        return;
    }
    const base::PhysAddr base{cluster_base(index)};
    crossbar_->map("to_sram", base + base::PhysAddr{kSramOffset}, sram_->config().size)
        .bind(sram_->socket);
    for (std::uint64_t number = 0; number < vector_cores_.size(); ++number) {
        vector::VectorCore& core = *vector_cores_[number];
        const std::string name = vector_name(number);
        crossbar_->map("to_" + name, {vector_base(index, number)}, kVectorStride).bind(core.socket);
        core.completion.bind(completions_.add_input("from_" + name));
        core.connect(iopmp_, cluster_base(index) + kSramOffset);
    }
}

void Cluster::connect_tiles(std::uint64_t index, base::IrqSink& interrupts) {
    for (std::uint64_t number = 0; number < tiles_.size(); ++number) {
        tile::Tile& tile = *tiles_[number];
        const std::string name = tile_name(number);
        crossbar_->map("to_" + name, {tile_base(index, number)}, kTileStride).bind(tile.socket);
        tile.completion.bind(completions_.add_input("from_" + name));
        tile.irq.connect(interrupts, tile_irq(index, number));
    }
}

bool Cluster::set_fidelity(std::string_view part, Fidelity fidelity) {
    for (std::uint64_t number = 0; number < tiles_.size(); ++number) {
        if (part == tile_name(number)) {
            tiles_[number]->set_mode(mode_of(fidelity));
            return true;
        }
    }
    return false;
}

std::optional<Diverged> Cluster::diverged() const {
    for (std::uint64_t number = 0; number < tiles_.size(); ++number) {
        const tile::Implementation& tile = tiles_[number]->implementation();
        if (!tile.failure().empty() && tile.history() != nullptr) {
            const bool is_data = tiles_[number]->mode() == tile::Tile::Mode::LockstepData;
            Diverged diverged{tile_name(number),
                              is_data ? Fidelity::LockstepData : Fidelity::Lockstep,
                              tile.failure_details(), tile.history(), tiles_[number]->taken()};
            const tile::Difference& difference = diverged.difference;
            if (const auto slot = difference.tag ? difference.tag : difference.nearest) {
                diverged.sender = command_.sender(*slot);
            }
            return diverged;
        }
    }
    return std::nullopt;
}

std::vector<std::string> Cluster::changes_to_come() const {
    std::vector<std::string> lines;
    for (std::uint64_t number = 0; number < tiles_.size(); ++number) {
        if (const auto change = tiles_[number]->next_change()) {
            lines.push_back(tile_name(number) + ": the change of fidelity at command " +
                            std::to_string(change->command) +
                            " has not been reached, its queue took " +
                            std::to_string(tiles_[number]->taken()));
        }
    }
    return lines;
}

void Cluster::reset() {
    command_.reset();
    dma_.reset();
    iopmp_.reset();
    for (const auto& core : vector_cores_) {
        core->reset();
    }
    for (const auto& tile : tiles_) {
        tile->reset();
    }
}

void Cluster::report(base::StatisticsVisitor& visitor) const {
    const auto part = [&](std::string_view name, const base::StatisticsSource& source) {
        visitor.enter(name);
        source.report(visitor);
        visitor.leave();
    };
    part("crossbar", *crossbar_);
    part("command", command_);
    part("dma", dma_);
    part("iopmp", iopmp_);
    if (sram_ != nullptr) {
        part("sram", *sram_);
    }
    for (std::uint64_t number = 0; number < vector_cores_.size(); ++number) {
        part(vector_name(number), *vector_cores_[number]);
    }
    for (std::uint64_t number = 0; number < tiles_.size(); ++number) {
        part(tile_name(number), *tiles_[number]);
    }
}

}  // namespace athena::platform
