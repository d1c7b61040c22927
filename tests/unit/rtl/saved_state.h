// SPDX-License-Identifier: Apache-2.0
// The whole state of a Verilated tile, in memory.
#pragma once

#include <verilated_save.h>

#include <cstdint>
#include <vector>

#include "Vathena_tile.h"

namespace athena::rtl {

class SavedState {
  public:
    explicit SavedState(Vathena_tile& top) {
        Writer writer(bytes_);
        writer << top;
        writer.flush();
    }
    void restore(Vathena_tile& top) const {
        Reader reader(bytes_);
        reader >> top;
    }
    bool operator==(const SavedState&) const = default;

  private:
    class Writer : public VerilatedSerialize {
      public:
        explicit Writer(std::vector<std::uint8_t>& bytes) : bytes_(bytes) { m_isOpen = true; }
        void flush() override {
            bytes_.insert(bytes_.end(), m_bufp, m_cp);
            m_cp = m_bufp;
        }

      private:
        std::vector<std::uint8_t>& bytes_;
    };
    class Reader : public VerilatedDeserialize {
      public:
        explicit Reader(const std::vector<std::uint8_t>& bytes) : bytes_(bytes) {
            m_isOpen = true;
            m_endp = m_bufp;
        }
        // Moves what is left to the buffer's start and appends as much as there is room for.
        void fill() override {
            const auto left = static_cast<std::size_t>(m_endp - m_cp);
            std::memmove(m_bufp, m_cp, left);
            const std::size_t more = std::min(bufferSize() - left, bytes_.size() - taken_);
            std::memcpy(m_bufp + left, bytes_.data() + taken_, more);
            taken_ += more;
            m_cp = m_bufp;
            m_endp = m_bufp + left + more;
        }

      private:
        const std::vector<std::uint8_t>& bytes_;
        std::size_t taken_ = 0;
    };

    std::vector<std::uint8_t> bytes_;
};

}  // namespace athena::rtl
