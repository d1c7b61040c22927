// SPDX-License-Identifier: Apache-2.0
// Small RV64 programs with jumps, put together by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unit/riscv/encode.h"

namespace athena::test {

enum Csr : std::uint32_t {
    mstatus = 0x300,
    mie = 0x304,
    mtvec = 0x305,
    mcause = 0x342,
    mhartid = 0xF14,
};

class Program {
  public:
    using Reg = std::uint32_t;
    using Label = std::size_t;  // index of an instruction

    [[nodiscard]] Label here() const { return words_.size(); }

    /// Any value, in as many instructions as it takes.
    void li(Reg rd, std::uint64_t value) {
        const auto whole = static_cast<std::int64_t>(value);
        const auto low = static_cast<std::int64_t>((value & 0xFFF) ^ 0x800) - 0x800;
        const std::int64_t rest = (whole - low) >> 12;
        if (whole == static_cast<std::int32_t>(whole)) {
            word(rv::lui(rd, rest));
            word(rv::i_type(0x1B, 0, rd, rd, low));  // addiw
            return;
        }
        li(rd, static_cast<std::uint64_t>(rest));
        slli(rd, rd, 12);
        addi(rd, rd, low);
    }
    void auipc(Reg rd) { word(rv::auipc(rd, 0)); }
    void addi(Reg rd, Reg rs, std::int64_t value) { word(rv::addi(rd, rs, value)); }
    void andi(Reg rd, Reg rs, std::int64_t value) { word(rv::i_type(0x13, 7, rd, rs, value)); }
    void slli(Reg rd, Reg rs, unsigned by) { word(rv::slli(rd, rs, by)); }
    void lb(Reg rd, Reg base, std::int64_t offset) { word(rv::lb(rd, base, offset)); }
    void lw(Reg rd, Reg base, std::int64_t offset) { word(rv::lw(rd, base, offset)); }
    void ld(Reg rd, Reg base, std::int64_t offset) { word(rv::ld(rd, base, offset)); }
    void sb(Reg rs, Reg base, std::int64_t offset) { word(rv::sb(rs, base, offset)); }
    void sw(Reg rs, Reg base, std::int64_t offset) { word(rv::sw(rs, base, offset)); }
    void sd(Reg rs, Reg base, std::int64_t offset) { word(rv::sd(rs, base, offset)); }
    void amoadd(Reg rd, Reg rs, Reg base) { word(rv::amoadd_d(rd, rs, base)); }
    void csrr(Reg rd, Csr csr) { word(rv::csrrs(rd, csr, rv::zero)); }
    void csrw(Csr csr, Reg rs) { word(rv::csrrw(rv::zero, csr, rs)); }
    void jr(Reg rs) { word(rv::jalr(rv::zero, rs, 0)); }
    void jump(Label target) { word(rv::jal(rv::zero, distance(target))); }
    void beqz(Reg rs, Label target) { word(rv::beq(rs, rv::zero, distance(target))); }
    void bnez(Reg rs, Label target) { word(rv::bne(rs, rv::zero, distance(target))); }
    void bne(Reg rs1, Reg rs2, Label target) { word(rv::bne(rs1, rs2, distance(target))); }
    void wfi() { word(rv::kWfi); }
    void mret() { word(rv::kMret); }
    void forever() { jump(here()); }

    /// Room for a jump or branch to a place that is not known yet.
    Label later() {
        word(0);
        return here() - 1;
    }
    void jump_here(Label from) {
        const Label target = here();
        put_at(from, [&] { jump(target); });
    }
    void beqz_at(Label from, Reg rs, Label target) {
        put_at(from, [&] { beqz(rs, target); });
    }
    void bnez_at(Label from, Reg rs, Label target) {
        put_at(from, [&] { bnez(rs, target); });
    }

    [[nodiscard]] std::vector<std::byte> bytes() const {
        std::vector<std::byte> all;
        for (const std::uint32_t value : words_) {
            for (unsigned bit = 0; bit < 32; bit += 8) {
                all.push_back(static_cast<std::byte>(value >> bit));
            }
        }
        return all;
    }

  private:
    void word(std::uint32_t value) { words_.push_back(value); }
    template <typename Emit>
    void put_at(Label place, Emit emit) {
        std::vector<std::uint32_t> all = words_;
        words_.resize(place);
        emit();
        all[place] = words_.back();
        words_ = std::move(all);
    }
    [[nodiscard]] std::int64_t distance(Label target) const {
        return 4 * (static_cast<std::int64_t>(target) - static_cast<std::int64_t>(here()));
    }

    std::vector<std::uint32_t> words_;
};

}  // namespace athena::test
