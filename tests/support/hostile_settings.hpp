// Settings that a role or a database may carry, and that must change nothing: ALTER DATABASE … SET name = value.
#pragma once

#include <array>

namespace salesflow::test {

struct Setting {
  const char* name;
  const char* value;
};

inline constexpr std::array<Setting, 13> hostile_settings{{
    {"DateStyle", "'SQL, DMY'"},
    {"IntervalStyle", "'sql_standard'"},
    {"TimeZone", "'Asia/Kathmandu'"},
    {"search_path", "'pg_catalog'"},
    {"bytea_output", "'escape'"},
    {"extra_float_digits", "-15"},
    {"standard_conforming_strings", "off"},
    {"client_encoding", "'LATIN1'"},
    {"transform_null_equals", "on"},
    {"row_security", "off"},
    {"default_transaction_read_only", "on"},
    {"default_transaction_isolation", "'serializable'"},
    {"gin_fuzzy_search_limit", "1"},
}};

}  // namespace salesflow::test
