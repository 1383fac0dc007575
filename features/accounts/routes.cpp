#include "features/accounts/routes.hpp"

#include "platform/http/toolkit/ascii.hpp"
#include "platform/http/toolkit/etag.hpp"
#include "platform/http/toolkit/read_body.hpp"
#include "platform/http/toolkit/read_query.hpp"
#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/read.hpp"
#include "platform/json/write.hpp"

namespace salesflow::accounts {
namespace {

constexpr std::string_view cookie_name = "sf_refresh";
constexpr std::string_view cookie_path = "/api/auth/refresh";
constexpr std::size_t body_bytes_max = 16 << 10;

Client client_of(const http::Request& request) {
  return {std::string(request.client_address), std::string(request.header("User-Agent"))};
}

template <class Body>
http::Response answer(const Body& body) {
  return http::json_response(json::to_json(body));
}

std::string bearer_of(const http::Request& request) {
  const std::string_view header = request.header("Authorization");
  constexpr std::string_view scheme = "bearer ";
  if (!http::equal_without_case(header.substr(0, scheme.size()), scheme))
    return {};
  return std::string(header.substr(scheme.size()));
}

/// The value of our cookie; empty when absent.
std::string cookie_of(const http::Request& request) {
  for (const http::Header& header : request.headers) {
    if (!http::equal_without_case(header.name, "Cookie"))
      continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      std::string_view pair = rest.substr(0, end);
      while (pair.starts_with(' '))
        pair.remove_prefix(1);
      if (pair.starts_with(cookie_name) && pair.substr(cookie_name.size()).starts_with('=')) {
        return std::string(pair.substr(cookie_name.size() + 1));
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return {};
}

/// The current password goes by two names in clients.
struct ChangePasswordRequest {
  std::optional<std::string> current_password, old_password;
  Text<8, 1024> new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePasswordRequest, (), (current_password, old_password, new_password))

class Handlers {
 public:
  Handlers(Accounts& accounts, Members& members, RouteSettings settings)
      : accounts_(accounts), members_(members), settings_(std::move(settings)) {}

  Task<Result<http::Response>> signup(http::Request& request) {
    auto body = http::read_body<SignupBody>(request);
    if (!body)
      co_return body.error();
    co_return token_response(co_await accounts_.signup(*request.context, std::move(*body), client_of(request)));
  }

  Task<Result<http::Response>> login(http::Request& request) {
    const bool is_json = request.header("Content-Type").find("json") != std::string_view::npos;
    auto body = is_json ? http::read_body<LoginBody>(request) : http::read_form<LoginBody>(request);
    if (!body)
      co_return body.error();
    co_return token_response(co_await accounts_.login(*request.context, std::move(*body), client_of(request)));
  }

  Task<Result<http::Response>> refresh(http::Request& request) {
    auto token = refresh_token_of(request);
    if (!token)
      co_return token.error();
    if (token->empty()) {
      // The browser sends the cookie by itself, so the request must come from a page that may use it.
      *token = cookie_of(request);
      if (!token->empty() && !is_from_own_page(request)) {
        co_return fail(Errc::forbidden, "The refresh cookie cannot be used from this origin");
      }
    }
    if (token->empty())
      co_return fail(Errc::unauthenticated, "A refresh token is required");
    co_return token_response(co_await accounts_.refresh(*request.context, std::move(*token)));
  }

  Task<Result<http::Response>> logout(http::Request& request) {
    auto token = refresh_token_of(request);
    if (!token)
      co_return token.error();
    auto done = co_await accounts_.logout(*request.context, bearer_of(request), std::move(*token));
    if (!done)
      co_return done.error();
    auto response = answer(Message{"Logged out"});
    set_cookie(response, "", std::chrono::seconds(0));
    co_return response;
  }

  Task<Result<http::Response>> read_me(http::Request& request) {
    co_return user_response(co_await accounts_.read_me(*request.context));
  }

  Task<Result<http::Response>> update_me(http::Request& request) {
    auto body = http::read_body<UpdateUserBody>(request);
    if (!body)
      co_return body.error();
    auto condition = http::read_if_match(request);
    if (!condition)
      co_return condition.error();
    std::optional<std::vector<std::int64_t>> versions;
    if (condition->present && !condition->any)
      versions = std::move(condition->versions);
    co_return user_response(co_await accounts_.update_me(*request.context, std::move(*body), std::move(versions)));
  }

  Task<Result<http::Response>> request_reset(http::Request& request) {
    auto body = http::read_body<RequestResetBody>(request);
    if (!body)
      co_return body.error();
    auto done = co_await accounts_.request_reset(*request.context, std::move(*body), client_of(request));
    if (!done)
      co_return done.error();
    co_return answer(Message{"If the address has an account, a mail with a link is on its way"});
  }

  Task<Result<http::Response>> reset_password(http::Request& request) {
    auto body = http::read_body<ResetPasswordBody>(request);
    if (!body)
      co_return body.error();
    auto done = co_await accounts_.reset_password(*request.context, std::move(*body), client_of(request));
    if (!done)
      co_return done.error();
    co_return answer(Message{"The password is changed; log in with it"});
  }

  Task<Result<http::Response>> change_password(http::Request& request) {
    auto body = http::read_body<ChangePasswordRequest>(request);
    if (!body)
      co_return body.error();
    auto& current = body->current_password ? body->current_password : body->old_password;
    if (!current)
      co_return fail(Errc::invalid_argument, "current_password is required", "current_password");
    ChangePasswordBody change{std::move(*current), std::move(body->new_password)};
    auto done = co_await accounts_.change_password(*request.context, std::move(change), client_of(request));
    if (!done)
      co_return done.error();
    co_return answer(Message{"The password is changed"});
  }

  Task<Result<http::Response>> read_organization(http::Request& request) {
    auto organization = co_await members_.read_organization(*request.context);
    if (!organization)
      co_return organization.error();
    co_return answer(*organization);
  }

  Task<Result<http::Response>> list_organizations(http::Request& request) {
    auto organizations = co_await members_.list_organizations(*request.context);
    if (!organizations)
      co_return organizations.error();
    co_return answer(*organizations);
  }

  Task<Result<http::Response>> list_members(http::Request& request) {
    auto query = http::read_query<MemberQuery>(request);
    if (!query)
      co_return query.error();
    auto page = co_await members_.list_members(*request.context, std::move(*query));
    if (!page)
      co_return page.error();
    co_return answer(*page);
  }

  Task<Result<http::Response>> add_member(http::Request& request) {
    auto body = http::read_body<AddMemberBody>(request);
    if (!body)
      co_return body.error();
    auto added = co_await members_.add_member(*request.context, std::move(*body));
    if (!added)
      co_return added.error();
    co_return answer(*added);
  }

  Task<Result<http::Response>> change_role(http::Request& request) {
    const auto user_id = request.path_uuid(0, "user_id");
    if (!user_id)
      co_return user_id.error();
    const auto body = http::read_body<ChangeRoleBody>(request);
    if (!body)
      co_return body.error();
    auto member = co_await members_.change_role(*request.context, *user_id, body->role);
    if (!member)
      co_return member.error();
    co_return answer(*member);
  }

  Task<Result<http::Response>> remove_member(http::Request& request) {
    const auto user_id = request.path_uuid(0, "user_id");
    if (!user_id)
      co_return user_id.error();
    auto done = co_await members_.remove_member(*request.context, *user_id);
    if (!done)
      co_return done.error();
    co_return http::no_content();
  }

 private:
  /// From the body, which may be absent; empty when it names none.
  static Result<std::string> refresh_token_of(const http::Request& request) {
    if (request.body.empty())
      return std::string();
    auto body = http::read_body<RefreshBody>(request);
    if (!body)
      return body.error();
    return std::move(body->refresh_token).value_or(std::string());
  }

  bool is_from_own_page(const http::Request& request) const {
    const std::string_view origin = request.header("Origin"), host = request.header("Host");
    const auto scheme_end = origin.find("://");
    if (scheme_end == std::string_view::npos || host.empty())
      return false;
    return origin.substr(scheme_end + 3) == host || (settings_.allows_origin && settings_.allows_origin(origin));
  }

  void set_cookie(http::Response& response, std::string_view token, std::chrono::seconds life) const {
    std::string cookie(cookie_name);
    cookie.append("=").append(token).append("; Max-Age=").append(std::to_string(life.count()));
    cookie.append("; Path=").append(cookie_path).append("; HttpOnly; SameSite=Strict");
    if (settings_.cookie_secure)
      cookie += "; Secure";
    response.headers.emplace_back("Set-Cookie", std::move(cookie));
  }

  /// Answers with tokens are for one reader: no cache keeps them, and no compression mixes them with other text.
  Result<http::Response> token_response(Result<TokenBody> tokens) const {
    if (!tokens)
      return tokens.error();
    auto response = http::json_response(json::to_json(*tokens, 1024));
    response.compressible = false;
    response.headers.emplace_back("Cache-Control", "no-store");
    set_cookie(response, tokens->refresh_token, settings_.refresh_ttl);
    return response;
  }

  static Result<http::Response> user_response(Result<UserRow> user) {
    if (!user)
      return user.error();
    auto response = answer(static_cast<const User&>(*user));
    response.etag = http::version_etag(user->row_version);
    return response;
  }

  Accounts& accounts_;
  Members& members_;
  RouteSettings settings_;
};

using http::Auth, http::BodyPolicy, http::Idempotency, http::Method;

using Table = http::RouteTable<Handlers>;

template <class Body>
void takes(http::Route& route, BodyPolicy policy = BodyPolicy::json(body_bytes_max)) {
  route.body = policy;
  route.request_schema = json::schema<Body>();
}

std::vector<http::Route> auth_routes(const std::shared_ptr<Handlers>& handlers) {
  Table table(handlers, "accounts");
  const auto open = [](http::Route& route) -> http::Route& {
    route.auth = Auth::anyone;
    route.deadline = std::chrono::seconds(10);  // passwords wait their turn
    return route;
  };

  auto& signup = open(table.add(Method::post, "/api/auth/signup", "signup",
                                "Makes a user with an organisation of its own and logs it in.", &Handlers::signup));
  takes<SignupBody>(signup);
  signup.response_schema = json::schema<TokenBody>();
  signup.error_statuses = {413, 415};

  auto& login =
      open(table.add(Method::post, "/api/auth/login", "login",
                     "Logs in by form or JSON; org_id picks one of several organisations.", &Handlers::login));
  takes<LoginBody>(login, BodyPolicy::form_or_json(body_bytes_max));
  login.response_schema = json::schema<TokenBody>();
  login.error_statuses = {403, 413, 415};

  auto& refresh =
      open(table.add(Method::post, "/api/auth/refresh", "refresh",
                     "Trades a refresh token, from the body or the cookie, for a new pair.", &Handlers::refresh));
  takes<RefreshBody>(refresh);
  refresh.body.required = false;  // the cookie will do
  refresh.response_schema = json::schema<TokenBody>();
  refresh.error_statuses = {403, 413, 415};

  auto& logout = open(table.add(Method::post, "/api/auth/logout", "logout",
                                "Ends the session of the bearer token, else of the refresh token in the body.",
                                &Handlers::logout));
  takes<RefreshBody>(logout);
  logout.body.required = false;
  logout.response_schema = json::schema<Message>();
  logout.error_statuses = {413, 415};

  auto& reset =
      open(table.add(Method::post, "/api/auth/request-password-reset", "request_password_reset",
                     "Mails a link for a new password if the address has an account.", &Handlers::request_reset));
  takes<RequestResetBody>(reset);
  reset.response_schema = json::schema<Message>();
  reset.error_statuses = {413, 415};

  auto& use =
      open(table.add(Method::post, "/api/auth/reset-password", "reset_password",
                     "Sets a new password by the token of a mail and ends all sessions.", &Handlers::reset_password));
  takes<ResetPasswordBody>(use);
  use.response_schema = json::schema<Message>();
  use.error_statuses = {413, 415};

  auto& change = table.add(Method::post, "/api/auth/change-password", "change_password",
                           "Sets a new password, given the current one; the caller's other sessions end.",
                           &Handlers::change_password);
  change.deadline = std::chrono::seconds(10);
  takes<ChangePasswordRequest>(change);
  change.response_schema = json::schema<Message>();
  change.error_statuses = {404, 409, 413, 415};

  auto& me = table.add(Method::get, "/api/auth/me", "read_me", "The caller's profile.", &Handlers::read_me);
  me.response_schema = json::schema<User>();
  me.error_statuses = {404};

  auto& update = table.add(Method::patch, "/api/auth/me", "update_me",
                           "Changes the fields sent; null and \"\" clear one. If-Match makes it conditional.",
                           &Handlers::update_me);
  takes<UpdateUserBody>(update);
  update.response_schema = json::schema<User>();
  update.error_statuses = {404, 412, 413, 415};
  return std::move(table).take();
}

std::vector<http::Route> organization_routes(const std::shared_ptr<Handlers>& handlers) {
  Table table(handlers, "organization");
  auto& own = table.add(Method::get, "/api/organization", "read_organization",
                        "The organisation in use, with the caller's role.", &Handlers::read_organization);
  own.auth = Auth::org_member;
  own.response_schema = json::schema<Organization>();
  own.error_statuses = {403, 404};

  auto& all = table.add(Method::get, "/api/organizations", "list_organizations",
                        "All organisations the caller belongs to; a login can ask for one by org_id.",
                        &Handlers::list_organizations);
  all.response_schema = json::schema<OrganizationList>();

  auto& list = table.add(Method::get, "/api/organization/members", "list_members",
                         "The members of the organisation, by user id.", &Handlers::list_members);
  list.auth = Auth::org_member;
  list.query_schema = json::schema<MemberQuery>();
  list.response_schema = json::schema<MemberPage>();
  list.error_statuses = {403};

  auto& add = table.add(Method::post, "/api/organization/members", "add_member",
                        "Adds a user by address, or invites an unknown address by mail.", &Handlers::add_member);
  add.auth = Auth::org_admin;
  add.idempotency = Idempotency::optional;
  takes<AddMemberBody>(add);
  add.response_schema = json::schema<AddedMember>();
  add.error_statuses = {403, 404, 409, 413, 415};

  auto& change = table.add(Method::patch, "/api/organization/members/{user_id}", "change_member_role",
                           "Changes a member's role; a lower one ends its sessions.", &Handlers::change_role);
  change.auth = Auth::org_admin;
  takes<ChangeRoleBody>(change);
  change.response_schema = json::schema<Member>();
  change.error_statuses = {403, 404, 409, 413, 415};

  auto& remove =
      table.add(Method::del, "/api/organization/members/{user_id}", "remove_member",
                "Takes a member out of the organisation and ends its sessions there.", &Handlers::remove_member);
  remove.auth = Auth::org_admin;
  remove.success_status = 204;
  remove.error_statuses = {403, 404, 409};
  return std::move(table).take();
}

}  // namespace

std::vector<http::Route> routes(Accounts& accounts, Members& members, RouteSettings settings) {
  const auto handlers = std::make_shared<Handlers>(accounts, members, std::move(settings));
  auto all = auth_routes(handlers);
  for (auto& route : organization_routes(handlers))
    all.push_back(std::move(route));
  return all;
}

}  // namespace salesflow::accounts
