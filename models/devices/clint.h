// SPDX-License-Identifier: Apache-2.0
// Core-local interruptor: mtime, timer and software interrupts of the harts (README.md).
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "base/clock_domain.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "base/time_counter.h"

namespace athena::devices {

class Clint : public sc_core::sc_module,
              public base::TimeCounter,
              public base::StatisticsSource,
              private base::Target,
              private base::EventTarget {
  public:
    struct Config {
        std::uint32_t harts = 1;  ///< 1 to 8
        std::uint64_t timebase_hz = 10'000'000;
    };

    base::TargetSocket socket;  ///< registers, offsets of clint.regs.toml

    Clint(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events);

    /// mtime counts from 0 again; no interrupt is pending and no timer is set.
    void reset();

    /// mtime at an instant. `at` may lie before or after board time.
    [[nodiscard]] std::uint64_t count(base::Picoseconds at) const override {
        return clock_.elapsed(at).value + offset_;
    }
    [[nodiscard]] base::Picoseconds after(base::Picoseconds at, std::uint64_t ticks) const override;
    [[nodiscard]] base::IrqLine& software(std::uint32_t hart) { return harts_[hart].software; }
    [[nodiscard]] base::IrqLine& timer(std::uint32_t hart) { return harts_[hart].timer; }

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Hart {
        base::IrqLine software;
        base::IrqLine timer;
        std::uint64_t timer_interrupts = 0;
        std::uint64_t software_interrupts = 0;
    };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t hart, std::uint64_t payload) override;

    void update_software(std::uint32_t hart);
    void update_timer(std::uint32_t hart);
    void update_timers();

    base::ClockDomain clock_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    std::vector<base::RegisterInfo> map_;  // with as many harts as there are
    base::RegisterBank registers_;
    std::vector<Hart> harts_;
    std::uint64_t offset_ = 0;  // mtime - edges of the timebase since the board's start
};

}  // namespace athena::devices
