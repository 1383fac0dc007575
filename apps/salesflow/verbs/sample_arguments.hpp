// SampleArguments: what a statement of the catalogue is explained with, by the names of its parameters.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/plans/plan_check.hpp"

namespace salesflow::apps {

/// A first page of 51 rows (21 of the queue) of rows that the tenant has: its busiest contact, a lead with messages,
/// the commonest filters. One table of rules in the .cpp; a statement whose parameter has no rule there has no
/// arguments.
class SampleArguments {
 public:
  /// `app` logs in as salesflow_app and outlives this.
  SampleArguments(cluster::SqlSession& app, plans::Tenant tenant) : app_(app), tenant_(std::move(tenant)) {}

  /// SQL literals in the order of the header. Errors: not_found naming statement and parameter; internal.
  Result<std::vector<std::string>> of(const CatalogueEntry& entry);

 private:
  Result<std::string> literal_of(const std::string& expression);

  cluster::SqlSession& app_;
  plans::Tenant tenant_;
  std::map<std::string, std::string> literals_;  // by expression
};

}  // namespace salesflow::apps
