package dev.yado.vmmd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.DepartureAnswer.Phase;
import dev.yado.protocol.migration.MigrationGoal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A guest that counts is moved between two daemons. It writes to no disk, so each host has its own clone of the same one. */
@Tag("guest")
class MigrationGuestTest {
    private static TestingHost a;
    private static TestingHost b;

    @BeforeAll
    static void startHosts() throws IOException {
        a = TestingHost.start();
        b = a.second();
    }

    @AfterAll
    static void endHosts() throws IOException {
        b.close();
        a.close();
    }

    @Test
    void guestGoesOnWhereItWasAndComesBack() throws IOException {
        VmSpec spec = counting();
        TestingMove there = new TestingMove(a, b, spec);
        there.depart(there.awaitReady(), MigrationGoal.DEFAULT);
        DepartureAnswer answer = there.awaitDeparture(Phase.HANDED_OVER);
        assertThat(answer.result()).isNotNull();
        VmReport arrived = b.awaitState(spec.id(), ObservedState.RUNNING);
        assertThat(arrived.runEpoch()).isEqualTo(2);
        goesOn(b, spec.id());
        String counted = counted(a, spec.id());
        assertThat(a.get(spec.id()).state()).isEqualTo(ObservedState.DEPARTED);
        assertThat(a.guests()).isEmpty();
        assertThat(there.release().state()).isEqualTo(ObservedState.ABSENT);
        assertThat(a.vmDirectory(spec.id())).doesNotExist();

        TestingMove back = new TestingMove(b, a, there.spec);
        back.depart(back.awaitReady(), MigrationGoal.DEFAULT);
        back.awaitDeparture(Phase.HANDED_OVER);
        goesOn(a, spec.id());
        counted += counted(b, spec.id());
        back.release();
        counted += counted(a, spec.id());
        assertCountedOn(counted);
        a.delete(back.spec);
    }

    private static VmSpec counting() {
        VmSpec spec = a.spec(a.images().obedientGuest());
        a.put(spec);
        a.awaitState(spec.id(), ObservedState.RUNNING);
        a.awaitSerial(spec.id(), 1, "00000002\n");
        return spec;
    }

    /** All that it has said on a host. */
    private static String counted(TestingHost host, VmId id) throws IOException {
        Path log = host.vmDirectory(id).resolve("serial1.log");
        return Files.exists(log) ? Files.readString(log, StandardCharsets.US_ASCII) : "";
    }

    private static void goesOn(TestingHost host, VmId id) throws IOException {
        int before = counted(host, id).length();
        await("the guest counts on")
                .atMost(TestingHost.PATIENCE)
                .until(() -> counted(host, id).length() > before + 30);
    }

    /** Every number is the one before and one: nothing was done twice and nothing is missing. */
    private static void assertCountedOn(String counted) {
        String[] lines = counted.substring(0, counted.lastIndexOf('\n')).split("\n");
        for (int i = 0; i < lines.length; i++) {
            assertThat(Long.parseLong(lines[i], 16))
                    .as("line %d of %s", i, counted)
                    .isEqualTo(i + 1);
        }
    }
}
