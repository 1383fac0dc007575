// Background work on proofs: writing down what they found.
#pragma once

#include "platform/jobs/job.hpp"
#include "platform/proof/ledger.hpp"
#include "platform/proof/store.hpp"

namespace salesflow::proof {

/// Every ten seconds on each node, when there is anything new, so that operators see all nodes together. Ledger and
/// store must outlive the job. What a node that dies has not written down is lost.
jobs::Job note_proofs_job(const Ledger& ledger, Store& store);

}  // namespace salesflow::proof
