// SPDX-License-Identifier: Apache-2.0
// JUnit XML as CI systems read it (the Ant task's schema): one testsuite, one testcase a run.
#pragma once

#include <string>
#include <vector>

#include "sim/regress/runner.h"

namespace athena::regress {

/// Failures hold reason, replay line and the last lines of the output. Bytes that XML 1.0 forbids
/// become '?'.
[[nodiscard]] std::string junit_xml(const Suite& suite, const std::vector<Outcome>& outcomes);

}  // namespace athena::regress
