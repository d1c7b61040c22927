// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/server.h"

#include <array>
#include <span>

#include "sim/tell.h"
#include "sim/terminal.h"

namespace athena::sim::gdb {

namespace {

/// Waiting is cut into pieces so that a signal between check and wait is seen.
constexpr std::chrono::milliseconds kLongestWait{100};

}  // namespace

Server::Server(platform::Board& board, OutsidePort& outside, const Config& config)
    : board_(board),
      outside_(outside),
      listener_(config.port),
      target_(board, config.frozen),
      stub_(target_),
      waiting_(config.waits) {
    tell("athena: {} GDB on 127.0.0.1:{}\n",
         waiting_ ? "the board waits for" : "the board can be reached by", listener_.port());
}

void Server::between_steps() {
    take_clients();
    while (waiting_ && !client_ && !InterruptGuard::interrupted()) {
        listener_.wait(nullptr, kLongestWait);
        take_clients();
    }
    waiting_ = false;
    if (client_) {
        serve();
        hold();
    }
}

void Server::paused() {
    if (const auto why = target_.stop_of_pause()) {
        stop(*why);
        hold();
    }
}

void Server::ended(int status) {
    if (client_) {
        answer(Stub::exited(status));
        client_.reset();
    }
}

void Server::take_clients() {
    while (auto next = listener_.accept()) {
        if (client_) {
            serve();  // it may have gone
        }
        if (client_) {
            tell("athena: --gdb: another client was refused\n");
            continue;
        }
        client_ = std::move(next);
        lost_ = false;
        reader_ = {};
        last_answer_.clear();
        stub_.attach();
        standing_ = true;
    }
}

void Server::stop(const Stop& stop) {
    standing_ = true;
    answer(stub_.stopped(stop));
}

void Server::hold() {
    while (standing_ && !InterruptGuard::interrupted()) {
        listener_.wait(&*client_, kLongestWait);
        take_clients();
        serve();
    }
    if (standing_) {
        end_run("interrupted");
    }
}

void Server::serve() {
    std::array<std::byte, 4096> buffer;
    while (client_) {
        const auto count = read_available(client_->descriptor(), buffer);
        if (!count) {
            lost_ = true;
            break;
        }
        if (*count == 0) {
            break;
        }
        reader_.feed(std::span(buffer).first(*count));
        while (auto event = reader_.next()) {
            serve(*event);
            if (!client_) {
                return;
            }
        }
        if (lost_) {
            break;
        }
    }
    if (lost_ && client_) {
        tell("athena: --gdb: the client has gone, the board goes on\n");
        client_.reset();
        let_go();
    }
}

void Server::serve(const PacketReader::Event& event) {
    using Kind = PacketReader::Event::Kind;
    const bool acknowledges = !stub_.no_acknowledgements();
    switch (event.kind) {
        case Kind::Interrupt:
            if (!standing_) {
                stop({target_.running_hart(), Stop::Reason::Interrupt});
            }
            return;
        case Kind::Repeat:
            if (acknowledges) {
                send(last_answer_);
            }
            return;
        case Kind::Damaged:
            send(acknowledges ? "-" : "");
            return;
        case Kind::TooLong:
        case Kind::Packet:
            break;
    }
    send(acknowledges ? "+" : "");
    if (!standing_) {
        return;  // nothing is asked of a board that runs
    }
    if (event.kind == Kind::TooLong) {
        answer("E.the packet is too long");
        return;
    }
    const Stub::Reaction reaction = stub_.handle(event.payload);
    for (const std::string& packet : reaction.packets) {
        answer(packet);
    }
    tell_refusal(reaction);
    obey(reaction.then);
}

// GDB says no more of a refused write to memory than that it was.
void Server::tell_refusal(const Stub::Reaction& reaction) {
    const std::string why = target_.frozen();
    if (!refusal_told_ && !why.empty() && !reaction.packets.empty() &&
        reaction.packets.back() == "E." + why) {
        refusal_told_ = true;
        tell("athena: --gdb: a write was refused: {}\n", why);
    }
}

void Server::obey(Stub::Then then) {
    switch (then) {
        case Stub::Then::Stay:
            return;
        case Stub::Then::Go:
            standing_ = false;
            target_.resume(stub_.resumption(), stub_.points());
            return;
        case Stub::Then::Detach:
            client_.reset();
            break;
        case Stub::Then::Kill:
            client_.reset();
            end_run("ended by the debugger");
            return;
    }
    let_go();
}

// At once, unless the run is recorded or replayed: then at the next instant for input, as Ctrl-C.
void Server::end_run(const std::string& why) {
    if (target_.frozen().empty()) {
        board_.stop(base::ExitStatus::Interrupted, why);
    } else {
        outside_.ask_to_interrupt();
    }
    let_go();
}

void Server::let_go() {
    standing_ = false;
    target_.release();
}

void Server::answer(std::string_view payload) {
    last_answer_ = frame(payload);
    send(last_answer_);
}

void Server::send(std::string_view text) {
    if (client_ && !lost_ && !client_->send(text)) {
        lost_ = true;
    }
}

}  // namespace athena::sim::gdb
