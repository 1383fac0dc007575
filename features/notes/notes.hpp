// CRM notes and the zero-input summary (contract 2.9). Notes belong to one user; every call runs as that user. Answers
// Q8 of the strategy.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "features/notes/summary.hpp"
#include "platform/core/bounded.hpp"
#include "platform/core/page.hpp"
#include "platform/core/request_context.hpp"
#include "platform/core/result.hpp"
#include "platform/core/row_set.hpp"
#include "platform/runtime/task.hpp"

namespace salesflow::notes {

enum class NoteType { manual, ai_summary, call_summary, meeting_summary };
BOOST_DESCRIBE_ENUM(NoteType, manual, ai_summary, call_summary, meeting_summary)

/// One note as stored and as sent. Views point into the RowSet that holds the row.
struct NoteRow {
  Uuid id;
  Uuid user_id;
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::string_view content;
  std::string_view note_type = "manual";
  std::optional<std::string_view> source;
  std::optional<RawJsonView> metadata;
  TimePoint created_at;
  TimePoint updated_at;
  std::int64_t row_version = 0;
};
BOOST_DESCRIBE_STRUCT(NoteRow, (),
                      (id, user_id, lead_id, contact_id, deal_id, content, note_type, source, metadata, created_at,
                       updated_at, row_version))

/// Which notes a list shows; absent means all.
struct NoteFilter {
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::optional<NoteType> note_type;
};

struct NewNote {
  std::string content;
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  NoteType note_type = NoteType::manual;
  std::optional<RawJson> metadata;
};

/// A change of a note: absent members stay, null clears.
struct NoteChange {
  std::optional<std::string> content;
  std::optional<NoteType> note_type;
  Patch<Uuid> lead_id;
  Patch<Uuid> contact_id;
  Patch<Uuid> deal_id;
  Patch<RawJson> metadata;
};

/// Whose messages to sum up, and what to make of it.
struct SummaryRequest {
  std::optional<Uuid> lead_id;
  std::optional<Uuid> contact_id;
  std::optional<Uuid> deal_id;
  std::int64_t message_limit = 20;
  bool create_task = true;
};

/// What came of it. Without messages: nothing was written and `draft` has no model.
struct SummaryOutcome {
  Draft draft;
  std::optional<Uuid> note_id;
  std::optional<Uuid> task_id;
  std::string note_content;
  std::size_t messages_analyzed = 0;
};

class Store;

inline constexpr std::int64_t page_limit_rows_max = 100;
inline constexpr std::int64_t message_limit_min = 5, message_limit_max = 100;

/// The use cases. Every call but summarize: one statement, one round trip, except where said. Errors besides those
/// named: unavailable, deadline_exceeded.
class Notes {
 public:
  Notes(Store& store, Summarizer& summarizer, Clock clock = system_now)
      : store_(store), summarizer_(summarizer), clock_(clock) {}

  /// Newest first. Errors: malformed for another list's cursor; invalid_argument for limit_rows outside 1..100.
  Task<Result<Page<NoteRow>>> list_notes(RequestContext& request, NoteFilter filter, std::string cursor,
                                         std::int64_t limit_rows);
  /// Errors: not_found, also for another user's note.
  Task<Result<OneRow<NoteRow>>> get_note(RequestContext& request, Uuid note_id);
  /// Errors: invalid_argument for an empty content; not_found naming lead_id, contact_id or deal_id when it is not the
  /// caller's. A contact may be a lead's id.
  Task<Result<OneRow<NoteRow>>> create_note(RequestContext& request, NewNote note);
  /// Errors: as create_note and get_note; precondition_failed. Cost: a second statement to tell 404 from 412.
  Task<Result<OneRow<NoteRow>>> update_note(RequestContext& request, Uuid note_id, NoteChange change,
                                            std::optional<std::int64_t> row_version);
  Task<Result<void>> delete_note(RequestContext& request, Uuid note_id, std::optional<std::int64_t> row_version);

  /// Sums up the newest messages of a lead (its own and its contacts'), of a contact, or of both, and stores note and
  /// task in one transaction. No transaction is open while the summarizer works.
  /// Errors: invalid_argument without lead and contact, for a contact of another lead, or for a task without an
  /// organisation; not_found naming what is not the caller's. Cost: two statements.
  Task<Result<SummaryOutcome>> summarize(RequestContext& request, SummaryRequest asked);

 private:
  Task<Error> explain_no_row(RequestContext& request, Uuid note_id, bool conditional);

  Store& store_;
  Summarizer& summarizer_;
  Clock clock_;
};

}  // namespace salesflow::notes
