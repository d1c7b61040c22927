// SPDX-License-Identifier: Apache-2.0
// An interrupt wire: level, driven by its source whenever the level may have changed.
#pragma once

namespace athena::base {

class IrqSink {
  public:
    /// `line` is the sink's own numbering (a hart's cause, a PLIC source).
    virtual void set_irq(unsigned line, bool level) = 0;

  protected:
    ~IrqSink() = default;
};

/// The end of a wire at its source; unconnected wires go nowhere.
class IrqLine {
  public:
    void connect(IrqSink& sink, unsigned line) {
        sink_ = &sink;
        line_ = line;
    }
    void set(bool level) {
        if (sink_ != nullptr && level != level_) {
            level_ = level;
            sink_->set_irq(line_, level);
        }
    }
    [[nodiscard]] bool level() const { return level_; }

  private:
    IrqSink* sink_ = nullptr;
    unsigned line_ = 0;
    bool level_ = false;
};

}  // namespace athena::base
