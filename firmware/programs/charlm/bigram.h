// SPDX-License-Identifier: Apache-2.0
// The bar that a model has to pass.
#pragma once

#include "text.h"

// Mean loss, in nats a character, that pair counts of the first nine tenths, plus one each, have on
// the rest.
float text_bigram_loss(struct runtime* runtime, const struct text* text);
