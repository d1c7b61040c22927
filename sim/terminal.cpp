// SPDX-License-Identifier: Apache-2.0
#include "sim/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/diagnostics.h"

namespace athena::sim {

namespace {

// A signal handler can reach nothing else than these.
volatile std::sig_atomic_t signals_seen = 0;
volatile std::sig_atomic_t raw_descriptor = -1;  // the terminal to restore
termios before_raw{};

constexpr int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
// A write tells it: a reader who has gone, a file that may not grow.
constexpr int kIgnored[] = {SIGPIPE, SIGXFSZ};

void on_signal(int /*number*/) {
    signals_seen = signals_seen + 1;
    if (signals_seen > 1) {
        if (raw_descriptor >= 0) {
            tcsetattr(raw_descriptor, TCSANOW, &before_raw);
        }
        _exit(static_cast<int>(base::ExitStatus::Interrupted));
    }
}

}  // namespace

bool may_read(int descriptor) {
    // The terminal of another session has no foreground group for us, and stops nobody.
    const pid_t foreground = tcgetpgrp(descriptor);
    return foreground < 0 || foreground == getpgrp();
}

RawTerminal::RawTerminal(int descriptor) : descriptor_(descriptor) {
    termios present{};
    if (isatty(descriptor) == 0 || tcgetattr(descriptor, &present) != 0) {
        return;
    }
    saved_ = present;
    termios raw = present;
    raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    // Ctrl-\ and Ctrl-Z go to the guest: they would leave the terminal raw.
    raw.c_cc[VQUIT] = _POSIX_VDISABLE;
    raw.c_cc[VSUSP] = _POSIX_VDISABLE;
    before_raw = present;
    raw_descriptor = descriptor;
    tcsetattr(descriptor, TCSANOW, &raw);
}

RawTerminal::~RawTerminal() {
    if (saved_) {
        raw_descriptor = -1;
        tcsetattr(descriptor_, TCSADRAIN, &*saved_);
    }
}

InterruptGuard::InterruptGuard() {
    signals_seen = 0;
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (const int number : kEnding) {
        struct sigaction before {};
        sigaction(number, nullptr, &before);
        if (number != SIGHUP || before.sa_handler != SIG_IGN) {  // nohup
            sigaction(number, &action, nullptr);
        }
    }
    action.sa_handler = SIG_IGN;
    for (const int number : kIgnored) {
        sigaction(number, &action, nullptr);
    }
}

InterruptGuard::~InterruptGuard() {
    signals_seen = 0;
    struct sigaction action {};
    action.sa_handler = SIG_DFL;
    sigemptyset(&action.sa_mask);
    for (const int number : kEnding) {
        sigaction(number, &action, nullptr);
    }
    for (const int number : kIgnored) {
        sigaction(number, &action, nullptr);
    }
}

bool InterruptGuard::interrupted() {
    return signals_seen != 0;
}

void wait_for_input(std::optional<int> descriptor, std::chrono::nanoseconds time) {
    pollfd entry{descriptor.value_or(-1), POLLIN, 0};
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec limit{whole.count(), (time - whole).count()};
    (void)ppoll(&entry, 1, &limit, nullptr);
}

std::optional<std::size_t> read_available(int descriptor, std::span<std::byte> buffer) {
    pollfd entry{descriptor, POLLIN, 0};
    if (buffer.empty() || poll(&entry, 1, 0) <= 0) {
        return 0;
    }
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got > 0) {
        return static_cast<std::size_t>(got);
    }
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return 0;
    }
    return std::nullopt;
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd entry{descriptor, POLLOUT, 0};
            (void)poll(&entry, 1, 100);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void hold_standard_descriptors() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        // The lowest that is free, opened for the other direction.
        if (fcntl(descriptor, F_GETFD) < 0) {
            (void)open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

}  // namespace athena::sim
