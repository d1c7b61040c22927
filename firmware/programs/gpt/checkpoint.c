// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fpmath.h"
#include "linear.h"

// Version 1 had the parameters in the order of the table, 2 one state, 3 no shares.
static const char kMagic[] = "athena-gpt-checkpoint 4\n";
enum { MAGIC_BYTES = sizeof kMagic - 1, NAME_BYTES = MAGIC_BYTES - 2 };

// Which state is whole: none, that of a run that has no step yet, or one of these places.
enum whole { NONE, START, LIVE, KEPT };
enum { PLACES = 2 };

// What bits of training depend on.
enum { FIRST_REAL = 13, KEYS = 20 };
static const char* const kKeys[KEYS] = {"text",  "layers",     "heads",   "channels", "block",
                                        "batch", "vocabulary", "shares",  "seed",     "mxfp8",
                                        "e5m2",  "steps",      "warmup",  "rate",     "rate_end",
                                        "beta1", "beta2",      "epsilon", "decay",    "clip"};

enum { MAGIC_WORDS = MAGIC_BYTES / 8 };

struct header {
    uint64_t magic[MAGIC_WORDS];
    uint32_t whole;          // enum whole; 32 bits, so that it changes at once
    uint32_t steps[PLACES];  // of the live state and of the kept one
    uint32_t places;         // that follow the header: 1, or 2
    uint64_t state_bytes;    // of each
    uint64_t keys[KEYS];
};
_Static_assert(MAGIC_BYTES % 8 == 0, "the magic is whole words");
_Static_assert(sizeof(struct header) <= GPT_HEADER_BYTES, "the header has its place");

static volatile struct header* header_of(const struct gpt* gpt) {
    return (volatile struct header*)(uintptr_t)gpt->header.address;
}

static void list_keys(const struct gpt_config* config, uint64_t keys[KEYS]) {
    const struct gpt_schedule* const schedule = &config->schedule;
    const uint64_t values[KEYS] = {config->text,
                                   config->layers,
                                   config->heads,
                                   config->channels,
                                   config->block,
                                   config->batch,
                                   config->vocabulary,
                                   config->shares,
                                   config->seed,
                                   config->mxfp8,
                                   config->mxfp8 != 0 ? config->e5m2 : 0,
                                   schedule->steps,
                                   schedule->warmup,
                                   fp_bits(schedule->rate),
                                   fp_bits(schedule->rate_end),
                                   fp_bits(schedule->beta1),
                                   fp_bits(schedule->beta2),
                                   fp_bits(schedule->epsilon),
                                   fp_bits(schedule->decay),
                                   fp_bits(config->clip)};
    memcpy(keys, values, sizeof values);
}

bool is_checkpoint(const struct board_blob* blob) {
    enum { SHORTEST = sizeof "athena-gpt-" - 1 };
    const uint64_t size = blob->region.size < NAME_BYTES ? blob->region.size : NAME_BYTES;
    return size >= SHORTEST &&
           memcmp((const void*)(uintptr_t)blob->region.address, kMagic, size) == 0;
}

static void __attribute__((noreturn)) refuse(const char* why) {
    printf("gpt: the checkpoint %s\n", why);
    exit_with(1);
}

static void check_keys(const struct gpt* gpt, const struct header* header) {
    uint64_t wanted[KEYS];
    list_keys(&gpt->config, wanted);
    for (uint32_t i = 0; i < KEYS; ++i) {
        if (header->keys[i] == wanted[i]) {
            continue;
        }
        if (i == 0 || i >= FIRST_REAL) {
            printf("gpt: the checkpoint was made with another %s\n", kKeys[i]);
        } else {
            printf("gpt: the checkpoint was made with %s=%" PRIu64 ", not %s=%" PRIu64 "\n",
                   kKeys[i], header->keys[i], kKeys[i], wanted[i]);
        }
        exit_with(1);
    }
}

static uint32_t steps_of(const struct header* header) {
    return header->whole == START ? 0 : header->steps[header->whole - LIVE];
}

static struct header checked(const struct gpt* gpt, const struct board_blob* blob, uint32_t most) {
    struct header header;
    if (blob->region.size < MAGIC_BYTES) {
        refuse("is cut short");
    }
    if (memcmp((const void*)(uintptr_t)blob->region.address, kMagic, MAGIC_BYTES) != 0) {
        refuse("is of another version of gpt");
    }
    if (blob->region.size < sizeof header) {
        refuse("is cut short");
    }
    memcpy(&header, (const void*)(uintptr_t)blob->region.address, sizeof header);
    check_keys(gpt, &header);
    if (header.state_bytes != gpt->state_bytes || header.places == 0 || header.places > PLACES ||
        header.whole > LIVE + header.places - 1) {
        refuse("is damaged");
    }
    if (blob->region.size < GPT_HEADER_BYTES + header.places * header.state_bytes) {
        refuse("is cut short");
    }
    if (header.whole == NONE) {
        refuse("was taken in the middle of a step; keep=100 keeps a state that is whole");
    }
    if (steps_of(&header) > gpt->config.schedule.steps) {
        refuse("is damaged");
    }
    if (steps_of(&header) > most) {
        printf("gpt: the checkpoint has %" PRIu32 " steps; this run ends after %" PRIu32 "\n",
               steps_of(&header), most);
        exit_with(1);
    }
    return header;
}

// A state, in pieces that a descriptor's 32-bit count can say.
static void copy_state(const struct gpt* gpt, uint64_t from, uint64_t to) {
    chip_section(gpt->chip, gpt_section(PART_CHECKPOINT));
    const uint64_t most = 1u << 30;
    for (uint64_t done = 0; done < gpt->state_bytes; done += most) {
        const uint64_t left = gpt->state_bytes - done;
        const struct copy_command command = {.source = from + done,
                                             .destination = to + done,
                                             .columns = (uint32_t)(left < most ? left : most),
                                             .rows = 1};
        const struct uses none = {0};
        chip_append(gpt->chip, record_copy(&gpt->chip->cluster[0].recorder, &command, &none));
    }
}

struct source {
    struct gpt* gpt;
    uint64_t address;
};

static void record_load(struct chip* chip, void* context) {
    const struct source* const source = context;
    copy_state(source->gpt, source->address, source->gpt->values.address);
    chip_fence(chip);
    record_operands(source->gpt);
}

uint32_t checkpoint_load(struct gpt* gpt, const struct board_blob* blob, uint32_t most) {
    const struct header header = checked(gpt, blob, most);
    if (header.whole != START) {
        const uint64_t place = header.whole - LIVE;
        struct source source = {
            gpt, blob->region.address + GPT_HEADER_BYTES + place * header.state_bytes};
        struct chip_list list;
        chip_record(gpt->chip, &list, "a checkpoint", record_load, &source);
        chip_run(gpt->chip, &list);
    }
    return steps_of(&header);
}

static void record_keep(struct chip* chip, void* context) {
    const struct gpt* const gpt = context;
    (void)chip;
    copy_state(gpt, gpt->values.address, gpt->kept.address);
}

void checkpoint_begin(struct gpt* gpt, uint32_t steps) {
    struct header header = {.whole = steps == 0 ? START : LIVE,
                            .steps = {steps},
                            .places = gpt->config.keep == 0 ? 1 : PLACES,
                            .state_bytes = gpt->state_bytes};
    list_keys(&gpt->config, header.keys);
    volatile struct header* const to = header_of(gpt);
    *to = header;
    // The first word last: before, the file is none, and --save leaves an older one alone.
    for (uint32_t i = MAGIC_WORDS; i-- > 0;) {
        uint64_t word = 0;
        memcpy(&word, kMagic + 8 * i, sizeof word);
        to->magic[i] = word;
    }
    gpt->fallback = steps == 0 && gpt->config.keep != 0 ? START : NONE;
    if (gpt->config.keep != 0) {
        chip_record(gpt->chip, &gpt->keep, "a state to keep", record_keep, gpt);
    }
    if (steps != 0) {
        checkpoint_keep(gpt, steps);
    }
}

void checkpoint_open(struct gpt* gpt) {
    header_of(gpt)->whole = gpt->fallback;
}

void checkpoint_close(struct gpt* gpt, uint32_t steps) {
    header_of(gpt)->steps[0] = steps;
    header_of(gpt)->whole = LIVE;
}

void checkpoint_keep(struct gpt* gpt, uint32_t steps) {
    if (gpt->config.keep != 0) {
        chip_run(gpt->chip, &gpt->keep);
        header_of(gpt)->steps[KEPT - LIVE] = steps;
        gpt->fallback = KEPT;
    }
}

void checkpoint_print(const struct gpt* gpt) {
    const uint64_t places = gpt->config.keep == 0 ? 1 : PLACES;
    printf("gpt: checkpoint by --save FILE@0x%" PRIx64 ":%" PRIu64 "\n", gpt->header.address,
           GPT_HEADER_BYTES + places * gpt->state_bytes);
}
