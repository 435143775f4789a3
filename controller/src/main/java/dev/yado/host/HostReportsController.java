package dev.yado.host;

import dev.yado.observe.Measure;
import dev.yado.observe.Metric;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.YadoException;
import dev.yado.telemetry.LogKey;
import dev.yado.telemetry.LogScope;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Where hosts report. */
@RestController
class HostReportsController {
    private static final List<String> RESULTS = List.of("taken", "incomplete", "refused");

    private final HostReports reports;

    HostReportsController(HostReports reports) {
        this.reports = reports;
        Measure.announce(Metric.REPORTS_STALE);
        Measure.announce(Metric.REPORT_DURATION);
        for (String result : RESULTS) {
            Measure.announce(Metric.REPORTS, result);
        }
    }

    @PostMapping("/internal/v1/hosts/{hostId}/reports")
    HostReportAnswer report(@PathVariable UUID hostId, @RequestBody HostReport report) {
        if (!report.hostId().value().equals(hostId)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the report is of host " + report.hostId() + ", the address of " + hostId);
        }
        long began = System.nanoTime();
        String result = "refused";
        try (LogScope _ = LogScope.of(LogKey.HOST, report.name())) {
            HostReportAnswer answer = reports.accept(report);
            result = answer.sendFull() ? "incomplete" : "taken";
            return answer;
        } finally {
            Measure.count(Metric.REPORTS, result);
            Measure.time(Metric.REPORT_DURATION, Duration.ofNanos(System.nanoTime() - began));
        }
    }
}
