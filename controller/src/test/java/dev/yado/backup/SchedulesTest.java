package dev.yado.backup;

import static dev.yado.flow.TestingCloud.end;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.yado.api.Caller;
import dev.yado.api.IfMatch;
import dev.yado.api.PageRequest;
import dev.yado.flow.ControllerReplica;
import dev.yado.flow.TestingCloud;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.simulator.SimulatedHost;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/** Nights pass by a clock of the test's own; the controller's own looks, by the real one, come half a day before or after them. */
@Timeout(60)
class SchedulesTest {
    private static final Duration NIGHT_IN = Duration.ofHours(12);

    private final TestingCloud cloud = new TestingCloud();
    private final Instant today = Instant.now();
    private final TestingClock clock = new TestingClock(today);
    private SimulatedHost host;
    private ControllerReplica replica;
    private Turns turns;

    private static final class TestingClock extends Clock {
        private volatile Instant now;

        TestingClock(Instant now) {
            this.now = now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @BeforeEach
    void begin() {
        host = cloud.host(16, 16_384);
        replica = cloud.replica();
        turns = turns();
    }

    @AfterEach
    void close() {
        cloud.close();
    }

    @Test
    void backsEachVmUpOnceANight() {
        List<VmId> vms = List.of(cloud.running(replica), cloud.running(replica), cloud.running(replica));
        Schedule nightly = schedule(nightly(new Selector.All(), null));

        look(0);
        assertThat(backups(nightly)).isEmpty();
        look(1);
        look(1);
        finish(nightly);

        assertThat(backups(nightly)).extracting(Backup::vm).containsExactlyInAnyOrderElementsOf(vms);
        look(2);
        finish(nightly);
        assertThat(backups(nightly)).hasSize(6);
    }

    @Test
    void catchesUpTheLastOfThoseThatWereMissed() {
        cloud.running(replica);
        Schedule nightly = schedule(nightly(new Selector.All(), null));

        look(5);
        look(5);

        finish(nightly);
        assertThat(backups(nightly)).hasSize(1);
    }

    @Test
    void beginsATurnOnceHoweverManyControllersLook() throws Exception {
        cloud.running(replica);
        cloud.running(replica);
        Schedule nightly = schedule(nightly(new Selector.All(), null));
        clock.now = night(1);

        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> looks = new java.util.ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Turns other = turns();
                looks.add(threads.submit(other::take));
            }
            for (Future<?> look : looks) {
                look.get(30, SECONDS);
            }
        }

        finish(nightly);
        assertThat(backups(nightly)).hasSize(2);
    }

    @Test
    void leavesOutAVmThatIsStillBackedUpAndSaysSo() {
        VmId vm = cloud.running(replica);
        Schedule nightly = schedule(nightly(new Selector.All(), null));
        host.holdWork(true);
        look(1);

        look(2);

        assertThat(backups(nightly)).hasSize(1);
        assertThat(covered(vm).trouble()).startsWith("SKIPPED: CONFLICT: backup ");
        host.holdWork(false);
        finish(nightly);
        look(3);
        finish(nightly);
        assertThat(backups(nightly)).hasSize(2);
        assertThat(covered(vm).trouble()).isNull();
    }

    @Test
    void meansVmsByLabelNowAndLater() {
        VmId database = cloud.running(replica);
        VmId web = cloud.running(replica);
        replica.vms().label(cloud.caller(), database, Map.of("tier", "db", "stage", "prod"), IfMatch.ANY);
        Schedule databases = schedule(nightly(new Selector.Labelled(new TreeMap<>(Map.of("tier", "db"))), null));

        look(1);
        finish(databases);
        assertThat(backups(databases)).extracting(Backup::vm).containsExactly(database);

        replica.vms().label(cloud.caller(), web, Map.of("tier", "db"), IfMatch.ANY);
        look(2);
        finish(databases);
        assertThat(backups(databases)).extracting(Backup::vm).containsExactlyInAnyOrder(database, database, web);
    }

    @Test
    void beginsNothingWhilePausedAndCatchesNothingUpAfterwards() {
        VmId vm = cloud.running(replica);
        Schedule nightly = schedule(nightly(new Selector.These(Set.of(vm)), null));
        Schedule paused =
                schedules().replace(cloud.caller(), nightly.id(), paused(nightly.wanted(), true), IfMatch.ANY);

        look(1);
        assertThat(backups(nightly)).isEmpty();

        schedules().replace(cloud.caller(), nightly.id(), paused(paused.wanted(), false), IfMatch.ANY);
        look(2);
        finish(nightly);
        assertThat(backups(nightly)).hasSize(1);
    }

    @Test
    void keepsWhatTheRetentionSaysAndNeverLosesTheLast() {
        VmId vm = cloud.running(replica);
        Schedule two = schedule(nightly(new Selector.All(), new Retention(2, 0, 0, 0, 0)));
        for (int night = 1; night <= 4; night++) {
            look(night);
            finish(two);
        }
        List<Backup> all = backups(two);
        var byHand = cloud.backup(replica, vm);

        prune();

        await().atMost(15, SECONDS).until(() -> backups(two).size() == 2);
        assertThat(backups(two)).containsExactlyElementsOf(all.subList(2, 4));
        assertThat(replica.backups().get(cloud.caller(), byHand).state()).isEqualTo(Backup.State.AVAILABLE);

        schedules()
                .replace(
                        cloud.caller(),
                        two.id(),
                        nightly(new Selector.All(), new Retention(0, 0, 0, 0, 0)),
                        IfMatch.ANY);
        end(replica, replica.vms().delete(cloud.caller(), vm));
        prune();
        await().atMost(15, SECONDS).until(() -> backups(two).size() == 1);
        assertThat(backups(two)).containsExactly(all.getLast());
    }

    @Test
    void tellsWhatIsOverdue() {
        VmId vm = cloud.running(replica);
        assertThat(covered(vm).state()).isEqualTo(Covered.State.UNSCHEDULED);
        Schedule nightly = schedule(nightly(new Selector.All(), null));
        assertThat(covered(vm).state()).isEqualTo(Covered.State.COVERED);

        clock.now = night(1).plus(Duration.ofHours(3));
        assertThat(covered(vm).state()).isEqualTo(Covered.State.OVERDUE);
        assertThat(covered(vm).overdueSince()).isBefore(clock.now);

        clock.now = today;
        cloud.backup(replica, vm);
        assertThat(covered(vm).state()).isEqualTo(Covered.State.COVERED);
        assertThat(covered(vm).schedules()).containsExactly(nightly.wanted().name());
        assertThat(covered(vm).next()).isAfter(today);
    }

    @Test
    void belongsToItsTenant() {
        Schedule mine = schedule(nightly(new Selector.All(), null));
        TenantId other = TenantId.random();
        cloud.jdbc().update("INSERT INTO tenant (id, name) VALUES (?, 'other')", other.value());

        assertThatThrownBy(() -> schedules().get(new Caller.Tenant(other), mine.id()))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> schedule(mine.wanted()))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NAME_TAKEN));
        VmId vm = cloud.running(replica);
        assertThatThrownBy(() ->
                        schedules().create(new Caller.Tenant(other), nightly(new Selector.These(Set.of(vm)), null)))
                .isInstanceOfSatisfying(
                        YadoException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    private Turns turns() {
        return new Turns(
                replica.part(ScheduleRows.class), replica.backups(), replica.part(TransactionTemplate.class), clock);
    }

    /** By then all VMs have had their turn of that night. */
    private Instant night(int number) {
        return today.plus(NIGHT_IN).plus(Duration.ofMinutes(70)).plus(Duration.ofDays(number - 1L));
    }

    /** 0 is today. */
    private void look(int night) {
        clock.now = night == 0 ? today : night(night);
        turns.take();
    }

    private Schedule.Wanted nightly(Selector selector, @Nullable Retention retention) {
        var at = today.plus(NIGHT_IN).atZone(ZoneOffset.UTC);
        return new Schedule.Wanted(
                "nightly",
                selector,
                at.getMinute() + " " + at.getHour() + " * * *",
                "UTC",
                60,
                retention,
                Backups.Asked.DEFAULT,
                false);
    }

    private static Schedule.Wanted paused(Schedule.Wanted wanted, boolean paused) {
        return new Schedule.Wanted(
                wanted.name(),
                wanted.selector(),
                wanted.cron(),
                wanted.timeZone(),
                wanted.windowMinutes(),
                wanted.retention(),
                wanted.how(),
                paused);
    }

    private Schedules schedules() {
        return replica.part(Schedules.class);
    }

    private Schedule schedule(Schedule.Wanted wanted) {
        return schedules().create(cloud.caller(), wanted);
    }

    /** That have not gone, the oldest first. */
    private List<Backup> backups(Schedule schedule) {
        return replica.part(BackupRows.class)
                .find(
                        "schedule_id = ? AND state <> 'DELETING' ORDER BY id",
                        schedule.id().value());
    }

    private void finish(Schedule schedule) {
        backups(schedule).forEach(backup -> end(replica, backup.operation()));
    }

    private void prune() {
        replica.part(Keeping.class).prune();
    }

    private Covered covered(VmId vm) {
        return new Coverage(
                        replica.part(JdbcTemplate.class),
                        replica.part(ScheduleRows.class),
                        new BackupSettings(Duration.ofHours(2), Duration.ZERO, Duration.ZERO),
                        clock)
                .list(cloud.caller(), PageRequest.of("backup-coverage", 1000, null)).items().stream()
                        .filter(covered -> covered.vm().equals(vm))
                        .findFirst()
                        .orElseThrow();
    }
}
