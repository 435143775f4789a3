package dev.yado.why;

import dev.yado.operation.Verdict;
import dev.yado.vm.VmView;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** @param verdicts what each host answered, while the operation waits for a place */
record Story(VmView vm, String summary, List<Fact> facts, List<Verdict> verdicts) {
    enum Source {
        WANTED,
        OPERATION,
        HOST,
        REPORTED,
        DAEMON,
        QEMU,
        DRIFT
    }

    record Fact(
            Source source, @Nullable Instant at, @Nullable String code, String text) {}
}
