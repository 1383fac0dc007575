// The same conversations over TCP, a unix socket and TLS: what differs is only how bytes move.
#include <gtest/gtest.h>

#include "platform/postgres/copy_in.hpp"
#include "platform/postgres/database.hpp"
#include "platform/postgres/transaction.hpp"
#include "tests/support/postgres_rig.hpp"
#include "tests/support/servers.hpp"
#include "tests/support/tls.hpp"

namespace salesflow::postgres {
namespace {

using namespace std::chrono_literals;
using cluster::PrivatePostgres;
using test::PostgresRig;
using test::TestQuery;

enum class Way { tcp, unix_socket, tls };

class TransportTest : public testing::TestWithParam<Way> {
 protected:
  static void SetUpTestSuite() {
    server = PrivatePostgres::start(test::Servers::instance().home(), {.name = "transport"}).value();
    test::offer_tls(*server);
  }
  static void TearDownTestSuite() { server.reset(); }
  TransportTest() {
    PoolSettings settings;
    settings.connections = 2;
    settings.acquire_timeout = 20s;
    settings.conninfo = GetParam() == Way::unix_socket
                            ? server->socket_url("postgres", "postgres", server->superuser_password())
                        : GetParam() == Way::tls ? test::with_tls(server->superuser_url())
                                                 : server->superuser_url() + "?sslmode=disable";
    rig.emplace(settings);
    context.deadline = std::chrono::steady_clock::now() + 60s;
  }
  Database& db() { return *rig->database; }

  static std::unique_ptr<PrivatePostgres> server;
  TestQuery way{"t.way", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"};
  TestQuery echo{"t.echo", "SELECT $1::text || $2::text", {oid::text, oid::text}};
  TestQuery many{"t.many", "SELECT i, repeat('x', i % 500) FROM generate_series(1, $1) AS i", {oid::int4}};
  RequestContext context;
  std::optional<PostgresRig> rig;
};

std::unique_ptr<PrivatePostgres> TransportTest::server;

INSTANTIATE_TEST_SUITE_P(Over, TransportTest, testing::Values(Way::tcp, Way::unix_socket, Way::tls),
                         [](const auto& way) {
                           return way.param == Way::tcp ? "Tcp" : way.param == Way::tls ? "Tls" : "Socket";
                         });

struct Numbered {
  std::int32_t number;
  std::string_view text;
};
BOOST_DESCRIBE_STRUCT(Numbered, (), (number, text))

TEST_P(TransportTest, GoesTheWayItWasTold) {
  auto is_encrypted = rig->run(db().read_one<bool>(context, way));
  ASSERT_TRUE(is_encrypted) << is_encrypted.error().log_detail;
  EXPECT_EQ(**is_encrypted, GetParam() == Way::tls);
}

TEST_P(TransportTest, CarriesLongArgumentsAndLongAnswersAtOnce) {
  int ended = 0, right = 0;
  const auto ask = [&](std::size_t size) -> Task<void> {
    RequestContext asker = context;
    const std::string first(size, 'a'), second(size / 2, 'b');
    auto answer = co_await db().read_one<std::string>(asker, echo, first, second);
    if (!answer)
      ADD_FAILURE() << answer.error().log_detail;
    right += answer && **answer == first + second;
  };
  const std::size_t sizes[] = {0, 1, 8'000, 16'384, 65'536, 300'000, 5'000'000, 100, 2'000'000, 70'000};
  for (const std::size_t size : sizes)
    rig->start(ask(size), ended);
  ASSERT_TRUE(rig->run_until([&] { return ended == std::ssize(sizes); }));
  EXPECT_EQ(right, std::ssize(sizes));
}

TEST_P(TransportTest, CarriesManyRowsInOrder) {
  auto rows = rig->run(db().read<Numbered>(context, many, 20'000));
  ASSERT_TRUE(rows) << rows.error().log_detail;
  ASSERT_EQ(rows->size(), 20'000u);
  for (std::int32_t i = 0; i < 20'000; ++i) {
    const Numbered& row = rows->rows[static_cast<std::size_t>(i)];
    ASSERT_EQ(row.number, i + 1);
    ASSERT_EQ(row.text.size(), static_cast<std::size_t>((i + 1) % 500));
  }
}

TEST_P(TransportTest, RefusesArgumentsThatNoMessageCanCarry) {
  if (GetParam() != Way::tcp)
    return;  // a quarter of a gigabyte once is enough, and it does not get as far as the socket
  std::string half(message_bytes_max / 2 + 1, 'x');
  const auto error = rig->run(db().read_one<std::string>(context, echo, half, half)).error();
  EXPECT_EQ(error.code, Errc::invalid_argument);
  half.resize(10);
  EXPECT_TRUE(rig->run(db().read_one<std::string>(context, echo, half, half)));
}

TEST_P(TransportTest, CopiesInAndGoesOn) {
  const TestQuery make("t.make", "CREATE TEMPORARY TABLE incoming (text text) ON COMMIT DROP", {}, QueryMode::write);
  const TestQuery count("t.count", "SELECT sum(length(text)) FROM incoming");
  auto transaction = rig->run(db().begin_transaction(context)).value();
  context.transaction = transaction.get();
  ASSERT_TRUE(rig->run(db().write(context, make)));
  auto copy = rig->run(db().copy_in(*transaction, "COPY incoming FROM STDIN"));
  ASSERT_TRUE(copy) << copy.error().log_detail;
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(rig->run((*copy)->send(std::string(500'000, 'x') + "\n")));
  EXPECT_EQ(*rig->run((*copy)->finish()), 40u);
  EXPECT_EQ(**rig->run(db().read_one<std::int64_t>(context, count)), 40 * 500'000);
  ASSERT_TRUE(rig->run(transaction->commit()));
}

TEST_P(TransportTest, AnswersAfterTheServerEndedItsConnections) {
  const TestQuery end("t.end",
                      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND "
                      "application_name = 'salesflow'");
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(rig->run(db().read_one<std::int64_t>(context, end)));
    auto answer = rig->run(db().read_one<std::string>(context, echo, std::string("a"), std::string("b")));
    ASSERT_TRUE(answer) << answer.error().log_detail;
    EXPECT_EQ(**answer, "ab");
  }
}

}  // namespace
}  // namespace salesflow::postgres
