// SPDX-License-Identifier: Apache-2.0
#include <random>

#include "rig.h"

using namespace athena;
using memory::HbmCycle;
using test::hbm_with;

namespace {

/// Offers requests from cycle to cycle and notes completions: what it does at a cycle depends on
/// the cycle and the controller alone.
struct Load {
    memory::HbmController* controller;
    unsigned one_write_in = 3;  // requests
    std::vector<memory::HbmCompletion> completions{};
    std::vector<bool> accepted{};

    void run(HbmCycle from, HbmCycle to) {
        for (HbmCycle now = from; now < to; ++now) {
            while (const auto completion = controller->advance(now)) {
                completions.push_back(*completion);
            }
            std::mt19937_64 random(now);
            const bool pause = now / 700 % 3 == 1;
            for (unsigned i = 0; i < 2 && !pause; ++i) {
                const std::uint64_t address = random() % 2 == 0
                                                  ? random() % controller->config().capacity()
                                                  : random() % 256 * 64;
                accepted.push_back(controller->accept(now, {.address = address,
                                                            .write = random() % one_write_in == 0,
                                                            .handle = now * 2 + i}));
            }
        }
    }
};

std::vector<std::byte> saved(const memory::HbmController& controller) {
    base::StateWriter writer;
    controller.save(writer);
    return writer.data();
}

}  // namespace

TEST_CASE("hbm state: saved at any cycle and loaded, it goes on the same") {
    const std::vector<memory::HbmConfig> configs = {
        hbm_with("hbm2-8gb-legacy", {{"channels", "2"}, {"max_wait", "600"}}),
        hbm_with("hbm2-8gb-legacy",
                 {{"channels", "1"}, {"page_policy", "closed"}, {"refresh", "per-bank"}}),
        hbm_with("hbm2-pseudochannel", {{"channels", "2"}, {"max_wait", "300"}}),
    };
    for (const memory::HbmConfig& config : configs) {
        memory::HbmController whole(config);
        Load load{.controller = &whole};
        HbmCycle now = 0;
        for (unsigned i = 0; i < 60; ++i) {
            // Refreshes (3900) and pauses are among the places.
            const HbmCycle next = i == 30 ? 3890 : now + 1 + i * 37 % 211 + (i > 30 ? 0 : 1);
            if (next > now) {
                load.run(now, next);
                now = next;
            }
            const std::vector<std::byte> state = saved(whole);
            memory::HbmController copy(config);
            base::StateReader reader(state);
            copy.load(reader);
            REQUIRE((saved(copy) == state));
            memory::HbmController original(config);
            base::StateReader again(state);
            original.load(again);
            Load one{.controller = &copy};
            one.run(now, now + 900);
            // The original itself goes on from here too, as one run without a save.
            Load two{.controller = &whole};
            if (i % 3 == 2) {
                two.run(now, now + 900);
                now += 900;
                CHECK((one.completions == two.completions));
                CHECK((one.accepted == two.accepted));
                CHECK((saved(copy) == saved(whole)));
            } else {
                Load three{.controller = &original};
                three.run(now, now + 900);
                CHECK((one.completions == three.completions));
            }
            CHECK(copy.check_conservation().value_or("") == "");
        }
    }
}

TEST_CASE("hbm state: every cycle of a busy stretch can be saved") {
    const memory::HbmConfig config = hbm_with("hbm2-pseudochannel", {{"channels", "1"}});
    memory::HbmController whole(config);
    Load load{.controller = &whole, .one_write_in = 12};
    load.run(0, 4700);  // a refresh, and batches of writes, are in the stretch
    memory::HbmController stepped(config);
    Load steps{.controller = &stepped, .one_write_in = 12};
    steps.run(0, 3850);
    for (HbmCycle now = 3850; now < 4700; ++now) {
        base::StateWriter writer;
        stepped.save(writer);
        memory::HbmController next(config);
        base::StateReader reader(writer.data());
        next.load(reader);
        stepped = std::move(next);
        steps.run(now, now + 1);
    }
    CHECK((steps.completions == load.completions));
    CHECK((steps.accepted == load.accepted));
    CHECK((saved(stepped) == saved(whole)));
}

TEST_CASE("hbm state: what is not its own is refused") {
    memory::HbmController controller(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}}));
    Load load{.controller = &controller};
    load.run(0, 500);
    const std::vector<std::byte> state = saved(controller);
    const auto refused = [](const memory::HbmConfig& config, const std::vector<std::byte>& data) {
        memory::HbmController other(config);
        base::StateReader reader(data);
        try {
            other.load(reader);
        } catch (const base::StateError& error) {
            return std::string(error.what());
        }
        return std::string("loaded");
    };
    CHECK(refused(hbm_with("hbm2-8gb-legacy", {{"channels", "2"}}), state) ==
          "saved HBM has another number of channels");
    CHECK(refused(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}, {"faw", "20"}}), state) ==
          "saved HBM channel has another configuration");
    auto cut = state;
    cut.resize(cut.size() / 2);
    CHECK(refused(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}}), cut) != "loaded");
    // Bits changed anywhere: refused, or loaded into something that still ends.
    std::mt19937_64 random(1);
    unsigned loaded = 0;
    for (unsigned i = 0; i < 300; ++i) {
        auto changed = state;
        const std::size_t at = 100 + random() % (changed.size() - 100);
        changed[at] ^= static_cast<std::byte>(1U << random() % 8);
        memory::HbmController other(hbm_with("hbm2-8gb-legacy", {{"channels", "1"}}));
        base::StateReader reader(changed);
        try {
            other.load(reader);
            ++loaded;
        } catch (const base::StateError&) {
        }
    }
    CHECK(loaded < 300);
}
