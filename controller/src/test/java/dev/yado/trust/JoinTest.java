package dev.yado.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.yado.ControllerClient;
import dev.yado.ControllerClient.Answer;
import dev.yado.ControllerTest;
import dev.yado.host.HostReports;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.HostId;
import dev.yado.protocol.HostOptions;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.trust.CaHash;
import dev.yado.protocol.trust.Identity;
import dev.yado.protocol.trust.Joining;
import dev.yado.protocol.trust.Machine;
import dev.yado.protocol.trust.Machine.Role;
import dev.yado.protocol.trust.MachineTls;
import dev.yado.simulator.HostPlan;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcTemplate;
import tools.jackson.databind.JsonNode;

/** How a machine becomes a host, with the daemon's own client over real TLS. */
@ControllerTest
class JoinTest {
    @Autowired
    private ControllerClient administrator;

    @Autowired
    private TestingMachines testing;

    @Autowired
    private JdbcTemplate jdbc;

    @Autowired
    private HostReports reports;

    private final Machine host = new Machine(Role.HOST, UUID.randomUUID());
    private final String name = "join-" + host.id();

    private Answer token(String body) {
        Answer made = administrator.post("/v1/host-join-tokens", body);
        assertThat(made.status()).as(made.toString()).isEqualTo(201);
        return made;
    }

    private Identity join(Answer token, Machine machine, String as) throws IOException {
        return joined(token, machine, as).identity();
    }

    private Joining.Joined joined(Answer token, Machine machine, String as) throws IOException {
        return Joining.join(testing.controller(""), token.text("token"), new CaHash(token.text("caHash")), machine, as);
    }

    @Test
    void givesACertificateForTheMachinesOwnKeyAndRenewsIt() throws IOException {
        Identity first = join(token("{\"name\":\"%s\"}".formatted(name)), host, name);

        assertThat(first.machine()).isEqualTo(host);
        assertThat(first.name()).isEqualTo(name);
        MachineTls tls = new MachineTls(first);
        Identity second = Joining.renew(testing.controller(""), tls);
        assertThat(second.machine()).isEqualTo(host);
        assertThat(second.key()).isNotEqualTo(first.key());
    }

    @Test
    void sendsNothingToAControllerOfAnotherCa() throws IOException {
        Answer token = token("{}");
        CaHash other = CaHash.of(CertificateAuthority.make().certificate());

        assertThatThrownBy(() -> Joining.join(testing.controller(""), token.text("token"), other, host, name))
                .hasMessageContaining("nothing was sent to it");

        assertThat(join(token, host, name).machine())
                .as("the token was not used")
                .isEqualTo(host);
    }

    @Test
    void takesATokenOnceInItsTimeAndForItsName() throws IOException {
        Answer used = token("{}");
        join(used, host, name);
        Machine other = new Machine(Role.HOST, UUID.randomUUID());
        Answer expired = token("{}");
        jdbc.update("UPDATE join_token SET expires_at = now() WHERE id = ?::uuid", expired.text("id"));

        refused(used, other, "other", "was used by machine " + host.id());
        refused(expired, other, "other", "has expired");
        refused(token("{\"name\":\"right\"}"), other, "wrong", "for the name right");
        refused(token("{}"), new Machine(Role.SIMULATOR, other.id()), "other", "for a HOST");
        refused(token("{}"), other, name, "another machine has the name");
        refused(token("{}"), other, "no name", "1 to 63 letters");
        refused(token("{}"), host, "again-" + host.id(), "has joined before");
    }

    @Test
    void leavesATokenUsableWhenTheJoinWasRefused() throws IOException {
        join(token("{}"), host, name);
        Machine other = new Machine(Role.HOST, UUID.randomUUID());
        Answer token = token("{}");

        refused(token, other, name, "another machine has the name");

        assertThat(join(token, other, "free-" + other.id()).machine()).isEqualTo(other);
    }

    @Test
    void bringsARevokedHostBackUnderItsId() throws IOException {
        MachineTls tls = testing.registered(host, name);
        assertThat(administrator.post("/v1/hosts/" + host.id() + "/revoke", "").status())
                .isEqualTo(204);
        assertThatThrownBy(() -> Joining.renew(testing.controller(""), tls)).hasMessageContaining("revoked");

        Answer token = token("{\"renews\":\"%s\"}".formatted(host.id()));
        refused(token, new Machine(Role.HOST, UUID.randomUUID()), name, "the token renews machine " + host.id());
        Identity back = join(token, host, "whatever it says");

        assertThat(back.name()).as("it keeps its name").isEqualTo(name);
        assertThat(Joining.renew(testing.controller(""), new MachineTls(back)).machine())
                .isEqualTo(host);
        assertThatThrownBy(() -> Joining.renew(testing.controller(""), tls))
                .as("the old certificate stays revoked")
                .hasMessageContaining("revoked");
    }

    @Test
    void knowsAHostAgainThatJoinedAfterTheBackupOfARestoredController() throws IOException {
        MachineTls tls = testing.registered(host, name);
        jdbc.update("DELETE FROM machine WHERE id = ?", host.id());
        assertThatThrownBy(() -> Joining.renew(testing.controller(""), tls)).hasMessageContaining("not registered");

        jdbc.update("INSERT INTO controller_restore (backup_id, taken_at) VALUES (gen_random_uuid(), now())");
        try {
            assertThat(Joining.renew(testing.controller(""), tls).name()).isEqualTo(name);
            jdbc.update("DELETE FROM machine WHERE id = ?", host.id());
            jdbc.update("UPDATE controller_restore SET restored_at = now() - interval '9 days'");
            assertThatThrownBy(() -> Joining.renew(testing.controller(""), tls)).hasMessageContaining("not registered");
        } finally {
            jdbc.update("DELETE FROM controller_restore");
        }
    }

    @Test
    void givesAReplacedHostsNameToTheNewOneAndShutsTheOldOneOut() throws IOException {
        MachineTls old = testing.registered(host, name);
        Machine fresh = new Machine(Role.HOST, UUID.randomUUID());

        Identity joined = join(token("{\"replaces\":\"%s\"}".formatted(host.id())), fresh, name);

        assertThat(joined.name()).isEqualTo(name);
        assertThatThrownBy(() -> Joining.renew(testing.controller(""), old)).hasMessageContaining("revoked");
    }

    @Test
    void givesAReplacedHostsOptionsToTheOneThatTakesItsPlaceAndToNobodyElse() throws IOException {
        testing.registered(host, name);
        HostOptions options = new HostOptions(
                new TreeMap<>(Map.of("nfs", "/mnt/nfs")),
                new TreeMap<>(Map.of("backups", "s3:/etc/yado/s3")),
                new TreeMap<>(Map.of("backups", "/etc/yado/keys")),
                3,
                new TreeMap<>(Map.of("internet", "br0")),
                "eth1",
                true);
        report(1, options);
        report(2, null);
        assertThat(administrator
                        .get("/v1/hosts/" + host.id())
                        .json()
                        .get("options")
                        .valueStream()
                        .map(JsonNode::asString))
                .as("what a daemon that says nothing of it does not take away")
                .containsExactlyElementsOf(options.words());
        Machine fresh = new Machine(Role.HOST, UUID.randomUUID());
        Machine other = new Machine(Role.HOST, UUID.randomUUID());

        Joining.Joined joined = joined(token("{\"replaces\":\"%s\"}".formatted(host.id())), fresh, name);

        assertThat(joined.options()).isEqualTo(options);
        assertThat(joined(token("{}"), other, "other-" + other.id()).options()).isNull();
    }

    private void report(long sequence, @Nullable HostOptions options) {
        reports.accept(new HostReport(
                new HostId(host.id()),
                name,
                "https://127.0.0.1:1",
                "boot",
                1,
                sequence,
                true,
                List.of(),
                HostPlan.of(name, 1, 256, Accelerator.TCG).facts(),
                List.of(),
                options));
    }

    @Test
    void isTheAdministratorsAffair() {
        String tenant = administrator
                .post("/v1/tenants", "{\"name\":\"join-%s\"}".formatted(UUID.randomUUID()))
                .text("id");
        ControllerClient other = administrator.withToken(administrator
                .post("/v1/tenants/" + tenant + "/tokens", "{\"name\":\"t\"}")
                .text("token"));

        assertThat(other.post("/v1/host-join-tokens", "{}").code()).isEqualTo("FORBIDDEN");
        assertThat(other.post("/v1/hosts/" + host.id() + "/revoke", "").code()).isEqualTo("FORBIDDEN");
        assertThat(administrator.post("/v1/hosts/" + host.id() + "/revoke", "").code())
                .isEqualTo("NOT_FOUND");
    }

    private void refused(Answer token, Machine machine, String as, String why) {
        assertThatThrownBy(() -> join(token, machine, as))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }
}
