// What a soak compares: live figures as the service answers them, and recounts from rows in the same snapshot.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "platform/core/ids.hpp"

namespace salesflow::bench {

/// Whose figures.
struct FigureTenant {
  Uuid user_id, org_id;
};

/// The service's own stores over a pool of its own, which comes back when PostgreSQL was away. One a thread.
class FigureChecker {
 public:
  /// `app_url` logs in as salesflow_app.
  explicit FigureChecker(const std::string& app_url);
  ~FigureChecker();
  FigureChecker(const FigureChecker&) = delete;
  FigureChecker& operator=(const FigureChecker&) = delete;

  struct Found {
    int checks = 0;
    std::vector<std::string> wrong;  // the statement that recounts, and both texts
  };
  /// Up to so many random questions in one snapshot: dashboards in ten zones, templates, channels, time series, hot
  /// leads, badges and sums of deals. Fewer when PostgreSQL goes away in the middle.
  Found check_snapshot(const FigureTenant& tenant, std::mt19937& random, int questions);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace salesflow::bench
