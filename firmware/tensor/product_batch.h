// SPDX-License-Identifier: Apache-2.0
// Products of views that exist only while a list is recorded, of which none needs what another
// writes: they are recorded some at a time.
#pragma once

#include "products.h"

enum { PRODUCTS_TOGETHER = 24 };

struct product_batch {
    struct chip* chip;
    uint32_t count;
    struct product_views {
        struct tensor a, b, c;
        struct mx_tensor mx_a, mx_b;
    } views[PRODUCTS_TOGETHER];
    struct tensor_product products[PRODUCTS_TOGETHER];
};

void product_batch_begin(struct product_batch* list, struct chip* chip);
// Copies what the product points to.
void product_batch_add(struct product_batch* list, const struct tensor_product* product);
// Records what has not been recorded yet.
void product_batch_end(struct product_batch* list);
