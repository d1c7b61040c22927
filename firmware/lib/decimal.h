// SPDX-License-Identifier: Apache-2.0
// FP32 numbers for people.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

enum { DECIMAL_BYTES = 48 };  // of the longest text and its end

// With four decimals, as printf("%.4f") writes it: to the nearest, ties to even; "nan", "inf".
// Returns `text`.
const char* decimal_text(char text[DECIMAL_BYTES], float value);

#ifdef __cplusplus
}
#endif
