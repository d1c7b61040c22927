// SPDX-License-Identifier: Apache-2.0
// The file of --trace-cpu: a line for each instruction and trap of the harts (docs/running.md).
#pragma once

#include "riscv/trace.h"
#include "sim/line_writer.h"
#include "sim/symbols.h"

namespace athena::sim {

class CpuTrace final : public riscv::TraceSink {
  public:
    /// `descriptor`: of the file, empty, and open as long as this lives.
    CpuTrace(int descriptor, const Symbols& symbols);
    CpuTrace(const CpuTrace&) = delete;
    CpuTrace& operator=(const CpuTrace&) = delete;
    ~CpuTrace() = default;

    /// Writes what is not yet in the file. False if not all of the trace could be written.
    bool finish() { return lines_.finish(); }

    void on_instruction(const riscv::TracedInstruction& traced) override;
    void on_trap(const riscv::TracedTrap& trap) override;

  private:
    LineWriter lines_;
    const Symbols& symbols_;
};

}  // namespace athena::sim
