#include "features/lookups/routes.hpp"

#include "platform/http/toolkit/route_table.hpp"
#include "platform/json/write.hpp"

namespace salesflow::lookups {
namespace {

struct ValuesAnswer {
  RowSet<ValueRow> values;
  std::size_t count = 0;  // of values
};
BOOST_DESCRIBE_STRUCT(ValuesAnswer, (), (values, count))

class Handlers {
 public:
  explicit Handlers(Lookups& lookups) : lookups_(lookups) {}

  Task<Result<http::Response>> list_industries(http::Request& request) {
    auto rows = co_await lookups_.list_contact_values(*request.context, ContactValue::industry);
    co_return to_response(std::move(rows));
  }

  Task<Result<http::Response>> list_tags(http::Request& request) {
    auto rows = co_await lookups_.list_contact_values(*request.context, ContactValue::tag);
    co_return to_response(std::move(rows));
  }

  Task<Result<http::Response>> list_sources(http::Request& request) {
    auto rows = co_await lookups_.list_sources(*request.context);
    co_return to_response(std::move(rows));
  }

  Task<Result<http::Response>> list_stages(http::Request& request) {
    auto rows = co_await lookups_.list_stages(*request.context);
    co_return to_response(std::move(rows));
  }

  Task<Result<http::Response>> list_pipelines(http::Request& request) {
    auto rows = co_await lookups_.list_pipelines(*request.context);
    co_return to_response(std::move(rows));
  }

 private:
  static Result<http::Response> to_response(Result<RowSet<ValueRow>> rows) {
    if (!rows)
      return rows.error();
    ValuesAnswer answer;
    answer.values = std::move(*rows);
    answer.count = answer.values.size();
    return http::json_response(json::to_json(answer, 64 + 64 * answer.count));
  }

  Lookups& lookups_;
};

}  // namespace

std::vector<http::Route> routes(Lookups& lookups) {
  using http::Method;
  http::RouteTable<Handlers> table(std::make_shared<Handlers>(lookups), "lookups");

  auto& industries =
      table.add(Method::get, "/api/lookups/industries", "list_industries",
                "Industries of the organisation's contacts, with how many are in each.", &Handlers::list_industries);
  industries.auth = http::Auth::org_member;
  http::answers<ValuesAnswer>(industries);

  auto& tags = table.add(Method::get, "/api/lookups/tags", "list_tags",
                         "Tags of the organisation's contacts, with how many have each.", &Handlers::list_tags);
  tags.auth = http::Auth::org_member;
  http::answers<ValuesAnswer>(tags);

  auto& sources = table.add(Method::get, "/api/lookups/sources", "list_sources",
                            "Where the caller's leads come from, with how many came.", &Handlers::list_sources);
  http::answers<ValuesAnswer>(sources);

  auto& stages = table.add(Method::get, "/api/lookups/stages", "list_stages",
                           "Stages of deals in their order, with how many open deals are in each; null where none is "
                           "counted (won, lost).",
                           &Handlers::list_stages);
  stages.auth = http::Auth::org_member;
  http::answers<ValuesAnswer>(stages);

  auto& pipelines =
      table.add(Method::get, "/api/lookups/pipelines", "list_pipelines",
                "Pipelines of the organisation's deals, with how many are open.", &Handlers::list_pipelines);
  pipelines.auth = http::Auth::org_member;
  http::answers<ValuesAnswer>(pipelines);
  return std::move(table).take();
}

}  // namespace salesflow::lookups
