package dev.yado.reconcile;

import dev.yado.alert.AlertCode;
import dev.yado.alert.Alerts;
import dev.yado.alert.Subject;
import dev.yado.trust.Expiries;
import dev.yado.trust.Expiries.Late;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Says which hosts do not renew their certificates, before and after it is too late. It changes nothing about them. */
@Component
class WatchCertificates implements Reconciler {
    private final Expiries expiries;
    private final Alerts alerts;

    WatchCertificates(Expiries expiries, Alerts alerts) {
        this.expiries = expiries;
        this.alerts = alerts;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(30);
    }

    @Override
    public void scan() {
        List<Late> late = expiries.late();
        alerts.holds(AlertCode.HOST_CERTIFICATE_EXPIRED, details(late, Late::expired));
        alerts.holds(AlertCode.HOST_CERTIFICATE_EXPIRES, details(late, each -> !each.expired()));
    }

    private static Map<Subject, String> details(List<Late> late, Predicate<Late> which) {
        return late.stream()
                .filter(which)
                .collect(Collectors.toMap(
                        each -> new Subject("host", each.machine().id().toString()), each -> each.sentence()));
    }
}
