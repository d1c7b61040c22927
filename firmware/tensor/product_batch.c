// SPDX-License-Identifier: Apache-2.0
#include "product_batch.h"

void product_batch_begin(struct product_batch* list, struct chip* chip) {
    list->chip = chip;
    list->count = 0;
}

void product_batch_add(struct product_batch* list, const struct tensor_product* product) {
    if (list->count == PRODUCTS_TOGETHER) {
        product_batch_end(list);
    }
    struct product_views* const views = &list->views[list->count];
    struct tensor_product* const own = &list->products[list->count++];
    *own = *product;
    if (product->mx_a != NULL) {
        views->mx_a = *product->mx_a;
        views->mx_b = *product->mx_b;
        own->mx_a = &views->mx_a;
        own->mx_b = &views->mx_b;
    } else {
        views->a = *product->a;
        views->b = *product->b;
        own->a = &views->a;
        own->b = &views->b;
    }
    views->c = *product->c;
    own->c = &views->c;
}

void product_batch_end(struct product_batch* list) {
    if (list->count != 0) {
        record_products(list->chip, list->products, list->count);
    }
    list->count = 0;
}
