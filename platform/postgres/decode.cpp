#include "platform/postgres/decode.hpp"

#include "platform/core/log.hpp"

namespace salesflow::postgres {

Oid element_of(Oid array_type) noexcept {
  switch (array_type) {
    case oid::bool_array:
      return oid::boolean;
    case oid::bytea_array:
      return oid::bytea;
    case oid::int2_array:
      return oid::int2;
    case oid::int4_array:
      return oid::int4;
    case oid::int8_array:
      return oid::int8;
    case oid::text_array:
      return oid::text;
    case oid::varchar_array:
      return oid::varchar;
    case oid::float4_array:
      return oid::float4;
    case oid::float8_array:
      return oid::float8;
    case oid::date_array:
      return oid::date;
    case oid::timestamptz_array:
      return oid::timestamptz;
    case oid::numeric_array:
      return oid::numeric;
    case oid::uuid_array:
      return oid::uuid;
    case oid::jsonb_array:
      return oid::jsonb;
    default:
      return oid::unknown;
  }
}

namespace detail {

Error column_error(const Query& query, const ResultSet& result, int column, std::string_view what) {
  return fail(Errc::internal, "Internal error", {},
              std::string(query.name) + ": column " + std::to_string(column + 1) + " \"" +
                  std::string(result.column_name(column)) + "\" of type " + std::to_string(result.column_type(column)) +
                  " " + std::string(what));
}

void note_unreadable(const Query& query, const ResultSet& result, int column, std::string_view what) {
  log::error("postgres_answer_incomplete",
             {{"query", query.name}, {"column", result.column_name(column)}, {"what", what}});
}

Error shape_error(const Query& query, std::string_view what, int wanted, int found) {
  return fail(Errc::internal, "Internal error", {},
              std::string(query.name) + ": expected " + std::to_string(wanted) + " " + std::string(what) + ", got " +
                  std::to_string(found));
}

}  // namespace detail
}  // namespace salesflow::postgres
