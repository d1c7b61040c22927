// SPDX-License-Identifier: Apache-2.0
// What init's prompt knows without a program.
#pragma once

struct command {
    const char* name;
    const char* usage;
    // words[0] is the name. Returns a status as programs do.
    int (*run)(int count, char** words);
};

// NULL: there is none of that name.
const struct command* find_command(const char* name);
