// SPDX-License-Identifier: Apache-2.0
#include "base/event_queue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "base/state.h"
#include "fresh_simulation.h"

using athena::base::EventQueue;
using athena::base::Picoseconds;

namespace {

struct Recorder : athena::base::EventTarget {
    explicit Recorder(EventQueue& board, const std::string& name)
        : queue(board), id(board.add_target(name, *this)) {}
    void on_event(std::uint32_t kind, std::uint64_t payload) override {
        seen.push_back(std::to_string(queue.now().value) + ":" + std::to_string(kind) + ":" +
                       std::to_string(payload));
        if (then) {
            then(kind);
        }
    }
    EventQueue& queue;
    EventQueue::TargetId id;
    std::vector<std::string> seen;
    std::function<void(std::uint32_t)> then;
};

using Seen = std::vector<std::string>;

// A process of somebody else's on the same kernel.
struct Neighbour : sc_core::sc_module {
    Neighbour(const sc_core::sc_module_name& name, std::uint64_t time, std::function<void()> action)
        : sc_core::sc_module(name), act(std::move(action)) {
        SC_HAS_PROCESS(Neighbour);
        SC_METHOD(run);
        sensitive << due;
        dont_initialize();
        due.notify(sc_core::sc_time::from_value(time));
    }
    void run() { act(); }
    sc_core::sc_event due;
    std::function<void()> act;
};

}  // namespace

TEST_CASE("event queue: actions run at their instants, ties in order of scheduling") {
    athena::test::FreshSimulation simulation;
    EventQueue queue("queue");
    Recorder recorder(queue, "a");
    queue.schedule(Picoseconds{50}, recorder.id, 1, 7);
    queue.schedule(Picoseconds{10}, recorder.id, 2);
    queue.schedule(Picoseconds{50}, recorder.id, 0, 8);
    queue.schedule(Picoseconds{20}, recorder.id, 3);
    CHECK(queue.next_time().value == 10);
    sc_core::sc_start();
    CHECK(recorder.seen == Seen{"10:2:0", "20:3:0", "50:1:7", "50:0:8"});
    CHECK(queue.next_time() == athena::base::kNever);
}

TEST_CASE("event queue: an action may schedule earlier than what is pending, and for now") {
    athena::test::FreshSimulation simulation;
    EventQueue queue("queue");
    Recorder recorder(queue, "a");
    recorder.then = [&](std::uint32_t kind) {
        if (kind == 1) {
            queue.schedule(Picoseconds{30}, recorder.id, 2);
            queue.schedule(queue.now(), recorder.id, 3);
        }
    };
    queue.schedule(Picoseconds{100}, recorder.id, 4);
    queue.schedule(Picoseconds{10}, recorder.id, 1);
    queue.schedule(Picoseconds{10}, recorder.id, 5);
    sc_core::sc_start();
    CHECK(recorder.seen == Seen{"10:1:0", "10:5:0", "10:3:0", "30:2:0", "100:4:0"});
}

TEST_CASE("event queue: cancelled actions do not run, the past is refused") {
    athena::test::FreshSimulation simulation;
    EventQueue queue("queue");
    Recorder recorder(queue, "a");
    Recorder other(queue, "b");
    queue.schedule(Picoseconds{10}, recorder.id, 1);
    queue.schedule(Picoseconds{20}, recorder.id, 2);
    queue.schedule(Picoseconds{30}, other.id, 1);
    queue.cancel(recorder.id, 1);
    CHECK(queue.next_time_of_others(recorder.id).value == 30);
    sc_core::sc_start();
    CHECK(recorder.seen == Seen{"20:2:0"});
    CHECK(other.seen == Seen{"30:1:0"});
    CHECK_THROWS_AS(queue.schedule(Picoseconds{29}, other.id, 1), std::logic_error);
}

TEST_CASE("event queue: what is due at the present instant is seen and can be cancelled") {
    athena::test::FreshSimulation simulation;
    EventQueue queue("queue");
    Recorder recorder(queue, "a");
    Recorder other(queue, "b");
    std::vector<std::uint64_t> next;
    recorder.then = [&](std::uint32_t kind) {
        if (kind == 1) {
            queue.schedule(queue.now(), recorder.id, 2);
            queue.schedule(queue.now(), other.id, 3);
            queue.schedule(queue.now(), recorder.id, 4);
            next.push_back(queue.next_time().value);
            queue.cancel(recorder.id, 2);
            next.push_back(queue.next_time_of_others(recorder.id).value);
            queue.cancel(other.id, 3);
            next.push_back(queue.next_time_of_others(recorder.id).value);
        }
    };
    queue.schedule(Picoseconds{10}, recorder.id, 1);
    queue.schedule(Picoseconds{20}, other.id, 5);
    sc_core::sc_start();
    CHECK(next == std::vector<std::uint64_t>{10, 10, 20});
    CHECK(recorder.seen == Seen{"10:1:0", "10:4:0"});
    CHECK(other.seen == Seen{"20:5:0"});
}

TEST_CASE(
    "event queue: ahead of the kernel it keeps the order of other processes and the horizon") {
    athena::test::FreshSimulation simulation;
    std::ostringstream lines;
    athena::base::Diagnostics diagnostics(lines);
    EventQueue queue("queue");
    Recorder recorder(queue, "a");
    std::vector<std::uint64_t> kernel_times;
    recorder.then = [&](std::uint32_t) {
        kernel_times.push_back(sc_core::sc_time_stamp().value());
    };
    Neighbour neighbour("neighbour", 25, [&] {
        recorder.seen.push_back("neighbour:" + std::to_string(queue.now().value));
        queue.schedule(Picoseconds{28}, recorder.id, 2);
    });
    for (const std::uint64_t when : {10, 20, 30, 35, 40}) {
        queue.schedule(Picoseconds{when}, recorder.id, 1);
    }
    queue.run_ahead(Picoseconds{40}, diagnostics);
    sc_core::sc_start(sc_core::sc_time::from_value(40));
    CHECK(recorder.seen == Seen{"10:1:0", "20:1:0", "neighbour:25", "28:2:0", "30:1:0", "35:1:0"});
    CHECK(kernel_times == std::vector<std::uint64_t>{10, 10, 28, 28, 28});
    CHECK(queue.now().value == 40);
    CHECK(queue.next_time().value == 40);
}

TEST_CASE("event queue: ahead of the kernel it stops at the instant that ends the run") {
    athena::test::FreshSimulation simulation;
    std::ostringstream lines;
    athena::base::Diagnostics diagnostics(lines);
    EventQueue queue("queue");
    Recorder recorder(queue, "a");
    recorder.then = [&](std::uint32_t kind) {
        if (kind == 2) {
            diagnostics.stop(athena::base::ExitStatus::Passed, "");
        }
    };
    for (const std::uint64_t when : {10, 20, 30}) {
        queue.schedule(Picoseconds{when}, recorder.id, static_cast<std::uint32_t>(when / 10));
    }
    queue.schedule(Picoseconds{20}, recorder.id, 4);
    queue.run_ahead(Picoseconds{40}, diagnostics);
    sc_core::sc_start(sc_core::sc_time::from_value(40));
    CHECK(recorder.seen == Seen{"10:1:0", "20:2:0", "20:4:0"});
    CHECK(queue.now().value == 20);
}

TEST_CASE("event queue: saved in mid-run and loaded into a fresh board, it goes on equally") {
    std::vector<std::byte> saved;
    Seen rest;
    {
        athena::test::FreshSimulation simulation;
        EventQueue queue("queue");
        Recorder first(queue, "first");
        Recorder second(queue, "second");
        for (std::uint64_t when : {10, 20, 20, 30}) {
            queue.schedule(Picoseconds{when}, second.id, 1, when + queue.next_time().value % 7);
        }
        sc_core::sc_start(sc_core::sc_time::from_value(15));
        athena::base::StateWriter writer;
        queue.save(writer);
        saved = writer.data();
        sc_core::sc_start();
        rest = second.seen;
    }
    athena::test::FreshSimulation simulation;
    EventQueue queue("queue");
    Recorder second(queue, "second");  // another order of ids: names decide
    Recorder first(queue, "first");
    athena::base::StateReader reader(saved);
    queue.load(reader);
    CHECK(queue.now().value == 15);
    sc_core::sc_start();
    rest.erase(rest.begin());
    CHECK(second.seen == rest);
    CHECK(first.seen.empty());
}

TEST_CASE(
    "event queue: a pause leaves the rest of the instant for the next turn, and goes on with its "
    "own action") {
    std::ostringstream log;
    const athena::base::Diagnostics diagnostics(log);
    for (const bool ahead : {false, true}) {
        for (const unsigned pauses : {0U, 1U, 3U}) {
            athena::test::FreshSimulation simulation;
            EventQueue queue(sc_core::sc_gen_unique_name("queue"));
            Recorder recorder(queue, "a");
            unsigned left = pauses;
            recorder.then = [&](std::uint32_t kind) {
                if (kind == 1) {
                    queue.schedule(queue.now(), recorder.id, 2);
                }
                if (kind == 1 || kind == 2 || kind == 9) {
                    if (left != 0) {
                        left -= 1;
                        queue.pause(recorder.id, 9);
                    }
                }
            };
            const Picoseconds start = queue.now();
            const auto after = [&](std::uint64_t time) { return start + Picoseconds{time}; };
            queue.schedule(after(10), recorder.id, 1);
            queue.schedule(after(10), recorder.id, 3);
            queue.schedule(after(40), recorder.id, 4);
            queue.schedule(after(100), recorder.id, 5);
            for (unsigned turn = 0; turn <= pauses; ++turn) {
                queue.run_ahead(ahead ? after(100) : start, diagnostics);
                sc_core::sc_start(queue.kernel_distance(after(100)));
                CHECK(queue.now() == (turn < pauses ? after(10) : after(100)));
            }
            Seen expected{":1:0", ":3:0", ":2:0", ":4:0"};
            expected.insert(expected.begin() + 1, pauses, ":9:0");
            Seen seen;
            for (const std::string& text : recorder.seen) {
                seen.push_back(text.substr(text.find(':')));
            }
            CHECK(seen == expected);
            queue.cancel(recorder.id, 5);
        }
    }
}

TEST_CASE("event queue: random actions come as a stable sort has them, whatever is dropped") {
    using athena::base::Action;
    const std::uint64_t seed = Catch::rngSeed();
    INFO("seed " << seed << ": unit_base --rng-seed " << seed);
    std::mt19937_64 random(seed);
    athena::base::ActionHeap heap;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> model;  // instant, number
    const auto earlier = [](const auto& a, const auto& b) { return a.first < b.first; };
    for (std::uint64_t number = 0; number < 20'000; ++number) {
        const std::uint64_t when = random() % 100;
        const auto kind = static_cast<std::uint32_t>(random() % 50);
        heap.push(Picoseconds{when}, Action{0, kind, number << 8 | kind});
        model.emplace_back(when, number << 8 | kind);
        if (random() % 500 == 0) {
            heap.erase_if([&](const Action& action) { return action.kind == kind; });
            std::erase_if(model, [&](const auto& entry) { return (entry.second & 0xFF) == kind; });
        }
        while (!model.empty() && random() % 2 == 0) {
            const auto first = std::min_element(model.begin(), model.end(), earlier);
            REQUIRE(heap.front().value == first->first);
            REQUIRE(heap.pop().payload == first->second);
            model.erase(first);
        }
        REQUIRE(heap.size() == model.size());
    }
}

TEST_CASE("event queue: more than 2^20 pending actions are refused") {
    athena::base::ActionHeap heap;
    for (std::uint64_t number = 0; number < 1U << 20; ++number) {
        heap.push(Picoseconds{number}, {});
    }
    CHECK_THROWS_AS(heap.push(Picoseconds{0}, {}), std::length_error);
    CHECK(heap.pop().payload == 0);
    CHECK_NOTHROW(heap.push(Picoseconds{0}, {}));
}
