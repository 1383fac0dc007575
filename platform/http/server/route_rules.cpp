#include "platform/http/server/route_rules.hpp"

#include "platform/core/log.hpp"
#include "platform/http/toolkit/problem.hpp"

namespace salesflow::http {

std::optional<Error> refuse_role(Auth auth, const Identity& who) {
  switch (auth) {
    case Auth::anyone:
    case Auth::user:
      break;
    case Auth::org_member:
      if (who.org_id.is_nil() || who.role == OrgRole::none) {
        return fail(Errc::forbidden,
                    "This needs an organisation, and you belong to none yet: ask the owner of one to add you");
      }
      break;
    case Auth::org_admin:
      if (who.org_id.is_nil() || who.role < OrgRole::admin) {
        return fail(Errc::forbidden, "This needs an administrator of the organisation");
      }
      break;
    case Auth::superadmin:
      if (!who.superadmin)
        return fail(Errc::forbidden, "This needs a global administrator");
      break;
  }
  return std::nullopt;
}

Response failed_response(const Error& error, const RequestContext& context) {
  Response response = problem(error, context.request_id);
  if (response.status < 500)
    return response;
  // What any client can cause (a method that nobody knows, more at once than fit) is no fault to look at.
  const bool fault =
      error.code != Errc::not_implemented && !(error.code == Errc::unavailable && error.log_detail.empty());
  log::write(fault ? log::Level::error : log::Level::warn, "request_failed",
             {{"request", context.request_id},
              {"route", context.route},
              {"code", to_string(error.code)},
              {"detail", error.public_detail},
              {"cause", error.log_detail},
              {"file", error.origin.file_name()},
              {"line", error.origin.line()}});
  return response;
}

Error bug_error(std::string_view what) {
  return fail(Errc::internal, "Something went wrong on our side; please quote the instance", {}, std::string(what));
}

}  // namespace salesflow::http
