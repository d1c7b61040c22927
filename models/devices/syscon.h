// SPDX-License-Identifier: Apache-2.0
// System controller: the finisher of SiFive's test device (README.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <systemc>

#include "base/diagnostics.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"

namespace athena::devices {

class Syscon : public sc_core::sc_module, public base::StatisticsSource, private base::Target {
  public:
    base::TargetSocket socket;  ///< registers, offsets of syscon.regs.toml

    /// `reset_board` is called from within the access that asks for it: it is to schedule the
    /// reset, not to do it.
    Syscon(const sc_core::sc_module_name& name, base::Diagnostics& diagnostics,
           std::function<void()> reset_board);

    void reset();

    /// The code of a guest that reported failure, 0 to 65535.
    [[nodiscard]] std::optional<std::uint64_t> failure_code() const { return failure_; }

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void finish(std::uint32_t value);

    base::Diagnostics& diagnostics_;
    std::function<void()> reset_board_;
    base::RegisterBank registers_;
    std::optional<std::uint64_t> failure_;
    std::uint64_t resets_ = 0;
};

}  // namespace athena::devices
