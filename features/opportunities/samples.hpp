// What this slice's statements are planned and explained with.
#pragma once

#include "platform/core/sample_rule.hpp"

namespace salesflow::opportunities {

inline constexpr SampleRule samples[] = {
    {"", "", "import_source", "'crm'"},
    {"", "", "deal_contact_ids", "ARRAY[NULL::uuid]"},
    {"", "", "currency", "'EUR'"},
    {"", "", "names", "ARRAY['x']"},
    {"", "", "industries", "ARRAY['x']"},
    {"", "", "countries", "ARRAY['x']"},
    {"", "", "company_sizes", "ARRAY['x']"},
    {"", "", "contact_statuses", "ARRAY['lead']"},
    {"", "", "custom_fields_texts", "ARRAY['{}']"},
    {"", "", "titles", "ARRAY['x']"},
    {"", "", "value_texts", "ARRAY['1']"},
    {"", "", "deal_stages", "ARRAY['won']"},
    {"", "", "probabilities", "ARRAY[100]"},
    {"", "", "product_texts", "ARRAY['[]']"},
    {"", "", "entered_ats", "ARRAY[now()]"},
    {"", "", "closed_ats", "ARRAY[now()]"},
};

}  // namespace salesflow::opportunities
