// SPDX-License-Identifier: Apache-2.0
#include "platform/board_file.h"

#include <toml++/toml.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/hexadecimal.h"
#include "base/one_line.h"
#include "platform/board_fields.h"
#include "platform/memory_map.h"

namespace athena::platform {

namespace {

constexpr std::int64_t kFormat = 1;

std::string type_of(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::string:
            return "text";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::boolean:
            return "true or false";
        default:
            return "a date or time";
    }
}

/// Reads one file and remembers where each value came from, for messages about the whole.
class Reader {
  public:
    Reader(std::string name, const toml::table& root) : name_(std::move(name)), root_(root) {}

    BoardConfig read() {
        check_format();
        for (const auto& [key, node] : root_) {
            read_section(std::string(key.str()), node);
        }
        for (const BoardField& field : board_fields()) {
            if (!where_.contains(field.path())) {
                missing(field.path(), field.expected());
            }
        }
        if (!where_.contains("board.name")) {
            missing("board.name", "text");
        }
        return config_;
    }

    /// Where `path` got its value.
    std::string where(const std::string& path) const { return where_.at(path); }
    void set_where(const std::string& path, const std::string& place) { where_[path] = place; }

  private:
    [[noreturn]] void fail(const toml::node& node, const std::string& what) const {
        throw BoardFileError(place(node) + ": " + what);
    }

    std::string place(const toml::node& node) const {
        return name_ + ":" + std::to_string(node.source().begin.line);
    }

    [[noreturn]] void missing(const std::string& path, const std::string& expected) const {
        const std::string section = path.substr(0, path.find('.'));
        const toml::node* table = root_.get(section);
        throw BoardFileError((table != nullptr ? place(*table) : name_) + ": missing '" + path +
                             "', expected " + expected);
    }

    void check_format() const {
        const toml::node* format = root_.get("format");
        if (format == nullptr) {
            throw BoardFileError(name_ + ": missing 'format', expected format = 1");
        }
        if (format->value_exact<std::int64_t>() != kFormat) {
            fail(*format, "unknown format, expected format = 1, the one that this program reads");
        }
    }

    void read_section(const std::string& section, const toml::node& node) {
        if (section == "format") {
            return;
        }
        if (section == "board") {
            read_names(node);
            return;
        }
        std::string known;
        for (const BoardField& field : board_fields()) {
            if (field.section == section && node.is_table()) {
                for (const auto& [key, value] : *node.as_table()) {
                    read_value(section, std::string(key.str()), value);
                }
                return;
            }
            if (known.find("[" + std::string(field.section) + "]") == std::string::npos) {
                known += " [" + std::string(field.section) + "]";
            }
        }
        fail(node, "unknown '" + section + "', expected one of: [board]" + known);
    }

    void read_names(const toml::node& node) {
        if (!node.is_table()) {
            fail(node, "'board' is " + type_of(node) + ", expected the section [board]");
        }
        for (const auto& [key, value] : *node.as_table()) {
            const std::string_view name = key.str();
            if (name != "name" && name != "description") {
                fail(value, "unknown key 'board." + std::string(name) +
                                "', expected one of: name, description");
            }
            if (!value.is_string()) {
                fail(value,
                     "'board." + std::string(name) + "' is " + type_of(value) + ", expected text");
            }
            const std::string& text = value.as_string()->get();
            if (base::one_line(text) != text) {
                fail(value, "'board." + std::string(name) +
                                "' holds a control character, expected one line of text");
            }
            (name == "name" ? config_.name : config_.description) = text;
            where_["board." + std::string(name)] = place(value);
        }
    }

    void read_value(const std::string& section, const std::string& key, const toml::node& node) {
        const std::string path = section + "." + key;
        const BoardField* field = find_board_field(path);
        if (field == nullptr) {
            std::string known;
            for (const BoardField& other : board_fields()) {
                if (other.section == section) {
                    known += (known.empty() ? " " : ", ") + std::string(other.key);
                }
            }
            fail(node, "unknown key '" + path + "', expected one of:" + known);
        }
        if (!node.is_integer()) {
            fail(node, "'" + path + "' is " + type_of(node) + ", expected " + field->expected());
        }
        const std::int64_t value = node.as_integer()->get();
        if (value < 0 || !field->accepts(static_cast<std::uint64_t>(value))) {
            fail(node,
                 "'" + path + "' is " + std::to_string(value) + ", expected " + field->expected());
        }
        field->in(config_) = static_cast<std::uint64_t>(value);
        where_[path] = place(node);
    }

    std::string name_;
    const toml::table& root_;
    BoardConfig config_;
    std::map<std::string, std::string> where_;
};

void override_value(BoardConfig& config, Reader& reader, const std::string& setting) {
    const std::string place = "--set " + setting;
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
        throw BoardFileError(place + ": no '=', expected path=value, as in ram.latency_ns=80");
    }
    const std::string path = setting.substr(0, equals);
    const BoardField* field = find_board_field(path);
    if (field == nullptr) {
        std::string known;
        for (const BoardField& other : board_fields()) {
            known += (known.empty() ? " " : ", ") + other.path();
        }
        throw BoardFileError(place + ": unknown path '" + path + "', expected one of:" + known);
    }
    const auto value = parse_number(std::string_view(setting).substr(equals + 1));
    if (!value || !field->accepts(*value)) {
        throw BoardFileError(place + ": expected " + field->expected());
    }
    field->in(config) = *value;
    reader.set_where(path, place);
}

void check_ranges(const BoardConfig& config, const Reader& reader) {
    const std::vector<Region> regions = memory_map(config);
    for (std::size_t i = 1; i < regions.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const Region& a = regions[j];
            const Region& b = regions[i];
            if (!a.overlaps(b)) {
                continue;
            }
            // One of the two is RAM or HBM: only these can be moved.
            const bool second = b.name == "ram" || b.name == "hbm";
            const Region& moved = second ? b : a;
            const Region& other = second ? a : b;
            throw BoardFileError(
                reader.where(moved.name + ".base") + ": " + moved.name + " at " +
                base::hexadecimal(moved.base) + " to " + base::hexadecimal(moved.last()) +
                " overlaps " + other.name + " at " + base::hexadecimal(other.base) + " to " +
                base::hexadecimal(other.last()) + ", expected ranges of their own");
        }
    }
}

BoardConfig from_table(const toml::table& root, const std::string& name,
                       std::span<const std::string> overrides) {
    Reader reader(name, root);
    BoardConfig config = reader.read();
    for (const std::string& setting : overrides) {
        override_value(config, reader, setting);
    }
    check_ranges(config, reader);
    if (config.vector.count != 0 && config.sram.size == 0) {
        throw BoardFileError(reader.where("vector.count") +
                             ": vector cores work on shared SRAM, expected an sram.size");
    }
    return config;
}

}  // namespace

BoardConfig parse_board(const std::string& text, const std::string& name,
                        std::span<const std::string> overrides) {
    toml::table root;
    try {
        root = toml::parse(text, name);
    } catch (const toml::parse_error& error) {
        throw BoardFileError(name + ":" + std::to_string(error.source().begin.line) + ": " +
                             std::string(error.description()) + ", expected TOML");
    }
    return from_table(root, name, overrides);
}

BoardConfig load_board_file(const std::filesystem::path& file,
                            std::span<const std::string> overrides) {
    std::ifstream input(file, std::ios::binary);
    std::ostringstream text;
    text << input.rdbuf();
    if (!input || std::filesystem::is_directory(file)) {
        throw BoardFileError(file.string() + ": cannot be read, expected a board file");
    }
    return parse_board(text.str(), file.string(), overrides);
}

}  // namespace athena::platform
