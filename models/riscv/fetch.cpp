// SPDX-License-Identifier: Apache-2.0
// From a program counter to a decoded block.
#include <algorithm>
#include <cstring>

#include "riscv/engine.h"
#include "riscv/spin.h"

namespace athena::riscv {

namespace {

bool ends_block(Operation operation) {
    switch (operation) {
        case Operation::Illegal:
        case Operation::Jal:
        case Operation::Jalr:
        case Operation::Beq:
        case Operation::Bne:
        case Operation::Blt:
        case Operation::Bge:
        case Operation::Bltu:
        case Operation::Bgeu:
        case Operation::Ecall:
        case Operation::Ebreak:
        case Operation::FenceI:
        case Operation::Csrrw:
        case Operation::Csrrs:
        case Operation::Csrrc:
        case Operation::Csrrwi:
        case Operation::Csrrsi:
        case Operation::Csrrci:
        case Operation::Sret:
        case Operation::Mret:
        case Operation::Wfi:
        case Operation::SfenceVma:
            return true;
        default:
            return false;
    }
}

// Whether the immediate counts from the instruction; the record's counts from the block.
bool is_relative(Operation operation) {
    return operation >= Operation::Auipc && operation <= Operation::Bgeu &&
           operation != Operation::Jalr;
}

Handler truncation(Operation operation) {
    switch (operation) {
        case Operation::FcvtWS:
            return Handler::TruncateWS;
        case Operation::FcvtWuS:
            return Handler::TruncateWuS;
        case Operation::FcvtLS:
            return Handler::TruncateLS;
        case Operation::FcvtLuS:
            return Handler::TruncateLuS;
        case Operation::FcvtWD:
            return Handler::TruncateWD;
        case Operation::FcvtWuD:
            return Handler::TruncateWuD;
        case Operation::FcvtLD:
            return Handler::TruncateLD;
        case Operation::FcvtLuD:
            return Handler::TruncateLuD;
        default:
            return Handler::FpSoft;
    }
}

bool is_exact(Operation operation) {
    return operation == Operation::FcvtDS || operation == Operation::FcvtDW ||
           operation == Operation::FcvtDWu;
}

}  // namespace

const void* HartCore::handler_of(const Instruction& instruction) const {
    const auto plain = [&](Operation operation) {
        return handlers_[static_cast<unsigned>(operation)];
    };
    const auto special = [&](Handler handler) { return handlers_[static_cast<unsigned>(handler)]; };
    const FpMode mode = fp_mode();
    if (!instruction.uses_fp) {
        return plain(instruction.operation);
    }
    const bool dynamic = instruction.rounds && instruction.rounding == RoundingMode::Dynamic;
    if (mode == FpMode::Off || (dynamic && mode == FpMode::Invalid)) {
        return plain(Operation::Illegal);
    }
    if (!instruction.rounds) {
        return plain(instruction.operation);
    }
    if (host_fpu_) {
        if (is_exact(instruction.operation) || (dynamic && mode == FpMode::Native)) {
            return plain(instruction.operation);
        }
        if (!dynamic && instruction.rounding == RoundingMode::TowardZero) {
            return special(truncation(instruction.operation));
        }
    }
    return special(Handler::FpSoft);
}

void HartCore::append(Block& block, const Instruction& instruction, unsigned offset) {
    DecodedOp op;
    op.handler = handler_of(instruction);
    op.immediate = instruction.immediate +
                   (is_relative(instruction.operation) ? static_cast<std::int32_t>(offset) : 0);
    op.bits = instruction.bits;
    op.rd =
        instruction.writes_integer && instruction.rd == 0 ? std::uint8_t{kDiscard} : instruction.rd;
    op.rs1 = instruction.rs1;
    op.rs2 = instruction.rs2;
    op.rs3 = instruction.rs3;
    op.offset = static_cast<std::uint8_t>(offset / 2);
    op.index = static_cast<std::uint8_t>(block.count);
    op.length = instruction.length;
    op.operation = static_cast<std::uint8_t>(instruction.operation);
    block.ops.push_back(op);
    block.count += 1;
    block.bytes = offset + instruction.length;
}

HartCore::FetchPage HartCore::fetch_page(std::uint64_t pc) {
    FetchEntry& entry = fetch_[(pc >> kPageShift) & (kFetchEntries - 1)];
    const std::uint64_t tag = (pc & kPageMask) ^ front_key_;
    if (entry.tag == tag && is_taggable(pc)) {
        return {MemoryStatus::Ok, entry.physical | (pc & ~kPageMask), entry.host};
    }
    const Translation translation = translate(pc, Access::Execute, state_.privilege, true);
    if (translation.status != MemoryStatus::Ok) {
        return {translation.status};
    }
    const std::uint64_t page = translation.physical & kPageMask;
    FetchPage result{MemoryStatus::Ok, translation.physical, nullptr};
    const DmiRegion* region = region_of(page);
    const PmpVerdict verdict = pmp_check(state_, page, kPageSize, state_.privilege);
    if (region != nullptr && page + kPageSize - 1 <= region->last &&
        (verdict.permissions & pmp::kExecute) != 0) {
        result.host = region->host + (page - region->first);
        if (is_taggable(pc)) {
            entry = {tag, page, result.host};
        }
    }
    return result;
}

std::unique_ptr<Block> HartCore::build_block(std::uint64_t pc, const FetchPage& page,
                                             unsigned most_instructions) {
    auto block = std::make_unique<Block>();
    block->physical = page.physical;
    const unsigned start = static_cast<unsigned>(pc & ~kPageMask);
    unsigned offset = 0;
    const unsigned spin =
        options_.takes_turns ? spin_length({page.host + start, kPageSize - start}) : 0;
    const bool spins = spin != 0 && spin <= most_instructions;
    while (block->count < most_instructions) {
        const unsigned place = start + offset;
        std::uint32_t bits = 0;
        if (place + 2 > kPageSize) {
            break;
        }
        std::memcpy(&bits, page.host + place, 2);
        if (is_full_length(bits)) {
            if (place + 4 > kPageSize) {
                break;
            }
            std::memcpy(&bits, page.host + place, 4);
        }
        const Instruction instruction = decode(bits);
        append(*block, instruction, offset);
        offset += instruction.length;
        if (!ends_block(instruction.operation)) {
            continue;
        }
        if (!spins) {
            break;
        }
        const Handler handler = block->count == spin ? Handler::Spin : Handler::LeaveSpin;
        block->ops.back().handler = handlers_[static_cast<unsigned>(handler)];
        if (handler == Handler::Spin) {
            break;
        }
    }
    if (block->count == 0) {
        return nullptr;
    }
    block->ops.push_back({});
    DecodedOp& end = block->ops.back();
    end.handler = handlers_[static_cast<unsigned>(Handler::EndBlock)];
    end.index = static_cast<std::uint8_t>(block->count);
    end.offset = static_cast<std::uint8_t>(offset / 2);
    block->ops.shrink_to_fit();
    return block;
}

HartCore::MemoryStatus HartCore::fetch_bytes(std::uint64_t pc, const FetchPage& page,
                                             std::uint16_t& half) {
    if (page.status != MemoryStatus::Ok) {
        return page.status;
    }
    const PmpVerdict verdict = pmp_check(state_, page.physical, 2, state_.privilege);
    if ((verdict.permissions & pmp::kExecute) == 0) {
        return fault(Access::Execute, false, pc);
    }
    if (const DmiRegion* region = region_of(page.physical)) {
        std::memcpy(&half, region->host + (page.physical - region->first), 2);
        return MemoryStatus::Ok;
    }
    const MemoryStatus status = bus_access(page.physical, 2, false, &half);
    return status == MemoryStatus::Trap ? fault(Access::Execute, false, pc) : status;
}

// One instruction that reaches into another page, lies in memory without host pointer, or under a
// PMP entry that covers part of its page.
Block* HartCore::build_single(std::uint64_t pc, const FetchPage& page, MemoryStatus& status) {
    std::uint16_t low = 0;
    std::uint16_t high = 0;
    status = fetch_bytes(pc, page, low);
    if (status != MemoryStatus::Ok) {
        return nullptr;
    }
    FetchPage second = page;
    if (is_full_length(low)) {
        second = fetch_page(pc + 2);
        status = fetch_bytes(pc + 2, second, high);
        if (status != MemoryStatus::Ok) {
            return nullptr;
        }
    }
    auto block = std::make_unique<Block>();
    block->physical = page.physical;
    append(*block, decode(std::uint32_t{high} << 16 | low), 0);
    block->ops.push_back({});
    block->ops.back().handler = handlers_[static_cast<unsigned>(Handler::EndBlock)];
    block->ops.back().index = 1;
    block->ops.back().offset = static_cast<std::uint8_t>(block->bytes / 2);
    if (page.host == nullptr || second.host == nullptr) {
        single_ = std::move(block);
        return single_.get();
    }
    block->second_page = second.physical >> kPageShift;
    bus_.mark_code(block->physical, 2);
    bus_.mark_code(block->second_page << kPageShift, 2);
    return blocks_.insert(std::move(block), fp_mode());
}

Block* HartCore::find_block(std::uint64_t pc, MemoryStatus& status) {
    if (blocks_.is_full()) {
        blocks_.drop_all();
        update_context();
    }
    const FetchPage page = fetch_page(pc);
    status = page.status;
    if (status != MemoryStatus::Ok) {
        return nullptr;
    }
    Block* block = page.host != nullptr ? blocks_.find(page.physical, fp_mode()) : nullptr;
    if (block != nullptr && block->second_page != Block::kNoPage) {
        const FetchPage second = fetch_page(pc + 2);
        if (second.host == nullptr || second.physical >> kPageShift != block->second_page) {
            block = nullptr;
        }
    }
    if (block == nullptr) {
        std::unique_ptr<Block> built;
        if (page.host != nullptr) {
            built = build_block(pc, page, BlockCache::kMaxInstructions);
        }
        if (built == nullptr) {
            block = build_single(pc, page, status);
            if (block == nullptr || block == single_.get()) {
                return block;
            }
        } else {
            built->linkable = true;
            bus_.mark_code(page.physical, built->bytes);
            block = blocks_.insert(std::move(built), fp_mode());
        }
    }
    if (is_taggable(pc) && !has_code_stops()) {
        front_entry(pc) = {pc ^ front_key_, block};
    }
    return block;
}

Block* HartCore::short_block(std::uint64_t pc, unsigned most, MemoryStatus& status) {
    const FetchPage page = fetch_page(pc);
    status = page.status;
    if (status != MemoryStatus::Ok) {
        return nullptr;
    }
    if (page.host != nullptr) {
        short_ = build_block(pc, page, std::min(most, BlockCache::kMaxInstructions));
        if (short_ != nullptr) {
            bus_.mark_code(page.physical, short_->bytes);
            return short_.get();
        }
    }
    return build_single(pc, page, status);
}

}  // namespace athena::riscv
