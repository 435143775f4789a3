package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a guest does all the time while it is moved: it writes numbers to its disks and pages of memory, and somebody talks to it. */
final class Work {
    private static final Pattern TALKED = Pattern.compile("net: stream .* (\\w+) rounds=(\\d+) gap-ms=(\\d+)");

    private Work() {}

    /** @param here with the data disks vda and vdb; there: whoever talks to it */
    static void begin(Shell here, Shell there, String address) {
        assertThat(here.net("serve 7000 nomad")).endsWith(" ok");
        here.run("(dirty 16 500 >/run/dirty 2>&1 & echo $! >/run/dirty.pid)");
        here.run(
                "(n=0; while [ ! -e /run/enough ]; do n=$((n+1)); for d in vda vdb; do echo $n >>/mnt/$d/numbers; done;"
                        + " sync; sleep 0.05; done; echo $n >/run/written) >/dev/null 2>&1 & true");
        there.run("(while [ ! -e /run/enough ]; do net stream " + address + " 7000 10; done >/run/talk 2>&1;"
                + " touch /run/silent) & true");
    }

    /** @return what was done, in short */
    static String endsWhole(Shell here, Shell there) {
        there.run("touch /run/enough; while [ ! -e /run/silent ]; do sleep 0.1; done");
        int talks = 0;
        long rounds = 0;
        long gap = 0;
        for (String line :
                there.run("cat /run/talk", Duration.ofMinutes(2)).lines().toList()) {
            Matcher talked = TALKED.matcher(line);
            if (talked.find()) {
                assertThat(talked.group(1))
                        .as("a connection while it moved: " + line)
                        .isEqualTo("ok");
                talks++;
                rounds += Long.parseLong(talked.group(2));
                gap = Math.max(gap, Long.parseLong(talked.group(3)));
            }
        }
        assertThat(talks).as("connections").isPositive();
        here.run("touch /run/enough; while [ ! -e /run/written ]; do sleep 0.1; done");
        here.run("kill -INT $(cat /run/dirty.pid); while [ -e /proc/$(cat /run/dirty.pid) ]; do sleep 0.1; done");
        assertThat(here.run("tail -n 1 /run/dirty")).contains("dirty: ended wrong=0");
        here.run("sync; echo 3 >/proc/sys/vm/drop_caches");
        for (String disk : List.of("vda", "vdb")) {
            assertThat(here.run("seq 1 $(cat /run/written) | cmp - /mnt/" + disk
                            + "/numbers && echo all numbers; dmesg | grep -ci 'ext4.*error'"))
                    .as(disk)
                    .contains("all numbers")
                    .contains("\n0");
        }
        return "%d connections, %d rounds, longest silence %d ms; %s writes to each disk%n"
                .formatted(talks, rounds, gap, here.run("cat /run/written").strip());
    }
}
