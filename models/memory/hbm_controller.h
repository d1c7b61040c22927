// SPDX-License-Identifier: Apache-2.0
// All channels of the HBM stacks behind one address range. No SystemC: a module wraps it with
// sockets and time.
//
// Use. accept() requests; when next_activity() comes, call advance() with the present cycle until
// it returns nothing. Channels without work cost nothing. The order of calls decides between
// requests of the same cycle, so equal calls give equal results.
//
// A request covers up to contiguous() bytes: the bursts that hold them, in one row of one bank. It
// is served as its bursts are that are accepted one after another in the same cycle, and completes
// with the last of them. It takes a place in the queue for each burst that does not join one that
// waits, and is accepted whole or not at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/state.h"
#include "memory/hbm_channel.h"
#include "memory/hbm_due.h"

namespace athena::memory {

struct HbmRequest {
    std::uint64_t address = 0;  // of the range
    unsigned bytes = 1;         // 1 to contiguous(address)
    bool write = false;
    std::uint64_t handle = 0;  // the caller's: its completion carries it
};

class HbmController {
  public:
    /// Throws std::invalid_argument with the reason of HbmConfig::check().
    explicit HbmController(const HbmConfig& config);

    /// False if the queue of the channel has no room. `now` does not go back. Throws
    /// std::invalid_argument if `bytes` is 0 or more than contiguous(address).
    bool accept(HbmCycle now, const HbmRequest& request);
    /// Bytes from `address` to the end of what one request may cover under the map: the caller
    /// splits what is longer.
    [[nodiscard]] unsigned contiguous(std::uint64_t address) const {
        return map_.contiguous(address);
    }
    /// The first completion up to cycle `until`, if any; all before its cycle (or before `until`)
    /// is decided then.
    std::optional<HbmCompletion> advance(HbmCycle until);
    /// The earliest cycle at which advance() may return something; kHbmNever if nothing waits. It
    /// is not after the true one, and later than what it was when it is asked again then.
    [[nodiscard]] HbmCycle next_activity() const;
    /// The cycle after which a request to `address` that was refused is worth another try.
    [[nodiscard]] HbmCycle next_command(std::uint64_t address) const;
    /// A loosely timed access of `bytes` as accept() takes them: its completion, with what waits
    /// before it. It takes its place in the queue; advance() does not return it.
    HbmCycle reserve(HbmCycle now, std::uint64_t address, bool write, unsigned bytes = 1);

    [[nodiscard]] const HbmConfig& config() const { return config_; }
    [[nodiscard]] const HbmAddressMap& map() const { return map_; }
    [[nodiscard]] unsigned channels() const { return static_cast<unsigned>(channel_.size()); }
    HbmChannel& channel(unsigned index) { return channel_[index]; }
    [[nodiscard]] const HbmChannel& channel(unsigned index) const { return channel_[index]; }

    /// Makes up for the refreshes of idle channels, for counters that are up to date.
    void settle(HbmCycle now);
    /// Nothing, or the channel and which of its sums is wrong.
    [[nodiscard]] std::optional<std::string> check_conservation() const;

    void save(base::StateWriter& writer) const;
    void load(base::StateReader& reader);

  private:
    [[nodiscard]] unsigned bursts(std::uint64_t address, unsigned bytes) const;
    void look(unsigned index);

    HbmConfig config_;
    HbmAddressMap map_;
    std::vector<HbmChannel> channel_;
    HbmDue due_;          // no completion of a channel comes before
    HbmChannel scratch_;  // for reserve()
};

}  // namespace athena::memory
