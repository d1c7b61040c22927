// SPDX-License-Identifier: Apache-2.0
#include "sim/line_writer.h"

#include <span>

#include "sim/terminal.h"

namespace athena::sim {

void LineWriter::begin(int descriptor, std::size_t kept) {
    descriptor_ = descriptor;
    kept_ = kept;
    if (text_.size() > kept_) {
        finish();
    }
}

void LineWriter::end_line() {
    text_ += '\n';
    if (text_.size() > kept_) {
        finish();
    }
}

bool LineWriter::finish() {
    written_ = written_ && write_all(descriptor_, std::as_bytes(std::span(text_)));
    text_.clear();
    return written_;
}

}  // namespace athena::sim
