package dev.yado.host;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;
import dev.yado.protocol.YadoException;
import java.util.UUID;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Where hosts report. */
@RestController
class HostReportsController {
    private final HostReports reports;

    HostReportsController(HostReports reports) {
        this.reports = reports;
    }

    @PostMapping("/internal/v1/hosts/{hostId}/reports")
    HostReportAnswer report(@PathVariable UUID hostId, @RequestBody HostReport report) {
        if (!report.hostId().value().equals(hostId)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "the report is of host " + report.hostId() + ", the address of " + hostId);
        }
        return reports.accept(report);
    }
}
