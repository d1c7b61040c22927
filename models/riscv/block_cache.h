// SPDX-License-Identifier: Apache-2.0
// Predecoded basic blocks, keyed on physical address and on the floating-point mode, which changes
// decoding. Never saved, never seen by the guest.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace athena::riscv {

/// One instruction, ready to run.
struct DecodedOp {
    const void* handler = nullptr;  ///< label within the engine
    std::int32_t immediate = 0;     ///< of branches and jumps: target from the block's start
    std::uint32_t bits = 0;         ///< as fetched
    std::uint8_t rd = 0;            ///< kDiscard for x0 as an integer destination
    std::uint8_t rs1 = 0;
    std::uint8_t rs2 = 0;
    std::uint8_t rs3 = 0;
    std::uint8_t offset = 0;     ///< half-words from the block's start
    std::uint8_t index = 0;      ///< instructions before this one in the block
    std::uint8_t length = 4;     ///< bytes
    std::uint8_t operation = 0;  ///< Operation, for the handlers that serve several
};
static_assert(sizeof(DecodedOp) == 24);

struct Block {
    std::vector<DecodedOp> ops;  ///< `count` instructions, then perhaps the end-of-block record
    std::uint32_t count = 0;
    std::uint32_t bytes = 0;
    /// Where the block goes within its page: [0] falling through, [1] taken.
    Block* next[2] = {nullptr, nullptr};
    bool linkable = false;  ///< kept in the cache and not straddling pages
    std::uint64_t physical = 0;
    std::uint64_t second_page = kNoPage;  ///< of the one instruction that straddles

    static constexpr std::uint64_t kNoPage = ~0ULL;
};

/// How floating-point instructions decode.
enum class FpMode : std::uint8_t {
    Native,    ///< the rounding mode in frm is one that the host has
    Off,       ///< mstatus.FS is Off: illegal
    Software,  ///< frm is round to nearest, ties to max magnitude
    Invalid,   ///< frm is reserved: dynamic rounding is illegal
};

class BlockCache {
  public:
    static constexpr unsigned kMaxInstructions = 64;

    /// capacity: instructions kept before everything is dropped and decoded anew.
    explicit BlockCache(std::uint64_t capacity) : capacity_(capacity) {}

    [[nodiscard]] Block* find(std::uint64_t physical, FpMode mode) const {
        const auto found = blocks_.find(physical << 2 | static_cast<unsigned>(mode));
        return found == blocks_.end() ? nullptr : found->second;
    }

    /// Takes the block over and makes it findable.
    Block* insert(std::unique_ptr<Block> block, FpMode mode);

    /// Drops the blocks with code in this page; their memory stays until collect().
    void drop_page(std::uint64_t page);
    void drop_all();

    /// Frees dropped blocks; no block may be executing.
    void collect() { dropped_.clear(); }

    /// Counts drops: whoever keeps pointers to blocks must forget them when this changes.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }
    [[nodiscard]] bool is_full() const { return instructions_ > capacity_; }
    [[nodiscard]] std::uint64_t blocks_decoded() const { return blocks_decoded_; }

  private:
    struct Page {
        std::vector<std::pair<std::uint64_t, std::unique_ptr<Block>>> blocks;  // with their keys
        std::vector<std::uint64_t> straddlers;  // pages whose last instruction reaches in here
    };

    std::uint64_t capacity_;
    std::unordered_map<std::uint64_t, Block*> blocks_;
    std::unordered_map<std::uint64_t, Page> pages_;
    std::vector<std::unique_ptr<Block>> dropped_;
    std::uint64_t generation_ = 0;
    std::uint64_t instructions_ = 0;
    std::uint64_t blocks_decoded_ = 0;
};

}  // namespace athena::riscv
