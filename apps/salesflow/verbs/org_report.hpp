// What salesflow org and adopt print: as JSON, and as lines for people.
#pragma once

#include <boost/json.hpp>
#include <cstdio>

#include "platform/adoption/adopt.hpp"

namespace salesflow::apps {

boost::json::object to_json(const adoption::OrganizationRow& row);
boost::json::object to_json(const adoption::AdoptReport& report);
boost::json::array to_json(const std::vector<adoption::Check>& checks);
boost::json::object to_json(const adoption::PasswordKinds& kinds);
boost::json::array to_json(const std::vector<adoption::Step>& steps);

/// Of the flag --trust-rows.
inline constexpr const char* trust_rows_sentence =
    "Rows alone make members: for a service that checked every org_id it wrote";

/// What was done or, of a rehearsal, would be: each organisation with its members and rows, then who and what is left.
void print(const adoption::AdoptReport& report, std::FILE* out);
/// A line each; what is not ok with its remedy.
void print(const std::vector<adoption::Check>& checks, std::FILE* out);

}  // namespace salesflow::apps
