// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::accounts {

inline constexpr SampleRule samples[] = {
    {"list_members", "", "after_user_id", sample::nil},
    {"update_user", "", "row_versions", "NULL"},
    {"", "", "first_name_sent", "true"},
    {"", "", "first_name", "'Anna'"},
    {"", "", "last_name_sent", "false"},
    {"", "", "last_name", "NULL"},
    {"", "", "company_sent", "false"},
    {"", "", "company", "NULL"},
    {"", "", "phone_sent", "false"},
    {"", "", "avatar_url_sent", "false"},
    {"", "", "avatar_url", "NULL"},
    {"", "", "vertical_id_sent", "false"},
    {"", "", "vertical_id", "NULL"},
};

}  // namespace salesflow::accounts
