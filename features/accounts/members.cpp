#include "features/accounts/members.hpp"

#include "platform/core/cursor.hpp"
#include "platform/core/page_end.hpp"
#include "platform/security/crypto.hpp"
#include "platform/text/email_address.hpp"

namespace salesflow::accounts {
namespace {

constexpr int organizations_max = 100;

/// Where the list of members goes on.
struct MemberPosition {
  Uuid user_id;
};
BOOST_DESCRIBE_STRUCT(MemberPosition, (), (user_id))

Error refuse_change(ChangeOutcome outcome) {
  switch (outcome) {
    case ChangeOutcome::not_found:
      return fail(Errc::not_found, "There is no such member");
    case ChangeOutcome::last_owner:
      return fail(Errc::conflict, "An organisation needs an owner; make somebody else one first");
    default:
      return fail(Errc::forbidden, "Your role does not allow this");
  }
}

/// Answers about who belongs where that this process remembers are old from now on.
void forget_memberships(const SharedServices& shared) {
  if (shared.memberships_version)
    shared.memberships_version->fetch_add(1, std::memory_order_acq_rel);
}

/// A mail's text is not HTML, but a name must not break its lines.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      c = ' ';
  }
  return text;
}

}  // namespace

Task<Result<Organization>> Members::read_organization(RequestContext& request) {
  auto organization = co_await store_.read_organization(request);
  if (!organization)
    co_return organization.error();
  if (!*organization)
    co_return fail(Errc::not_found, "You do not belong to this organisation any more");
  co_return std::move(**organization);
}

Task<Result<OrganizationList>> Members::list_organizations(RequestContext& request) {
  auto organizations = co_await store_.list_organizations(request, organizations_max);
  if (!organizations)
    co_return organizations.error();
  co_return OrganizationList{std::move(*organizations)};
}

Task<Result<MemberPage>> Members::list_members(RequestContext& request, MemberQuery query) {
  const Scope scope("accounts.list_members", request.identity.org_id);
  const auto after = decode_cursor(query.cursor.value_or(""), scope, MemberPosition{});
  if (!after)
    co_return after.error();
  auto members =
      co_await store_.list_members(request, after->user_id, query.limit + 1);  // one more tells of a next page
  if (!members)
    co_return members.error();
  MemberPage page{std::move(*members), false, {}};
  if (end_page(page.members, query.limit.value)) {
    page.has_more = true;
    page.next_cursor = encode_cursor(MemberPosition{page.members.back().user_id}, scope);
  }
  co_return page;
}

Task<Result<AddedMember>> Members::add_member(RequestContext& request, AddMemberBody body) {
  auto email = normalize_email(body.email);
  if (!email)
    co_return email.error();
  // Before anything is stored: an invitation that never leaves could not be repeated.
  if (auto possible = co_await shared_.mailer.try_out(context_); !possible)
    co_return possible.error();
  const std::string token = security::random_token();
  NewMember member{*email,
                   body.role,
                   Uuid::v7(),
                   body.name ? one_line(**body.name) : email->substr(0, email->find('@')),
                   hash_token(token),
                   static_cast<int>(shared_.settings.invite_ttl.count())};
  auto added = co_await store_.add_member(request, std::move(member));
  if (!added)
    co_return added.error();
  forget_memberships(shared_);
  if (added->outcome == AddOutcome::forbidden)
    co_return refuse_change(ChangeOutcome::forbidden);
  if (added->outcome == AddOutcome::already_member) {
    co_return fail(Errc::conflict, "This user is a member already", "email");
  }
  if (added->outcome == AddOutcome::blocked) {
    co_return fail(Errc::conflict, "This user is switched off where the account was made", "email");
  }
  const bool invited = added->outcome == AddOutcome::invited;
  if (invited) {
    const auto days = std::chrono::ceil<std::chrono::days>(shared_.settings.invite_ttl).count();
    Mail mail{*email, "You are invited to SalesFlow",
              "Hello,\n\nyou are invited to work with " + one_line(added->org_name.value_or("a team")) +
                  " in SalesFlow. Open this link within " + std::to_string(days) + " days to choose a password:\n\n" +
                  shared_.settings.public_url + "/reset-password?token=" + token +
                  "\n\nYou log in with this address. If you did not expect this, you can ignore this mail.\n"};
    auto sent = co_await shared_.mailer.send(context_, std::move(mail));
    if (!sent)
      co_return sent.error();
  }
  auto row = co_await store_.read_member(request, added->user_id.value_or(Uuid{}));
  if (!row)
    co_return row.error();
  if (!*row)
    co_return refuse_change(ChangeOutcome::not_found);  // removed by somebody else in between
  co_return AddedMember{std::move(**row), invited};
}

Task<Result<Member>> Members::change_role(RequestContext& request, Uuid user_id, MemberRole role) {
  auto outcome = co_await store_.set_member_role(request, user_id, role);
  if (!outcome)
    co_return outcome.error();
  forget_memberships(shared_);
  if (*outcome != ChangeOutcome::changed)
    co_return refuse_change(*outcome);
  auto row = co_await store_.read_member(request, user_id);
  if (!row)
    co_return row.error();
  if (!*row)
    co_return refuse_change(ChangeOutcome::not_found);
  co_return std::move(**row);
}

Task<Result<void>> Members::remove_member(RequestContext& request, Uuid user_id) {
  auto outcome = co_await store_.remove_member(request, user_id);
  if (!outcome)
    co_return outcome.error();
  forget_memberships(shared_);
  if (*outcome != ChangeOutcome::removed)
    co_return refuse_change(*outcome);
  co_return Result<void>();
}

}  // namespace salesflow::accounts
