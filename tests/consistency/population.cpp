#include "tests/consistency/population.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "platform/core/ids.hpp"
#include "tests/consistency/markers.hpp"
#include "tests/consistency/wire.hpp"

namespace salesflow::consistency {
namespace {

/// Rows that one kind of path shows.
using Objects = std::vector<std::size_t>;

class Populator {
 public:
  Populator(World& world, Rig& rig, const Lifetimes& lifetimes)
      : world_(world),
        lifetimes_(lifetimes),
        client_(rig.ports().front()),
        session_(rig.connect().value()),
        rig_(rig) {}

  void add_organization(int number) {
    const std::string org_id = Uuid::v7().to_string();
    run(fmt::format("INSERT INTO organizations (id, name) VALUES ('{}', 'Organisation {}')", org_id, number));
    std::vector<Person*> members;
    for (int i = 0; i < 2; ++i)
      members.push_back(&add_person(org_id, fmt::format("user{}-{}@example.com", number, i)));
    // Rows of the organisation.
    Objects deals, contacts, tasks;
    for (int i = 0; i < 3; ++i)
      deals.push_back(
          add_row(*members[0], "deals", "/api/deals", R"({"title":"Deal %M"})", R"({"title":"Deal %M"})").number);
    for (int i = 0; i < 3; ++i)
      contacts.push_back(
          add_row(*members[0], "contacts", "/api/contacts", R"({"name":"Known %M"})", R"({"name":"Known %M"})").number);
    for (int i = 0; i < 2; ++i)
      tasks.push_back(add_row(*members[0], "tasks", "/api/tasks",
                              R"({"title":"Task %M","due_at":"2099-01-01T00:00:00Z"})", R"({"title":"Task %M"})")
                          .number);
    Objects written = deals;
    written.insert(written.end(), contacts.begin(), contacts.end());
    written.insert(written.end(), tasks.begin(), tasks.end());
    // Rows that only SQL writes to, and one whose value stands in figures.
    for (const auto& [table, column, rows] :
         {std::tuple{"deals", "title", &deals}, std::tuple{"contacts", "name", &contacts}}) {
      Object& outside =
          add_row(*members[0], table, std::string("/api/") + table, fmt::format(R"({{"{}":"Known %M"}})", column), "");
      outside.is_outside = true;
      outside.write_sql =
          fmt::format("UPDATE public.{} SET {} = 'Known %M' WHERE id = '{}'", table, column, outside.row_id);
      rows->push_back(outside.number);
    }
    const std::string pipeline = fmt::format("sum{}", number);
    Object& sum =
        add_row(*members[0], "deals", "/api/deals", R"({"title":"Sum %M","value":1,"pipeline":")" + pipeline + "\"}",
                R"({"title":"Sum %M","value":%V})");
    written.push_back(sum.number);
    deals.push_back(sum.number);
    for (Person* member : members) {
      add_views(*member, deals, contacts, tasks, sum, pipeline);
      member->writes = written;
      add_own_rows(*member);
    }
    for (Person* member : members) {
      for (const Objects& rows : {deals, contacts, tasks})
        member->tenant.insert(member->tenant.end(), rows.begin(), rows.end());
    }
  }

 private:
  void run(const std::string& sql) { session_.run(sql).value(); }

  Person& add_person(const std::string& org_id, const std::string& email) {
    auto person = std::make_unique<Person>();
    person->user_id = Uuid::v7().to_string();
    person->org_id = org_id;
    run(
        fmt::format("INSERT INTO users (id, email, password_hash, name) VALUES ('{0}', '{2}', 'none', 'Test User');"
                    "INSERT INTO org_members (org_id, user_id, role) VALUES ('{1}', '{0}', 'owner')",
                    person->user_id, org_id, email));
    person->token = rig_.sign(person->user_id, org_id);
    world_.people.push_back(std::move(person));
    return *world_.people.back();
  }

  std::string make(const Person& person, const std::string& path, const std::string& body) {
    const auto answer = client_.ask("POST", path, "Authorization: Bearer " + person.token + "\r\n", body);
    const auto at = answer.body.find("\"id\":\"");
    if (answer.status / 100 != 2 || at == std::string::npos)
      throw std::runtime_error(fmt::format("POST {} {} answered {}: {}", path, body, answer.status, answer.body));
    return answer.body.substr(at + 6, 36);
  }

  Object& add_row(const Person& person, const std::string& table, const std::string& path, const std::string& body,
                  const std::string& change) {
    Object& object = world_.add_object(fmt::format("{} {}", table, world_.objects.size()));
    object.table = table;
    object.row_id = make(person, path, replaced(body, "%M", marker(object.number, 1)));
    object.write_path = path + "/" + object.row_id;
    object.write_body = change;
    return object;
  }

  void add_view(Person& person, std::string path, Guarantee guarantee, Nanos ttl, Objects shows,
                std::vector<Figure> figures = {}) {
    person.views.push_back({std::move(path), guarantee, ttl, std::move(shows), std::move(figures)});
  }

  void add_views(Person& person, const Objects& deals, const Objects& contacts, const Objects& tasks, const Object& sum,
                 const std::string& pipeline) {
    using enum Guarantee;
    const Nanos lists = lifetimes_.lists, dashboard = lifetimes_.dashboard;
    const Objects board(deals.begin(), deals.end() - 1);  // all but the one in a pipeline of its own
    add_view(person, "/api/deals?per_page=50", strict, lists, deals);
    add_view(person, "/api/deals?per_page=50&sort_by=title&sort_order=asc", strict, lists, deals);
    add_view(person, "/api/contacts?per_page=50", strict, lists, contacts);
    add_view(person, "/api/contacts/search?q=Known&limit=50", strict, lists, contacts);
    add_view(person, "/api/tasks?per_page=50", strict, lists, tasks);
    add_view(person, "/api/deals/pipeline", strict, lists, board);
    add_view(person, "/api/deals/stats/summary?pipeline=" + pipeline, bounded, dashboard, {},
             {{.object = sum.number, .key = "\"value\":", .within = "\"open\":"}});
    for (const auto& [path, object] : {std::pair{"/api/deals/", deals[0]}, std::pair{"/api/contacts/", contacts[0]}})
      add_view(person, path + world_.object(object).row_id, never, 0, {object});
  }

  /// Leads, notes and messages, which belong to their user alone.
  void add_own_rows(Person& person) {
    using enum Guarantee;
    const Nanos lists = lifetimes_.lists;
    Objects leads, notes;
    for (int i = 0; i < 2; ++i) {
      leads.push_back(add_row(person, "leads", "/api/leads", R"({"name":"Lead %M"})", R"({"name":"Lead %M"})").number);
      notes.push_back(
          add_row(person, "crm_notes", "/api/crm/notes", R"({"content":"Note %M"})", R"({"content":"Note %M"})")
              .number);
    }
    Object& count = world_.add_object("messages of " + person.user_id, History::Kind::counter);
    Object& newest = add_row(person, "message_events", "/api/autopilot/message-event",
                             R"({"channel":"email","direction":"inbound","text":"Hello %M"})", "");
    newest.write_method = "POST";
    newest.write_path = "/api/autopilot/message-event";
    newest.write_body = R"({"channel":"email","direction":"inbound","text":"Hello %M"})";
    newest.counter = count.number;
    newest.row_id.clear();
    add_view(person, "/api/leads?limit=50", strict, lists, leads);
    add_view(person, "/api/crm/notes?limit=50", strict, lists, notes);
    add_view(person, "/api/autopilot/message-events?limit=3", strict, lists, {newest.number});
    add_view(person, "/api/autopilot/message-events?limit=5&channel=email", strict, lists, {newest.number});
    add_view(person, "/api/analytics/summary", bounded, lifetimes_.dashboard, {},
             {{.object = count.number, .key = "\"inbound_messages\":", .within = {}}});
    add_view(person, "/api/leads/" + world_.object(leads[0]).row_id, never, 0, {leads[0]});
    for (const Objects& rows : {leads, notes, Objects{newest.number}}) {
      person.writes.insert(person.writes.end(), rows.begin(), rows.end());
      person.tenant.insert(person.tenant.end(), rows.begin(), rows.end());
    }
  }

  World& world_;
  const Lifetimes& lifetimes_;
  PlainClient client_;
  cluster::SqlSession session_;
  Rig& rig_;
};

std::string text_of(Nanos time) {
  return std::to_string(time / 1'000'000) + "ms";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Lifetimes::environment() const {
  return {{"SALESFLOW_CACHE_TTL_LISTS", text_of(lists)},
          {"SALESFLOW_CACHE_TTL_INBOX_COUNTS", text_of(lists)},
          {"SALESFLOW_CACHE_TTL_DASHBOARD", text_of(dashboard)},
          {"SALESFLOW_CACHE_TTL_HOT_LEADS", text_of(hot_leads)},
          {"SALESFLOW_CACHE_TTL_REPORTS", text_of(reports)}};
}

Person make_loner(Rig& rig, const std::string& name) {
  Person person;
  person.user_id = Uuid::v7().to_string();
  person.org_id = Uuid::v7().to_string();
  auto session = rig.connect().value();
  session
      .run(fmt::format(
          "INSERT INTO organizations (id, name) VALUES ('{1}', 'Organisation of {2}');"
          "INSERT INTO users (id, email, password_hash, name) VALUES ('{0}', '{2}@example.com', 'none', 'Test User');"
          "INSERT INTO org_members (org_id, user_id, role) VALUES ('{1}', '{0}', 'owner')",
          person.user_id, person.org_id, name))
      .value();
  person.token = rig.sign(person.user_id, person.org_id);
  return person;
}

void populate(World& world, Rig& rig, const Lifetimes& lifetimes, int organizations) {
  Populator populator(world, rig, lifetimes);
  for (int number = 1; number <= organizations; ++number)
    populator.add_organization(number);
}

}  // namespace salesflow::consistency
