#include "platform/proof/jobs.hpp"

#include "platform/core/enums.hpp"

namespace salesflow::proof {

using namespace std::chrono_literals;

jobs::Job note_proofs_job(const Ledger& ledger, Store& store) {
  jobs::Job job;
  job.name = "note_proofs";
  job.interval = 10s;
  job.deadline = 3s;
  job.place = jobs::Place::per_node;
  const auto noted = std::make_shared<std::array<Counts, kinds>>();
  job.run_once = [&ledger, &store, noted](RequestContext& request) -> Task<Result<jobs::Bite>> {
    Addition addition;
    std::array<Counts, kinds> now;
    for (std::size_t i = 0; i < kinds; ++i) {
      const auto kind = static_cast<Kind>(i);
      const Counts& before = (*noted)[i];
      now[i] = ledger.counts(kind);
      const auto more = [](std::uint64_t later, std::uint64_t earlier) {
        return static_cast<std::int64_t>(later - earlier);
      };
      if (more(now[i].checked, before.checked) + more(now[i].skipped, before.skipped) == 0)
        continue;
      addition.kinds.emplace_back(enum_name(kind));
      addition.checked.push_back(more(now[i].checked, before.checked));
      addition.skipped.push_back(more(now[i].skipped, before.skipped));
      addition.wrong.push_back(more(now[i].wrong, before.wrong));
    }
    if (addition.kinds.empty())
      co_return jobs::Bite{};
    const auto rows = static_cast<std::int64_t>(addition.kinds.size());
    const auto added = co_await store.add(request, std::move(addition));
    if (!added)
      co_return added.error();
    *noted = now;
    co_return jobs::Bite{rows, false};
  };
  return job;
}

}  // namespace salesflow::proof
