#include "features/events/import.hpp"

#include <algorithm>
#include <set>

#include "features/events/queries.hpp"
#include "platform/csv/reader.hpp"
#include "platform/json/read.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::events {
namespace {

/// Where each event column's value comes from: a field of the row, a constant, or nowhere.
struct Source {
  std::optional<std::size_t> field;
  std::optional<std::string> constant;
  bool is_known() const { return field || constant; }
};
using Sources = std::map<std::string, Source, std::less<>>;

bool is_import_column(std::string_view name) {
  return std::find(std::begin(import_columns), std::end(import_columns), name) != std::end(import_columns);
}

std::string join(const auto& items) {
  std::string text;
  for (const auto& item : items)
    text += (text.empty() ? "" : ", ") + std::string(item);
  return text;
}

Result<Sources> resolve_sources(const std::vector<std::string>& header, const ImportOptions& options) {
  Sources sources;
  const auto position_of = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto found = std::find(header.begin(), header.end(), name);
    return found == header.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - header.begin()));
  };
  for (const std::string_view column : import_columns) {
    if (const auto position = position_of(std::string(column)))
      sources[std::string(column)].field = position;
  }
  for (const auto& [column, name] : options.columns) {
    if (!is_import_column(column))
      return fail(Errc::invalid_argument,
                  "\"" + column + "\" is no column of an event; they are " + join(import_columns), "map");
    const auto position = position_of(name);
    if (!position)
      return fail(Errc::invalid_argument, "The file has no column \"" + name + "\"; it has " + join(header), "map");
    sources[column] = {position, std::nullopt};
  }
  for (const auto& [column, value] : options.constants) {
    if (!is_import_column(column))
      return fail(Errc::invalid_argument,
                  "\"" + column + "\" is no column of an event; they are " + join(import_columns), "set");
    sources[column] = {std::nullopt, value};
  }
  for (const char* required : {"text", "channel", "direction"}) {
    if (!sources[required].is_known()) {
      return fail(Errc::invalid_argument,
                  std::string("Nothing fills \"") + required + "\": map a column to it (the file has " + join(header) +
                      ") or set one value for all rows",
                  "map");
    }
  }
  return sources;
}

/// The columns of a batch, as the statement takes them.
struct Batch {
  std::vector<std::uint64_t> lines;
  std::vector<Uuid> ids;
  std::vector<std::optional<Uuid>> contact_ids;
  std::vector<std::string> channels, directions, texts, normalized_texts, statuses;
  std::vector<std::optional<std::string>> raw_payloads, template_versions, persona_variants;
  std::vector<TimePoint> created_ats;
  std::size_t bytes = 0;
};

template <class E>
bool is_enumerator(std::string_view text) {
  return json::enum_value<E>(text).has_value();
}

/// Checks one row and appends it; the problem when it is refused.
std::optional<RowProblem> append_row(Batch& batch, const csv::Row& row, const Sources& sources,
                                     TimePoint default_created_at) {
  const auto value_of = [&](std::string_view column) -> std::string_view {
    const auto found = sources.find(column);
    if (found == sources.end())
      return {};
    if (found->second.constant)
      return *found->second.constant;
    if (found->second.field && *found->second.field < row.fields.size())
      return row.fields[*found->second.field];
    return {};
  };
  const auto refuse = [&](std::string_view field, std::string reason) {
    return RowProblem{row.line, std::string(field), std::move(reason)};
  };
  for (const std::string_view column : import_columns) {
    const auto value = value_of(column);
    if (!is_valid_utf8(value))
      return refuse(column, "is not valid UTF-8");
    if (value.find('\0') != std::string_view::npos)
      return refuse(column, "holds the character U+0000");
  }
  const auto text = value_of("text"), channel = value_of("channel"), direction = value_of("direction"),
             status = value_of("autopilot_status");
  if (text.empty())
    return refuse("text", "is empty");
  if (!is_enumerator<Channel>(channel))
    return refuse("channel", "must be one of " + json::enum_names<Channel>());
  if (!is_enumerator<Direction>(direction))
    return refuse("direction", "must be one of " + json::enum_names<Direction>());
  if (!status.empty() && !is_enumerator<Status>(status))
    return refuse("autopilot_status", "must be one of " + json::enum_names<Status>());
  std::optional<Uuid> contact_id;
  if (const auto given = value_of("contact_id"); !given.empty()) {
    contact_id = Uuid::parse(given);
    if (!contact_id)
      return refuse("contact_id", "must be a UUID");
  }
  TimePoint created_at = default_created_at;
  if (const auto given = value_of("created_at"); !given.empty()) {
    const auto parsed = parse_rfc3339(given);
    if (!parsed)
      return refuse("created_at", "must be an RFC 3339 timestamp such as 2026-11-23T03:24:12Z");
    created_at = *parsed;
  }
  const auto optional_text = [&](std::string_view column) {
    const auto value = value_of(column);
    return value.empty() ? std::nullopt : std::optional(std::string(value));
  };
  auto raw_payload = optional_text("raw_payload");
  if (raw_payload) {
    const auto parsed = json::parse(*raw_payload);
    if (!parsed && parsed.error().code == Errc::invalid_argument)
      return refuse("raw_payload", parsed.error().public_detail);
    if (!parsed || !parsed->is_object())
      return refuse("raw_payload", "must be a JSON object");
    if (const auto fits = json::check_stored_size(*raw_payload, "raw_payload"); !fits)
      return refuse("raw_payload", fits.error().errors.front().reason);
  }
  batch.lines.push_back(row.line);
  batch.ids.push_back(Uuid::v7());
  batch.contact_ids.push_back(contact_id);
  batch.channels.emplace_back(channel);
  batch.directions.emplace_back(direction);
  batch.texts.emplace_back(text);
  batch.normalized_texts.push_back(normalize_text(text));
  batch.raw_payloads.push_back(std::move(raw_payload));
  batch.statuses.emplace_back(status.empty() ? "pending" : status);
  batch.template_versions.push_back(optional_text("template_version"));
  batch.persona_variants.push_back(optional_text("persona_variant"));
  batch.created_ats.push_back(created_at);
  batch.bytes += 200 + 2 * text.size();
  return std::nullopt;
}

struct KnownContact {
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(KnownContact, (), (id))

/// Takes the rows out of the batch whose contact is neither the organisation's nor a lead of the user's.
Task<Result<std::vector<RowProblem>>> drop_unknown_contacts(postgres::Database& database, RequestContext& request,
                                                            std::optional<Uuid> org_id, Batch& batch) {
  std::set<Uuid> named;
  for (const auto& id : batch.contact_ids) {
    if (id)
      named.insert(*id);
  }
  std::vector<RowProblem> problems;
  if (named.empty())
    co_return problems;
  const auto found = co_await database.read<KnownContact>(request, sql::find_contacts, request.identity.user_id, org_id,
                                                          std::vector<Uuid>(named.begin(), named.end()));
  if (!found)
    co_return found.error();
  for (const KnownContact& contact : *found)
    named.erase(contact.id);
  if (named.empty())
    co_return problems;
  std::vector<bool> keep;
  for (std::size_t i = 0; i < batch.ids.size(); ++i) {
    keep.push_back(!batch.contact_ids[i] || !named.contains(*batch.contact_ids[i]));
    if (!keep.back())
      problems.push_back({batch.lines[i], "contact_id", "is no contact or lead of yours"});
  }
  const auto sift = [&](auto&... columns) {
    const auto sift_one = [&](auto& column) {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < keep.size(); ++i) {
        if (keep[i] && kept++ != i)
          column[kept - 1] = std::move(column[i]);
      }
      column.resize(kept);
    };
    (sift_one(columns), ...);
  };
  sift(batch.lines, batch.ids, batch.contact_ids, batch.channels, batch.directions, batch.texts, batch.normalized_texts,
       batch.statuses, batch.raw_payloads, batch.template_versions, batch.persona_variants, batch.created_ats);
  co_return problems;
}

Error stopped_at(const RowProblem& problem) {
  return fail(Errc::invalid_argument,
              "row " + std::to_string(problem.line) + ": " + problem.field + " " + problem.reason, problem.field);
}

}  // namespace

Task<Result<void>> import_events(postgres::Database& database, RequestContext& request, csv::Reader& reader,
                                 ImportOptions options, ImportReport& report,
                                 std::function<void(const RowProblem&)> on_problem,
                                 std::function<void(const ImportReport&)> on_progress) {
  const auto sources = resolve_sources(reader.header(), options);
  if (!sources)
    co_return sources.error();
  const TimePoint start = system_now();
  const auto org_id = request.identity.org_id.is_nil() ? std::nullopt : std::optional(request.identity.org_id);
  csv::Row row;
  for (bool more = true; more;) {
    Batch batch;
    std::optional<RowProblem> stop;
    while (batch.ids.size() < options.batch_rows && batch.bytes < options.batch_bytes) {
      const auto next = reader.next(row);
      if (!next)
        co_return next.error();
      if (!*next) {
        more = false;
        break;
      }
      auto problem = append_row(batch, row, *sources, start + std::chrono::microseconds(report.rows_read));
      ++report.rows_read;
      if (!problem)
        continue;
      ++report.rows_refused;
      on_problem(*problem);
      if (options.strict) {
        stop = std::move(problem);
        break;
      }
    }
    if (stop)
      co_return stopped_at(*stop);
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto unknown = co_await drop_unknown_contacts(database, request, org_id, batch);
    if (!unknown)
      co_return unknown.error();
    for (const RowProblem& problem : *unknown) {
      ++report.rows_refused;
      on_problem(problem);
    }
    if (options.strict && !unknown->empty())
      co_return stopped_at(unknown->front());
    if (batch.ids.empty())
      continue;
    const auto stored = co_await database.write(request, sql::import_events, request.identity.user_id, org_id,
                                                batch.ids, batch.contact_ids, batch.channels, batch.directions,
                                                batch.texts, batch.normalized_texts, batch.raw_payloads, batch.statuses,
                                                batch.template_versions, batch.persona_variants, batch.created_ats);
    if (!stored)
      co_return stored.error();
    report.rows_imported += *stored;
    ++report.batches;
    on_progress(report);
  }
  co_return Result<void>();
}

}  // namespace salesflow::events
