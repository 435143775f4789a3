package dev.yado.simulator;

import dev.yado.protocol.HostReport;
import dev.yado.protocol.HostReportAnswer;

/** Where a host reports. */
@FunctionalInterface
public interface Controller {
    /** Any exception means that the report is not known to have been taken. */
    HostReportAnswer report(HostReport report);
}
