// status: where the table stands. Changes nothing and takes no lock.
#include "platform/partitions/months.hpp"
#include "platform/partitions/move_rows.hpp"
#include "platform/partitions/rebind.hpp"

namespace salesflow::partitions {

Result<Status> status(const Options& options) {
  auto run = start_run(options, false);
  if (!run) {
    return run.error();
  }
  auto state = read_state(run->session(), run->names);
  if (!state) {
    return state.error();
  }
  Status status;
  status.state = state->state;
  status.boundary = state->boundary;
  if (status.state == "plain" || status.state == "preparing") {
    return status;
  }
  const bool converted = status.state == "converted";
  auto pending = pending_views(run->session(), converted ? run->names.legacy : run->names.retired);
  if (!pending) {
    return pending.error();
  }
  status.pending = std::move(*pending);
  if (!converted) {
    auto rows = pending_rows(run->session(), run->names);
    if (!rows) {
      return rows.error();
    }
    status.pending.insert(status.pending.end(), rows->begin(), rows->end());
  } else {
    if (auto looked = look_at_partitions(run->session(), run->names, status); !looked) {
      return looked.error();
    }
  }
  return status;
}

}  // namespace salesflow::partitions
