// SPDX-License-Identifier: Apache-2.0
// The block of squarer.regs.toml: registers, time, an interrupt, a counter.
#pragma once

#include <systemc>

#include "base/register_bank.h"
#include "platform/device.h"
#include "regs/squarer_regs.h"

namespace regs = athena::regs::squarer;

class Squarer final : public sc_core::sc_module,
                      public athena::platform::Device,
                      private athena::base::Target,
                      private athena::base::EventTarget {
  public:
    Squarer(const sc_core::sc_module_name& name, const athena::platform::DeviceServices& services)
        : sc_core::sc_module(name),
          events_(services.events),
          id_(events_.add_target(this->name(), *this)) {
        registers_.on_write(regs::kValueIndex, [this](unsigned, std::uint64_t value, auto) {
            events_.schedule(events_.now() + kTime, id_, kDone, value);
        });
        registers_.on_write(regs::kAckIndex, [this](auto...) { irq_.set(false); });
    }

    athena::base::TargetSocket& socket() override { return socket_; }
    athena::base::IrqLine* irq() override { return &irq_; }
    void reset() override {
        events_.cancel(id_, kDone);
        registers_.reset();
        irq_.set(false);
    }
    void report(athena::base::StatisticsVisitor& visitor) const override {
        visitor.counter("squares", squares_);
    }

  private:
    static constexpr athena::base::Picoseconds kTime{2'000'000};
    enum Kind : std::uint32_t { kDone };

    // Answers at once: it adds nothing to the delay.
    void b_transport(unsigned, tlm::tlm_generic_payload& payload, sc_core::sc_time&) override {
        registers_.transport(payload);
    }
    unsigned transport_dbg(unsigned, tlm::tlm_generic_payload& payload) override {
        return registers_.transport_dbg(payload);
    }
    void on_event(std::uint32_t, std::uint64_t value) override {
        registers_.set(regs::kResultIndex, value * value);
        ++squares_;
        irq_.set(true);
    }

    athena::base::EventQueue& events_;
    athena::base::EventQueue::TargetId id_;
    athena::base::RegisterBank registers_{regs::kRegisters};
    athena::base::TargetSocket socket_{"socket", *this};
    athena::base::IrqLine irq_;
    std::uint64_t squares_ = 0;
};
