// VerifiedIdentity: who a token names, and how much of that the database still has to say.
#pragma once

#include "platform/core/request_context.hpp"

namespace salesflow {

/// What is left to look up before an identity counts.
enum class Standing {
  settled,   // nothing: organisation and role are as the token says
  unplaced,  // a token of ours without an organisation: its user may have got one meanwhile
  foreign,   // another issuer's: profile, organisation and role are the database's to say
};

struct VerifiedIdentity : Identity {
  Standing standing = Standing::settled;
};

}  // namespace salesflow
