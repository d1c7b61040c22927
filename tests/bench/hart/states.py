#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the C source of run_states: much code of which each part runs seldom.

states.py FILE"""
import random
import sys

PLACES = 256
TRANSITIONS = 2000
STATES = 1000


def transition(draw):
    """Fires if two places have tokens and a third has room."""
    source, other, target, next_target = draw.sample(range(PLACES), 4)
    return f"""    if (p[{source}] >= {draw.randint(1, 3)} && p[{other}] >= 1 && p[{target}] < {draw.randint(4, 9)}) {{
        p[{source}] -= 1;
        p[{other}] -= 1;
        p[{target}] += 1;
        p[{next_target}] += 1;
        sum = sum * {draw.randrange(3, 999, 2)}u + {draw.randint(1, 9999)}u;
    }}
"""


def state(draw, number):
    return f"""            case {number}:
                sum {draw.choice(["+=", "^="])} {draw.randrange(1 << 20)}u;
                state = (input & {1 << draw.randrange(8)}) != 0 ? {draw.randrange(STATES)} : {draw.randrange(STATES)};
                break;
"""


def main():
    draw = random.Random(1)
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write(f"""/* Written by states.py. */
#include "workloads.h"

static uint32_t fire(uint8_t* p, uint32_t sum) {{
{"".join(transition(draw) for _ in range(TRANSITIONS))}    return sum;
}}

uint64_t run_states(uint32_t rounds) {{
    static uint8_t places[{PLACES}];
    uint32_t sum = 0;
    uint32_t state = 0;
    for (int i = 0; i < {PLACES}; ++i) {{
        places[i] = (uint8_t)(i % 7);
    }}
    for (uint32_t round = 0; round < rounds; ++round) {{
        sum = fire(places, sum);
        places[round % {PLACES}] = (uint8_t)((sum >> 8) % 7);
        for (int step = 0; step < 500; ++step) {{
            const uint32_t input = sum ^ sum >> 9;
            switch (state) {{
{"".join(state(draw, number) for number in range(STATES))}            }}
        }}
    }}
    return (uint64_t)state << 32 | sum;
}}
""")


main()
