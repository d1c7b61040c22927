// SPDX-License-Identifier: Apache-2.0
// Platform-level interrupt controller, RISC-V PLIC specification 1.0.0 (README.md).
#pragma once

#include <array>
#include <cstdint>
#include <systemc>
#include <vector>

#include "base/irq.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"

namespace athena::devices {

class Plic : public sc_core::sc_module,
             public base::IrqSink,
             public base::StatisticsSource,
             private base::Target {
  public:
    struct Config {
        std::uint32_t sources = 96;  ///< 1 to 1023: sources 1 to this exist
        std::uint32_t contexts = 2;  ///< 1 to 16: hart h has 2h (M-mode) and 2h + 1 (S-mode)
    };

    base::TargetSocket socket;  ///< registers, offsets of plic.regs.toml

    Plic(const sc_core::sc_module_name& name, const Config& config);

    /// All priorities, enables and thresholds 0, nothing pending or claimed. Sources that are high
    /// become pending again.
    void reset();

    /// The wire of a source, level-triggered. Sources that do not exist are ignored.
    void set_irq(unsigned source, bool level) override;
    [[nodiscard]] base::IrqLine& context(std::uint32_t index) { return contexts_[index]; }

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    static constexpr unsigned kWords = 32;
    using Sources = std::array<std::uint32_t, kWords>;  // a bit a source

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;

    void bind_registers();
    [[nodiscard]] std::uint32_t existing(unsigned word) const;
    [[nodiscard]] bool is_source(std::uint64_t source) const {
        return source >= 1 && source <= config_.sources;
    }
    /// The pending source of highest priority above `threshold` that is enabled for a context; 0.
    [[nodiscard]] std::uint32_t best(std::uint32_t context, std::uint64_t threshold) const;
    std::uint32_t claim(std::uint32_t context);
    void complete(std::uint32_t context, std::uint64_t source);
    void update_pending();
    void update_outputs();

    Config config_;
    std::vector<base::RegisterInfo> map_;  // with as many contexts as there are
    base::RegisterBank registers_;         // PENDING included
    std::vector<base::IrqLine> contexts_;
    Sources levels_{};
    Sources claimed_{};  // gateways that wait for their completion
    std::uint64_t claims_ = 0;
};

}  // namespace athena::devices
