// salesflow changes: how far writers' changes are on their way to caches and streams.
#include "apps/salesflow/verbs/ask_ops.hpp"

namespace salesflow::apps {
namespace {

void print(const ops::ChangesAnswer& answer) {
  fmt::print("outbox  {} rows wait{}\n", answer.outbox_rows,
             answer.outbox_since ? ", the oldest since " + time_text(answer.outbox_since) : "");
  fmt::print("feed    {} rows, the last is number {}\n", answer.feed_rows, answer.last_number);
  if (answer.subscribers.empty())
    return;
  fmt::print("\n{:<26} {:>14} {:>10} {}\n", "subscriber", "place", "lag", "confirmed");
  for (const ops::Subscriber& subscriber : answer.subscribers)
    fmt::print("{:<26} {:>14} {:>10} {}\n", subscriber.name, subscriber.place, subscriber.lag,
               time_text(subscriber.confirmed_at));
}

}  // namespace

void add_changes(CLI::App& app, int& exit_code) {
  auto* changes = app.add_subcommand("changes", "Show the outbox, the feed of changes and who reads it");
  changes->footer(
      "Examples:\n"
      "  salesflow changes\n"
      "  salesflow changes --json\n"
      "It asks DATABASE_URL. Rows that wait in the outbox for more than a second mean that no node moves them (see\n"
      "salesflow jobs: move_changes). Exit code 0: done; 1: the database did not answer.");
  auto as_json = std::make_shared<bool>(false);
  changes->add_flag("--json", *as_json, "One JSON object on standard output, as GET /api/ops/changes answers");
  changes->callback([as_json, &exit_code] {
    exit_code = ask_ops<ops::ChangesAnswer>("changes", *as_json, ops::list_changes, print);
  });
}

}  // namespace salesflow::apps
