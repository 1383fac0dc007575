// Where notes are kept. One implementation over PostgreSQL (store_pg.cpp), one in memory in the tests.
#pragma once

#include <memory>

#include "features/notes/notes.hpp"

namespace salesflow::postgres {
class Database;
}

namespace salesflow::notes {

/// What a write met: which of the named lead, contact and deal are the caller's, and the note when it was written.
struct Written {
  bool lead_ok = true, contact_ok = true, deal_ok = true;
  OneRow<NoteRow> note;
};

/// What a summary starts from. contact_is_lead: the id given as a contact's is that of a lead of the caller.
struct ConversationFacts {
  bool lead_found = false, contact_found = false, contact_is_lead = false, deal_found = false;
  std::optional<Uuid> contact_lead_id;
  Conversation conversation;
};

/// A summary's note and, with task_id, its task.
struct NewSummary {
  Uuid note_id;
  std::optional<Uuid> lead_id, contact_id, deal_id;
  std::string content;
  RawJson metadata;
  std::optional<Uuid> task_id;
  NextStep step;
  TimePoint due_at{};
  std::optional<Uuid> task_contact_id;
};

/// Every method is one statement and one round trip. An empty OneRow means: no such row for this user (and version).
class Store {
 public:
  virtual ~Store() = default;
  /// Up to limit_rows notes strictly after `after`, newest first.
  virtual Task<Result<RowSet<NoteRow>>> list_notes(RequestContext& request, NoteFilter filter, TimePosition after,
                                                   std::int64_t limit_rows) = 0;
  virtual Task<Result<OneRow<NoteRow>>> get_note(RequestContext& request, Uuid note_id) = 0;
  virtual Task<Result<Written>> create_note(RequestContext& request, Uuid id, NewNote note) = 0;
  virtual Task<Result<Written>> update_note(RequestContext& request, Uuid note_id, NoteChange change,
                                            std::optional<std::int64_t> row_version) = 0;
  /// False when there was none.
  virtual Task<Result<bool>> delete_note(RequestContext& request, Uuid note_id,
                                         std::optional<std::int64_t> row_version) = 0;
  virtual Task<Result<ConversationFacts>> read_conversation(RequestContext& request, SummaryRequest asked) = 0;
  virtual Task<Result<void>> create_summary(RequestContext& request, NewSummary summary) = 0;
};

std::unique_ptr<Store> make_pg_store(postgres::Database& database);

}  // namespace salesflow::notes
