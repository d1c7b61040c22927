// SPDX-License-Identifier: Apache-2.0
// Whatever a guest writes to a bank of flash: each access is answered, its file changes only as NOR
// flash can, contents and file stay the same, and after a reset the bank works. With the asan
// preset this also finds accesses out of bounds. ATHENA_FUZZ=N goes through N seeds.
#include "base/state.h"
#include "counters.h"
#include "devices/flash.h"
#include "fresh_simulation.h"
#include "fuzz/parsers/mutator.h"
#include "fuzz/transport/random_payload.h"

using namespace athena;
using devices::Flash;

namespace {

constexpr std::uint64_t kSize = 4 * Flash::kBlockBytes;
constexpr int kSteps = 1500;
using Bytes = std::vector<std::byte>;

/// The host's file: fails now and then, though it has written.
class File final : public devices::FlashFile {
  public:
    File(Bytes& bytes, std::uint64_t seed) : bytes_(bytes), random_(seed) {}

    [[nodiscard]] bool read_only() const override { return read_only_; }
    [[nodiscard]] bool read(std::span<std::byte> bytes) override {
        std::ranges::copy(bytes_, bytes.begin());
        return true;
    }
    [[nodiscard]] bool write(std::uint64_t offset, std::span<const std::byte> bytes) override {
        REQUIRE_FALSE(read_only_);
        REQUIRE(!bytes.empty());
        REQUIRE(offset < kSize);
        REQUIRE(bytes.size() <= Flash::kBlockBytes - offset % Flash::kBlockBytes);
        const auto place = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
        const bool erased =
            bytes.size() == Flash::kBlockBytes &&
            std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0xFF}; });
        const bool programmed = std::equal(
            bytes.begin(), bytes.end(), place,
            [](std::byte after, std::byte before) { return (after & ~before) == std::byte{0}; });
        REQUIRE((erased || programmed));
        std::ranges::copy(bytes, place);
        return !fails || random_() % 16 != 0;
    }

    bool fails = true;

  private:
    Bytes& bytes_;
    std::mt19937_64 random_;
    bool read_only_ = random_() % 6 == 0;
};

class Fuzzer {
  public:
    explicit Fuzzer(std::uint32_t seed) : access_(probe_, places_, seed) {
        auto file = std::make_unique<File>(kept_, seed);
        file_ = file.get();
        flash_ = std::make_unique<Flash>("flash", Flash::Config{.size = kSize}, std::move(file));
        probe_.socket.bind(flash_->socket);
    }

    void run() {
        for (int step = 0; step < kSteps; ++step) {
            INFO("step " << step);
            switch (below(16)) {
                case 0:
                    access_.run();
                    break;
                case 1:
                    (void)answered(tlm::TLM_READ_COMMAND, place(below(4)), length(), 0);
                    break;
                case 2:
                    write(below(4), value());
                    break;
                case 3:
                    miss();
                    break;
                default:
                    sequence(below(20) == 0);
            }
            if (below(200) == 0) {
                save_and_load();
            }
            if (below(500) == 0) {
                flash_->reset();
            }
        }
        check_contents();
        check_recovery();
    }

    [[nodiscard]] std::uint64_t count(const std::string& name) const {
        return test::Counters(*flash_).values.at(name);
    }

  private:
    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return access_.below(limit); }
    [[nodiscard]] unsigned length() { return 1U << below(4); }
    [[nodiscard]] std::uint64_t place(std::uint64_t block) {
        constexpr std::uint64_t kEdges[] = {0, 8, Flash::kBlockBytes - 8, Flash::kBlockBytes - 16};
        return block * Flash::kBlockBytes + (below(2) == 0 ? kEdges[below(std::size(kEdges))]
                                                           : below(Flash::kBlockBytes / 8) * 8);
    }
    std::uint64_t value() {
        constexpr std::uint64_t kCodes[] = {0x01, 0x10, 0x20, 0x40, 0x50, 0x60,
                                            0x70, 0x90, 0x98, 0xE8, 0xD0, 0xFF};
        return below(4) == 0 ? below(~std::uint64_t{0}) : kCodes[below(std::size(kCodes))];
    }

    tlm::tlm_response_status answered(tlm::tlm_command command, std::uint64_t address,
                                      unsigned length, std::uint64_t value) {
        probe_.payload.set_byte_enable_ptr(nullptr);
        const auto status =
            probe_.access(command, address, {reinterpret_cast<unsigned char*>(&value), length});
        REQUIRE(status == tlm::TLM_OK_RESPONSE);
        return status;
    }
    /// Behind the bank's end, or at the end of all addresses.
    void miss() {
        const std::uint64_t size = length();
        const std::uint64_t address =
            below(2) == 0 ? kSize + size * below(4) : 0 - size * (1 + below(4));
        std::uint64_t value = 0;
        probe_.payload.set_byte_enable_ptr(nullptr);
        REQUIRE(probe_.access(below(2) == 0 ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND,
                              address, {reinterpret_cast<unsigned char*>(&value), size}) ==
                tlm::TLM_ADDRESS_ERROR_RESPONSE);
    }
    void write(std::uint64_t block, std::uint64_t value, unsigned length = 4) {
        answered(tlm::TLM_WRITE_COMMAND, place(block), length, value);
    }

    /// Commands that belong together; `spoilt`: one of them is something else.
    void sequence(bool spoilt) {
        const std::uint64_t block = below(4);
        std::vector<std::uint64_t> values;
        switch (below(24)) {
            case 0:
                values = {0x20, 0xD0};
                break;
            case 1:
            case 2:
            case 3:
                values = {0x60, below(3) == 0 ? 0x01ULL : 0xD0ULL};
                break;
            case 4:
            case 5: {
                const std::uint64_t last = below(8) == 0 ? below(1100) : below(20);
                values = {0xE8, last};
                for (std::uint64_t i = 0; i <= last; ++i) {
                    values.push_back(below(~std::uint64_t{0}));
                }
                values.push_back(0xD0);
                break;
            }
            case 6:
            case 7:
                values = {0x50};
                break;
            default:
                values = {below(2) == 0 ? 0x40ULL : 0x10ULL, below(~std::uint64_t{0})};
        }
        const std::uint64_t wrong = spoilt ? below(values.size()) : values.size();
        for (std::uint64_t i = 0; i < values.size(); ++i) {
            if (i == wrong) {
                write(below(4), value(), length());
            } else {
                write(block, values[i]);
            }
        }
    }

    [[nodiscard]] Bytes saved() const {
        base::StateWriter writer;
        flash_->save(writer);
        return writer.data();
    }
    void save_and_load() {
        const Bytes state = saved();
        base::StateReader reader(state);
        flash_->load(reader);
        REQUIRE(saved() == state);
    }

    void check_contents() {
        std::vector<unsigned char> bytes(kSize);
        probe_.payload.set_byte_enable_ptr(nullptr);
        REQUIRE(probe_.debug(tlm::TLM_READ_COMMAND, 0, bytes) == kSize);
        REQUIRE(std::memcmp(bytes.data(), kept_.data(), kSize) == 0);
    }

    /// A driver that begins anew erases and programs a block, unless the file is read-only.
    void check_recovery() {
        file_->fails = false;
        flash_->reset();
        const std::uint64_t at = below(4) * Flash::kBlockBytes;
        const Bytes before = kept_;
        const auto word = static_cast<std::uint32_t>(below(1ULL << 32));
        for (const std::uint32_t code : {0x20U, 0xD0U, 0x40U, word, 0xFFU}) {
            answered(tlm::TLM_WRITE_COMMAND, at, 4, code);
        }
        if (file_->read_only()) {
            REQUIRE((kept_ == before));
        } else {
            Bytes expected(Flash::kBlockBytes, std::byte{0xFF});
            std::memcpy(expected.data(), &word, sizeof(word));
            REQUIRE(std::equal(expected.begin(), expected.end(),
                               kept_.begin() + static_cast<std::ptrdiff_t>(at)));
            std::uint32_t seen = 0;
            REQUIRE(probe_.access(tlm::TLM_READ_COMMAND, at,
                                  {reinterpret_cast<unsigned char*>(&seen), 4}) ==
                    tlm::TLM_OK_RESPONSE);
            REQUIRE(seen == word);
        }
        check_contents();
    }

    test::FreshSimulation simulation_;
    test::Probe probe_{"probe"};
    const test::Places places_{{0, Flash::kBlockBytes, kSize - 8, kSize}, kSize};
    test::RandomAccess access_;
    Bytes kept_ = Bytes(kSize, std::byte{0xFF});
    File* file_ = nullptr;
    std::unique_ptr<Flash> flash_;
};

}  // namespace

TEST_CASE("flash: nonsense among commands") {
    const std::uint32_t first = test::first_seed();
    const std::uint32_t seeds = test::iterations(24);
    std::uint64_t programmed = 0;
    std::uint64_t erased = 0;
    std::uint64_t errors = 0;
    for (std::uint32_t seed = first; seed < first + seeds; ++seed) {
        INFO("replay: ATHENA_SEED=" << seed << " ATHENA_FUZZ=1 fuzz_flash");
        Fuzzer fuzzer(seed);
        fuzzer.run();
        programmed += fuzzer.count("programmed_bytes");
        erased += fuzzer.count("erased_blocks");
        errors += fuzzer.count("errors");
    }
    if (seeds >= 20) {  // the fuzzer reaches what it is about
        CHECK(programmed >= seeds * 1000);
        CHECK(erased >= seeds * 10);
        CHECK(errors >= seeds * 10);
    }
}
