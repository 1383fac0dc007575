#include "apps/salesflow/compose/composition.hpp"
#include "features/notes/backend_http.hpp"
#include "features/notes/routes.hpp"
#include "features/notes/store.hpp"

namespace salesflow::apps {
namespace {

struct NotesSlice {
  explicit NotesSlice(Composition& to)
      : store(notes::make_pg_store(to.app_db)),
        backend(to.shared.config.summary.url.empty()
                    ? nullptr
                    : std::make_unique<notes::HttpBackend>(to.context, to.timer, to.shared.config.summary)),
        summarizer(backend.get()),
        notes(*store, summarizer) {}
  std::unique_ptr<notes::Store> store;
  std::unique_ptr<notes::HttpBackend> backend;  // null: rules only
  notes::FallbackSummarizer summarizer;
  notes::Notes notes;
};

}  // namespace

void add_notes(Composition& to) {
  auto& slice = to.keep<NotesSlice>(to);
  to.router.add(notes::routes(slice.notes, to.shared.config.summary.timeout + std::chrono::seconds(5)));
}

}  // namespace salesflow::apps
