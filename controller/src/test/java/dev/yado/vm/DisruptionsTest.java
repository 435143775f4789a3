package dev.yado.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.yado.api.Caller;
import dev.yado.api.Page;
import dev.yado.api.PageRequest;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.Disruption;
import dev.yado.protocol.Disruption.Kind;
import dev.yado.protocol.HostId;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.transaction.support.TransactionTemplate;

@Timeout(90)
class DisruptionsTest {
    /** So that a minute before and after are in one month. */
    private static final Instant THEN = Instant.now()
            .minus(Duration.ofDays(40))
            .atOffset(ZoneOffset.UTC)
            .withDayOfMonth(15)
            .toInstant()
            .truncatedTo(ChronoUnit.MICROS);

    private final TestingCloud cloud = new TestingCloud();
    private final ControllerReplica controller = cloud.replica();
    private final Disruptions ledger = controller.part(Disruptions.class);
    private HostId host = HostId.random();
    private VmId vm = VmId.random();

    @BeforeEach
    void aVmRuns() {
        host = cloud.host(8, 8192).id();
        vm = cloud.running(controller);
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void whatIsToldTwiceIsCountedOnce() {
        Disruption blackout = of(Kind.MIGRATION_BLACKOUT, 0, 12.5);
        tell(blackout, blackout, of(Kind.MIGRATION_THROTTLE, 0, 700));
        tell(blackout, of(Kind.MIGRATION_BLACKOUT, 60, 4.5));

        assertThat(page(10, null).items())
                .extracting(DisruptionView::kind, DisruptionView::ms)
                .containsExactly(
                        tuple(Kind.MIGRATION_BLACKOUT, 4.5),
                        tuple(Kind.MIGRATION_THROTTLE, 700.0),
                        tuple(Kind.MIGRATION_BLACKOUT, 12.5));
        YearMonth month = YearMonth.from(THEN.atOffset(ZoneOffset.UTC));
        assertThat(ledger.months(vm))
                .containsExactly(
                        new DisruptionView.Sum(month, Kind.MIGRATION_THROTTLE, 1, 700, 700),
                        new DisruptionView.Sum(month, Kind.MIGRATION_BLACKOUT, 2, 17, 12.5));
    }

    @Test
    void pagesNeitherRepeatNorHide() {
        for (int i = 0; i < 5; i++) {
            tell(of(Kind.FREEZE, i, i), of(Kind.SNAPSHOT, i, i));
        }

        Page<DisruptionView> first = page(4, null);
        Page<DisruptionView> second = page(4, first.nextCursor());
        Page<DisruptionView> third = page(4, second.nextCursor());

        assertThat(List.of(first, second, third))
                .flatExtracting(Page::items)
                .extracting(DisruptionView::ms)
                .containsExactly(4.0, 4.0, 3.0, 3.0, 2.0, 2.0, 1.0, 1.0, 0.0, 0.0);
        assertThat(third.nextCursor()).isNull();
    }

    @Test
    void aHostIsNotBelievedAboutOthersVms() {
        tell(HostId.random(), of(Kind.FREEZE, 0, 1));

        assertThat(page(10, null).items()).isEmpty();
    }

    @Test
    void whatCannotBeIsNotWritten() {
        tell(
                new Disruption(vm, Kind.FREEZE, Instant.MIN, 1, null),
                new Disruption(vm, Kind.FREEZE, Instant.MAX, 1, null),
                of(Kind.FREEZE, 0, Double.NaN),
                of(Kind.FREEZE, 1, -1),
                new Disruption(vm, Kind.DISK_FULL, THEN, 1, "nul \0 byte"));

        assertThat(page(10, null).items()).singleElement().satisfies(only -> {
            assertThat(only.kind()).isEqualTo(Kind.DISK_FULL);
            assertThat(only.detail()).isEqualTo("nul  byte");
        });
    }

    @Test
    void oldOnesGoAndTheirSumStays() {
        tell(of(Kind.SNAPSHOT, 0, 5), new Disruption(vm, Kind.SNAPSHOT, Instant.now(), 1, null));
        cloud.jdbc().update("UPDATE disruption SET at = at - interval '500 days' WHERE ms = 5");

        assertThat(ledger.prune()).isEqualTo(1);

        assertThat(page(10, null).items()).hasSize(1);
        assertThat(ledger.months(vm).stream()
                        .mapToDouble(DisruptionView.Sum::ms)
                        .sum())
                .isEqualTo(6);
    }

    @Test
    void anotherTenantDoesNotSeeThem() {
        Caller stranger = new Caller.Tenant(TenantId.random());

        assertThatThrownBy(() -> ledger.page(stranger, vm, PageRequest.of("disruptions", 10, null)))
                .isInstanceOf(YadoException.class)
                .hasMessageContaining("does not exist");
    }

    private Page<DisruptionView> page(int limit, @Nullable String cursor) {
        return ledger.page(cloud.caller(), vm, PageRequest.of("disruptions", limit, cursor));
    }

    private void tell(Disruption... told) {
        tell(host, told);
    }

    private void tell(HostId by, Disruption... told) {
        controller.part(TransactionTemplate.class).executeWithoutResult(_ -> ledger.record(by, List.of(told)));
    }

    private Disruption of(Kind kind, int seconds, double ms) {
        return new Disruption(vm, kind, THEN.plusSeconds(seconds), ms, null);
    }
}
