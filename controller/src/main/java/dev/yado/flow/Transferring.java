package dev.yado.flow;

import dev.yado.host.Claims;
import dev.yado.host.MigrationAgents;
import dev.yado.host.MovingHost;
import dev.yado.migration.Migration;
import dev.yado.migration.Migrations;
import dev.yado.operation.Run;
import dev.yado.operation.StepResult;
import dev.yado.operation.StepResult.Advance;
import dev.yado.operation.StepResult.GiveUp;
import dev.yado.operation.StepResult.Overtaken;
import dev.yado.operation.StepResult.Wait;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.Cause;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.HostId;
import dev.yado.protocol.MigrationFacts;
import dev.yado.protocol.NetworkFacts;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Carried;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.snapshot.SnapshotRecords;
import dev.yado.vm.Sight;
import dev.yado.vm.VmRecords;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Has the destination make ready and the source depart, and follows both. From the source's begin on, it ends without being asked. */
@Component
class Transferring {
    private static final Duration READY_SOON = Duration.ofMillis(100);
    private static final Duration PROGRESS = Duration.ofMillis(500);
    /** A host answers when the guest has gone, or after half a second. */
    private static final Duration NEXT_ANSWER = Duration.ofMillis(20);
    /** Who takes longer is told of by the source's report, and holds no runner up meanwhile. */
    private static final Duration SHORT_MOVE = Duration.ofSeconds(10);

    private static final Duration AFTER_SILENCE = Duration.ofSeconds(1);
    /** For the end of copying at the deadline, the switch-over and clocks that differ. */
    private static final Duration GRACE = Duration.ofMinutes(2);

    private final Migrations migrations;
    private final MigrationAgents hosts;
    private final Claims claims;
    private final VmRecords vms;
    private final SnapshotRecords snapshots;

    Transferring(
            Migrations migrations, MigrationAgents hosts, Claims claims, VmRecords vms, SnapshotRecords snapshots) {
        this.migrations = migrations;
        this.hosts = hosts;
        this.claims = claims;
        this.vms = vms;
        this.snapshots = snapshots;
    }

    /** What came of a call to one of the two. */
    sealed interface Answer<T> {
        record Said<T>(Migration migration, T what) implements Answer<T> {}

        record Refused<T>(Migration migration, HostId by, ErrorCode code, String detail) implements Answer<T> {}

        record Silent<T>(Migration migration, HostId who, String detail) implements Answer<T> {}

        /** It is not to be moved any more. */
        record Over<T>(String why) implements Answer<T> {}
    }

    Answer<ArrivalAnswer> prepare(Run run) {
        Migration migration = migrations.of(run.operation()).orElse(null);
        VmSpec spec = migration == null ? null : vms.spec(migration.vm()).orElse(null);
        if (migration == null || migration.state() != Migration.State.OPEN || spec == null) {
            return new Answer.Over<>("the move has been concluded");
        }
        if (spec.generation() != migration.generation()) {
            return new Answer.Over<>("something newer is wanted of the VM");
        }
        Answer<List<CarriedDisk>> offered = snapshots.count(migration.vm()) == 0
                ? new Answer.Said<>(migration, List.of())
                : asked(
                        migration,
                        migration.from(),
                        () -> hosts.migrationOf(migration.from())
                                .offerLayers(
                                        run.fence(), migration.vm(), new LayerOffer(migration.id(), migration.to())));
        return switch (offered) {
            case Answer.Said<List<CarriedDisk>> said -> prepare(run, migration, spec, said.what());
            case Answer.Refused<List<CarriedDisk>>(var _, HostId by, ErrorCode code, String detail) ->
                new Answer.Refused<>(migration, by, code, "what its snapshots have cannot go: " + detail);
            case Answer.Silent<List<CarriedDisk>>(var _, HostId who, String detail) ->
                new Answer.Silent<>(migration, who, detail);
            case Answer.Over<List<CarriedDisk>> over -> new Answer.Over<>(over.why());
        };
    }

    private Answer<ArrivalAnswer> prepare(Run run, Migration migration, VmSpec spec, List<CarriedDisk> snapshots) {
        MigrationFacts destination = claims.party(migration.to()).migration();
        if (!snapshots.isEmpty() && (destination == null || !destination.takesSnapshots())) {
            return new Answer.Refused<>(
                    migration,
                    migration.to(),
                    ErrorCode.MIGRATION_BLOCKED,
                    "its daemon is older than snapshots that move: upgrade it");
        }
        Arrival arrival = arrival(migration, spec.under(migration.runEpoch()), snapshots);
        return asked(
                migration,
                migration.to(),
                () -> hosts.migrationOf(migration.to()).putArrival(run.fence(), migration.vm(), arrival));
    }

    private Arrival arrival(Migration migration, VmSpec spec, List<CarriedDisk> snapshots) {
        Accelerator accelerator = !migration.live()
                ? null
                : vms.sight(migration.vm())
                        .map(Sight::observed)
                        .map(observed -> observed.accelerator())
                        .orElse(null);
        return new Arrival(
                migration.id(),
                migration.from(),
                spec,
                accelerator,
                certificates(migration.from()),
                Preflight.copied(spec),
                snapshots.isEmpty()
                        ? null
                        : new Carried(
                                claims.party(migration.from()).url(),
                                migration.goal().bandwidthMiBs(),
                                snapshots),
                migration
                        .beganAt()
                        .plus(Deadlines.FIRST_RUN)
                        .plusSeconds(migration.goal().deadlineSeconds())
                        .plus(GRACE));
    }

    private String certificates(HostId host) {
        MigrationFacts facts = claims.party(host).migration();
        return facts == null ? "" : facts.certificates();
    }

    <S extends Enum<S>> StepResult<S> prepared(Run run, Answer<ArrivalAnswer> answer, S next) {
        return switch (answer) {
            case Answer.Over<ArrivalAnswer>(String why) -> new GiveUp<>(ErrorCode.MIGRATION_FAILED, why);
            case Answer.Refused<ArrivalAnswer>(Migration migration, HostId by, ErrorCode code, String detail) ->
                failed(migration, end(migration, by) + " refuses it: " + code + ", " + detail);
            case Answer.Silent<ArrivalAnswer>(Migration migration, HostId who, String detail) ->
                claims.party(who).alive()
                        ? new Wait<>(AFTER_SILENCE, end(migration, who) + " does not answer: " + detail)
                        : failed(migration, end(migration, who) + " has gone silent: " + detail);
            case Answer.Said<ArrivalAnswer>(Migration migration, ArrivalAnswer said) -> {
                migrations.said(migration.id(), said);
                yield switch (said.phase()) {
                    case PREPARING ->
                        new Wait<>(
                                READY_SOON,
                                "host " + migration.to() + " "
                                        + Objects.requireNonNullElse(said.doing(), "makes ready for it"));
                    case READY -> new Advance<>(next, "host " + migration.to() + " waits for it");
                    case ARRIVED -> new Advance<>(next, "it has arrived already");
                    case ABORTED -> failed(migration, "the destination has broken it off" + because(said.cause()));
                };
            }
        };
    }

    Answer<DepartureAnswer> transfer(Run run) {
        Migration migration = migrations.of(run.operation()).orElse(null);
        if (migration == null || migration.state() != Migration.State.OPEN) {
            return new Answer.Over<>("the move has been concluded");
        }
        ArrivalAnswer ready = migration.arrival();
        ArrivalAnswer.Endpoint endpoint = ready == null ? null : ready.endpoint();
        if (endpoint == null) {
            return new Answer.Refused<>(
                    migration,
                    migration.to(),
                    ErrorCode.INTERNAL,
                    "the destination is ready and has not said where it waits");
        }
        return asked(migration, migration.from(), () -> departure(run, migration, endpoint));
    }

    /** Begins it, or looks how far it is. A source that has lost what it was told is told again. */
    private DepartureAnswer departure(Run run, Migration migration, ArrivalAnswer.Endpoint endpoint) {
        if (migration.departure() != null) {
            try {
                return hosts.migrationOf(migration.from()).departure(migration.vm(), migration.id());
            } catch (HostRefusal unknown) {
                if (unknown.code() != ErrorCode.NOT_FOUND) {
                    throw unknown;
                }
            }
        }
        MovingHost destination = claims.party(migration.to());
        NetworkFacts network = destination.network();
        Departure departure = new Departure(
                migration.id(),
                migration.to(),
                destination.url(),
                endpoint,
                certificates(migration.to()),
                network == null ? null : network.tunnelEndpoint(),
                vms.spec(migration.vm()).map(Preflight::copied).orElse(List.of()),
                migration.goal());
        return hosts.migrationOf(migration.from()).putDeparture(run.fence(), migration.vm(), departure);
    }

    private interface Call<T> {
        T answer();
    }

    private static <T> Answer<T> asked(Migration migration, HostId host, Call<T> call) {
        try {
            return new Answer.Said<>(migration, call.answer());
        } catch (HostRefusal e) {
            return new Answer.Refused<>(migration, host, e.code(), String.valueOf(e.getMessage()));
        } catch (HostUnreachable e) {
            return new Answer.Silent<>(migration, host, "host " + host + ": " + e.getMessage());
        }
    }

    <S extends Enum<S>> StepResult<S> transferred(Run run, Answer<DepartureAnswer> answer, S next) {
        return switch (answer) {
            case Answer.Over<DepartureAnswer>(String why) -> new Overtaken<>(why);
            case Answer.Refused<DepartureAnswer> refused ->
                failed(refused.migration(), "the source refuses it: " + refused.code() + ", " + refused.detail());
            case Answer.Silent<DepartureAnswer>(Migration migration, var _, String detail) ->
                Instant.now().isBefore(lastWord(migration))
                        ? new Wait<>(AFTER_SILENCE, "the source does not answer: " + detail)
                        : new Advance<>(next, "the source is silent, the destination knows: " + detail);
            case Answer.Said<DepartureAnswer>(Migration migration, DepartureAnswer said) -> {
                migrations.said(migration.id(), said);
                yield went(run, migration, said, next);
            }
        };
    }

    /** By then the source has ended it by itself, if it could. */
    private static Instant lastWord(Migration migration) {
        return migration
                .beganAt()
                .plusSeconds(migration.goal().deadlineSeconds())
                .plus(GRACE);
    }

    private <S extends Enum<S>> StepResult<S> went(Run run, Migration migration, DepartureAnswer said, S next) {
        run.gave("phase", said.phase());
        said.rungs().forEach(rung -> run.gave(rung.at() + " " + rung.kind(), rung.why()));
        return switch (said.phase()) {
            case COPYING, SWITCHING -> new Wait<>(pause(migration), MoveText.underWay(migration, said));
            case FOLLOWING -> new Advance<>(next, "it runs at the destination and its memory follows");
            case IN_DOUBT -> new Advance<>(next, "the source has not heard whether it has arrived");
            case HANDED_OVER -> new Advance<>(next, MoveText.result(said));
            case STAYED -> stayed(migration, said);
        };
    }

    private static Duration pause(Migration migration) {
        boolean mayEndAnyMoment = Instant.now().isBefore(migration.beganAt().plus(SHORT_MOVE));
        return mayEndAnyMoment ? NEXT_ANSWER : PROGRESS;
    }

    private <S extends Enum<S>> StepResult<S> stayed(Migration migration, DepartureAnswer said) {
        Cause cause = said.cause();
        String detail = "it goes on where it was" + because(cause);
        migrations.because(migration.id(), detail);
        boolean gaveUp = cause != null && cause.code() == Cause.Code.MIGRATION_GAVE_UP;
        return new GiveUp<>(gaveUp ? ErrorCode.MIGRATION_GAVE_UP : ErrorCode.MIGRATION_FAILED, detail);
    }

    private <S extends Enum<S>> StepResult<S> failed(Migration migration, String detail) {
        migrations.because(migration.id(), detail);
        return new GiveUp<>(ErrorCode.MIGRATION_FAILED, detail);
    }

    private static String end(Migration migration, HostId host) {
        return host.equals(migration.from()) ? "the source" : "the destination";
    }

    private static String because(@Nullable Cause cause) {
        return cause == null ? "" : ": " + cause.detail();
    }
}
