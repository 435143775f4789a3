package dev.yado.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DesiredState;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.time.Instant;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

/** Whatever a backup and a host say: no number goes back, and nothing begins to run that nobody has asked for. */
class ReattachmentProperties {
    private static final VmId VM = VmId.random();
    private static final TenantId TENANT = TenantId.random();

    private static VmSpec spec(long generation, long epoch, DesiredState desired) {
        return new VmSpec(
                VM,
                TENANT,
                "vm",
                generation,
                epoch,
                desired,
                StopPolicy.HARD,
                0,
                new VmShape(1, new Mebibytes(256), AcceleratorChoice.AUTO, List.of(), null),
                null);
    }

    private static VmReport report(VmSpec held) {
        return new VmReport(
                VM, held.generation(), held.runEpoch(), ObservedState.RUNNING, true, null, null, null, Instant.EPOCH);
    }

    private static Reattachment of(VmSpec backup, long given, VmSpec held) {
        return Reattachment.of(new Reattachment.Row(backup.generation(), given, backup), report(held), held);
    }

    private static DesiredState desired(boolean runs) {
        return runs ? DesiredState.RUNNING : DesiredState.STOPPED;
    }

    @Property
    void noNumberGoesBack(
            @ForAll @LongRange(min = 1, max = 50) long generation,
            @ForAll @LongRange(min = 0, max = 50) long epoch,
            @ForAll @LongRange(min = 0, max = 50) long given,
            @ForAll boolean ran,
            @ForAll @LongRange(min = 1, max = 50) long told,
            @ForAll @LongRange(min = 0, max = 50) long run,
            @ForAll boolean runs) {
        Reattachment now = of(spec(generation, epoch, desired(ran)), given, spec(told, run, desired(runs)));

        assertThat(now.generation()).isGreaterThanOrEqualTo(Math.max(generation, told));
        assertThat(now.runEpoch()).isGreaterThanOrEqualTo(run);
        assertThat(now.givenEpoch()).isGreaterThanOrEqualTo(Math.max(Math.max(given, epoch), run));
        if (now.anew()) {
            assertThat(now.generation()).as("so that the host takes it").isGreaterThan(told);
        }
    }

    @Property
    void whatAHostWasToldLaterIsWhatIsWanted(
            @ForAll @LongRange(min = 1, max = 50) long generation,
            @ForAll @LongRange(min = 0, max = 50) long epoch,
            @ForAll boolean ran,
            @ForAll @LongRange(min = 1, max = 50) long more,
            @ForAll @LongRange(min = 0, max = 50) long run,
            @ForAll boolean runs) {
        VmSpec held = spec(generation + more, run, desired(runs));

        Reattachment now = of(spec(generation, epoch, desired(ran)), 0, held);

        assertThat(now.desired()).isEqualTo(held.desired());
        assertThat(now.runEpoch())
                .as("a higher one would begin a run that had ended")
                .isEqualTo(run);
        assertThat(now.anew()).isTrue();
    }

    @Property
    void whatAHostHasNotHeardOfYetIsStillWanted(
            @ForAll @LongRange(min = 1, max = 50) long told,
            @ForAll @LongRange(min = 1, max = 50) long more,
            @ForAll @LongRange(min = 0, max = 50) long run,
            @ForAll @LongRange(min = 0, max = 50) long later,
            @ForAll boolean ran,
            @ForAll boolean runs) {
        VmSpec backup = spec(told + more, run + later, desired(ran));

        Reattachment now = of(backup, 0, spec(told, run, desired(runs)));

        assertThat(now.desired()).isEqualTo(backup.desired());
        assertThat(now.generation()).isEqualTo(backup.generation());
        assertThat(now.runEpoch()).isEqualTo(backup.runEpoch());
    }

    @Property
    void oneThatHasNotChangedIsLeftAlone(
            @ForAll @LongRange(min = 1, max = 50) long generation,
            @ForAll @LongRange(min = 0, max = 50) long epoch,
            @ForAll boolean runs) {
        VmSpec both = spec(generation, epoch, desired(runs));

        Reattachment now = of(both, 0, both);

        assertThat(now.anew()).isFalse();
        assertThat(now.generation()).isEqualTo(generation);
        assertThat(now.runEpoch()).isEqualTo(epoch);
    }
}
