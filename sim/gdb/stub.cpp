// SPDX-License-Identifier: Apache-2.0
#include "sim/gdb/stub.h"

#include <fmt/core.h>

#include <algorithm>

#include "sim/gdb/registers.h"

namespace athena::sim::gdb {

namespace {

constexpr int kSignalInterrupt = 2;
constexpr int kSignalTrap = 5;
constexpr int kStatusInterrupted = 130;
constexpr std::string_view kBadRequest = "E16";  // EINVAL
constexpr std::string_view kNoThread = "E03";    // ESRCH

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end != 0) {
            words.push_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

/// Names of q, Q and v packets end at a separator: qCRC is no qC.
bool begins_with(std::string_view payload, std::string_view prefix) {
    constexpr std::string_view kSeparators = ",:;?";
    return payload.starts_with(prefix) &&
           (prefix.size() == 1 || payload.size() == prefix.size() ||
            kSeparators.find(prefix.back()) != std::string_view::npos ||
            kSeparators.find(payload[prefix.size()]) != std::string_view::npos);
}

}  // namespace

// The first that fits counts. What no line fits is answered by an empty packet: not supported.
const Stub::Command Stub::kCommands[] = {
    {"qSupported", &Stub::supported},
    {"QStartNoAckMode", &Stub::start_no_acknowledgements},
    {"qfThreadInfo", &Stub::thread_list},
    {"qsThreadInfo", &Stub::thread_list_end},
    {"qThreadExtraInfo,", &Stub::thread_text},
    {"qC", &Stub::current_thread},
    {"qAttached", &Stub::attached},
    {"qSymbol", &Stub::symbols},
    {"qXfer:features:read:target.xml:", &Stub::features},
    {"qRcmd,", &Stub::run_command},
    {"qqemu.PhyMemMode", &Stub::physical_mode},
    {"Qqemu.PhyMemMode:", &Stub::set_physical_mode},
    {"q", nullptr},
    {"Q", nullptr},
    {"vCont?", &Stub::resume_kinds},
    {"vCont;", &Stub::resume_actions},
    {"vKill;", &Stub::kill_process},
    {"v", nullptr},
    {"?", &Stub::stop_reason},
    {"H", &Stub::set_thread},
    {"T", &Stub::thread_alive},
    {"D", &Stub::detach},
    {"k", &Stub::kill},
    {"g", &Stub::read_registers},
    {"G", &Stub::write_registers},
    {"p", &Stub::read_register},
    {"P", &Stub::write_register},
    {"m", &Stub::read_memory},
    {"M", &Stub::write_memory},
    {"X", &Stub::write_binary},
    {"Z", &Stub::insert_point},
    {"z", &Stub::remove_point},
    {"c", &Stub::resume_all},
    {"s", &Stub::step_one},
    {"C", &Stub::resume_signal},
    {"S", &Stub::step_signal},
};

void Stub::attach() {
    points_.clear();
    current_ = 0;
    continued_.reset();
    physical_ = false;
    no_acknowledgements_ = false;
    stop_ = {};
}

Stub::Reaction Stub::handle(std::string_view payload) {
    reaction_ = {};
    const auto* found = std::ranges::find_if(
        kCommands, [&](const Command& command) { return begins_with(payload, command.prefix); });
    if (found == std::end(kCommands) || found->handler == nullptr) {
        answer("");
    } else {
        (this->*found->handler)(Fields(payload.substr(found->prefix.size())));
    }
    return std::move(reaction_);
}

std::string Stub::stopped(const Stop& stop) {
    using Reason = Stop::Reason;
    stop_ = stop;
    current_ = stop.hart;
    const int signal = stop.reason == Reason::Interrupt ? kSignalInterrupt : kSignalTrap;
    std::string text = fmt::format("T{:02x}thread:{:x};", signal, stop.hart + 1);
    switch (stop.reason) {
        case Reason::Software:
            return text + "swbreak:;";
        case Reason::Hardware:
            return text + "hwbreak:;";
        case Reason::Write:
            return text + fmt::format("watch:{:x};", stop.address);
        case Reason::Read:
            return text + fmt::format("rwatch:{:x};", stop.address);
        case Reason::Access:
            return text + fmt::format("awatch:{:x};", stop.address);
        default:
            return text;
    }
}

std::string Stub::exited(int status) {
    return status == kStatusInterrupted ? fmt::format("X{:02x}", kSignalInterrupt)
                                        : fmt::format("W{:02x}", status);
}

// ---- what there is

void Stub::supported(Fields /*fields*/) {
    answer(
        fmt::format("PacketSize={:x};QStartNoAckMode+;vContSupported+;qXfer:features:read+;"
                    "swbreak+;hwbreak+",
                    kMostPayload));
}

void Stub::start_no_acknowledgements(Fields /*fields*/) {
    no_acknowledgements_ = true;
    answer("OK");
}

void Stub::stop_reason(Fields /*fields*/) {
    answer(stopped(stop_));
}

void Stub::thread_list(Fields /*fields*/) {
    std::string text = "m";
    for (std::size_t hart = 0; hart < target_.harts(); ++hart) {
        text += fmt::format("{}{:x}", hart == 0 ? "" : ",", hart + 1);
    }
    answer(text);
}

void Stub::thread_list_end(Fields /*fields*/) {
    answer("l");
}

void Stub::thread_text(Fields fields) {
    const auto harts = parse_threads(fields);
    answer(harts && harts->size() == 1 ? to_hex(target_.describe(harts->front()))
                                       : std::string(kNoThread));
}

void Stub::current_thread(Fields /*fields*/) {
    answer(fmt::format("QC{:x}", current_ + 1));
}

// As if it had been there before: a client that leaves lets it run on.
void Stub::attached(Fields /*fields*/) {
    answer("1");
}

void Stub::symbols(Fields /*fields*/) {
    answer("OK");  // none are wanted
}

void Stub::features(Fields fields) {
    const auto offset = fields.number();
    const bool comma = fields.skip(",");
    const auto length = fields.number();
    if (!offset || !comma || !length) {
        answer(std::string(kBadRequest));
        return;
    }
    if (features_.empty()) {
        features_ = describe_registers(target_.csrs());
    }
    if (*offset >= features_.size()) {
        answer("l");
        return;
    }
    const std::size_t most = std::min<std::uint64_t>(*length, kMostPayload / 2);
    const std::string piece = features_.substr(*offset, most);
    answer((*offset + piece.size() < features_.size() ? "m" : "l") + piece);
}

// ---- threads

void Stub::set_thread(Fields fields) {
    const bool for_motion = fields.skip("c");
    if (!for_motion && !fields.skip("g")) {
        answer(std::string(kBadRequest));
        return;
    }
    const auto harts = parse_threads(fields);
    if (!harts) {
        answer(std::string(kNoThread));
        return;
    }
    const bool one = harts->size() == 1;
    if (for_motion) {
        continued_ = one ? std::optional(harts->front()) : std::nullopt;
    } else if (one) {
        current_ = harts->front();
    }
    answer("OK");
}

void Stub::thread_alive(Fields fields) {
    answer(parse_threads(fields) ? "OK" : std::string(kNoThread));
}

// ---- memory of the physical address space, as QEMU names it

void Stub::physical_mode(Fields /*fields*/) {
    answer(physical_ ? "1" : "0");
}

void Stub::set_physical_mode(Fields fields) {
    const auto value = fields.number();
    if (!value || !fields.at_end()) {
        answer(std::string(kBadRequest));
        return;
    }
    physical_ = *value != 0;
    answer("OK");
}

// ---- monitor

void Stub::run_command(Fields fields) {
    const auto text = from_hex(fields.rest());
    if (!text) {
        answer(std::string(kBadRequest));
        return;
    }
    const std::vector<std::string_view> words = words_of(*text);
    auto said = own_command(words);
    if (!said) {
        said = target_.monitor(words);
    }
    say(said ? *said : "no such command; `monitor help` lists what there is\n");
    answer("OK");
}

void Stub::say(const std::string& text) {
    constexpr std::size_t kPiece = kMostPayload / 4;
    for (std::size_t i = 0; i < text.size(); i += kPiece) {
        answer("O" + to_hex(std::string_view(text).substr(i, kPiece)));
    }
}

std::optional<std::string> Stub::own_command(std::span<const std::string_view> words) {
    if (words.empty() || (words.size() == 1 && words[0] == "help")) {
        const std::string_view help[] = {"help"};
        return "monitor physical [on|off]    memory commands take physical addresses\n"
               "monitor quit                 ends the run, as Ctrl-C does\n" +
               target_.monitor(help).value_or("");
    }
    if (words[0] == "physical" && words.size() <= 2) {
        if (words.size() == 2 && words[1] != "on" && words[1] != "off") {
            return "expected on or off\n";
        }
        physical_ = words.size() == 2 ? words[1] == "on" : physical_;
        return physical_ ? "memory commands take physical addresses\n"
                         : "memory commands take virtual addresses of the thread\n";
    }
    if (words.size() == 1 && words[0] == "quit") {
        reaction_.then = Then::Kill;
        return "the run ends\n";
    }
    return std::nullopt;
}

// ---- the end

void Stub::detach(Fields /*fields*/) {
    points_.clear();
    reaction_.then = Then::Detach;
    answer("OK");
}

void Stub::kill(Fields /*fields*/) {
    reaction_.then = Then::Kill;
}

void Stub::kill_process(Fields /*fields*/) {
    reaction_.then = Then::Kill;
    answer("OK");
}

}  // namespace athena::sim::gdb
