package dev.yado.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.yado.cli.wire.CannedHttp;
import dev.yado.cli.wire.ExitCode;
import dev.yado.cli.wire.Failure;
import dev.yado.cli.wire.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class NamesTest {
    private static final String ID = "019ab0c4-5f1e-7c3d-9a57-0d4c1b6f2e11";

    @Test
    void letsAnIdStandForItself() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(500, "")) {
            assertThat(new Names(http.api()).vm(ID.toUpperCase(java.util.Locale.ROOT)))
                    .isEqualTo(ID);
            assertThat(http.requests()).isEmpty();
        }
    }

    @Test
    void asksForAVmByItsExactName() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(200, "{\"items\":[{\"id\":\"1\",\"name\":\"a b\"}]}")) {
            assertThat(new Names(http.api()).vm("a b")).isEqualTo("1");
            assertThat(http.requests().getFirst().path()).startsWith("/v1/vms?name=a+b&");
        }
    }

    @Test
    void neverTakesAnotherName() {
        Failure failure = catchThrowableOfType(
                Failure.class,
                () -> Names.choose("image", "debian", List.of(item("1", "debian-13"), item("2", "Debian"))));
        assertThat(failure.exit()).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(failure.whatToDo()).contains("yado image list");
    }

    @Test
    void prefersTheTenantsOwnImageToThatForAll() {
        Json.Document own = item("2", "debian").with("tenantId", "t");
        assertThat(Names.choose("image", "debian", List.of(item("1", "debian"), own)))
                .isEqualTo("2");
    }

    @Test
    void refusesANameThatMeansTwo() {
        List<Json.Document> two =
                List.of(item("1", "web").with("tenantId", "a"), item("2", "web").with("tenantId", "b"));
        assertThatThrownBy(() -> Names.choose("vm", "web", two)).hasMessage("2 are named 'web': 1, 2");
    }

    @Test
    void callsAHostByItsNameWhereThatMayBeKnownAndAsksOnce() throws Exception {
        try (CannedHttp http = new CannedHttp()
                .answer(200, "{\"id\":\"1\",\"name\":\"rack1-7\"}")
                .answer(403, "{}")
                .answer(403, "{}")) {
            HostNames hosts = new HostNames(http.api());
            assertThat(hosts.of("1")).isEqualTo("rack1-7");
            assertThat(hosts.of("1")).isEqualTo("rack1-7");
            assertThat(hosts.of("2")).isEqualTo("2");
            assertThat(hosts.of("2")).isEqualTo("2");
            assertThat(hosts.of("")).isEmpty();
            assertThat(hosts.in("host 1 and host " + ID)).isEqualTo("host 1 and host " + ID);
            assertThat(hosts.in("to host " + ID + ": 3 %")).isEqualTo("to host " + ID + ": 3 %");
            assertThat(http.requests()).hasSize(3);
        }
    }

    @Test
    void readsTheNamesOfHostsIntoWhatIsSaid() throws Exception {
        try (CannedHttp http = new CannedHttp().answer(200, "{\"name\":\"rack1-7\"}")) {
            assertThat(new HostNames(http.api()).in("moves to host " + ID + ": 43 % of its memory; host " + ID))
                    .isEqualTo("moves to host rack1-7: 43 % of its memory; host rack1-7");
        }
    }

    private static Json.Document item(String id, String name) {
        return new Json.Document().with("id", id).with("name", name);
    }
}
