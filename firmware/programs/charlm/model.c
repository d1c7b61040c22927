// SPDX-License-Identifier: Apache-2.0
#include "model.h"

#include <string.h>

#include "fpmath.h"
#include "philox.h"

enum stream { STREAM_EMBEDDING, STREAM_LAYER1, STREAM_LAYER2, STREAM_BATCH, STREAM_SAMPLE };

static uint32_t draw(const struct model* model, enum stream stream, uint32_t step, uint32_t index) {
    return philox_draw(model->config.seed, (uint32_t)stream, step, index);
}

static struct tensor make_tensor(struct runtime* runtime, size_t count, bool rounded) {
    return (struct tensor){
        .count = count,
        .value = take_memory(runtime, count, sizeof(float)),
        .gradient = take_memory(runtime, count, sizeof(float)),
        .velocity = take_memory(runtime, count, sizeof(float)),
        .rounded = rounded ? take_memory(runtime, count, sizeof(uint16_t)) : NULL,
    };
}

// Uniform in [-scale, scale).
static void fill(const struct model* model, struct tensor* tensor, enum stream stream,
                 float scale) {
    for (size_t i = 0; i < tensor->count; ++i) {
        const float unit = philox_unit(draw(model, stream, 0, (uint32_t)i));
        tensor->value[i] = (unit * 2.0f - 1.0f) * scale;
        tensor->rounded[i] = fp_bf16(tensor->value[i]);
    }
}

void model_init(struct model* model, const struct model_config* config, const struct text* text,
                const struct product_config* products, struct runtime* runtime) {
    const uint32_t inputs = config->context * config->embedding;
    const size_t hidden_count = (size_t)config->batch * config->hidden;
    const size_t logit_count = (size_t)config->batch * text->vocabulary;
    const size_t input_count = (size_t)config->batch * inputs;
    *model = (struct model){
        .config = *config,
        .text = text,
        .products = *products,
        .inputs = inputs,
        .embedding = make_tensor(runtime, (size_t)text->vocabulary * config->embedding, true),
        .weight1 = make_tensor(runtime, (size_t)inputs * config->hidden, true),
        .bias1 = make_tensor(runtime, config->hidden, false),
        .weight2 = make_tensor(runtime, (size_t)config->hidden * text->vocabulary, true),
        .bias2 = make_tensor(runtime, text->vocabulary, false),
        .positions = take_memory(runtime, config->batch, sizeof(uint32_t)),
        .x = take_memory(runtime, input_count, sizeof(uint16_t)),
        .z1 = take_memory(runtime, hidden_count, sizeof(float)),
        .a1 = take_memory(runtime, hidden_count, sizeof(uint16_t)),
        .logits = take_memory(runtime, logit_count, sizeof(float)),
        .row_sum = take_memory(runtime, config->batch, sizeof(float)),
        .dlogits = take_memory(runtime, logit_count, sizeof(uint16_t)),
        .da1 = take_memory(runtime, hidden_count, sizeof(float)),
        .dz1 = take_memory(runtime, hidden_count, sizeof(uint16_t)),
        .dx = take_memory(runtime, input_count, sizeof(float)),
    };
    fill(model, &model->embedding, STREAM_EMBEDDING, 0.5f);
    fill(model, &model->weight1, STREAM_LAYER1, __builtin_sqrtf(3.0f / (float)inputs));
    fill(model, &model->weight2, STREAM_LAYER2, __builtin_sqrtf(1.0f / (float)config->hidden));
}

size_t model_parameters(const struct model* model) {
    return model->embedding.count + model->weight1.count + model->bias1.count +
           model->weight2.count + model->bias2.count;
}

// A matrix that is an operand: BF16, row-major without gaps, taken as stored or transposed.
struct operand {
    const uint16_t* data;
    uint32_t columns;  // as stored
    bool transposed;
};

static enum result add_product(struct product_list* list, struct operand a, struct operand b,
                               float* c, uint32_t m, uint32_t n, uint32_t k) {
    const struct product product = {
        .m = m,
        .n = n,
        .k = k,
        .a = (uintptr_t)a.data,
        .a_ld = 2ull * a.columns,
        .a_transposed = a.transposed,
        .b = (uintptr_t)b.data,
        .b_ld = 2ull * b.columns,
        .b_transposed = b.transposed,
        .c = (uintptr_t)c,
        .c_ld = 4ull * n,
    };
    return product_add(list, &product);
}

static enum result multiply(const struct model* model, struct operand a, struct operand b, float* c,
                            uint32_t m, uint32_t n, uint32_t k) {
    struct product_list list;
    enum result done = product_list_init(&list, &model->products);
    if (done == RESULT_OK) {
        done = add_product(&list, a, b, c, m, n, k);
    }
    return done == RESULT_OK ? product_finish(&list) : done;
}

// The symbols before *next are row `row`'s input.
static void gather_row(struct model* model, uint32_t row, const uint8_t* next) {
    const uint32_t width = model->config.embedding;
    uint16_t* out = model->x + (size_t)row * model->inputs;
    for (const uint8_t* symbol = next - model->config.context; symbol != next; ++symbol) {
        memcpy(out, model->embedding.rounded + (size_t)*symbol * width, 2u * width);
        out += width;
    }
}

static void gather(struct model* model, uint32_t rows) {
    for (uint32_t row = 0; row < rows; ++row) {
        gather_row(model, row, model->text->symbols + model->positions[row]);
    }
}

// a1 = BF16(max(z1 + bias1, 0)).
static void activate(struct model* model, uint32_t rows) {
    const uint32_t hidden = model->config.hidden;
    const float* z = model->z1;
    uint16_t* a = model->a1;
    for (uint32_t row = 0; row < rows; ++row) {
        const float* bias = model->bias1.value;
        for (uint32_t h = 0; h < hidden; ++h) {
            const float sum = *z++ + *bias++;
            *a++ = fp_bf16(sum > 0.0f ? sum : 0.0f);
        }
    }
}

// From x to logits without their bias.
static enum result forward(struct model* model, uint32_t rows) {
    const uint32_t hidden = model->config.hidden;
    const uint32_t vocabulary = model->text->vocabulary;
    enum result done = multiply(model, (struct operand){model->x, model->inputs, false},
                                (struct operand){model->weight1.rounded, hidden, false}, model->z1,
                                rows, hidden, model->inputs);
    if (done == RESULT_OK) {
        activate(model, rows);
        done = multiply(model, (struct operand){model->a1, hidden, false},
                        (struct operand){model->weight2.rounded, vocabulary, false}, model->logits,
                        rows, vocabulary, hidden);
    }
    return done;
}

// Adds the bias, times `scale`; leaves exp(logit - max) in the row and their sum in row_sum.
static float row_loss(struct model* model, uint32_t row, uint32_t target, float scale) {
    const uint32_t vocabulary = model->text->vocabulary;
    const float* const bias = model->bias2.value;
    float* const logit = model->logits + (size_t)row * vocabulary;
    float largest = (logit[0] + bias[0]) * scale;
    logit[0] = largest;
    for (uint32_t v = 1; v < vocabulary; ++v) {
        const float value = (logit[v] + bias[v]) * scale;
        logit[v] = value;
        largest = value > largest ? value : largest;
    }
    const float target_logit = logit[target] - largest;
    const float sum = fp_exp_row(logit, largest, logit, vocabulary);
    model->row_sum[row] = sum;
    return fp_log(sum) - target_logit;
}

// dlogits = BF16((softmax - one-hot) / batch); bias2's gradient is the column sum before rounding.
static void logit_gradients(struct model* model) {
    const uint32_t vocabulary = model->text->vocabulary;
    const uint32_t rows = model->config.batch;
    const float share = 1.0f / (float)rows;
    const float* exponential = model->logits;
    uint16_t* out = model->dlogits;
    memset(model->bias2.gradient, 0, vocabulary * sizeof(float));
    for (uint32_t row = 0; row < rows; ++row) {
        const float inverse = 1.0f / model->row_sum[row];
        const uint32_t target = model->text->symbols[model->positions[row]];
        float* column = model->bias2.gradient;
        for (uint32_t v = 0; v < vocabulary; ++v) {
            float gradient = *exponential++ * inverse;
            if (v == target) {
                gradient -= 1.0f;
            }
            gradient *= share;
            *column++ += gradient;
            *out++ = fp_bf16(gradient);
        }
    }
}

// dz1 = BF16(da1 where a1 > 0, else 0); bias1's gradient is the column sum before rounding.
static void hidden_gradients(struct model* model) {
    const uint32_t hidden = model->config.hidden;
    const float* in = model->da1;
    const uint16_t* a = model->a1;
    uint16_t* out = model->dz1;
    memset(model->bias1.gradient, 0, hidden * sizeof(float));
    for (uint32_t row = 0; row < model->config.batch; ++row) {
        float* column = model->bias1.gradient;
        for (uint32_t h = 0; h < hidden; ++h) {
            const float gradient = *a++ != 0 ? *in : 0.0f;
            ++in;
            *column++ += gradient;
            *out++ = fp_bf16(gradient);
        }
    }
}

// Adds each row of dx to the embeddings that it came from, rows ascending.
static void scatter(struct model* model) {
    const uint32_t width = model->config.embedding;
    const float* in = model->dx;
    memset(model->embedding.gradient, 0, model->embedding.count * sizeof(float));
    for (uint32_t row = 0; row < model->config.batch; ++row) {
        const uint8_t* const next = model->text->symbols + model->positions[row];
        for (const uint8_t* symbol = next - model->config.context; symbol != next; ++symbol) {
            float* out = model->embedding.gradient + (size_t)*symbol * width;
            for (uint32_t e = 0; e < width; ++e) {
                *out++ += *in++;
            }
        }
    }
}

static enum result backward(struct model* model) {
    const uint32_t rows = model->config.batch;
    const uint32_t hidden = model->config.hidden;
    const uint32_t vocabulary = model->text->vocabulary;
    const struct operand dlogits = {model->dlogits, vocabulary, false};
    const struct operand dz1 = {model->dz1, hidden, false};
    struct product_list list;
    logit_gradients(model);
    enum result done = product_list_init(&list, &model->products);
    if (done == RESULT_OK) {
        done = add_product(&list, (struct operand){model->a1, hidden, true}, dlogits,
                           model->weight2.gradient, hidden, vocabulary, rows);
    }
    if (done == RESULT_OK) {
        done =
            add_product(&list, dlogits, (struct operand){model->weight2.rounded, vocabulary, true},
                        model->da1, rows, hidden, vocabulary);
    }
    if (done == RESULT_OK) {
        done = product_finish(&list);
    }
    if (done != RESULT_OK) {
        return done;
    }
    hidden_gradients(model);
    done = add_product(&list, (struct operand){model->x, model->inputs, true}, dz1,
                       model->weight1.gradient, model->inputs, hidden, rows);
    if (done == RESULT_OK) {
        done = add_product(&list, dz1, (struct operand){model->weight1.rounded, hidden, true},
                           model->dx, rows, model->inputs, hidden);
    }
    if (done == RESULT_OK) {
        done = product_finish(&list);
    }
    if (done == RESULT_OK) {
        scatter(model);
    }
    return done;
}

// v = momentum v + g; w = w - rate v.
static void update(struct tensor* tensor, float momentum, float rate) {
    for (size_t i = 0; i < tensor->count; ++i) {
        const float velocity = __builtin_fmaf(momentum, tensor->velocity[i], tensor->gradient[i]);
        const float value = __builtin_fmaf(-rate, velocity, tensor->value[i]);
        tensor->velocity[i] = velocity;
        tensor->value[i] = value;
        if (tensor->rounded != NULL) {
            tensor->rounded[i] = fp_bf16(value);
        }
    }
}

static void choose_batch(struct model* model, uint32_t step) {
    const uint64_t choices = model->text->train_length - model->config.context;
    for (uint32_t row = 0; row < model->config.batch; ++row) {
        const uint64_t word = draw(model, STREAM_BATCH, step, row);
        model->positions[row] = model->config.context + (uint32_t)(word * choices >> 32);
    }
}

enum result model_train_step(struct model* model, uint32_t step, float* loss) {
    const uint32_t rows = model->config.batch;
    choose_batch(model, step);
    gather(model, rows);
    enum result done = forward(model, rows);
    if (done != RESULT_OK) {
        return done;
    }
    float sum = 0.0f;
    for (uint32_t row = 0; row < rows; ++row) {
        sum += row_loss(model, row, model->text->symbols[model->positions[row]], 1.0f);
    }
    *loss = sum * (1.0f / (float)rows);
    done = backward(model);
    if (done != RESULT_OK) {
        return done;
    }
    const float progress = (float)step / (float)model->config.steps;
    const float rate = model->config.rate * __builtin_fmaf(-0.9f, progress, 1.0f);
    struct tensor* const tensors[] = {&model->embedding, &model->weight1, &model->bias1,
                                      &model->weight2, &model->bias2};
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; ++i) {
        update(tensors[i], model->config.momentum, rate);
    }
    return RESULT_OK;
}

enum result model_validate(struct model* model, uint32_t count, float* loss) {
    const struct text* text = model->text;
    const size_t first = text->train_length;
    const size_t available = text->length - first;
    const size_t total = count == 0 || count > available ? available : count;
    const size_t stride = available / total;
    double sum = 0.0;
    for (size_t done = 0; done < total;) {
        const size_t left = total - done;
        const uint32_t rows = left < model->config.batch ? (uint32_t)left : model->config.batch;
        for (uint32_t row = 0; row < rows; ++row) {
            model->positions[row] = (uint32_t)(first + (done + row) * stride);
        }
        gather(model, rows);
        const enum result forwarded = forward(model, rows);
        if (forwarded != RESULT_OK) {
            return forwarded;
        }
        for (uint32_t row = 0; row < rows; ++row) {
            sum += (double)row_loss(model, row, text->symbols[model->positions[row]], 1.0f);
        }
        done += rows;
    }
    *loss = (float)(sum / (double)total);
    return RESULT_OK;
}

// The first symbol at which the running sum of exponentials passes the drawn part of their sum.
static uint8_t choose_symbol(const struct model* model, uint32_t index) {
    const uint32_t vocabulary = model->text->vocabulary;
    const float limit = philox_unit(draw(model, STREAM_SAMPLE, 0, index)) * model->row_sum[0];
    uint32_t chosen = 0;
    float below = model->logits[0];
    while (below <= limit && chosen + 1 < vocabulary) {
        below += model->logits[++chosen];
    }
    return (uint8_t)chosen;
}

enum result model_generate(struct model* model, float temperature, uint32_t count,
                           uint8_t* symbols) {
    enum { LONGEST_CONTEXT = 64 };
    const uint32_t context = model->config.context;
    uint8_t window[LONGEST_CONTEXT];
    if (context > LONGEST_CONTEXT) {
        return RESULT_BAD_ARGUMENT;
    }
    memcpy(window, model->text->symbols + model->text->train_length, context);
    for (uint32_t i = 0; i < count; ++i) {
        gather_row(model, 0, window + context);
        const enum result forwarded = forward(model, 1);
        if (forwarded != RESULT_OK) {
            return forwarded;
        }
        (void)row_loss(model, 0, 0, 1.0f / temperature);
        symbols[i] = choose_symbol(model, i);
        memmove(window, window + 1, context - 1);
        window[context - 1] = symbols[i];
    }
    return RESULT_OK;
}
