// SPDX-License-Identifier: Apache-2.0
// --net user: a network 10.0.2.0/24 of the board's own, whose connections this program makes for it
// with libslirp; no rights on the host are needed (docs/running.md).
#pragma once

#include <poll.h>

#include <deque>
#include <memory>

#include "sim/host_network.h"
#include "sim/options.h"

struct Slirp;

namespace athena::sim {

class UserNetwork final : public HostNetwork {
  public:
    /// Throws UsageError if a port of the host cannot be taken.
    explicit UserNetwork(const std::vector<Forward>& forwards);
    ~UserNetwork() override;

    void send(std::span<const std::byte> frame, base::Picoseconds now) override;
    void serve(base::Picoseconds now, std::optional<int> descriptor,
               std::chrono::nanoseconds time) override;
    [[nodiscard]] std::vector<std::vector<std::byte>> take(std::size_t most) override;

  private:
    struct Callbacks;  // of libslirp
    struct Closer {
        void operator()(Slirp* slirp) const;
    };

    void lengthen_queues();

    base::Picoseconds now_{};  // libslirp's clock is the board's
    std::deque<std::vector<std::byte>> frames_;
    bool guest_takes_ = false;  // it did when it was last asked
    std::vector<pollfd> polled_;
    std::unique_ptr<Slirp, Closer> slirp_;
};

}  // namespace athena::sim
