// SPDX-License-Identifier: Apache-2.0
// A SystemC kernel of its own for each board, so that several boards can live in one process.
#pragma once

#include <memory>

namespace sc_core {
class sc_simcontext;
}  // namespace sc_core

namespace athena::platform {

/// Owns a kernel. Modules must be made, run and destroyed within a Scope of it.
class Simulation {
  public:
    Simulation();
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    /// Makes the kernel the current one for its lifetime.
    class Scope {
      public:
        explicit Scope(const Simulation& simulation);
        ~Scope();
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        sc_core::sc_simcontext* previous_;
    };

  private:
    std::unique_ptr<sc_core::sc_simcontext> context_;
};

}  // namespace athena::platform
