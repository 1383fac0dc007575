// HTTP routes of the inbox (contract 2.6).
#pragma once

#include <vector>

#include "features/inbox/inbox.hpp"
#include "platform/http/toolkit/route.hpp"

namespace salesflow::proof {
class Prover;
}

namespace salesflow::inbox {

/// The inbox must outlive the routes, and so must `prover`, which holds some badges against single rows; null: none.
std::vector<http::Route> routes(Inbox& inbox, proof::Prover* prover = nullptr);
/// Those of sequences and drafts, which routes() holds as well.
std::vector<http::Route> sequence_routes(Inbox& inbox);
/// Badges and the mark as read, which routes() holds as well.
std::vector<http::Route> badge_routes(Inbox& inbox, proof::Prover* prover);

}  // namespace salesflow::inbox
