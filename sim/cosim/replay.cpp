// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/replay.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "tile/tile_ports.h"
#include "tile/verilated_tile.h"

namespace athena::cosim {

namespace {

constexpr std::string_view kName = "athena-cosim-replay";
constexpr std::string_view kFirstLine = "athena-cosim-replay 4";
constexpr std::array<std::string_view, 3> kKinds{"stall", "lockstep", "data"};  // of Replay::Kind
constexpr std::size_t kLineBytes = 64;                        // of L1 in a line of the file
constexpr std::uint64_t kLastCycle = std::uint64_t{1} << 40;  // 18 minutes of a tile's time
constexpr std::uint64_t kMostBytes = 256 * tile::kBeatBytes;  // of a burst

std::string hex(std::span<const std::byte> bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
        text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    }
    return text;
}

std::string tile_line() {
    const tile::TileConfig& config = tile::VerilatedTile::config();
    return fmt::format("tile {} {} {} {}", config.rows, config.columns, config.l1_bytes,
                       config.queue_depth);
}

// What is wrong with a line.
struct Wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The words of one line, which single spaces part.
class Words {
  public:
    explicit Words(std::string_view line) : rest_(line) {}

    std::string_view word() {
        if (rest_.empty()) {
            throw Wrong("ends too early");
        }
        const std::size_t end = rest_.find(' ');
        const std::string_view found = rest_.substr(0, end);
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
        return found;
    }
    std::uint64_t number(std::uint64_t most) {
        const std::string_view text = word();
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool is_padded = text.size() > 1 && text.front() == '0';
        if (error != std::errc() || end != text.data() + text.size() || value > most || is_padded) {
            throw Wrong(fmt::format("wants a number from 0 to {}", most));
        }
        return value;
    }
    std::vector<std::byte> bytes(std::size_t most) {
        const std::string_view text = word();
        std::vector<std::byte> bytes(text.size() / 2);
        if (text.empty() || text.size() % 2 != 0 || bytes.size() > most) {
            throw Wrong(fmt::format("wants 1 to {} bytes in hexadecimal", most));
        }
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            unsigned value = 0;
            const char* first = text.data() + 2 * i;
            if (std::from_chars(first, first + 2, value, 16).ptr != first + 2) {
                throw Wrong("wants bytes in hexadecimal");
            }
            bytes[i] = static_cast<std::byte>(value);
        }
        return bytes;
    }
    [[nodiscard]] bool more() const { return !rest_.empty(); }
    void end() const {
        if (more()) {
            throw Wrong("has too many words");
        }
    }

  private:
    std::string_view rest_;
};

// AXI4 allows the burst, so that the tile's port has an answer to it.
void check_burst(const tile::RecordedAccess& access) {
    const std::uint64_t first = access.address >> access.size;
    const std::uint64_t last = (access.address + access.data.size() - 1) >> access.size;
    const std::uint64_t beats = last - first + 1;
    if (beats > 256) {
        throw Wrong("is a burst of more than 256 beats");
    }
    const bool is_whole = access.address % (std::uint64_t{1} << access.size) == 0;
    if (access.burst == tile::AxiBurst::Fixed && beats > 16) {
        throw Wrong("is a fixed burst of more than 16 beats");
    }
    if (access.burst == tile::AxiBurst::Wrap &&
        (!is_whole || (beats != 2 && beats != 4 && beats != 8 && beats != 16))) {
        throw Wrong("is a wrapping burst that AXI does not have");
    }
}

// What the tile's front lets through to lockstep (models/tile/implementation.h).
void check_request(const tile::RecordedAccess& access) {
    const std::uint64_t size = access.data.size();
    const std::uint64_t end = access.address + size;
    const bool l1 = end <= tile::VerilatedTile::config().l1_bytes;
    const bool is_register = access.address >= tile::kRegistersWindow &&
                             end <= tile::kQueueWindow && size <= 8 && (size & (size - 1)) == 0 &&
                             access.address % size == 0;
    const bool push = access.write && access.address >= tile::kQueueWindow &&
                      end <= tile::kQueueWindow + tile::kWindowSize && size == tile::kBeatBytes &&
                      access.address % size == 0;
    if (!l1 && !is_register && !push) {
        throw Wrong("is an access that the tile's front does not let through in lockstep");
    }
    if (access.burst != tile::AxiBurst::Incr || (!l1 && !access.enables.empty())) {
        throw Wrong("is a burst that the board does not make in lockstep");
    }
}

class Reader {
  public:
    explicit Reader(std::istream& in) : in_(in) {}

    Replay read() {
        header();
        while (!line()) {
        }
        if (std::string rest; std::getline(in_, rest)) {
            ++number_;
            throw Wrong("comes after the last line");
        }
        return std::move(replay_);
    }
    [[nodiscard]] std::uint64_t number() const { return number_; }

  private:
    std::string next() {
        std::string line;
        ++number_;
        if (!std::getline(in_, line)) {
            throw Wrong("is missing, the file is cut off");
        }
        if (in_.eof()) {
            throw Wrong("lacks its end, the file is cut off");
        }
        if (line.ends_with('\r')) {
            throw Wrong("ends with a carriage return, not as athena writes it");
        }
        return line;
    }

    void header() {
        const std::string first = next();
        if (!first.starts_with(kName)) {
            throw Wrong(fmt::format("does not begin with '{}'", kName));
        }
        if (first != kFirstLine) {
            throw Wrong("names another version of the format than 4");
        }
        if (next() != tile_line()) {
            throw Wrong("names another tile than this program's '" + tile_line() + "'");
        }
        const std::string kind = next();
        Words kind_words(kind);
        expect(kind_words, "kind");
        const auto found = std::ranges::find(kKinds, kind_words.word());
        if (found == kKinds.end()) {
            throw Wrong("wants kind stall, lockstep or data");
        }
        kind_words.end();
        replay_.kind = static_cast<Replay::Kind>(found - kKinds.begin());
        const std::string stalls = next();
        Words words(stalls);
        expect(words, "stall");
        for (unsigned& percent : replay_.stall) {
            percent =
                static_cast<unsigned>(words.number(replay_.kind == Replay::Kind::Stall ? 99 : 0));
        }
        expect(words, "seed");
        replay_.stall_seed = words.number(~std::uint64_t{0});
        words.end();
        replay_.l1.resize(tile::VerilatedTile::config().l1_bytes);
    }

    static void expect(Words& words, std::string_view word) {
        if (words.word() != word) {
            throw Wrong(fmt::format("wants '{}'", word));
        }
    }

    // True: it was the last one.
    bool line() {
        const std::string text = next();
        Words words(text);
        const std::string_view kind = words.word();
        if (kind == "end") {
            if (words.number(~std::uint64_t{0}) != number_ - 1) {
                throw Wrong("counts other lines than the file has");
            }
            words.end();
            return true;
        }
        if (kind == "l1") {
            contents(words);
        } else if (kind == "flip") {
            flip(words);
        } else if (kind == "read" || kind == "write") {
            access(words, kind == "write");
        } else {
            throw Wrong("wants l1, flip, read, write or end");
        }
        words.end();
        return false;
    }

    void contents(Words& words) {
        const std::uint64_t address = words.number(replay_.l1.size() - 1);
        const std::vector<std::byte> bytes = words.bytes(kLineBytes);
        if (address + bytes.size() > replay_.l1.size()) {
            throw Wrong("leaves the end of L1");
        }
        std::ranges::copy(bytes, replay_.l1.begin() + static_cast<std::ptrdiff_t>(address));
    }

    void flip(Words& words) {
        const std::uint64_t address = words.number(replay_.l1.size() - 1);
        replay_.flips.push_back({static_cast<std::uint32_t>(address), words.bytes(1).front()});
    }

    void access(Words& words, bool write) {
        tile::RecordedAccess access;
        access.write = write;
        access.cycle = words.number(kLastCycle);
        access.address = static_cast<std::uint32_t>(words.number(0xFF'FFFF));
        access.size = static_cast<std::uint8_t>(words.number(6));
        access.burst = static_cast<tile::AxiBurst>(words.number(2));
        if (write) {
            access.data = words.bytes(kMostBytes);
            if (words.more()) {
                enables(access, words.bytes(kMostBytes));
            }
        } else {
            access.data.resize(words.number(kMostBytes));
        }
        if (access.data.empty()) {
            throw Wrong("reads nothing");
        }
        check_burst(access);
        if (replay_.kind != Replay::Kind::Stall) {
            check_request(access);
        }
        if (!replay_.accesses.empty() && replay_.accesses.back().cycle > access.cycle) {
            throw Wrong("is earlier than the access before");
        }
        replay_.accesses.push_back(std::move(access));
    }

    static void enables(tile::RecordedAccess& access, const std::vector<std::byte>& bytes) {
        if (bytes.size() != access.data.size()) {
            throw Wrong("has not one byte enable for each byte");
        }
        for (const std::byte byte : bytes) {
            access.enables.push_back(byte == std::byte{0} ? 0 : 1);
        }
    }

    std::istream& in_;
    std::uint64_t number_ = 0;
    Replay replay_;
};

std::string access_line(const tile::RecordedAccess& access) {
    std::string line =
        fmt::format("{} {} {} {} {} ", access.write ? "write" : "read", access.cycle,
                    access.address, access.size, static_cast<unsigned>(access.burst));
    if (!access.write) {
        return line + std::to_string(access.data.size());
    }
    line += hex(access.data);
    if (!access.enables.empty()) {
        line += " " + hex(std::as_bytes(std::span(access.enables)));
    }
    return line;
}

}  // namespace

bool write_replay(const std::string& file, const Replay& replay) {
    std::ofstream out(file);
    std::uint64_t lines = 4;
    out << kFirstLine << "\n"
        << tile_line() << "\nkind " << kKinds[static_cast<std::size_t>(replay.kind)] << "\nstall";
    for (const unsigned percent : replay.stall) {
        out << " " << percent;
    }
    out << " seed " << replay.stall_seed << "\n";
    for (std::size_t at = 0; at < replay.l1.size(); at += kLineBytes) {
        const auto bytes =
            std::span(replay.l1).subspan(at, std::min(kLineBytes, replay.l1.size() - at));
        if (std::ranges::any_of(bytes, [](std::byte byte) { return byte != std::byte{0}; })) {
            out << "l1 " << at << " " << hex(bytes) << "\n";
            ++lines;
        }
    }
    for (const Replay::Flip& flip : replay.flips) {
        out << "flip " << flip.address << " " << hex(std::span(&flip.bits, 1)) << "\n";
    }
    for (const tile::RecordedAccess& access : replay.accesses) {
        out << access_line(access) << "\n";
    }
    out << "end " << lines + replay.flips.size() + replay.accesses.size() << "\n" << std::flush;
    return out.good();
}

std::optional<Replay> read_replay(const std::string& file, std::string& error) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        error = file + ": is a directory; name the replay in it";
        return std::nullopt;
    }
    std::ifstream in(file);
    if (!in) {
        error = file + ": cannot be read";
        return std::nullopt;
    }
    Reader reader(in);
    try {
        return reader.read();
    } catch (const Wrong& wrong) {
        error = fmt::format("{}:{}: {}; let athena cosim write the replay again", file,
                            reader.number(), wrong.what());
        return std::nullopt;
    }
}

}  // namespace athena::cosim
