package dev.yado.host;

import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.YadoException;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import dev.yado.trust.Speaker;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Where hosts report. */
@RestController
class HostReportsController {
    private static final List<String> RESULTS = List.of("taken", "incomplete", "refused");

    /** When all hosts come at once, after a time without a controller, those that would only wait are sent away to come again. */
    private static final int AT_ONCE = 256;

    private static final Duration WAIT = Duration.ofSeconds(2);

    private final HostReports reports;
    private final Semaphore room = new Semaphore(AT_ONCE, true);

    HostReportsController(HostReports reports) {
        this.reports = reports;
        Measure.announce(Metric.REPORTS_STALE);
        Measure.announce(Metric.REPORT_DURATION);
        for (String result : RESULTS) {
            Measure.announce(Metric.REPORTS, result);
        }
    }

    @PostMapping("/internal/v1/hosts/{hostId}/reports")
    HostReportAnswer report(@PathVariable UUID hostId, @RequestBody HostReport report, HttpServletRequest request) {
        if (!report.hostId().value().equals(hostId)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the report is of host " + report.hostId() + ", the address of " + hostId);
        }
        long began = System.nanoTime();
        String result = "refused";
        try (LogScope _ = LogScope.of(LogKey.HOST, report.name())) {
            HostReportAnswer answer = takeInTurn(Speaker.of(request), report);
            result = answer.sendFull() ? "incomplete" : "taken";
            return answer;
        } finally {
            Measure.count(Metric.REPORTS, result);
            Measure.time(Metric.REPORT_DURATION, Duration.ofNanos(System.nanoTime() - began));
        }
    }

    private HostReportAnswer takeInTurn(Speaker speaker, HostReport report) {
        try {
            if (!room.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new YadoException(
                        ErrorCode.UNAVAILABLE, "more than " + AT_ONCE + " hosts report at this moment: come again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new YadoException(ErrorCode.UNAVAILABLE, "the controller is being stopped", e);
        }
        try {
            return take(speaker, report);
        } finally {
            room.release();
        }
    }

    private HostReportAnswer take(Speaker speaker, HostReport report) {
        return switch (speaker.machine().role()) {
            case HOST -> {
                if (!report.name().equals(speaker.name())) {
                    throw new YadoException(
                            ErrorCode.CERTIFICATE_REFUSED,
                            "host " + report.hostId() + " has joined as " + speaker.name() + " and reports as "
                                    + report.name());
                }
                yield reports.accept(report);
            }
            case SIMULATOR -> reports.acceptSimulated(report, speaker.machine().id());
            case CONTROLLER -> throw new IllegalStateException("a controller reports as a host");
        };
    }
}
