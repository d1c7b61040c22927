// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/connection.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sim/usage_error.h"

namespace athena::sim::gdb {

namespace {

constexpr int kSendMilliseconds = 5000;

sockaddr* generic(sockaddr_in& address) {
    return reinterpret_cast<sockaddr*>(&address);
}

[[noreturn]] void refuse(std::uint16_t port) {
    const int error = errno;
    throw UsageError(
        fmt::format("--gdb {}: {}; 0 takes a port that is free", port, std::strerror(error)));
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) {
        close(number_);
    }
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
}

bool Connection::send(std::string_view text) {
    while (!text.empty()) {
        const ssize_t sent = ::send(descriptor(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            text.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            pollfd entry{descriptor(), POLLOUT, 0};
            if (poll(&entry, 1, kSendMilliseconds) <= 0) {
                return false;
            }
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

Listener::Listener(std::uint16_t port)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const int on = 1;
    // Connections of an earlier run that the host has not forgotten yet do not matter.
    setsockopt(socket_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (socket_.number() < 0 || bind(socket_.number(), generic(address), size) != 0 ||
        listen(socket_.number(), 4) != 0 ||
        getsockname(socket_.number(), generic(address), &size) != 0) {
        refuse(port);
    }
    port_ = ntohs(address.sin_port);
}

std::optional<Connection> Listener::accept() {
    const int client = accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) {
        return std::nullopt;
    }
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return Connection(Descriptor(client));
}

void Listener::wait(const Connection* client, std::chrono::milliseconds time) const {
    std::array<pollfd, 2> entries{};
    entries[0] = {socket_.number(), POLLIN, 0};
    entries[1] = {client != nullptr ? client->descriptor() : -1, POLLIN, 0};
    (void)poll(entries.data(), entries.size(), static_cast<int>(time.count()));
}

}  // namespace athena::sim::gdb
