// SPDX-License-Identifier: Apache-2.0
// Recorded lists, run by the command processor's core with engines that take any time they like.
#include "recorder.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "command/command_core.h"
#include "descriptor_regs.h"

using namespace athena;

namespace {

constexpr std::uint64_t kRing = 0x1000;
constexpr std::uint64_t kList = 0x10'0000;

struct Used {
    std::vector<unsigned> reads;
    std::vector<unsigned> writes;
};

bool conflict(const Used& a, const Used& b) {
    const auto meets = [](const std::vector<unsigned>& x, const std::vector<unsigned>& y) {
        for (const unsigned buffer : x) {
            if (std::find(y.begin(), y.end(), buffer) != y.end()) {
                return true;
            }
        }
        return false;
    };
    return meets(a.writes, b.writes) || meets(a.writes, b.reads) || meets(a.reads, b.writes);
}

// Runs a list; each engine completes its commands in order, at random times.
class Machine : public command::CommandHost {
  public:
    Machine(const recorder& list, std::mt19937& random)
        : list_(list),
          random_(random),
          core_({.tiles = 2, .dma_channels = 3, .vector_cores = 2}, *this) {}

    // `expected` by the number of commands before; the order of issue is free.
    void replay(const std::map<std::uint32_t, Used>& uses) {
        uses_ = &uses;
        issued_.clear();
        descriptor_sync sync{};
        call_ = descriptor_call(kList, list_.count, &sync);
        if (!core_.ring(0).enabled) {
            core_.enable(0, kRing, 16);
        }
        core_.doorbell(0, ++tail_);
        while (!fetches_.empty() || !running_.empty()) {
            if (!fetches_.empty() && (running_.empty() || random_() % 2 == 0)) {
                fetches_.pop_back();
                const command::Line line = line_at(core_.fetch_address(0));
                core_.fetched(0, {&line, 1}, 0);
            } else {
                complete_one();
            }
        }
        CHECK(core_.idle());
        CHECK_FALSE(core_.ring(0).stopped);
        CHECK(issued_.size() == uses.size());
        for (std::uint32_t semaphore = 0; semaphore < 64; ++semaphore) {
            CHECK(core_.semaphore(semaphore) == 0);
        }
    }

  private:
    struct Running {
        std::uint32_t slot;
        std::uint32_t tag;
    };

    [[nodiscard]] command::Line line_at(std::uint64_t address) const {
        command::Line line{};
        const std::uint8_t* from =
            address >= kList ? list_.lines[(address - kList) / 64].bytes : call_.bytes;
        std::memcpy(line.data(), from, line.size());
        return line;
    }

    // Commands that only wait use nothing.
    [[nodiscard]] const Used& used_by(std::uint32_t tag) const {
        static const Used kNothing;
        const auto found = uses_->find(tag);
        return found == uses_->end() ? kNothing : found->second;
    }

    void complete_one() {
        auto engine = running_.begin();
        std::advance(engine, static_cast<long>(random_() % running_.size()));
        const Running done = engine->second.front();
        engine->second.erase(engine->second.begin());
        if (engine->second.empty()) {
            running_.erase(engine);
        }
        REQUIRE(core_.complete(done.slot, command::Status::Ok, 0));
    }

    void fetch(std::uint32_t ring) override { fetches_.push_back(ring); }
    // Only the front command of an engine runs, but all of its queue may read early: the check is
    // for those that another engine has not completed.
    command::HandOver issue(command::EngineId engine, std::uint32_t, std::uint32_t slot,
                            const command::Descriptor& descriptor) override {
        std::uint32_t tag = 0;
        std::memcpy(&tag, descriptor.bytes.data() + 4, 4);
        const auto key = std::pair{engine.kind, engine.instance};
        const Used& mine = used_by(tag);
        for (const auto& [other, commands] : running_) {
            for (const Running& command : commands) {
                INFO("command " << tag << " beside " << command.tag);
                CHECK((other == key || !conflict(mine, used_by(command.tag))));
            }
        }
        // What comes before it in the list and conflicts has been issued.
        for (const auto& [earlier, used] : *uses_) {
            if (earlier < tag && conflict(mine, used)) {
                INFO("command " << tag << " before " << earlier);
                CHECK(issued_.contains(earlier));
            }
        }
        if (uses_->contains(tag)) {
            issued_.insert({tag, 0});
        }
        running_[key].push_back({slot, tag});
        return {};
    }
    command::Status write_timestamp(std::uint32_t, std::uint64_t) override {
        return command::Status::WriteError;
    }
    command::Status write_word(std::uint32_t, std::uint64_t, std::uint32_t) override {
        return command::Status::WriteError;
    }
    void update_outputs() override {}
    std::uint64_t cycles() const override { return 0; }
    void watch(std::uint32_t /*ring*/, std::optional<std::uint64_t> /*at*/) override {}
    void timed_out(std::uint32_t /*ring*/) override {}
    void stopped(std::uint32_t /*ring*/) override {}

    const recorder& list_;
    std::mt19937& random_;
    const std::map<std::uint32_t, Used>* uses_ = nullptr;
    std::map<std::uint32_t, int> issued_;
    std::map<std::pair<command::EngineKind, std::uint32_t>, std::vector<Running>> running_;
    std::vector<std::uint32_t> fetches_;
    descriptor call_{};
    std::uint32_t tail_ = 0;
    command::CommandCore core_;
};

struct Recording {
    explicit Recording(std::uint32_t capacity = 4096) : lines(capacity) {
        recorder_init(&list, 0);
        recorder_begin(&list, lines.data(), capacity);
    }
    // Records one command of a random engine and returns its result.
    result add(std::mt19937& random, std::vector<buffer>& buffers) {
        Used used;
        ::uses pointers{};
        const auto pick = [&](std::vector<unsigned>& to, buffer** at) {
            const auto count = random() % 3;
            for (unsigned i = 0; i < count; ++i) {
                const auto index = static_cast<unsigned>(random() % buffers.size());
                to.push_back(index);
                at[i] = &buffers[index];
            }
        };
        pick(used.reads, pointers.reads);
        pick(used.writes, pointers.writes);
        const result put = add_to(static_cast<unsigned>(random() % 7), pointers);
        if (put == RESULT_OK) {
            // The tag is the place of the command's line, which waits in NOPs come before.
            std::uint32_t tag = 0;
            std::memcpy(&tag, lines[list.count - last_lines].bytes + 4, 4);
            uses.emplace(tag, used);
        }
        return put;
    }

    recorder list{};
    std::vector<descriptor> lines;
    std::map<std::uint32_t, Used> uses;

  private:
    result add_to(unsigned engine, const ::uses& pointers) {
        last_lines = 1;
        if (engine < 2) {
            matmul_command command{};
            command.tile = static_cast<std::uint8_t>(engine);
            return record_matmul(&list, &command, &pointers);
        }
        if (engine < 5) {
            copy_command command{};
            command.channel = static_cast<std::uint8_t>(engine - 2);
            return record_copy(&list, &command, &pointers);
        }
        last_lines = 2;
        vector_command command{};
        command.core = static_cast<std::uint8_t>(engine - 5);
        return record_vector(&list, &command, &pointers);
    }
    std::uint32_t last_lines = 1;
};

}  // namespace

TEST_CASE("recorder: commands keep the order that their buffers ask for, at any speed") {
    const char* given = std::getenv("ATHENA_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 0)) : 1;
    INFO("replay: ATHENA_SEED=" << seed << " unit_firmware 'recorder: commands*'");
    std::mt19937 random(seed);
    for (int round = 0; round < 40; ++round) {
        Recording recording;
        recording.list.engines_wait = round % 2 != 0;
        std::vector<buffer> buffers(1 + random() % 12);
        for (int i = 0; i < 150; ++i) {
            REQUIRE(recording.add(random, buffers) == RESULT_OK);
            if (random() % 50 == 0) {
                REQUIRE(record_fence(&recording.list) == RESULT_OK);
            }
        }
        REQUIRE(record_end(&recording.list) == RESULT_OK);
        Machine machine(recording.list, random);
        machine.replay(recording.uses);
        machine.replay(recording.uses);
    }
}

TEST_CASE("recorder: a full list is said, and nothing is written behind it") {
    std::mt19937 random(1);
    Recording recording(8);
    recording.lines.resize(9);
    recording.list.lines = recording.lines.data();
    std::vector<buffer> buffers(3);
    result put = RESULT_OK;
    for (int i = 0; i < 20 && put == RESULT_OK; ++i) {
        put = recording.add(random, buffers);
    }
    CHECK(put == RESULT_FULL);
    const descriptor none{};
    CHECK(std::memcmp(&recording.lines[8], &none, sizeof none) == 0);
}

TEST_CASE("recorder: commands without a buffer in common wait for nothing") {
    Recording recording;
    std::vector<buffer> buffers(2);
    copy_command copy{};
    matmul_command matmul{};
    ::uses first{};
    first.writes[0] = &buffers[0];
    ::uses second{};
    second.writes[0] = &buffers[1];
    REQUIRE(record_copy(&recording.list, &copy, &first) == RESULT_OK);
    REQUIRE(record_matmul(&recording.list, &matmul, &second) == RESULT_OK);
    CHECK((recording.lines[1].bytes[2] & 0x6) == 0);
    // It reads what the copy wrote: one wait; again: none, as the tile has waited for it.
    second.reads[0] = &buffers[0];
    REQUIRE(record_matmul(&recording.list, &matmul, &second) == RESULT_OK);
    CHECK((recording.lines[2].bytes[2] & 0x6) == 0x2);
    REQUIRE(record_matmul(&recording.list, &matmul, &second) == RESULT_OK);
    CHECK((recording.lines[3].bytes[2] & 0x6) == 0);
}

TEST_CASE("recorder: a third wait stands in a NOP, or in an empty command of the engine") {
    for (const bool engines_wait : {false, true}) {
        for (const bool is_tile : {false, true}) {
            Recording recording;
            recording.list.engines_wait = engines_wait;
            std::vector<buffer> buffers(2);
            for (std::uint8_t i = 0; i < 2; ++i) {
                ::uses writes{};
                writes.writes[0] = &buffers[i];
                copy_command copy{};
                copy.channel = i;
                REQUIRE(record_copy(&recording.list, &copy, &writes) == RESULT_OK);
            }
            ::uses reads{};
            reads.reads[0] = &buffers[0];
            reads.reads[1] = &buffers[1];
            recording.list.besides.semaphore = 50;
            recording.list.besides.value = 7;
            matmul_command matmul{};
            matmul.tile = 1;
            copy_command copy{};
            copy.channel = 2;
            REQUIRE((is_tile ? record_matmul(&recording.list, &matmul, &reads)
                             : record_copy(&recording.list, &copy, &reads)) == RESULT_OK);
            REQUIRE(recording.list.count == 4);
            const auto* const early = recording.lines[2].bytes;
            const auto* const command = recording.lines[3].bytes;
            const bool is_nop = athena_descriptor_get_opcode(early) == ATHENA_DESCRIPTOR_OPCODE_NOP;
            CHECK(is_nop != engines_wait);
            CHECK((is_nop ||
                   athena_descriptor_get_opcode(early) == athena_descriptor_get_opcode(command)));
            CHECK((early[2] & 0x6) == 0x6);
            CHECK(athena_descriptor_get_engine(early) ==
                  (!engines_wait ? 0 : athena_descriptor_get_engine(command)));
            CHECK((command[2] & 0x6) == 0x2);
            CHECK(athena_descriptor_get_wait0_sem(command) == 50);
            CHECK(athena_descriptor_get_wait0_value(command) == 7);
            CHECK(recording.list.besides.value == 0);
        }
    }
}

TEST_CASE("recorder: tags have the section above the place in the list") {
    Recording recording(0x1'0000 + 6);
    const ::uses none{};
    const matmul_command matmul{};
    const copy_command copy{};
    recording.list.section = 0xABCD;
    REQUIRE(record_matmul(&recording.list, &matmul, &none) == RESULT_OK);
    recording.list.section = 2;
    REQUIRE(record_copy(&recording.list, &copy, &none) == RESULT_OK);
    const auto tag = [&](std::size_t place) {
        return athena_descriptor_get_tag(recording.lines[place].bytes);
    };
    CHECK(tag(0) == 0xABCD'0000);
    CHECK(tag(1) == 0x0002'0001);
    recording.list.count = 0x1'0000 + 5;  // beyond 16 bits
    REQUIRE(record_copy(&recording.list, &copy, &none) == RESULT_OK);
    CHECK(tag(0x1'0005) == 0x0002'0005);
    recorder_begin(&recording.list, nullptr, 0);
    CHECK(recording.list.section == 0);
}
