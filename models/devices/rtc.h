// SPDX-License-Identifier: Apache-2.0
// Goldfish real-time clock: board time as nanoseconds since 1970, and an alarm (README.md).
#pragma once

#include <cstdint>
#include <systemc>

#include "base/event_queue.h"
#include "base/irq.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"

namespace athena::devices {

class Rtc : public sc_core::sc_module,
            public base::StatisticsSource,
            private base::Target,
            private base::EventTarget {
  public:
    struct Config {
        /// The time when the board starts: 2024-01-01 00:00:00 UTC, on every host and in every run.
        std::uint64_t epoch_ns = 1'704'067'200'000'000'000;
    };

    base::TargetSocket socket;  ///< registers, offsets of rtc.regs.toml
    base::IrqLine irq;

    Rtc(const sc_core::sc_module_name& name, const Config& config, base::EventQueue& events);

    /// Alarm and interrupt are off. The time goes on, as if a battery kept it.
    void reset();

    /// Nanoseconds since 1970.
    [[nodiscard]] std::uint64_t time() const;

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct State {
        std::uint64_t base_ns = 0;  // time() when board time is 0
        std::uint64_t alarm_ns = 0;
        std::uint32_t latched_high = 0;
        bool armed = false;
        bool ringing = false;
        std::uint64_t alarms = 0;
    };
    enum Kind : std::uint32_t { kAlarm };

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    void bind_reads();
    void bind_writes();
    void set_time(std::uint64_t time);
    /// Rings if the alarm's time has come, or sets the event for it.
    void watch_alarm();
    void update_outputs();

    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::RegisterBank registers_;
    State state_;
};

}  // namespace athena::devices
