// SPDX-License-Identifier: Apache-2.0
// athena with one more kind of device for board files.
#include <memory>

#include "sim/program.h"
#include "squarer.h"

int main(int argc, char* argv[]) {
    return athena::sim::run_program(
        argc, argv,
        {{"squarer", [](const char* name, const athena::platform::DeviceServices& services) {
              return std::make_unique<Squarer>(name, services);
          }}});
}
