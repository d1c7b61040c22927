// SPDX-License-Identifier: Apache-2.0
// A TCP port of the loopback address, and its client.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace athena::sim::gdb {

/// An open descriptor.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

class Connection {
  public:
    explicit Connection(Descriptor socket) : socket_(std::move(socket)) {}

    [[nodiscard]] int descriptor() const { return socket_.number(); }
    /// Sends all of it. False: the client has gone, or takes nothing for seconds.
    [[nodiscard]] bool send(std::string_view text);

  private:
    Descriptor socket_;
};

class Listener {
  public:
    /// 127.0.0.1:`port`; 0: one that is free. Throws UsageError if it cannot be had.
    explicit Listener(std::uint16_t port);

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// Who waits to be connected, without waiting.
    [[nodiscard]] std::optional<Connection> accept();
    /// Waits for somebody who wants to be connected, for `client` to send, a signal, or a while.
    void wait(const Connection* client, std::chrono::milliseconds time) const;

  private:
    Descriptor socket_;
    std::uint16_t port_ = 0;
};

}  // namespace athena::sim::gdb
