// Who there is and who belongs to whom: every relation is a formula of (seed, number), so nothing is kept in memory
// but two numbers a user.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "generator/random.hpp"
#include "generator/words.hpp"
#include "platform/core/ids.hpp"
#include "platform/core/result.hpp"
#include "platform/core/time.hpp"

namespace salesflow::generator {

/// Rows of each table. dm_messages follow from conversations: 7 each on average.
struct Sizes {
  std::int64_t users = 200;
  std::int64_t events = 100'000;
  std::int64_t leads = 5'000;
  std::int64_t contacts = 4'000;
  std::int64_t deals = 2'000;
  std::int64_t notes = 4'000;
  std::int64_t conversations = 2'000;
  std::int64_t feedback_sessions = 5'000;

  /// All but the users times `factor`.
  Sizes scaled(double factor) const;
  std::int64_t organizations() const noexcept { return users < 5 ? 1 : users / 5; }
};

struct Options {
  std::uint64_t seed = 1;
  TimePoint now;  // nothing is younger
  int days = 90;  // events and feedback span these days, leads twice as many
  Sizes sizes;
  double skew = 0.7;  // shares of users fall with rank^-skew; 0: all alike; 1.2: a quarter is the first's (of 200)
  std::string demo_email = "demo@salesflow.example";  // of user 0, the busiest; owner of the first organisation
  std::string password_hash = "!";                    // every user's; "!" fits no password
};

/// Errors: invalid_argument for sizes below zero or above 10^9, no user, fewer leads than users (but for none), days
/// outside 1..3650, a skew outside 0..3.
Result<void> check(const Options& options);

struct Person {
  Language language = Language::german;
  std::string_view first_name, last_name;
  std::string company;  // "Nordlicht Immobilien GmbH"
  std::string domain;   // "nordlicht-immobilien.example"
  std::string email, phone, handle;

  std::string full_name() const { return std::string(first_name) + " " + std::string(last_name); }
};

/// Instants that follow the week: working hours and days are busy, and the business grows. Monotone.
class Rhythm {
 public:
  Rhythm(TimePoint now, int days);
  /// `position` in [0, 1): the share of all that happened before.
  TimePoint at(double position) const;

 private:
  TimePoint start_;
  std::vector<double> cumulative_;  // by hour
};

class Population {
 public:
  explicit Population(Options options);

  const Options& options() const noexcept { return options_; }
  const Rhythm& rhythm() const noexcept { return rhythm_; }
  Random random(Stream stream, std::int64_t row) const noexcept {
    return {options_.seed, stream, static_cast<std::uint64_t>(row)};
  }
  Uuid id_at(TimePoint at, Random& random) const noexcept;

  std::int64_t organization_of_user(std::int64_t user) const noexcept { return user % options_.sizes.organizations(); }
  TimePoint organization_created_at(std::int64_t organization) const noexcept;
  Uuid organization_id(std::int64_t organization) const noexcept;
  Uuid user_id(std::int64_t user) const noexcept;
  TimePoint user_created_at(std::int64_t user) const noexcept;
  std::string user_email(std::int64_t user) const;

  /// A user, the first ones far more often than the last: shares fall with rank^-skew (7 % for the first of 200 at
  /// 0.7).
  std::int64_t draw_user(Random& random) const noexcept;

  /// Leads of one user are numbered in a row, oldest first.
  std::int64_t lead_begin(std::int64_t user) const noexcept { return lead_begin_[static_cast<std::size_t>(user)]; }
  std::int64_t lead_end(std::int64_t user) const noexcept { return lead_begin_[static_cast<std::size_t>(user) + 1]; }
  std::int64_t user_of_lead(std::int64_t lead) const noexcept;
  TimePoint lead_created_at(std::int64_t user, std::int64_t lead) const noexcept;
  Uuid lead_id(std::int64_t user, std::int64_t lead) const noexcept;
  /// One of the user's leads that existed at `at`, younger ones more often; nullopt when the user has none.
  std::optional<std::int64_t> draw_lead(std::int64_t user, TimePoint at, Random& random) const noexcept;

  /// The lead whose person a contact is. Three of four contacts point to it with lead_id.
  std::int64_t lead_of_contact(std::int64_t contact) const noexcept;
  bool contact_points_to_lead(std::int64_t contact) const noexcept { return contact % 4 != 3; }
  std::optional<std::int64_t> contact_of_lead(std::int64_t lead) const noexcept;
  TimePoint contact_created_at(std::int64_t contact) const noexcept;
  Uuid contact_id(std::int64_t contact) const noexcept;

  std::int64_t contact_of_deal(std::int64_t deal) const noexcept;
  std::optional<std::int64_t> deal_of_contact(std::int64_t contact) const noexcept;
  TimePoint deal_created_at(std::int64_t deal) const noexcept;
  Uuid deal_id(std::int64_t deal) const noexcept;

  /// The person behind a lead. `lead_language` and `lead_first_name` are the cheap parts of it.
  Person lead_person(std::int64_t lead) const;
  Language lead_language(std::int64_t lead) const noexcept;
  std::string_view lead_first_name(std::int64_t lead) const noexcept;
  Person user_person(std::int64_t user) const;

  TimePoint now() const noexcept { return options_.now; }
  /// `at`, or now if that is earlier.
  TimePoint not_after_now(TimePoint at) const noexcept { return at < options_.now ? at : options_.now; }

 private:
  Options options_;
  Rhythm rhythm_;
  TimePoint leads_start_;
  std::vector<double> user_share_until_;  // cumulative
  std::vector<std::int64_t> lead_begin_;
};

/// Appends `pattern` with its placeholders filled.
struct Fill {
  std::string_view name{}, product{}, day{}, company{};
  std::int64_t amount = 0;
};
void append_filled(std::string& out, std::string_view pattern, const Fill& fill);

}  // namespace salesflow::generator
