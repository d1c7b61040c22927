// SPDX-License-Identifier: Apache-2.0
#include "riscv/block_cache.h"

#include "riscv/tlb.h"

namespace athena::riscv {

Block* BlockCache::insert(std::unique_ptr<Block> block, FpMode mode) {
    Block* result = block.get();
    const std::uint64_t key = result->physical << 2 | static_cast<unsigned>(mode);
    const std::uint64_t page = result->physical >> kPageShift;
    instructions_ += result->count;
    ++blocks_decoded_;
    if (result->second_page != Block::kNoPage) {
        pages_[result->second_page].straddlers.push_back(page);
    }
    blocks_[key] = result;
    pages_[page].blocks.emplace_back(key, std::move(block));
    return result;
}

void BlockCache::drop_page(std::uint64_t page) {
    const auto found = pages_.find(page);
    if (found == pages_.end()) {
        return;
    }
    Page dropped = std::move(found->second);
    pages_.erase(found);
    ++generation_;
    for (auto& [key, block] : dropped.blocks) {
        const auto entry = blocks_.find(key);
        if (entry != blocks_.end() && entry->second == block.get()) {
            blocks_.erase(entry);
        }
        instructions_ -= block->count;
        dropped_.push_back(std::move(block));
    }
    for (const std::uint64_t straddler : dropped.straddlers) {
        drop_page(straddler);
    }
}

void BlockCache::drop_all() {
    for (auto& [number, page] : pages_) {
        for (auto& [key, block] : page.blocks) {
            dropped_.push_back(std::move(block));
        }
    }
    pages_.clear();
    blocks_.clear();
    instructions_ = 0;
    ++generation_;
}

}  // namespace athena::riscv
