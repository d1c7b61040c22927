// SPDX-License-Identifier: Apache-2.0
// The shared SRAM of a cluster (README.md): a TLM target for everybody, a host span for the vector
// cores beside it, and the ranges that their running commands own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <systemc>
#include <vector>

#include "base/backlog.h"
#include "base/diagnostics.h"
#include "base/kernel.h"
#include "base/sockets.h"
#include "base/statistics.h"
#include "base/units.h"
#include "memory/sparse_storage.h"

namespace athena::base {
class StateReader;
class StateWriter;
}  // namespace athena::base

namespace athena::memory {

class SharedSram : public sc_core::sc_module, public base::StatisticsSource, private base::Target {
  public:
    struct Config {
        std::uint64_t size = 4 << 20;  ///< bytes, multiple of 4096
        base::Picoseconds latency{};   ///< of each access
        std::uint32_t owners = 1;      ///< engines that claim
    };

    /// Bytes from `begin` to before `end`, which a command reads, or reads and writes.
    struct Claim {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        bool write = false;
    };

    /// Addresses count from 0. No DMI but as base::Loan. An access that leaves the SRAM gets an
    /// address error; a write to what a running command reads, and any access to what it writes, is
    /// refused with a generic error, has no effect and is the guest fault "range in flight".
    base::TargetSocket socket;

    SharedSram(const sc_core::sc_module_name& name, const Config& config,
               base::Diagnostics& diagnostics, base::Backlog::Lane lane = {});
    ~SharedSram() override;

    [[nodiscard]] const Config& config() const { return config_; }
    /// Without works that wait only after Backlog::settle().
    [[nodiscard]] std::span<std::byte> bytes() { return storage_.bytes(); }
    /// Whose works may use the bytes: the cluster's.
    [[nodiscard]] const base::Backlog::Lane& lane() const { return lane_; }

    /// From now until release() the ranges are owner's. False, and nothing is claimed, if another
    /// owner's claim forbids it. `owner` has no claims.
    [[nodiscard]] bool claim(std::uint32_t owner, std::span<const Claim> claims);
    void release(std::uint32_t owner) { claims_[owner].clear(); }

    /// Of an engine that claims: settled before anything looks past the claims.
    void settle_first(base::Kernel& kernel) { kernels_.push_back(&kernel); }

    void report(base::StatisticsVisitor& visitor) const override;
    /// The bytes; claims are their owners' to make again.
    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    void b_transport(unsigned port, tlm::tlm_generic_payload& payload,
                     sc_core::sc_time& delay) override;
    bool get_direct_mem_ptr(unsigned port, tlm::tlm_generic_payload& payload,
                            tlm::tlm_dmi& dmi) override;
    unsigned transport_dbg(unsigned port, tlm::tlm_generic_payload& payload) override;
    [[nodiscard]] bool is_free(const Claim& wanted) const;
    [[nodiscard]] bool is_refused(const tlm::tlm_generic_payload& payload, unsigned width) const;
    void settle() const;
    void report_in_flight(const tlm::tlm_generic_payload& payload);

    Config config_;
    base::Diagnostics& diagnostics_;
    base::Backlog::Lane lane_;
    SparseStorage storage_;
    std::vector<std::vector<Claim>> claims_;  // by owner
    std::vector<base::Kernel*> kernels_;
    std::uint64_t bytes_read_ = 0;
    std::uint64_t bytes_written_ = 0;
    std::uint64_t in_flight_faults_ = 0;
};

}  // namespace athena::memory
