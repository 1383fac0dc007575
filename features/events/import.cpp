#include "features/events/import.hpp"

#include <algorithm>
#include <set>

#include "features/events/store.hpp"
#include "platform/core/bounded.hpp"
#include "platform/csv/reader.hpp"
#include "platform/json/read.hpp"
#include "platform/text/trim.hpp"

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

/// A batch under way: the lines that its rows stand in, and about how much it weighs.
struct Batch {
  ImportBatch rows;
  std::vector<std::uint64_t> lines;
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
      return refuse(column, "is not valid UTF-8; name the file's charset when it has another: --charset windows-1252");
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
  const auto trimmed_id = trim(value_of("platform_message_id"));
  auto message_id = trimmed_id.empty() ? std::nullopt : std::optional(std::string(trimmed_id));
  if (message_id && count_code_points(*message_id) > message_id_length_max)
    return refuse("platform_message_id", "must have at most " + std::to_string(message_id_length_max) + " characters");
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
  batch.rows.ids.push_back(Uuid::v7());
  batch.rows.contact_ids.push_back(contact_id);
  batch.rows.channels.emplace_back(channel);
  batch.rows.directions.emplace_back(direction);
  batch.rows.texts.emplace_back(text);
  batch.rows.normalized_texts.push_back(normalize_text(text));
  batch.rows.raw_payloads.push_back(std::move(raw_payload));
  batch.rows.statuses.emplace_back(status.empty() ? "pending" : status);
  batch.rows.template_versions.push_back(optional_text("template_version"));
  batch.rows.persona_variants.push_back(optional_text("persona_variant"));
  batch.rows.created_ats.push_back(created_at);
  batch.rows.message_ids.push_back(std::move(message_id));
  batch.bytes += 200 + 2 * text.size();
  return std::nullopt;
}

/// Takes the rows out of the batch whose contact is neither the organisation's nor a lead of the user's.
Task<Result<std::vector<RowProblem>>> drop_unknown_contacts(Store& store, RequestContext& request, Batch& batch) {
  ImportBatch& rows = batch.rows;
  std::set<Uuid> named;
  for (const auto& id : rows.contact_ids) {
    if (id)
      named.insert(*id);
  }
  std::vector<RowProblem> problems;
  if (named.empty())
    co_return problems;
  std::vector<Uuid> asked(named.begin(), named.end());
  const auto found = co_await store.find_contacts(request, std::move(asked));
  if (!found)
    co_return found.error();
  for (const KnownContact& contact : *found)
    named.erase(contact.id);
  if (named.empty())
    co_return problems;
  std::vector<bool> keep;
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    keep.push_back(!rows.contact_ids[i] || !named.contains(*rows.contact_ids[i]));
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
  sift(batch.lines, rows.ids, rows.contact_ids, rows.channels, rows.directions, rows.texts, rows.normalized_texts,
       rows.raw_payloads, rows.statuses, rows.template_versions, rows.persona_variants, rows.created_ats,
       rows.message_ids);
  co_return problems;
}

Error stopped_at(const RowProblem& problem) {
  return fail(Errc::invalid_argument,
              "row " + std::to_string(problem.line) + ": " + problem.field + " " + problem.reason, problem.field);
}

}  // namespace

Task<Result<void>> import_events(Store& store, RequestContext& request, csv::Reader& reader, ImportOptions options,
                                 ImportReport& report, std::function<void(const RowProblem&)> on_problem,
                                 std::function<void(const ImportReport&)> on_progress) {
  const auto sources = resolve_sources(reader.header(), options);
  if (!sources)
    co_return sources.error();
  const TimePoint start = system_now();
  csv::Row row;
  for (bool more = true; more;) {
    Batch batch;
    std::optional<RowProblem> stop;
    while (batch.rows.ids.size() < options.batch_rows && batch.bytes < options.batch_bytes) {
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
    const auto unknown = co_await drop_unknown_contacts(store, request, batch);
    if (!unknown)
      co_return unknown.error();
    for (const RowProblem& problem : *unknown) {
      ++report.rows_refused;
      on_problem(problem);
    }
    if (options.strict && !unknown->empty())
      co_return stopped_at(unknown->front());
    if (batch.rows.ids.empty())
      continue;
    const auto sent = batch.rows.ids;
    const auto stored = co_await store.import_events(request, std::move(batch.rows));
    if (!stored)
      co_return stored.error();
    report.rows_imported += stored->size();
    ++report.batches;
    const std::set<Uuid> made(stored->begin(), stored->end());
    for (std::size_t i = 0; i < sent.size() && made.size() < sent.size(); ++i) {
      if (made.contains(sent[i]))
        continue;
      ++report.rows_duplicate;
      on_problem({batch.lines[i], "platform_message_id", "came before", true});
    }
    on_progress(report);
  }
  co_return Result<void>();
}

}  // namespace salesflow::events
