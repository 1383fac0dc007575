// Where a user's figures are kept: PostgreSQL (summary_store_pg.cpp).
#pragma once

#include "features/analytics/summary.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::analytics {

std::unique_ptr<SummaryStore> make_pg_summary_store(postgres::Database& database);

}  // namespace salesflow::analytics
