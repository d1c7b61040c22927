// SPDX-License-Identifier: Apache-2.0
#include "training/text.h"

#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace athena::training {

Text text_from(std::vector<std::uint8_t> content) {
    std::array<bool, 256> occurs{};
    for (const std::uint8_t byte : content) {
        occurs[byte] = true;
    }
    Text text;
    std::array<std::uint8_t, 256> symbol{};
    for (std::size_t byte = 0; byte < occurs.size(); ++byte) {
        if (occurs[byte]) {
            symbol[byte] = static_cast<std::uint8_t>(text.bytes.size());
            text.bytes.push_back(static_cast<std::uint8_t>(byte));
        }
    }
    text.symbols = std::move(content);
    for (std::uint8_t& value : text.symbols) {
        value = symbol[value];
    }
    text.train_length = text.symbols.size() - text.symbols.size() / 10;
    return text;
}

Text read_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path + ": cannot be read");
    }
    return text_from({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

}  // namespace athena::training
