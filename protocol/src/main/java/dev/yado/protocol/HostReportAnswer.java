package dev.yado.protocol;

/**
 * @param leaseSeconds how long the controller takes the host for alive without another report
 * @param sendFull the controller has lost track and asks for a full report
 */
public record HostReportAnswer(int leaseSeconds, boolean sendFull) {}
