// SPDX-License-Identifier: Apache-2.0
// A block that a program of its own adds to the control subsystem, without a change to the board
// (docs/install.md): a board file places it by [[device]].
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/diagnostics.h"
#include "base/event_queue.h"
#include "base/irq.h"
#include "base/sockets.h"
#include "base/statistics.h"

namespace athena::platform {

/// Of the board, for a device that is made. They outlive it.
struct DeviceServices {
    base::EventQueue& events;
    base::Diagnostics& diagnostics;
    std::uint32_t initiator = 0;  ///< base::Origin::initiator of what it asks of memory()
};

class Device : public base::StatisticsSource {
  public:
    virtual ~Device() = default;

    /// Addresses count from the device's first byte.
    [[nodiscard]] virtual base::TargetSocket& socket() = 0;
    /// The board connects it to the PLIC.
    [[nodiscard]] virtual base::IrqLine* irq() { return nullptr; }
    /// The board binds it to the system bus; nullptr: the device asks nobody.
    [[nodiscard]] virtual base::InitiatorSocket* memory() { return nullptr; }
    /// At power-on and at each reset in place. Lowers the interrupt.
    virtual void reset() = 0;
};

/// Makes a device; `name` is what the board file calls it, and the SystemC name.
using DeviceMaker =
    std::function<std::unique_ptr<Device>(const char* name, const DeviceServices& services)>;

/// By `kind` of the board file.
using DeviceKinds = std::map<std::string, DeviceMaker>;

}  // namespace athena::platform
