// SPDX-License-Identifier: Apache-2.0
#include "groups.h"

#include <math.h>

#include "sums.h"

enum { GROUP_ROWS = 256, SPREAD_CHANNELS = 512 };

// Sequences whose rows are a multiple of 64, so that no sum is cut.
static uint32_t granule_of(uint32_t block) {
    uint32_t sequences = 1;
    while (sequences * block % SUM_ROWS != 0) {
        ++sequences;
    }
    return sequences;
}

// Whether each operation is spread over all clusters: most of them would be idle, and an operation
// takes longer than the barrier behind it.
static bool spreads(const struct gpt* gpt) {
    const uint32_t granule = granule_of(gpt->config.block);
    return 2 * (gpt->config.batch / granule) < gpt->chip->clusters &&
           gpt->config.channels >= SPREAD_CHANNELS;
}

struct maker {
    struct chip* chip;
    uint32_t n;
    uint32_t sums;
};

static struct tensor make_rows(const struct maker* maker, const char* name, uint32_t rows,
                               uint32_t columns, uint8_t format) {
    chip_align(maker->chip);
    return chip_tensor(maker->chip, name, rows, columns, format);
}

static struct tensor make(const struct maker* maker, uint32_t columns, uint8_t format) {
    return make_rows(maker, "activations", maker->n, columns, format);
}

static struct tensor make_sums(const struct maker* maker, uint32_t columns) {
    return make_rows(maker, "partial sums", maker->sums, columns, FP32);
}

static void make_layer(struct gpt* gpt, const struct maker* maker, struct gpt_layer* layer,
                       bool trains) {
    const uint32_t t = gpt->config.block;
    const uint32_t c = gpt->config.channels;
    const uint32_t width = gpt_width(&gpt->config);
    const uint32_t hidden = gpt_hidden(&gpt->config);
    const uint8_t half = gpt_half(gpt);
    *layer = (struct gpt_layer){
        .x = make(maker, c, FP32),
        .h = make(maker, c, half),
        .s1 = make(maker, 2, FP32),
        .qkv = make(maker, 3 * width, half),
        .p = make_rows(maker, "attention", maker->n * gpt_heads(&gpt->config), t, half),
        .o = make(maker, width, half),
        .r = make(maker, c, FP32),
        .g = make(maker, c, half),
        .s2 = make(maker, 2, FP32),
        .u = make(maker, hidden, FP32),
        .f = make(maker, hidden, half)};
    if (!trains) {
        return;
    }
    layer->d_out = make(maker, c, half);
    layer->d_fc = make(maker, hidden, half);
    layer->d_proj = make(maker, c, half);
    layer->d_qkv = make(maker, 3 * width, half);
    for (uint32_t i = 0; i < LAYER_PARAMETERS; ++i) {
        if (!gpt_layer_parameter(gpt, 0, i)->is_matrix) {
            layer->sums[i] = make_sums(maker, gpt_layer_parameter(gpt, 0, i)->value.columns);
        }
    }
}

static void make_mx(struct gpt* gpt, struct activations* at, uint32_t n) {
    struct chip* const chip = gpt->chip;
    const uint32_t t = gpt->config.block;
    const uint32_t width = gpt_width(&gpt->config);
    const uint32_t heads = gpt_heads(&gpt->config);
    at->left = chip_mx_tensor(chip, "operands", n, gpt_widest(gpt));
    at->heads_rows = chip_mx_tensor(chip, "attention", 3 * n * heads, width / heads);
    at->columns = chip_mx_tensor(chip, "attention", n / t * width, t);
    at->squares = chip_mx_tensor(chip, "attention", n * heads, t);
}

// Whether attention goes product by product over the tiles in use.
static bool is_wide(const struct gpt* gpt, const struct activations* at, bool trains) {
    const struct attention attention = gpt_attention(gpt, at, &at->layer[0]);
    return gpt->config.mxfp8 != 0 || (trains && spreads(gpt)) ||
           !attention_fits(gpt->chip, &attention);
}

void make_activations(struct gpt* gpt, struct activations* at, uint32_t sequences, bool trains) {
    struct chip* const chip = gpt->chip;
    const uint32_t t = gpt->config.block;
    const uint32_t c = gpt->config.channels;
    const struct maker maker = {chip, sequences * t, column_partials(sequences * t)};
    at->sequences = sequences;
    for (uint32_t i = 0; i < gpt->config.layers; ++i) {
        make_layer(gpt, &maker, &at->layer[i], trains);
    }
    at->x = make(&maker, c, FP32);
    at->z = make(&maker, c, gpt_half(gpt));
    at->sf = make(&maker, 2, FP32);
    at->logits = make(&maker, gpt->config.vocabulary, FP32);
    at->wide = make(&maker, gpt_hidden(&gpt->config), FP32);
    at->y = make(&maker, c, FP32);
    at->tokens = make(&maker, 1, INT32);
    const uint32_t heads = gpt_heads(&gpt->config);
    const bool wide = is_wide(gpt, at, trains);
    if (wide) {
        at->scores = chip_tensor(chip, "attention", maker.n * heads, t, FP32);
    }
    at->lengths = chip_tensor(chip, "lengths", (wide ? maker.n : t) * heads, 1, INT32);
    if (gpt->config.mxfp8 != 0) {
        make_mx(gpt, at, maker.n);
    }
    if (trains) {
        at->losses = make(&maker, 1, FP32);
        at->dl = make(&maker, gpt->config.vocabulary, gpt_half(gpt));
        at->targets = make(&maker, 1, INT32);
        at->dx = make(&maker, c, FP32);
        at->d_o = make(&maker, gpt_width(&gpt->config), gpt_half(gpt));
        at->sums[0] = make_sums(&maker, c);
        at->sums[1] = make_sums(&maker, c);
    }
    volatile uint32_t* const lengths = (volatile uint32_t*)(uintptr_t)at->lengths.address;
    for (uint32_t i = 0; i < at->lengths.rows; ++i) {
        lengths[i] = i % t + 1;
    }
}

struct attention gpt_attention(const struct gpt* gpt, const struct activations* at,
                               const struct gpt_layer* layer) {
    const uint32_t width = gpt->config.channels / gpt->config.heads;
    return (struct attention){.sequences = at->sequences,
                              .length = gpt->config.block,
                              .heads = gpt_heads(&gpt->config),
                              .width = width,
                              .scale = 1.0f / sqrtf((float)width),
                              .lengths = &at->lengths,
                              .qkv = &layer->qkv,
                              .probabilities = &layer->p};
}

struct wide_attention gpt_wide_attention(const struct gpt* gpt, const struct activations* at,
                                         const struct gpt_layer* layer) {
    return (struct wide_attention){.attention = gpt_attention(gpt, at, layer),
                                   .scores = &at->scores,
                                   .o_fp32 = tensor_columns(&at->y, 0, gpt_width(&gpt->config))};
}

struct mx_attention gpt_mx_attention(const struct gpt* gpt, const struct activations* at,
                                     const struct gpt_layer* layer) {
    const uint32_t width = gpt->config.channels / gpt->config.heads;
    return (struct mx_attention){.sequences = at->sequences,
                                 .length = gpt->config.block,
                                 .heads = gpt_heads(&gpt->config),
                                 .width = width,
                                 .scale = 1.0f / sqrtf((float)width),
                                 .forward = GPT_FORWARD_FORMAT,
                                 .gradient = gpt_gradient_format(gpt),
                                 .lengths = &at->lengths,
                                 .qkv = &layer->qkv,
                                 .probabilities = &layer->p,
                                 .scores = &at->scores,
                                 .heads_rows = &at->heads_rows,
                                 .columns = &at->columns,
                                 .squares = &at->squares};
}

// Rows [first, end) of the batch.
struct range {
    uint32_t first, end;
};

static void cut(struct chip* chip, struct tensor* tensor, const struct range* range) {
    *tensor = chip_part(chip, tensor, range->first, range->end - range->first);
}

static void cut_sums(struct chip* chip, struct tensor* sums, const struct range* range) {
    const struct range rows = {range->first / SUM_ROWS, column_partials(range->end)};
    cut(chip, sums, &rows);
}

static void cut_layer(struct gpt* gpt, struct gpt_layer* layer, const struct range* range) {
    struct tensor* const by_row[] = {&layer->x,      &layer->h,    &layer->s1,    &layer->qkv,
                                     &layer->o,      &layer->r,    &layer->g,     &layer->s2,
                                     &layer->u,      &layer->f,    &layer->d_out, &layer->d_fc,
                                     &layer->d_proj, &layer->d_qkv};
    for (uint32_t i = 0; i < sizeof by_row / sizeof by_row[0]; ++i) {
        cut(gpt->chip, by_row[i], range);
    }
    const uint32_t heads = gpt_heads(&gpt->config);
    const struct range squares = {range->first * heads, range->end * heads};
    cut(gpt->chip, &layer->p, &squares);
    for (uint32_t i = 0; i < LAYER_PARAMETERS; ++i) {
        if (layer->sums[i].address != 0) {
            cut_sums(gpt->chip, &layer->sums[i], range);
        }
    }
}

static void cut_mx(struct gpt* gpt, struct activations* at, uint32_t first, uint32_t sequences) {
    struct chip* const chip = gpt->chip;
    const uint32_t t = gpt->config.block;
    const uint32_t heads = gpt_heads(&gpt->config);
    const uint32_t width = gpt_width(&gpt->config);
    at->left = chip_mx_part(chip, &at->left, first * t, sequences * t);
    at->heads_rows =
        chip_mx_part(chip, &at->heads_rows, 3 * first * t * heads, 3 * sequences * t * heads);
    at->columns = chip_mx_part(chip, &at->columns, first * width, sequences * width);
    at->squares = chip_mx_part(chip, &at->squares, first * t * heads, sequences * t * heads);
}

static void cut_activations(struct gpt* gpt, struct activations* at, uint32_t first,
                            uint32_t sequences) {
    const uint32_t t = gpt->config.block;
    const struct range range = {first * t, (first + sequences) * t};
    struct tensor* const by_row[] = {&at->x,       &at->z,  &at->sf,   &at->logits,
                                     &at->losses,  &at->dl, &at->y,    &at->tokens,
                                     &at->targets, &at->dx, &at->wide, &at->d_o};
    at->sequences = sequences;
    for (uint32_t i = 0; i < sizeof by_row / sizeof by_row[0]; ++i) {
        cut(gpt->chip, by_row[i], &range);
    }
    for (uint32_t i = 0; i < gpt->config.layers; ++i) {
        cut_layer(gpt, &at->layer[i], &range);
    }
    cut_sums(gpt->chip, &at->sums[0], &range);
    cut_sums(gpt->chip, &at->sums[1], &range);
    if (at->scores.rows != 0) {
        const uint32_t heads = gpt_heads(&gpt->config);
        at->scores = chip_part(gpt->chip, &at->scores, first * t * heads, sequences * t * heads);
    }
    if (gpt->config.mxfp8 != 0) {
        cut_mx(gpt, at, first, sequences);
    }
}

void make_groups(struct gpt* gpt) {
    const uint32_t granule = granule_of(gpt->config.block);
    const uint32_t of_rows = GROUP_ROWS / (granule * gpt->config.block);
    const uint32_t most = granule * (of_rows == 0 ? 1 : of_rows);
    gpt->group = take_memory(gpt->chip->runtime, gpt->config.batch / most + gpt->chip->clusters,
                             sizeof *gpt->group);
    chip_use(gpt->chip, CHIP_CLUSTERS);
    cut_activations(gpt, &gpt->one, 0, 1);
    if (spreads(gpt)) {
        gpt->group[gpt->groups++] = (struct gpt_group){CHIP_CLUSTERS, gpt->batch};
        return;
    }
    for (uint32_t cluster = 0; cluster < gpt->chip->clusters; ++cluster) {
        const struct share share = share_of(gpt->chip, cluster, gpt->config.batch, granule);
        for (uint32_t first = share.first; first < share.end; first += most) {
            struct gpt_group* const group = &gpt->group[gpt->groups++];
            group->cluster = cluster;
            group->at = gpt->batch;
            cut_activations(gpt, &group->at, first, smaller(most, share.end - first));
        }
    }
}
