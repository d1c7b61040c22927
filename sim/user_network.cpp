// SPDX-License-Identifier: Apache-2.0
#include "sim/user_network.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <slirp/libslirp.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "sim/usage_error.h"

namespace athena::sim {

namespace {

constexpr std::uint64_t kPicosecondsPerNanosecond = 1000;
/// Frames that are held for a guest who does not take them; TCP sends the others again.
constexpr std::size_t kMostHeld = 1024;

in_addr address(const char* text) {
    in_addr value{};
    inet_aton(text, &value);
    return value;
}

// A connection keeps its own for a minute after it has ended (TCP's TIME-WAIT).
void allow_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

struct Pair {
    int slirp;
    short host;
};
constexpr Pair kEvents[] = {{SLIRP_POLL_IN, POLLIN},
                            {SLIRP_POLL_OUT, POLLOUT},
                            {SLIRP_POLL_PRI, POLLPRI},
                            {SLIRP_POLL_ERR, POLLERR},
                            {SLIRP_POLL_HUP, POLLHUP}};

}  // namespace

/// What libslirp calls; `opaque` is the UserNetwork.
struct UserNetwork::Callbacks {
    static UserNetwork& network(void* opaque) { return *static_cast<UserNetwork*>(opaque); }

    static ssize_t send_packet(const void* bytes, std::size_t length, void* opaque) {
        auto& frames = network(opaque).frames_;
        if (frames.size() < kMostHeld) {
            const auto* const first = static_cast<const std::byte*>(bytes);
            frames.emplace_back(first, first + length);
        }
        return static_cast<ssize_t>(length);
    }
    static std::int64_t clock(void* opaque) {
        return static_cast<std::int64_t>(network(opaque).now_.value / kPicosecondsPerNanosecond);
    }
    static int add_poll(int descriptor, int events, void* opaque) {
        auto& polled = network(opaque).polled_;
        pollfd entry{descriptor, 0, 0};
        for (const Pair& pair : kEvents) {
            if ((events & pair.slirp) != 0) {
                entry.events = static_cast<short>(entry.events | pair.host);
            }
        }
        polled.push_back(entry);
        return static_cast<int>(polled.size()) - 1;
    }
    static int events_of(int index, void* opaque) {
        const short found = network(opaque).polled_[static_cast<std::size_t>(index)].revents;
        int events = 0;
        for (const Pair& pair : kEvents) {
            events |= (found & pair.host) != 0 ? pair.slirp : 0;
        }
        return events;
    }
    // Its only timer is for IPv6, which this network does not have.
    static void* new_timer(SlirpTimerId /*id*/, void* /*of_timer*/, void* opaque) { return opaque; }
    static void free_timer(void* /*timer*/, void* /*opaque*/) {}
    static void set_timer(void* /*timer*/, std::int64_t /*time*/, void* /*opaque*/) {}
    static void ignore_descriptor(int /*descriptor*/, void* /*opaque*/) {}
    static void ignore_error(const char* /*text*/, void* /*opaque*/) {}
    static void ignore(void* /*opaque*/) {}

    static const SlirpCb kTable;
};

const SlirpCb UserNetwork::Callbacks::kTable = {
    .send_packet = send_packet,
    .guest_error = ignore_error,
    .clock_get_ns = clock,
    .timer_new = nullptr,
    .timer_free = free_timer,
    .timer_mod = set_timer,
    .register_poll_fd = ignore_descriptor,
    .unregister_poll_fd = ignore_descriptor,
    .notify = ignore,
    .init_completed = nullptr,
    .timer_new_opaque = new_timer,
};

void UserNetwork::Closer::operator()(Slirp* slirp) const {
    slirp_cleanup(slirp);
}

UserNetwork::UserNetwork(const std::vector<Forward>& forwards) {
    allow_descriptors();
    SlirpConfig config{};
    config.version = SLIRP_CONFIG_VERSION_MAX;
    config.in_enabled = true;
    config.vnetwork = address("10.0.2.0");
    config.vnetmask = address("255.255.255.0");
    config.vhost = address("10.0.2.2");
    config.vnameserver = address("10.0.2.3");
    config.vdhcp_start = address("10.0.2.15");
    slirp_.reset(slirp_new(&config, &Callbacks::kTable, this));
    if (slirp_ == nullptr) {
        throw UsageError("--net user: libslirp does not start");
    }
    for (const Forward& forward : forwards) {
        if (slirp_add_hostfwd(slirp_.get(), 0, address("127.0.0.1"), forward.host_port,
                              config.vdhcp_start, forward.guest_port) != 0) {
            throw UsageError(fmt::format("--forward tcp:{}:{}: port {} of 127.0.0.1: {}",
                                         forward.host_port, forward.guest_port, forward.host_port,
                                         std::strerror(errno)));
        }
    }
    lengthen_queues();
}

// libslirp lets one connection wait at a time: several at once would each be a second late.
void UserNetwork::lengthen_queues() {
    std::uint32_t time = 0;
    polled_.clear();
    slirp_pollfds_fill(slirp_.get(), &time, &Callbacks::add_poll, this);
    for (const pollfd& entry : polled_) {
        int listens = 0;
        socklen_t length = sizeof(listens);
        if (getsockopt(entry.fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 &&
            listens != 0) {
            (void)listen(entry.fd, SOMAXCONN);
        }
    }
}

UserNetwork::~UserNetwork() = default;

void UserNetwork::send(std::span<const std::byte> frame, base::Picoseconds now) {
    now_ = now;
    slirp_input(slirp_.get(), reinterpret_cast<const std::uint8_t*>(frame.data()),
                static_cast<int>(frame.size()));
}

void UserNetwork::serve(base::Picoseconds now, std::optional<int> descriptor,
                        std::chrono::nanoseconds time) {
    using std::chrono::milliseconds;
    now_ = now;
    polled_.clear();
    if (descriptor) {
        polled_.push_back({*descriptor, POLLIN, 0});
    }
    if (!frames_.empty() && guest_takes_) {
        time = {};
    }
    auto longest = static_cast<std::uint32_t>(
        std::min<std::int64_t>(std::chrono::duration_cast<milliseconds>(time).count() + 1,
                               std::numeric_limits<std::int32_t>::max()));
    slirp_pollfds_fill(slirp_.get(), &longest, Callbacks::add_poll, this);
    time = std::min<std::chrono::nanoseconds>(time, milliseconds(longest));
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec limit{whole.count(), (time - whole).count()};
    const int ready = ppoll(polled_.data(), polled_.size(), &limit, nullptr);
    slirp_pollfds_poll(slirp_.get(), ready < 0 ? 1 : 0, Callbacks::events_of, this);
}

std::vector<std::vector<std::byte>> UserNetwork::take(std::size_t most) {
    guest_takes_ = most != 0;
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, frames_.size()));
    std::vector<std::vector<std::byte>> taken(std::make_move_iterator(frames_.begin()),
                                              std::make_move_iterator(frames_.begin() + count));
    frames_.erase(frames_.begin(), frames_.begin() + count);
    return taken;
}

}  // namespace athena::sim
