// SPDX-License-Identifier: Apache-2.0
// Lines on their way to a file, in large pieces: of traces and logs.
#pragma once

#include <cstddef>
#include <string>

namespace athena::sim {

class LineWriter {
  public:
    /// Lines go to `descriptor` from now on, with those that came before; it is open as long as
    /// this lives. Up to `kept` bytes wait for more.
    void begin(int descriptor, std::size_t kept);

    /// To be appended to.
    [[nodiscard]] std::string& text() { return text_; }
    void end_line();

    /// Writes what waits. False if not all of the lines could be written.
    bool finish();

  private:
    int descriptor_ = -1;
    std::size_t kept_ = ~std::size_t{0};
    std::string text_;
    bool written_ = true;  // nothing has been lost yet
};

}  // namespace athena::sim
