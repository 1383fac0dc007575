#include "platform/core/session_settings.hpp"

namespace salesflow {
namespace {

// "$user" is the schema salesflow_app, whose views show found tables as ours (docs/decisions/0020). Extensions'
// functions stand in public, or in "extensions" (Supabase); a schema that is not there is passed over.
constexpr SessionSetting meaning[] = {
    {"role", "none"},
    {"search_path", "\"$user\",public,extensions"},
    {"timezone", "UTC"},
    {"datestyle", "ISO,MDY"},
    {"intervalstyle", "postgres"},
    {"bytea_output", "hex"},
    {"extra_float_digits", "1"},
    {"standard_conforming_strings", "on"},
    {"array_nulls", "on"},
    {"transform_null_equals", "off"},
    {"row_security", "on"},
    {"xmloption", "content"},
    {"gin_fuzzy_search_limit", "0"},
    {"lock_timeout", "0"},
    // A plan for one tenant's id believes what statistics say of it, and they may not know it yet: 940 of the
    // catalogue's promises broke so, none of those with plans for any tenant. Where a session is ours, an operator may
    // choose.
    {"plan_cache_mode", "force_generic_plan"},
};

constexpr SessionSetting speed[] = {
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_read_only", "off"},
    {"default_transaction_deferrable", "off"},
    {"jit", "off"},
    {"max_parallel_workers_per_gather", "0"},
    // A statement that is planned while its table is small would read it whole, and go on so while it grows: each of
    // ours has its index.
    {"enable_seqscan", "off"},
    {"enable_indexscan", "on"},
    {"enable_indexonlyscan", "on"},
    {"enable_bitmapscan", "on"},
    {"enable_nestloop", "on"},
    {"enable_hashjoin", "on"},
    {"enable_mergejoin", "on"},
    {"enable_hashagg", "on"},
    {"enable_sort", "on"},
    {"enable_incremental_sort", "on"},
    {"enable_material", "on"},
    {"statement_timeout", "0"},  // each transaction sets its own
    {"idle_in_transaction_session_timeout", "60s"},
    {"idle_session_timeout", "0"},
};

}  // namespace

std::span<const SessionSetting> meanings() noexcept {
  return meaning;
}
std::span<const SessionSetting> speeds() noexcept {
  return speed;
}

std::string startup_options(std::span<const SessionSetting> settings) {
  std::string text;
  for (const auto& [name, value] : settings) {
    text += text.empty() ? "-c " : " -c ";
    text.append(name) += '=';
    for (const char c : value) {
      if (c == ' ' || c == '\\')
        text += '\\';
      text += c;
    }
  }
  return text;
}

std::string session_settings(std::span<const SessionSetting> settings) {
  std::string text;
  for (const auto& [name, value] : settings) {
    text.append(text.empty() ? "SELECT " : ", ")
        .append("pg_catalog.set_config('")
        .append(name)
        .append("', '")
        .append(value)
        .append("', false)");
  }
  return text;
}

std::string local_settings(std::span<const SessionSetting> settings) {
  std::string text;
  for (const auto& [name, value] : settings)
    text.append(" AND pg_catalog.set_config('")
        .append(name)
        .append("', '")
        .append(value)
        .append("', true) IS NOT NULL");
  return text;
}

}  // namespace salesflow
