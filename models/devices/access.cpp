// SPDX-License-Identifier: Apache-2.0
#include "devices/access.h"

namespace athena::devices {

bool check_size(tlm::tlm_generic_payload& payload, unsigned sizes) {
    const unsigned length = payload.get_data_length();
    if (length <= 8 && ((sizes >> length) & 1U) != 0) {
        return true;
    }
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return false;
}

}  // namespace athena::devices
