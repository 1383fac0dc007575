#include "bench/figure_checks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "features/analytics/dashboard_proof.hpp"
#include "features/analytics/dashboard_store.hpp"
#include "features/analytics/templates_proof.hpp"
#include "features/analytics/timeseries_store.hpp"
#include "features/deals/store.hpp"
#include "features/deals/totals_proof.hpp"
#include "features/inbox/badges_proof.hpp"
#include "features/inbox/store.hpp"
#include "features/leads/hot_leads_proof.hpp"
#include "features/leads/store.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/shared_snapshot.hpp"

namespace salesflow::bench {
namespace {

using namespace std::chrono_literals;
using analytics::DashboardScope;
using analytics::Metric;
using analytics::Source;
using analytics::TemplateScope;

constexpr int days_of_sessions = 30, days_of_messages = 400;

/// Two ways to the same figures, as text.
struct Question {
  std::string statement;
  std::function<Task<Result<std::string>>(RequestContext&)> said, counted;
};

template <class Value>
Question question_of(proof::Claim<Value> claim) {
  auto said = [live = std::move(claim.live),
               show = std::move(claim.show)](RequestContext& request) -> Task<Result<std::string>> {
    const auto value = co_await live(request);
    if (!value)
      co_return value.error();
    co_return show(*value);
  };
  return {std::move(claim.statement), std::move(said), std::move(claim.recount)};
}

class Dice {
 public:
  explicit Dice(std::mt19937& random) : random_(random) {}
  int one_of(int choices) { return static_cast<int>(random_() % static_cast<unsigned>(choices)); }
  std::string zone() {
    static constexpr const char* zones[] = {"UTC",
                                            "Europe/Vienna",
                                            "America/Los_Angeles",
                                            "Asia/Kolkata",
                                            "Asia/Kathmandu",
                                            "Pacific/Chatham",
                                            "Australia/Lord_Howe",
                                            "America/Havana",
                                            "Asia/Tehran",
                                            "Atlantic/Azores"};
    return zones[one_of(std::size(zones))];
  }
  /// Up to `longest` days that begin within the last `age`.
  std::pair<Date, Date> days(int age, int longest) {
    const Date first = std::chrono::floor<std::chrono::days>(system_now()) - std::chrono::days(one_of(age));
    return {first, first + std::chrono::days(one_of(longest))};
  }

 private:
  std::mt19937& random_;
};

}  // namespace

struct FigureChecker::Parts {
  explicit Parts(postgres::PoolSettings settings) : database(std::in_place, context, timer, std::move(settings)) {}
  /// What is left on the context ends with the database.
  ~Parts() {
    database.reset();
    context.restart();
    context.run_for(200ms);
  }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  Question pick(const Identity& identity, Dice dice);
  Question ask_dashboard(const Identity& identity, Dice dice);
  Question ask_templates(const Identity& identity, Dice dice);
  Question ask_channels(const Identity& identity, Dice dice);
  Question ask_timeseries(Dice dice);
  static void note(Found& found, const Question& question, const Error& error);
  Task<Found> check(Identity identity, std::mt19937& random, int questions);

  asio::io_context context{1};
  CoarseTimer timer{context};
  std::optional<postgres::Database> database;
  std::unique_ptr<analytics::DashboardStore> dashboard_store = analytics::make_pg_dashboard_store(*database);
  std::unique_ptr<analytics::TemplateStore> template_store = analytics::make_pg_template_store(*database);
  std::unique_ptr<analytics::TimeSeriesStore> series_store = analytics::make_pg_timeseries_store(*database);
  std::unique_ptr<leads::Store> lead_store = leads::make_pg_store(*database);
  std::unique_ptr<inbox::Store> inbox_store = inbox::make_pg_store(*database);
  std::unique_ptr<deals::Store> deal_store = deals::make_pg_store(*database);
  analytics::Dashboard dashboard{*dashboard_store};
  analytics::Templates templates{*template_store};
  analytics::TimeSeriesReader series{*series_store};
  leads::Leads lead_service{*lead_store};
  inbox::Inbox inbox_service{*inbox_store};
  deals::Deals deal_service{*deal_store};
};

Question FigureChecker::Parts::ask_dashboard(const Identity& identity, Dice dice) {
  analytics::DashboardQuery query;
  query.zone = dice.zone();
  query.interval = static_cast<analytics::Interval>(dice.one_of(3));
  query.scope = dice.one_of(3) == 0 ? DashboardScope::user : DashboardScope::organization;
  query.compare = dice.one_of(3) == 0;
  std::tie(query.from, query.to) = dice.days(days_of_sessions, 6);
  return question_of(analytics::dashboard_claim(dashboard, identity, query));
}

Question FigureChecker::Parts::ask_templates(const Identity& identity, Dice dice) {
  analytics::TemplateFilter filter;
  filter.scope = static_cast<TemplateScope>(dice.one_of(2));
  filter.period.zone = dice.zone();
  std::tie(filter.period.first_day, filter.period.last_day) = dice.days(days_of_messages, 60);
  filter.window = static_cast<analytics::ReplyWindow>(1 + dice.one_of(5));
  filter.by_channel = dice.one_of(2) == 0;
  return question_of(analytics::templates_claim(templates, identity, filter));
}

Question FigureChecker::Parts::ask_channels(const Identity& identity, Dice dice) {
  analytics::TemplatePeriod period;
  period.zone = dice.zone();
  std::tie(period.first_day, period.last_day) = dice.days(days_of_messages, 60);
  return question_of(analytics::channels_claim(templates, identity, static_cast<TemplateScope>(dice.one_of(2)), period,
                                               static_cast<analytics::ReplyWindow>(1 + dice.one_of(5))));
}

/// The sums of two series are those of the channels.
Question FigureChecker::Parts::ask_timeseries(Dice dice) {
  const bool of_user = dice.one_of(2) == 0;
  const int window = 1 + dice.one_of(5);
  analytics::SeriesQuery query;
  query.scope = of_user ? analytics::SeriesScope::user : analytics::SeriesScope::organization;
  query.group_by = dice.one_of(2) == 0 ? analytics::Grouping::none : analytics::Grouping::channel;
  query.interval = static_cast<analytics::Interval>(dice.one_of(3));
  query.zone = dice.zone();
  query.window = static_cast<analytics::AnswerWindow>(window);
  std::tie(query.from, query.to) = dice.days(days_of_messages, 60);
  auto said = [this, query](RequestContext& request) -> Task<Result<std::string>> {
    std::string text;
    for (const Metric metric : {Metric::messages, Metric::replies}) {
      auto asked = query;
      asked.metric = metric;
      const auto answer = co_await series.read(request, asked);
      if (!answer)
        co_return answer.error();
      std::int64_t all = 0, bucketed = 0;
      for (const auto& line : answer->series) {
        all += line.count;
        bucketed = std::accumulate(line.counts.begin(), line.counts.end(), bucketed);
      }
      text += fmt::format("{} {} in buckets; ", all, bucketed);
    }
    co_return text;
  };
  auto counted = [this, query, of_user, window](RequestContext& request) -> Task<Result<std::string>> {
    analytics::TemplatePeriod period;
    period.zone = query.zone;
    period.first_day = query.from;
    period.last_day = query.to;
    const auto answer =
        co_await templates.list_channels(request, of_user ? TemplateScope::user : TemplateScope::organization, period,
                                         static_cast<analytics::ReplyWindow>(window), Source::raw);
    if (!answer)
      co_return answer.error();
    std::int64_t messages = 0, replies = 0;
    for (const auto& channel : answer->channels) {
      messages += channel.total;
      replies += channel.replies;
    }
    co_return fmt::format("{0} {0} in buckets; {1} {1} in buckets; ", messages, replies);
  };
  return {fmt::format("messages and replies {} {} to {}", query.zone, format_date(*query.from), format_date(*query.to)),
          std::move(said), std::move(counted)};
}

Question FigureChecker::Parts::pick(const Identity& identity, Dice dice) {
  switch (dice.one_of(12)) {
    case 0:
      return ask_templates(identity, dice);
    case 1:
      return ask_channels(identity, dice);
    case 2:
      return ask_timeseries(dice);
    case 3: {
      leads::HotRequest asked;
      asked.min_score = 60 + dice.one_of(30);
      return question_of(leads::hot_leads_claim(lead_service, identity, asked));
    }
    case 4:
      return question_of(inbox::badges_claim(inbox_service, identity, inbox_service.badge_limits(std::nullopt)));
    case 5:
      return question_of(deals::summary_claim(deal_service, identity, "default", 30));
    case 6:
      return question_of(deals::board_claim(deal_service, identity, "default", {.cards_per_stage = 2}));
    default:
      return ask_dashboard(identity, dice);
  }
}

/// PostgreSQL may be away; anything else is a fault.
void FigureChecker::Parts::note(Found& found, const Question& question, const Error& error) {
  if (error.code != Errc::unavailable && error.code != Errc::deadline_exceeded)
    found.wrong.push_back(question.statement + ": " + error.public_detail + " " + error.log_detail);
}

Task<FigureChecker::Found> FigureChecker::Parts::check(Identity identity, std::mt19937& random, int questions) {
  Found found;
  RequestContext request;
  request.identity = identity;
  request.deadline = std::chrono::steady_clock::now() + 60s;
  auto snapshot = co_await database->open_snapshot(request);
  if (!snapshot)
    co_return found;
  const auto joined = (*snapshot)->join(request);
  while (found.checks < questions) {
    const Question question = pick(identity, Dice(random));
    const auto said = co_await question.said(request);
    if (!said) {
      note(found, question, said.error());
      break;
    }
    const auto counted = co_await question.counted(request);
    if (!counted) {
      note(found, question, counted.error());
      break;
    }
    ++found.checks;
    if (*said != *counted)
      found.wrong.push_back(fmt::format("{}\n  said    {}\n  counted {}", question.statement, *said, *counted));
  }
  co_return found;
}

FigureChecker::FigureChecker(const std::string& app_url) {
  postgres::PoolSettings settings;
  settings.conninfo = app_url;
  settings.acquire_timeout = 1s;
  parts_ = std::make_unique<Parts>(std::move(settings));
}

FigureChecker::~FigureChecker() = default;

FigureChecker::Found FigureChecker::check_snapshot(const FigureTenant& tenant, std::mt19937& random, int questions) {
  std::optional<Found> found;
  std::exception_ptr thrown;
  asio::co_spawn(parts_->context,
                 parts_->check({tenant.user_id, tenant.org_id, Uuid{}, OrgRole::member, false}, random, questions),
                 [&](std::exception_ptr error, Found made) {
                   thrown = error;
                   found.emplace(std::move(made));
                 });
  while (!found) {
    parts_->context.restart();
    parts_->context.run_one_for(20ms);
  }
  if (thrown)
    std::rethrow_exception(thrown);
  return std::move(*found);
}

}  // namespace salesflow::bench
