// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "linear.h"

// Version 1 had the parameters in the order of the table.
static const char kMagic[] = "athena-gpt-checkpoint 2\n";
enum { MAGIC_BYTES = sizeof kMagic - 1, NAME_BYTES = MAGIC_BYTES - 2 };

struct header {
    char magic[MAGIC_BYTES];
    uint32_t complete;  // 0 while a step runs
    uint32_t steps;
    uint32_t layers, heads, channels, block, vocabulary;
    struct gpt_powers powers;
    uint64_t bytes;  // of header and arrays
};

static volatile struct header* header_of(const struct gpt* gpt) {
    return (volatile struct header*)(uintptr_t)gpt->header.address;
}

static uint64_t bytes_of(const struct gpt* gpt) {
    return gpt->header_end - gpt->header.address;
}

static struct header header_for(const struct gpt* gpt) {
    const struct gpt_config* const config = &gpt->config;
    struct header header = {.layers = config->layers,
                            .heads = config->heads,
                            .channels = config->channels,
                            .block = config->block,
                            .vocabulary = config->vocabulary,
                            .bytes = bytes_of(gpt)};
    memcpy(header.magic, kMagic, MAGIC_BYTES);
    return header;
}

bool is_checkpoint(const struct board_blob* blob) {
    return blob->region.size >= MAGIC_BYTES &&
           memcmp((const void*)(uintptr_t)blob->region.address, kMagic, NAME_BYTES) == 0;
}

void checkpoint_open(struct gpt* gpt) {
    header_of(gpt)->complete = 0;
}

void checkpoint_close(struct gpt* gpt, uint32_t steps, const struct gpt_powers* powers) {
    struct header header = header_for(gpt);
    header.steps = steps;
    header.powers = *powers;
    header.complete = 1;
    *header_of(gpt) = header;
}

void checkpoint_print(const struct gpt* gpt) {
    printf("gpt: checkpoint by --save FILE@0x%" PRIx64 ":%" PRIu64 "\n", gpt->header.address,
           bytes_of(gpt));
}

static void __attribute__((noreturn)) refuse(const char* why) {
    printf("gpt: the checkpoint %s\n", why);
    exit_with(1);
}

static struct header checked(const struct gpt* gpt, const struct board_blob* blob) {
    const struct header wanted = header_for(gpt);
    struct header header;
    if (blob->region.size < sizeof header) {
        refuse("is cut short");
    }
    memcpy(&header, (const void*)(uintptr_t)blob->region.address, sizeof header);
    if (memcmp(header.magic, kMagic, MAGIC_BYTES) != 0) {
        refuse("is of another version of gpt");
    }
    if (header.layers != wanted.layers || header.heads != wanted.heads ||
        header.channels != wanted.channels || header.block != wanted.block ||
        header.vocabulary != wanted.vocabulary || header.bytes != wanted.bytes) {
        printf("gpt: the checkpoint is of %" PRIu32 " layers, %" PRIu32 " heads, %" PRIu32
               " channels, block %" PRIu32 ", vocabulary %" PRIu32 "; this model is not\n",
               header.layers, header.heads, header.channels, header.block, header.vocabulary);
        exit_with(1);
    }
    if (blob->region.size < header.bytes) {
        refuse("is cut short");
    }
    if (header.complete != 1) {
        refuse("was taken in the middle of a step");
    }
    return header;
}

struct source {
    struct gpt* gpt;
    uint64_t address;
};

// What lies behind the header, in pieces that a descriptor's 32-bit count can say.
static void record_load(struct chip* chip, void* context) {
    const struct source* const source = context;
    const uint64_t first = source->gpt->values.address - source->gpt->header.address;
    const uint64_t bytes = bytes_of(source->gpt);
    const uint64_t most = 1u << 30;
    for (uint64_t done = first; done < bytes; done += most) {
        const uint64_t left = bytes - done;
        const struct copy_command command = {.source = source->address + done,
                                             .destination = source->gpt->header.address + done,
                                             .columns = (uint32_t)(left < most ? left : most),
                                             .rows = 1};
        const struct uses none = {0};
        chip_append(chip, record_copy(&chip->cluster[0].recorder, &command, &none));
    }
    chip_fence(chip);
    record_operands(source->gpt);
}

uint32_t checkpoint_load(struct gpt* gpt, const struct board_blob* blob,
                         struct gpt_powers* powers) {
    const struct header header = checked(gpt, blob);
    struct source source = {gpt, blob->region.address};
    struct chip_list list;
    chip_record(gpt->chip, &list, "a checkpoint", record_load, &source);
    chip_run(gpt->chip, &list);
    *powers = header.powers;
    return header.steps;
}
