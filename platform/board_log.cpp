// SPDX-License-Identifier: Apache-2.0
// Which accesses of a board its log names, and how.
#include <string>

#include "platform/board_modules.h"
#include "platform/cluster.h"
#include "platform/memory_map.h"
#include "regs/clint_regs.h"
#include "regs/command_regs.h"
#include "regs/dma_regs.h"
#include "regs/iopmp_regs.h"
#include "regs/perf_regs.h"
#include "regs/plic_regs.h"
#include "regs/rtc_regs.h"
#include "regs/syscon_regs.h"
#include "regs/tile_regs.h"
#include "regs/uart_regs.h"
#include "regs/vector_regs.h"
#include "regs/virtio_mmio_regs.h"

namespace athena::platform {

void BoardModules::log_accesses() {
    base::Log& log = diagnostics.log();
    if (!log.on(base::LogSubsystem::Bus, base::LogLevel::Warning)) {
        return;
    }
    bus->log_to(log);
    bus->name_registers("to_clint", regs::clint::kRegisters);
    bus->name_registers("to_plic", regs::plic::kRegisters);
    bus->name_registers("to_uart0", regs::uart::kRegisters);
    bus->name_registers("to_rtc", regs::rtc::kRegisters);
    bus->name_registers("to_perf", regs::perf::kRegisters);
    bus->name_registers("to_syscon", regs::syscon::kRegisters);
    for (unsigned slot = 0; slot < kVirtioSlots; ++slot) {
        bus->name_registers("to_virtio" + std::to_string(slot), regs::virtio_mmio::kRegisters);
    }
    for (const auto& cluster : clusters) {
        cluster->log_accesses(log);
    }
}

void Cluster::log_accesses(const base::Log& log) {
    crossbar_->log_to(log);
    crossbar_->name_registers("to_command", regs::command::kRegisters);
    crossbar_->name_registers("to_dma", regs::dma::kRegisters);
    crossbar_->name_registers("to_iopmp", regs::iopmp::kRegisters);
    for (std::size_t number = 0; number < vector_cores_.size(); ++number) {
        crossbar_->name_registers("to_vector" + std::to_string(number), regs::vector::kRegisters);
    }
    for (std::size_t number = 0; number < tiles_.size(); ++number) {
        crossbar_->name_registers("to_tile" + std::to_string(number), regs::tile::kRegisters,
                                  kTileRegisters);
    }
}

}  // namespace athena::platform
