// SPDX-License-Identifier: Apache-2.0
#include "sim/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <sstream>
#include <thread>

#include "scripted_board.h"
#include "tests/temporary_folder.h"

using namespace athena;
using base::ExitStatus;
using sim::Session;
using test::Guest;

namespace {

constexpr std::uint64_t kMicrosecond = 1'000'000;
constexpr std::uint64_t kMillisecond = 1'000 * kMicrosecond;

struct Pipe {
    Pipe() { REQUIRE(pipe(ends) == 0); }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_end(std::size_t end) {
        if (ends[end] >= 0) {
            ::close(ends[end]);
            ends[end] = -1;
        }
    }
    void type(const std::string& text) {
        REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }

    int ends[2];
};

struct Setting {
    std::unique_ptr<sim::InputSource> input = std::make_unique<sim::LiveInput>(std::nullopt);
    std::unique_ptr<sim::RecordWriter> record{};
    Session::Limits limits{};
    sim::Pace pace{};
    int console = -1;  // otherwise /dev/null
};

void run(Guest& guest, Setting setting = {}) {
    test::set_guest(guest);
    std::ostringstream log;
    platform::Board board({}, {}, log);
    sim::OutsidePort outside(std::move(setting.input), std::move(setting.record));
    setting.limits.clock_hz = Guest::kClockHz;
    const int console = setting.console >= 0 ? setting.console : open("/dev/null", O_WRONLY);
    Session(board, outside, console, setting.limits, setting.pace).run();
    outside.end({board.now(), static_cast<int>(board.stopped()->status), board.instructions()});
    if (setting.console < 0) {
        close(console);
    }
}

void pass(Guest& guest) {
    guest.stopped = {ExitStatus::Passed, ""};
}

/// Sends each frame back after a time.
struct Responder final : sim::HostNetwork {
    using Clock = std::chrono::steady_clock;
    explicit Responder(std::chrono::nanoseconds answer_time) : delay(answer_time) {}
    void send(std::span<const std::byte> frame, base::Picoseconds /*now*/) override {
        answer.assign(frame.begin(), frame.end());
        due = Clock::now() + delay;
    }
    void serve(base::Picoseconds /*now*/, std::optional<int> /*descriptor*/,
               std::chrono::nanoseconds time) override {
        std::this_thread::sleep_until(std::min(Clock::now() + time, due));
    }
    std::vector<std::vector<std::byte>> take(std::size_t most) override {
        if (most == 0 || Clock::now() < due) {
            return {};
        }
        due = Clock::time_point::max();
        return {answer};
    }

    std::chrono::nanoseconds delay;
    Clock::time_point due = Clock::time_point::max();
    virtio::Frame answer;
};

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

TEST_CASE("session: a busy guest runs in steps of 100 us until it stops") {
    Guest guest;
    guest.events[250 * kMicrosecond] = pass;
    run(guest);
    CHECK(guest.targets == std::vector<std::uint64_t>{0, 100 * kMicrosecond, 200 * kMicrosecond,
                                                      300 * kMicrosecond});
    CHECK(guest.now == 250 * kMicrosecond);
}

TEST_CASE("session: --max-time ends at that time, on the grid or not, busy or idle") {
    for (const bool idle : {false, true}) {
        CAPTURE(idle);
        Guest guest;
        guest.idle = idle;
        guest.events[5 * kMillisecond] = pass;
        Setting setting;
        setting.limits.max_time = base::Picoseconds{123'456'789};
        run(guest, std::move(setting));
        CHECK(guest.now == 123'456'789);
        CHECK(guest.stopped->status == ExitStatus::Limit);
        CHECK(guest.stopped->reason == "--max-time: board time is 123456789 ps");
    }
}

TEST_CASE("session: --max-instructions ends at that number") {
    Guest guest;
    Setting setting;
    setting.limits.max_instructions = 123'457;
    run(guest, std::move(setting));
    CHECK(guest.instructions() == 123'457);
    CHECK(guest.stopped->status == ExitStatus::Limit);
}

TEST_CASE("session: idle time without anybody at the console is skipped") {
    Guest guest;
    guest.idle = true;
    guest.events[50'000 * kMillisecond] = pass;
    CHECK(seconds_of([&] { run(guest); }) < 5);
    CHECK(guest.targets == std::vector<std::uint64_t>{0, 50'000 * kMillisecond});
}

TEST_CASE("session: a guest that nothing can wake is dead") {
    Guest guest;
    guest.events[150 * kMicrosecond] = [](Guest& sleeper) { sleeper.idle = true; };
    run(guest);
    CHECK(guest.stopped->status == ExitStatus::GuestFailed);
    CHECK(guest.stopped->reason == "nothing can wake the harts any more: hart0 waits for nothing");

    Guest deaf;
    deaf.idle = true;
    Pipe pipe;
    Setting setting;
    setting.input = std::make_unique<sim::LiveInput>(pipe.ends[0]);
    run(deaf, std::move(setting));
    CHECK(deaf.stopped->status == ExitStatus::GuestFailed);
}

TEST_CASE("session: a listening guest sleeps in real time until somebody types or hangs up") {
    Guest guest;
    guest.idle = true;
    guest.listens = true;
    guest.events[60'000 * kMillisecond] = pass;
    guest.on_input = [](Guest& listener) {
        if (listener.received.back().second == "q") {
            pass(listener);
        }
    };
    Pipe pipe;
    // Counts from when the session has begun, however late that is.
    std::thread person;
    guest.events[0] = [&](Guest&) {
        person = std::thread([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(150));
            pipe.type("a");
            std::this_thread::sleep_for(std::chrono::milliseconds(150));
            pipe.type("q");
        });
    };
    Setting setting;
    setting.input = std::make_unique<sim::LiveInput>(pipe.ends[0]);
    run(guest, std::move(setting));
    REQUIRE(person.joinable());
    person.join();
    REQUIRE(guest.received.size() == 2);
    CHECK(guest.received[0].first % (100 * kMicrosecond) == 0);
    CHECK(guest.received[0].first >= 149 * kMillisecond);
    CHECK(guest.received[1].first >= 299 * kMillisecond);
    CHECK(guest.received[1].first < 30'000 * kMillisecond);

    Guest left;
    left.idle = true;
    left.listens = true;
    Pipe hung_up;
    hung_up.close_end(1);
    Setting alone;
    alone.input = std::make_unique<sim::LiveInput>(hung_up.ends[0]);
    run(left, std::move(alone));
    CHECK(left.stopped->status == ExitStatus::GuestFailed);
}

TEST_CASE("session: a guest on a live network is not dead, and its time-outs take real time") {
    // Takes 300 ms for 1 ms of board time, then sends and waits 100 ms for an answer, which takes
    // 20 ms: what it is behind does not shorten its wait.
    Guest guest;
    guest.online = true;
    auto network = std::make_unique<Responder>(std::chrono::milliseconds(20));
    guest.events[kMillisecond] = [](Guest& self) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        self.idle = true;
        self.sent.push_back({std::byte{1}});
        self.events[self.now + 100 * kMillisecond] = [](Guest& late) {
            late.stopped = {ExitStatus::GuestFailed, "timed out"};
        };
    };
    guest.on_frame = pass;
    Setting setting;
    setting.input = std::make_unique<sim::LiveInput>(std::nullopt, std::move(network));
    run(guest, std::move(setting));
    CHECK(guest.stopped->status == ExitStatus::Passed);
    REQUIRE(guest.frames.size() == 1);
    CHECK(guest.frames[0].first >= 20 * kMillisecond);
    CHECK(guest.frames[0].first % (100 * kMicrosecond) == 0);

    Guest waiting;  // for nothing but the network
    waiting.online = true;
    waiting.idle = true;
    waiting.sent.push_back({std::byte{1}});
    waiting.on_frame = pass;
    Setting live;
    live.input = std::make_unique<sim::LiveInput>(
        std::nullopt, std::make_unique<Responder>(std::chrono::milliseconds(20)));
    run(waiting, std::move(live));
    CHECK(waiting.stopped->status == ExitStatus::Passed);
    Guest deaf;  // no driver works
    deaf.idle = true;
    Setting unheard;
    unheard.input = std::make_unique<sim::LiveInput>(
        std::nullopt, std::make_unique<Responder>(std::chrono::milliseconds(20)));
    run(deaf, std::move(unheard));
    CHECK(deaf.stopped->status == ExitStatus::GuestFailed);
}

TEST_CASE("session: --pace X holds a busy guest back") {
    Guest guest;
    guest.events[200 * kMillisecond] = pass;
    Setting setting;
    setting.pace = {sim::Pace::Kind::Factor, 2.0};
    CHECK(seconds_of([&] { run(guest, std::move(setting)); }) >= 0.099);
}

TEST_CASE("session: a recorded run is repeated with the same inputs at the same instants") {
    const test::TemporaryFolder folder;
    const sim::RecordHeader header{"v", "b", 1};
    // Reads what is typed, works for 130 us, answers, sleeps; its clock ticks every 70 ms.
    const auto make_guest = [] {
        Guest guest;
        guest.idle = true;
        guest.listens = true;
        const auto tick = [](Guest& self, const auto& again) -> void {
            self.output += '.';
            self.events[self.now + 70 * kMillisecond] = [again](Guest& next) {
                again(next, again);
            };
        };
        guest.events[70 * kMillisecond] = [tick](Guest& self) { tick(self, tick); };
        guest.on_input = [](Guest& self) {
            self.idle = false;
            self.events[self.now + 130 * kMicrosecond] = [](Guest& answering) {
                answering.output += answering.received.back().second;
                answering.idle = true;
                if (answering.received.back().second == "q") {
                    pass(answering);
                }
            };
        };
        return guest;
    };
    Guest live = make_guest();
    {
        Pipe pipe;
        std::thread person([&] {
            for (const char* text : {"one", "two", "q"}) {
                std::this_thread::sleep_for(std::chrono::milliseconds(60));
                pipe.type(text);
            }
        });
        Setting setting;
        setting.input = std::make_unique<sim::LiveInput>(pipe.ends[0]);
        setting.record = std::make_unique<sim::RecordWriter>(folder.path / "r", header);
        run(live, std::move(setting));
        person.join();
    }
    REQUIRE(live.received.size() == 3);
    Guest again = make_guest();
    Setting setting;
    setting.input = std::make_unique<sim::ReplayInput>(sim::read_record(folder.path / "r", header));
    run(again, std::move(setting));
    CHECK(again.received == live.received);
    CHECK(again.now == live.now);
    CHECK(again.instructions() == live.instructions());
    CHECK(again.stopped->status == ExitStatus::Passed);
}

TEST_CASE("session: a replay reaches the end of a run that nobody ended") {
    const base::Picoseconds end{7 * kMillisecond};
    Guest guest;
    guest.idle = true;
    guest.listens = true;
    Setting setting;
    setting.input = std::make_unique<sim::ReplayInput>(sim::Record{{}, {end, 1, 0}});
    run(guest, std::move(setting));
    CHECK(guest.now == end.value);
    CHECK(guest.stopped->status == ExitStatus::GuestFailed);
}

TEST_CASE("session: Ctrl-C ends the run") {
    const sim::InterruptGuard guard;
    Guest guest;
    guest.events[150 * kMicrosecond] = [](Guest&) { REQUIRE(raise(SIGINT) == 0); };
    run(guest);
    CHECK(guest.stopped->status == ExitStatus::Interrupted);
    CHECK(guest.now == 200 * kMicrosecond);
}

TEST_CASE("session: the console's output is passed on as it comes, its loss ends the run") {
    const sim::InterruptGuard guard;  // takes SIGPIPE
    Pipe pipe;
    Guest guest;
    guest.events[50 * kMicrosecond] = [](Guest& self) { self.output = "hello\n"; };
    guest.events[150 * kMicrosecond] = [](Guest& self) {
        self.output = "bye";
        pass(self);
    };
    Setting setting;
    setting.console = pipe.ends[1];
    run(guest, std::move(setting));
    char text[16] = {};
    CHECK(read(pipe.ends[0], text, sizeof text) == 9);
    CHECK(std::string(text) == "hello\nbye");

    Guest unheard;
    unheard.events[50 * kMicrosecond] = [](Guest& self) { self.output = "hello\n"; };
    pipe.close_end(0);
    Setting lost;
    lost.console = pipe.ends[1];
    run(unheard, std::move(lost));
    CHECK(unheard.stopped->status == ExitStatus::Usage);
    CHECK(unheard.stopped->reason == "the console's output cannot be written");
}
