// SPDX-License-Identifier: Apache-2.0
// Performance counters: what the blocks count, readable by the guest (README.md).
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

#include "base/event_queue.h"
#include "base/register_bank.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "perf/sections.h"
#include "perf/work.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::perf {

class Perf : public sc_core::sc_module, public base::StatisticsSource, private base::Target {
  public:
    base::TargetSocket socket;  ///< registers, offsets of perf.regs.toml

    /// `counted` is asked at a capture, never before.
    Perf(const sc_core::sc_module_name& name, const base::StatisticsSource& counted,
         const base::EventQueue& events);

    /// Forgets the capture and the unit; work and sections stay.
    void reset();

    /// Tells it of marks from now on; it lives as long as this.
    void observe(MarkObserver& observer) { observer_ = &observer; }

    [[nodiscard]] const Work& work() const { return work_; }
    [[nodiscard]] const Sections& sections() const { return sections_; }

    void report(base::StatisticsVisitor& visitor) const override;
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    struct Counter {
        std::string name;
        std::uint64_t value;
    };
    class Collector;

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;

    void capture();
    void add_work(std::uint64_t amount);
    void name_section(std::uint64_t number);
    void read_section_name(std::string& name) const;
    /// Puts the selected counter into the registers.
    void show();

    const base::StatisticsSource& counted_;
    const base::EventQueue& events_;
    base::RegisterBank registers_;
    std::vector<Counter> counters_;  // of the last capture
    std::uint64_t captures_ = 0;
    Work work_;
    Sections sections_;
    MarkObserver* observer_ = nullptr;
    std::string mark_;  // the last one's name
};

}  // namespace athena::perf
