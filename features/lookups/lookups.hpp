// Values to choose from, as forms and filters offer them: those that the tenant's rows really use. Nothing is written
// here.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string_view>

#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::lookups {

struct ValueRow {
  std::string_view value;
  std::optional<std::int64_t> count;  // rows that have it; absent where nobody keeps it
};
BOOST_DESCRIBE_STRUCT(ValueRow, (), (value, count))

/// What contacts have of their own words.
enum class ContactValue { industry, tag };
BOOST_DESCRIBE_ENUM(ContactValue, industry, tag)

class Store;

inline constexpr std::int64_t values_max = 500;

/// The use cases: each one statement, one round trip, at most `values_max` rows. Errors: unavailable,
/// deadline_exceeded.
class Lookups {
 public:
  explicit Lookups(Store& store) : store_(store) {}

  /// Industries or tags of the organisation's contacts, by name, with how many contacts have each.
  Task<Result<RowSet<ValueRow>>> list_contact_values(RequestContext& request, ContactValue kind);
  /// Where the caller's leads come from, by name, with how many came; "no source" is not one.
  Task<Result<RowSet<ValueRow>>> list_sources(RequestContext& request);
  /// The contract's stages in their order, then others that open deals are in, by name. With how many open deals are in
  /// each; what was won and lost is not counted.
  Task<Result<RowSet<ValueRow>>> list_stages(RequestContext& request);
  /// Pipelines that the organisation's deals are in, by name, with how many of them are open.
  Task<Result<RowSet<ValueRow>>> list_pipelines(RequestContext& request);

 private:
  Store& store_;
};

}  // namespace salesflow::lookups
