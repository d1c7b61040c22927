// SPDX-License-Identifier: Apache-2.0
// The host-target interface's way to end a run: the 8-byte word `tohost`, watched between bus and
// RAM.
#pragma once

#include <cstdint>
#include <optional>
#include <systemc>

#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/sockets.h"
#include "base/units.h"

namespace athena::platform {

/// Passes everything on. Once a word is watched, its 4 KiB page is granted for direct reads only,
/// so that stores to it come by here.
///
/// A value of tohost: 1 passes; (code << 1) | 1 fails with that code. It counts once all 8 bytes
/// are written, or the low half and then the high half; a low half alone counts kHalfTime later.
/// Device commands of HTIF (system calls, console) are not modelled.
class HtifWatch : public sc_core::sc_module,
                  private base::Target,
                  private base::Initiator,
                  private base::EventTarget {
  public:
    static constexpr base::Picoseconds kHalfTime{1'000'000};

    base::TargetSocket in;
    base::InitiatorSocket out;

    /// `base`: where the board maps the memory behind it.
    HtifWatch(const sc_core::sc_module_name& name, base::PhysAddr base, base::EventQueue& events,
              base::Diagnostics& diagnostics);

    /// address: 8-aligned, within the memory. Before the run.
    void watch(base::PhysAddr address) { word_ = address.value - base_; }

    /// Forgets a word that is half written.
    void reset() { events_.cancel(id_, kLowHalfAlone); }

    /// The code of a guest that failed.
    [[nodiscard]] std::optional<std::uint64_t> failure() const { return failure_; }

  private:
    enum Kind : std::uint32_t { kLowHalfAlone };
    static constexpr std::uint64_t kPage = 4096;

    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    void invalidate_direct_mem_ptr(unsigned port, sc_dt::uint64 first, sc_dt::uint64 last) override;
    void on_event(std::uint32_t kind, std::uint64_t payload) override;

    [[nodiscard]] std::uint64_t value();
    void act();

    std::uint64_t base_;
    base::EventQueue& events_;
    base::EventQueue::TargetId id_;
    base::Diagnostics& diagnostics_;
    std::optional<std::uint64_t> word_;  // offset
    std::optional<std::uint64_t> failure_;
    tlm::tlm_generic_payload look_;
};

}  // namespace athena::platform
