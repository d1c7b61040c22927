// SPDX-License-Identifier: Apache-2.0
// A memory with flat timing: board RAM, ROM, and HBM in functional fidelity.
#pragma once

#include <optional>
#include <systemc>

#include "base/backlog.h"
#include "base/code_pages.h"
#include "base/loan.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "base/units.h"
#include "memory/pending_uses.h"
#include "memory/sparse_storage.h"

namespace athena::memory {

class Memory : public sc_core::sc_module, public base::StatisticsSource, protected base::Target {
  public:
    struct Config {
        base::PhysAddr base{};   ///< where the board maps it; multiple of 4096
        std::uint64_t size = 0;  ///< bytes, multiple of 4096
        bool read_only = false;  ///< writes get a command error; debug writes work
        bool grants_dmi = true;
        base::Picoseconds latency{};         ///< of each access
        std::uint64_t bytes_per_second = 0;  ///< added per byte; 0: free
    };

    /// Addresses count from 0 (the router takes the base off). An access that leaves the memory
    /// gets an address error.
    base::TargetSocket socket;

    /// `code_pages` outlives the memory; all writes but those through DMI are reported to it. Works
    /// of `backlog`, if there is one, may use what the memory lends.
    Memory(const sc_core::sc_module_name& name, const Config& config, base::CodePages& code_pages,
           base::Backlog* backlog = nullptr);

    [[nodiscard]] const Config& config() const { return config_; }

    /// The bytes at [offset, offset + length), or nothing if they leave the memory. Without works
    /// that wait only after Backlog::settle().
    [[nodiscard]] std::optional<std::span<std::byte>> span(std::uint64_t offset,
                                                           std::uint64_t length);

    void report(base::StatisticsVisitor& visitor) const override;

  protected:
    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    /// Whether it would be served.
    [[nodiscard]] bool accepts(const tlm::tlm_generic_payload& payload) const;

  private:
    bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void settle_for(std::uint64_t offset, std::uint64_t length, bool write);
    void take_dmi_back();
    [[nodiscard]] bool lend(base::Loan& loan, const tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi);

    Config config_;
    sc_core::sc_time latency_;
    base::CodePages& code_pages_;
    SparseStorage storage_;
    base::Backlog* backlog_;
    std::optional<PendingUses> uses_;  // if there is a backlog
    bool has_dmi_ = false;             // somebody may have pointers: no work waits meanwhile
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_written_ = 0;
};

}  // namespace athena::memory
