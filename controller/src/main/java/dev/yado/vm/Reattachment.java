package dev.yado.vm;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.StopPolicy;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;

/**
 * What is wanted of a VM after the controller was restored from a backup, when a host has said what it holds of it. What the host was
 * told after the backup was made counts: a guest that was started since runs on, one that was stopped since stays so. No number goes
 * back, and none is raised that would begin a run that nobody has asked for.
 *
 * @param anew the host is to be told once more, above all that it was ever told
 */
record Reattachment(
        boolean anew,
        DesiredState desired,
        StopPolicy stop,
        long generation,
        long runEpoch,
        long givenEpoch,
        long reboots) {

    /**
     * The row, as it was in the backup.
     *
     * @param generation of the backup, whatever the row has since
     * @param spec as the row would have its host told at that generation
     */
    record Row(long generation, long givenEpoch, VmSpec spec) {}

    static Reattachment of(Row row, VmReport report, VmSpec held) {
        long told = Math.max(report.generation(), held.generation());
        long run = Math.max(report.runEpoch(), held.runEpoch());
        VmSpec before = row.spec();
        boolean later = told > row.generation() || told == row.generation() && !sameWish(before, held);
        VmSpec wanted = later ? held : before;
        // A permission that the host was never given would let a guest run again that has ended: it keeps what it has.
        long runEpoch = later ? run : Math.max(run, before.runEpoch());
        return new Reattachment(
                later,
                wanted.desired(),
                wanted.stop(),
                Math.max(before.generation(), later ? told + 1 : told),
                runEpoch,
                Math.max(Math.max(row.givenEpoch(), before.runEpoch()), runEpoch),
                Math.max(before.reboots(), held.reboots()));
    }

    private static boolean sameWish(VmSpec one, VmSpec other) {
        return one.desired() == other.desired()
                && one.runEpoch() == other.runEpoch()
                && one.reboots() == other.reboots();
    }
}
