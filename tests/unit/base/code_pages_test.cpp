// SPDX-License-Identifier: Apache-2.0
#include "base/code_pages.h"

#include <catch2/catch.hpp>

using namespace athena::base;

namespace {
struct Listener : CodePageListener {
    void on_code_written(std::uint64_t page) override { pages.push_back(page); }
    std::vector<std::uint64_t> pages;
};
}  // namespace

TEST_CASE("code pages: a write reports the marked pages that it touches, once") {
    CodePages pages;
    Listener listener;
    pages.add_listener(listener);
    pages.mark(2);
    pages.mark(3);
    pages.mark(9);
    pages.written(PhysAddr{0x1FFF}, 1);
    CHECK(listener.pages.empty());
    pages.written(PhysAddr{0x1FFF}, 2);
    CHECK(listener.pages == std::vector<std::uint64_t>{2});
    pages.written(PhysAddr{0x2000}, 0x1000);
    CHECK(listener.pages.size() == 1);
    CHECK(pages.has(3));
    pages.written(PhysAddr{0}, 0x1'0000'0000);
    CHECK(listener.pages.size() == 3);
    CHECK_FALSE(pages.has(9));
}
