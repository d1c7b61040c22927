// SPDX-License-Identifier: Apache-2.0
#include "sim/record_file.h"

#include <charconv>
#include <sstream>

#include "base/hexadecimal.h"
#include "sim/input_file.h"
#include "sim/usage_error.h"

namespace athena::sim {

namespace {

constexpr const char* kMagic = "athena-record 1";

/// Reads line by line and says where something is wrong.
class Parser {
  public:
    Parser(std::string name, std::istream& in) : name_(std::move(name)), in_(in) {}

    Record parse(const RecordHeader& expected) {
        check_header(expected);
        Record record;
        for (;;) {
            std::istringstream words(next_line());
            const base::Picoseconds at{decimal(words)};
            if (!record.inputs.empty() && at < record.inputs.back().at) {
                fail("time goes back");
            }
            std::string kind;
            words >> kind;
            if (kind == "end") {
                const std::uint64_t status = decimal(words);
                record.end = {at, static_cast<int>(status), decimal(words)};
                check_end(words);
                return record;
            }
            record.inputs.push_back({at, kind == "interrupt", {}});
            if (kind == "console") {
                record.inputs.back().console = bytes(words);
            } else if (kind == "net") {
                if (!expected.network) {
                    fail("a frame for a board without --net");
                }
                record.inputs.back().frames.push_back(bytes(words));
            } else if (kind != "interrupt") {
                fail("unknown input '" + kind + "'");
            }
            check_end(words);
        }
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw UsageError(name_ + ":" + std::to_string(line_) + ": " + what +
                         ", expected a file of --record");
    }

    std::string next_line() {
        ++line_;
        std::string line;
        if (!std::getline(in_, line) || in_.eof()) {
            fail("the record is truncated");
        }
        return line;
    }

    void check_header(const RecordHeader& expected) {
        if (next_line() != kMagic) {
            fail("is no record that this program reads");
        }
        check("version ", expected.version, "was made by version ");
        check("board ", expected.board, "was made with board ");
        check("inputs ", base::hex_digits(expected.inputs),
              "was made with other files or options: hash ");
    }

    void check(const std::string& key, const std::string& value, const std::string& otherwise) {
        const std::string line = next_line();
        if (!line.starts_with(key)) {
            fail("'" + key + "…' is missing");
        }
        const std::string found = line.substr(key.size());
        if (found != value) {
            throw UsageError(name_ + ":" + std::to_string(line_) + ": " + otherwise + found +
                             ", this is " + value);
        }
    }

    std::uint64_t decimal(std::istringstream& words) const {
        std::string word;
        words >> word;
        std::uint64_t value = 0;
        const char* end = word.data() + word.size();
        const auto result = std::from_chars(word.data(), end, value);
        if (word.empty() || result.ec != std::errc() || result.ptr != end) {
            fail("'" + word + "' is no number");
        }
        return value;
    }

    void check_end(std::istringstream& words) const {
        std::string more;
        if (words >> more) {
            fail("unexpected '" + more + "'");
        }
    }

    std::vector<std::byte> bytes(std::istringstream& words) const {
        std::string word;
        words >> word;
        std::vector<std::byte> result;
        for (std::size_t i = 0; i + 1 < word.size(); i += 2) {
            unsigned value = 0;
            const char* first = word.data() + i;
            if (std::from_chars(first, first + 2, value, 16).ptr != first + 2) {
                fail("'" + word + "' are no bytes");
            }
            result.push_back(static_cast<std::byte>(value));
        }
        if (word.empty() || word.size() % 2 != 0) {
            fail("'" + word + "' are no bytes");
        }
        return result;
    }

    std::string name_;
    std::istream& in_;
    unsigned line_ = 0;
};

void write_bytes(std::ostream& out, std::span<const std::byte> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text += kDigits[value >> 4];
        text += kDigits[value & 15];
    }
    out << text << '\n';
}

}  // namespace

RecordWriter::RecordWriter(const std::filesystem::path& file, const RecordHeader& header)
    : file_(file), out_(file) {
    out_ << kMagic << "\nversion " << header.version << "\nboard " << header.board << "\ninputs "
         << base::hex_digits(header.inputs) << '\n';
    if (!out_.flush()) {
        throw UsageError(file_.string() + ": cannot be written");
    }
}

void RecordWriter::input(const Input& input) {
    if (!input.console.empty()) {
        out_ << input.at.value << " console ";
        write_bytes(out_, input.console);
    }
    for (const std::vector<std::byte>& frame : input.frames) {
        out_ << input.at.value << " net ";
        write_bytes(out_, frame);
    }
    if (input.interrupt) {
        out_ << input.at.value << " interrupt\n";
    }
    out_.flush();
}

void RecordWriter::end(const RecordEnd& end) {
    out_ << end.at.value << " end " << end.status << ' ' << end.instructions << '\n';
    if (!out_.flush()) {
        throw UsageError(file_.string() + ": cannot be written");
    }
}

Record read_record(const std::filesystem::path& file, const RecordHeader& expected) {
    require_file(file);
    std::ifstream in(file);
    if (!in) {
        throw UsageError(file.string() + ": cannot be read");
    }
    return Parser(file.string(), in).parse(expected);
}

}  // namespace athena::sim
