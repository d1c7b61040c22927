// SPDX-License-Identifier: Apache-2.0
// IOPMP of a cluster: registers around the core (README.md).
#pragma once

#include <cstdint>
#include <systemc>

#include "base/diagnostics.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "iopmp/iopmp_core.h"

namespace athena::iopmp {

class Iopmp : public sc_core::sc_module,
              public base::StatisticsSource,
              public base::Protection,
              private base::Target {
  public:
    struct Config {
        IopmpCore::Config core;
        std::uint32_t rings = 1;  ///< of the cluster
    };

    base::TargetSocket socket;  ///< registers, offsets of iopmp.regs.toml

    Iopmp(const sc_core::sc_module_name& name, const Config& config,
          base::Diagnostics& diagnostics);

    void reset();
    [[nodiscard]] const IopmpCore& core() const { return core_; }

    [[nodiscard]] bool permits(const base::RingAccess& access) const override {
        return core_.permits(access);
    }
    void refuse(const base::RingAccess& access) override;

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;

    void bind_registers();
    void write_entry(unsigned index);
    void show_entry(unsigned index);
    void show_control();
    void report_locked(const char* what, unsigned index);

    Config config_;
    base::Diagnostics& diagnostics_;
    base::RegisterBank registers_;
    IopmpCore core_;
    std::uint64_t reads_before_reset_ = 0;  // statistics go on over a reset
    std::uint64_t writes_before_reset_ = 0;
};

}  // namespace athena::iopmp
