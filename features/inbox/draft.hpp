// A proposal for the next message, made by rule. Pure; no I/O.
#pragma once

#include "features/inbox/analysis.hpp"
#include "features/inbox/model.hpp"

namespace salesflow::inbox {

/// Answers the contact's newest message by what it means (analyse), else opens or follows up. Never longer than
/// options.length_max characters: cut after a sentence, else after a word. `confidence` says how much there was to go
/// by, not how good the words are; nothing is sent.
Draft make_draft(const DraftContextRow& context, const DraftOptions& options);

}  // namespace salesflow::inbox
