// People of the service that was there before: their passwords count here and there, whoever changes them, until the
// adoption is finished. The old service is plain SQL with pgcrypto, as its functions hash.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "features/accounts/accounts.hpp"
#include "features/accounts/jobs.hpp"
#include "features/accounts/members.hpp"
#include "platform/migrations/runner.hpp"
#include "platform/postgres/database.hpp"
#include "platform/security/bcrypt.hpp"
#include "tests/support/found_database.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/wait.hpp"

namespace salesflow::accounts {
namespace {

using namespace std::chrono_literals;
using salesflow::test::FoundDatabase;
using salesflow::test::FoundOwner;
using salesflow::test::FoundServer;
using salesflow::test::FoundShape;
using salesflow::test::run_task;

constexpr security::PasswordSettings cheap{.memory_kib = 64, .passes = 1, .lanes = 1, .threads = 1, .queue_max = 8};

class FoundPeople : public testing::Test {
 protected:
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("people"); }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override { adopt(); }
  void TearDown() override {
    people_.reset();
    found_.reset();
    std::filesystem::remove_all(spool_);
  }

  static migrations::Options options(const std::string& url, const std::string& to) {
    migrations::Options made;
    made.database_url = url;
    made.to = to;
    made.run_backfills = false;
    return made;
  }
  /// A found database with our base schema; `before` runs as a superuser ahead of `up`.
  void adopt(const std::string& before = "SELECT 1") {
    people_.reset();
    found_.reset();
    found_ = std::make_unique<FoundDatabase>(*server, FoundShape{.owner = owner_},
                                             salesflow::test::FoundSizes{.events = 100});
    found_->run(before);
    migrations::up(options(found_->owner_url(), "base")).value();
    found_->open_logins();
    people_ = std::make_unique<People>(*found_, spool_);
  }

  /// The service over the found database.
  struct People {
    People(FoundDatabase& found, const std::filesystem::path& spool)
        : auth_db(context, timer, pool(found, cluster::Login::auth)),
          app_db(context, timer, pool(found, cluster::Login::app)),
          mailer({spool, "SalesFlow <no-reply@example.org>"}) {}
    ~People() {
      const auto drain = [this]() -> Task<bool> {
        co_await auth_db.drain(std::chrono::steady_clock::now() + 2s);
        co_await app_db.drain(std::chrono::steady_clock::now() + 2s);
        co_return true;
      };
      run_task(context, drain());
    }
    static postgres::PoolSettings pool(FoundDatabase& found, cluster::Login login) {
      postgres::PoolSettings settings;
      settings.conninfo = found.url(login);
      settings.acquire_timeout = 30s;
      return settings;
    }
    static security::TokenSettings token_settings() {
      security::TokenSettings settings;
      settings.secret = "0123456789abcdef0123456789abcdef";
      return settings;
    }

    asio::io_context context;
    CoarseTimer timer{context};
    postgres::Database auth_db, app_db;
    std::unique_ptr<Store> store = make_pg_store(auth_db, app_db);
    AccountsSettings settings;
    security::TokenKeys keys{token_settings()};
    security::RevokedSessions revoked{1830s};
    security::PasswordHasher passwords{cheap};
    SpoolMailer mailer;
    SharedServices shared{settings, keys, revoked, passwords, mailer};
    Accounts accounts{context, *store, shared};
    Members members{context, *store, shared};
  };

  RequestContext& fresh(Uuid user_id = {}) {
    request_ = RequestContext();
    request_.deadline = std::chrono::steady_clock::now() + 30s;
    request_.identity.user_id = user_id;
    return request_;
  }
  /// "" for a login, else what is said.
  std::string log_in(const std::string& email, const std::string& password) {
    const auto tokens =
        run_task(people_->context, people_->accounts.login(fresh(), {email, password, {}}, {"192.0.2.1", ""}));
    return tokens ? std::string() : tokens.error().public_detail + tokens.error().log_detail;
  }
  std::string change(Uuid user_id, const std::string& current, const std::string& next) {
    const auto done = run_task(people_->context,
                               people_->accounts.change_password(fresh(user_id), {current, {next}}, {"192.0.2.1", ""}));
    return done ? std::string() : done.error().public_detail + done.error().log_detail;
  }
  std::string text_of(const std::string& sql) { return found_->run(sql).rows.at(0).at(0).value_or("NULL"); }

  // The old service: it looks at one of the two columns and knows bcrypt only.
  static std::string place(const std::string& table) {
    return table == "auth.users" ? "auth.users SET encrypted_password" : "public.users SET password_hash";
  }
  bool old_accepts(const std::string& table, Uuid user_id, const std::string& password) {
    const std::string column = table == "auth.users" ? "encrypted_password" : "password_hash";
    return found_
               ->run("SELECT count(*) FROM " + table + " WHERE id = $1 AND " + column + " = extensions.crypt($2, " +
                         column + ")",
                     {user_id.to_string(), password})
               .integer() == 1;
  }
  void old_changes(const std::string& table, Uuid user_id, const std::string& password) {
    found_->run("UPDATE " + place(table) + " = extensions.crypt($2, extensions.gen_salt('bf', 6)) WHERE id = $1",
                {user_id.to_string(), password});
  }
  std::string hashes() {
    return text_of(
        "SELECT md5(string_agg(h, ',' ORDER BY h)) FROM (SELECT id || password_hash FROM public.users UNION ALL "
        "SELECT id || coalesce(encrypted_password, '') FROM auth.users) AS f (h)");
  }

  FoundOwner owner_ = FoundOwner::restricted;
  static inline std::unique_ptr<FoundServer> server;
  std::filesystem::path spool_ = std::filesystem::temp_directory_path() / ("salesflow-mail-" + random_hex(8));
  std::unique_ptr<FoundDatabase> found_;
  std::unique_ptr<People> people_;
  RequestContext request_;
};

using salesflow::test::found_email;
using salesflow::test::found_other_password;
using salesflow::test::found_password;
using salesflow::test::found_user;

TEST_F(FoundPeople, LogInWithThePasswordTheyHaveAndTheirHashesStayUntouched) {
  const std::string before = hashes();
  for (const int number : {1, 2, 5}) {
    EXPECT_EQ(log_in(found_email(number), found_password), "") << number;
    EXPECT_EQ(log_in(found_email(number), found_password), "") << number << ": the second time by our hash";
    EXPECT_NE(log_in(found_email(number), "wrong horse"), "") << number;
  }
  EXPECT_EQ(log_in(found_email(6), found_other_password), "") << "what public.users holds";
  EXPECT_NE(log_in("nobody@found.example", found_password), "");
  EXPECT_EQ(hashes(), before);
  EXPECT_EQ(text_of("SELECT count(*) FROM salesflow.passwords WHERE password_hash LIKE '$argon2id$%'"), "4");
  EXPECT_EQ(text_of("SELECT has_table_privilege('salesflow_app', 'salesflow.passwords', 'SELECT')"), "f");
}

TEST_F(FoundPeople, EitherOfTwoDifferentFoundPasswordsOpensTheAccount) {
  EXPECT_EQ(log_in(found_email(6), found_password), "") << "what auth.users holds";
}

TEST_F(FoundPeople, KnownToAuthUsersAloneGetTheirProfileAtFirstLogin) {
  const std::string before = hashes();
  EXPECT_NE(log_in(found_email(7), "wrong horse"), "");
  EXPECT_EQ(text_of("SELECT count(*) FROM users WHERE id = '" + found_user(7).to_string() + "'"), "0")
      << "not by guessing";
  EXPECT_EQ(log_in(found_email(7), found_password), "");
  EXPECT_EQ(text_of("SELECT email || ' ' || password_hash FROM users WHERE id = '" + found_user(7).to_string() + "'"),
            found_email(7) + " !")
      << "no second copy of the password";
  EXPECT_EQ(text_of("SELECT name FROM users WHERE id = '" + found_user(7).to_string() + "'"), "First 7 Last 7");
  EXPECT_EQ(log_in(found_email(7), found_password), "");
  EXPECT_TRUE(old_accepts("auth.users", found_user(7), found_password));
}

TEST_F(FoundPeople, BannedDeletedUnconfirmedOrSwitchedOffDoNotLogIn) {
  found_->run("UPDATE auth.users SET email_confirmed_at = NULL WHERE id = $1", {found_user(8).to_string()});
  EXPECT_NE(log_in(found_email(8), found_password).find("Confirm your e-mail address"), std::string::npos);
  EXPECT_NE(log_in(found_email(10), found_password).find("switched off"), std::string::npos) << "banned";
  found_->run("UPDATE auth.users SET banned_until = now() + interval '1 hour' WHERE id = $1",
              {found_user(7).to_string()});
  found_->run("INSERT INTO organizations (id, name) VALUES ($1, 'Org')", {salesflow::test::found_org(1).to_string()});
  found_->run("INSERT INTO org_members (org_id, user_id, role) VALUES ($1, $2, 'owner')",
              {salesflow::test::found_org(1).to_string(), found_user(1).to_string()});
  EXPECT_EQ(found_
                ->run("SELECT outcome FROM (SELECT set_config('app.user_id', $1, false), set_config('app.org_id', $2, "
                      "false)) AS s, salesflow.add_org_member($3, 'member', gen_random_uuid(), 'x', '\\x00', '1 h')",
                      {found_user(1).to_string(), salesflow::test::found_org(1).to_string(), found_email(7)})
                .value(),
            "blocked")
      << "no second user with the address of one who is banned";
  EXPECT_NE(log_in(found_email(11), found_password), "") << "deleted";
  EXPECT_NE(log_in(found_email(12), found_password).find("switched off"), std::string::npos) << "inactive";
  EXPECT_EQ(text_of("SELECT count(*) FROM users WHERE id = ANY (ARRAY['" + found_user(8).to_string() + "', '" +
                    found_user(10).to_string() + "', '" + found_user(11).to_string() + "']::uuid[])"),
            "0");
  EXPECT_EQ(log_in(found_email(1), found_password), "");
  found_->run("UPDATE auth.users SET banned_until = now() + interval '1 hour' WHERE id = $1",
              {found_user(1).to_string()});
  EXPECT_NE(log_in(found_email(1), found_password).find("switched off"), std::string::npos) << "banned since";
  EXPECT_EQ(text_of("SELECT is_active FROM salesflow.find_identity('" + found_user(1).to_string() + "', NULL)"), "f");
}

class FoundPeopleOfAnyOwner : public FoundPeople, public testing::WithParamInterface<FoundOwner> {
 protected:
  FoundPeopleOfAnyOwner() { owner_ = GetParam(); }
  static void SetUpTestSuite() { server = std::make_unique<FoundServer>("people-owners"); }
};

TEST_P(FoundPeopleOfAnyOwner, APasswordChangedOnEitherSideCountsOnBothAndDownGivesTheUsersBack) {
  ASSERT_EQ(log_in(found_email(1), found_password), "");
  ASSERT_EQ(log_in(found_email(7), found_password), "");
  // Here: both of the old service's columns follow, where they held one.
  ASSERT_EQ(change(found_user(1), found_password, "changed-here-1"), "");
  ASSERT_EQ(change(found_user(7), found_password, "changed-here-7"), "");
  for (const char* table : {"public.users", "auth.users"}) {
    EXPECT_TRUE(old_accepts(table, found_user(1), "changed-here-1")) << table;
    EXPECT_FALSE(old_accepts(table, found_user(1), found_password)) << table;
  }
  EXPECT_TRUE(old_accepts("auth.users", found_user(7), "changed-here-7"));
  EXPECT_EQ(log_in(found_email(1), "changed-here-1"), "");
  EXPECT_EQ(log_in(found_email(7), "changed-here-7"), "");
  EXPECT_NE(log_in(found_email(1), found_password), "");
  EXPECT_NE(log_in(found_email(7), found_password), "");
  // There: our hash is void.
  for (const char* table : {"public.users", "auth.users"})
    old_changes(table, found_user(1), "changed-there-1");
  old_changes("auth.users", found_user(7), "changed-there-7");
  EXPECT_NE(log_in(found_email(1), "changed-here-1"), "");
  EXPECT_NE(log_in(found_email(7), "changed-here-7"), "");
  EXPECT_EQ(log_in(found_email(1), "changed-there-1"), "");
  EXPECT_EQ(log_in(found_email(7), "changed-there-7"), "");

  people_.reset();
  found_->close_logins();
  const auto before = found_->hash_found();
  ASSERT_TRUE(migrations::down(options(found_->owner_url(), "none")));
  EXPECT_EQ(found_->hash_found(), before);
  EXPECT_TRUE(old_accepts("public.users", found_user(1), "changed-there-1"));
  EXPECT_TRUE(old_accepts("auth.users", found_user(7), "changed-there-7"));
}

TEST_F(FoundPeople, ALoginDoesNotReviveAPasswordThatIsChangedMeanwhile) {
  const auto record = run_task(people_->context, people_->store->find_login(fresh(), found_email(5)));
  ASSERT_TRUE(record && *record);
  old_changes("public.users", found_user(5), "changed-there-5");
  ASSERT_TRUE(run_task(people_->context, people_->store->store_password_hash(
                                             fresh(), found_user(5), *security::hash_password(cheap, found_password),
                                             (*record)->fingerprint)));
  EXPECT_NE(log_in(found_email(5), found_password), "");
  EXPECT_EQ(log_in(found_email(5), "changed-there-5"), "");
}

TEST_F(FoundPeople, AnAddressInSeveralSpellingsIsTheOneAsTypedElseTheOneInLowerCase) {
  found_->run(
      "INSERT INTO users (id, email, password_hash, name) VALUES (gen_random_uuid(), 'USER5@found.example', "
      "extensions.crypt('upper-case', extensions.gen_salt('bf', 4)), 'Upper')");
  EXPECT_EQ(log_in("User5@Found.Example", found_password), "");
  EXPECT_EQ(log_in(found_email(5), found_password), "");
  EXPECT_NE(log_in("User5@Found.Example", "upper-case"), "");
  EXPECT_EQ(log_in(" USER5@found.example ", "upper-case"), "") << "locked out by the other spelling";
}

TEST_F(FoundPeople, WhoSignsUpHereIsKnownThereAndNobodyTakesAnAddressOfAuthUsers) {
  const auto sign_up = [&](const std::string& email) {
    return run_task(
        people_->context,
        people_->accounts.signup(fresh(), {email, {"brand-new-1"}, {"New"}, {"Person"}, {}}, {"192.0.2.1", ""}));
  };
  const auto made = sign_up("new@found.example");
  ASSERT_TRUE(made) << made.error().log_detail;
  EXPECT_TRUE(old_accepts("public.users", made->user.id, "brand-new-1"));
  EXPECT_EQ(log_in("new@found.example", "brand-new-1"), "");
  EXPECT_EQ(sign_up(found_email(7)).error().code, Errc::malformed) << "known to auth.users alone";
}

TEST_F(FoundPeople, AnAuthUsersWithoutTheTimeOfAnAccountIsReadAsWell) {
  found_->run("ALTER TABLE auth.users DROP COLUMN created_at");
  found_->run("CALL salesflow.connect_auth()");
  EXPECT_EQ(log_in(found_email(7), found_password), "");
}

TEST_F(FoundPeople, APasswordThatIsStoredWhileTheAdoptionFinishesIsNotLost) {
  const std::string user = found_user(1).to_string();
  auto finishing = found_->session();
  finishing.run("BEGIN").value();
  finishing.run("SELECT salesflow.finish_adoption()").value();
  std::jthread writer([&] {
    auto session = found_->session();
    session.run("SET application_name = 'late writer'").value();
    session.run("SELECT salesflow.store_password_hash($1, 'the late hash', '\\x00')", {user}).value();
  });
  EXPECT_TRUE(salesflow::test::wait_until([&] {
    return text_of(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'late writer' AND wait_event_type = "
               "'Lock'") == "1";
  })) << "it waits for the end of the shared life";
  finishing.run("COMMIT").value();
  writer.join();
  EXPECT_EQ(text_of("SELECT password_hash FROM users WHERE id = '" + user + "'"), "the late hash");
}

TEST_F(FoundPeople, FinishingTheAdoptionMakesOurHashesTheOnlyOnesAndLeavesNobodyOut) {
  ASSERT_EQ(log_in(found_email(1), found_password), "");
  const auto report = found_->run("SELECT * FROM salesflow.finish_adoption()");
  EXPECT_EQ(report.value(0, 0), "f");
  EXPECT_TRUE(text_of("SELECT password_hash FROM users WHERE id = '" + found_user(1).to_string() + "'")
                  .starts_with("$argon2id$"));
  EXPECT_EQ(found_->run("SELECT already_finished FROM salesflow.finish_adoption()").value(), "t") << "once is enough";
  found_->run("ALTER TABLE auth.users RENAME TO users_gone");
  for (const int number : {1, 2, 5, 7, 8})
    EXPECT_EQ(log_in(found_email(number), found_password), "") << number;
  EXPECT_NE(log_in(found_email(10), found_password), "") << "banned stays out";
  ASSERT_EQ(change(found_user(2), found_password, std::string(100, 'x')), "") << "no limit of bcrypt any more";
  EXPECT_EQ(log_in(found_email(2), std::string(100, 'x')), "");
  for (const int number : {1, 2, 5, 7, 8}) {
    EXPECT_TRUE(text_of("SELECT password_hash FROM users WHERE id = '" + found_user(number).to_string() + "'")
                    .starts_with("$argon2id$"));
  }
}

TEST_F(FoundPeople, APasswordThatMayNotBeWrittenIsChangedWhereItIsKept) {
  adopt("REVOKE UPDATE ON auth.users FROM crm_owner");
  ASSERT_EQ(log_in(found_email(7), found_password), "");
  EXPECT_NE(change(found_user(7), found_password, "changed-here-7").find("another service"), std::string::npos);
  EXPECT_EQ(change(found_user(5), found_password, "changed-here-5"), "") << "public.users is ours to write";
  EXPECT_NE(text_of("SELECT auth_note FROM salesflow.adoption").find("GRANT UPDATE"), std::string::npos);
  EXPECT_EQ(log_in(found_email(7), found_password), "");
}

TEST_F(FoundPeople, WithoutAWayToAuthUsersTheOthersLogInAndANoteSaysWhatToGrant) {
  adopt("REVOKE ALL ON auth.users FROM crm_owner; REVOKE USAGE ON SCHEMA auth FROM crm_owner");
  EXPECT_EQ(log_in(found_email(5), found_password), "");
  EXPECT_NE(log_in(found_email(7), found_password), "");
  EXPECT_NE(text_of("SELECT auth_note FROM salesflow.adoption").find("GRANT USAGE ON SCHEMA auth"), std::string::npos);
  found_->run(
      "GRANT USAGE ON SCHEMA auth TO crm_owner; GRANT SELECT, UPDATE (encrypted_password) ON auth.users TO crm_owner");
  cluster::SqlSession::connect(found_->owner_url()).value().run("CALL salesflow.connect_auth()").value();
  EXPECT_EQ(text_of("SELECT auth_note FROM salesflow.adoption"), "NULL");
  EXPECT_EQ(log_in(found_email(7), found_password), "");
}

INSTANTIATE_TEST_SUITE_P(Owners, FoundPeopleOfAnyOwner, testing::Values(FoundOwner::restricted, FoundOwner::superuser),
                         [](const auto& info) {
                           return info.param == FoundOwner::restricted ? "Restricted" : "Superuser";
                         });

}  // namespace
}  // namespace salesflow::accounts
