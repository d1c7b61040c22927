// SPDX-License-Identifier: Apache-2.0
#include "platform/board_file.h"

#include <toml++/toml.h>

#include <fstream>
#include <map>
#include <sstream>

#include "base/hexadecimal.h"
#include "base/one_line.h"
#include "platform/board_devices.h"
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

constexpr std::string_view kHbmTiming = "hbm_timing";

/// As memory::hbm_set(), with the key `preset`.
std::optional<std::string> set_hbm_timing(BoardConfig& config, std::string_view key,
                                          std::string_view value) {
    if (key != "preset") {
        return memory::hbm_set(config.hbm_timing, key, value);
    }
    if (const auto preset = memory::hbm_preset(value)) {
        config.hbm_timing = *preset;
        return std::nullopt;
    }
    std::string known;
    for (const std::string_view name : memory::hbm_preset_names()) {
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return "preset is '" + std::string(value) + "', not one of " + known;
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
        for (const BoardList& list : board_lists()) {
            if (!where_.contains(list.path())) {
                missing(list.path(), list.expected());
            }
        }
        for (const char* path : {"board.name", "hbm_timing.preset"}) {
            if (!where_.contains(path)) {
                missing(path, "text");
            }
        }
        return config_;
    }

    /// Where `path` got its value.
    std::string where(const std::string& path) const { return where_.at(path); }
    [[nodiscard]] bool knows(const std::string& path) const { return where_.contains(path); }
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
        if (section == kHbmTiming) {
            read_hbm_timing(node);
            return;
        }
        if (section == "device") {
            config_.devices = read_devices(node, name_);
            for (const BoardConfig::Device& device : config_.devices) {
                where_[device.name + ".base"] = device.where;
            }
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
        fail(node, "unknown '" + section + "', expected one of: [board] [hbm_timing]" + known +
                       " [[device]]");
    }

    // The preset first, whatever the order: the other keys say what is different.
    void read_hbm_timing(const toml::node& node) {
        if (!node.is_table()) {
            fail(node, "'hbm_timing' is " + type_of(node) + ", expected the section [hbm_timing]");
        }
        const toml::table& table = *node.as_table();
        if (const toml::node* preset = table.get("preset")) {
            read_hbm_parameter("preset", *preset);
        }
        for (const auto& [key, value] : table) {
            if (key.str() != "preset") {
                read_hbm_parameter(std::string(key.str()), value);
            }
        }
    }

    void read_hbm_parameter(const std::string& key, const toml::node& node) {
        std::string value;
        if (node.is_string()) {
            value = node.as_string()->get();
        } else if (node.is_integer()) {
            value = std::to_string(node.as_integer()->get());
        } else if (node.is_boolean()) {
            value = node.as_boolean()->get() ? "true" : "false";
        } else {
            fail(node, "'hbm_timing." + key + "' is " + type_of(node) +
                           ", expected a whole number, text, or true or false");
        }
        if (const auto reason = set_hbm_timing(config_, key, value)) {
            fail(node, "hbm_timing: " + base::one_line(*reason));
        }
        where_[std::string(kHbmTiming) + "." + key] = place(node);
    }

    void read_list(const BoardList& list, const toml::node& node) {
        std::vector<std::uint64_t> numbers;
        const toml::array* array = node.as_array();
        bool good = array != nullptr && !array->empty();
        for (std::size_t i = 0; good && i < array->size(); ++i) {
            const auto number = (*array)[i].value_exact<std::int64_t>();
            good = number && *number >= 0 && static_cast<std::uint64_t>(*number) <= list.most;
            numbers.push_back(static_cast<std::uint64_t>(number.value_or(0)));
        }
        if (!good) {
            fail(node, "'" + list.path() + "': expected " + list.expected());
        }
        list.in(config_) = numbers;
        where_[list.path()] = place(node);
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
        if (const BoardList* list = find_board_list(path)) {
            read_list(*list, node);
            return;
        }
        const BoardField* field = find_board_field(path);
        if (field == nullptr) {
            std::string known;
            for (const BoardField& other : board_fields()) {
                if (other.section == section) {
                    known += (known.empty() ? " " : ", ") + std::string(other.key);
                }
            }
            for (const BoardList& list : board_lists()) {
                known += list.section == section ? ", " + std::string(list.key) : "";
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

void override_list(BoardConfig& config, const BoardList& list, const std::string& place,
                   const std::string& text) {
    std::vector<std::uint64_t> numbers;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
        const auto number = parse_number(part);
        if (!number || *number > list.most) {
            numbers.clear();
            break;
        }
        numbers.push_back(*number);
    }
    if (numbers.empty()) {
        throw BoardFileError(place + ": expected " + list.expected() + ", as in 1,2,3");
    }
    list.in(config) = numbers;
}

void override_value(BoardConfig& config, Reader& reader, const std::string& setting) {
    const std::string place = "--set " + setting;
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos) {
        throw BoardFileError(place + ": no '=', expected path=value, as in ram.latency_ns=80");
    }
    const std::string path = setting.substr(0, equals);
    if (path.starts_with(std::string(kHbmTiming) + ".")) {
        const auto reason =
            set_hbm_timing(config, path.substr(kHbmTiming.size() + 1), setting.substr(equals + 1));
        if (reason) {
            throw BoardFileError(place + ": " + base::one_line(*reason));
        }
        reader.set_where(path, place);
        return;
    }
    if (const BoardList* list = find_board_list(path)) {
        override_list(config, *list, place, setting.substr(equals + 1));
        reader.set_where(path, place);
        return;
    }
    const BoardField* field = find_board_field(path);
    if (field == nullptr) {
        std::string known;
        for (const BoardField& other : board_fields()) {
            known += (known.empty() ? " " : ", ") + other.path();
        }
        for (const BoardList& list : board_lists()) {
            known += ", " + list.path();
        }
        known += ", hbm_timing.preset, hbm_timing.cl and so on";
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
            // One of the two is RAM, HBM or a device: only these can be moved.
            const bool second = reader.knows(b.name + ".base");
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

// The reason begins with the name of a parameter.
void check_hbm(const BoardConfig& config, const Reader& reader) {
    const memory::HbmConfig& timing = config.hbm_timing;
    if (const auto reason = timing.check()) {
        const std::string path =
            std::string(kHbmTiming) + "." + reason->substr(0, reason->find(' '));
        throw BoardFileError(reader.where(reader.knows(path) ? path : "hbm_timing.preset") +
                             ": hbm_timing: " + *reason);
    }
    const std::uint64_t capacity = timing.channel_bytes() * timing.total_channels();
    if (config.hbm.size > capacity) {
        throw BoardFileError(
            reader.where("hbm.size") + ": hbm.size is " + std::to_string(config.hbm.size) +
            ", more than the channels of hbm_timing hold, which is " + std::to_string(capacity));
    }
}

void check_mesh(const BoardConfig& config, const Reader& reader) {
    const BoardConfig::Mesh& mesh = config.mesh;
    const std::uint64_t nodes = mesh.width * mesh.height;
    const auto check_node = [&](const char* path, std::uint64_t node) {
        if (node >= nodes) {
            throw BoardFileError(reader.where(path) + ": '" + path + "' names node " +
                                 std::to_string(node) + ", expected less than " +
                                 std::to_string(nodes) + ", as the mesh has " +
                                 std::to_string(mesh.width) + " x " + std::to_string(mesh.height));
        }
    };
    check_node("mesh.control", mesh.control);
    for (const std::uint64_t node : mesh.clusters) {
        check_node("mesh.clusters", node);
    }
    for (const std::uint64_t node : mesh.hbm) {
        check_node("mesh.hbm", node);
    }
    if (config.hbm_timing.total_channels() % mesh.hbm.size() != 0) {
        throw BoardFileError(reader.where("mesh.hbm") + ": 'mesh.hbm' has " +
                             std::to_string(mesh.hbm.size()) +
                             " nodes, expected a divisor of the " +
                             std::to_string(config.hbm_timing.total_channels()) + " channels");
    }
    if (const auto reason = mesh_config(mesh).check()) {
        throw BoardFileError(reader.where("mesh.width") + ": mesh: " + *reason);
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
    check_hbm(config, reader);
    check_mesh(config, reader);
    if (config.vector.count != 0 && config.sram.size == 0) {
        throw BoardFileError(reader.where("vector.count") +
                             ": vector cores work on shared SRAM, expected an sram.size");
    }
    return config;
}

}  // namespace

fabric::MeshConfig mesh_config(const BoardConfig::Mesh& mesh) {
    return {.width = static_cast<std::uint32_t>(mesh.width),
            .height = static_cast<std::uint32_t>(mesh.height),
            .vcs = static_cast<std::uint32_t>(mesh.vcs),
            .buffer_flits = static_cast<std::uint32_t>(mesh.buffer_flits),
            .router_cycles = static_cast<std::uint32_t>(mesh.router_cycles),
            .link_cycles = static_cast<std::uint32_t>(mesh.link_cycles)};
}

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
