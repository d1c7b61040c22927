// SPDX-License-Identifier: Apache-2.0
// Requests of several bursts: against the same bursts accepted one after another in the same cycle.
#include <algorithm>
#include <map>
#include <random>
#include <stdexcept>

#include "rig.h"

using namespace athena;
using memory::HbmCycle;
using memory::HbmRequest;
using test::hbm_with;
using test::HbmRig;

namespace {

/// Takes requests as their bursts, one call of accept() each, and ends them with the last burst.
class Singly {
  public:
    explicit Singly(const memory::HbmConfig& config) : rig(config) {}

    bool accept(HbmCycle now, const HbmRequest& request) {
        const unsigned bursts = rig.controller.map().bursts(request.address, request.bytes);
        for (unsigned i = 0; i < bursts; ++i) {
            const std::uint64_t address =
                request.address + std::uint64_t{i} * rig.controller.config().access_bytes();
            if (!rig.controller.accept(
                    now, {.address = address, .write = request.write, .handle = request.handle})) {
                return false;
            }
        }
        left_[request.handle] = bursts;
        return true;
    }
    /// Whether it would be accepted.
    bool would_accept(HbmCycle now, const HbmRequest& request) const {
        Singly copy(*this);
        return copy.accept(now, request);
    }
    std::optional<memory::HbmCompletion> advance(HbmCycle now) {
        while (const auto completion = rig.controller.advance(now)) {
            if (--left_[completion->handle] == 0) {
                left_.erase(completion->handle);
                return completion;
            }
        }
        return std::nullopt;
    }

    struct Rig {
        explicit Rig(const memory::HbmConfig& config) : controller(config) {}
        memory::HbmController controller;
    } rig;

  private:
    std::map<std::uint64_t, unsigned> left_;
};

/// In the order of cycles and handles: of the same cycle they come in any order.
std::vector<std::pair<HbmCycle, std::uint64_t>> ordered(
    const std::vector<memory::HbmCompletion>& completions) {
    std::vector<std::pair<HbmCycle, std::uint64_t>> list;
    for (const memory::HbmCompletion& completion : completions) {
        list.emplace_back(completion.cycle, completion.handle);
    }
    std::sort(list.begin(), list.end());
    return list;
}

/// A configuration of a preset with other queues, refresh, policy and limits.
memory::HbmConfig any_config(std::mt19937_64& random, unsigned number) {
    const auto presets = memory::hbm_preset_names();
    memory::HbmConfig config = *memory::hbm_preset(presets[number % presets.size()]);
    config.channels = 2;
    config.organisation = static_cast<memory::HbmOrganisation>(number / presets.size() % 2);
    config.refresh = static_cast<memory::HbmRefresh>(random() % 3);
    config.refi = config.rfc + 500 + static_cast<unsigned>(random() % 2000);
    config.refib = 330 + static_cast<unsigned>(random() % 200);
    config.page_policy =
        random() % 4 == 0 ? memory::HbmPagePolicy::Closed : memory::HbmPagePolicy::Open;
    config.bank_hash = random() % 2 == 0;
    config.ccd_l += static_cast<unsigned>(random() % 4);
    const bool legacy = config.pseudo_channels == 1;
    constexpr const char* kLegacy[] = {"rorabgbachco", "robaco4chbgco1", "rochbaco3bgco2"};
    constexpr const char* kPseudo[] = {"robaco2bgpcstchco3", "robaco4bgpcchco1", "robgbachpcco"};
    config.mapping = (legacy ? kLegacy : kPseudo)[random() % 3];
    config.read_queue = 8U << random() % 4;
    config.write_queue = 8U << random() % 4;
    config.idle_drain = static_cast<unsigned>(random() % 8);
    config.bank_queue = 1U << random() % 4;
    config.row_hit_limit = 1U << random() % 4;
    config.drain_low = static_cast<unsigned>(random() % 40);
    config.max_wait = random() % 2 == 0 ? 16384 : 100 + static_cast<unsigned>(random() % 900);
    config.request_bytes = 64U << random() % 4;
    REQUIRE(config.check().value_or("") == "");
    return config;
}

/// Requests of all lengths, many of them near others.
class Requests {
  public:
    Requests(const memory::HbmController& controller, std::uint64_t seed)
        : controller_(controller),
          random_(seed),
          writes_(random_() % 3 * 30),
          places_(256U << random_() % 12),
          pause_(1 + random_() % 40) {}

    bool one_now() { return random_() % pause_ == 0; }
    bool one_more() { return random_() % 3 == 0; }
    HbmRequest next() {
        HbmRequest request{.write = random_() % 100 < writes_, .handle = ++handle_};
        request.address = random_() % 8 == 0 ? random_() % controller_.config().capacity()
                                             : random_() % places_ * 4 + (random_() % 4 << 18);
        const unsigned most = controller_.contiguous(request.address);
        request.bytes = random_() % 2 == 0 ? most : 1 + static_cast<unsigned>(random_() % most);
        return request;
    }

  private:
    const memory::HbmController& controller_;
    std::mt19937_64 random_;
    std::uint64_t writes_;  // per cent
    std::uint64_t places_;  // of four bytes, of most requests
    std::uint64_t pause_;   // cycles
    std::uint64_t handle_ = 0;
};

std::vector<std::byte> saved(const memory::HbmController& controller) {
    base::StateWriter writer;
    controller.save(writer);
    return writer.data();
}

}  // namespace

TEST_CASE("hbm request: several bursts are served as one after another, cycle for cycle") {
    std::uint64_t longer = 0;
    std::uint64_t joined = 0;
    std::uint64_t urgent = 0;
    for (unsigned number = 0; number < 600; ++number) {
        std::mt19937_64 random(number);
        const memory::HbmConfig config = any_config(random, number);
        INFO("seed " << number << " " << config.mapping);
        HbmRig whole(config);
        Singly singly(config);
        std::vector<memory::HbmCompletion> got;
        std::vector<memory::HbmCompletion> expected;
        Requests requests(whole.controller, number);
        const bool lazy = random() % 2 == 0;  // asked seldom
        for (HbmCycle now = 0; now < 6000; ++now) {
            while (const auto completion = singly.advance(now)) {
                expected.push_back(*completion);
            }
            while (!lazy || now % 512 == 0) {
                const auto completion = whole.controller.advance(now);
                if (!completion) {
                    break;
                }
                got.push_back(*completion);
            }
            for (bool more = requests.one_now(); more; more = requests.one_more()) {
                const HbmRequest request = requests.next();
                longer += request.bytes > config.access_bytes() ? 1 : 0;
                const bool accepted = whole.controller.accept(now, request);
                REQUIRE((accepted ? singly.accept(now, request)
                                  : singly.would_accept(now, request)) == accepted);
            }
        }
        while (const auto completion = whole.controller.advance(100'000)) {
            got.push_back(*completion);
        }
        while (const auto completion = singly.advance(100'000)) {
            expected.push_back(*completion);
        }
        whole.finish(100'000);
        singly.rig.controller.settle(100'000);
        REQUIRE((ordered(got) == ordered(expected)));
        for (unsigned i = 0; i < config.channels; ++i) {
            const auto& one = whole.controller.channel(i).counters();
            const auto& other = singly.rig.controller.channel(i).counters();
            CHECK(one.bursts == other.bursts);
            CHECK(one.merged == other.merged);
            CHECK(one.forwarded == other.forwarded);
            CHECK(one.full_cycles == other.full_cycles);
            CHECK(one.urgent == other.urgent);
            using Bank = memory::HbmBankCounters;
            for (const auto counter : {&Bank::reads, &Bank::writes, &Bank::activates,
                                       &Bank::row_hits, &Bank::row_conflicts}) {
                CHECK(one.total(counter) == other.total(counter));
            }
            joined += one.merged[0] + one.merged[1] + one.forwarded;
            urgent += one.urgent;
        }
    }
    CHECK(longer > 50'000);
    CHECK(joined > 10'000);
    CHECK(urgent > 100);
}

TEST_CASE("hbm request: two side by side in both pseudo-channels share the command bus") {
    for (const char* ccd_l : {"4", "5", "6", "7"}) {
        for (unsigned offset = 0; offset < 60; ++offset) {
            const memory::HbmConfig config =
                hbm_with("hbm2e-board", {{"channels", "1"}, {"ccd_l", ccd_l}});
            INFO("ccd_l " << ccd_l << " offset " << offset);
            HbmRig whole(config);
            Singly singly(config);
            // Rows 0 of the first bank of each pseudo-channel are opened, then read and written.
            constexpr std::uint64_t kOther = 256;
            const std::vector<std::pair<HbmCycle, HbmRequest>> list = {
                {0, {.address = 0, .bytes = 32, .handle = 1}},
                {20, {.address = kOther, .bytes = 32, .handle = 2}},
                {200, {.address = 0, .bytes = 256, .handle = 3}},
                {200 + offset, {.address = kOther, .bytes = 256, .handle = 4}},
                {400, {.address = kOther, .bytes = 256, .write = true, .handle = 5}},
                {400 + offset, {.address = 0, .bytes = 224, .write = true, .handle = 6}},
                // The second read waits for the turnaround from a write of its pseudo-channel.
                {600, {.address = kOther, .bytes = 32, .write = true, .handle = 7}},
                {602, {.address = kOther, .bytes = 256, .handle = 8}},
                {602 + offset / 4, {.address = 0, .bytes = 256, .handle = 9}}};
            std::vector<memory::HbmCompletion> got;
            std::vector<memory::HbmCompletion> expected;
            for (const auto& [cycle, request] : list) {
                REQUIRE(whole.controller.accept(cycle, request));
                REQUIRE(singly.accept(cycle, request));
            }
            while (const auto completion = whole.controller.advance(2000)) {
                got.push_back(*completion);
            }
            while (const auto completion = singly.advance(2000)) {
                expected.push_back(*completion);
            }
            whole.finish(2000);
            CHECK(got.size() == list.size());
            CHECK((ordered(got) == ordered(expected)));
        }
    }
}

TEST_CASE("hbm request: saved amid its bursts and loaded, it goes on the same") {
    unsigned amid = 0;
    for (unsigned number = 0; number < 24; ++number) {
        std::mt19937_64 random(number);
        const memory::HbmConfig config = any_config(random, number);
        INFO("seed " << number << " " << config.mapping);
        memory::HbmController controller(config);
        memory::HbmController again(config);
        Requests requests(controller, number);
        for (HbmCycle now = 0; now < 1500; ++now) {
            for (bool more = requests.one_now(); more; more = requests.one_more()) {
                const HbmRequest request = requests.next();
                REQUIRE(controller.accept(now, request) == again.accept(now, request));
            }
            for (auto completion = controller.advance(now); completion;
                 completion = controller.advance(now)) {
                REQUIRE(again.advance(now) == completion);
            }
            REQUIRE_FALSE(again.advance(now));
            if (random() % 40 == 0) {
                const std::vector<std::byte> state = saved(controller);
                REQUIRE((saved(again) == state));
                memory::HbmController next(config);
                base::StateReader reader(state);
                next.load(reader);
                REQUIRE((saved(next) == state));
                REQUIRE(next.check_conservation().value_or("") == "");
                again = std::move(next);
                amid += again.channel(0).waiting() > 1 ? 1 : 0;
            }
        }
    }
    CHECK(amid > 200);
}

TEST_CASE("hbm request: a reserved one is told when it ends as an accepted one does") {
    unsigned compared = 0;
    for (unsigned number = 0; number < 60; ++number) {
        std::mt19937_64 random(number);
        const memory::HbmConfig config = any_config(random, number);
        INFO("seed " << number << " " << config.mapping);
        memory::HbmController controller(config);
        Requests requests(controller, number);
        for (HbmCycle now = 0; now < 1000; ++now) {
            for (bool more = requests.one_now(); more; more = requests.one_more()) {
                const HbmRequest request = requests.next();
                memory::HbmController accepting(controller);
                memory::HbmController reserving(controller);
                if (!controller.accept(now, request) || random() % 4 != 0) {
                    continue;
                }
                accepting.accept(now, request);
                const HbmCycle promised =
                    reserving.reserve(now, request.address, request.write, request.bytes);
                HbmCycle end = 0;
                while (const auto completion = accepting.advance(now + 100'000)) {
                    end = completion->handle == request.handle ? completion->cycle : end;
                }
                REQUIRE(promised == end);
                while (const auto completion = reserving.advance(now + 100'000)) {
                    REQUIRE(completion->handle != request.handle);
                }
                REQUIRE(reserving.check_conservation().value_or("") == "");
                ++compared;
            }
            while (controller.advance(now)) {
            }
        }
    }
    CHECK(compared > 500);
}

TEST_CASE("hbm request: it covers what the map has in one row, the limit and the queues allow") {
    using Settings = test::HbmSettings;
    struct Case {
        const char* preset;
        Settings settings;
        std::uint64_t address;
        unsigned bytes;
    };
    const std::vector<Case> cases = {
        {"hbm2-8gb-legacy", {}, 0, 256},  // 2 KiB of a row
        {"hbm2-8gb-legacy", {}, 0x7C1, 63},
        {"hbm2-8gb-legacy", {{"request_bytes", "1024"}}, 0x100, 768},
        {"hbm2-8gb-legacy", {{"request_bytes", "128"}}, 0x40, 64},
        {"hbm2-8gb-legacy", {{"request_bytes", "16"}}, 0x41, 63},  // not less than a burst
        {"hbm2-8gb-legacy", {{"mapping", "rorabgbacoch"}}, 0, 64},
        {"hbm2-8gb-legacy", {{"read_queue", "2"}}, 0, 128},
        {"hbm2-8gb-legacy", {{"write_queue", "3"}, {"idle_drain", "0"}}, 0x80, 128},
        {"hbm2-pseudochannel", {}, 32, 32},  // robaco4bgpcchco1
        {"hbm2e-board", {{"stacks", "4"}}, 0x1F00, 256},
    };
    for (const Case& c : cases) {
        memory::HbmController controller(hbm_with(c.preset, c.settings));
        INFO(c.preset << " " << c.address);
        CHECK(controller.contiguous(c.address) == c.bytes);
        CHECK(controller.accept(0, {.address = c.address, .bytes = c.bytes}));
        CHECK_THROWS_AS(controller.accept(0, {.address = c.address, .bytes = c.bytes + 1}),
                        std::invalid_argument);
        CHECK_THROWS_AS(controller.reserve(0, c.address, true, 0), std::invalid_argument);
        CHECK(controller.channel(0).counters().accepted[0] +
                  controller.channel(controller.channels() - 1).counters().accepted[0] <=
              1);
    }
}

TEST_CASE("hbm request: whole or not at all, a place for each burst") {
    for (const char* organisation : {"bank-queues", "channel-buffer"}) {
        memory::HbmController controller(
            hbm_with("hbm2-8gb-legacy", {{"channels", "1"},
                                         {"organisation", organisation},
                                         {"read_queue", "6"},
                                         {"refresh", "none"}}));
        const HbmRequest request{.address = 0, .bytes = 256, .handle = 1};
        CHECK(controller.accept(0, request));
        CHECK_FALSE(controller.accept(0, {.address = 4096, .bytes = 256, .handle = 2}));
        CHECK(controller.channel(0).waiting() == 4);
        CHECK(controller.accept(0, {.address = 4096, .bytes = 100, .handle = 3}));
        CHECK(controller.channel(0).waiting() == 6);
        CHECK(controller.channel(0).counters().bursts[0] == 6);
    }
}

TEST_CASE("hbm request: it completes with its last burst") {
    memory::HbmController controller(hbm_with("hbm2e-board", {{"refresh", "none"}}));
    // ACT 0 of two cycles, RD 1 + tRCDRD 23, seven more each tCCD_L 4, cl 23 + burst 2 + 1.
    CHECK(controller.accept(0, {.address = 0, .bytes = 256, .handle = 1}));
    CHECK(controller.advance(1000) == memory::HbmCompletion{24 + 7 * 4 + 26, 1, false});
    // The row is open: two bursts of 40 bytes from the middle of one on.
    CHECK(controller.accept(100, {.address = 16, .bytes = 40, .handle = 2}));
    CHECK(controller.advance(1000) == memory::HbmCompletion{100 + 4 + 26, 2, false});
    // A write is posted; a read of it that reaches beyond ends with the rest.
    CHECK(controller.accept(200, {.address = 0, .bytes = 64, .write = true, .handle = 3}));
    CHECK(controller.accept(200, {.address = 32, .bytes = 32, .handle = 4}));
    CHECK(controller.advance(1000) == memory::HbmCompletion{201, 3, true});
    CHECK(controller.advance(1000) == memory::HbmCompletion{201, 4, false});
}

TEST_CASE("hbm request: the boards' map gives streams of several sources their bandwidth") {
    // What refresh leaves: 1 - tRFC / tREFI = 1 - 560/6240.
    const double most = 1 - 560.0 / 6240;
    const memory::HbmConfig config = hbm_with("hbm2e-board", {});
    const auto achieved = [&](unsigned streams, test::HbmStream stream) {
        HbmRig rig(config);
        return rig
            .run({.stream = stream,
                  .driver = test::HbmDriver::Sources,
                  .block_bytes = 256,
                  .whole_blocks = true,
                  .streams = streams,
                  .warm_up = 6240,
                  .cycles = 5 * 6240})
            .achieved;
    };
    CHECK(achieved(16, test::HbmStream::Sequential) > 0.98 * most);
    CHECK(achieved(61, test::HbmStream::Sequential) > 0.98 * most);
    CHECK(achieved(64, test::HbmStream::Random) > 0.92 * most);
    // Each aligned block of 256 bytes is in one row of one channel; the next in another channel.
    const memory::HbmAddressMap map(hbm_with("hbm2e-board", {{"stacks", "4"}}));
    for (unsigned block = 0; block < 32; ++block) {
        for (unsigned burst = 0; burst < 8; ++burst) {
            const memory::HbmLocation at = map.locate(block * 256 + burst * 32);
            CHECK(at == memory::HbmLocation{.channel = block, .column = burst});
        }
    }
    CHECK(map.locate(32 * 256) == memory::HbmLocation{.bank = 16});     // pseudo-channel
    CHECK(map.locate(2 * 32 * 256) == memory::HbmLocation{.bank = 4});  // bank group
}
