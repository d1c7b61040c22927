// SPDX-License-Identifier: Apache-2.0
#include "sim/regress/reader.h"

#include <algorithm>

#include "sim/regress/suite.h"

namespace athena::regress {

void Reader::fail(const toml::node& node, const std::string& reason) const {
    throw SuiteError(file_ + ":" + std::to_string(node.source().begin.line) + ": " + reason);
}

void Reader::check_keys(const toml::table& table,
                        std::initializer_list<std::string_view> known) const {
    for (const auto& [key, value] : table) {
        if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
            std::string names;
            for (const std::string_view name : known) {
                names += (names.empty() ? "" : ", ") + std::string(name);
            }
            fail(value, "unknown key '" + std::string(key.str()) + "', expected one of " + names);
        }
    }
}

std::optional<std::string> Reader::text(const toml::table& table, std::string_view key) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    if (!node->is_string()) {
        fail(*node, "'" + std::string(key) + "' must be a string");
    }
    return node->as_string()->get();
}

std::string Reader::required_text(const toml::table& table, std::string_view key) const {
    const auto found = text(table, key);
    if (!found) {
        fail(table, "'" + std::string(key) + "' is missing");
    }
    return *found;
}

std::int64_t Reader::number(const toml::table& table, std::string_view key, std::int64_t otherwise,
                            std::int64_t least, std::int64_t most) const {
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return otherwise;
    }
    if (!node->is_integer() || node->as_integer()->get() < least ||
        node->as_integer()->get() > most) {
        fail(*node, "'" + std::string(key) + "' must be a whole number from " +
                        std::to_string(least) + " to " + std::to_string(most));
    }
    return node->as_integer()->get();
}

std::vector<std::string> Reader::texts(const toml::table& table, std::string_view key) const {
    std::vector<std::string> result;
    const toml::node* node = table.get(key);
    if (node == nullptr) {
        return result;
    }
    if (!node->is_array()) {
        fail(*node, "'" + std::string(key) + "' must be an array of strings");
    }
    for (const toml::node& entry : *node->as_array()) {
        if (!entry.is_string()) {
            fail(entry, "'" + std::string(key) + "' must hold strings only");
        }
        result.push_back(entry.as_string()->get());
    }
    return result;
}

const toml::table* Reader::table(const toml::table& in, std::string_view key) const {
    const toml::node* node = in.get(key);
    if (node == nullptr) {
        return nullptr;
    }
    if (!node->is_table()) {
        fail(*node, "'" + std::string(key) + "' must be a table");
    }
    return node->as_table();
}

}  // namespace athena::regress
