// Members: who belongs to an organisation, and as what.
#pragma once

#include <string>

#include "features/accounts/accounts.hpp"

namespace salesflow::accounts {

/// One a thread. Everything concerns the organisation of the caller's token; who may change what is decided in the
/// database from today's membership, not from the token's role. Errors of the store pass through.
class Members {
 public:
  Members(asio::io_context& context, Store& store, const SharedServices& shared)
      : context_(context), store_(store), shared_(shared) {}

  /// Errors: not_found when the caller has left it.
  Task<Result<Organization>> read_organization(RequestContext& request);
  /// The caller's organisations, longest membership first, at most 100.
  Task<Result<OrganizationList>> list_organizations(RequestContext& request);

  /// By user id; one keyset page. Errors: malformed for a cursor of another list.
  Task<Result<MemberPage>> list_members(RequestContext& request, MemberQuery query);
  /// Adds the user of the address. An unknown address becomes a user without password and gets a mail with a link to
  /// set one; asked again before it was used, a new link.
  /// Errors: invalid_argument naming email; conflict for who is a member already; forbidden: only owners and admins
  ///         add, only owners add owners; unavailable when the mail cannot be stored (asking again sends it).
  Task<Result<AddedMember>> add_member(RequestContext& request, AddMemberBody body);
  /// Errors: not_found; forbidden; conflict for the last owner. A lower role ends the member's sessions.
  Task<Result<Member>> change_role(RequestContext& request, Uuid user_id, MemberRole role);
  /// Errors as change_role. Ends the member's sessions in this organisation.
  Task<Result<void>> remove_member(RequestContext& request, Uuid user_id);

 private:
  asio::io_context& context_;
  Store& store_;
  const SharedServices& shared_;
};

}  // namespace salesflow::accounts
