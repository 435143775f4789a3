package dev.yado.maintenance;

import dev.yado.operation.Verdict;
import dev.yado.scheduler.Decision;
import dev.yado.scheduler.HostVerdict;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Why a guest can go nowhere, for people. */
final class WhyNot {
    private static final int MOST_HOSTS = 4;

    private WhyNot() {}

    static String of(Decision.NoHost none) {
        List<String> hosts = none.verdicts().stream()
                .filter(HostVerdict.Refused.class::isInstance)
                .map(HostVerdict.Refused.class::cast)
                .map(refused -> refused.hostName() + " " + refused.detail())
                .toList();
        return said(none.summary(), hosts);
    }

    /** @param blockers what was said of the guest itself */
    static String of(List<String> blockers, List<Verdict> verdicts) {
        return said(
                String.join("; ", blockers),
                verdicts.stream()
                        .filter(verdict -> !verdict.fits())
                        .map(verdict -> verdict.host() + " " + verdict.detail())
                        .toList());
    }

    private static String said(String first, List<String> hosts) {
        String more = hosts.size() > MOST_HOSTS ? "and " + (hosts.size() - MOST_HOSTS) + " more" : "";
        return Stream.of(Stream.of(first), hosts.stream().limit(MOST_HOSTS), Stream.of(more))
                .flatMap(each -> each)
                .filter(text -> !text.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
    }
}
