// Composition: how a slice comes into a worker. Each slice has a file here that makes its objects and
// adds its routes.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "apps/salesflow/compose/shared.hpp"
#include "features/accounts/store.hpp"
#include "platform/cache/cache.hpp"
#include "platform/http/server/router.hpp"
#include "platform/postgres/database.hpp"

namespace salesflow::apps {

/// What slices are made from, and where they go: one thread's.
struct Composition {
  asio::io_context& context;
  CoarseTimer& timer;
  Shared& shared;
  postgres::Database& app_db;
  postgres::Database& auth_db;
  accounts::Store& accounts_store;  // the authenticator's, too
  cache::Cache& cache;
  http::Router& router;
  std::vector<std::shared_ptr<void>>& kept;

  /// Makes objects that live as long as the worker and end before its pools.
  template <class Objects, class... Arguments>
  Objects& keep(Arguments&&... arguments) {
    auto objects = std::make_shared<Objects>(std::forward<Arguments>(arguments)...);
    kept.push_back(objects);
    return *objects;
  }
};

/// A use case over its store: all that most slices are.
template <class Store, class UseCase>
struct StoreAndUseCase {
  explicit StoreAndUseCase(std::unique_ptr<Store> made) : store(std::move(made)), use_case(*store) {}
  std::unique_ptr<Store> store;
  UseCase use_case;
};

void add_accounts(Composition& to);
void add_agenda(Composition& to);
void add_analytics(Composition& to);
void add_approvals(Composition& to);
void add_contacts(Composition& to);
void add_deals(Composition& to);
void add_events(Composition& to);
void add_imports(Composition& to);
void add_inbox(Composition& to);
void add_leads(Composition& to);
void add_lookups(Composition& to);
void add_notes(Composition& to);
void add_ops(Composition& to);
void add_scoring(Composition& to);
void add_stream(Composition& to);
void add_tasks(Composition& to);
void add_webhooks(Composition& to);

}  // namespace salesflow::apps
