// SPDX-License-Identifier: Apache-2.0
// All channels of the HBM stacks behind one address range. No SystemC: a module wraps it with
// sockets and time.
//
// Use. accept() requests of one burst each; when next_activity() comes, call advance() with the
// present cycle until it returns nothing. Channels without work cost nothing. The order of calls
// decides between requests of the same cycle, so equal calls give equal results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/state.h"
#include "memory/hbm_channel.h"

namespace athena::memory {

struct HbmRequest {
    std::uint64_t address = 0;  // of the range; bits below a burst are not looked at
    bool write = false;
    std::uint64_t handle = 0;  // the caller's: its completion carries it
};

class HbmController {
  public:
    /// Throws std::invalid_argument with the reason of HbmConfig::check().
    explicit HbmController(const HbmConfig& config);

    /// False if the queue of the channel is full. `now` does not go back.
    bool accept(HbmCycle now, const HbmRequest& request);
    /// The first completion up to cycle `until`, if any; all before its cycle (or before `until`)
    /// is decided then.
    std::optional<HbmCompletion> advance(HbmCycle until);
    /// The earliest cycle at which advance() may return something; kHbmNever if nothing waits. It
    /// is not after the true one, and later than what it was when it is asked again then.
    [[nodiscard]] HbmCycle next_activity() const;
    /// The cycle after which a request to `address` that was refused is worth another try.
    [[nodiscard]] HbmCycle next_command(std::uint64_t address) const;
    /// A loosely timed access: its completion, with what waits before it. It takes its place in
    /// the queue; advance() does not return it.
    HbmCycle reserve(HbmCycle now, std::uint64_t address, bool write);

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
    void look(unsigned index);

    HbmConfig config_;
    HbmAddressMap map_;
    std::vector<HbmChannel> channel_;
    std::vector<HbmCycle> key_;  // of a channel: no completion comes before
    HbmCycle due_ = kHbmNever;   // no completion of any channel comes before
    HbmChannel scratch_;         // for reserve()
};

}  // namespace athena::memory
