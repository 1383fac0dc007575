// Signatures of webhooks: HMAC-SHA-256 over timestamp, '.' and body, in hex behind "v1=".
#pragma once

#include <string>
#include <string_view>

#include "platform/core/time.hpp"
#include "platform/security/crypto.hpp"

namespace salesflow::webhooks {

/// "v1=3f…": what a sender puts into X-SalesFlow-Signature. `timestamp` is sent beside it, in seconds since 1970.
std::string sign(std::string_view secret, std::string_view timestamp, std::string_view body);

/// True when one of the signatures in `header` ("v1=…, v1=…"; other versions are passed over) is this secret's. Takes
/// the same time wherever they differ; more than ten are not looked at.
bool is_signed_by(std::string_view secret, std::string_view timestamp, std::string_view body, std::string_view header);

/// Seconds since 1970 in decimal, nothing else; empty otherwise.
std::optional<TimePoint> read_timestamp(std::string_view text);

/// What makes a delivery the same one: timestamp and body, whichever secret signed it. (Not the signature: during a
/// rotation one delivery has two.)
security::Sha256 digest_of(std::string_view channel, std::string_view timestamp, std::string_view body);

}  // namespace salesflow::webhooks
